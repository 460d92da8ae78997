"""What earlier runs left in the notes, as git remembers it: the former links and the former managed blocks.

A link that a run made and that is gone was taken out by the person, and is not made again; a line of a block
that no run wrote was typed by the person, and is not thrown away. Both questions are only asked of notes that
are about to change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import ConfigError, GitError
from vaultsync.core.history.changes import Commit
from vaultsync.core.history.messages import UNDOES_TRAILER
from vaultsync.core.links.decisions import Decision, Decisions, parse_decisions
from vaultsync.core.links.index import Index
from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.links.renames import Former
from vaultsync.core.links.shown_links import (
    MadeLinks,
    MeantLink,
    ShownLink,
    linked,
    links_in,
    meant_by,
    was_shown,
)
from vaultsync.core.markdown import managed_blocks, parse_body
from vaultsync.core.plan.change import Change
from vaultsync.git.history import INDEX
from vaultsync.git.repository import Git
from vaultsync.runs.last_runs import LastRuns, Pair

OLDEST = 50
"""Runs of a note that are searched for a line of its blocks: an older state nobody brings back."""


REMEMBERED = 500
"""Commits in which a note is looked for that went, while links to it have not followed it yet."""


class History:
    """The former texts of notes: at the last commit, and at the last run that wrote them."""

    def __init__(self, git: Git, last_runs: LastRuns) -> None:
        self._git = git
        self._head = git.history.head()
        self._last_runs = last_runs
        self._names: dict[str, FileNames] = {}
        self._own_lines: dict[str, Callable[[str], bool] | None] = {}

    @property
    def is_readable(self) -> bool:
        """Whether git can tell which files the last commit has, and what was renamed before it."""
        try:
            if self._head is not None:
                self._git.history.files(self._head)
                self._git.history.renames(REMEMBERED)
        except GitError:
            return False
        return True

    def ask_ahead(self) -> None:
        """Ask what any question about links needs, and what takes long only the first time."""
        if self._head is not None:
            self._last_runs.learn(self._git, self._head)
            self.earlier_names(())

    def outside_checkout(self) -> list[str]:
        """The vault's files that git keeps and a sparse checkout leaves out."""
        return self._git.worktree.outside_checkout()

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
        runs = [run for run in self._git.history.runs(path=path) if UNDOES_TRAILER not in run.trailers]
        if not runs:
            return None
        unread, first = runs[:OLDEST], runs[:OLDEST][-1]
        lines: set[str] = set()

        def read(some: Sequence[Commit]) -> None:
            before = {run.sha: run.parents[0] for run in some if run.parents and run is not first}
            shas = [*(run.sha for run in some), *before.values()]
            blobs = self._git.history.blobs_at((sha, path) for sha in shas)
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

    def taken_out(self, changes: Iterable[Change], index: Index) -> list[Decision]:
        """The links that `changes` would make although an earlier state of the note had them already.

        A link was taken out if its words are still where they were: in a line that reads much as it did. It
        is known again by the note that it meant, whatever that is called by now and however links are
        written. What the person accepted since that state counts for more.
        """
        left: dict[str, MadeLinks] = {}
        for change in changes:
            if "link-in-place" in change.rules:
                meant = partial(resolve, index.files, change.path)
                written = links_in(change.before.text)
                present = Counter(meant_by(written, meant))
                made = Counter(linked(change.after.text, meant)) - present
                left[change.path] = MadeLinks(made, present, Counter(written))
        if not left or self._head is None:
            return []
        denied: set[Decision] = set()
        names = {path: _names(path, index.former) for path in left}
        runs, pairs = self._at_last_run(names), self._pairs(names)
        firsts = self._before_first_run(names)
        read = self._last_runs.learn_unlinked(
            self._git,
            pairs,
            [(rev, name) for places in (self._at_head(names), runs, firsts) for _, rev, name in places],
        )
        times = [self._states(places, read) for places in (self._at_head(names), runs)]
        for states in times:
            denied |= self._taken(left, states, index)
            left = _undecided(left, denied)
        denied |= self._taken_unnoticed({path: names[path] for path in left}, left, index)
        left = _undecided(left, denied)
        # A note that came with links, or that no run wrote by this name, may have had another one before.
        may_be = {path for path, *_ in times[0]} - {path for path, *_ in runs}
        may_be |= {path for path, *_, text in self._states(firsts, read) if "](" in text or "[[" in text}
        if (
            (may_be := may_be & left.keys())
            and self._last_runs.are_any
            and (names := self.earlier_names(may_be))
        ):
            runs, pairs = self._at_last_run(names), self._pairs(names)
            read = self._last_runs.learn_unlinked(self._git, pairs, [(rev, name) for _, rev, name in runs])
            denied |= self._taken(left, self._states(runs, read), index)
            denied |= self._taken_unnoticed(names, _undecided(left, denied), index)
        return sorted(denied)

    def _taken(self, left: Mapping[str, MadeLinks], states: Iterable[_State], index: Index) -> set[Decision]:
        """Of the links that are to be made, those that a former state had and the person took out."""
        denied: set[Decision] = set()
        for path, rev, name, text in states:
            if path not in left:
                continue
            written = links_in(text) if "](" in text or "[[" in text else []
            if not left[path].resembles(written):
                continue  # saves listing all files of that commit, some 60 ms at 10,000 notes
            former = self._linked_at(rev, written, name, index)
            denied |= self._not_accepted_since(rev, path, left[path].taken(former), index)
        return denied

    def _taken_unnoticed(
        self, names: Mapping[str, Sequence[str]], left: Mapping[str, MadeLinks], index: Index
    ) -> set[Decision]:
        """Of the links that are to be made, those taken out before a run that had no reason to make them.

        Its rule was off, the paper was away or had a namesake then. What had its link again later was not
        left out.
        """
        denied: set[Decision] = set()
        for path, name in ((path, name) for path, of_path in names.items() for name in of_path):
            later: list[Pair] = []
            for pair in self._pairs({path: [name]}) if path in left else ():
                rev, written = self._last_runs.unlinked(pair)
                later.append(pair)
                if not left[path].resembles(written):
                    continue
                taken = left[path].taken(self._linked_at(rev, written, name, index), Counter())
                taken -= self._linked_again(taken, later)
                denied |= self._not_accepted_since(rev, path, taken, index)
        return denied

    def _linked_again(self, taken: Collection[MeantLink], since: Sequence[Pair]) -> set[MeantLink]:
        """Those of these links that a run after them left in the note again."""
        if not taken:
            return set()
        blobs = self._git.history.blobs_at((following, name) for name, _, following in since)
        written = [link for blob in blobs.values() for link in links_in(_text(blob))]
        return {link for link in taken if any(was_shown(link, again) for again in written)}

    def _pairs(self, names: Mapping[str, Sequence[str]]) -> list[Pair]:
        """The runs that wrote the notes, each with the next one that did, the latest first."""
        head = self._head or ""
        return [
            (name, *two)
            for of_path in names.values()
            for name in of_path
            for two in self._last_runs.between(name, self._git, head)
        ]

    def _before_first_run(self, names: Mapping[str, Sequence[str]]) -> list[_Place]:
        """Where the notes are as the first runs that wrote them found them."""
        firsts = ((path, self._last_runs.first(path, self._git, self._head or "")) for path in names)
        return [(path, f"{first}^", path) for path, first in firsts if first is not None]

    def _not_accepted_since(
        self, rev: str, path: str, taken: Iterable[MeantLink], index: Index
    ) -> set[Decision]:
        """The denials of links that were taken out of a note, less those that the person accepted since."""
        denied = {Decision(path, link.words, link.meant) for link in taken}
        if denied & index.decisions.accepted:
            denied -= index.decisions.accepted - self._decisions(rev).accepted
        return denied

    @cached_property
    def _renames(self) -> Sequence[tuple[str, str]]:
        return self._git.history.renames(REMEMBERED)

    @cached_property
    def _later_names(self) -> Mapping[str, str]:
        """The names that files have by now, by those that they had before the last `REMEMBERED` commits."""
        names: dict[str, str] = {}
        for old, new in self._renames:
            names.setdefault(old, names.get(new, new))
        return names

    @cached_property
    def _names_that_went(self) -> FileNames:
        return FileNames(self._later_names)

    def earlier_names(self, paths: Collection[str]) -> dict[str, list[str]]:
        """The names that notes had before, by the renames of the last `REMEMBERED` commits."""
        names: dict[str, list[str]] = {}
        now = {path: path for path in paths}
        for old, new in self._renames:
            if (path := now.pop(new, None)) is not None:
                now[old] = path
                names.setdefault(path, []).append(old)
        return names

    def _at_head(self, names: Mapping[str, Sequence[str]]) -> list[_Place]:
        """Where the notes are as they were committed last."""
        return [(path, self._head or "", name) for path, of_path in names.items() for name in of_path]

    def _at_last_run(self, names: Mapping[str, Sequence[str]]) -> list[_Place]:
        """Where the notes are as the last runs that wrote them left them."""
        by_run: dict[str, list[tuple[str, str]]] = {}
        for path, of_path in names.items():
            for name in of_path:
                for sha in self._last_runs.of(name, self._git, self._head or ""):
                    by_run.setdefault(sha, []).append((path, name))
        places: list[_Place] = []
        for sha, notes in by_run.items():
            # A merge may drop a link for the sake of the other side's words: nobody has taken it out.
            rev = self._git.history.merged_over(sha, self._head or "") or sha
            places += ((path, rev, name) for path, name in notes)
        return places

    def _states(self, places: Sequence[_Place], blobs: Mapping[tuple[str, str], bytes]) -> list[_State]:
        """What notes were at these places, of which the bytes were read."""
        return [
            (path, rev, name, _text(blobs[rev, name])) for path, rev, name in places if (rev, name) in blobs
        ]

    def _linked_at(
        self, rev: str, written: Iterable[ShownLink], path: str, index: Index
    ) -> Iterator[MeantLink]:
        """The links of a text at a commit, with the notes that they meant, by the paths of today.

        A run may have written a link to a note whose new name is committed later, or not yet; and a merge
        may have left a link to a name that went with it.
        """
        renamed = index.former.renamed if index.former is not None else {}

        def meant(target: str) -> str | None:
            found = resolve(self._names_at(rev), path, target) or resolve(index.files, path, target)
            found = found or resolve(self._names_that_went, path, target)
            if found is None or found in renamed:
                return renamed.get(found or "")
            return found if found in index.files else self._later_names.get(found, found)

        yield from meant_by(written, meant)

    def _names_at(self, rev: str) -> FileNames:
        if rev not in self._names:
            self._names[rev] = FileNames(self.files(rev))
        return self._names[rev]

    def _decisions(self, rev: str) -> Decisions:
        """What was decided at a commit; nothing if that can't be read."""
        try:
            return parse_decisions(_text(self._git.history.blob(rev, DECISIONS_PATH) or b""))
        except ConfigError:
            return Decisions()

    def vanished(self, files: Collection[str]) -> Iterator[tuple[str, list[str], Collection[str] | None]]:
        """The notes that git knows and that are not in `files`, by a commit that still has them.

        With the files of that time, where they are known. First those that only git's index has, then those
        of the last commit, then what the last `REMEMBERED` commits deleted, the latest first. Nothing before
        the first commit.
        """
        if self._head is None:
            return
        known = self.files(self._head)
        staged = self._git.history.only_staged()
        if lost := [path for path in staged if _is_note(path) and path not in files]:
            # It was renamed again before its first new name was committed: to whatever has got a name since.
            named = {new for _, new in self._renames}
            yield INDEX, lost, {*(path for path in known if path not in named), *staged}
        yield self._head, [path for path in known if _is_note(path) and path not in files], known
        for gone in self._git.history.deletions(REMEMBERED):
            if paths := [path for path in gone.files if _is_note(path) and path not in files]:
                yield gone.parent, paths, None

    def files(self, rev: str) -> Collection[str]:
        """The vault's files at a commit."""
        return self._git.history.files(rev)

    def notes(self, rev: str, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes that notes had at a commit."""
        return self._git.history.blobs(rev, paths)

    def made(self, path: str) -> Mapping[str, str]:
        """What links of the tool in the note at `path` show, folded, and the words that they were made of."""
        from vaultsync.core.links.made_words import made_words  # which only links to a deleted note need

        made: dict[str, str] = {}
        for name in reversed((path, *self.earlier_names((path,)).get(path, ()))):
            for run in reversed(self._git.history.runs(path=name)):
                states = [(rev, name) for rev in ((*run.parents, "")[0], run.sha)]
                blobs = self._git.history.blobs_at(state for state in states if state[0])
                before, after = (_text(blobs.get(state, b"")) for state in states)
                made |= made_words(before, after, made)
        return made

    def brought_back(self, path: str) -> frozenset[str]:
        """The targets of the links, to notes gone by then, that the note's last undo brought back.

        A link that led somewhere then is not what the undo was about: its note may be renamed since.
        """
        name, undo = path, self._last_runs.undo_of(path, self._git, self._head or "")
        if undo is None:  # it may have had another name then
            for name in self.earlier_names([path]).get(path, ()):
                if (undo := self._last_runs.undo_of(name, self._git, self._head or "")) is not None:
                    break
            else:
                return frozenset()
        blobs = (self._git.history.blob(rev, name) or b"" for rev in (undo, f"{undo}^"))
        after, before = ({link.target for link in parse_body(_text(blob)).links} for blob in blobs)
        names = self._names_at(undo) if after - before else FileNames()
        return frozenset(target for target in after - before if resolve(names, name, target) is None)


def _undecided(left: Mapping[str, MadeLinks], denied: Collection[Decision]) -> dict[str, MadeLinks]:
    """The notes of which some link to be made is not denied."""
    return {
        path: made
        for path, made in left.items()
        if any(Decision(path, link.words, link.meant) not in denied for link in made.links)
    }


def _is_note(path: str) -> bool:
    return path.lower().endswith(".md")


def _block_lines(text: str) -> Iterator[str]:
    """The lines in the managed blocks of a note's text, without the blanks at their ends."""
    for block in managed_blocks(text):
        yield from (line.strip() for line in text[block.inner.start : block.inner.end].split("\n"))


def _text(blob: bytes) -> str:
    return blob.decode("utf-8", errors="replace")


_Place = tuple[str, str, str]
"""Where a note as it was is to be found: its path now, the commit, the path that it had there."""

_State = tuple[str, str, str, str]
"""The same with its text."""


def _names(path: str, former: Former | None) -> list[str]:
    """The paths under which a note may stand in history."""
    return list(dict.fromkeys((path, former.path(path) if former is not None else path)))
