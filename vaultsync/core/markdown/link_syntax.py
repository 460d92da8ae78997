"""Links to files of the vault, as a note's body or a property's value writes them.

Wikilinks are found here and not by pyromark, because Obsidian's differ: they never cross a line, may hold a
single `]`, and separate the display by a bar after a backslash in a table. Links of the form
`[text](destination)` are pyromark's; only their parts are found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

from vaultsync.core.markdown.layout import escaped
from vaultsync.core.markdown.values import Link
from vaultsync.core.text.spans import Span

# (In runs: a choice at each sign took three times as long.)
WIKILINK = re.compile(r"\[\[(?!\[)([^\[\]\r\n]*+(?:(?:\[(?!\[)|\](?!\]))[^\[\]\r\n]*+)*+)\]\]")
# One piece of a bare destination: it holds no blank, and parentheses in pairs, three deep at most. The pieces
# exclude each other, so that a failure is found in linear time.
_PIECE = r"[^\s()\\]|\\[!-/:-@\[-`{-~]|\\(?![!-/:-@\[-`{-~])"
BARE_DESTINATION = rf"(?!<)(?:{_PIECE}|\((?:{_PIECE}|\((?:{_PIECE})*\))*\))+"
_DESTINATION = re.compile(
    rf"""\]\(\s*
    (?: <(?P<angle>(?:[^<>\\\n]|\\.)*)> | (?P<bare>{BARE_DESTINATION}) )
    (?: \s+ (?: "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | \((?:[^()\\]|\\.)*\) ) )?
    \s*\)""",
    re.VERBOSE | re.DOTALL,
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def wikilinks_in(text: str, start: int = 0) -> Iterator[tuple[int, int, Link | None]]:
    """Each `[[…]]` and `![[…]]` from `start` on, its span; None where it names nothing, as `[[|x]]`."""
    for m in WIKILINK.finditer(text, start):
        at, end = m.span()
        before = text[at - 1 : at]
        if before == "\\" and escaped(text, at):
            continue
        embed = before == "!" and at > start and not escaped(text, at - 1)
        yield at - embed, end, _wikilink(m[1], at + 2, Span(at - embed, end), embed)


def links_in_value(text: str, offset: int = 0) -> tuple[Link, ...]:
    """The wikilinks in a property's value, whose text starts at `offset` of the file."""
    found: list[Link] = []
    for m in WIKILINK.finditer(text):
        at = m.start()
        embed = at > 0 and text[at - 1] == "!"
        span = Span(at - embed + offset, m.end() + offset)
        if link := _wikilink(m[1], m.start(1) + offset, span, embed):
            found.append(link)
    return tuple(found)


_NAMED = re.compile(r"\[\[([^\[\]|#\r\n]+)|\]\(\s*<?([^<>#\r\n\[\]]*)")


def names_linked(text: str) -> set[str]:
    """The names of files, without folder and `.md`, that links may lead to; too many rather than too few.

    In code and comments, too: for a quick look at many notes.
    """
    found = set()
    for wiki, destination in _NAMED.findall(text):
        targets = [wiki] if wiki else [destination, destination.partition(")")[0], destination.split(" ")[0]]
        for target in targets:
            name = unquote(target).strip().rpartition("/")[2]
            found.add(name[:-3] if name.lower().endswith(".md") else name)
    return found


LONGEST = 10_000
"""Characters of a link that is looked into; images may nest, and each holds the text of all within it."""

_TRIES = 8  # places at which a destination may begin: its name and its title may hold `](`, too


def markdown_link(text: str, start: int, end: int) -> Link | None:
    """The parts of the `[text](destination)` at `[start, end)`; None when it leads out of the vault."""
    if end - start > LONGEST:
        return None
    at, parts, place = -1, None, end
    for _ in range(_TRIES):
        if (place := text.rfind("](", start, place)) < 0:
            break
        if found := _DESTINATION.fullmatch(text, place, end):
            at, parts = place, found  # the first from the left is meant
    if parts is None:
        return None
    group = "bare" if parts["angle"] is None else "angle"
    written = parts[group]
    if _SCHEME.match(written):
        return None
    path, _, heading = written.partition("#")
    target, heading = _decoded(path), _decoded(heading)
    if not target and not heading:
        return None
    embed = text[start] == "!"
    opening = start + 1 + embed
    dest = parts.start(group)
    return Link(
        target,
        heading,
        text[opening:at],
        Span(start, end),
        Span(dest, dest + len(path)),
        Span(opening, at),
        embed,
        "markdown",
    )


def _wikilink(inner: str, start: int, span: Span, embed: bool) -> Link | None:
    """The link whose text between the brackets is `inner`, at `start`."""
    left, bar, display = inner.partition("|")
    text_span = Span(start + len(left) + 1, start + len(inner)) if bar else None
    if bar and left.endswith("\\"):
        left = left[:-1]
    path, _, heading = left.partition("#")
    target, heading = path.strip(), heading.strip()
    if not target and not heading:
        return None
    at = start + len(path) - len(path.lstrip()) if target else start
    return Link(
        target,
        heading,
        display if bar else None,
        span,
        Span(at, at + len(target)),
        text_span,
        embed,
        "wiki",
    )


def _decoded(part: str) -> str:
    part = _ESCAPE.sub(r"\1", part) if "\\" in part else part
    return unquote(unescape(part))
