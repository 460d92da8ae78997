"""Dates as people write them in a property: `6 April 2025`, `06.04.2025`.

Nothing here guesses and nothing reads a clock: a text has the readings that it has, and the rules decide only
where there is one. Names of months and weekdays come from `calendar_names`; `day_headings` reads headings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Literal

import msgspec

from vaultsync.core.text.calendar_names import key, names_of
from vaultsync.core.text.late_pattern import late_pattern

Precision = Literal["year", "month", "day", "time"]

DEFAULT_LANGUAGES = ("en", "de")


class DateReading(msgspec.Struct, frozen=True, order=True):
    """One meaning of a written date, in Obsidian's form.

    `value` is `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or `YYYY-MM-DDTHH:mm:ss`, by `precision`; the last two are what
    Obsidian's property types "date" and "date & time" hold (help.obsidian.md, "Properties").
    """

    precision: Precision
    value: str


def iso_date_readings(text: str, languages: Sequence[str] = DEFAULT_LANGUAGES) -> tuple[DateReading, ...]:
    """Every reading of `text` as a whole, sorted; none if it is no date or the day does not exist.

    A dotted date is day first (`06.04.2025`), a date with slashes or hyphens and the year last has both
    readings where both exist (`03/04/2023`), months are read in any of `languages`. A weekday in front must
    fit. A time with a zone or with a fraction of a second has no reading: Obsidian's type can't hold it.
    Raises `ValueError` for a language that CLDR does not know.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not 4 <= len(text) <= 64 or not _YEAR.search(text):
        return ()
    clock = ""
    found = _TIME.search(text)
    if found:
        time = _clock(found)
        if time is None:
            return ()
        clock, text = f"T{time}", text[: found.start()]
    days = _days(text, languages)
    named = _LEADING_NAME.match(text)
    weekdays = _weekday_numbers(named[1] or named[2], languages) if named else frozenset()
    if named and weekdays:
        days |= {day for day in _days(text[named.end() :], languages) if day.weekday() in weekdays}
    if days or clock:
        return tuple(
            sorted(DateReading("time" if clock else "day", f"{day.isoformat()}{clock}") for day in days)
        )
    return tuple(sorted(_months(text, languages)))


_YEAR = late_pattern(r"[0-9]{4}")
_TIME = late_pattern(
    r"""(?: [T\s,]+ | \s+(?:at|um|à|alle|a\ las|om)\s+ | (?<=日)\s* )
        ([0-9]{1,2}) [:h] ([0-9]{2}) (?: : ([0-9]{2}) ([.,][0-9]+)? )?
        \s* ([ap]\.?m\.?)? (?:\s* Uhr)? \s* (Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})? $""",
    re.VERBOSE | re.IGNORECASE,
)
_LEADING_NAME = late_pattern(r"([^\W\d_]+(?:-[^\W\d_]+)?)\.?,?\s+(?=\S)|([星周礼][^\W\d_]{1,2})[,\s]*")
_NAME = r"(?P<name>[^\W\d_]+)\.?"
ORDINAL = r"(?:\.|(?:st|nd|rd|th|er|º|ª|°|o)(?![^\W\d_]))?"
JOIN = r"(?:(?:of|de|del|do|di)\s+|d')?"
_YEAR_FIRST = late_pattern(
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{4})年\s?([0-9]{1,2})月\s?([0-9]{1,2})日?"
)
_COMPACT = late_pattern(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_DOTTED = late_pattern(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})")
_YEAR_LAST = late_pattern(r"([0-9]{1,2})([-/])([0-9]{1,2})\2([0-9]{4})")
_NAMED_DAYS = (
    late_pattern(
        rf"(?P<day>[0-9]{{1,2}}){ORDINAL}[\s/-]*{JOIN}{_NAME}[\s/,-]*{JOIN}(?P<year>[0-9]{{4}})",
        re.IGNORECASE,
    ),
    late_pattern(rf"{_NAME}\s*(?P<day>[0-9]{{1,2}}){ORDINAL}(?:,\s*|\s+)(?P<year>[0-9]{{4}})", re.IGNORECASE),
    late_pattern(rf"(?P<year>[0-9]{{4}})[\s/-]+{_NAME}[\s/-]+(?P<day>[0-9]{{1,2}}){ORDINAL}", re.IGNORECASE),
)
_NAMED_MONTHS = (
    late_pattern(rf"{_NAME},?[\s/-]*{JOIN}(?P<year>[0-9]{{4}})", re.IGNORECASE),
    late_pattern(rf"(?P<year>[0-9]{{4}})[\s/-]+{_NAME}", re.IGNORECASE),
)
_MONTH = late_pattern(r"([0-9]{4})(?:[-/.]([0-9]{1,2})|年\s?([0-9]{1,2})月)")
_MONTH_LAST = late_pattern(r"([0-9]{1,2})[/.]([0-9]{4})")


def _days(text: str, languages: Sequence[str]) -> set[date]:
    found: Iterable[date | None] = ()
    if m := _YEAR_FIRST.fullmatch(text):
        found = (as_date(m[1] or m[5], m[3] or m[6], m[4] or m[7]),)
    elif m := _COMPACT.fullmatch(text):
        found = (as_date(m[1], m[2], m[3]),)
    elif m := _DOTTED.fullmatch(text):
        found = (as_date(m[3], m[2], m[1]),)
    elif m := _YEAR_LAST.fullmatch(text):
        found = (as_date(m[4], m[3], m[1]), as_date(m[4], m[1], m[3]))
    else:
        found = (
            as_date(m["year"], month, m["day"])
            for m in _matches(_NAMED_DAYS, text)
            for month in month_numbers(m["name"], languages)
        )
    return {day for day in found if day}


def _months(text: str, languages: Sequence[str]) -> set[DateReading]:
    if re.fullmatch("[0-9]{4}", text):
        return {DateReading("year", text)}
    pairs: list[tuple[str, int]] = []
    if m := _MONTH.fullmatch(text):
        pairs.append((m[1], int(m[2] or m[3])))
    elif m := _MONTH_LAST.fullmatch(text):
        pairs.append((m[2], int(m[1])))
    for m in _matches(_NAMED_MONTHS, text):
        pairs += ((m["year"], month) for month in month_numbers(m["name"], languages))
    return {DateReading("month", f"{year}-{month:02}") for year, month in pairs if 1 <= month <= 12}


def _weekday_numbers(name: str, languages: Sequence[str]) -> frozenset[int]:
    return frozenset().union(
        *(names_of(language).weekdays.get(key(name), frozenset()) for language in languages)
    )


def month_numbers(name: str, languages: Sequence[str]) -> frozenset[int]:
    """The months, from 1, that a name means in any of the languages."""
    return frozenset().union(
        *(names_of(language).months.get(key(name), frozenset()) for language in languages)
    )


def _matches(patterns: Iterable[re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    for pattern in patterns:
        if m := pattern.fullmatch(text):
            yield m


def as_date(year: str | int, month: str | int, day: str | int) -> date | None:
    """The day, if there is such a day."""
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _clock(found: re.Match[str]) -> str | None:
    """`HH:mm:ss`, or None for a time that does not exist or that Obsidian's type can't hold."""
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[5][0] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59 or found[6] or (found[4] or "").strip(".,0"):
        return None
    return f"{hour:02}:{minute:02}:{second:02}"
