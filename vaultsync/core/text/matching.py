"""Which elements of two sequences are the same ones: patience matching, within a bound on time.

Elements that stand once in each sequence are the fixed points; between them the longest common subsequence is
taken, in which blank elements count for little. Used for the lines of a text and for the words of a line.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

CELLS = 60_000
"""Comparisons that one matching may spend on its longest common subsequences (some 15 ms)."""

DEPTH = 40
"""Levels of fixed points between fixed points; none is looked for further down, which bounds the time."""


class Hunk(msgspec.Struct, frozen=True, order=True):
    """`base[start:end]` became `side[new_start:new_end]`."""

    start: int
    end: int
    new_start: int
    new_end: int


def hunks(base: Sequence[str], side: Sequence[str]) -> list[Hunk]:
    """Where `side` differs from `base`, in order; between two hunks something is the same."""
    found = []
    i = j = 0
    for at, there in [*matched(base, side), (len(base), len(side))]:
        if at > i or there > j:
            found.append(Hunk(i, at, j, there))
        i, j = at + 1, there + 1
    return found


def common_ends(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts have in common at their beginning, and at the end of what is left."""
    head = _common_head(one, other)
    return head, _common_head(one[head:][::-1], other[head:][::-1])


def matched(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """The indices of the elements that are the same ones in both, rising on both sides."""
    left = CELLS
    pairs: list[tuple[int, int]] = []
    todo = [(0, len(one), 0, len(other), 0)]
    while todo:
        i, i_end, j, j_end, depth = todo.pop()
        while i < i_end and j < j_end and one[i] == other[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        while i < i_end and j < j_end and one[i_end - 1] == other[j_end - 1]:
            i_end, j_end = i_end - 1, j_end - 1
            pairs.append((i_end, j_end))
        if i == i_end or j == j_end:
            continue
        fixed = list(_fixed_points(one, other, i, i_end, j, j_end)) if depth < DEPTH else []
        if fixed:
            for at, there in [*fixed, (i_end, j_end)]:
                todo.append((i, at, j, there, depth + 1))
                i, j = at, there
        elif (cells := (i_end - i) * (j_end - j)) <= left:
            left -= cells
            pairs += _longest_common(one, other, i, i_end, j, j_end)
    return sorted(pairs)


def _common_head(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _fixed_points(
    one: Sequence[str], other: Sequence[str], i: int, i_end: int, j: int, j_end: int
) -> Iterator[tuple[int, int]]:
    """The longest rising row of elements that stand once in each of the two ranges and are not blank."""
    often = Counter(one[i:i_end])
    there = Counter(other[j:j_end])
    place = {x: at for at, x in enumerate(other[j:j_end], j) if there[x] == 1 and often[x] == 1 and x.strip()}
    candidates = [(at, place[x]) for at, x in enumerate(one[i:i_end], i) if x in place]
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, there_at) in enumerate(candidates):
        length = bisect_left(tails, there_at)
        before.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(there_at)
            ends.append(index)
        else:
            tails[length], ends[length] = there_at, index
    row = []
    at = ends[-1] if ends else -1
    while at >= 0:
        row.append(candidates[at])
        at = before[at]
    return reversed(row)


def _longest_common(
    one: Sequence[str], other: Sequence[str], i: int, i_end: int, j: int, j_end: int
) -> list[tuple[int, int]]:
    """The heaviest common subsequence of two ranges; a blank element weighs a quarter."""
    width = j_end - j + 1
    best = [[0] * width]
    for at in range(i_end - 1, i - 1, -1):
        element, below, row = one[at], best[-1], [0] * width
        weight = 4 if element.strip() else 1
        for k in range(width - 2, -1, -1):
            down, right = below[k], row[k + 1]
            row[k] = max(down, right)
            if other[j + k] == element and below[k + 1] + weight > row[k]:
                row[k] = below[k + 1] + weight
        best.append(row)
    best.reverse()
    pairs = []
    at, k = i, 0
    while at < i_end and k < width - 1:
        if best[at - i][k] == best[at - i + 1][k]:
            at += 1
        elif best[at - i][k] == best[at - i][k + 1]:
            k += 1
        else:
            pairs.append((at, j + k))
            at, k = at + 1, k + 1
    return pairs
