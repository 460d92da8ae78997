"""The three-way merge of front matter, a property at a time.

A property that one side changed is taken as that side wrote it, comments included; lists are merged as sets,
a new item behind the one that it stands behind. No key ever stands twice. What both sides made of one
property differently is a `Choice` between its two forms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from vaultsync.core.frontmatter.block import CannotEdit, FrontMatter, comments_in, parse_front_matter
from vaultsync.core.frontmatter.order_edits import tail_end
from vaultsync.core.frontmatter.property_edits import set_property
from vaultsync.core.frontmatter.yaml_values import Value, emit_flow, same_value
from vaultsync.core.merge.body import merge_lines
from vaultsync.core.merge.merged import Choice, Part, is_decided
from vaultsync.core.merge.order import order_of_both
from vaultsync.core.merge.unread_front import lines_of, merge_unread
from vaultsync.core.merge.words import merge_line
from vaultsync.core.text.spans import apply_edits

_CLOCKED = re.compile(
    r"(?:(?:last|date)[-_ ]?)?(?:modified|updated|edited|changed)(?:[-_ ]?(?:at|on|date|time))?"
)
"""Properties that plugins set at each save: of two such times the later is right."""

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?")

LONG = 40
"""Characters from which on a text counts as prose, of which words can be merged."""


class Entry(msgspec.Struct, frozen=True):
    """One property: its key, its value, and its lines with the comments above, beside and below it."""

    key: str
    value: Value
    raw: str


class Head(msgspec.Struct, frozen=True):
    """A front matter block, cut into its entries; `opener + entries + tail + closer` are its bytes."""

    opener: str
    entries: Mapping[str, Entry]
    tail: str
    closer: str


NO_HEAD = Head("", {}, "", "")


def head_of(text: str) -> Head | None:
    """The block (with both fences, nothing else) cut up; `None` if it can't be read, or has a key twice."""
    if not text:
        return NO_HEAD
    front = parse_front_matter(text)
    if front is None or front.error is not None or front.duplicates or front.json:
        return None
    entries: dict[str, Entry] = {}
    done = front.content.start
    for index, prop in enumerate(front.properties):
        end = tail_end(text, front, index)
        if prop.key.casefold() in entries or end < done:
            return None
        entries[prop.key.casefold()] = Entry(prop.key, prop.value, text[done:end])
        done = end
    closer = text[front.content.end :]
    return Head(
        text[: front.content.start],
        entries,
        text[done : front.content.end],
        closer if closer.endswith("\n") else closer + "\n",
    )


def merge_heads(base: str, one: str, other: str) -> list[Part]:
    """The parts of the merged block; each text is a block with its fences, or empty. Symmetric."""
    if one > other:
        parts = merge_heads(base, other, one)
        return [part if isinstance(part, str) else Choice(part.other, part.one) for part in parts]
    if one == other or other == base:
        return [one]
    if one == base:
        return [other]
    heads = [head_of(text) for text in (base, one, other)]
    if any(head is None for head in heads):
        return _by_lines(base, one, other)
    was, here, there = (head for head in heads if head is not None)
    parts = _merge(was, here, there)
    if _is_sound(parts, was, here, there):
        return parts
    return [Choice(one, other)]


def _by_lines(base: str, one: str, other: str) -> list[Part]:
    """Of a block that can't be read: by its keys, or by lines, if what comes of these can be read."""
    by_keys = merge_unread(base, one, other) if None in (head_of(one), head_of(other)) else None
    if by_keys is not None and is_decided(by_keys):
        return by_keys
    parts = merge_lines(lines_of(base), lines_of(one), lines_of(other))
    if is_decided(parts):
        merged = "".join(part for part in parts if isinstance(part, str))
        front = parse_front_matter(merged)
        if front is not None and front.error is None and not front.duplicates:
            return [merged]
    return by_keys if by_keys is not None else [Choice(one, other)]


def _merge(base: Head, one: Head, other: Head) -> list[Part]:
    parts: list[Part] = []
    for key in order_of_both(*(list(head.entries) for head in (base, one, other))):
        entry = _entry(base.entries.get(key), one.entries.get(key), other.entries.get(key))
        if entry:
            parts.append(entry)
    tail = _three_way(base.tail, one.tail, other.tail)
    if not parts and not tail.strip() and NO_HEAD in (one, other):
        return [""]
    opener = _three_way(base.opener, one.opener, other.opener) or max(one.opener, other.opener)
    closer = _three_way(base.closer, one.closer, other.closer) or max(one.closer, other.closer)
    return [opener, *parts, tail, closer]


def _three_way(base: str, one: str, other: str) -> str:
    """What changed of two; of two changes the longer."""
    if one == base:
        return other
    return one if other == base else max(one, other, key=lambda text: (len(text), text))


def _entry(base: Entry | None, one: Entry | None, other: Entry | None) -> Part:
    """What becomes of one property; empty if it goes."""
    raws = [entry.raw if entry is not None else "" for entry in (base, one, other)]
    was, here, there = raws
    if here == there or there == was:
        return here
    if here == was:
        return there
    if one is None or other is None:
        left = one or other
        same = base is not None and left is not None and same_value(base.value, left.value)
        return "" if same else Choice(here, there)
    if base is not None and set(_comments(here)) | set(_comments(there)) != set(_comments(was)):
        pass  # both wrote, and one of them a comment: the value decides below, and no comment may be lost
    elif same_value(one.value, other.value):
        return min(here, there)
    elif base is not None and same_value(base.value, one.value):
        return there
    elif base is not None and same_value(base.value, other.value):
        return here
    value, known = _value(base.value if base is not None else None, one, other)
    if known and (written := _written(one, other, value)) is not None:
        return written
    return Choice(here, there)


def _value(base: Value, one: Entry, other: Entry) -> tuple[Value, bool]:
    """The value that comes of two, and whether there is one."""
    a, b = one.value, other.value
    if same_value(a, b):
        return a, True
    if isinstance(a, list) and isinstance(b, list):
        return merge_items(base if isinstance(base, list) else [], a, b), True
    if isinstance(a, str) and isinstance(b, str):
        if _CLOCKED.fullmatch(one.key.casefold()) and _MOMENT.fullmatch(a) and _MOMENT.fullmatch(b):
            return max(a, b), True
        if isinstance(base, str) and len(base) >= LONG:
            return _text(base, a, b)
    return None, False


def _text(base: str, one: str, other: str) -> tuple[Value, bool]:
    if "\n" not in base + one + other:
        line = merge_line(base, one, other)
        return line, line is not None
    parts = merge_lines(*(text.split("\n") for text in (base, one, other)))
    merged = "".join(part for part in parts if isinstance(part, str))
    return merged.removesuffix("\n"), is_decided(parts)


def merge_items(base: Sequence[Value], one: Sequence[Value], other: Sequence[Value]) -> list[Value]:
    """Two lists as three-way sets, in order: what a side took out goes, what it added comes. Symmetric."""
    names = [[emit_flow(item) for item in side] for side in (base, one, other)]
    value = dict(zip(names[2], other, strict=True)) | dict(zip(names[1], one, strict=True))
    was, here, there = (list(dict.fromkeys(side)) for side in names)
    gone = {name for name in was if name not in here or name not in there}
    return [value[name] for name in order_of_both(was, here, there) if name not in gone]


def _written(one: Entry, other: Entry, value: Value) -> str | None:
    """The value in the place of that of one of the entries, its list's style kept; no comment is lost."""
    for entry, left in ((one, other), (other, one)):
        if not set(_comments(left.raw)) <= set(_comments(entry.raw)):
            continue
        block = f"---\n{entry.raw}---\n"
        front = parse_front_matter(block)
        if front is None or front.error is not None:
            continue
        try:
            edits = set_property(block, front, entry.key, value)
        except CannotEdit:
            continue
        return apply_edits(block, edits)[4:-4]
    return None


def _comments(raw: str) -> list[str]:
    block = f"---\n{raw}---\n"
    front = parse_front_matter(block) if "#" in raw else None
    return [span.of(block) for span in comments_in(block, front)] if _is_readable(front) and front else []


def _is_readable(front: FrontMatter | None) -> bool:
    return front is not None and front.error is None


def _is_sound(parts: Sequence[Part], base: Head, one: Head, other: Head) -> bool:
    """Whether both forms of the parts can be read, have each key once, and bring no value from nowhere."""
    for side in ("one", "other"):
        text = "".join(part if isinstance(part, str) else getattr(part, side) for part in parts)
        made = head_of(text)
        if made is None:
            return False
        for key, entry in made.entries.items():
            sides = [head.entries[key] for head in (one, other) if key in head.entries]
            if not sides:
                return False
            if any(same_value(there.value, entry.value) for there in sides):
                continue
            was = base.entries[key].value if key in base.entries else None
            value, known = _value(was, sides[0], sides[-1])
            if not known or not same_value(value, entry.value):
                return False
    return True
