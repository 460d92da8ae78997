"""Spans of text and edits to them: the one way in which vaultsync changes a note.

Everything above this module *describes* a change as `TextEdit`s against a text that it has read; only
`apply_edits` makes a new text, and it copies each character outside the edits as it stands (promise P2).
Offsets count code points from the start of the file's decoded text, a byte order mark included, so that they
are the same in every module.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count
from operator import add

import msgspec


class Span(msgspec.Struct, frozen=True, order=True, gc=False, array_like=True):
    """A half-open range `[start, end)` of code points."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of `text` that the span covers."""
        return text[self.start : self.end]

    def __len__(self) -> int:
        return self.end - self.start


class TextEdit(msgspec.Struct, frozen=True, order=True, gc=False):
    """Replace `[start, end)` of the text that was read by `text`; an empty range inserts."""

    start: int
    end: int
    text: str


class OverlapError(ValueError):
    """Two edits of one set want the same characters; a defect of the rule that made them."""


def apply_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """`text` with all `edits` made at once; their offsets are those of the original text.

    Insertions at one place keep the order in which they are given. Raises `OverlapError` when two edits
    touch the same characters and `ValueError` when one lies outside the text.
    """
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if edit.start < done:
            raise OverlapError(f"two edits overlap at offset {edit.start}")
        if edit.end < edit.start or edit.end > len(text):
            raise ValueError(
                f"the edit {edit.start}:{edit.end} lies outside a text of {len(text)} characters"
            )
        parts += (text[done : edit.start], edit.text)
        done = edit.end
    parts.append(text[done:])
    return "".join(parts)


def overlaps(one: Sequence[TextEdit], other: Sequence[TextEdit]) -> bool:
    """Whether an edit of `one` touches the characters of an edit of `other`, or inserts at the same place."""
    taken = SpanSet(map(_room, one))
    return any(taken.touches(*_room(edit)) for edit in other)


def _room(edit: TextEdit) -> tuple[int, int]:
    """What nothing else may touch: an insertion stands before a character, or inside of what goes."""
    return edit.start, max(edit.end, edit.start + 1)


class LineStarts:
    """Where the lines of `text` begin: it is gone through once, however many places are asked for."""

    __slots__ = ("_mark", "_starts")

    def __init__(self, text: str) -> None:
        self._mark = text.startswith("\ufeff")
        lengths = map(len, text.split("\n"))
        self._starts = list(map(add, accumulate(lengths, initial=0), count()))[:-1]

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line and the column, both from 1, of `offset`; a byte order mark is not counted as a column."""
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        return line, column - 1 if line == 1 and self._mark and offset else column


class SpanSet:
    """Spans, merged and sorted, that answer quickly whether a range touches one of them."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        starts: list[int] = []
        ends: list[int] = []
        last = -1
        for start, end in sorted(spans):
            if start > last:
                if start < end:
                    starts.append(start)
                    ends.append(end)
                    last = end
            elif end > last:
                ends[-1] = last = end
        self._starts, self._ends = starts, ends

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def __len__(self) -> int:
        return len(self._starts)

    def touches(self, start: int, end: int) -> bool:
        """Whether `[start, end)` shares a character with the set (for an empty range: lies inside one)."""
        i = bisect_left(self._ends, start + 1)
        if i == len(self._starts):
            return False
        return self._starts[i] < end if start < end else self._starts[i] < start

    def covering(self, offset: int) -> tuple[int, int] | None:
        """The merged span that holds the character at `offset`."""
        i = bisect_right(self._starts, offset) - 1
        if i >= 0 and offset < self._ends[i]:
            return self._starts[i], self._ends[i]
        return None
