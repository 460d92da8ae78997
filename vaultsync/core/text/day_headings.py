"""Days as people write them in headings: `Montag Vormittag`, `Day 2 RL Track`, `Main Conference Tuesday`.

Nothing here guesses and nothing reads a clock: a heading says what it says, and the event's first day is
given. Names of months, weekdays and times of day come from `calendar_names`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain, groupby

import msgspec

from vaultsync.core.text.calendar_names import HalfDay, key, names_of
from vaultsync.core.text.dates import (
    DEFAULT_LANGUAGES,
    JOIN,
    ORDINAL,
    as_date,
    iso_date_readings,
    month_numbers,
)
from vaultsync.core.text.late_pattern import late_pattern


class DayMark(msgspec.Struct, frozen=True):
    """What a day heading says: a weekday (Monday is 0), a half day, a date, a month and day, `Day 2`.

    A half day may stand alone; such a heading divides the day above it.
    """

    weekday: int | None = None
    half_day: HalfDay | None = None
    iso_date: str | None = None
    month_day: tuple[int, int] | None = None
    number: int | None = None
    day_of_month: int | None = None

    @property
    def is_dated(self) -> bool:
        """Whether the heading gives a day of the calendar, which may contradict the note's."""
        return self.iso_date is not None or self.month_day is not None

    def _near(self, anchor: date) -> date | None:
        """`Tuesday 8`: the weekday with that day of the month, if the event's weeks have it."""
        if self.day_of_month is None:
            return None
        days = filter(None, (_days_after(anchor, n) for n in range(-7, 22)))
        return next((d for d in days if (d.weekday(), d.day) == (self.weekday, self.day_of_month)), None)

    def resolve(self, anchor: date | None) -> date | None:
        """The day that is meant; `anchor` is the event's first day. None if unknown or contradictory."""
        day: date | None = None
        if anchor is not None and self.weekday is not None and (near := self._near(anchor)):
            return near
        if self.iso_date is not None:
            day = date.fromisoformat(self.iso_date)
        elif anchor is not None and self.month_day is not None:
            day = _nearest(self.month_day, anchor)
        elif anchor is not None and self.weekday is not None:
            day = resolve_weekday(self.weekday, anchor)
        elif anchor is not None and self.number is not None:
            day = _days_after(anchor, self.number - 1)
        if day is not None and self.weekday is not None and day.weekday() != self.weekday:
            return None
        return day


def day_mark(text: str, languages: Sequence[str] = DEFAULT_LANGUAGES) -> DayMark | None:
    """What the heading `text` says about a day if it says nothing else; None for every other heading.

    `Montag Vormittag`, `Mo. Nachmittag`, `Day 2 – Wednesday`, `Tuesday, 8 April: 9:00`, `星期一上午`, but not
    `Black Friday effects`. Each language is tried by itself, so that `Do. Vormittag` is German; where they
    disagree there is no mark. An abbreviation of two letters needs something beside it (`So`).
    Raises `ValueError` for a language that CLDR does not know.
    """
    return _day_mark(text, tuple(languages)) if len(text) <= 120 else None


@lru_cache(maxsize=4096)
def _day_mark(text: str, languages: tuple[str, ...]) -> DayMark | None:
    text = unicodedata.normalize("NFKC", text).lower()
    spoken = _spoken(text, languages)
    return _agreed_mark(text, spoken) if spoken else None


def loose_day_mark(text: str, languages: Sequence[str] = DEFAULT_LANGUAGES) -> DayMark | None:
    """What a heading says about a day beside other words: `Tuesday - Main Conference`, `Day 2 RL Track`.

    The day must stand apart from what else is said, by a dash, a colon, a bracket or the like, or the rest
    must be words for parts of an event, acronyms and years; `Black Friday effects` names no day.
    """
    if len(text) > 120 or not _MAY_NAME_A_DAY.search(text):
        return None
    if (mark := _beside_an_event(text, languages)) is not None:
        return mark
    pieces = [piece for piece in _APART.split(text) if piece.strip()]
    found = (
        {_beside_an_event(piece, languages) for piece in {pieces[0], pieces[-1]}}
        if len(pieces) > 1
        else set()
    )
    marks = found - {None}
    return marks.pop() if len(marks) == 1 else None


def _beside_an_event(text: str, languages: Sequence[str]) -> DayMark | None:
    """The mark of a text once the words for an event are taken out, with its years or without."""
    for shape in (_ACRONYM, _ACRONYM_OR_YEAR):
        mark = day_mark(_without_event(text, tuple(languages), shape), languages)
        if mark is not None:
            return mark if mark != DayMark(half_day=mark.half_day) else None
    return None


_APART = late_pattern(r"\s[–—-]+\s|[—:：|;,()\[\]]|(?<=[^\W\d_]{3})[–-](?=\s)")
_MAY_NAME_A_DAY = late_pattern(r"[^\W\d_]{2}|日|天")
_EVENT_WORDS = frozenset(
    """
    afternoon assembly closing colloquium conference congress consortium demo demos doctoral evening event
    exhibition hall industry keynote keynotes lectures lightning main meeting morning notes online opening
    oral orals panel panels paper papers part party plenary poster posters presentations program programme
    reception registration room schedule school seminar session sessions social summary summit summer
    symposium talks track tracks tutorial tutorials virtual winter workshop workshops abschluss ablauf
    beiträge eröffnung hauptkonferenz hauptprogramm konferenz kongress mitschrift notizen postersession
    programm sitzung sitzungen tagung tutorien vorträge vormittag workshoptag zusammenfassung atelier
    ateliers conférence conférences exposés principale séance séances charlas congreso conferencia sesión
    sesiones taller talleres conferenza sessione sessioni """.split()
)
_TOKEN = late_pattern(r"[^\W_]+(?:['’][^\W_]+)?")
_ACRONYM = late_pattern(r"(?=.*[A-Z])[A-Z0-9&]{2,8}|[A-Z]{2,8}[’']?[0-9]{2,4}")
_ACRONYM_OR_YEAR = late_pattern(_ACRONYM.pattern + r"|(?:19|20)[0-9]{2}")


def _without_event(text: str, languages: tuple[str, ...], shape: re.Pattern[str]) -> str:
    """The text without words for parts of an event, and without words of that shape."""
    known = _known_words(languages)[0]

    def kept(m: re.Match[str]) -> str:
        word = m[0].lower()
        if word in known:
            return m[0]
        return "" if word in _EVENT_WORDS or shape.fullmatch(m[0]) else m[0]

    return _TOKEN.sub(kept, text).strip(" \t-–—:,.|/&+")


def weekday_in(text: str, languages: Sequence[str] = DEFAULT_LANGUAGES) -> tuple[int, HalfDay | None] | None:
    """The weekday (Monday is 0) and the half day of a day heading, or None if it names no weekday."""
    mark = day_mark(text, languages)
    return None if mark is None or mark.weekday is None else (mark.weekday, mark.half_day)


def resolve_weekday(weekday: int, anchor: date) -> date | None:
    """The first `weekday` (Monday is 0) on or after `anchor`; None where the calendar ends before it.

    The date of a conference note is the event's first day, often the Sunday before the programme: the week is
    the seven days that begin there, not the calendar week. ICASSP 2025 has 2025-04-06, a Sunday, and its
    Monday is 2025-04-07.
    """
    return _days_after(anchor, (weekday - anchor.weekday()) % 7)


def _days_after(anchor: date, number: int) -> date | None:
    """The day that is `number` days after `anchor`; None outside the years 1 to 9999."""
    try:
        return anchor + timedelta(days=number)
    except OverflowError:
        return None


def _nearest(month_day: tuple[int, int], anchor: date) -> date | None:
    """The day that lies nearest to `anchor`: after a 30 December, 2 January is in the next year."""
    days = []
    for year in (anchor.year - 1, anchor.year, anchor.year + 1):
        day = as_date(year, *month_day)
        if day:
            days.append(day)
    return min(days, key=lambda day: abs((day - anchor).days), default=None)


# CLDR has no word for "day" as such, and leaves these out; each was met in a programme.
_DAY_WORDS = "day|tag|jour|jornada|día|dia|giorno|dag|dzień|den|день|dzien"
_FILLERS = (
    "the|of|on|in|and|und|am|im|et|le|la|au|du|y|el|por|de|da|di|do|al|en|e|op|"
    "sessions?|sitzung(?:en)?|program(?:me)?|programm"
)
# Behind a word for "day" and in front of it, up to a week.
_CARDINALS = """
    one two three four five six seven; eins zwei drei vier fünf sechs sieben;
    un deux trois quatre cinq six sept;
    uno dos tres cuatro cinco seis siete; uno due tre quattro cinque sei sette;
    um dois três quatro cinco seis sete; een twee drie vier vijf zes zeven;
    i ii iii iv v vi vii; 一 二 三 四 五 六 七
    """
_ORDINALS = """
    first second third fourth fifth sixth seventh; erster zweiter dritter vierter fünfter sechster siebter;
    ersten zweiten dritten vierten fünften sechsten siebten;
    premier deuxième troisième quatrième cinquième sixième septième;
    primer segundo tercer cuarto quinto sexto séptimo; primo secondo terzo quarto quinto sesto settimo;
    primeiro segundo terceiro quarto quinto sexto sétimo; eerste tweede derde vierde vijfde zesde zevende
    """


def _numbered(lists: str) -> dict[str, int]:
    return {word: i for words in lists.split(";") for i, word in enumerate(words.split(), 1)}


_CARDINAL, _ORDINAL = _numbered(_CARDINALS), _numbered(_ORDINALS)
_FIRST_TOKEN = late_pattern(r"[\s(\[*_]*([0-9]|[⺀-鿿]|[^\W\d_]+)")
_WORD = late_pattern(r"[⺀-鿿]|[^\W\d_⺀-鿿]+")
_NUMERIC_DAY = late_pattern(r"[\s(\[*_]*(?:[0-9]{4}[-年][0-9]|[0-9]{1,2}月|[0-9]{1,2}\.\s?[0-9]{1,2}\.)")


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
    for word in (*_DAY_WORDS.split("|"), *_ORDINAL, "the", "am", "le", "el", "第"):
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
                | [0-9]{{1,2}}{ORDINAL}\s+{JOIN}{month},?\s+{JOIN}[0-9]{{4}}
                | {month}\s+[0-9]{{1,2}}{ORDINAL},?\s+[0-9]{{4}})
          | (?P<partial>(?P<d1>[0-9]{{1,2}}){ORDINAL}\s+{JOIN}(?P<m1>{month})
                | (?P<m2>{month})\s+(?P<d2>[0-9]{{1,2}}){ORDINAL}(?!:?[0-9])
                | (?P<d3>[0-9]{{1,2}})\.(?P<m3>[0-9]{{1,2}})\. | (?P<m4>[0-9]{{1,2}})月(?P<d4>[0-9]{{1,2}})日)
          | (?P<half>{half})\.?
          | (?P<weekday>{_either(names.weekdays, half)})\.?  # Montag, or Montagvormittag in one word
            (?:,?\s+(?P<dom>[0-9]{{1,2}}){ORDINAL}(?!\s*(?:[0-9:./–—-]|[ap]\.?m\.?\b|h\b|uhr|{JOIN}{month})))?
          | (?:(?:{_DAY_WORDS})[\s-]*(?:\#|no\.?|nr\.?)?\s*|第)(?P<n1>[0-9]{{1,2}})(?!:?[0-9])[天日]?
          | (?P<n2>[0-9]{{1,2}}){ORDINAL}\s*(?:(?:{_DAY_WORDS})(?![^\W\d_])|日目)
          | (?:(?:{_DAY_WORDS})\s+|第)(?P<n3>{_either(_CARDINAL)})[天日]?
          | (?P<n4>{_either(_ORDINAL)})\s+(?:{_DAY_WORDS})(?![^\W\d_])
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
    # (One end for all that follow each other: with one for each name it took 90 ms to compile the patterns of
    # two languages, which the first conference note of each run waits for.)
    found = [
        f"(?:{'|'.join(map(re.escape, alike))}){'' if is_cjk else ends}"
        for is_cjk, alike in groupby(ordered, key=lambda name: name[-1] >= "⺀")
    ]
    return "|".join(found) or "(?!)"


def _mark(text: str, language: str) -> DayMark | None:
    names = names_of(language)
    pattern = _pieces(language)
    weekdays: set[int] = set()
    half_days: list[HalfDay] = []
    dates: set[str] = set()
    month_days: set[tuple[int, int]] = set()
    numbers: set[int] = set()
    days: set[int] = set()
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
            if m["dom"]:
                days.add(int(m["dom"]))
        elif m["half"]:
            half_days.append(names.half_days[key(m["half"])])
        elif m["date"]:
            dates |= {reading.value for reading in iso_date_readings(m["date"], (language,))}
        elif m["partial"]:
            day = int(m["d1"] or m["d2"] or m["d3"] or m["d4"])
            written = m["m1"] or m["m2"]
            months = month_numbers(written, (language,)) if written else {int(m["m3"] or m["m4"])}
            month_days |= {(month, day) for month in months if as_date(2024, month, day)}
        elif m["n1"] or m["n2"]:
            numbers.add(int(m["n1"] or m["n2"]))
        elif m["n3"] or m["n4"]:
            numbers.add(_CARDINAL[m["n3"]] if m["n3"] else _ORDINAL[m["n4"]])
    if any(len(found) > 1 for found in (weekdays, dates, month_days, numbers, days)) or 0 in numbers:
        return None  # "Monday and Tuesday": no one day
    if not (weekdays or dates or month_days or numbers or half_days) or (weekdays and short and pieces == 1):
        return None
    return DayMark(
        weekday=next(iter(weekdays), None),
        half_day=half_days[0] if len(set(half_days)) == 1 else None,
        iso_date=next(iter(dates), None),
        month_day=next(iter(month_days), None),
        number=next(iter(numbers), None),
        day_of_month=next(iter(days), None),
    )
