"""In which order the names of two sides stand: of properties, of a list's items, of a mapping's keys."""

from __future__ import annotations

from collections.abc import Sequence


def order_of_both(base: Sequence[str], one: Sequence[str], other: Sequence[str]) -> list[str]:
    """All names of both sides: those of one side as they stand, the other's behind their neighbours.

    The side that put the names of `base` into another order has the say. Of what both added at one place the
    order of text decides. Symmetric. No side has a name twice.
    """
    was = set(base)
    stayed = [[name for name in side if name in was] for side in (one, other)]
    ordered = [row == [name for name in base if name in set(row)] for row in stayed]
    host, guest = sorted((list(one), list(other)))
    if ordered[0] != ordered[1]:
        host, guest = (list(other), list(one)) if ordered[0] else (list(one), list(other))
    present, guests = set(host), set(guest)
    news: dict[str | None, list[str]] = {}
    last: str | None = None
    for name in guest:
        if name in present:
            last = name
        else:
            news.setdefault(last, []).append(name)
    # What was added at the end stays at the end, also where the other side put the names in another order.
    end = next((name for name in reversed(host) if name in guests), None)
    if last != end and last in news:
        news[end] = [*news.get(end, []), *news.pop(last)]
    result: list[str] = []
    pending = news.get(None, [])
    for name in host:
        if name in guests:
            result += pending
            pending = []
        elif name not in was:
            while pending and pending[0] < name:
                result.append(pending.pop(0))
        result.append(name)
        if name in news:
            result += pending
            pending = list(news[name])
    return result + pending
