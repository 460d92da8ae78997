"""Lines that one side moved and the other edited: they are edited at their new place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vaultsync.core.merge.line_edits import LineEdit, belongs


class _Side:
    """One side's edits, open to change: each line that an edit brings, with what is put in its place."""

    def __init__(self, base: Sequence[str], edits: Sequence[LineEdit], once: Counter[str]) -> None:
        self.edits = list(edits)
        self.lines = [[[line] for line in edit.lines] for edit in edits]
        self.dropped: set[int] = set()
        brought = Counter(line for edit in edits if not edit.edited for line in edit.lines)
        place = {
            line: (e, n)
            for e, edit in enumerate(edits)
            if not edit.edited
            for n, line in enumerate(edit.lines)
            if brought[line] == 1 and line.strip()
        }
        self.moved: dict[int, tuple[int, int]] = {}
        """Base line → which line of which edit it is now."""
        for edit in edits:
            if not edit.edited:
                for i in range(edit.start, edit.end):
                    if base[i] in place and once[base[i]] == 1:
                        self.moved[i] = place[base[i]]

    def result(self) -> list[LineEdit]:
        made = []
        for at, (edit, lines) in enumerate(zip(self.edits, self.lines, strict=True)):
            new = tuple(line for kept in lines for line in kept)
            if at not in self.dropped and (new or not edit.inserts):
                made.append(LineEdit(edit.start, edit.end, new, edit.edited))
        return made


def follow_moves(
    base: Sequence[str], ours: Sequence[LineEdit], theirs: Sequence[LineEdit]
) -> tuple[list[LineEdit], list[LineEdit]]:
    """Both sides' edits, those made to a line that the other side moved put where it is now."""
    once = Counter(base)
    one, other = _Side(base, ours, once), _Side(base, theirs, once)
    if not one.moved and not other.moved:
        return list(ours), list(theirs)
    _settle_both_moved(one, other)
    _carry(base, one, other)
    _carry(base, other, one)
    return one.result(), other.result()


def without_moves(
    base: Sequence[str], edits: Sequence[LineEdit], clashes: Sequence[tuple[int, int]]
) -> list[LineEdit]:
    """One side's edits without the moves that have a part in a clash (ranges of the base).

    The lines stay where they were: if a clash kept them there, and the move brought them elsewhere, too, they
    would stand twice. So a move that clashes costs the order of lines, and no line.
    """
    side = _Side(base, edits, Counter(base))
    clashing = {at for start, end in clashes for at in range(start, end)}
    places = {
        at
        for at, edit in enumerate(edits)
        if any(start <= edit.start <= end or edit.start <= start < edit.end for start, end in clashes)
    }
    places = {e for i, (e, _) in side.moved.items() if i in clashing or e in places}
    back = {i: place for i, place in side.moved.items() if place[0] in places}
    taken = set(back.values())
    made: list[LineEdit] = []
    for at, edit in enumerate(edits):
        lines = tuple(line for n, line in enumerate(edit.lines) if (at, n) not in taken)
        if at in places and not any(line.strip() for line in lines):
            lines = ()
        stay = {i for i in range(edit.start, edit.end) if i in back}
        if stay:
            stay |= {i for i in range(edit.start, edit.end) if not base[i].strip()}
        start = edit.start
        for i in [*sorted(stay), edit.end]:
            if i > start or lines:
                made.append(LineEdit(start, i, lines, edit.edited))
                lines = ()
            start = i + 1
    return made


def _settle_both_moved(one: _Side, other: _Side) -> None:
    """A line that both moved stands where the first side put it."""
    for i in one.moved.keys() & other.moved.keys():
        e, _ = one.moved[i]
        f, m = other.moved[i]
        if (one.edits[e].start, one.edits[e].end, one.edits[e].lines) != (
            other.edits[f].start,
            other.edits[f].end,
            other.edits[f].lines,
        ):
            other.lines[f][m] = []
        del other.moved[i]
        del one.moved[i]


def _carry(base: Sequence[str], mover: _Side, editor: _Side) -> None:
    for at, edit in enumerate(editor.edits):
        if edit.edited and edit.start in mover.moved:
            e, n = mover.moved[edit.start]
            mover.lines[e][n][0] = editor.lines[at][0][0]
            editor.dropped.add(at)
        elif edit.inserts and edit.start - 1 in mover.moved:
            e, n = mover.moved[edit.start - 1]
            if mover.moved.get(edit.start) == (e, n + 1) or belongs(base, edit, mover.moved):
                mover.lines[e][n] += [line for kept in editor.lines[at] for line in kept]
                editor.dropped.add(at)
        elif edit.deletes and not edit.inserts:
            for i in range(edit.start, edit.end):
                if i in mover.moved:
                    e, n = mover.moved[i]
                    mover.lines[e][n] = mover.lines[e][n][1:]
