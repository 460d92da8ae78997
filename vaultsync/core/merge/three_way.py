"""Three-way merge of a text by lines, and of clashing lines by words; no conflict markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

import msgspec

_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")


class _Hunk(msgspec.Struct, frozen=True):
    """`base[start:end]` became `side[new_start:new_end]`."""

    start: int
    end: int
    new_start: int
    new_end: int


def merge_lines(sides: Sequence[Sequence[str]], *, gap: bool, refine: bool) -> tuple[str, list[int]]:
    """Merge base, ours, theirs; gives the text and the clashing places as lines of ours, from 1.

    With `gap` two changes clash if nothing stands between them. With `refine` the words of clashing lines
    are merged.
    """
    base, ours, theirs = sides
    out: list[str] = []
    clashes: list[int] = []
    done = 0
    for mine, run in _groups(_hunks(base, ours), _hunks(base, theirs), gap=gap):
        start = min(h.start for h in (*mine, *run))
        end = max(h.end for h in (*mine, *run))
        out += base[done:start]
        done = end
        here, at = _side(ours, base, mine, start, end)
        before, _ = _side(theirs, base, run, start, end)
        if not run or here == before:
            out += here
        elif not mine:
            out += before
        else:
            texts = ["".join(part) for part in (base[start:end], here, before)]
            words, failed = texts[1], True
            if refine:
                words, worse = merge_lines([_TOKENS.findall(text) for text in texts], gap=True, refine=False)
                failed = bool(worse)
            out.append(texts[1] if failed else words)
            if failed:
                clashes.append("".join(ours[:at]).count("\n") + 1)
    out += base[done:]
    return "".join(out), clashes


def _hunks(base: Sequence[str], side: Sequence[str]) -> list[_Hunk]:
    """How `side` differs from `base`. What they share at both ends is left out: matching is quadratic."""
    shorter = min(len(base), len(side))
    head = next((i for i in range(shorter) if base[i] != side[i]), shorter)
    tail = next((i for i in range(shorter - head) if base[-1 - i] != side[-1 - i]), shorter - head)
    old, new = base[head : len(base) - tail], side[head : len(side) - tail]
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [_Hunk(*(head + offset for offset in place)) for kind, *place in codes if kind != "equal"]


def _groups(
    mine: Iterable[_Hunk], run: Iterable[_Hunk], *, gap: bool
) -> Iterator[tuple[list[_Hunk], list[_Hunk]]]:
    """The hunks of both sides in the order of the base, those that touch across sides together."""
    pending = sorted([(h.start, h.end, side, h) for side, hs in ((0, mine), (1, run)) for h in hs])
    group: tuple[list[_Hunk], list[_Hunk]] = ([], [])
    end = -1
    for _, _, side, hunk in pending:
        members = [*group[0], *group[1]]
        apart = not any(_touch(hunk, other, gap=gap) for other in group[1 - side])
        if members and apart and hunk.start >= end:
            yield group
            group, end = ([], []), -1
        group[side].append(hunk)
        end = max(end, hunk.end)
    if group[0] or group[1]:
        yield group


def _touch(one: _Hunk, other: _Hunk, *, gap: bool) -> bool:
    """Whether two hunks of different sides can't both be made."""
    if gap:
        return one.start <= other.end and other.start <= one.end
    if one.start == one.end == other.start == other.end:
        return True  # two insertions at one place have no order
    return one.start < other.end and other.start < one.end


def _side(
    side: Sequence[str], base: Sequence[str], hunks: Sequence[_Hunk], start: int, end: int
) -> tuple[list[str], int]:
    """What a side has in place of `base[start:end]`, and where; without hunks that is the base's."""
    if not hunks:
        return list(base[start:end]), start
    first, last = hunks[0].new_start - (hunks[0].start - start), hunks[-1].new_end + (end - hunks[-1].end)
    return list(side[first:last]), first
