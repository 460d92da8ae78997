"""The names that a language has for months, weekdays and times of day: CLDR's, by Babel.

`dates` reads with them. Babel takes 40 ms and 12 MB to read what it knows, so the names of the languages that
are looked for unless the settings say otherwise stand in `calendar_table`; Babel is asked for others only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from vaultsync.core.text.calendar_table import TABLE

if TYPE_CHECKING:
    from babel import Locale

HalfDay = Literal["morning", "afternoon", "evening", "night"]


class Names(msgspec.Struct, frozen=True):
    """The names of a language, in the form of `key`; one that means two things has both numbers."""

    months: dict[str, frozenset[int]]
    weekdays: dict[str, frozenset[int]]
    half_days: dict[str, HalfDay]


def key(name: str) -> str:
    """How a written name is looked up: NFKC, without case and without the dot of an abbreviation."""
    return unicodedata.normalize("NFKC", name).lower().rstrip(".")


@lru_cache(maxsize=64)
def names_of(language: str) -> Names:
    """The names of one language (`de`, `pt-BR`); raises `ValueError` if CLDR does not know it."""
    if (known := TABLE.get(language)) is None:
        return cldr_names(language)
    return _read(known)


def cldr_names(language: str) -> Names:
    """The same, asked of CLDR by Babel."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language, sep="-" if "-" in language else "_")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"CLDR does not know the language {language!r}") from error
    months: dict[str, set[int]] = {}
    weekdays: dict[str, set[int]] = {}
    half_days: dict[str, HalfDay] = {}
    for number, name in _cldr(locale, "months"):
        months.setdefault(key(name), set()).add(int(number))
    for number, name in _cldr(locale, "days"):
        weekdays.setdefault(key(name), set()).add(int(number))
    for period, name in _cldr(locale, "day_periods"):
        half_day = _half_day(period)
        if half_day:
            half_days.setdefault(key(name), half_day)
    for name, weekday in _MORE_WEEKDAYS.get(locale.language, {}).items():
        weekdays.setdefault(name, set()).add(weekday)
    half_days.update(_MORE_HALF_DAYS.get(locale.language, {}))
    return Names(_frozen(months), _frozen(weekdays), half_days)


# What CLDR leaves out, as met in programmes.
_MORE_WEEKDAYS: Mapping[str, Mapping[str, int]] = {
    "de": {"sonnabend": 5},
    "en": {"tues": 1, "weds": 2, "thur": 3, "thurs": 3},
    "pt": {"segunda": 0, "terça": 1, "quarta": 2, "quinta": 3, "sexta": 4},
    "zh": {"星期天": 6, "周天": 6, **{f"礼拜{c}": i for i, c in enumerate("一二三四五六日")}, "礼拜天": 6},
}
_MORE_HALF_DAYS: Mapping[str, Mapping[str, HalfDay]] = {
    "de": {"früh": "morning", "mittag": "afternoon", "mittags": "afternoon"},
    "en": {"midday": "afternoon", "lunchtime": "afternoon"},
    "fr": {"après midi": "afternoon"},
    "zh": {"早晨": "morning", "傍晚": "evening"},
}


def _cldr(locale: Locale, field: str) -> Iterator[tuple[str, str]]:
    """The `(key, name)` pairs of a field, in every context and width but single letters, which mean nothing.

    Each level is copied before it is looked into: Babel 2.18 stores what it looks up in data that locales
    share, so that Spanish months came out Chinese after Chinese ones had been read.
    """
    contexts = getattr(locale, field).copy()
    for context in contexts:
        widths = contexts[context].copy()
        for width in widths:
            if width != "narrow":
                pairs = widths[width].items()
                yield from ((str(k), name) for k, name in pairs if len(name.rstrip(".")) > 1)


def _half_day(period: str) -> HalfDay | None:
    """The half day of one of CLDR's day periods (UTS 35, part 4, "Day Periods").

    What stands under a heading such as `Wednesday noon` comes after the morning.
    """
    kinds: dict[str, HalfDay] = {
        "am": "morning",
        "morning": "morning",
        "noon": "afternoon",
        "pm": "afternoon",
        "afternoon": "afternoon",
        "evening": "evening",
        "night": "night",
    }
    return kinds.get(period.rstrip("0123456789"))


def _read(table: str) -> Names:
    """The names in the lines of a language in `calendar_table`."""
    numbered: dict[str, dict[str, set[int]]] = {"month": {}, "weekday": {}}
    half_days: dict[str, HalfDay] = {}
    for line in table.splitlines():
        what, _, listed = line.partition(": ")
        kind, _, number = what.partition(" ")
        for name in listed.split(" | "):
            if kind in numbered:
                numbered[kind].setdefault(name, set()).add(int(number))
            elif (half_day := _half_day(kind)) is not None:
                half_days[name] = half_day
    return Names(_frozen(numbered["month"]), _frozen(numbered["weekday"]), half_days)


def _frozen(names: dict[str, set[int]]) -> dict[str, frozenset[int]]:
    return {name: frozenset(numbers) for name, numbers in names.items()}
