"""Days as a report names them, in English whatever the machine's language is: `Monday, 7 April 2025`."""

from __future__ import annotations

import datetime

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day_text(day: str) -> str:
    """`Monday, 7 April 2025` for a day `YYYY-MM-DD`; what is no such day stays as it is written."""
    found = _day(day)
    if found is None:
        return day
    return f"{_WEEKDAYS[found.weekday()]}, {found.day} {_MONTHS[found.month - 1]} {found.year}"


def days_text(first: str, last: str) -> str:
    """`6–11 April 2025`, `30 April – 4 May 2026`, or the first day alone; empty if there is none."""
    begin, end = _day(first), _day(last)
    if begin is None:
        return first
    if end is None or end <= begin:
        return f"{begin.day} {_MONTHS[begin.month - 1]} {begin.year}"
    until = f"{end.day} {_MONTHS[end.month - 1]} {end.year}"
    if (begin.year, begin.month) == (end.year, end.month):
        return f"{begin.day}–{until}"
    year = f" {begin.year}" if begin.year != end.year else ""
    return f"{begin.day} {_MONTHS[begin.month - 1]}{year} – {until}"


def month_text(month: str) -> str:
    """`April 2025` for `YYYY-MM`."""
    year, _, number = month.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None
