"""The sessions of a conference note, as its headings tell them: what was held when.

`mentions` asks in which session a paper was mentioned; the session's day and heading go into the paper's
note. People outline an event in few ways, and these are read: days as headings with the sessions below them
(`# Montag Vormittag`, `## Talk: …`), days and sessions side by side (`# Monday`, `# Talk: …`), sessions
alone, groups that hold sessions (`# Posters`); all of it with or without the event's name on top.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from vaultsync.core.links.obsidian_links import heading_subpaths
from vaultsync.core.text.calendar_names import HalfDay
from vaultsync.core.text.day_headings import DayMark, day_mark, loose_day_mark
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.core.text.spans import Span

if TYPE_CHECKING:
    from vaultsync.core.markdown import Heading


class Session(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A part of a conference note; a day's own text is one too, and so is the text above all headings.

    `kind` is `talk`, `tutorial`, `keynote`, … or empty. `title` is the heading without `Talk:`, `path` the
    texts of the headings that lead to it. `anchor` is what `links.write_link` needs as `heading` to reach
    it; empty if no link can. `span` is the heading's whole section: a session inside another one has the
    smaller span. `day` is `YYYY-MM-DD`. `undated` if the day isn't known where headings name days: then the
    note's own date, which is the first day's, is not this session's. `fault` says how the heading
    contradicts the note.
    """

    kind: str
    title: str
    path: tuple[str, ...]
    anchor: tuple[str, ...]
    level: int
    span: Span
    day: str | None
    half_day: HalfDay | None
    undated: bool = False
    fault: str = ""

    def date(self, note_date: str) -> str:
        """The session's date where the note has `note_date`; empty if unknown."""
        return self.day or ("" if self.undated else note_date)


def sessions_of(
    headings: Sequence[Heading], text_end: int, *, date: str | None, languages: Sequence[str]
) -> tuple[Session, ...]:
    """The sessions of a note with these headings, by their start; every offset up to `text_end` is in one.

    `date` is the note's date, `YYYY-MM-DD…`: the event's first day, from which weekdays are counted (see
    `dates.resolve_weekday`). Raises `ValueError` for a language that CLDR does not know.

    A heading is a session unless it stands below one; below one it is a session only if it names its kind
    (`### Talk: …`). Some headings are frames, below which sessions begin: a day, a group of one kind
    (`# Posters`), the event's name above everything, and what stands beside the days.
    """
    outline = _Outline(headings, text_end, languages)
    first_day = _as_date(date)
    sessions = [outline.session(i, first_day) for i in outline.starts]
    first = headings[0].span.start if headings else text_end
    if first or not headings:
        sessions.insert(0, Session("", "", (), (), 0, Span(0, first), None, None, bool(outline.marks)))
    return tuple(sessions)


class SessionPlaces:
    """Where the sessions of a note are, for those who ask of many places in which session each is."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._starts = [session.span.start for session in sessions]
        self._ends = [session.span.end for session in sessions]
        self._last = max(self._ends, default=0) - 1

    def at(self, offset: int) -> int:
        """The index of the innermost session that holds `offset`."""
        offset = min(offset, self._last)
        i = bisect_right(self._starts, offset) - 1
        while i > 0 and self._ends[i] <= offset:
            i -= 1
        return max(i, 0)


FAR = 60
"""Days from the note's date beyond which a heading's date is no day of the event."""

# Kind: words for one, words for several. Several without a name are a group: `Posters`, `Lectures/Orals`.
_KINDS = {
    "talk": (
        "talk vortrag presentation präsentation exposé charla ponencia presentazione lezing palestra "
        "报告 演讲 発表 講演",
        "talks vorträge presentations präsentationen exposés charlas ponencias presentazioni lezingen "
        "palestras",
    ),
    "lecture": ("lecture vorlesung 讲座", "lectures vorlesungen"),
    "tutorial": ("tutorial tutoriel 教程 チュートリアル", "tutorials tutorien tutoriels tutoriales"),
    "keynote": ("keynote plenary plenarvortrag 主旨演讲 基調講演", "keynotes plenaries plenarvorträge"),
    "poster": ("poster póster affiche 海报 ポスター", "posters pósters affiches"),
    "oral": ("oral 口头报告", "orals"),
    "spotlight": ("spotlight kurzvortrag", "spotlights kurzvorträge"),
    "panel": ("panel podium podiumsdiskussion 圆桌论坛", "panels podiumsdiskussionen"),
    "workshop": ("workshop atelier taller 研讨会 ワークショップ", "workshops ateliers talleres"),
    "demo": ("demo demonstration vorführung", "demos demonstrations vorführungen"),
    "session": ("session sitzung séance sesión sessione", "sessions sitzungen séances sesiones sessioni"),
}
_KIND = {word: kind for kind, forms in _KINDS.items() for words in forms for word in words.split()}
_PLURALS = frozenset(word for _, plurals in _KINDS.values() for word in plurals.split())
_BESIDE_KINDS = frozenset("invited contributed lightning short eingeladener and und et y e en".split())

_WORD = re.compile(r"[^\W\d_]+")
# `Talk: X`, `Poster 12 – X`, `Oral Session 2A: X`, `[Keynote] X`, `报告：X`
_PREFIX = late_pattern(
    r"""[\s*_\[(]* (?:[0-9]{1,2}[:.h][0-9]{2} (?:\s*[–-]\s*[0-9]{1,2}[:.h][0-9]{2})? [\s:–-]*)?
    (?P<words>[^\W\d_]+(?:[ -][^\W\d_]+){0,2}) (?:\s*\#?[0-9]{1,3}[a-zA-Z]?)?
        \s*[*_)]* (?: [:：] | \s[–—-]\s | \] ) [*_]* \s* (?=[^\s*_])""",
    re.VERBOSE,
)
_TRACK = re.compile(r"(?:[\w&/-]+ ){0,4}tracks?(?: [0-9A-Z]{1,3})?", re.IGNORECASE)
_ONLY_NUMBERED = re.compile(r"[^\w]*(?:[0-9]{1,3}[a-z]?[^\w]*)*")


class _Name(msgspec.Struct, frozen=True):
    """What a heading's text says of its kind: named before a colon, as a group of several, or in one word."""

    kind: str
    title: str
    prefixed: bool = False
    group: bool = False


# Headings recur from note to note: of 2,200 in a vault 460 were different.
@lru_cache(maxsize=4000)
def _name_of(text: str) -> _Name:
    prefix = _PREFIX.match(text)
    if prefix and (kinds := _kinds_in(prefix["words"])):
        return _Name(kinds[0], text[prefix.end() :].rstrip("*_ "), prefixed=True)
    if _TRACK.fullmatch(text):
        return _Name("", text, group=True)
    kinds = _kinds_in(text) if len(text) <= 60 else []
    if kinds and _ONLY_NUMBERED.fullmatch(_WORD.sub("", text)):
        group = len(kinds) > 1 or any(word.lower() in _PLURALS for word in _WORD.findall(text))
        return _Name(kinds[0], text, group=group)
    return _Name("", text)


def _kinds_in(words: str) -> list[str]:
    """The kinds that a text names if its words name nothing else, else none."""
    kinds: list[str] = []
    for word in _WORD.findall(words.lower()):
        if word in _KIND:
            kinds.append(_KIND[word])
        elif word not in _BESIDE_KINDS and len(word) > 1:
            return []
    return kinds


class _Outline:
    """The headings as a tree, and which of them are days, frames and sessions."""

    def __init__(self, headings: Sequence[Heading], text_end: int, languages: Sequence[str]) -> None:
        self.headings = headings
        self.parents = _parents(headings)
        self.ends = _section_ends(headings, text_end)
        self.anchors = heading_subpaths(headings)
        self.names = [_name_of(heading.text) for heading in headings]
        self.marks: dict[int, DayMark] = {}
        for i, heading in enumerate(headings):
            mark = day_mark(heading.text, languages)
            if mark is None and (without := _without_kind(heading.text)):
                mark = day_mark(without, languages)
                if mark:  # `Tuesday: Posters` is a day, and what is below it are posters
                    self.names[i] = _Name(_first_kind(heading.text), heading.text, group=True)
            if (
                mark is None
                and not self.names[i].prefixed
                and not any(j in self.marks for j in self._above(i))
            ):
                mark = loose_day_mark(heading.text, languages)
                if mark and not self.names[i].kind:
                    self.names[i] = _Name(_kind_beside(heading.text), heading.text, group=True)
            if mark and (mark := self._whole(mark, i)):
                self.marks[i] = mark
        self.side_by_side = bool(self.marks) and not any(parent in self.marks for parent in self.parents)
        self.starts = self._starts()

    def _whole(self, mark: DayMark, i: int) -> DayMark | None:
        """The mark of heading `i`; of a half day alone (`Vormittag`) that of the day above with this half."""
        if mark != DayMark(half_day=mark.half_day):
            return mark
        day = next((self.marks[j] for j in self._above(i) if j in self.marks), None)
        return msgspec.structs.replace(day, half_day=mark.half_day) if day else None

    def _starts(self) -> list[int]:
        day_level = min((self.headings[i].level for i in self.marks), default=0)
        frames = {parent for day in self.marks for parent in self._above(day)} | self._event_name()
        starts = []
        for i, heading in enumerate(self.headings):
            name, parent = self.names[i], self.parents[i]
            if parent is not None and parent not in frames and not name.prefixed:
                continue
            starts.append(i)
            if i in self.marks or name.group or (heading.level <= day_level and not name.prefixed):
                frames.add(i)
        return starts

    def session(self, i: int, first_day: datetime.date | None) -> Session:
        """The session that begins with heading `i`."""
        name = self.names[i]
        chain = [i, *self._above(i)]
        group = next((self.names[j].kind for j in chain if self.names[j].group), "")
        mark = next((self.marks[j] for j in chain if j in self.marks), None)
        if mark is None and self.side_by_side and name.prefixed:
            mark = next((self.marks[j] for j in range(i, -1, -1) if j in self.marks), None)
        day = mark.resolve(first_day) if mark else None
        fault = ""
        if mark is not None and first_day is not None and mark.is_dated:
            if day is None:
                fault = "the weekday and the date of this heading contradict each other, or the note's date"
            elif abs((day - first_day).days) > FAR:
                fault = f"this heading means {day}, far from the note's date, {first_day}"
                day = day if mark.iso_date else None
        return Session(
            kind=name.kind or group,
            title=name.title,
            path=tuple(self.headings[j].text for j in reversed(chain)),
            anchor=self.anchors[i],
            level=self.headings[i].level,
            span=Span(self.headings[i].span.start, self.ends[i]),
            day=day.isoformat() if day else None,
            half_day=mark.half_day if mark else None,
            undated=day is None and bool(self.marks),
            fault=fault if i in self.marks else "",
        )

    def _above(self, i: int) -> list[int]:
        chain = []
        parent = self.parents[i]
        while parent is not None:
            chain.append(parent)
            parent = self.parents[parent]
        return chain

    def _event_name(self) -> set[int]:
        """The first heading if all others stand below it and it names no kind: the event, not a session."""
        alone = len(self.headings) > 1 and all(parent is not None for parent in self.parents[1:])
        return {0} if alone and not self.names[0].kind else set()


def _kind_beside(text: str) -> str:
    """The kind that a day heading names as a group: `Tuesday - Posters`."""
    return next((_KIND[word] for word in _WORD.findall(text.lower()) if word in _PLURALS), "")


@lru_cache(maxsize=4000)
def _without_kind(text: str) -> str:
    """The text without words for kinds, or "" if it has none."""
    if len(text) > 60 or not any(word in _KIND for word in _WORD.findall(text.lower())):
        return ""
    return _WORD.sub(lambda m: "" if m[0].lower() in _KIND else m[0], text).strip()


def _first_kind(text: str) -> str:
    return next(_KIND[word] for word in _WORD.findall(text.lower()) if word in _KIND)


def _parents(headings: Sequence[Heading]) -> list[int | None]:
    """For each heading, the nearest one before it of a smaller level."""
    parents: list[int | None] = []
    for i, heading in enumerate(headings):
        parent = i - 1 if i else None
        while parent is not None and headings[parent].level >= heading.level:
            parent = parents[parent]
        parents.append(parent)
    return parents


def _section_ends(headings: Sequence[Heading], text_end: int) -> list[int]:
    """Where each heading's section ends: at the next heading of its level or above."""
    ends = [text_end] * len(headings)
    open_sections: list[int] = []
    for i, heading in enumerate(headings):
        while open_sections and headings[open_sections[-1]].level >= heading.level:
            ends[open_sections.pop()] = heading.span.start
        open_sections.append(i)
    return ends


def _as_date(text: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
