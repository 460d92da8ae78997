"""What a front matter block holds, as values: properties and the items of lists, each with its exact span."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.text.spans import Span

Style: TypeAlias = Literal[
    "plain",
    "single",
    "double",
    "literal",
    "folded",
    "block-seq",
    "flow-seq",
    "block-map",
    "flow-map",
    "null",
    "alias",
]


class Item(msgspec.Struct, frozen=True, gc=False):
    """One item of a list: its value, the span of its node alone, and how it is written."""

    value: Value
    span: Span
    style: Style


class Property(msgspec.Struct, frozen=True):
    """One property.

    `value_span` covers the node with its anchor and tag, without the last line's end; for a missing value it
    is empty and stands right after the colon. `span` covers the entry's whole lines, from the key's line to
    after the line end of the value's last line, a comment beside it included, comments above it not (in a
    `{}` block: from the key to the value's end). `items` are those of a list. `decorated`: the key or value
    has an anchor or a tag, or the value is an alias.
    """

    key: str
    value: Value
    key_span: Span
    value_span: Span
    span: Span
    style: Style
    items: tuple[Item, ...] = ()
    decorated: bool = False
