"""The vault in which `bench.kill` kills runs, and what must be true of it after a kill and the next run.

A small generated vault in a repository, with edits of the person that aren't committed: changed notes, a new
one, a deleted one, and one of which half is staged.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import msgspec

from bench.accuracy import notes_of
from bench.generate import generate
from bench.judge import Files
from bench.measure import environment, make_repository

NOTES = 40
HELD = "Daily.md"
"""The note that is partly staged: no run may commit it, nor change it."""


class State(msgspec.Struct, frozen=True):
    """What a finished run leaves: the notes, the last commit's tree, what git says of the rest."""

    notes: Files
    tree: str
    index: str
    status: str


class Scene:
    """The vault before the run that is killed, at `start`, and what an unkilled run makes of it (`done`)."""

    command: ClassVar[tuple[str, ...]] = ("fix", "--yes")

    def __init__(self, folder: Path, seed: int) -> None:
        self.start = folder / "start"
        self._home = folder / "home"
        self._home.mkdir()
        generate(self.start, notes=NOTES, seed=seed, untidy=0.5)
        (self.start / HELD).write_text("---\ntags: daily\n---\n- first\n")
        make_repository(self.start, environment(self._home))
        self._first = self.git(self.start, "rev-parse", "HEAD").strip()
        self._edit_by_hand()
        self.git(self.start, "gc", "--quiet")
        self.old = notes_of(self.start)
        self.staged = self.git(self.start, "ls-files", "--stage", "--", HELD)
        self.done: State | None = None

    def _edit_by_hand(self) -> None:
        conferences = sorted((self.start / "Conferences").iterdir())
        papers = sorted((self.start / "Papers").rglob("*.md"))
        for path in (*conferences[:2], papers[0], papers[-1]):
            with open(path, "a", encoding="utf-8", newline="") as file:
                file.write("\n- typed by hand, and not yet committed\n")
        (self.start / "Conferences" / "New.md").write_text(
            f"---\ntitle: New\ntags: conference\n---\n## Talk: New\n- see {papers[1].stem}, arXiv:0704.0001\n"
        )
        papers[2].unlink()
        held = self.start / HELD
        held.write_text("---\ntags: daily\n---\n- first\n- staged\n")
        self.git(self.start, "add", HELD)
        held.write_text("---\ntags: daily\n---\n- first\n- staged\n- and not staged\n")

    def git(self, vault: Path, *args: str) -> str:
        """What a git command prints; raises `CalledProcessError`."""
        done = subprocess.run(
            ["git", *args], cwd=vault, env=environment(self._home), capture_output=True, check=True
        )
        return os.fsdecode(done.stdout)

    def copy(self, folder: Path) -> Path:
        """A fresh copy of the vault as it is before the run."""
        return Path(shutil.copytree(self.start, folder / "vault", symlinks=True))

    def finish(self, vault: Path) -> None:
        """Take what an unkilled run left as what each run has to come to."""
        self.done = self.state(vault)

    def state(self, vault: Path) -> State:
        """The state that a finished run left."""
        return State(
            notes_of(vault),
            self.git(vault, "rev-parse", "HEAD^{tree}"),
            self.git(vault, "ls-files", "--stage"),
            self.git(vault, "status", "--porcelain"),
        )

    def wrong_after_kill(self, vault: Path) -> Iterator[str]:
        """What a kill did that it may not do."""
        assert self.done is not None
        new, now = self.done.notes, notes_of(vault)
        if now.keys() != self.old.keys():
            yield f"other notes than before: {sorted(now.keys() ^ self.old.keys())}"
        torn = [path for path, data in now.items() if data not in (self.old.get(path), new.get(path))]
        yield from (f"{path} is neither the old note nor the new one" for path in torn)
        yield from self._always_wrong(vault)
        rewritten = {path: self.old[path] for path in self.old if now.get(path) not in (None, self.old[path])}
        lost = self._not_in_history(vault, rewritten)
        yield from (f"{path} was rewritten, and what was there is in no commit" for path in lost)
        if self.git(vault, "ls-files", "--stage", "--", HELD) != self.staged:
            yield f"what was staged of {HELD} is staged no more"

    def wrong_after_next_run(self, vault: Path) -> Iterator[str]:
        """What the run after a killed one left undone."""
        assert self.done is not None
        now = self.state(vault)
        for path in sorted(now.notes.keys() | self.done.notes.keys()):
            if now.notes.get(path) != self.done.notes.get(path):
                yield f"{path} is not as an unkilled run leaves it"
        if now.tree != self.done.tree:
            yield "the last commit is not what an unkilled run commits"
        if now.index != self.done.index:
            yield "the index is not as an unkilled run leaves it"
        if now.status != self.done.status:
            yield f"git status says {now.status!r}"
        yield from self._always_wrong(vault)
        lost = self._not_in_history(vault, {p: d for p, d in self.old.items() if p != HELD})
        yield from (f"{path} as the person left it is in no commit" for path in lost)
        left = (*vault.rglob(".vaultsync-*.tmp"), *(vault / ".git").glob("vaultsync-*"))
        yield from (f"{path.name} was left behind" for path in left)

    @staticmethod
    def locks(vault: Path) -> list[Path]:
        """The locks that lie in the repository; no git is at work, so that each was left behind."""
        return sorted((vault / ".git").rglob("*.lock"))

    def is_miscredited(self, vault: Path) -> bool:
        """Whether edits of the tool stand in a commit of the person's.

        No harm, but not the story either: after a kill between writing and committing nobody can tell by the
        bytes who made them.
        """
        assert self.done is not None
        made = {blob_id(data) for data in self.done.notes.values()} - self._found()
        log = self.git(vault, "log", "--format=%x00%s", "--raw", "--no-abbrev", f"{self._first}..HEAD")
        persons = [commit for commit in log.split("\0") if not commit.startswith("vaultsync: ")]
        return any(words[3] in made for text in persons for words in map(str.split, text.split("\n:")[1:]))

    def _found(self) -> set[str]:
        """The contents that were there before the run."""
        return {blob_id(data) for data in self.old.values()}

    def _always_wrong(self, vault: Path) -> Iterator[str]:
        yield from (f"a stale lock: {path}" for path in self.locks(vault))
        try:
            self.git(vault, "fsck", "--strict", "--no-dangling", "--no-progress")
        except subprocess.CalledProcessError as error:
            yield f"git fsck: {error.stderr.decode().strip()}"

    def _not_in_history(self, vault: Path, notes: Mapping[str, bytes]) -> list[str]:
        """Those of the notes whose bytes no commit of the branch has."""
        try:
            objects = self.git(vault, "rev-list", "--objects", "HEAD")
        except subprocess.CalledProcessError:  # the history itself is damaged
            return sorted(notes)
        kept = {line.partition(" ")[0] for line in objects.splitlines()}
        return [path for path, data in sorted(notes.items()) if blob_id(data) not in kept]


def blob_id(data: bytes) -> str:
    """The id that git gives to a file's bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
