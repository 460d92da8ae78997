"""The help of every command reads well: sentences, no marks of the source, nothing wider than a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from vaultsync.cli import COMMANDS, main


def commands() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        with click.Context(main, info_name="vaultsync") as context:
            command = main.get_command(context, name)
        assert command is not None
        yield name, command
        for inner, part in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", part


ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_its_help_is_plain_text_that_fits_the_terminal(name: str) -> None:
    with click.Context(ALL[name], info_name=f"vaultsync {name}", terminal_width=80) as context:
        lines = ALL[name].get_help(context).splitlines()
    assert not [line for line in lines if "\\" in line or "\b" in line]
    assert not [line for line in lines if len(line) > 80]
    _, _, summaries = "\n".join(lines).partition("\nCommands:\n")
    assert "..." not in summaries  # one that was cut


@pytest.mark.parametrize("name", ALL)
def test_each_option_is_explained_in_a_sentence(name: str) -> None:
    for option in ALL[name].params:
        if isinstance(option, click.Option) and not option.hidden:
            said = (option.help or "").partition(" [default")[0]
            assert said[:1].isupper(), option.name
            assert said.rstrip().endswith((".", "upwards]")), option.name
