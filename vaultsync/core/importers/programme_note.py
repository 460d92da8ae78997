"""A programme as a conference note: a heading a day, a session, a talk; and, on request, a record a talk.

Below a talk's heading its time, number, authors and affiliations stand, and there is room for what one hears.
Of its text nothing is left out but rulers and labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import accumulate

from vaultsync.core.frontmatter.new_note import new_note
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.importers import markdown_escape as escape
from vaultsync.core.importers.file_names import safe_stem
from vaultsync.core.importers.programme import ProgrammeDay, ProgrammeSession, Talk, read_programme
from vaultsync.core.importers.programme_forms import day_of, is_session, slot_of
from vaultsync.core.importers.programme_table import programme_lines
from vaultsync.core.importers.record import ConferenceNote, Item, Options, PaperRecord, Refusal, one_line
from vaultsync.core.importers.source_text import NOTE_LIMIT, control_problems, lines
from vaultsync.core.text.day_headings import day_mark

_LEAST = 4
"""Lines that begin with a time, from which on a text is a programme."""

_HEADING = re.compile(r"#{1,6}[ \t]+\S")
_CHAIR = re.compile(r"\s*(?:session )?chairs?\s*:|\s*chaired by\b", re.IGNORECASE)


def recognises(head: str, languages: tuple[str, ...]) -> str | None:
    """Why `head`, the beginning of a source, is a programme, or None.

    Times at the beginnings of lines or cells, and a day, a session or a chair; in Markdown only as a table,
    since what has headings is a note that somebody wrote.
    """
    times = marks = shown = 0
    first = ""
    for number, raw in enumerate(head.splitlines(), 1):
        text = raw.strip()
        if not text:
            continue
        shown += 1
        if _HEADING.match(text):
            marks += 1
            continue
        bare = text.strip("|*-• \t")
        if slot_of(bare)[0] is not None:
            times += 1
            rest = slot_of(bare)[1]
            marks += is_session(rest.partition("|")[0].strip())
            first = first or f"the time “{bare[:40]}” in line {number}"
        elif day_of(bare, languages) or _CHAIR.match(bare) or is_session(bare.partition("|")[0].strip()):
            marks += 1
    headed = any(map(_HEADING.match, head.splitlines())) and "|" not in head
    return first if times >= _LEAST and marks and times * 25 >= shown and not headed else None


def needs(head: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The options without which there is no note: the name, and the first day if no day says its year."""
    days = (day_of(line.strip(), languages) for line in head.splitlines())
    return ("title",) if any(_date_of(day, languages) for day in days if day) else ("title", "date")


def read(pieces: Iterable[str], options: Options) -> Iterator[Item]:
    """The records of the talks, if `options.papers` asks for them, and then the note.

    Raises `Refusal` without a name, or without a date where no day of the programme has a year.
    """
    dropped: list[tuple[int, str]] = []
    days = read_programme(
        programme_lines(_bounded(lines(pieces, options, dropped), options)), options.languages
    )
    yield from control_problems(dropped, options)
    title, begins = _named(days, options)
    records = [talk for talk in _talks(days) if options.papers and talk.names is not None]
    for talk in records:
        yield _record(talk, title, options)
    yield _note(days, title, begins, {id(talk): i for i, talk in enumerate(records)}, options)


def _bounded(found: Iterable[tuple[int, str]], options: Options) -> Iterator[tuple[int, str]]:
    size = 0
    for number, line in found:
        size += len(line)
        if size > NOTE_LIMIT:
            raise Refusal(options.problem(0, f"more than {NOTE_LIMIT:,} characters: this is no programme"))
        yield number, line


def _named(days: list[ProgrammeDay], options: Options) -> tuple[str, str]:
    title = one_line(options.title or "")
    stated = (_date_of(day.title, options.languages) for day in days)
    begins = options.date or next(filter(None, stated), "")
    missing = [
        what
        for what, value in (("its name (--name)", title), ("its first day (--date)", begins))
        if not value
    ]
    if missing:
        reason = f"this programme doesn't say {' and '.join(missing)}"
        raise Refusal(options.problem(0, reason, "give it; it is never guessed"))
    try:
        return title, date.fromisoformat(begins).isoformat()
    except ValueError:
        raise Refusal(options.problem(0, f"“{begins}” is no date", "write it as 2025-04-06")) from None


def _date_of(text: str, languages: tuple[str, ...]) -> str:
    mark = day_mark(text, languages) if text else None
    return mark.iso_date or "" if mark is not None else ""


def _talks(days: list[ProgrammeDay]) -> Iterator[Talk]:
    return (talk for day in days for session in day.sessions for talk in session.talks)


def _record(talk: Talk, venue: str, options: Options) -> PaperRecord:
    names = talk.names
    return PaperRecord(
        title=talk.title,
        authors=names.people if names else None,
        authors_cut=bool(names and names.cut),
        venue=venue,
        source=options.source(venue),
        line=talk.line,
    )


def _note(
    days: list[ProgrammeDay], title: str, begins: str, records: dict[int, int], options: Options
) -> ConferenceNote:
    front: dict[str, Value] = {"title": title}
    if safe_stem(title) != title:
        front["aliases"] = [title]
    front |= {"tags": ["conference"], "date": begins}
    parts = [new_note(front, "")]
    links: list[tuple[int, int]] = []
    for day in days:
        parts += [f"\n# {escape.heading(day.title)}\n"] * bool(day.title)
        parts += _paragraph(day.intro)
        for session in day.sessions:
            parts += [f"\n## {escape.heading(session.title)}\n", *_paragraph(_session_lines(session))]
            for talk in session.talks:
                parts.append(f"\n### {escape.heading(talk.title)}\n")
                if id(talk) in records:
                    links.append((len(parts), records[id(talk)]))
                parts += _paragraph(_talk_lines(talk))
    starts = list(accumulate(map(len, parts), initial=0))
    return ConferenceNote(
        title=title,
        text="".join(parts),
        date=begins,
        source=options.source("programme"),
        links=tuple((starts[part] + 1, index) for part, index in links),
    )


def _talk_lines(talk: Talk) -> list[str]:
    first = " · ".join(filter(None, (talk.slot.shown if talk.slot else "", talk.number)))
    return [first, talk.authors, *talk.more]


def _session_lines(session: ProgrammeSession) -> list[str]:
    room = [detail for detail in session.details if ":" not in detail]
    first = ", ".join(filter(None, (session.slot.shown if session.slot else "", *room[:1])))
    return [first, *room[1:], *(detail for detail in session.details if ":" in detail)]


def _paragraph(found: Iterable[str]) -> list[str]:
    text = "\n".join(filter(None, found))
    return [f"\n{escape.escaped(text)}\n"] if text else []
