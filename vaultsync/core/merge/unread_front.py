"""The three-way merge of front matter that can't be read: by the lines that look like properties.

A block with a fault (a quote that is never closed, a tab) still has its keys at the beginnings of lines. Each
with the lines below it is taken as one: what one side changed is that side's, of what both changed the lines
are brought together, and only what doesn't go together is a `Choice`. So nobody is asked for a fault's sake,
and what one side mended stays mended. No key ever comes to stand twice.
"""

from __future__ import annotations

import msgspec

from vaultsync.core.frontmatter.block import find_front_matter
from vaultsync.core.frontmatter.legible import KEY
from vaultsync.core.merge.body import merge_lines
from vaultsync.core.merge.merged import Choice, Part, is_decided
from vaultsync.core.merge.order import order_of_both


def lines_of(text: str) -> list[str]:
    """The lines of a text that ends with one, as YAML ends them: no other character does."""
    return text.removesuffix("\n").split("\n") if text else []


class Cut(msgspec.Struct, frozen=True):
    """A block cut at its keys: `opener + entries + closer` are its bytes; `""` has what is above the keys."""

    opener: str
    entries: dict[str, str]
    closer: str


def cut(text: str) -> Cut | None:
    """The block (with both fences, nothing else) cut up; `None` if a key stands twice, or there is none."""
    if not text:
        return Cut("", {}, "")
    front = find_front_matter(text)
    if front is None or not front.closed or front.span.end != len(text):
        return None
    entries: dict[str, list[str]] = {}
    key = ""
    for line in lines_of(front.content.of(text)):
        if found := KEY.match(line):
            key = found["key"].rstrip().strip("\"'").casefold()
            if not key or key in entries:
                return None
        entries.setdefault(key, []).append(f"{line}\n")
    if not any(entries):
        return None
    closer = text[front.content.end :]
    closer = closer if closer.endswith("\n") else f"{closer}\n"
    return Cut(text[: front.content.start], {key: "".join(lines) for key, lines in entries.items()}, closer)


def merge_unread(base: str, one: str, other: str) -> list[Part] | None:
    """The parts of the merged block; `None` where the blocks can't be cut up alike. Symmetric."""
    cuts = [cut(text) for text in (base, one, other)]
    was, here, there = cuts
    if was is None or here is None or there is None:
        return None
    parts: list[Part] = []
    sides: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for key in order_of_both(*(list(each.entries) for each in (was, here, there))):
        entry = _entry(*(each.entries.get(key, "") for each in (was, here, there)))
        for side, kept in zip(("one", "other"), sides, strict=True):
            if text := _text([entry], side):
                kept[key] = text
        parts.append(entry)
    opener = _three_way(was.opener, here.opener, there.opener)
    closer = _three_way(was.closer, here.closer, there.closer)
    whole: list[Part] = [opener, *parts, closer]
    made = [cut(_text(whole, side)) for side in ("one", "other")]
    sound = all(m is not None and m.entries == kept for m, kept in zip(made, sides, strict=True))
    return whole if sound else None


def _entry(base: str, one: str, other: str) -> Part:
    """What becomes of the lines of one key; empty if they go."""
    if one == other or other == base:
        return one
    if one == base:
        return other
    if one and other:
        parts = merge_lines(lines_of(base), lines_of(one), lines_of(other))
        if is_decided(parts):
            return _text(parts, "one")
    return Choice(one, other)


def _three_way(base: str, one: str, other: str) -> str:
    if one == base:
        return other
    return one if other == base else max(one, other, key=lambda text: (len(text), text))


def _text(parts: list[Part], side: str) -> str:
    return "".join(part if isinstance(part, str) else getattr(part, side) for part in parts)
