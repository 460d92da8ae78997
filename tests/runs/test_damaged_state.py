"""What this machine keeps of a vault is a convenience: damaged in any way it costs nobody more than that."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import CONFERENCE, NOTES, write

from vaultsync.vault.consent import give_consent

COMMANDS = (
    ("fix",),
    ("status",),
    ("log",),
    ("links",),
    ("views", "install"),
    ("canvas", CONFERENCE),
    ("import", "list.bib"),
    ("undo",),
)


def no_utf8(data: bytes) -> bytes:
    """Every text of the file begins with a byte that no UTF-8 has."""
    return bytes(
        0xFF if chr(byte).isalpha() and byte < 0x80 and not chr(data[at - 1]).isalnum() else byte
        for at, byte in enumerate(data)
    )


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "text that is no UTF-8": no_utf8,
    "one letter in ten is no UTF-8": lambda data: bytes(
        0xFF if at % 10 == 7 else byte for at, byte in enumerate(data)
    ),
    "zeros, as after a power cut": lambda data: bytes(len(data)),
    "cut short": lambda data: data[: len(data) // 2],
    "another program's": lambda _data: b'{"version": 1, "entries": [[1, "a"], {}]}',
}


def state_files() -> list[Path]:
    """What is kept of the vault beside the cache; a lock is no content."""
    folder = Path(os.environ["XDG_STATE_HOME"])
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock")


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_state_is_no_defect(damage: str, vaultsync: Command, tmp_path: Path) -> None:
    repo = Repo(write(tmp_path / "vault"))
    repo.git("init", "-q")
    repo.save()
    repo.write(
        "list.bib", "@misc{a1, title={A Title of Rings and Cubes}, author={Ada Person}, year={2020}}\n"
    )
    for command in COMMANDS[:-1]:
        assert vaultsync(*command, cwd=repo.path).code in (0, 1), command
    files = state_files()
    assert {file.parent.name for file in files} >= {"consent", "mendings", "views"}
    for file in files:
        file.write_bytes(DAMAGES[damage](file.read_bytes()))
    assert vaultsync("fix", cwd=repo.path).code == 1  # in doubt nobody agreed
    give_consent(repo.path)
    repo.write(CONFERENCE, NOTES[CONFERENCE] + "- DiffSBDD again, by another name\n")
    for command in COMMANDS:
        found = vaultsync(*command, cwd=repo.path)
        assert found.code in (0, 1), (command, found.err)
    assert "DiffSBDD again" in repo.content(CONFERENCE)
