"""A conference note that is Markdown already (from pandoc or GitLab): copied in as it is; the rules tidy it.

It is the one format whose text this package does not write: not a character is changed but for the byte order
mark, which a new file does not need.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vaultsync.core.frontmatter.block import find_front_matter, parse_front_matter
from vaultsync.core.importers.conference_pasted import names_day_or_session
from vaultsync.core.importers.record import ConferenceNote, Item, Options, Refusal, one_line
from vaultsync.core.importers.source_text import whole

_HEADING = re.compile(r"#{1,6}[ \t]+\S")
_KINDS = frozenset("conference conferences konferenz tagung congress kongress workshop symposium".split())


def has_front_matter(head: str) -> bool:
    """Whether a source that begins with `head` is a note with front matter."""
    found = find_front_matter(head)
    return found is not None and found.closed


def is_conference(head: str, languages: tuple[str, ...]) -> str | None:
    """Why the note with front matter that begins with `head` is a conference note, or None."""
    front = parse_front_matter(head)
    for key in ("tags", "tag", "type", "kind", "category"):
        value = front.value(key) if front else None
        for word in value if isinstance(value, list) else [value]:
            if isinstance(word, str) and not _KINDS.isdisjoint(re.findall(r"\w+", word.casefold())):
                return f"the front matter says “{word}”"
    if front and any(front.value(key) not in (None, "") for key in ("conference", "event", "venue")):
        return "the front matter names the event"
    return recognises(head[front.span.end :] if front else head, languages)


def recognises(head: str, languages: tuple[str, ...]) -> str | None:
    """Why `head`, the beginning of a source without front matter, is a conference note in Markdown, or None.

    A heading names a day or a session; any other note has headings, too.
    """
    for number, line in enumerate(head.splitlines(), 1):
        if (heading := _HEADING.match(line)) and names_day_or_session(line[heading.end() - 1 :], languages):
            return f"the heading “{line.strip()[:60]}” in line {number}"
    return None


def read(pieces: Iterable[str], options: Options) -> Iterator[Item]:
    """The note, named by `options.title`, else its own `title` property, else the source's file name.

    Raises `Refusal` if none of these gives a name.
    """
    text = whole(pieces, options)
    front = parse_front_matter(text)
    own = front.value("title") if front else None
    stem = re.sub(r"\.(?:md|markdown|txt)$", "", options.name.rpartition("/")[2], flags=re.IGNORECASE)
    title = one_line(options.title or (own if isinstance(own, str) else "") or stem)
    if not title:
        raise Refusal(options.problem(0, "this conference note has no name", "give it with --name"))
    if front and front.error:
        line = text.count("\n", 0, front.error.offset) + 1
        yield options.problem(line, f"its front matter is not valid: {front.error.message}", front.error.hint)
    day = front.value("date") if front else None
    yield ConferenceNote(
        title=title,
        text=text,
        date=day if isinstance(day, str) else None,
        source=options.source("conference note"),
    )


def came_from(note: str, text: str) -> bool:
    """Whether `note` came from `text`, and not from another one of this name: most lines of it are there.

    The rules have tidied the note since, and a person may have written in it, so only letters count.
    """
    there = _letters(note)
    front = find_front_matter(text)
    lines = [line for line in map(_letters, text[front.span.end if front else 0 :].splitlines()) if line]
    return 2 * sum(line in there for line in lines) >= len(lines)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
