"""Every command in unusual repositories, folders and environments: told or done, and never a defect."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import write

from vaultsync.cli import COMMANDS
from vaultsync.core.errors import Exit

ODD = os.fsdecode(b"x\xff\x1b[31m\n\xe9")
TOLD = [
    *("fix --check --json", "fix --yes --json", "status --json", "log --json", "undo --diff --json"),
    *("links --json", "config --json", "conflicts --json", "resolve --json", "sync --check --json"),
    *("doctor --json", "plugin status --json", "service status --json", "views install --json"),
    *("canvas ICASSP* --json", "import arXiv:2101.00001 --json", "fix --retry --json", "undo --json"),
    *("fix ODD --json", "import ODD --json", "undo ODD --json", "config ODD --json", "rules ODD --json"),
    *("canvas ODD --json", "fix --rule ODD --json", "ODD --json", "fix --message ODD --json"),
    *("init", "sync", "stop", "export --all", "report ICASSP*", "links accept ODD ODD ODD"),
    *("links deny ICASSP* DiffSBDD ODD", "conflicts show ODD", "conflicts merge", "completion ODD"),
    *("merge-driver ODD ODD ODD ODD", "plugin install", "views embed ODD", "daemon --ODD"),
    *("links review", "demo ODD", "service uninstall"),
]


def plain(root: Path) -> None:
    """A vault in no repository."""


def empty(root: Path) -> None:
    Repo(root).git("init", "-q")


def bare(root: Path) -> None:
    Repo(root).git("init", "-q", "--bare", ".")


def git_is_a_file(root: Path) -> None:
    (root / ".git").write_text("no link to a repository\n")


def git_is_damaged(root: Path) -> None:
    Repo(root).git("init", "-q")
    (root / ".git/HEAD").write_bytes(b"\xff\0\n")


def config_is_damaged(root: Path) -> None:
    Repo(root).git("init", "-q")
    (root / ".git/config").write_bytes(b"[core\n\xff")


def detached(root: Path) -> None:
    repo = Repo(root)
    repo.git("init", "-q")
    repo.save()
    repo.git("checkout", "-q", "--detach")


def locked(root: Path) -> None:
    repo = Repo(root)
    repo.git("init", "-q")
    repo.save()
    for name in ("index.lock", "config.lock", "HEAD.lock"):
        (root / ".git" / name).touch()


def broken_settings(root: Path) -> None:
    (root / ".vaultsync").mkdir()
    (root / ".vaultsync/config.toml").write_bytes(b"[vault\nx = \xff")


def odd_settings(root: Path) -> None:
    for name in ("app", "types", "templates", "community-plugins", "core-plugins"):
        text = '{"folder": "\\ud800", "types": [1e999, {"\\udc00": 1}]}'
        (root / f".obsidian/{name}.json").write_text(text)
    (root / ".vaultsync").write_text("a file where the folder should be\n")


def odd_names(root: Path) -> None:
    for place in ("Papers", "Conferences", ""):
        (root / place / f"{ODD}.md").write_text("---\ntag: paper\ndate: 9999-12-31\n---\n# Day 2\n")
    Repo(root).git("init", "-q")


WORLDS = [
    *(plain, empty, bare, git_is_a_file, git_is_damaged, config_is_damaged, detached, locked),
    *(broken_settings, odd_settings, odd_names),
]


ODD_NAME = os.fsdecode(b"v\xff\xe9 \x1b")


@pytest.mark.parametrize(
    ("world", "name"),
    [*((world, "vault") for world in WORLDS), *((world, ODD_NAME) for world in (plain, empty, odd_names))],
    ids=lambda one: ascii(one) if isinstance(one, str) else one.__name__,
)
def test_no_world_makes_a_command_a_defect(
    world: Callable[[Path], None],
    name: str,
    tmp_path: Path,
    vaultsync: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("vaultsync.git.process.LOCK_PATIENCE", 0.01)
    root = write(tmp_path / name)
    world(root)
    for command in TOLD:
        words = [word.replace("ODD", ODD) for word in command.split()]
        code, out, err = vaultsync(*words, cwd=root)
        assert code in (Exit.CLEAN, Exit.REMAINS, Exit.USAGE), (command, err)
        assert "Traceback" not in err, command
        assert "\x1b" not in out + err, command
        if "--json" in words:
            told = json.loads(out)
            assert set(told) in ({"vaultsync", "data"}, {"vaultsync", "error"}), command


def test_every_command_is_among_them() -> None:
    told = {command.split()[0] for command in TOLD}
    assert set(COMMANDS) <= told
