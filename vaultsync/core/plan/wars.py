"""Who writes whose words back: what was mended in each note, and how often it came back at once.

Another program may write back what a rule mended, each time, and for ever. It shows by this: what the rule
wrote is gone, the same fault stands at the same place again, that came with the very next outside change of
the note, within `WINDOW` of the mending, and all that twice in a row. Then the rule keeps off
(`core.links.decisions`). What a person types anew some days later is no war, nor is another slip in the same
property; and when an outside change leaves the place in order, counting begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from vaultsync.core.links.decisions import Fault
from vaultsync.core.plan.change import Change

WINDOW = 2 * 86_400.0
"""Seconds within which a fault has to come back for it to count: two days, so that a nightly job does."""

TIMES = 2
"""Mendings of one fault, each written back, after which a rule keeps off."""


class Count(msgspec.Struct, frozen=True, array_like=True):
    """How often in a row a fault was mended, and the text that this left, so many times in the note.

    Where the text tells nothing, since it stood there before, it is `standing` 0 times.
    """

    times: int
    trace: str
    standing: int

    def is_undone(self, text: str) -> bool:
        """Whether somebody took out what was mended last."""
        return not self.standing or text.count(self.trace) < self.standing


class Mended(msgspec.Struct, frozen=True, array_like=True):
    """What was mended in a note, whose `digest` is the one that we left, and `when` (seconds since 1970).

    `counts` are by the sign of each fault.
    """

    digest: bytes
    when: float
    counts: dict[bytes, Count]


Mendings = Mapping[str, Mended]
"""What was mended, by the note's path."""


def written_back(known: Mendings, changes: Iterable[Change], now: float) -> frozenset[Fault]:
    """The faults in planned changes that were mended before, and written back each time."""
    return frozenset(
        mend.fault
        for change in changes
        if (mended := known.get(change.path)) is not None
        for mend in change.mends
        if (count := mended.counts.get(mend.sign)) is not None
        and count.times >= TIMES
        and _came_back(mended, count, change, now)
    )


def counted(known: Mendings, changes: Iterable[Change], now: float) -> dict[str, Mended]:
    """What is known once these changes are written."""
    found = dict(known)
    for change in changes:
        mended = known.get(change.path)
        counts = {}
        if mended is not None and mended.digest == change.before.digest:
            counts = dict(mended.counts)  # nobody had a chance yet to write anything back
        for mend in change.mends:
            count = mended.counts.get(mend.sign) if mended is not None else None
            again = count is not None and mended is not None and _came_back(mended, count, change, now)
            times = count.times if count is not None and again else 0
            counts[mend.sign] = Count(times + 1, mend.trace, _standing(mend.trace, change))
        change.aside_again()  # those of a first run are nearly all notes
        if counts:
            found[change.path] = Mended(change.after.digest, now, counts)
        else:
            found.pop(change.path, None)
    return found


def still_counting(
    known: Mendings, changes: Iterable[Change], looked: Mapping[str, bytes], now: float
) -> dict[str, Mended]:
    """What is worth keeping after a look at notes, which have these digests now.

    An outside change that leaves a place in order ends its counting, and so does time.
    """
    wanted = {change.path: {mend.sign for mend in change.mends} for change in changes}
    found = {}
    for path, mended in known.items():
        if is_long_ago(mended.when, now):
            continue
        if looked.get(path, mended.digest) != mended.digest:
            signs = wanted.get(path, set())
            counts = {sign: count for sign, count in mended.counts.items() if sign in signs}
            mended = msgspec.structs.replace(mended, counts=counts)
        if mended.counts:
            found[path] = mended
    return found


def is_long_ago(when: float, now: float) -> bool:
    """Whether what was mended at a time can't be written back any more."""
    return abs(now - when) > WINDOW


def _standing(trace: str, change: Change) -> int:
    now = change.after.text.count(trace) if trace else 0
    return now if now > change.before.text.count(trace) else 0


def _came_back(mended: Mended, count: Count, change: Change, now: float) -> bool:
    """Whether a fault came back by an outside change that undid its mending, and soon enough.

    What the tool itself takes away and gives again, following other notes, nobody has written back.
    """
    if mended.digest == change.before.digest or is_long_ago(mended.when, now):
        return False
    return count.is_undone(change.before.text)
