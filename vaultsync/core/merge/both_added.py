"""What becomes of the lines that both sides added at one place: both are kept, what is common once.

Logs come out in the order of their times: entries that begin with a time or a date are sorted into each
other; other passages stand one below the other in the order of their text, the same on each device.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from heapq import merge

from vaultsync.core.merge.line_edits import similarity
from vaultsync.core.merge.words import words_of

TELLING = 4
"""Words from which on a line that both sides typed is the same passage, not a form such as `Comment:`."""

SAME = 0.75
"""The share of words from which on two new lines may be one that was typed twice, or pasted and edited."""

_ENTRY = re.compile(r"(?:[-*+] |\d+[.)] )?(?:\[.\] )?[*_`\[(]*(\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2})")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")


def both_added(one: Sequence[str], other: Sequence[str]) -> list[str] | None:
    """The lines of both sides, `None` where they may be one passage in two versions. Symmetric."""
    first, second = sorted((list(one), list(other)))
    if first == second or _holds(first, second):
        return first
    if _holds(second, first):
        return second
    head = _common_head(first, second)
    tail = _common_tail(first[head:], second[head:])
    above, below = first[:head], first[len(first) - tail :] if tail else []
    middles = [side[head : len(side) - tail] for side in (first, second)]
    if _may_be_one(*middles):
        return None
    entries = [_entries(middle) for middle in middles]
    if entries[0] and entries[1]:
        between = [line for entry in merge(entries[0], entries[1], key=_sort_key) for line in entry]
    else:
        between = _joined(*middles)
    return [*above, *between, *below]


def _holds(whole: Sequence[str], part: Sequence[str]) -> bool:
    """Whether `whole` has all lines of `part`, in order."""
    lines = iter(whole)
    return any(line.strip() for line in part) and all(line in lines for line in part)


def _common_head(one: Sequence[str], other: Sequence[str]) -> int:
    """The number of lines that both begin with; none where these are blank: each passage keeps its own."""
    count = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        count += 1
    return count if any(line.strip() for line in one[:count]) else 0


def _common_tail(one: Sequence[str], other: Sequence[str]) -> int:
    """The number of lines that both end with, from the first telling one on; a form at the end is no sign."""
    count = 0
    for at, (first, second) in enumerate(zip(reversed(one), reversed(other), strict=False), 1):
        if first != second:
            break
        if len(words_of(first)) >= TELLING:
            count = at
    return count


def _may_be_one(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two passages have a telling line in common, or nearly so."""
    told = [[line for line in side if len(words_of(line)) >= TELLING] for side in (one, other)]
    if set(told[0]) & set(told[1]):
        return True
    if len(told[0]) * len(told[1]) > 900:
        return False
    bags = [[set(words_of(line)) for line in side] for side in told]
    return any(
        len(a & b) >= TELLING and similarity(first, second) >= SAME
        for first, a in zip(told[0], bags[0], strict=True)
        for second, b in zip(told[1], bags[1], strict=True)
    )


def _entries(lines: Sequence[str]) -> list[list[str]]:
    """The passage as the entries of a log in order, each with its deeper lines; empty if it is none."""
    entries: list[list[str]] = []
    for line in lines:
        if _ENTRY.match(line):
            entries.append([line])
        elif entries and line.startswith((" ", "\t")) and line.strip():
            entries[-1].append(line)
        else:
            return []
    keys = [_sort_key(entry) for entry in entries]
    return entries if keys == sorted(keys) else []


def _sort_key(entry: Sequence[str]) -> tuple[str, Sequence[str]]:
    found = _ENTRY.match(entry[0])
    moment = found[1] if found else ""
    return (moment.zfill(5) if ":" in moment else moment), entry


def _joined(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """One passage below the other, a blank line between them where they would run into each other.

    One that goes on with what stands above comes before one that a blank line sets apart.
    """
    if first and second and not first[0].strip() and second[0].strip():
        first, second = second, first
    if first and second and first[-1].strip() and second[0].strip():
        spaced = not first[0].strip() or not second[-1].strip()
        items = _ITEM.match(first[-1]) and _ITEM.match(second[0])
        if spaced and not items:
            return [*first, "", *second]
    return [*first, *second]


def count_is_possible(
    word: str,
    base: Counter[str],
    sides: Sequence[Counter[str]],
    decided: int,
    undecided: Sequence[int] = (0, 0),
) -> bool:
    """Whether a merge of two sides can have a word so often: none that was added lost, none doubled.

    `decided` times it stands in both texts, `undecided` times in the one or the other at the clashes.
    """
    was = base[word]
    ups = [max(side[word] - was, 0) for side in sides]
    downs = [min(side[word] - was, 0) for side in sides]
    least = was + max(ups) + sum(downs)
    most = max(was + sum(ups) + min(downs), *((side[word] if any(undecided) else 0) for side in sides))
    return least <= decided + sum(undecided) and decided + max(undecided) <= most
