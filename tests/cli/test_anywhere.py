"""The same vault gives the same bytes anywhere: in any locale, time zone and folder.

Each run is a process of its own. A locale that the machine lacks is C to Python, as it would be to a person
without it; `tr_TR` is there for its dotless i, `ja_JP` for an encoding that isn't UTF-8.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from gitrepo import Repo
from smallvault import CONFERENCE, LINKED, NOTES, write

MORE: dict[str, str | bytes] = {
    **NOTES,
    "Papers/IŞIK ışık.md": "---\ntitle: 'IŞIKnet: Işık için'\ntag: paper\n---\n",
    "Konferenz/Tagung ü.md": (
        "---\ndate: 2025-04-06\ntags: [conference]\n---\n# Montag\n- IŞIKnet, DiffSBDD\n"
    ),
}

PLACES = [
    "plain",
    "with blanks in it",
    'it\'s "quoted"',
    "📓 emoji",
    "ünïcödé",
    "-dash",
    "a;b&c$HOME`x`",
    "[ab]*?",
]

WORLDS = [
    {"LC_ALL": "C", "TZ": "UTC"},
    {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Europe/Istanbul"},
    {"LC_ALL": "ja_JP.eucJP", "TZ": "Asia/Tokyo", "PYTHONIOENCODING": "euc_jp"},
    {"LC_ALL": "POSIX", "TZ": "America/St_Johns", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


def made(root: Path) -> Path:
    write(root, MORE)
    for args in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "start")):
        subprocess.run(["git", "-C", str(root), *args], check=True)
    return root


def fixed(root: Path, *args: str, cwd: Path | None = None, **environ: str) -> dict[str, bytes]:
    """The vault's notes after a run in an environment."""
    done = subprocess.run(
        [sys.executable, "-m", "vaultsync", "fix", "--yes", *args],
        cwd=cwd or root,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*.md"))
        if ".git" not in file.relative_to(root).parts
    }


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an ordinary run makes of the vault."""
    folder = tmp_path_factory.mktemp("ordinary")
    environ = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
    environ |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}
    write(folder, MORE)
    notes = fixed(folder, "--no-commit", LC_ALL="C.UTF-8", XDG_STATE_HOME=str(folder / ".state"), **environ)
    assert LINKED in notes[CONFERENCE].decode()
    assert b"[[I\xc5\x9eIK" in notes["Konferenz/Tagung ü.md"]
    return notes


@pytest.mark.parametrize("environ", WORLDS, ids=lambda environ: environ["LC_ALL"])
def test_locale_and_time_zone_change_nothing(
    environ: dict[str, str], expected: dict[str, bytes], tmp_path: Path
) -> None:
    root = made(tmp_path / "vault")
    assert fixed(root, **environ) == expected
    assert Repo(root).git("status", "--porcelain") == ""


@pytest.mark.parametrize("place", PLACES)
def test_a_vault_may_lie_in_any_folder(place: str, expected: dict[str, bytes], tmp_path: Path) -> None:
    root = made(tmp_path / place)
    assert fixed(root, "--vault", str(root), cwd=tmp_path) == expected
    before = Repo(root).git("rev-parse", "HEAD")
    assert fixed(root, cwd=root / "Papers") == expected
    assert Repo(root).git("rev-parse", "HEAD") == before
    assert Repo(root).git("status", "--porcelain") == ""
