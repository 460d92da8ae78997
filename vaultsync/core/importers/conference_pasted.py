"""Conference notes pasted from a rendered page: no front matter, no `#`, nesting mostly gone.

    Montag Vormittag                    a day: `#`
    Talk: Underwater Communications     a session: `##`
    Sparsity                            a sub-heading, known by the bullets right below it: `###`
    • scalability, less overfitting     a bullet
    Comment: interesting manual work    text
    Posters                             a section of its own: `#`

Every word stays. A line becomes a heading only where its form says so; all else is text, as it stands. The
nesting of bullets is kept where the paste has kept the indents, and not made up where it has not. The name
and the date of the event come from the person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import takewhile

import msgspec

from vaultsync.core.frontmatter.new_note import new_note
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.importers import markdown_escape as escape
from vaultsync.core.importers.file_names import safe_stem
from vaultsync.core.importers.record import ConferenceNote, Item, Options, Refusal
from vaultsync.core.importers.source_text import NOTE_LIMIT, control_problems, lines
from vaultsync.core.links.sessions import sessions_of
from vaultsync.core.markdown import Heading
from vaultsync.core.text.day_headings import day_mark
from vaultsync.core.text.spans import Span

NEEDS = ("title", "date")
"""The options without which there is no note; the command line asks for them on a terminal."""

_BULLET = re.compile(r"(?:[•◦▪▫‣⁃∙·○●■□►–—*+-]|o(?=\t))[ \t\u00a0]+(?=\S)")
_LABEL = re.compile(r"[^\s:：]{2,20}(?: [^\s:：]{1,20}){0,2}\s*[:：](?:\s|$)")

_HEADING_LENGTH = 200
"""Longest session heading, in characters; paper titles fit in, paragraphs do not."""

_HEADING_WORDS = 8
"""Longest sub-heading, in words; a longer line above a list introduces it and is text."""


def recognises(head: str, languages: tuple[str, ...]) -> str | None:
    """Why `head`, the beginning of a source, is a pasted conference note, or None."""
    for number, line in enumerate(head.splitlines(), 1):
        text = line.strip()
        if _is_day(text, languages):
            return f"the day “{text}” in line {number}"
        if _is_session(text):
            return f"the session “{text[:60]}” in line {number}"
    return None


def names_day_or_session(heading: str, languages: tuple[str, ...]) -> bool:
    """Whether a heading's text names a day, a session with its kind (`Talk: …`), or kinds of sessions."""
    text = heading.strip().strip("*_# ")
    return _is_day(text, languages) or _is_session(text) or _is_section(text)


def read(pieces: Iterable[str], options: Options) -> Iterator[Item]:
    """One conference note, and problems with their lines.

    Raises `Refusal` without a title and a date (`YYYY-MM-DD`) in `options`, or for a text that no person
    typed.
    """
    title, day = _named(options)
    dropped: list[tuple[int, str]] = []
    found = list(_lines(pieces, options, dropped))
    yield from control_problems(dropped, options)
    front: dict[str, Value] = {"title": title}
    if safe_stem(title) != title:
        front["aliases"] = [title]
    front |= {"tags": ["conference"], "date": day}
    text = new_note(front, "".join(_markdown(found, options.languages)))
    yield ConferenceNote(title=title, text=text, date=day, source=options.source("conference notes"))


def _named(options: Options) -> tuple[str, str]:
    title, day = " ".join((options.title or "").split()), options.date or ""
    if not title or not day:
        missing = " and ".join(
            name
            for name, value in (("its name (--name)", title), ("its first day (--date)", day))
            if not value
        )
        raise Refusal(
            options.problem(0, f"pasted conference notes don't say {missing}", "give it; it is never guessed")
        )
    try:
        return title, date.fromisoformat(day).isoformat()
    except ValueError:
        raise Refusal(options.problem(0, f"“{day}” is no date", "write it as 2025-04-06")) from None


class _PastedLine(msgspec.Struct, frozen=True):
    text: str
    indent: int = 0
    bullet: bool = False


_BLANK = _PastedLine("")


def _lines(pieces: Iterable[str], options: Options, dropped: list[tuple[int, str]]) -> Iterator[_PastedLine]:
    size = 0
    for _, raw in lines(pieces, options, dropped):
        size += len(raw)
        if size > NOTE_LIMIT:
            raise Refusal(
                options.problem(0, f"more than {NOTE_LIMIT:,} characters: this is no conference note")
            )
        text = raw.strip()
        indent = len("".join(takewhile(str.isspace, raw)).expandtabs(4))
        marker = _BULLET.match(text)
        yield _PastedLine(text[marker.end() :], indent, bullet=True) if marker else _PastedLine(text, indent)


def _markdown(found: list[_PastedLine], languages: tuple[str, ...]) -> Iterator[str]:
    """The note's body: headings, lists and paragraphs, an empty line between any two of them."""
    session = False
    indents: list[int] = []
    paragraph: list[str] = []
    last = ""
    for i, line in enumerate(found):
        level = 0 if line.bullet or line is _BLANK or not line.text else _level(found, i, languages, session)
        if paragraph and (line.bullet or level or not line.text):
            yield f"\n{escape.escaped(chr(10).join(paragraph))}\n"
            paragraph.clear()
            last = "text"
        if not line.text:
            continue
        if level:
            session = level == 2 or (level > 2 and session)
            yield f"\n{'#' * level} {escape.heading(line.text)}\n"
            indents.clear()
            last = "heading"
        elif line.bullet:
            while indents and indents[-1] > line.indent:
                indents.pop()
            if not indents or indents[-1] < line.indent:
                indents.append(line.indent)
            depth = len(indents) - 1
            yield ("" if last == "bullet" else "\n") + f"{'  ' * depth}- {escape.item(line.text)}\n"
            last = "bullet"
        else:
            paragraph.append(line.text)
            indents.clear()
    if paragraph:
        yield f"\n{escape.escaped(chr(10).join(paragraph))}\n"


def _level(found: list[_PastedLine], at: int, languages: tuple[str, ...], session: bool) -> int:
    """The level of the heading that the line is, 0 for text."""
    text = found[at].text
    if _is_day(text, languages) or _is_section(text):
        return 1
    if _is_session(text):
        return 2
    below = next((line for line in found[at + 1 :] if line.text), None)
    short = len(text.split()) <= _HEADING_WORDS and text[-1] not in ".,;:!：。，；…"
    if below is not None and below.bullet and short and not _LABEL.match(text):
        return 3 if session else 2
    return 0


def _is_day(text: str, languages: tuple[str, ...]) -> bool:
    return bool(text) and len(text) <= 80 and day_mark(text, languages) is not None


def _is_session(text: str) -> bool:
    """`Talk: …`, `Invited talk 3: …`: the kind, a colon, and what was held."""
    kind, title = _session(text)
    return bool(kind) and title != text and text[: len(text) - len(title)].rstrip().endswith((":", "："))


def _is_section(text: str) -> bool:
    """A line of nothing but kinds of sessions: `Posters`, `Lectures/Orals`."""
    kind, title = _session(text)
    return bool(kind) and title == text


def _session(text: str) -> tuple[str, str]:
    """The kind and the title that the line would have as a heading."""
    if not text or len(text) > _HEADING_LENGTH:
        return "", text
    span = Span(0, len(text))
    (session,) = sessions_of((Heading(1, text, span, span),), len(text), date=None, languages=())
    return session.kind, session.title
