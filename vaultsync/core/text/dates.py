"""Dates as people write them: in a property (`6 April 2025`) and in a heading (`Montag Vormittag`).

Nothing here guesses and nothing reads a clock: a text has the readings that it has, and the rules decide only
where there is one. Names of months, weekdays and times of day come from `calendar_names`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain
from typing import Literal

import msgspec

from vaultsync.core.text.calendar_names import HalfDay, key, names_of

Precision = Literal["year", "month", "day", "time"]

DEFAULT_LANGUAGES = ("en", "de")


class DateReading(msgspec.Struct, frozen=True, order=True):
    """One meaning of a written date, in Obsidian's form.

    `value` is `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or `YYYY-MM-DDTHH:mm:ss`, by `precision`; the last two are what
    Obsidian's property types "date" and "date & time" hold (help.obsidian.md, "Properties").
    """

    precision: Precision
    value: str


class DayMark(msgspec.Struct, frozen=True):
    """What a day heading says: a weekday (Monday is 0), a half day, a date, a month and day, `Day 2`.

    A half day may stand alone; such a heading divides the day above it.
    """

    weekday: int | None = None
    half_day: HalfDay | None = None
    iso_date: str | None = None
    month_day: tuple[int, int] | None = None
    number: int | None = None

    def resolve(self, anchor: date | None) -> date | None:
        """The day that is meant; `anchor` is the event's first day. None if unknown or contradictory."""
        day: date | None = None
        if self.iso_date is not None:
            day = date.fromisoformat(self.iso_date)
        elif anchor is not None and self.month_day is not None:
            day = _nearest(self.month_day, anchor)
        elif anchor is not None and self.weekday is not None:
            day = resolve_weekday(self.weekday, anchor)
        elif anchor is not None and self.number is not None:
            day = anchor + timedelta(days=self.number - 1)
        if day is not None and self.weekday is not None and day.weekday() != self.weekday:
            return None
        return day


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


def day_mark(text: str, languages: Sequence[str] = DEFAULT_LANGUAGES) -> DayMark | None:
    """What the heading `text` says about a day if it says nothing else; None for every other heading.

    `Montag Vormittag`, `Mo. Nachmittag`, `Day 2 – Wednesday`, `Tuesday, 8 April: 9:00`, `星期一上午`, but not
    `Black Friday effects`. Each language is tried by itself, so that `Do. Vormittag` is German; where they
    disagree there is no mark. An abbreviation of two letters needs something beside it (`So`).
    Raises `ValueError` for a language that CLDR does not know.
    """
    if len(text) > 120:
        return None
    text = unicodedata.normalize("NFKC", text).lower()
    spoken = _spoken(text, tuple(languages))
    return _agreed_mark(text, spoken) if spoken else None


def weekday_in(text: str, languages: Sequence[str] = DEFAULT_LANGUAGES) -> tuple[int, HalfDay | None] | None:
    """The weekday (Monday is 0) and the half day of a day heading, or None if it names no weekday."""
    mark = day_mark(text, languages)
    return None if mark is None or mark.weekday is None else (mark.weekday, mark.half_day)


def resolve_weekday(weekday: int, anchor: date) -> date:
    """The first `weekday` (Monday is 0) on or after `anchor`.

    The date of a conference note is the event's first day, often the Sunday before the programme: the week is
    the seven days that begin there, not the calendar week. ICASSP 2025 has 2025-04-06, a Sunday, and its
    Monday is 2025-04-07.
    """
    return anchor + timedelta(days=(weekday - anchor.weekday()) % 7)


def _nearest(month_day: tuple[int, int], anchor: date) -> date | None:
    """The day that lies nearest to `anchor`: after a 30 December, 2 January is in the next year."""
    days = []
    for year in (anchor.year - 1, anchor.year, anchor.year + 1):
        day = _date(year, *month_day)
        if day:
            days.append(day)
    return min(days, key=lambda day: abs((day - anchor).days), default=None)


# --- dates in properties

_YEAR = re.compile(r"[0-9]{4}")
_TIME = re.compile(
    r"""(?: [T\s,]+ | \s+(?:at|um|à|alle|a\ las|om)\s+ | (?<=日)\s* )
        ([0-9]{1,2}) [:h] ([0-9]{2}) (?: : ([0-9]{2}) ([.,][0-9]+)? )?
        \s* ([ap]\.?m\.?)? (?:\s* Uhr)? \s* (Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})? $""",
    re.VERBOSE | re.IGNORECASE,
)
_LEADING_NAME = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)?)\.?,?\s+(?=\S)|([星周礼][^\W\d_]{1,2})[,\s]*")
_NAME = r"(?P<name>[^\W\d_]+)\.?"
_ORDINAL = r"(?:\.|(?:st|nd|rd|th|er|º|ª|°|o)(?![^\W\d_]))?"
_JOIN = r"(?:(?:of|de|del|do|di)\s+|d')?"
_YEAR_FIRST = re.compile(
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{4})年\s?([0-9]{1,2})月\s?([0-9]{1,2})日?"
)
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_DOTTED = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/])([0-9]{1,2})\2([0-9]{4})")
_NAMED_DAYS = (
    re.compile(
        rf"(?P<day>[0-9]{{1,2}}){_ORDINAL}[\s/-]*{_JOIN}{_NAME}[\s/,-]*{_JOIN}(?P<year>[0-9]{{4}})",
        re.IGNORECASE,
    ),
    re.compile(rf"{_NAME}\s*(?P<day>[0-9]{{1,2}}){_ORDINAL}(?:,\s*|\s+)(?P<year>[0-9]{{4}})", re.IGNORECASE),
    re.compile(rf"(?P<year>[0-9]{{4}})[\s/-]+{_NAME}[\s/-]+(?P<day>[0-9]{{1,2}}){_ORDINAL}", re.IGNORECASE),
)
_NAMED_MONTHS = (
    re.compile(rf"{_NAME},?[\s/-]*{_JOIN}(?P<year>[0-9]{{4}})", re.IGNORECASE),
    re.compile(rf"(?P<year>[0-9]{{4}})[\s/-]+{_NAME}", re.IGNORECASE),
)
_MONTH = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})|年\s?([0-9]{1,2})月)")
_MONTH_LAST = re.compile(r"([0-9]{1,2})[/.]([0-9]{4})")


def _days(text: str, languages: Sequence[str]) -> set[date]:
    found: Iterable[date | None] = ()
    if m := _YEAR_FIRST.fullmatch(text):
        found = (_date(m[1] or m[5], m[3] or m[6], m[4] or m[7]),)
    elif m := _COMPACT.fullmatch(text):
        found = (_date(m[1], m[2], m[3]),)
    elif m := _DOTTED.fullmatch(text):
        found = (_date(m[3], m[2], m[1]),)
    elif m := _YEAR_LAST.fullmatch(text):
        found = (_date(m[4], m[3], m[1]), _date(m[4], m[1], m[3]))
    else:
        found = (
            _date(m["year"], month, m["day"])
            for m in _matches(_NAMED_DAYS, text)
            for month in _month_numbers(m["name"], languages)
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
        pairs += ((m["year"], month) for month in _month_numbers(m["name"], languages))
    return {DateReading("month", f"{year}-{month:02}") for year, month in pairs if 1 <= month <= 12}


def _weekday_numbers(name: str, languages: Sequence[str]) -> frozenset[int]:
    return frozenset().union(
        *(names_of(language).weekdays.get(key(name), frozenset()) for language in languages)
    )


def _month_numbers(name: str, languages: Sequence[str]) -> frozenset[int]:
    return frozenset().union(
        *(names_of(language).months.get(key(name), frozenset()) for language in languages)
    )


def _matches(patterns: Iterable[re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    for pattern in patterns:
        if m := pattern.fullmatch(text):
            yield m


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
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


# --- days in headings

# CLDR has no word for "day" as such, and leaves these out; each was met in a programme.
_DAY_WORDS = "day|tag|jour|día|dia|giorno|dag|dzień|den|день|dzien"
_FILLERS = (
    "the|of|on|in|and|und|am|im|et|le|la|au|du|y|el|por|de|da|di|do|al|en|e|op|"
    "sessions?|sitzung(?:en)?|program(?:me)?|programm"
)
_FIRST_TOKEN = re.compile(r"[\s(\[*_]*([0-9]|[⺀-鿿]|[^\W\d_]+)")
_WORD = re.compile(r"[⺀-鿿]|[^\W\d_⺀-鿿]+")
_NUMERIC_DAY = re.compile(r"[\s(\[*_]*(?:[0-9]{4}[-年][0-9]|[0-9]{1,2}月|[0-9]{1,2}\.\s?[0-9]{1,2}\.)")


def _spoken(text: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages in which a text in lower case can be a day heading, judged by its first word.

    Nearly every heading is something else: this look-up takes 1 µs of the 15 that reading it would take.
    """
    start = _FIRST_TOKEN.match(text)
    if not start:
        return ()
    words, weekdays, glued = _known_words(languages)
    token = start[1]
    if token.isdecimal():
        known = [words[word] for word in _WORD.findall(text) if word in words]
        if not known:
            return languages[:1] if _NUMERIC_DAY.match(text) else ()
        return tuple(language for language in languages if any(language in some for some in known))
    if token in words:
        return tuple(language for language in languages if language in words[token])
    if token.startswith(glued):
        return tuple(n for n in languages if any(n in weekdays[w] for w in weekdays if token.startswith(w)))
    return ()


@lru_cache(maxsize=16)
def _known_words(
    languages: tuple[str, ...],
) -> tuple[dict[str, set[str]], dict[str, set[str]], tuple[str, ...]]:
    """First words of names and the languages that have them; the weekdays that a half day may be glued to.

    The third are those weekdays alone, as `str.startswith` takes them.
    """
    words: dict[str, set[str]] = {}
    weekdays: dict[str, set[str]] = {}
    for word in (*_DAY_WORDS.split("|"), "the", "am", "le", "el", "第"):
        words.setdefault(word, set()).update(languages)
    for language in languages:
        names = names_of(language)
        for name in chain(names.months, names.weekdays, names.half_days):
            if first := _FIRST_TOKEN.match(name):
                words.setdefault(first[1], set()).add(language)
        for name in names.weekdays:
            if len(name) >= 5:
                weekdays.setdefault(name, set()).add(language)
    return words, weekdays, tuple(weekdays)


@lru_cache(maxsize=4096)
def _agreed_mark(text: str, languages: tuple[str, ...]) -> DayMark | None:
    marks = {mark for language in languages if (mark := _mark(text, language))}
    return marks.pop() if len(marks) == 1 else None


@lru_cache(maxsize=64)
def _pieces(language: str) -> re.Pattern[str]:
    """The pattern that finds the next piece of a day heading in lower case."""
    names = names_of(language)
    month = rf"(?:{_either(names.months)})\.?"
    half = _either(names.half_days)
    return re.compile(
        rf"""(?P<date>[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?![0-9])
                | [0-9]{{1,2}}\.\s?[0-9]{{1,2}}\.\s?[0-9]{{4}}
                | [0-9]{{4}}年[0-9]{{1,2}}月[0-9]{{1,2}}日
                | [0-9]{{1,2}}{_ORDINAL}\s+{_JOIN}{month},?\s+{_JOIN}[0-9]{{4}}
                | {month}\s+[0-9]{{1,2}}{_ORDINAL},?\s+[0-9]{{4}})
          | (?P<partial>(?P<d1>[0-9]{{1,2}}){_ORDINAL}\s+{_JOIN}(?P<m1>{month})
                | (?P<m2>{month})\s+(?P<d2>[0-9]{{1,2}}){_ORDINAL}(?!:?[0-9])
                | (?P<d3>[0-9]{{1,2}})\.(?P<m3>[0-9]{{1,2}})\. | (?P<m4>[0-9]{{1,2}})月(?P<d4>[0-9]{{1,2}})日)
          | (?P<half>{half})\.?
          | (?P<weekday>{_either(names.weekdays, half)})\.?  # Montag, or Montagvormittag in one word
          | (?:(?:{_DAY_WORDS})\s*|第)(?P<n1>[0-9]{{1,2}})(?!:?[0-9])[天日]?
          | (?P<n2>[0-9]{{1,2}})\.?\s*(?:(?:{_DAY_WORDS})(?![^\W\d_])|日目)
          | [0-9]{{1,2}}(?:[:.h][0-9]{{2}})(?:\s*[ap]\.?m\.?)?
          | [0-9]{{1,2}}\s*(?:[ap]\.?m\.?|h|uhr)(?![^\W\d_])
          | [0-9]{{1,2}}/[0-9]{{1,2}}(?![0-9/])
          | (?:{_FILLERS})(?![^\W\d_])
          | [\s,.;:()\[\]|/&+*_–—-]+""",
        re.VERBOSE,
    )


def _either(names: Iterable[str], joined: str = "(?!)") -> str:
    """A pattern for any of the names, the longest first; a word must end or go on with `joined`."""
    ends = rf"(?:(?![^\W\d_])|(?={joined}))"
    ordered = sorted(names, key=lambda name: (-len(name), name))
    return "|".join(re.escape(name) + ("" if name[-1] >= "⺀" else ends) for name in ordered) or "(?!)"


def _mark(text: str, language: str) -> DayMark | None:
    names = names_of(language)
    pattern = _pieces(language)
    weekdays: set[int] = set()
    half_days: list[HalfDay] = []
    dates: set[str] = set()
    month_days: set[tuple[int, int]] = set()
    numbers: set[int] = set()
    short = True
    place = 0
    pieces = 0
    while place < len(text):
        m = pattern.match(text, place)
        if not m or m.end() == place:
            return None
        place = m.end()
        pieces += m.lastgroup is not None or m[0][:1].isdigit()
        if m["weekday"]:
            weekdays |= names.weekdays[key(m["weekday"])]
            short = short and len(key(m["weekday"])) <= 2 and m["weekday"][0] < "⺀"
        elif m["half"]:
            half_days.append(names.half_days[key(m["half"])])
        elif m["date"]:
            dates |= {reading.value for reading in iso_date_readings(m["date"], (language,))}
        elif m["partial"]:
            day = int(m["d1"] or m["d2"] or m["d3"] or m["d4"])
            written = m["m1"] or m["m2"]
            months = _month_numbers(written, (language,)) if written else {int(m["m3"] or m["m4"])}
            month_days |= {(month, day) for month in months if _date(2024, month, day)}
        elif m["n1"] or m["n2"]:
            numbers.add(int(m["n1"] or m["n2"]))
    if any(len(found) > 1 for found in (weekdays, dates, month_days, numbers)) or 0 in numbers:
        return None  # "Monday and Tuesday": no one day
    if not (weekdays or dates or month_days or numbers or half_days) or (weekdays and short and pieces == 1):
        return None
    return DayMark(
        weekday=next(iter(weekdays), None),
        half_day=half_days[0] if len(set(half_days)) == 1 else None,
        iso_date=next(iter(dates), None),
        month_day=next(iter(month_days), None),
        number=next(iter(numbers), None),
    )
