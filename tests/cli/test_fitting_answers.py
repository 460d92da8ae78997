"""What a command says fits the command: hints that can be followed, a no that is a no, options that agree."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from conftest import Command
from smallvault import write
from terminal import on_a_terminal

from vaultsync.core.errors import Exit

WITH_AN_OPTION = [
    *("fix --yes", "import arXiv:2101.00001", "views install", "views embed Home"),
    'canvas "ICASSP 2025"',
]
WITHOUT = ["log", "undo", "sync", "resolve", "conflicts merge"]


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """A vault in no repository."""
    return write(tmp_path / "vault")


@pytest.mark.parametrize("command", WITH_AN_OPTION)
def test_a_command_that_can_leave_git_out_says_how(command: str, vault: Path, vaultsync: Command) -> None:
    code, _, err = vaultsync(*shlex.split(command), cwd=vault)
    assert code == Exit.USAGE
    assert "or leave git out: --no-commit once, `[git] commit = false` for good" in err
    assert vaultsync(*shlex.split(command), "--no-commit").code == Exit.CLEAN


@pytest.mark.parametrize("command", WITHOUT)
def test_a_command_that_needs_git_names_no_option_that_it_lacks(
    command: str, vault: Path, vaultsync: Command
) -> None:
    for name in ("A.md", "A.sync-conflict-20260101-120000-ABCDEFG.md"):  # something to merge
        (vault / name).write_text(f"{name}\n")
    code, _, err = vaultsync(*command.split(), cwd=vault)
    assert (code, "--no-commit" in err) == (Exit.USAGE, False)
    assert "make it one with `vaultsync init`" in err


@pytest.mark.parametrize("broken", ["bare", "file"])
def test_init_and_doctor_name_their_own_ways_past_a_repository_of_no_use(
    broken: str, vault: Path, vaultsync: Command
) -> None:
    (vault / ".git").write_text("gitdir: /nowhere\n" if broken == "file" else "no link\n")
    code, _, err = vaultsync("init", str(vault))
    assert code == Exit.USAGE
    assert "leave git out: --no-git" in err
    assert vaultsync("init", "--no-git", str(vault)).code == Exit.CLEAN
    checks = vaultsync("doctor", "--json", cwd=vault).data
    [repository] = [check for check in checks if check["name"] == "repository"]
    assert repository["todo"].endswith("leave git out: `[git] commit = false`")


def test_a_no_is_no_interruption(tmp_path: Path) -> None:
    vault = write(tmp_path / "vault")
    (vault / ".obsidian").rmdir()
    code, shown = on_a_terminal("init", cwd=vault, answer=b"n\n")
    assert code == Exit.REMAINS
    assert "nothing was made; `vaultsync init` asks again" in shown
    assert "interrupted" not in shown
    assert not (vault / ".git").exists()
    assert not (vault / ".vaultsync").exists()


def test_a_service_that_nobody_can_be_asked_about_needs_a_yes(
    vault: Path, process: Command, tmp_path: Path
) -> None:
    code, _, err = process("service", "install", cwd=vault)
    assert code == Exit.USAGE
    assert "vaultsync service install --yes" in err
    assert "interrupted" not in err


@pytest.mark.parametrize(
    "command",
    [
        *("config --defaults --json", "config --defaults git", "rules --markdown --json"),
        "rules --markdown fm-tags",
    ],
)
def test_formats_that_do_not_go_together_are_a_mistake(command: str, vault: Path, vaultsync: Command) -> None:
    code, _, err = vaultsync(*command.split(), cwd=vault)
    assert (code, "without" in err) == (Exit.USAGE, True)
