"""Whose a line of a list is where nobody remembers: by its form, and by where its link leads.

A first run over a vault without a history, or markers that a person put around a list of their own: then a
line is the tool's only if the tool could have written it about the vault as it is. A stale line that is kept
below the list costs a keystroke, a person's line that goes is lost (promise P1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from vaultsync.core.links.block_memory import Writer, WriterOf
from vaultsync.core.links.mentions import Reading
from vaultsync.core.links.obsidian_links import heading_text, resolve
from vaultsync.core.markdown import flatten, links_in_value
from vaultsync.core.markdown.link_syntax import markdown_link
from vaultsync.core.markdown.values import Link

if TYPE_CHECKING:
    from vaultsync.core.links.index import Index
    from vaultsync.core.note import Note

_LINE = re.compile(
    r"(?P<indent> *)- (?:(?P<wiki>\[\[[^\[\]\n]+\]\])|(?P<markdown>\[[^\n]*\]\([^()\n]+\)))(?P<tail>(?s:.*))"
)
_DATE = r"(?:, \d{4}-\d\d-\d\d)?"
_MONTH = re.compile(r"- (?:\d{4}-\d\d|without a date|no conference yet)")


def writer_by_form(index: Index, note: Note, block: str) -> WriterOf:
    """Whose a line of the note's `block` is: as it is remembered, else the tool's if it could be by its form.

    Of any other line that nobody remembers it stays unknown.
    """

    def writer_of(path: str, line: str) -> Writer:
        writer = index.blocks.writer_of(path, line)
        if writer is Writer.UNKNOWN and _could_be_own(index, note, block, line):
            return Writer.TOOL
        return writer

    return writer_of


def note_of_entry(index: Index, note: Note, line: str) -> str | None:
    """The note to which the link of an entry leads, in a list of `note`; `None` if the line is no entry."""
    found = _LINE.fullmatch(line.rstrip())
    link = _link(found) if found is not None else None
    return resolve(index.files, note.path, link.target) if link is not None else None


def _could_be_own(index: Index, note: Note, block: str, line: str) -> bool:
    """Whether the tool could have written the line: a month, or a link with its date and its session."""
    if block == "timeline" and _MONTH.fullmatch(line.rstrip()):
        return True
    found = _LINE.fullmatch(line.rstrip())
    link = _link(found) if found is not None else None
    if found is None or link is None:
        return False
    indent, tail = len(found["indent"]), found["tail"]
    if block == "mentions" and not indent and _tells_its_heading(link, tail):
        return True  # wherever it leads by now
    if (path := resolve(index.files, note.path, link.target)) is None:
        return False
    conference, paper = index.reading_at(path), index.catalogue.get(path)
    if block == "timeline":
        of_conference = conference is not None and indent == 4 and re.fullmatch(_DATE, tail) is not None
        return of_conference or (paper is not None and indent == 8 and not tail)
    if block == "papers":
        return paper is not None and not indent and _is_told(tail, "", index.reading_at(note.path))
    return conference is not None and not indent and _is_told(tail, _DATE, conference)


def _link(line: re.Match[str]) -> Link | None:
    if line["wiki"] is not None:
        return next(iter(links_in_value(line["wiki"])), None)
    return markdown_link(line["markdown"], 0, len(line["markdown"]))


def _tells_its_heading(link: Link, tail: str) -> bool:
    """Whether the session after a link is the heading to which it leads: nobody types both."""
    title = re.sub(rf"^{_DATE}, ", "", tail)
    return bool(tail) and link.text is not None and link.heading.rpartition("#")[2] == heading_text(title)


def _is_told(tail: str, date: str, reading: Reading | None) -> bool:
    """Whether what follows a link is a date, and a session of the conference note."""
    rest = re.sub(rf"^{date}", "", tail)
    return not rest or rest.removeprefix(", ") in _titles(reading)


def _titles(reading: Reading | None) -> Iterable[str]:
    sessions = reading.sessions if reading is not None else ()
    return {flatten(session.path[-1]) for session in sessions if session.path}
