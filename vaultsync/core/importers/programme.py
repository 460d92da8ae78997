"""A conference programme as pasted from the conference's site: days, sessions with times, talks with authors.

    Monday, June 1, 2015                                  a day, in any usual form
    10:40 - 12:20  Session 1A: Semantics    (Room B)      a session: a time and a word that says so
    Chair: Eva Fir
    10:40 AM - 11:05 AM                                   a talk: a time within the session's,
    1A-1                                                    its number in the programme,
    Steady Windows for Long Inputs                          its title,
    Ida Alm [1] and Max Oak [2]                             its authors,
    [1] University of Elsewhere                             and where they work
    14:00–15:30 Poster Session 2                          talks without times of their own stand in it, too

The lines may be indented, stand in a table (cells by tabs or bars), or lack any of their parts. What a line
is follows from its form and from what the talk before it still lacks; times within a session's time are
talks. This module reads; `programme_note` writes what was read as a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from vaultsync.core.importers.person_lines import LineNames, names_in
from vaultsync.core.importers.programme_forms import Slot, day_of, is_break, is_session, slot_of


class Talk(msgspec.Struct):
    """A talk, poster or whatever has a title; `more` are the lines that are neither, such as affiliations."""

    title: str
    line: int
    slot: Slot | None = None
    number: str = ""
    names: LineNames | None = None
    authors: str = ""
    more: list[str] = []


class ProgrammeSession(msgspec.Struct):
    """A session, a break, or a talk on its own; `details` are its chair, its room, and what else it says."""

    title: str
    line: int
    slot: Slot | None = None
    details: list[str] = []
    talks: list[Talk] = []


class ProgrammeDay(msgspec.Struct):
    """A day and its sessions; without a title the one that the programme begins with."""

    title: str
    line: int
    sessions: list[ProgrammeSession] = []
    intro: list[str] = []


class ProgrammeLine(msgspec.Struct, frozen=True):
    """A line or cell: its text, where it stands, and whether a blank line or another row is before it."""

    text: str
    number: int
    first: bool = False


def read_programme(lines: Iterable[ProgrammeLine], languages: tuple[str, ...]) -> list[ProgrammeDay]:
    """The programme's days, sessions and talks, in the order of the lines."""
    return _ProgrammeReader(languages).read(lines)


class _ProgrammeReader:
    def __init__(self, languages: tuple[str, ...]) -> None:
        self.languages = languages
        self.days: list[ProgrammeDay] = []
        self.session: ProgrammeSession | None = None
        self.talk: Talk | None = None
        self.slot: Slot | None = None  # a time that waits for its title
        self.number = ""  # so does a talk's number
        self.spaced = False  # whether the talk in hand began after a blank line
        self.head = False  # whether the session's heading is not over yet

    def read(self, lines: Iterable[ProgrammeLine]) -> list[ProgrammeDay]:
        for line in lines:
            if line.text and not _RULE.fullmatch(line.text):
                self._line(line)
        return self.days

    def _day(self) -> ProgrammeDay:
        if not self.days:
            self.days.append(ProgrammeDay("", 0))
        return self.days[-1]

    def _line(self, line: ProgrammeLine) -> None:
        text = line.text
        if day := day_of(text, self.languages):
            self.days.append(ProgrammeDay(day, line.number))
            self.session = self.talk = self.slot = None
            return
        if label := _LABEL.match(text):
            self._labelled(label["name"].casefold(), label["value"].strip(), line)
            return
        slot, rest = slot_of(text)
        if slot is not None:
            self.slot, self.talk, self.number = slot, None, ""
            if not rest:
                return
            line = ProgrammeLine(rest, line.number, line.first)
        number = _NUMBER.match(line.text)
        if number and self.talk is not None and self.talk.authors and number["number"].startswith("["):
            number = None  # `[1] University of …` below the authors
        if number and (self.session is not None or self.slot is not None):
            self.number, self.talk = number["number"], None
            if number.end() == len(line.text):
                return
            line = ProgrammeLine(line.text[number.end() :].strip(), line.number, line.first)
        self._titled(line)

    def _labelled(self, name: str, value: str, line: ProgrammeLine) -> None:
        if name == "time":
            self.slot = slot_of(value)[0]
        elif name in ("title", "session"):
            session = self.session
            if self.head and session is not None and len(session.title.split()) < 4:
                session.title = _joined(session.title, value)
                session.slot, self.slot = self.slot or session.slot, None
            elif value:
                self._begin(value, line)
        elif self.session is not None and value:
            if (
                self.talk is not None
                and not self.head
                and name in ("authors", "author", "speaker", "speakers")
            ):
                if self.talk.authors:
                    self.talk.more.append(value)
                else:
                    self._authors(self.talk, value)
            elif self.talk is not None and not self.head:
                self.talk.more.append(line.text)
            else:
                label = f"{line.text[: len(name)].strip()}: "
                self.session.details.append(value if name in _PLACES else label + value)
        elif value:
            self._day().intro.append(line.text)

    def _titled(self, line: ProgrammeLine) -> None:
        """A line that is a title of something, or belongs to the talk in hand."""
        text = line.text
        if self._opens_session(text):
            self._begin(text, line)
            return
        talk = self.talk
        if talk is not None and self._belongs(talk, line):
            return
        if self.session is None or (self.slot is not None and not self._within(self.slot)):
            if self.slot is None and not self.days:
                self._day().intro.append(text)
            elif self.slot is None and self.session is None:
                self._begin(text, line)
            else:
                self._alone(line)
            return
        if (
            self.head
            and not self.session.talks
            and self.slot is None
            and not self.number
            and self._is_detail(self.session, text)
        ):
            self.session.details.append(text)
            return
        self._talk(line)

    def _opens_session(self, text: str) -> bool:
        if not is_session(text):
            return False
        if self.number and not is_break(text):
            return False  # a talk's number stands before it
        if self.slot is None or self.session is None or is_break(text):
            return True
        if _NAMED_SESSION.match(text) and not _OF_SESSION.match(text):
            return True
        inside = self._within(self.slot) and self.session.slot is not None
        return not (inside and self.session.slot != self.slot and bool(self.session.talks))

    def _within(self, slot: Slot) -> bool:
        return self.session is not None and (
            (self.session.slot is None and not is_break(self.session.title))
            or (
                self.session.slot is not None
                and self.session.slot.holds(slot)
                and not is_break(self.session.title)
            )
        )

    def _begin(self, text: str, line: ProgrammeLine) -> None:
        room = _ROOM.search(text)
        title = text[: room.start()].strip() if room else text
        self.session = ProgrammeSession(title, line.number, self.slot)
        if room:
            self.session.details.append(room["room"].strip())
        self._day().sessions.append(self.session)
        self.slot, self.talk, self.number, self.head = None, None, "", True

    def _alone(self, line: ProgrammeLine) -> None:
        """A title with a time outside of any session: a session of its own that has no talks."""
        self._begin(line.text, line)
        if self.session is not None and not is_break(line.text):
            self.talk = Talk(line.text, line.number)  # its authors are details of the session
            self.spaced = line.first

    def _talk(self, line: ProgrammeLine) -> None:
        session = self.session
        if session is None:
            return
        text = _OF_SESSION.sub("", line.text)
        while (number := _NUMBERED.match(text)) or (
            not self.number and (number := _NUMBER.match(text)) and number.end() < len(text)
        ):
            self.number = " ".join(filter(None, (self.number, number["number"])))
            text = text[number.end() :].strip()
        title, names, authors = _split(text)
        talk = Talk(title, line.number, self.slot, self.number)
        talk.names, talk.authors = names, authors
        session.talks.append(talk)
        self.talk, self.slot, self.number, self.head = talk, None, "", False
        self.spaced = line.first

    def _belongs(self, talk: Talk, line: ProgrammeLine) -> bool:
        """Whether the line is the talk's authors or something else of its; then it is put there."""
        if self.slot is not None or self.number:
            return False
        text = line.text
        if not talk.authors and (names := names_in(_without_by(text))):
            talk.names = names
            self._authors(talk, _without_by(text))
            return True
        if talk.authors and (_AFFILIATION.match(text) or (self._in_list(talk) and not line.first)):
            self._more(talk, text)
            return True
        if talk.slot is not None and not line.first:
            self._more(talk, text)
            return True
        return False

    def _in_list(self, talk: Talk) -> bool:
        """Whether the talks of this session stand apart by blank lines."""
        return self.spaced or talk.slot is not None

    def _authors(self, talk: Talk, text: str) -> None:
        talk.authors = text
        talk.names = talk.names or names_in(text)
        if self.session is not None and talk not in self.session.talks:
            self.session.details.append(text)

    def _more(self, talk: Talk, text: str) -> None:
        if self.session is not None and talk not in self.session.talks:
            self.session.details.append(text)
        else:
            talk.more.append(text)

    def _is_detail(self, session: ProgrammeSession, text: str) -> bool:
        speaks = _SPOKEN.match(session.title) is not None and names_in(_without_by(text)) is not None
        return speaks or _ROOM_LINE.match(text) is not None


def _split(text: str) -> tuple[str, LineNames | None, str]:
    """A title and the authors that stand in its line: `Title, by A and B`, `Title — A, B`, `A, B: Title`."""
    for by in reversed(list(_BY.finditer(text))):
        if by.start() > 2 and (names := names_in(text[by.end() :])):
            return text[: by.start()].strip(" ,–—-"), names, text[by.end() :].strip()
    for apart in _APART.finditer(text):
        title, rest = text[: apart.start()].strip(), text[apart.end() :].strip(" )")
        if title and (names := names_in(rest, alone="\t" in apart[0] or "|" in apart[0])):
            return title, names, rest
    first = _NAMES_FIRST.match(text)
    if first and (names := names_in(first["names"], alone=False)):
        return text[first.end() :].strip(), names, first["names"].strip()
    return text, None, ""


def _joined(title: str, value: str) -> str:
    """A session's name of two lines, `Session 7A` and `7A: Semantics`, or `Semantics`."""
    before, _, last = title.rpartition(" ")
    if before and value.startswith(last):
        return f"{before} {value}"
    if not value or title in value or title.casefold() == "session":
        return value or title
    return f"{title}: {value}"


def _without_by(text: str) -> str:
    return re.sub(r"^(?:by|authors?|speakers?|von|par)\s*:?\s+", "", text, flags=re.IGNORECASE)


_PLACES = frozenset("room rooms location place venue raum ort".split())
_RULE = re.compile(r"[\s\-=_*–—.|:+]+|</?[a-z]{1,10}>")
_LABEL = re.compile(
    r"(?P<name>time|title|session|session chairs?|chaired by|chairs?|chair affiliation|moderators?|rooms?|"
    r"location|"
    r"place|venue|track|authors?|speakers?|affiliations?|format|abstract|keywords|raum|leitung|ort)\s*:\s*(?P<value>.*)",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"(?:keynote|invited|plenary|tutorial|panel|workshop|hauptvortrag)", re.IGNORECASE)
_NAMED_SESSION = re.compile(r"(?:[\w/&-]+\s){0,4}?(?:sessions?|sitzung|symposium|track)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<number>(?:[A-Z]{1,6}[-.]?)?[0-9]{1,4}[A-Z]?(?:[-.][A-Z]?[0-9]{1,3})+|[A-Z]{1,3}[0-9]{1,3}|\#[0-9]{1,5}|\[[A-Z]?[0-9]{1,5}\]"
    r"|[A-Z]{1,6}-[0-9]{1,4}|(?:Paper|Poster)\s\#?[0-9]{1,5}|[0-9]{1,4}(?=:\s))(?:\s*[:.)]?\s+|\s*[:.)]?$)"
)
_ROOM = re.compile(
    r"(?:(?<!\s)\s++)?[\[(–—@-]\s*+(?P<room>(?:room|hall|raum|saal|auditorium|ballroom|plaza|salon)\b[^()\[\]]{0,60})[\])]?\s*$",
    re.IGNORECASE,
)
_ROOM_LINE = re.compile(
    r"(?:room|hall|raum|saal|hörsaal|auditorium|ballroom|plaza|lecture hall|salon)\b.{0,60}$", re.IGNORECASE
)
_AFFILIATION = re.compile(
    r"(?:[\[(]?[0-9*†‡]{1,2}[\])]?\s*(?:$|[^\W\d_])|.*\b(?:universit|institut|laborator|"
    r"department|school of|college|academy|"
    r"research cent|hospital|gmbh|\binc\b|\bltd\b|corporation))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?P<number>[A-Z]{2,6}-[0-9]{1,4}):\s+(?=\S)")
_OF_SESSION = re.compile(r"session\s++[a-z]?[0-9]{0,2}[a-z]?\s*+[-–—]\s*(?=\S)", re.IGNORECASE)
_BY = re.compile(r",?\s(?:by|von|par)\s+(?=\S)")
_APART = re.compile(r"\t+|\s{1,40}(?:[|–—/-]\s+|\((?=[^()]*\)$))|[.?!]\s+(?=[^\W\d_a-z])")
_NAMES_FIRST = re.compile(r"(?P<names>[^:]{5,300}):\s+(?=\S)")
