"""A small vault under git, and what a person does to it between runs, for tests of what is remembered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from gitrepo import Repo
from smallvault import write

PAPER, RENAMED = "Papers/P.md", "Papers/Pnew.md"
CONFERENCE, DAILY, OTHER = "Conferences/C.md", "Daily/D.md", "Papers/R.md"
NOTES: dict[str, str | bytes] = {
    PAPER: "---\ntitle: 'QuxNet7: Rings of things'\narxiv: \"2301.00007\"\ntags:\n  - paper\n---\nbody\n",
    OTHER: "---\ntitle: 'VexFormer8: Strings'\narxiv: \"2301.00008\"\ntags:\n  - paper\n---\nbody\n",
    CONFERENCE: (
        "---\ntitle: C\ndate: 2025-04-07\ntags:\n  - conference\n---\n"
        "# Monday\n## Talk: A\n- saw QuxNet7 today\n"
    ),
    DAILY: "see [[P]] there\n",
}
TAKEN_OUT = "- saw QuxNet7 today"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(write(tmp_path / "vault", NOTES))
    made.git("init", "-q")
    made.save()
    return made


def text(repo: Repo, path: str) -> str:
    return (repo.path / path).read_text(encoding="utf-8")


def move(repo: Repo, old: str, new: str) -> None:
    (repo.path / new).parent.mkdir(exist_ok=True)
    (repo.path / old).rename(repo.path / new)


def change(repo: Repo, path: str, old: str, new: str) -> None:
    assert old in text(repo, path)
    repo.write(path, text(repo, path).replace(old, new))


def rest(repo: Repo) -> None:
    """Make the notes older than the time within which the cache doesn't trust a file's times."""
    for file in repo.path.rglob("*.md"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
