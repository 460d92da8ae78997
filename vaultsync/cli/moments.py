"""Times for a person: how long ago, as git tells it, and the very time with `-v`."""

from __future__ import annotations

from datetime import UTC, datetime

from vaultsync.cli.options import verbosity

_UNITS = (("second", 60), ("minute", 60), ("hour", 24), ("day", 7), ("week", 4.35), ("month", 12))
"""A unit, and how many of it make one of the next."""


def moment(when: str) -> str:
    """A time (ISO 8601, with its offset): `3 minutes ago`, `in 20 seconds`; with `-v` by the clock."""
    parsed = datetime.fromisoformat(when)
    if verbosity() > 0:
        return parsed.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return ago((datetime.now(UTC) - parsed).total_seconds())


def ago(seconds: float) -> str:
    """A time that is so many seconds away; negative ones are still to come."""
    amount = abs(seconds)
    if amount < 1.5:
        return "now"
    name = "year"
    for unit, factor in _UNITS:
        if round(amount) < factor * (1.5 if unit != "second" else 1):
            name = unit
            break
        amount /= factor
    count = round(amount)
    told = f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"{told} ago" if seconds > 0 else f"in {told}"
