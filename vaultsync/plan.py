"""Planning: run the rules over notes until nothing changes any more, in memory, and list the changes.

First each note by itself, with the rules that look at nothing else; then, in passes over the notes concerned,
the rules that look at other notes. So links are never made from a title that is about to be repaired, and the
result does not depend on which note was first. All rules of a pass see the same snapshot. Where the edits of
two rules overlap, the later rule waits for the next pass with all that it wanted. A note that doesn't come to
rest in `PASSES` shows a defect: it stays as it was, with a problem, and the others go on (promise P5).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from vaultsync.errors import Problem
from vaultsync.guard import objection
from vaultsync.index import CONFERENCE, Index, Load, digests_of
from vaultsync.mentions import Reading
from vaultsync.note import Note, note_of
from vaultsync.rules.base import Context, Rule
from vaultsync.text import SpanSet, TextEdit, apply_edits, overlaps

PASSES = 5
"""Passes after which a note must be at rest, by itself and in its links to others."""


class Change(msgspec.Struct, frozen=True):
    """A note that is to be written: what was read, what it becomes, and the ids of the rules that did it."""

    path: str
    before: Note
    after: Note
    rules: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True):
    """What a run would do and what it leaves to the person, sorted; `looked` are the notes it looked at.

    `lines` are the digests of the lines of blocks, of those notes for which they were made on the way.
    """

    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    looked: frozenset[str] = frozenset()
    lines: Mapping[str, list[int] | None] = {}


Spread = Callable[[Callable[[Sequence[str]], bytes], Sequence[str]], Iterable[bytes]]
"""Does work on many notes, in one part or in several at once, and gives the results of the parts."""

MANY = 500
"""Notes from which on the work is spread: two forks cost some 20 ms, as much as the rules for 100 notes."""


def in_turn(work: Callable[[Sequence[str]], bytes], names: Sequence[str]) -> Iterable[bytes]:
    """A `Spread` that doesn't."""
    return [work(names)]


def plan_notes(
    index: Index, rules: Sequence[Rule], paths: Iterable[str], load: Load, spread: Spread = in_turn
) -> Plan:
    """Plan the notes at `paths`, and those that their changes reach, against `index`.

    The index is brought forward with each pass and describes the vault as it will be. `load` gives a note as
    it is on disk.
    """
    index.start_plan()
    planner = _Planner(index, rules, load, spread)
    todo = set(paths)
    planner.tidy_all(sorted(todo))
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


class _Planner:
    def __init__(self, index: Index, rules: Sequence[Rule], load: Load, spread: Spread) -> None:
        self.index, self.load, self.spread = index, load, spread
        self.own_rules = [rule for rule in rules if not rule.linked]
        self.linked_rules = [rule for rule in rules if rule.linked]
        self.before: dict[str, Note] = {}
        self.now: dict[str, Note] = {}
        self.applied: dict[str, dict[str, Rule]] = {}
        self.found: dict[str, list[Problem]] = {}
        self.found_linked: dict[str, list[Problem]] = {}
        self.linked: dict[str, list[Problem]] = {}
        self.refused: dict[str, Problem] = {}
        self.lines: dict[str, list[int] | None] = {}

    def planned(self, path: str) -> Note | None:
        """The note as the plan has it so far."""
        return self.now.get(path) or self.load(path)

    def tidy_all(self, paths: Sequence[str]) -> None:
        """Run the rules that look at the note alone, on all `paths`."""
        self.found.update(
            (path, problems) for path, problems, _ in self._at_rest(paths, self.own_rules, lambda note: None)
        )
        for path in paths:
            if path not in self.found:
                self.tidy(path)

    def refresh(self) -> set[str]:
        """Bring the index up to date; gives the notes to look at. Several processes read many notes."""
        stale = self.index.stale()
        if len(stale) >= MANY:
            for part in self.spread(self._read_part, stale):
                for path, reading, problems, lines in _READ.decode(part):
                    self.index.adopt(path, reading)
                    if problems is not None:
                        self.linked[path], self.lines[path] = problems, lines
        return self.index.refresh(self.planned)

    def _read_part(self, paths: Sequence[str]) -> bytes:
        """The readings of some notes, with their problems where the linked rules have no edits."""
        found = []
        for path in paths:
            if (note := self.planned(path)) is not None and note.kind == CONFERENCE:
                reading = self.index.reading(note)
                self.index.adopt(path, reading)
                edits, _, problems = self._edits(note, self.linked_rules)
                found.append((path, reading, None if edits else problems, digests_of(note)))
        return _ENCODER.encode(found)

    def _at_rest(
        self, paths: Sequence[str], rules: Sequence[Rule], lines: Callable[[Note], list[int] | None]
    ) -> _Rests:
        """Those of many notes to which the rules do nothing, with their problems and their `lines`.

        Of few notes none.
        """
        if len(paths) < MANY:
            return []

        def check(part: Sequence[str]) -> bytes:
            notes = [note for path in part if (note := self.planned(path)) is not None]
            results = ((note, self._edits(note, rules)) for note in notes)
            return _ENCODER.encode(
                [(note.path, problems, lines(note)) for note, (edits, _, problems) in results if not edits]
            )

        return [found for part in self.spread(check, paths) for found in _RESTS.decode(part)]

    def tidy(self, path: str) -> None:
        """Run the rules that look at the note alone, until they have nothing more to say."""
        for _ in range(PASSES):
            note = self.planned(path)
            if note is None:
                return
            edits, rules, self.found[path] = self._edits(note, self.own_rules)
            if not edits or (after := self._apply(note, edits, rules)) is None:
                return
            self.index.put(after)
        self.give_up(path)

    def give_up(self, path: str) -> None:
        """Leave a note that doesn't come to rest as it is on disk."""
        self._refuse(path, f"the rules did not come to rest after {PASSES} passes")

    def link(self, todo: set[str]) -> tuple[set[str], set[str]]:
        """One pass of the rules that look at other notes; what it changed, and the notes that it reaches."""
        changed: list[Note] = []
        self.found_linked.update(self.linked)
        rest = todo - self.linked.keys()
        self.linked.clear()
        for path, problems, lines in self._at_rest(sorted(rest), self.linked_rules, digests_of):
            self.found_linked[path], self.lines[path] = problems, lines
            rest.discard(path)
        for path in sorted(rest):
            note = self.planned(path)
            if note is None:
                continue
            edits, rules, self.found_linked[path] = self._edits(note, self.linked_rules)
            if edits and (after := self._apply(note, edits, rules)) is not None:
                self.index.plan_lines(after)
                changed.append(after)
        for note in changed:
            self.index.put(note)
        for note in changed:
            self.tidy(note.path)
        return {note.path for note in changed}, self.refresh()

    def _apply(self, note: Note, edits: list[TextEdit], rules: list[Rule]) -> Note | None:
        """The note after the edits, if the guard has no objection; else it stays as it was on disk."""
        path = note.path
        if path in self.refused:
            return None
        self.lines.pop(path, None)
        after = note_of(path, apply_edits(note.text, edits), self.index.config)
        applied = {**self.applied.get(path, {}), **{rule.id: rule for rule in rules}}
        before = self.before.setdefault(path, note)
        if reason := objection(before, after, applied.values()):
            self._refuse(path, reason)
            return None
        self.now[path], self.applied[path] = after, applied
        return after

    def _refuse(self, path: str, reason: str) -> None:
        hint = "a defect of vaultsync; please report it"
        self.refused[path] = Problem(path, 0, 0, "guard", f"not written: {reason}", hint)
        if self.now.pop(path, None) is not None:
            self.index.put(self.before[path])

    def _edits(self, note: Note, rules: Sequence[Rule]) -> tuple[list[TextEdit], list[Rule], list[Problem]]:
        """The edits of one pass to a note, the rules that made them, and the note's problems."""
        problems: list[Problem] = []
        edits: list[TextEdit] = []
        applied: list[Rule] = []
        off = opted_out(note)
        template = note.front is not None and note.front.template
        if off is None or template or self.index.config.is_template(note.path):
            return edits, applied, problems
        config = self.index.config.for_note(note.path, note.kind)
        shielded = note.body.off if "vaultsync:off" in note.text else SpanSet()
        for rule in rules:
            if rule.id in config.off or rule.id in off:
                continue
            mine: list[TextEdit] = []
            for finding in rule.check(note, Context(self.index, config, config.options_of(rule))):
                if isinstance(finding, Problem):
                    problems.append(finding)
                elif not shielded.touches(finding.start, finding.end):
                    mine.append(finding)
            if mine and not overlaps(mine, edits):
                edits += mine
                applied.append(rule)
        return edits, applied, problems

    def plan(self) -> Plan:
        changes = tuple(
            Change(path, self.before[path], note, tuple(self.applied[path]))
            for path, note in sorted(self.now.items())
            if note.text != self.before[path].text
        )
        found = (*self.found.values(), *self.found_linked.values(), self.refused.values())
        problems = tuple(sorted(problem for of_note in found for problem in of_note))
        return Plan(changes, problems, frozenset(self.found) | frozenset(self.found_linked), self.lines)


_Read = list[tuple[str, Reading, list[Problem] | None, list[int] | None]]
_Rests = list[tuple[str, list[Problem], list[int] | None]]
_ENCODER = msgspec.msgpack.Encoder()
_READ = msgspec.msgpack.Decoder(_Read)
_RESTS = msgspec.msgpack.Decoder(_Rests)


def opted_out(note: Note) -> frozenset[str] | None:
    """The rules that the note's own `vaultsync` property switches off; `None` for all of them.

    `vaultsync: ignore` (or `false`) leaves the note alone, a list names the rules that do.
    """
    value = note.front.value("vaultsync") if note.front is not None else None
    if value is False or value == "ignore":
        return None
    values = value if isinstance(value, list) else [value]
    if "ignore" in values:
        return None
    return frozenset(v for v in values if isinstance(v, str))
