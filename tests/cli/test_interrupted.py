"""What a person is told who interrupts a command (Ctrl-C): how far it had come, and how it goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import smallvault
from conftest import Command
from pytest_mock import MockerFixture

from vaultsync.cli import COMMANDS
from vaultsync.cli.interrupted import _AGAIN, interrupted

READING = {"status", "log", "rules", "config", "doctor", "completion"}
"""Commands that change nothing."""


def test_each_command_has_its_own_word_or_only_reads() -> None:
    assert set(COMMANDS) == set(_AGAIN) | READING
    assert not set(_AGAIN) & READING


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["fix"], "interrupted; each note is whole, and the next `vaultsync fix` goes on from here"),
        (["fix", "--diff"], "interrupted; nothing was changed"),
        (["--vault", "Notes", "sync", "-n"], "interrupted; nothing was changed"),
        (["log", "-n", "3"], "interrupted; nothing was changed"),
        (["undo"], "interrupted; each note is whole; `vaultsync log` shows what was taken back"),
        ([], "interrupted; nothing was changed"),
    ],
)
def test_it_says_what_belongs_to_the_command(args: list[str], said: str) -> None:
    assert interrupted(args) == said


@pytest.mark.parametrize("as_json", [False, True])
def test_the_exit_code_is_130_and_there_is_no_traceback(
    as_json: bool, vaultsync: Command, tmp_path: Path, mocker: MockerFixture
) -> None:
    vault = smallvault.write(tmp_path / "vault")
    mocker.patch("vaultsync.cli.status_command.Place", side_effect=KeyboardInterrupt)
    code, out, err = vaultsync("status", *(["--json"] if as_json else []), cwd=vault)
    assert (code, err.lstrip()) == (130, "interrupted; nothing was changed\n")
    if as_json:
        assert json.loads(out)["error"]["message"] == "interrupted; nothing was changed"
