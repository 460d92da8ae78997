"""A file that a command was asked to write: to standard output, into the vault as a run, or elsewhere."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from vaultsync.cli.output import say
from vaultsync.cli.views_output import show_views
from vaultsync.core.errors import Exit, VaultsyncError
from vaultsync.files.presence import is_file, is_there
from vaultsync.runs.ports import Ports
from vaultsync.runs.views import GeneratedFile, Ownership, write_views
from vaultsync.vault.open import Vault

_Command = TypeVar("_Command", bound=Callable[..., Any])


def output_options(*, default: str = "", note: str = "") -> Callable[[_Command], _Command]:
    """The options of a command that writes such a file: `-o`, with a `note` in its help, and `--force`."""
    where = click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"The file to write{note}. [default: {default}standard output]",
    )
    force = click.option("--force", is_flag=True, help="Replace a file that vaultsync didn't write.")
    return lambda command: where(force(command))


def write_output(vault: Vault, ports: Ports, text: str, output: Path | None, *, force: bool) -> int:
    """Write `text` to `output`, or to standard output; gives the exit code.

    In the vault it is written in a turn, and committed as a run. A file that vaultsync didn't write, or that
    was edited since, is only replaced with `force`. Raises `VaultsyncError` if it can't be written.
    """
    if output is None:
        click.echo(text, nl=False)
        return Exit.CLEAN
    data, output = text.encode(), Path(os.path.expanduser(output))
    if is_there(output) and not is_file(output):
        _stream(output, data)
        return Exit.CLEAN
    file = output.resolve()
    if file.is_relative_to(vault.root):
        path = file.relative_to(vault.root).as_posix()
        if any(part.startswith(".") for part in path.split("/")):
            raise VaultsyncError(f"{path} is hidden in the vault", "name a file that Obsidian shows")
        wanted = GeneratedFile(path, lambda *_: data, replaces=force)
        return show_views(write_views(vault, ports, [wanted], f"vaultsync: write {file.name}"), as_json=False)
    wrote = _write(Ownership(vault.root, None), file, data, force=force)
    say(f"{output} written" if wrote else f"nothing to do: {output} is as it should be")
    return Exit.CLEAN


def _stream(output: Path, data: bytes) -> None:
    """Write to a pipe or a device, `/dev/stdout` say: it takes bytes, and holds none to compare with."""
    try:
        with output.open("wb") as stream:
            stream.write(data)
    except OSError as error:
        raise VaultsyncError(f"{output} can't be written: {error.strerror}") from error


def _write(owner: Ownership, file: Path, data: bytes, *, force: bool) -> bool:
    """Write the file, unless it holds this already; gives whether it was written."""
    try:
        present = file.read_bytes() if file.exists() else None
        if present == data:
            return False
        if present is not None and not force and not owner.is_ours(str(file), present):
            raise VaultsyncError(f"{file} exists, and is not what vaultsync wrote", "--force replaces it")
        fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}.new")
        with fresh.open("xb") as stream:  # never what somebody else has laid there, in a folder of all
            stream.write(data)
        fresh.replace(file)
    except OSError as error:
        raise VaultsyncError(f"{file} can't be written: {error.strerror}") from error
    owner.wrote([(str(file), data)])
    return True
