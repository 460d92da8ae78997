"""Edits that put whole properties into another order, with what belongs to them.

`properties` asks here for the raw edits and proves them. An entry travels with its block scalar or list, the
comments beside and inside it, the comment lines directly above it, and the deeper comment lines below it.
Other blank lines stay where they are, and with them the comments that they set apart: a head comment before
the first entry, a tail comment after the last. In a `{}` block properties change places, and commas stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vaultsync.core.frontmatter.block import FrontMatter, comments_in
from vaultsync.core.text.spans import Span, TextEdit


def order_edits(text: str, front: FrontMatter, order: Sequence[str]) -> tuple[list[TextEdit], list[int]]:
    """The edits that order the entries of a block, and the order: indices into the block's properties.

    Keys in `order` come first, as `order` has them; the others follow as they stand. No edits if so already.
    """
    properties, places = front.properties, [prop.span for prop in front.properties]
    rank = {key.casefold(): place for place, key in reversed(list(enumerate(order)))}
    wanted = sorted(range(len(properties)), key=lambda i: rank.get(properties[i].key.casefold(), len(order)))
    if wanted == sorted(wanted):
        return [], wanted
    if not front.json:
        places = _entries_with_comments(text, front)
    elif comments_in(text, front):
        return [], wanted  # one beside a property would be left behind
    edits = []
    for i, source in enumerate(wanted):
        if i != source:
            moved = places[source].of(text)
            end = after_blank_lines(text, places[i].end) if keeps_blank_lines(moved) else places[i].end
            edits.append(TextEdit(places[i].start, end, moved))
    return edits, wanted


def tail_end(text: str, front: FrontMatter, index: int) -> int:
    """Where the entry ends, with the deeper comment lines below it: they speak about its list."""
    entry = front.properties[index].span
    depth = front.properties[index].key_span.start - entry.start
    end = entry.end
    while (line := _NEXT_COMMENT.match(text, end, front.content.end)) and len(line[1]) > depth:
        end = line.end()
    return end


def keeps_blank_lines(entry: str) -> bool:
    """Whether blank lines below the entry would become part of it: it has a block scalar like `|+`."""
    return _KEEPS.search(entry) is not None


def after_blank_lines(text: str, at: int) -> int:
    """The end of the blank lines that begin at `at`, inside a block: its last fence ends them."""
    blank = _BLANK_LINES.match(text, at)
    return blank.end() if blank else at


_KEEPS = re.compile(
    r"(?:^[ \t]*|[-:?][ \t]+)(?:[&!]\S*[ \t]+)*"  # where a value begins, after its anchor and tag
    r"[|>](?:[1-9]?\+|\+[1-9])[ \t]*(?:[ \t]#[^\n]*)?\r?$",
    re.MULTILINE,
)
_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)+")
_COMMENT_LINE = re.compile(r"[ \t]*#[^\n]*\n")
_NEXT_COMMENT = re.compile(r"(?:[ \t]*\r?\n)*([ \t]*)#[^\n]*\n")


def _entries_with_comments(text: str, front: FrontMatter) -> list[Span]:
    places = []
    above = front.content.start
    for index, prop in enumerate(front.properties):
        start = prop.span.start
        while start > above:
            previous = text.rfind("\n", 0, start - 1) + 1
            if previous < above or not _COMMENT_LINE.match(text, previous, start):
                break
            start = previous
        end = tail_end(text, front, index)
        places.append(Span(start, end))
        above = end
    return places
