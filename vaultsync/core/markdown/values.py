"""What a note's body consists of, as values: the words in which the rules and the index speak of Markdown.

All spans are code point offsets into the whole text of the file (see `vaultsync.core.text.spans`).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from vaultsync.core.text.spans import Span

BlockKind = Literal["paragraph", "item", "cell", "heading", "footnote"]
LinkStyle = Literal["wiki", "markdown"]
MarkerFault = Literal["unclosed", "unopened", "nested", "repeated"]


class Heading(msgspec.Struct, frozen=True, gc=False):
    """A heading outside of managed blocks, in ATX (`## x`) or setext (underlined) form.

    `text` is the raw inline source without the `#` marks, which is what Obsidian's heading links are made
    from; `span` covers the heading's lines without the last line ending, `text_span` the text alone.
    """

    level: int
    text: str
    span: Span
    text_span: Span


class Link(msgspec.Struct, frozen=True, gc=False):
    """A link or an embed whose target is a file of the vault, or a place in the same note.

    `target` is the path as written, trimmed, percent-decoded where `style` is `markdown`; empty for a link
    within the note. `heading` is what follows the first `#`: `A`, `A#B` or `^block-id`; empty without one.
    `text` is the display text as written, None where a wikilink has no `|`; `target_span` covers the path
    alone, `text_span` the display alone. In a table a wikilink's separator is `\\|`.
    """

    target: str
    heading: str
    text: str | None
    span: Span
    target_span: Span
    text_span: Span | None
    embed: bool
    style: LinkStyle
    in_table: bool = False


class TextBlock(msgspec.Struct, frozen=True, gc=False):
    """The smallest piece of running text: a paragraph, a bullet without those below it, a cell, a heading.

    `span` leaves out the list marker, the task box and the `#` marks, and has no blanks at its ends; a
    continuation line's indentation or `>` marks lie inside it.
    """

    kind: BlockKind
    span: Span


class Tag(msgspec.Struct, frozen=True, gc=False):
    """An Obsidian tag in the body; `name` is without the `#`, `span` with it."""

    name: str
    span: Span


class ManagedBlock(msgspec.Struct, frozen=True, gc=False):
    """Text that the tool owns, between `%% vaultsync:begin NAME %%` and `%% vaultsync:end NAME %%`.

    `span` runs from the start of the first marker's line to the end of the last one's, its line ending
    included; `inner` is what lies between the two lines.
    """

    name: str
    span: Span
    inner: Span


class MarkerProblem(msgspec.Struct, frozen=True, gc=False):
    """A marker of a managed block that has no partner, or one too many; `span` is its line.

    Of a `repeated` block (a second one of the same name) `span` is the whole block. The text around an
    unclosed or nested marker is protected up to the next marker, and to the end of the note if there is none.
    """

    offset: int
    message: str
    fault: MarkerFault
    name: str
    span: Span
