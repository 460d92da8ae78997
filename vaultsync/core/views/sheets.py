"""What the views show of a note, as values: a paper's bibliographic facts, a conference with what was said.

Only the properties named here ever leave the vault by a report or an export; whatever else a note has in its
front matter, or in comments, is private and isn't looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import unescape
from itertools import groupby

import msgspec

from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.links.mentions import Mention, Reading
from vaultsync.core.links.sessions import Session
from vaultsync.core.markdown import flatten
from vaultsync.core.note import Note
from vaultsync.core.papers.authors import authors_in
from vaultsync.core.papers.identifiers import canonical_arxiv, canonical_doi
from vaultsync.core.papers.paper import title_of
from vaultsync.core.text.folding import fold_name

UNREAD = "unread"
"""The reading status of a paper that states none."""

_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CUT = frozenset(("...", "…", "et al.", "et al", "others"))


class PaperSheet(msgspec.Struct, frozen=True):
    """A paper note's facts; what it doesn't state is empty. `authors_cut`: its list goes on.

    `status` and `rating` are the reader's own: a report and an export leave them out.
    """

    path: str
    title: str
    authors: tuple[str, ...] = ()
    authors_cut: bool = False
    year: str = ""
    date: str = ""
    venue: str = ""
    arxiv: str = ""
    doi: str = ""
    isbn: str = ""
    url: str = ""
    citekey: str = ""
    category: str = ""
    status: str = ""
    rating: str = ""

    @property
    def link(self) -> str:
        """The address under which the paper is found; empty if none is known."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.arxiv:
            return f"https://arxiv.org/abs/{self.arxiv}"
        return self.url if re.match(r"https?://", self.url, re.IGNORECASE) else ""

    @property
    def is_unread(self) -> bool:
        """Whether nobody has begun to read it, as far as the note tells."""
        return self.status.casefold() in ("", UNREAD)


class Talked(msgspec.Struct, frozen=True):
    """A paper in a session, with the sentences or bullets that spoke of it, in their order."""

    paper: PaperSheet
    quotes: tuple[str, ...]


class SessionSheet(msgspec.Struct, frozen=True):
    """A session: its heading as plain text, the link's part after `#` (nested headings), and its papers."""

    title: str
    anchor: tuple[str, ...]
    day: str
    talked: tuple[Talked, ...]


class DaySheet(msgspec.Struct, frozen=True):
    """The sessions of one day, `YYYY-MM-DD`, or of none (empty): then of those below the heading `above`."""

    day: str
    sessions: tuple[SessionSheet, ...]
    above: str = ""


class ConferenceSheet(msgspec.Struct, frozen=True):
    """A conference note: what it is, its days in the order of the note, and papers that the vault lacks.

    `missing` holds `(scheme, value)` of identifiers for which there is no paper note.
    """

    path: str
    title: str
    date: str
    end: str
    location: str
    url: str
    days: tuple[DaySheet, ...]
    missing: tuple[tuple[str, str], ...]

    def papers(self) -> tuple[PaperSheet, ...]:
        """The papers, each once, in the order in which they are mentioned first."""
        found: dict[str, PaperSheet] = {}
        for day in self.days:
            for session in day.sessions:
                for talked in session.talked:
                    found.setdefault(talked.paper.path, talked.paper)
        return tuple(found.values())


PaperAt = Callable[[str], PaperSheet | None]
"""Gives the sheet of the paper note at a path; `None` where there is none (any more)."""


def paper_sheet(note: Note) -> PaperSheet:
    """The facts that a paper note states."""
    facts = _properties(note)
    date = _text(facts, "date")
    authors, cut = _authors(facts.get("authors", facts.get("author")))
    return PaperSheet(
        note.path,
        _decoded(" ".join(title_of(note).split())),
        authors,
        cut,
        year=_text(facts, "year") or (date[:4] if re.match(r"\d{4}", date) else ""),
        date=date,
        venue=_decoded(_text(facts, "venue")),
        arxiv=canonical_arxiv(_text(facts, "arxiv")) or "",
        doi=canonical_doi(_text(facts, "doi")) or "",
        isbn=_text(facts, "isbn"),
        url=_text(facts, "url"),
        citekey=_text(facts, "citekey") or (note.stem[1:] if note.stem.startswith("@") else ""),
        category=_text(facts, "category"),
        status=_text(facts, "status"),
        rating=_text(facts, "rating"),
    )


def conference_sheet(note: Note, reading: Reading, paper_at: PaperAt) -> ConferenceSheet:
    """The conference note with all sessions in which a paper was spoken of.

    A session that mentions none is left out, and so is a paper whose note is gone. Of a bullet that names a
    paper twice the quote stands once; one that is nothing but the title says nothing.
    """
    facts = _properties(note)
    by_session: dict[int, list[Mention]] = {}
    for mention in reading.mentions:
        by_session.setdefault(mention.session, []).append(mention)
    tops = {session.path[0] for session in reading.sessions if session.path}
    names = 1 if len(tops) == 1 and len(reading.sessions) > 1 else 0  # headings that name the event itself
    held = [(reading.sessions[number], mentions) for number, mentions in sorted(by_session.items())]
    sessions = [(_above(each, names), _session(each, mentions, paper_at)) for each, mentions in held]
    return ConferenceSheet(
        note.path,
        " ".join(title_of(note).split()),
        _text(facts, "date"),
        _text(facts, "end"),
        _text(facts, "location"),
        _text(facts, "url"),
        _days([(above, session) for above, session in sessions if session.talked]),
        tuple(dict.fromkeys((missing.scheme, missing.value) for missing in reading.missing)),
    )


def _session(session: Session, mentions: Iterable[Mention], paper_at: PaperAt) -> SessionSheet:
    quotes: dict[str, dict[str, None]] = {}
    for mention in mentions:
        said = quotes.setdefault(mention.paper, {})
        if mention.quote:
            said[mention.quote] = None
    talked = [
        Talked(paper, tuple(quote for quote in said if fold_name(quote) != fold_name(paper.title)))
        for path, said in quotes.items()
        if (paper := paper_at(path)) is not None
    ]
    title = flatten(session.path[-1]) if session.path else ""
    return SessionSheet(title, session.anchor, session.day or "", tuple(talked))


def _above(session: Session, names: int) -> str:
    """The heading right above a session of no known day, but for the event's names; empty without one."""
    above = session.path[names:-1]
    return flatten(above[-1]) if above and not session.day else ""


def _days(sessions: Sequence[tuple[str, SessionSheet]]) -> tuple[DaySheet, ...]:
    return tuple(
        DaySheet(day, tuple(session for _, session in of_day), above)
        for (day, above), of_day in groupby(sessions, key=lambda found: (found[1].day, found[0]))
    )


def _properties(note: Note) -> Mapping[str, Value]:
    """The note's properties by their names in lower case, as Obsidian compares them."""
    if note.front is None or note.front.error is not None:
        return {}
    return {prop.key.lower(): prop.value for prop in reversed(note.front.properties)}


def _text(facts: Mapping[str, Value], key: str) -> str:
    """The property as one line of text; empty for a list, a mapping, or nothing."""
    value = facts.get(key)
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return " ".join(_LINK.sub(r"\1", str(value)).split())


def _decoded(text: str) -> str:
    """The text with entities as what they stand for: what a web page or a library left in a title."""
    return _ENTITY.sub(lambda found: " ".join(unescape(found[0]).split()) or " ", text)


def _authors(value: Value) -> tuple[tuple[str, ...], bool]:
    """The authors, and whether the list goes on."""
    if isinstance(value, list):
        names = [str(item) for item in value if item is not None and not isinstance(item, list | dict)]
    else:
        names = list(authors_in(str(value)) or (str(value),)) if value is not None else []
    plain = [_decoded(" ".join(_LINK.sub(r"\1", name).split())) for name in names]
    kept = tuple(name for name in plain if name and name.lower() not in _CUT)
    return kept, any(name.lower() in _CUT for name in plain)
