"""Planning: run the rules over notes until nothing changes any more, in memory, and list the changes.

First each note by itself, with the rules that look at nothing else; then, in passes over the notes concerned,
the rules that look at other notes. So links are never made from a title that is about to be repaired, and the
result does not depend on which note was first. All rules of a pass see the same snapshot. Where the edits of
two rules overlap, the later rule waits for the next pass with all that it wanted. A note that doesn't come to
rest in `PASSES` shows a defect, and so does one at which a rule fails: it stays as it was, with a problem,
and the others go on (promise P5).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from traceback import format_exception
from types import MappingProxyType

from vaultsync.core.errors import Problem
from vaultsync.core.links.cached_facts import FreshReading
from vaultsync.core.links.decisions import Fault
from vaultsync.core.links.in_step import Steps, in_step
from vaultsync.core.links.index import Index, Load
from vaultsync.core.note import Note, note_of
from vaultsync.core.plan.change import Change, Plan
from vaultsync.core.plan.guard import objection
from vaultsync.core.plan.places import gathered
from vaultsync.core.plan.progress import Progress, silent
from vaultsync.core.plan.results import NoteResult, PutRight, opened, packed
from vaultsync.core.plan.rule_pass import NOT_OURS, Pass, RuleSet
from vaultsync.core.rules.rule import Rule
from vaultsync.core.text.spans import apply_edits

PASSES = 5
"""Passes after which a note must be at rest, by itself and in its links to others."""

Spread = Callable[[Callable[[Sequence[str]], bytes], Sequence[str]], Iterable[bytes]]
"""Does work on many notes, in one part or in several at once, and gives the results of the parts."""

MANY = 500
"""Notes from which on the work is spread: two forks cost some 20 ms, as much as the rules for 100 notes."""

READINGS = 40
"""The same for conference notes that are read for papers: each takes as long as the rules for ten others."""

MANY_LISTS = 4000
"""The same for notes whose lists of mentions are compared: each takes 15 µs."""

AT_ONCE = 200_000
"""Characters of conference notes that are read in step, about: each is parsed in memory meanwhile."""

STEP = 50
"""Notes between two words on how far the work has come, where it is not spread."""


def in_turn(work: Callable[[Sequence[str]], bytes], names: Sequence[str]) -> Iterable[bytes]:
    """A `Spread` that doesn't."""
    return [work(names)]


def plan_notes(
    index: Index,
    rules: Sequence[Rule],
    paths: Iterable[str],
    load: Load,
    spread: Spread = in_turn,
    at_rest: Mapping[str, list[Problem]] = MappingProxyType({}),
    progress: Progress = silent,
) -> Plan:
    """Plan the notes at `paths`, and those that their changes reach, against `index`.

    The index is brought forward with each pass and describes the vault as it will be. `load` gives a note as
    it is on disk; for those `at_rest` it is known what `own_check` says.
    """
    index.blocks.start_plan()
    planner = _Planner(index, rules, load, spread, progress)
    todo = set(paths)
    planner.found.update((path, problems) for path, problems in at_rest.items() if path in todo)
    planner.tidy_all(todo)
    todo |= planner.refresh()
    for count in itertools.count(1):
        changed, reached = planner.link(todo)
        if not count % PASSES:  # with fewer notes that may change each time, this ends
            for path in changed:
                planner.give_up(path)
            reached |= planner.refresh()
        todo = changed | reached
        if not todo:
            break
    return planner.plan()


_Work = Callable[[Sequence[str]], Iterable[FreshReading | None]]
"""Work on many notes: of each it gives what the note says of papers, if it was read for that."""


def _each(work: Callable[[str], None]) -> _Work:
    return lambda paths: map(work, paths)


class _Planner:
    def __init__(
        self, index: Index, rules: Sequence[Rule], load: Load, spread: Spread, progress: Progress
    ) -> None:
        self.index, self.load, self.spread, self.progress = index, load, spread, progress
        self.rules = {rule.id: rule for rule in rules}
        self.own_rules = RuleSet(index, [rule for rule in rules if not rule.linked])
        self.linked_rules = RuleSet(index, [rule for rule in rules if rule.linked])
        self.before: dict[str, Note] = {}
        self.now: dict[str, Note] = {}
        self.applied: dict[str, dict[str, Rule]] = {}
        self.found: dict[str, list[Problem]] = {}
        self.found_linked: dict[str, list[Problem]] = {}
        self.linked: set[str] = set()
        self.refused: dict[str, Problem] = {}
        self.lines: dict[str, bytes | None] = {}
        self.mends: dict[str, PutRight] = {}
        self.in_order: dict[tuple[str, bool], list[Fault]] = {}
        self.defects: dict[str, str] = {}

    def planned(self, path: str) -> Note | None:
        """The note as the plan has it so far."""
        return self.now.get(path) or self.load(path)

    def tidy_all(self, paths: Iterable[str]) -> None:
        """Run the rules that look at the note alone, on all `paths` but those which `refresh` will tidy."""
        stale = self.index.stale()
        todo = set(paths) - self.found.keys()
        if len(stale) >= min(MANY, READINGS):
            todo.difference_update(stale)
        for path in self._spread("checking", _each(self.tidy), sorted(todo)):
            self.tidy(path)

    def refresh(self) -> set[str]:
        """Bring the index up to date; gives the notes to look at."""
        stale = self.index.stale()
        self._spread("finding mentions", self._read_all, stale)  # the few that it leaves over are read below
        return self.index.refresh(self.planned)

    def tidy(self, path: str) -> None:
        """Run the rules that look at the note alone, until they have nothing more to say."""
        with self._alone_with_a_defect(path):
            self._tidy(path)

    @contextmanager
    def _alone_with_a_defect(self, path: str) -> Iterator[None]:
        """An exception at work on the note at `path` leaves this note as it is on disk, and ends nothing."""
        try:
            yield
        except NOT_OURS:
            raise
        except Exception as error:  # noqa: BLE001  a defect of ours at one note; the others go on
            self.defects[path] = "".join(format_exception(error))
            self.found.setdefault(path, [])
            where = ", ".join((f"{error!r}"[:200], *getattr(error, "__notes__", ())))
            self._refuse(path, _defect(path, where))

    def _tidy(self, path: str) -> None:
        if path in self.defects:
            return
        for _ in range(PASSES):
            note = self.planned(path)
            if note is None:
                return
            found = self.own_rules.run(note)
            self.found[path] = found.problems
            self._note_in_order(path, found, linked=False)
            if not found.edits or (after := self._apply(note, found)) is None:
                return
            self.index.put(after)
        self.give_up(path)

    def give_up(self, path: str) -> None:
        """Leave a note that doesn't come to rest as it is on disk."""
        self._refuse(path, _defect(path, f"the rules did not come to rest after {PASSES} passes"))

    def link(self, todo: set[str]) -> tuple[set[str], set[str]]:
        """One pass of the rules that look at other notes; what it changed, and what this reaches."""
        before = dict(self.now)
        bound = {path for path in todo if self.index.is_bound(path)}
        for path in sorted(todo - bound):  # nothing to say, which is news where there was a problem
            if path not in self.found:
                self.tidy(path)
            if path in self.found:  # else it is gone
                self.found_linked[path], self.lines[path] = [], None
        rest = sorted(bound - self.linked)
        self.linked.clear()
        # Lists that are as they have to be take less than to share them out, unless there are very many.
        unsure = rest if len(rest) >= MANY_LISTS else [p for p in rest if not self._leaves_unread(p)]
        for path in self._spread("linking", _each(self.link_one), unsure, put=False):
            self.link_one(path)
        changed = {path: now for path in rest if (now := self.now.get(path)) is not before.get(path) and now}
        for path, note in changed.items():
            was = before.get(path) or self.before[path]
            self.index.blocks.plan(was.text, note)
            self.index.put(note)
            if len(changed) >= MANY:
                self._put_aside(path)
        for count, path in enumerate(changed):
            if not count % STEP:
                self.progress("checking again", count, len(changed))
            self.tidy(path)
            if len(changed) >= MANY:
                self._put_aside(path)
        return set(changed), self.refresh()

    def link_one(self, path: str) -> None:
        """Run the rules that look at other notes, once."""
        with self._alone_with_a_defect(path):
            self._link_one(path)

    def _link_one(self, path: str) -> None:
        if path not in self.found:  # a change of another note led here
            self.tidy(path)
        if self._leaves_unread(path) or path in self.defects:
            return
        if (note := self.planned(path)) is not None:
            found = self.linked_rules.run(note)
            self.found_linked[path] = found.problems
            self._note_in_order(path, found, linked=True)
            if found.edits:
                self._apply(note, found)
            else:
                self.lines[path] = self.index.blocks.at_rest(note, found.tended)

    def _leaves_unread(self, path: str) -> bool:
        """Whether the rules that look at other notes leave this one as it is, as its list alone tells."""
        with self._alone_with_a_defect(path):
            if path in self.found and path not in self.defects and self.linked_rules.leave_unread(path):
                self.found_linked[path], self.lines[path] = [], self.index.plain_lists.lines(path)
                self._note_in_order(path, Pass(), linked=True)
                return True
        return False

    # Several processes share the work on many notes.

    def _spread(
        self,
        stage: str,
        work: _Work,
        paths: Sequence[str],
        *,
        put: bool = True,
    ) -> Sequence[str]:
        """Do the work on many notes in other processes, and take over what they found; gives those left over.

        Of few notes all are left over. `put` says whether the index follows the changes at once.
        """
        if paths:
            self.progress(stage, 0, len(paths))
        if len(paths) < (min(MANY, READINGS) if work == self._read_all else MANY):
            return paths

        def work_on(part: Sequence[str]) -> bytes:
            was = [self.now.get(path) for path in part]
            data = packed(list(map(self._result, part, was, work(part))))
            for path in part:  # another process has done its share, and holds what was parsed of it
                self._put_aside(path)
            return data

        done = 0
        for part in self.spread(work_on, paths):
            results = opened(part, self.rules)
            for result in results:
                after = self._take(result)
                if after is not None and put:
                    self.index.put(after)
                if result.reading is not None:
                    self.index.adopt(result.path, result.reading)
                self._put_aside(result.path)
            done += len(results)
            self.progress(stage, done, len(paths))
        return ()

    def _read_all(self, paths: Sequence[str]) -> Iterator[FreshReading | None]:
        """Tidy notes and read what they say of papers, some at a time."""
        some: list[Steps[FreshReading | None]] = []
        size = 0
        for path in paths:
            note = self.planned(path)
            some.append(self._read(path))
            size += len(note.text) if note is not None else 0
            if size >= AT_ONCE:
                yield from in_step(some)
                some, size = [], 0
        yield from in_step(some)

    def _read(self, path: str) -> Steps[FreshReading | None]:
        """Tidy a note and read what it says of papers: its text is parsed once for both."""
        if path not in self.found:
            self.tidy(path)
        yield
        note = self.planned(path)
        if note is None or not self.index.config.mentions_papers(note.kind):
            return None
        reading = yield from self.index.read(note)
        yield
        with self._alone_with_a_defect(path):
            found = self.linked_rules.run(note) if path not in self.defects else Pass()
            if not found.edits and not self.index.lists_conferences(path):
                self.linked.add(path)
                self.found_linked[path] = found.problems
                self.lines[path] = self.index.blocks.at_rest(note, found.tended)
                self._note_in_order(path, found, linked=True)
        self.index.close(path)
        return reading

    def _result(self, path: str, was: Note | None, reading: FreshReading | None) -> NoteResult:
        """What the work on a note made of it, since the plan `was` at it."""
        now = self.now.get(path)
        return NoteResult(
            path,
            self.found.get(path),
            self.found_linked.get(path),
            now.text if now is not None and now is not was else None,
            tuple(self.applied.get(path, ())),
            self.refused.get(path),
            path in self.linked,
            self.lines.get(path),
            reading,
            self.mends.get(path),
            self.in_order.get((path, False)),
            self.in_order.get((path, True)),
            self.defects.get(path),
        )

    def _take(self, result: NoteResult) -> Note | None:
        """Take over what became of a note elsewhere; gives the note if it changed."""
        path = result.path
        if result.defect is not None:
            self.defects[path] = result.defect
        if result.own is not None:
            self.found[path] = result.own
        if result.linked is not None:
            self.found_linked[path], self.lines[path] = result.linked, result.lines
        for linked, in_order in ((False, result.own_in_order), (True, result.linked_in_order)):
            if in_order is not None:
                self.in_order[path, linked] = in_order
        if result.mended is not None:
            self.mends[path] = result.mended
        if result.at_rest:
            self.linked.add(path)
        note = self.planned(path) if result.text is not None or result.refused is not None else None
        if note is not None:
            self.before.setdefault(path, note)
        if result.refused is not None:
            self._refuse(path, result.refused)
        if result.text is None:
            return None
        if not result.at_rest:  # else the lines are those of this very text
            self.lines.pop(path, None)
        self.now[path] = after = note_of(path, result.text, self.index.config)
        self.applied[path] = {id_: self.rules[id_] for id_ in result.rules}
        return after

    def _put_aside(self, path: str) -> None:
        """Keep a note, as it was and as it will be, in little space.

        A first run changes all notes: what was parsed of 10,000, before and after, took 170 MB, and their
        texts 130 MB.
        """
        for note in filter(None, (self.before.get(path), self.now.get(path))):
            note.put_aside()

    def _note_in_order(self, path: str, found: Pass, *, linked: bool) -> None:
        """Keep in mind at which places that rules keep off nothing is wrong, by the last pass."""
        if found.in_order or (path, linked) in self.in_order:
            self.in_order[path, linked] = found.in_order

    def _apply(self, note: Note, found: Pass) -> Note | None:
        """The note after the edits, if the guard has no objection; else it stays as it was on disk."""
        path = note.path
        if path in self.refused:
            return None
        self.lines.pop(path, None)
        after = note_of(path, apply_edits(note.text, found.edits), self.index.config)
        applied = {**self.applied.get(path, {}), **{rule.id: rule for rule in found.rules}}
        before = self.before.setdefault(path, note)
        if reason := objection(before, after, applied.values()):
            self._refuse(path, _defect(path, reason))
            return None
        self.now[path], self.applied[path] = after, applied
        known = self.mends.get(path, PutRight())
        self.mends[path] = PutRight(known.mends.union(found.mends), known.undone.union(found.undone))
        return after

    def _refuse(self, path: str, reason: Problem) -> None:
        self.refused[path] = reason
        self.lines.pop(path, None)
        if self.now.pop(path, None) is not None:
            self.index.put(self.before[path])

    def plan(self) -> Plan:
        self.index.let_go()
        changes = tuple(
            Change(
                path,
                self.before[path],
                note,
                tuple(self.applied[path]),
                gathered(self.mends[path].mends),
                self.mends[path].undone,
            )
            for path, note in sorted(self.now.items())
            if note.digest != self.before[path].digest
        )
        found = (*self.found.values(), *self.found_linked.values(), self.refused.values())
        problems = tuple(sorted(problem for of_note in found for problem in of_note))
        looked = frozenset(self.found) | frozenset(self.found_linked)
        in_order = frozenset(fault for faults in self.in_order.values() for fault in faults)
        return Plan(changes, problems, looked, self.lines, in_order, dict(sorted(self.defects.items())))


def _defect(path: str, reason: str) -> Problem:
    return Problem(path, 0, 0, "guard", f"not written: {reason}", "a defect of vaultsync; please report it")
