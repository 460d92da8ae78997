"""A machine without a usable home folder, as containers and services have it, is told so: no defect."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from gitrepo import git_env
from pytest_mock import MockerFixture

from vaultsync.cli import run
from vaultsync.core.errors import Exit

__all__ = ["git_env"]

COMMANDS = [
    ("fix", "--check"),
    ("fix", "--yes"),
    ("links",),
    ("log",),
    ("status",),
    ("stop",),
    ("sync",),
    ("doctor",),
    ("service", "status"),
    ("report", "Conferences/x", "-o", "~nobody-is-called-so/x.html"),
]


@pytest.fixture
def vault(tmp_path: Path, git_env: Path) -> Path:
    shutil.copytree(ROOT / "example_vault", tmp_path / "vault")
    return tmp_path / "vault"


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, mocker: MockerFixture) -> None:
    """A user whom the machine doesn't know, `docker run --user 12345` say, without a home."""
    for name in ("HOME", "USERPROFILE", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    mocker.patch("pwd.getpwuid", side_effect=KeyError)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_a_home_a_command_says_what_to_set(
    command: tuple[str, ...], vault: Path, nobody: None, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file: file.read_bytes() for file in vault.rglob("*.md")}
    code = run([*command, "--vault", str(vault)])
    said = capsys.readouterr().err
    assert code != Exit.DEFECT
    assert "defect" not in said
    if code == Exit.USAGE and "HOME" in said:
        assert "set HOME, or XDG_STATE_HOME and XDG_CACHE_HOME" in said
    assert {file: file.read_bytes() for file in vault.rglob("*.md")} == before


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_state_folder_that_is_none_is_named(
    command: tuple[str, ...],
    vault: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file" / "state"))
    code = run([*command, "--vault", str(vault)])
    assert code != Exit.DEFECT
    assert "defect" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [("status",), ("stop",), ("doctor",), ("plugin", "status"), ("service", "status")],
    ids=" ".join,
)
def test_what_asks_whether_a_daemon_runs_needs_no_state_folder(
    command: tuple[str, ...],
    vault: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file" / "state"))
    assert run([*command, "--vault", str(vault)]) in (Exit.CLEAN, Exit.REMAINS)
    said = capsys.readouterr()
    assert "which keeps whether you agreed" not in said.err
    if command == ("doctor",):
        assert "can't be written in" in said.out


@pytest.mark.parametrize("command", [("fix", "--check"), ("stop",), ("status",)], ids=" ".join)
def test_a_home_of_nobody_is_no_vault(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], git_env: Path
) -> None:
    assert run([*command, "--vault", "~nobody-is-called-so/notes"]) == Exit.USAGE
    assert "~nobody-is-called-so/notes is not a folder" in capsys.readouterr().err


def test_nothing_asks_for_a_home_folder_in_a_way_that_raises() -> None:
    """`Path.home` and `Path.expanduser` raise there; `os.path.expanduser` gives the text back."""
    raising = re.compile(r"\bPath\.home\b|(?<!os\.path)\.expanduser\(")
    found = [str(file) for file in (ROOT / "vaultsync").rglob("*.py") if raising.search(file.read_text())]
    assert found == []
