"""What earlier runs left in the notes, as git remembers it: the former links and the former managed blocks.

A link that a run made and that is gone was taken out by the person, and is not made again; a line of a block
that no run wrote was typed by the person, and is not thrown away. Both questions are only asked of notes that
are about to change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cached_property, partial
from typing import NamedTuple

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import ConfigError
from vaultsync.core.history.changes import Commit
from vaultsync.core.history.messages import UNDOES_TRAILER
from vaultsync.core.links.decisions import Decision, Decisions, parse_decisions
from vaultsync.core.links.index import Index
from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.links.renames import Former
from vaultsync.core.markdown import Link, managed_blocks, parse_body
from vaultsync.core.plan.change import Change
from vaultsync.core.text.folding import fold_name
from vaultsync.git.repository import Git
from vaultsync.runs.last_runs import LastRuns

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
        left: dict[str, _Made] = {}
        for change in changes:
            if "link-in-place" in change.rules:
                meant = partial(resolve, index.files, change.path)
                written = _links_of(change.before.text)
                present = Counter(_meant_by(written, meant))
                made = Counter(_linked(change.after.text, meant)) - present
                left[change.path] = _Made(made, present, Counter(written))
        if not left or self._head is None:
            return []
        denied: set[Decision] = set()
        names = {path: _names(path, index.former) for path in left}
        runs = self._at_last_run(names)
        times = self._states((self._at_head(names), runs))
        for states in times:
            denied |= self._taken(left, states, index)
            left = _undecided(left, denied)
        denied |= self._taken_unnoticed({path: names[path] for path in left}, left, index)
        left = _undecided(left, denied)
        # A note that no run wrote by this name may have had another one when it was linked.
        unknown = {path for path, *_ in times[0]} & left.keys() - {path for path, *_ in runs}
        if unknown and self._last_runs.are_any and (names := self.earlier_names(unknown)):
            (states,) = self._states((self._at_last_run(names),))
            denied |= self._taken(left, states, index)
        return sorted(denied)

    def _taken(self, left: Mapping[str, _Made], states: Iterable[_State], index: Index) -> set[Decision]:
        """Of the links that are to be made, those that a former state had and the person took out."""
        denied: set[Decision] = set()
        for path, rev, name, text in states:
            if path not in left:
                continue
            written = _links_of(text) if "](" in text or "[[" in text else []
            if not left[path].resembles(written):
                continue  # saves listing all files of that commit, some 60 ms at 10,000 notes
            former = self._linked_at(rev, written, name, index)
            denied |= self._not_accepted_since(rev, path, left[path].taken(former), index)
        return denied

    def _taken_unnoticed(
        self, names: Mapping[str, Sequence[str]], left: Mapping[str, _Made], index: Index
    ) -> set[Decision]:
        """Of the links that are to be made, those taken out before a run that unlinked for another reason.

        It made words of links to a deleted note while the rule was off that makes links of words.
        """
        denied: set[Decision] = set()
        for path, name in ((path, name) for path, of_path in names.items() for name in of_path):
            for sha, following in self._last_runs.between(name, self._git, self._head or ""):
                rev, before = self._git.history.merged_over(sha, following) or sha, f"{following}^"
                blobs = self._git.history.blobs_at([(rev, name), (before, name)])
                was, then = (
                    list(self._linked_at(at, _links_of(_text(blobs.get((at, name), b""))), name, index))
                    for at in (rev, before)
                )
                taken = left[path].taken(was, Counter(then))
                denied |= self._not_accepted_since(rev, path, taken, index)
        return denied

    def _not_accepted_since(
        self, rev: str, path: str, taken: Iterable[_Linked], index: Index
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

    def _states(self, times: Sequence[Sequence[_Place]]) -> list[list[_State]]:
        """What notes were at several times: two processes for all of them."""
        blobs = self._git.history.blobs_at((rev, name) for places in times for _, rev, name in places)
        return [
            [(path, rev, name, _text(blobs[rev, name])) for path, rev, name in places if (rev, name) in blobs]
            for places in times
        ]

    def _linked_at(self, rev: str, written: Iterable[_Written], path: str, index: Index) -> Iterator[_Linked]:
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

        yield from _meant_by(written, meant)

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

        With the files of that commit, where they are known. Those of the last commit first, then what the
        last `REMEMBERED` commits deleted, the latest first. Nothing before the first commit.
        """
        if self._head is None:
            return
        known = self.files(self._head)
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

    def made(self, path: str) -> frozenset[str]:
        """The folded words in the note at `path` of which runs had made links."""
        made: set[str] = set()
        for run in self._git.history.runs(path=path):
            after = self._git.history.blob(run.sha, path)
            before = self._git.history.blob(run.parents[0], path) if run.parents else None
            known = {link.words for link in _linked(_text(before or b""), _as_written)}
            made.update(
                link.words for link in _linked(_text(after or b""), _as_written) if link.words not in known
            )
        return frozenset(made)

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


def _undecided(left: Mapping[str, _Made], denied: Collection[Decision]) -> dict[str, _Made]:
    """The notes of which some link to be made is not denied."""
    return {
        path: made
        for path, made in left.items()
        if any(Decision(path, link.words, link.meant) not in denied for link in made.links)
    }


def _as_written(target: str) -> str:
    return target


def _is_note(path: str) -> bool:
    return path.lower().endswith(".md")


def _block_lines(text: str) -> Iterator[str]:
    """The lines in the managed blocks of a note's text, without the blanks at their ends."""
    for block in managed_blocks(text):
        yield from (line.strip() for line in text[block.inner.start : block.inner.end].split("\n"))


def _text(blob: bytes) -> str:
    return blob.decode("utf-8", errors="replace")


class _Linked(NamedTuple):
    """A link of a note: the note that it means, the folded words it shows, its line without links."""

    meant: str
    words: str
    line: str


class _Written(NamedTuple):
    """A link as it is written: its target, the folded words it shows, its line without links."""

    target: str
    words: str
    line: str


class _Made(NamedTuple):
    """The links that a change would make in a note, and those that are there at present, also as written."""

    links: Counter[_Linked]
    present: Counter[_Linked]
    written: Counter[_Written]

    def resembles(self, former: Iterable[_Written]) -> bool:
        """Whether a link that is gone since a former text showed the words of one of them, in a like line."""
        gone = list(Counter(former) - self.written)
        return any(_was_shown(link, old) for link in self.links for old in gone)

    def taken(self, former: Iterable[_Linked], later: Counter[_Linked] | None = None) -> set[_Linked]:
        """Those that a former text had in a line like theirs, and that a `later` one (the present) lacks."""
        gone = list(Counter(former) - (self.present if later is None else later)) if self.links else []
        return {
            link
            for link in self.links
            if any(old.meant == link.meant and _was_shown(link, old) for old in gone)
        }


_Place = tuple[str, str, str]
"""Where a note as it was is to be found: its path now, the commit, the path that it had there."""

_State = tuple[str, str, str, str]
"""The same with its text."""


def _names(path: str, former: Former | None) -> list[str]:
    """The paths under which a note may stand in history."""
    return list(dict.fromkeys((path, former.path(path) if former is not None else path)))


def _linked(text: str, meant: Callable[[str], str | None]) -> Iterator[_Linked]:
    """The links of a text that lead to a note, which `meant` tells for a target."""
    return _meant_by(_links_of(text), meant)


def _meant_by(written: Iterable[_Written], meant: Callable[[str], str | None]) -> Iterator[_Linked]:
    for link in written:
        if (note := meant(link.target)) is not None:
            yield _Linked(note, link.words, link.line)


def _links_of(text: str) -> list[_Written]:
    """The links of a text that name a target, in the order of their lines."""
    found: list[_Written] = []
    by_line: dict[int, list[Link]] = {}
    for link in parse_body(text).links:
        by_line.setdefault(text.rfind("\n", 0, link.span.start) + 1, []).append(link)
    for start, links in by_line.items():
        parts, done = [], start
        for link in links:
            if link.span.start >= done:
                parts += [text[done : link.span.start], _words(link)]
                done = link.span.end
        end = text.find("\n", done)
        line = "".join([*parts, text[done : end if end >= 0 else len(text)]]).strip()
        found += (_Written(link.target, fold_name(_words(link)), line) for link in links if link.target)
    return found


def _words(link: Link) -> str:
    return link.text if link.text is not None else link.target.rpartition("/")[2]


ALIKE = 0.7
"""The share of a line that has to be as it was for its words to be those that were linked."""


def _was_shown(link: _Linked, old: _Linked | _Written) -> bool:
    """Whether a link's words were shown by the old one, alone or with more, in a line like its own.

    Who takes out a link over a paper's whole title wants none over the short name in it.
    """
    return f" {link.words} " in f" {old.words} " and _alike(old.line, link.line)


def _alike(old: str, new: str) -> bool:
    return old == new or SequenceMatcher(None, old, new, autojunk=False).ratio() >= ALIKE
