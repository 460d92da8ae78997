"""Additions of both sides that stand at one place, though a diff may tell it in two ways.

Between equal lines an addition can be told at either: after `a`, an empty line, `b`, whoever adds a paragraph
has added an empty line and it, or it and an empty line. Two devices that pasted the same text would have
it twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence

from vaultsync.core.merge.line_edits import LineEdit

FARTHEST = 50
"""Lines that an addition is slid at most."""


def at_one_place(base: Sequence[str], ours: Sequence[LineEdit], theirs: Sequence[LineEdit]) -> list[LineEdit]:
    """The edits `theirs`, with additions told where `ours` has one wherever they can be."""
    places = [edit.start for edit in ours if edit.inserts]
    found: list[LineEdit] = []
    for at, edit in enumerate(theirs):
        if not edit.inserts or not places:
            found.append(edit)
            continue
        lowest = found[-1].end + 1 if found else 0
        highest = theirs[at + 1].start - 1 if at + 1 < len(theirs) else len(base)
        near = bisect_left(places, edit.start)
        slid = (
            _slid(base, edit, place)
            for place in places[max(near - 1, 0) : near + 1]
            if lowest <= place <= highest
        )
        found.append(next((there for there in slid if there is not None), edit))
    return found


def _slid(base: Sequence[str], edit: LineEdit, place: int) -> LineEdit | None:
    """The same addition told at another place; `None` if it would be another one."""
    if abs(edit.start - place) > FARTHEST:
        return None
    lines, start = deque(edit.lines), edit.start
    while start > place and base[start - 1] == lines[-1]:
        lines.rotate(1)
        start -= 1
    while start < place and base[start] == lines[0]:
        lines.rotate(-1)
        start += 1
    return LineEdit(place, place, tuple(lines)) if start == place else None
