"""Edits of front matter: set, add, rename, remove, quote and order properties, one node at a time.

Rules call these functions with the text and its `FrontMatter` and get `TextEdit`s; they never render a block
again (promise P2). Each result is proved before it is handed out: applied and read again, it gives exactly
the values that are meant, in order, with every comment still there. What can't be proved raises `CannotEdit`.

No edit loses a comment: one beside or inside a value that goes away stays, on a line of its own if need be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import msgspec

from vaultsync.core.frontmatter.block import CannotEdit as CannotEdit
from vaultsync.core.frontmatter.block import (
    FrontMatter,
    Property,
    comments_in,
    find_front_matter,
    parse_front_matter,
)
from vaultsync.core.frontmatter.list_edits import comment_lines, list_edits, member_removal, within
from vaultsync.core.frontmatter.order_edits import after_blank_lines, keeps_blank_lines, order_edits, tail_end
from vaultsync.core.frontmatter.yaml_values import (
    Value,
    emit_entry,
    emit_key,
    emit_mapping,
    emit_node,
    emit_scalar,
    same_value,
)
from vaultsync.core.text.spans import Span, TextEdit, apply_edits


class UnquotedLink(msgspec.Struct, frozen=True, gc=False):
    """A `[[link]]` without quotes, which YAML reads as a list in a list.

    `index` is that of the list item that it stands in, None when it is the property's whole value. `sure` is
    false where it may be meant as a list after all: `[[1, 2]]`.
    """

    key: str
    index: int | None
    span: Span
    source: str
    sure: bool


def set_property(text: str, front: FrontMatter, key: str, value: Value) -> list[TextEdit]:
    """Give `key` the `value`: in place, or as a new last entry; no edits when it has it already.

    What is written looks as Obsidian writes it; a list in place keeps its style and the items that stay.
    Raises `CannotEdit`.
    """
    _require_readable(front)
    prop = front.get(key)
    if prop is None:
        edits = _appended(text, front, key, value)
        return _proved(text, front, edits, [*_pairs(front), (key, value)])
    if same_value(prop.value, value):
        return []
    comments = comments_in(text, front)
    if isinstance(value, list) and value and prop.items and not front.json:
        edits = list_edits(text, prop, value, comments, _eol(text, front))
    elif front.json:
        edits = [TextEdit(prop.value_span.start, prop.value_span.end, _json(value))]
    else:
        edits = _replaced(text, front, prop, value, comments)
    meant = [(other.key, value if other is prop else other.value) for other in front.properties]
    return _proved(text, front, edits, meant)


def set_items(text: str, front: FrontMatter, key: str, new_items: Sequence[Value]) -> list[TextEdit]:
    """Make `key` a list of `new_items`: `set_property` for a list. A scalar becomes a list over lines."""
    return set_property(text, front, key, list(new_items))


def new_block(text: str, mapping: Mapping[str, Value], eol: str = "\n") -> list[TextEdit]:
    """Put a block with `mapping` at the start of a note that has none, after a byte order mark.

    No edits for an empty mapping. Raises `CannotEdit` when the note has a block, be it one that never ends.
    """
    if find_front_matter(text) is not None:
        raise CannotEdit("the note has front matter already", 0)
    if not mapping:
        return []
    at = 1 if text.startswith("\ufeff") else 0
    edits = [TextEdit(at, at, f"---\n{emit_mapping(mapping)}---\n".replace("\n", eol))]
    front = parse_front_matter(apply_edits(text, edits))
    if front is None or front.error or not same_value(front.values(), dict(mapping)):
        raise CannotEdit("the new front matter would not be read as it is meant", at)
    return edits


def rename_key(text: str, front: FrontMatter, old: str, new: str) -> list[TextEdit]:
    """Give the property `old` another name, in place; no edits when there is none. Raises `CannotEdit`."""
    _require_readable(front)
    prop = front.get(old)
    if prop is None or old == new:
        return []
    if front.get(new) is not None:
        raise CannotEdit(f"there is a property `{new}` already", prop.key_span.start)
    if text[prop.key_span.start] in "&!*":
        raise CannotEdit("the key has an anchor or a tag", prop.key_span.start)
    written = _json(new) if front.json else emit_key(new, _indent(text, front))
    meant = [(new if other is prop else other.key, other.value) for other in front.properties]
    return _proved(text, front, [TextEdit(prop.key_span.start, prop.key_span.end, written)], meant)


def remove_property(text: str, front: FrontMatter, key: str) -> list[TextEdit]:
    """Take the entry's lines out; comments above, beside and inside it stay. No edits when there is none."""
    _require_readable(front)
    prop = front.get(key)
    if prop is None:
        return []
    comments = comments_in(text, front)
    if not front.json:
        index = front.properties.index(prop)
        end = tail_end(text, front, index)
        inside = within(comments, prop.span.start, end)
        kept = comment_lines(text, inside, _indent(text, front), _eol(text, front))
        above = front.properties[index - 1].span if index else Span(0, 0)
        if above.end == prop.span.start and not kept and keeps_blank_lines(above.of(text)):
            end = after_blank_lines(text, end)
        edits = [TextEdit(prop.span.start, end, kept)]
    elif len(front.properties) == 1:
        edits = [TextEdit(prop.span.start, prop.span.end, "")]
    else:
        members = [other.span for other in front.properties]
        edits = member_removal(text, members, [front.properties.index(prop)], comments)
    return _proved(
        text, front, edits, [(other.key, other.value) for other in front.properties if other is not prop]
    )


def quote_value(text: str, front: FrontMatter, key: str, index: int | None = None) -> list[TextEdit]:
    """Make the source of a value (or of its list item `index`) a quoted string: `[[A]]` becomes `"[[A]]"`.

    No edits when it is a string already. Raises `CannotEdit` for a value over several lines.
    """
    _require_readable(front)
    prop = front.get(key)
    if prop is None or (index is not None and index >= len(prop.items)):
        return []
    node = prop if index is None else prop.items[index]
    span = prop.value_span if index is None else prop.items[index].span
    source = span.of(text)
    if isinstance(node.value, str):
        return []
    if not source or "\n" in source or (index is None and prop.decorated):
        raise CannotEdit("the value is not a single word or text on one line", span.start)
    if index is None:
        value: Value = source
    else:
        value = [source if i == index else item.value for i, item in enumerate(prop.items)]
    written = _json(source) if front.json else emit_scalar(source, in_flow=prop.style == "flow-seq")
    meant = [(other.key, value if other is prop else other.value) for other in front.properties]
    return _proved(text, front, [TextEdit(span.start, span.end, written)], meant)


def order_properties(text: str, front: FrontMatter, order: Sequence[str]) -> list[TextEdit]:
    """Move the entries into `order`, the others after them as they stand; comments travel along.

    No edits when they are in order, in a `{}` block with comments, and where a move would change what is read
    (an alias before its anchor). Raises `CannotEdit` only for a block that can't be read.
    """
    _require_readable(front)
    edits, wanted = order_edits(text, front, order)
    pairs = _pairs(front)
    return edits if _is_proved(text, front, edits, [pairs[i] for i in wanted]) else []


def unquoted_links(text: str, front: FrontMatter) -> tuple[UnquotedLink, ...]:
    """The links that stand without quotes as a value or as a list's item, in the order of the block."""
    links: list[UnquotedLink] = []
    for prop in front.properties:
        if prop.style == "flow-seq" and _LINK.fullmatch(prop.value_span.of(text)):
            links.append(_unquoted(prop.key, None, prop.value_span, text))
            continue
        links += (
            _unquoted(prop.key, index, item.span, text)
            for index, item in enumerate(prop.items)
            if item.style == "flow-seq" and _LINK.fullmatch(item.span.of(text))
        )
    return tuple(links)


_LINK = re.compile(r"\[\[[^\[\]\n]+\]\]")


def _unquoted(key: str, index: int | None, span: Span, text: str) -> UnquotedLink:
    source = span.of(text)
    nested = "," in source or source[2] in "\"'"  # a list of lists, in all likelihood
    return UnquotedLink(key, index, span, source, not nested)


def _require_readable(front: FrontMatter) -> None:
    if front.error is not None:
        raise CannotEdit(front.error.message, front.error.offset)
    if front.duplicates:
        twice = front.duplicates[0]
        raise CannotEdit(f"the key `{twice.key}` stands twice", twice.second)


def _pairs(front: FrontMatter) -> list[tuple[str, Value]]:
    return [(prop.key, prop.value) for prop in front.properties]


def _eol(text: str, front: FrontMatter) -> str:
    return "\r\n" if text.startswith("\r\n", front.content.start - 2) else "\n"


def _indent(text: str, front: FrontMatter) -> str:
    """The blanks before each key of the block; usually none."""
    if not front.properties or front.json:
        return ""
    line = front.properties[0].span.of(text)
    return line[: len(line) - len(line.lstrip(" "))]


def _json(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False)


def _appended(text: str, front: FrontMatter, key: str, value: Value) -> list[TextEdit]:
    eol = _eol(text, front)
    if front.json:
        return _appended_to_json(text, front, key, value, eol)
    at = tail_end(text, front, len(front.properties) - 1) if front.properties else front.content.end
    entry = emit_entry(key, value, eol, _indent(text, front))
    return [TextEdit(at, at, entry), *_no_blank_lines(text, at, entry)]


def _no_blank_lines(text: str, at: int, written: str) -> list[TextEdit]:
    """Drop the blank lines at `at` if what is `written` above would take them for its own."""
    end = after_blank_lines(text, at) if keeps_blank_lines(written) else at
    return [TextEdit(at, end, "")] if end > at else []


def _appended_to_json(text: str, front: FrontMatter, key: str, value: Value, eol: str) -> list[TextEdit]:
    if not front.properties:
        braces = re.search(r"\{[ \t]*\}", front.content.of(text))
        if braces is None:
            raise CannotEdit("an empty `{}` over several lines", front.content.start)
        start, end = (front.content.start + place for place in braces.span())
        return [TextEdit(start, end, emit_entry(key, value, eol).removesuffix(eol))]
    last = front.properties[-1].span
    line_start = text.rfind("\n", 0, last.start) + 1
    before = text[line_start : last.start]
    separator = f",{eol}{before}" if not before.strip() and line_start > front.content.start else ", "
    return [TextEdit(last.end, last.end, f"{separator}{_json(key)}: {_json(value)}")]


def _replaced(
    text: str, front: FrontMatter, prop: Property, value: Value, comments: Sequence[Span]
) -> list[TextEdit]:
    """A value in place of another; the comments of the old one stay beside the key or follow the entry."""
    eol, indent = _eol(text, front), _indent(text, front)
    inner = indent + "  "
    after_colon = text.find(":", prop.key_span.end) + 1
    if after_colon == 0 or text[prop.key_span.end : after_colon - 1].strip():
        raise CannotEdit("the property has no colon right after its key", prop.key_span.start)
    node = emit_node(value, inner)
    first, _, rest = node.partition("\n")
    if isinstance(value, list | dict) and value:
        first, rest = "", inner + node
    rest = rest.replace("\n", eol)
    line_end = text.find("\n", after_colon)
    line_end -= text[line_end - 1] == "\r"
    if prop.value_span.end <= line_end:
        end = (
            prop.value_span.end
            if text[prop.value_span.end : line_end].strip() or prop.value_span
            else line_end
        )
        start = after_colon if not first or not prop.value_span else prop.value_span.start
        lead = " " if first and start == after_colon else ""
        edits = [TextEdit(start, end, lead + first)]
        if not rest:
            return edits
        below = _no_blank_lines(text, prop.span.end, node)
        return [*edits, TextEdit(line_end, line_end, eol + rest), *below]
    entry_end = tail_end(text, front, front.properties.index(prop))
    inside = within(comments, after_colon, entry_end)
    beside = [comment for comment in inside if comment.start < line_end]
    written = (f" {first}" if first else "") + "".join(f" {comment.of(text)}" for comment in beside) + eol
    if rest:
        written += rest + eol
    if kept := comment_lines(text, inside[len(beside) :], indent, eol):
        return [TextEdit(after_colon, entry_end, written + kept)]
    return [TextEdit(after_colon, entry_end, written), *_no_blank_lines(text, entry_end, node)]


def _proved(
    text: str, front: FrontMatter, edits: list[TextEdit], meant: Sequence[tuple[str, Value]]
) -> list[TextEdit]:
    if not _is_proved(text, front, edits, meant):
        raise CannotEdit("the edit would change more than it means to", front.span.start)
    return edits


def _is_proved(
    text: str, front: FrontMatter, edits: list[TextEdit], meant: Sequence[tuple[str, Value]]
) -> bool:
    """Whether the edited text reads as `meant`, and has the comments that it had."""
    edited = apply_edits(text, edits)
    after = parse_front_matter(edited)
    if after is None or after.error is not None or after.duplicates or len(after.properties) != len(meant):
        return False
    for prop, (key, value) in zip(after.properties, meant, strict=True):
        if prop.key != key or not same_value(prop.value, value):
            return False
    if edited[after.span.end :] != text[front.span.end :]:
        return False
    return sorted(span.of(edited) for span in comments_in(edited, after)) == sorted(
        span.of(text) for span in comments_in(text, front)
    )
