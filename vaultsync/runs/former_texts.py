"""What earlier runs left in the notes, as git remembers it: the managed blocks, links, and names.

A line of a block that no run wrote was typed by the person, and is not thrown away; that is only asked of
notes that are about to change. (`taken_out` asks the same of links.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import ConfigError, GitError
from vaultsync.core.history.changes import Commit
from vaultsync.core.history.messages import UNDOES_TRAILER
from vaultsync.core.links.decisions import Decisions, parse_decisions
from vaultsync.core.links.index import Index
from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.links.shown_links import (
    MeantLink,
    ShownLink,
    meant_by,
)
from vaultsync.core.markdown import managed_blocks, parse_body
from vaultsync.git.history import INDEX
from vaultsync.git.repository import Git
from vaultsync.runs.last_runs import LastRuns

if TYPE_CHECKING:
    pass

OLDEST = 50
"""Runs of a note that are searched for a line of its blocks: an older state nobody brings back."""


REMEMBERED = 500
"""Commits in which a note is looked for that went, while links to it have not followed it yet."""


class History:
    """The former texts of notes in `git`, of which `head` is checked out, if anything is; what runs wrote."""

    def __init__(self, git: Git, last_runs: LastRuns) -> None:
        self.git = git
        self.head = git.history.head()
        self.last_runs = last_runs
        self._names: dict[str, FileNames] = {}
        self._own_lines: dict[str, Callable[[str], bool] | None] = {}

    @property
    def is_readable(self) -> bool:
        """Whether git can tell which files the last commit has, and what was renamed before it."""
        try:
            if self.head is not None:
                self.git.history.files(self.head)
                self.git.history.renames(REMEMBERED)
        except GitError:
            return False
        return True

    def ask_ahead(self) -> None:
        """Ask what any question about links needs, and what takes long only the first time."""
        if self.head is not None:
            self.last_runs.learn(self.git, self.head)
            self.earlier_names(())

    def outside_checkout(self) -> list[str]:
        """The vault's files that git keeps and a sparse checkout leaves out."""
        return self.git.worktree.outside_checkout()

    def own_lines(self, path: str) -> Callable[[str], bool] | None:
        """A test whether a run wrote a line into the note's blocks, if one wrote the note at all.

        A line that stood there before the run is not its own: a run that mends something else in the note
        leaves lists alone whose rules are off, with what was typed in them. What the first run that is known
        left counts whole: nobody can tell what was before. An undo doesn't count: the state that it brings
        back is that of an earlier run. What a run wrote when the note had another name counts as well.
        """
        if path not in self._own_lines:
            names = (path, *self.earlier_names((path,)).get(path, ()))
            tests = [test for name in names if (test := self._read_own_lines(name)) is not None]
            self._own_lines[path] = (lambda line: any(test(line) for test in tests)) if tests else None
        return self._own_lines[path]

    def _read_own_lines(self, path: str) -> Callable[[str], bool] | None:
        runs = [run for run in self.git.history.runs(path=path) if UNDOES_TRAILER not in run.trailers]
        if not runs:
            return None
        unread, first = runs[:OLDEST], runs[:OLDEST][-1]
        lines: set[str] = set()

        def read(some: Sequence[Commit]) -> None:
            before = {run.sha: run.parents[0] for run in some if run.parents and run is not first}
            shas = [*(run.sha for run in some), *before.values()]
            blobs = self.git.history.blobs_at((sha, path) for sha in shas)
            found = {sha: set(_block_lines(_text(blobs.get((sha, path), b"")))) for sha in shas}
            for run in some:
                lines.update(found[run.sha] - found.get(before.get(run.sha, ""), set()))

        def own(line: str) -> bool:
            many = 1
            while line.strip() not in lines and unread:
                read(unread[:many])
                del unread[:many]
                many *= 4
            return line.strip() in lines

        return own

    @cached_property
    def renames(self) -> Sequence[tuple[str, str]]:
        """The renames of the last `REMEMBERED` commits, the newest first."""
        return self.git.history.renames(REMEMBERED)

    @cached_property
    def _later_names(self) -> Mapping[str, str]:
        """The names that files have by now, by those that they had before the last `REMEMBERED` commits."""
        names: dict[str, str] = {}
        for old, new in self.renames:
            names.setdefault(old, names.get(new, new))
        return names

    @cached_property
    def _names_that_went(self) -> FileNames:
        return FileNames(self._later_names)

    def earlier_names(self, paths: Collection[str]) -> dict[str, list[str]]:
        """The names that notes had before, by the renames of the last `REMEMBERED` commits."""
        names: dict[str, list[str]] = {}
        now = {path: path for path in paths}
        for old, new in self.renames:
            if (path := now.pop(new, None)) is not None:
                now[old] = path
                names.setdefault(path, []).append(old)
        return names

    def linked_at(
        self, rev: str, written: Iterable[ShownLink], path: str, index: Index, renamed: Mapping[str, str]
    ) -> Iterator[MeantLink]:
        """The links of a text at a commit, with the notes that they meant, by the paths of today.

        A run may have written a link to a note whose new name is committed later, or not yet: `renamed` tells
        such names, by the former ones; and a merge may have left a link to a name that went with it.
        """

        def meant(target: str) -> str | None:
            found = resolve(self._names_at(rev), path, target) or resolve(index.files, path, target)
            found = found or resolve(self._names_that_went, path, target)
            found = found or resolve(FileNames(renamed), path, target)
            if found is None or found in renamed:
                return renamed.get(found or "")
            return found if found in index.files else self._later_names.get(found, found)

        yield from meant_by(written, meant)

    def _names_at(self, rev: str) -> FileNames:
        if rev not in self._names:
            self._names[rev] = FileNames(self.files(rev))
        return self._names[rev]

    def decisions_at(self, rev: str) -> Decisions:
        """What was decided at a commit; nothing if that can't be read."""
        try:
            return parse_decisions(_text(self.git.history.blob(rev, DECISIONS_PATH) or b""))
        except ConfigError:
            return Decisions()

    def vanished(self, files: Collection[str]) -> Iterator[tuple[str, list[str], Collection[str] | None]]:
        """The notes that git knows and that are not in `files`, by a commit that still has them.

        With the files of that time, where they are known. First those that only git's index has, then those
        of the last commit, then what the last `REMEMBERED` commits deleted, the latest first. Nothing before
        the first commit.
        """
        if self.head is None:
            return
        known = self.files(self.head)
        staged = self.git.history.only_staged()
        if lost := [path for path in staged if _is_note(path) and path not in files]:
            # It was renamed again before its first new name was committed: to whatever has got a name since.
            named = {new for _, new in self.renames}
            yield INDEX, lost, {*(path for path in known if path not in named), *staged}
        yield self.head, [path for path in known if _is_note(path) and path not in files], known
        for gone in self.git.history.deletions(REMEMBERED):
            if paths := [path for path in gone.files if _is_note(path) and path not in files]:
                yield gone.parent, paths, None

    def files(self, rev: str) -> Collection[str]:
        """The vault's files at a commit."""
        return self.git.history.files(rev)

    def notes(self, rev: str, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes that notes had at a commit."""
        return self.git.history.blobs(rev, paths)

    def made(self, path: str) -> Mapping[str, str]:
        """What links of the tool in the note at `path` show, folded, and the words that they were made of."""
        from vaultsync.core.links.made_words import made_words  # which only links to a deleted note need

        made: dict[str, str] = {}
        for name in reversed((path, *self.earlier_names((path,)).get(path, ()))):
            for run in reversed(self.git.history.runs(path=name)):
                states = [(rev, name) for rev in ((*run.parents, "")[0], run.sha)]
                blobs = self.git.history.blobs_at(state for state in states if state[0])
                before, after = (_text(blobs.get(state, b"")) for state in states)
                made |= made_words(before, after, made)
        return made

    def brought_back(self, path: str) -> frozenset[str]:
        """The targets of the links, to notes gone by then, that the note's last undo brought back.

        A link that led somewhere then is not what the undo was about: its note may be renamed since.
        """
        name, undo = path, self.last_runs.undo_of(path, self.git, self.head or "")
        if undo is None:  # it may have had another name then
            for name in self.earlier_names([path]).get(path, ()):
                if (undo := self.last_runs.undo_of(name, self.git, self.head or "")) is not None:
                    break
            else:
                return frozenset()
        blobs = (self.git.history.blob(rev, name) or b"" for rev in (undo, f"{undo}^"))
        after, before = ({link.target for link in parse_body(_text(blob)).links} for blob in blobs)
        names = self._names_at(undo) if after - before else FileNames()
        return frozenset(target for target in after - before if resolve(names, name, target) is None)


def _is_note(path: str) -> bool:
    return path.lower().endswith(".md")


def _block_lines(text: str) -> Iterator[str]:
    """The lines in the managed blocks of a note's text, without the blanks at their ends."""
    for block in managed_blocks(text):
        yield from (line.strip() for line in text[block.inner.start : block.inner.end].split("\n"))


def _text(blob: bytes) -> str:
    return blob.decode("utf-8", errors="replace")
