"""A note's front matter: where the block is, its properties with exact spans, and what is wrong with it.

`note` calls `parse_front_matter` at most once a note; rules read the `FrontMatter` and ask `properties` for
edits. Spans are code-point offsets into the whole file's text. Nothing here raises on any text: a block that
can't be read is a `FrontMatter` with an `error`, its properties empty.
"""

from __future__ import annotations

import re
from functools import cached_property

import msgspec
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from vaultsync.core.frontmatter import refused_by_obsidian
from vaultsync.core.frontmatter.diagnosis import NOT_A_MAPPING, explain
from vaultsync.core.frontmatter.legible import without_faults
from vaultsync.core.frontmatter.properties import Item, Property, Style
from vaultsync.core.frontmatter.usual_block import usual_properties
from vaultsync.core.frontmatter.yaml_line import SyntaxProblem
from vaultsync.core.frontmatter.yaml_reader import (
    BlockError,
    Document,
    comment_spans,
    end_of,
    last_leaf_end,
    read_block,
    start_of,
)
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.text.spans import Span

__all__ = [
    "CannotEdit",
    "Duplicate",
    "Found",
    "FrontMatter",
    "Item",
    "Property",
    "Style",
    "comments_in",
    "find_front_matter",
    "has_template_marks",
    "parse_front_matter",
]


class CannotEdit(ValueError):
    """An edit of a block that would not be safe: the reason, and the offset that it speaks about."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Duplicate(msgspec.Struct, frozen=True, gc=False):
    """A key that stands twice in one mapping, with the offsets of both; Obsidian reads no such block."""

    key: str
    first: int
    second: int


class Found(msgspec.Struct, frozen=True, gc=False):
    """Where a block is: `span` with both fences and the line end after them, `content` between the fences."""

    span: Span
    content: Span
    closed: bool = True


class FrontMatter(msgspec.Struct, frozen=True, dict=True):
    """A note's block. `json`: it is written as one `{}` mapping.

    With an `error` there are no properties, as for Obsidian. `legible` are then those that can be read one by
    one, `illegible` the keys of the others, folded; both are empty where nothing can be read.
    """

    span: Span
    content: Span
    properties: tuple[Property, ...] = ()
    error: SyntaxProblem | None = None
    duplicates: tuple[Duplicate, ...] = ()
    json: bool = False
    legible: tuple[Property, ...] = ()
    illegible: tuple[str, ...] = ()

    @cached_property
    def understood(self) -> FrontMatter:
        """The block as far as it can be read: for what the note is and says, never for an edit."""
        if self.error is None:
            return self
        return FrontMatter(self.span, self.content, self.legible)

    def get(self, key: str) -> Property | None:
        """The property named `key` (the last one, should it stand twice), else one in another case.

        To Obsidian `Tags`, `TAGS` and `tags` are one property.
        """
        if (prop := self._by_key.get(key)) is not None:
            return prop
        folded = key.casefold()
        # Where both are in small letters, as nearly always, another case is no other name.
        return None if folded == key and self._is_folded else self._in_any_case.get((len(key), folded))

    # (Some forty keys of each note are asked for, and most notes have few of them.)
    @cached_property
    def _by_key(self) -> dict[str, Property]:
        return {prop.key: prop for prop in self.properties}

    @cached_property
    def _is_folded(self) -> bool:
        keys = "".join(self._by_key)
        return keys.casefold() == keys

    @cached_property
    def _in_any_case(self) -> dict[tuple[int, str], Property]:
        return {(len(prop.key), prop.key.casefold()): prop for prop in self.properties}

    def value(self, key: str, default: Value = None) -> Value:
        """The value of `key`, `default` when there is no such property."""
        prop = self.get(key)
        return default if prop is None else prop.value

    def values(self) -> dict[str, Value]:
        """All properties as a mapping, in the order of the block."""
        return {prop.key: prop.value for prop in self.properties}


def find_front_matter(text: str) -> Found | None:
    """The block at the start of `text`, after a byte order mark; None when there is none.

    The fences are `---` on the first line and a line `---` or `...`, blanks after them allowed. An opening
    fence without a closing one is `closed=False` when the next line looks like a property; else it is a
    thematic break, as Obsidian shows it.
    """
    start = 1 if text.startswith("\ufeff") else 0
    if not text.startswith("---", start):
        return None
    opener = _FENCE_REST.match(text, start + 3)
    if opener is None:
        return None
    first = at = opener.end()
    dashes = -1
    while at < len(text):
        if text.startswith(("---", "..."), at):
            closer = _FENCE_REST.match(text, at + 3)
            if closer:
                return Found(Span(start, closer.end()), Span(first, at))
        # Jump to the next line that could be a fence; `find` is the fast part of reading a vault.
        if dashes < at and (dashes := text.find("\n---", at)) < 0:
            dashes = len(text)
        dots = text.find("\n...", at, dashes)
        at = (dots if dots >= 0 else dashes) + 1
    if _LOOKS_LIKE_PROPERTIES.match(text, first):
        return Found(Span(start, len(text)), Span(first, len(text)), closed=False)
    return None


LARGEST = 200_000
MOST_LINES = 10_000
MOST_PROPERTIES = 200
"""What a block may have, in characters, lines and properties: far more than any block that a person keeps.

Each edit of a property is proven by reading the block again, so the work grows with both numbers together.
"""


def _too_large(base: int) -> SyntaxProblem:
    what = f"more than {MOST_PROPERTIES} properties, {MOST_LINES:,} lines or {LARGEST:,} characters"
    return SyntaxProblem(base, f"the front matter has {what} and is left alone", "move some of it below")


def parse_front_matter(text: str) -> FrontMatter | None:
    """The front matter of a note's whole `text`, None when it has none. Never raises."""
    found = find_front_matter(text)
    if found is None:
        return None
    base, content = found.span.start, found.content
    block = text[base : content.end]
    if not found.closed:
        return FrontMatter(found.span, content, error=_unclosed(base))
    if len(block) > LARGEST or block.count("\n") > MOST_LINES:
        return FrontMatter(found.span, content, error=_too_large(base))
    if (usual := usual_properties(text, content)) is not None:
        return FrontMatter(found.span, content, usual)
    try:
        document = read_block(block)
        refused_by_obsidian.check(document, block)
        properties, duplicates = _properties(document, base)
    except BlockError as error:
        fault = explain(error, block, base)
        return FrontMatter(found.span, content, (), fault, (), False, *_legible(block, base, content))
    if len(properties) > MOST_PROPERTIES:
        return FrontMatter(found.span, content, error=_too_large(base))
    root = document.root
    return FrontMatter(
        found.span,
        content,
        properties,
        duplicates=duplicates,
        json=isinstance(root, MappingNode) and bool(root.flow_style),
    )


def has_template_marks(block: str) -> bool:
    """Whether a block holds `<% %>`, `{{ }}` or `{% %}`: it is to become front matter, and is none yet."""
    if "<%" in block or "{%" in block:
        return True
    lines = block.split("\n") if "{{" in block and "}}" in block else ()
    return any("}}" in line.partition("{{")[2] for line in lines)


def comments_in(text: str, front: FrontMatter) -> tuple[Span, ...]:
    """The comments of a block without an error, `#` to the line's end, in order."""
    base = front.span.start
    return tuple(
        Span(base + start, base + end) for start, end in comment_spans(text[base : front.content.end])
    )


def _legible(block: str, base: int, content: Span) -> tuple[tuple[Property, ...], tuple[str, ...]]:
    """What can be read of a block with a fault, and the keys of the rest."""
    opener = block[: content.start - base]

    def properties(entries: str) -> tuple[Property, ...] | None:
        try:
            document = read_block(opener + entries)
            refused_by_obsidian.check(document, opener + entries)
            return _properties(document, base)[0]
        except BlockError:
            return None

    readable, illegible = without_faults(block[len(opener) :], lambda entry: properties(entry) is not None)
    found = properties(readable) or ()
    return (found, illegible) if len(found) <= MOST_PROPERTIES else ((), ())


_FENCE_REST = re.compile(r"[ \t]*(?:\r?\n|\Z)")
# The line after the fence is `key:` or `"key":`. (A blank line or a `#` there means a thematic break.)
_LOOKS_LIKE_PROPERTIES = re.compile(r"""(?:[^\s\#>|`*\-\[][^\n:]*|"[^"\n]+"|'[^'\n]+'):(?:[ \t\r\n]|\Z)""")


def _unclosed(base: int) -> SyntaxProblem:
    return SyntaxProblem(base, "the front matter is opened and never closed", "end it with a line `---`")


def _properties(document: Document, base: int) -> tuple[tuple[Property, ...], tuple[Duplicate, ...]]:
    root, text = document.root, document.text
    if root is None or (isinstance(root, ScalarNode) and _is_missing(root)):
        return (), ()
    if not isinstance(root, MappingNode):
        raise BlockError(NOT_A_MAPPING, start_of(root))
    properties: list[Property] = []
    duplicates: list[Duplicate] = []
    seen: dict[str, int] = {}
    for key_node, value_node in root.value:
        key = document.key(key_node)
        key_start, key_end = start_of(key_node), end_of(key_node)
        if seen.setdefault(key, key_start) != key_start:
            duplicates.append(Duplicate(key, base + seen[key], base + key_start))
        start = start_of(value_node)
        items: tuple[Item, ...] = ()
        style: Style
        if type(value_node) is ScalarNode:
            style = _scalar_style(value_node)
            value = document.scalar(value_node)
            if style == "null":
                # Without a colon (`? key`, `{key}`) the scanner puts the missing value at the next token.
                start = end = start if text[start - 1] == ":" else key_end
            else:
                end = last_leaf_end(value_node, text)
        else:
            style = _collection_style(value_node)
            value = document.value(value_node)
            end = last_leaf_end(value_node, text)
            if isinstance(value_node, SequenceNode) and isinstance(value, list):
                items = tuple(
                    [
                        Item(
                            item, Span(base + start_of(node), base + last_leaf_end(node, text)), _style(node)
                        )
                        for node, item in zip(value_node.value, value, strict=True)
                    ]
                )
            _nested_duplicates(document, value_node, base, duplicates)
        if root.flow_style:
            entry = Span(base + key_start, base + end)
        else:
            line_end = text.find("\n", end) + 1
            entry = Span(base + text.rfind("\n", 0, key_start) + 1, base + (line_end or len(text)))
        properties.append(
            Property(
                key,
                value,
                Span(base + key_start, base + key_end),
                Span(base + start, base + end),
                entry,
                style,
                items,
                style == "alias" or text[key_start] in "&!*" or (start < end and text[start] in "&!"),
            )
        )
    return tuple(properties), tuple(duplicates)


_SCALAR_STYLES: dict[str | None, Style] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
    "*": "alias",
}


def _is_missing(node: ScalarNode) -> bool:
    return not node.value and not node.style and start_of(node) == end_of(node)


def _scalar_style(node: ScalarNode) -> Style:
    return "null" if _is_missing(node) else _SCALAR_STYLES[node.style]


def _collection_style(node: Node) -> Style:
    if isinstance(node, SequenceNode):
        return "flow-seq" if node.flow_style else "block-seq"
    if isinstance(node, MappingNode):
        return "flow-map" if node.flow_style else "block-map"
    return "alias"


def _style(node: Node) -> Style:
    return _scalar_style(node) if isinstance(node, ScalarNode) else _collection_style(node)


def _nested_duplicates(document: Document, node: Node, base: int, found: list[Duplicate]) -> None:
    if isinstance(node, SequenceNode):
        for item in node.value:
            if isinstance(item, CollectionNode):
                _nested_duplicates(document, item, base, found)
    elif isinstance(node, MappingNode):
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key, at = document.key(key_node), start_of(key_node)
            if seen.setdefault(key, at) != at:
                found.append(Duplicate(key, base + seen[key], base + at))
            _nested_duplicates(document, value_node, base, found)
