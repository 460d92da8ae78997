"""The vault in which `bench.kill --sync` kills syncs: a remote with news beside edits that aren't committed.

What both changed is merged by property, line and word, and once it doesn't go together; notes came, went and
were renamed on either side, and of one note half is staged. The remote lies beside the vault and is copied
with it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from bench.accuracy import notes_of
from bench.generate import generate
from bench.measure import environment, make_repository
from bench.scene import HELD, Scene, blob_id

NOTES = 40


class SyncScene(Scene):
    """The vault before the sync that is killed, and what an unkilled sync makes of it (`done`)."""

    command: ClassVar[tuple[str, ...]] = ("sync",)

    def __init__(self, folder: Path, seed: int) -> None:
        self.all = folder / "start"
        self.start = self.all / "vault"
        self._home = folder / "home"
        self._home.mkdir()
        generate(self.start, notes=NOTES, seed=seed, untidy=0)
        (self.start / HELD).write_text("---\ntags: daily\n---\n- first\n")
        (self.start / "Both.md").write_text("---\nrating: 1\n---\nfirst words\n\nin between\n\nlast words\n")
        make_repository(self.start, environment(self._home))
        self._git(self.all, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
        self.git(self.start, "remote", "add", "origin", "../remote.git")
        self.git(self.start, "push", "--quiet", "--set-upstream", "origin", "main")
        self._news()
        self._first = self.git(self.start, "rev-parse", "HEAD").strip()
        self._edit_by_hand()
        self.old = notes_of(self.start)
        self.staged = self.git(self.start, "ls-files", "--stage", "--", HELD)
        self.done = None
        self._versions: dict[
            str, set[str]
        ] = {}  # the objects that the commits of a whole sync have of a file
        self._absent: set[str] = set()  # what some of them lack

    def finish(self, vault: Path) -> None:
        """The same, with all commits on the way there."""
        super().finish(vault)
        trees = []
        for commit in self.git(vault, "rev-list", "HEAD").split():
            rows = self.git(vault, "ls-tree", "-r", "-z", commit).split("\0")[:-1]
            trees.append({name: about.split()[2] for about, _, name in (row.partition("\t") for row in rows)})
        for tree in trees:
            for path, blob in tree.items():
                self._versions.setdefault(path, set()).add(blob)
        self._absent = {path for path in self._versions for tree in trees if path not in tree}

    def copy(self, folder: Path) -> Path:
        """A fresh copy of the vault and its remote as they are before the sync."""
        return Path(shutil.copytree(self.all, folder / "all", symlinks=True)) / "vault"

    def _news(self) -> None:
        """What another device has pushed."""
        other = self.all / "other"
        self._git(self.all, "clone", "--quiet", "remote.git", "other")
        conferences, papers = (sorted((other / folder).rglob("*.md")) for folder in ("Conferences", "Papers"))
        for path in (*conferences, *papers[:3]):
            path.write_bytes(path.read_bytes() + b"\n- written on the other device\n")
        both = other / "Both.md"
        both.write_text(both.read_text().replace("rating: 1", "rating: 2").replace("first", "the very first"))
        (other / "From there.md").write_text("of the other device\n")
        (other / "picture.png").write_bytes(b"\x89PNG\0\xff" * 1000)
        papers[-2].unlink()
        papers[-3].rename(papers[-3].with_name("Renamed there.md"))
        self.git(other, "add", "--all")
        identity = ("-c", "user.name=Other", "-c", "user.email=other@example.net")
        self.git(other, *identity, "commit", "--quiet", "--message=there")
        self.git(other, "push", "--quiet")
        self.theirs = notes_of(other)
        shutil.rmtree(other)

    def _edit_by_hand(self) -> None:
        super()._edit_by_hand()
        both = self.start / "Both.md"
        both.write_text(both.read_text().replace("rating: 1", "rating: 3").replace("last", "the very last"))

    def _git(self, folder: Path, *args: str) -> None:
        subprocess.run(
            ["git", *args], cwd=folder, env=environment(self._home), check=True, capture_output=True
        )

    def wrong_after_kill(self, vault: Path) -> Iterator[str]:
        """What a kill did that it may not do: a file is as before, or as a commit of a whole sync has it."""
        now = notes_of(vault)
        for path in sorted(now.keys() | self.old.keys()):
            if now.get(path) == self.old.get(path):
                continue
            if path not in now:
                if path not in self._absent:
                    yield f"{path} is gone, which no sync takes away"
            elif blob_id(now[path]) not in self._versions.get(path, ()):
                yield f"{path} is as neither side nor a merge has it"
        yield from self._always_wrong(vault)
        rewritten = {path: data for path, data in self.old.items() if now.get(path) != data}
        lost = self._not_in_history(vault, rewritten)
        yield from (f"{path} was rewritten, and what was there is in no commit" for path in lost)
        if self.git(vault, "ls-files", "--stage", "--", HELD) != self.staged:
            yield f"what was staged of {HELD} is staged no more"

    def _found(self) -> set[str]:
        return super()._found() | {blob_id(data) for data in self.theirs.values()}

    def wrong_after_next_run(self, vault: Path) -> Iterator[str]:
        """What the sync after a killed one left undone."""
        yield from super().wrong_after_next_run(vault)
        remote = vault.parent / "remote.git"
        if self.git(remote, "rev-parse", "main") != self.git(vault, "rev-parse", "HEAD"):
            yield "the remote has not got what was merged"
        yield from (f"a stale lock at the remote: {path}" for path in remote.rglob("*.lock"))
