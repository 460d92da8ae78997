"""Real git repositories for tests, cut off from the machine's own configuration.

`from gitrepo import git_env, repo` (both fixtures). A `Repo` runs git as the person at the keyboard would,
not through the adapter under test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

GIT = shutil.which("git") or "git"


class Repo:
    """A repository with a worktree at `path`, driven by plain git commands."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *args: str, ok: bool = True, stdin: bytes | None = None) -> str:
        done = subprocess.run(
            [GIT, "-C", str(self.path), *args], capture_output=True, check=False, input=stdin
        )
        if ok and done.returncode:
            raise AssertionError(f"git {args}: {done.returncode}\n{os.fsdecode(done.stderr)}")
        return os.fsdecode(done.stdout)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def save(self, message: str = "by hand", **files: str) -> str:
        """Write `files` (`__` stands for `.`, as in `Note__md`), commit everything; the commit's id."""
        for name, text in files.items():
            self.write(name.replace("__", "."), text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    @property
    def index(self) -> str:
        """The index as git lists it: modes, object ids, stages, names."""
        return self.git("ls-files", "--stage", "-z")

    @property
    def staged(self) -> str:
        """What the person's next plain `git commit` would record."""
        return self.git("diff", "--cached", "--raw", "--no-renames", "-z")

    @property
    def status(self) -> str:
        return self.git("status", "--porcelain=v1", "-z", "--untracked-files=all").replace("\0", "\n")

    def files_of(self, rev: str = "HEAD") -> set[str]:
        """The paths that a commit changed, against its parent; renames count as both paths."""
        options = ("--root", "-r", "-z", "--no-renames", "--name-only", "--no-commit-id")
        return set(self.git("diff-tree", *options, rev).split("\0")[:-1])

    def content(self, name: str, rev: str = "HEAD") -> str:
        return self.git("cat-file", "blob", f"{rev}:{name}")

    def hook(self, name: str, script: str, folder: str = ".git/hooks") -> None:
        path = self.write(f"{folder}/{name}", f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def check(self) -> None:
        """Fail unless the object store is sound and no lock is left."""
        said = self.git("fsck", "--full", "--strict", "--no-dangling", "--no-progress")
        assert said == ""
        assert list((self.path / ".git").rglob("*.lock")) == []


@pytest.fixture
def git_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git configuration of our own; gives its file."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    config = tmp_path / "home" / ".gitconfig"
    config.parent.mkdir()
    config.write_text(
        "[user]\n\tname = Ada Person\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
        '[gc]\n\tauto = 0\n[protocol "file"]\n\tallow = always\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("HOME", str(config.parent))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config.parent / "xdg"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return config


@pytest.fixture
def repo(git_env: Path, tmp_path: Path) -> Iterator[Repo]:
    """An empty repository; after the test its objects must be sound."""
    path = tmp_path / "vault"
    path.mkdir()
    made = Repo(path)
    made.git("init", "-q")
    yield made
    if (path / ".git").exists():
        made.check()
