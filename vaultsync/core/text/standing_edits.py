"""Whether a text on which somebody has typed on holds a set of edits that were made in one step.

An editor makes a fix in one transaction, and may have more typed into it before anybody sees its save. All of
the fix is there then, or nothing of it: so the edits are taken as made if most of them stand where the text
is otherwise as it was left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vaultsync.core.text.matching import Hunk, common_ends, hunks
from vaultsync.core.text.spans import Span, TextEdit, apply_edits


def holds_edits(before: str, edits: Sequence[TextEdit], now: str) -> bool:
    """Whether `now`, which grew out of `before` with or without the edits, holds more than half of them.

    The edits are in order, and none touches another, as `Pieces` gives them.
    """
    after = apply_edits(before, edits)
    kept = list(_kept(after, now))
    standing = at = shift = 0
    for edit in edits:
        start = edit.start + shift
        end = start + len(edit.text)
        shift += len(edit.text) - (edit.end - edit.start)
        while at < len(kept) and kept[at].end < end:
            at += 1
        standing += at < len(kept) and _stands(start, end, kept[at], len(after))
    return 2 * standing > len(edits)


def _stands(start: int, end: int, kept: Span, length: int) -> bool:
    """Whether what an edit left lies in a kept piece with a neighbour; where it left nothing, with both."""
    before = start == 0 or kept.start < start
    behind = end == length or end < kept.end
    inside = kept.start <= start and end <= kept.end
    return inside and ((before or behind) if start < end else (before and behind))


def _kept(after: str, now: str) -> Iterator[Span]:
    """The pieces of `after` that stand in `now` one after the other, each as long as can be."""
    old, new = after.splitlines(keepends=True), now.splitlines(keepends=True)
    begun = place = line = 0
    for hunk in [*hunks(old, new), None]:
        if hunk is None:
            yield Span(begun, len(after))
            return
        place += sum(map(len, old[line : hunk.start]))
        gone, come = _parts(old, new, hunk)
        head, tail = common_ends(gone, come)
        yield Span(begun, place + head)
        place, line = place + len(gone), hunk.end
        begun = place - tail


def _parts(old: Sequence[str], new: Sequence[str], hunk: Hunk) -> tuple[str, str]:
    return "".join(old[hunk.start : hunk.end]), "".join(new[hunk.new_start : hunk.new_end])
