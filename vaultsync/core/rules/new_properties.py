"""Properties that a rule adds to a note: where they go, and which notes had better be given none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from vaultsync.core.frontmatter.block import (
    CannotEdit,
    FrontMatter,
    parse_front_matter,
)
from vaultsync.core.frontmatter.order_edits import tail_end
from vaultsync.core.frontmatter.property_edits import set_property
from vaultsync.core.frontmatter.unread_block import displaced_block, foreign_front_matter
from vaultsync.core.frontmatter.yaml_values import Value, same_value
from vaultsync.core.note import Note
from vaultsync.core.text.spans import TextEdit, apply_edits


def holds_back(note: Note) -> bool:
    """Whether a note without front matter should not be given any."""
    text = note.text
    return (
        not text.strip("\ufeff \t\r\n")
        or bool(foreign_front_matter(text))
        or displaced_block(text) is not None
    )


def inserted(
    note: Note, front: FrontMatter, missing: Mapping[str, Value], order: Sequence[str]
) -> list[TextEdit]:
    """New entries, each before the first one that the order puts after it; raises `CannotEdit`."""
    if front.json:
        return _inserted_into_json(note, missing)
    ranks = ranks_of(tuple(order))
    edits = []
    for key, value in missing.items():
        [appended] = set_property(note.text, front, key, value)
        rank = ranks.get(key.casefold(), len(order))
        after = [i for i, p in enumerate(front.properties) if ranks.get(p.key.casefold(), len(order)) > rank]
        edits.append(_moved(note.text, front, appended, after[0]) if after else appended)
    read = parse_front_matter(apply_edits(note.text, edits))
    if read is None or read.error is not None or not _has(read, {**front.values(), **missing}):
        raise CannotEdit("the block can't take a new property", front.content.start)
    return edits


def _inserted_into_json(note: Note, missing: Mapping[str, Value]) -> list[TextEdit]:
    """New entries at the end of a `{}` block, as one edit: each has to know of the comma before it."""
    text = note.text
    for key, value in missing.items():
        front = parse_front_matter(text)
        if front is None:
            raise CannotEdit("the block can't take a new property", 0)
        text = apply_edits(text, set_property(text, front, key, value))
    start = next(i for i, (old, new) in enumerate(zip(note.text, text, strict=False)) if old != new)
    added = len(text) - len(note.text)
    return [TextEdit(start, start, text[start : start + added])]


def _has(front: FrontMatter, values: Mapping[str, Value]) -> bool:
    return len(front.properties) == len(values) and all(
        key in values and same_value(value, values[key]) for key, value in front.values().items()
    )


def _moved(text: str, front: FrontMatter, appended: TextEdit, index: int) -> TextEdit:
    """A new entry before the entry `index` and the comment lines that belong to that one."""
    if index > 0:
        at = tail_end(text, front, index - 1)
        return TextEdit(at, at, appended.text)
    place = front.properties[0].span.start
    while place > front.content.start:
        above = text.rfind("\n", 0, place - 1) + 1
        if not text[above:place].lstrip(" \t").startswith("#"):
            break
        place = above
    # Before the line end above it, so that it doesn't touch an edit to the first key in the same pass.
    eol = "\r\n" if text.startswith("\r\n", place - 2) else "\n"
    at = place - len(eol)
    return TextEdit(at, at, eol + appended.text.removesuffix("\n").removesuffix("\r"))


@lru_cache(maxsize=64)
def ranks_of(order: tuple[str, ...]) -> Mapping[str, int]:
    """The place of each name of an order, in lower case."""
    return {key.casefold(): rank for rank, key in reversed(list(enumerate(order)))}
