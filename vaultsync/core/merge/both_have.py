"""What both sides added alike is no edit of either: it is told as a part of what they were made from.

A device whose sync was killed has the other one's lines already, and its person goes on from them; somebody
pastes one text on both; a second sync tool works at the vault. To a diff with the older text such lines are
parts of rewrites that look nothing alike: each side's would be made, and the lines come twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from vaultsync.core.text.matching import Hunk, hunks, matched


def with_what_both_have(base: Sequence[str], one: Sequence[str], other: Sequence[str]) -> Sequence[str]:
    """The lines of the base with those that both sides added, where the sides have them."""
    ours, theirs = (_added(base, side) for side in (one, other))
    if not ours or not theirs:
        return base
    runs: list[list[tuple[int, int]]] = []
    for i, j in matched(one, other):
        if i in ours and j in theirs:
            follows = runs and (i - 1, j - 1) == runs[-1][-1]
            if follows and (ours[i - 1], theirs[j - 1]) == (ours[i], theirs[j]):
                runs[-1].append((i, j))
            else:
                runs.append([(i, j)])
    found: list[str] = []
    done = 0
    for run in runs:
        i, j = run[0]
        at = min(ours[i], theirs[j], key=lambda hunk: hunk.end - hunk.start).end
        lines = one[i : i + len(run)]
        if at >= done and any(line.strip() for line in lines):
            found += (*base[done:at], *lines)
            done = at
    return [*found, *base[done:]] if found else base


def _added(base: Sequence[str], side: Sequence[str]) -> dict[int, Hunk]:
    """The lines that a side added, by their numbers, with what they came in place of."""
    return {number: hunk for hunk in hunks(base, side) for number in range(hunk.new_start, hunk.new_end)}
