"""How one side's lines differ from the base's: which lines it edited, deleted, added, rewrote or moved."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence

import msgspec

from vaultsync.core.merge.words import words_of
from vaultsync.core.text.matching import Hunk, hunks

ALIKE = 0.5
"""The share of its words that a line must keep to count as the same line, edited."""

PAIRS = 2_500
"""Pairs of lines of one hunk that are compared with each other; a larger rewrite stays one rewrite."""


class LineEdit(msgspec.Struct, frozen=True, order=True):
    """The lines `base[start:end]` become `lines`; `edited`: it is one line, and reads much as it did."""

    start: int
    end: int
    lines: tuple[str, ...]
    edited: bool = False

    @property
    def inserts(self) -> bool:
        """Whether it only adds lines."""
        return self.start == self.end

    @property
    def deletes(self) -> bool:
        """Whether it only takes lines away."""
        return not self.lines


def line_edits(base: Sequence[str], side: Sequence[str]) -> list[LineEdit]:
    """The edits that lead from `base` to `side`, in order, none touching another's lines."""
    found = hunks(base, side)
    counts = Counter(base), Counter(side)
    moved = {line for line, count in counts[0].items() if count == counts[1][line] == 1} if found else set()
    return [edit for hunk in found for edit in _aligned(base, side, hunk, moved)]


def belongs(base: Sequence[str], new: LineEdit, lines: Container[int]) -> bool:
    """Whether what is added is part of what these lines of the base are: their list item, their section."""
    first = next((line for line in new.lines if line.strip()), "")
    depth, under = _depth(first), _HEADING.match(first)
    for at in range(new.start - 1, -1, -1):
        line = base[at]
        if _BLOCK_END.match(line):
            return False
        if heading := _HEADING.match(line):
            return at in lines and (under is None or len(under[1]) > len(heading[1]))
        if line.strip() and _depth(line) < depth and at in lines:
            return True
        if at not in lines:
            return False
    return False


_HEADING = re.compile(r"(#{1,6})\s")
_BLOCK_END = re.compile(r" {0,3}%%[ \t]*vaultsync:end\b")


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def similarity(one: str, other: str) -> float:
    """How much of their words two lines share, from 0 to 1; a line that only grew is much the same."""
    return _similarity(Counter(words_of(one)), Counter(words_of(other)))


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    common = sum(len(word) * count for word, count in (one & other).items())
    if not common:
        return 0.0
    lengths = [sum(len(word) * count for word, count in side.items()) for side in (one, other)]
    return (common / lengths[0] + common / lengths[1]) / 2


def _aligned(
    base: Sequence[str], side: Sequence[str], hunk: Hunk, moved: Container[str]
) -> Iterator[LineEdit]:
    """A hunk as edits of single lines, where lines are alike, and what is left between them.

    `moved` lines stand elsewhere as they were, and are no line edited.
    """
    start, new_start = hunk.start, hunk.new_start
    for i, j in [*_alike_lines(base, side, hunk, moved), (hunk.end, hunk.new_end)]:
        if i > start or j > new_start:
            yield LineEdit(start, i, tuple(side[new_start:j]))
        if i < hunk.end:
            yield LineEdit(i, i + 1, (side[j],), edited=True)
        start, new_start = i + 1, j + 1


def _alike_lines(
    base: Sequence[str], side: Sequence[str], hunk: Hunk, moved: Container[str]
) -> list[tuple[int, int]]:
    """The pairs of lines, in order, of which the second is the first one edited: the best such set."""
    height, width = hunk.end - hunk.start, hunk.new_end - hunk.new_start
    if not height or not width or height * width > PAIRS:
        return []
    old, new = (
        [Counter(words_of(line) if line not in moved else ()) for line in lines]
        for lines in (base[hunk.start : hunk.end], side[hunk.new_start : hunk.new_end])
    )
    score = [[0.0] * (width + 1) for _ in range(height + 1)]
    alike = [[_similarity(a, b) for b in new] for a in old]
    for i in range(height - 1, -1, -1):
        for j in range(width - 1, -1, -1):
            paired = score[i + 1][j + 1] + alike[i][j] if alike[i][j] >= ALIKE else 0.0
            score[i][j] = max(score[i + 1][j], score[i][j + 1], paired)
    pairs = []
    i = j = 0
    while i < height and j < width:
        if alike[i][j] >= ALIKE and score[i][j] == score[i + 1][j + 1] + alike[i][j]:
            pairs.append((hunk.start + i, hunk.new_start + j))
            i, j = i + 1, j + 1
        elif score[i][j] == score[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
