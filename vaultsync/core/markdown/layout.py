"""The coarse structure of a body: blocks, code, math, HTML, comments, from pyromark's events.

pyromark (pulldown-cmark) gives byte offsets. It is fed an ASCII stand-in of the text, one byte for each code
point, so its offsets are ours: no CommonMark construct that we ask for depends on which non-ASCII character
stands somewhere (emphasis does, and is not used; two link labels of one length may be taken for the same,
which protects too much and never too little).

Obsidian's `%% comments %%` and `$$` blocks may hold anything: half a code fence, list items, blank lines.
Where one does, it is blanked out and the text is parsed again: nothing in it shapes the text around it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
import pyromark

from vaultsync.core.markdown.managed import Managed, markers_in, pair_markers
from vaultsync.core.markdown.values import BlockKind
from vaultsync.core.text.late_pattern import sign
from vaultsync.core.text.spans import SpanSet

Range = tuple[int, int]
_Placed = TypeVar("_Placed", bound=tuple[Any, ...])
_first, _second, _third = itemgetter(0), itemgetter(1), itemgetter(2)

_PARSER = pyromark.Markdown(
    options=pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_WIKILINKS
)
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_LINE_END = re.compile(rb"[^\r\n]")
_BLANK_LINE = re.compile(r"\n[ \t>]*\r?(?:\n|\Z)")
_LINE_LEAD = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*")
_SHAPING = re.compile(r"[`$\[<~|\\\n]")
_COMMENT_SIGN, _MATH_SIGN, _DEFINITION_SIGN = sign("%%"), sign("$$"), sign("]:", 1)
_ROUNDS = 4  # a note needs two; a comment that hides a fence that hides a comment needs three


class Layout(msgspec.Struct, frozen=True):
    """Where things are in a body, in the order of the text; `(start, end)` pairs of code points."""

    headings: list[tuple[int, int, int]]  # level, start, end
    blocks: list[tuple[BlockKind, int, int]]
    code: list[Range]
    math: list[Range]
    html_blocks: list[Range]
    html_tags: list[Range]
    links: list[tuple[int, int, bool]]  # start, end, whether it is of the form [text](destination)
    comments: list[Range]
    managed: Managed


def lay_out(text: str) -> Layout:
    """The structure of `text`, all of which is taken for the body."""
    plain = stand_in(text)
    # A marker line is blank to the parser: no paragraph, and so no stray backtick, runs over it.
    lines = [(m.span.start, m.span.end) for m in markers_in(text, lambda _: False)]
    plain = _masked(plain, lines, b" ") if lines else plain
    layout = _outline(plain)
    if not lines and not (_COMMENT_SIGN(plain) or _MATH_SIGN(plain)):
        return layout
    masks: list[Range] = []
    for _ in range(_ROUNDS):
        hidden = SpanSet(layout.code + layout.html_blocks + layout.html_tags)
        markers = markers_in(text, hidden.covering)
        lines = [(m.span.start, m.span.start + len(m.span.of(text).rstrip("\r\n"))) for m in markers]
        comments, math = _opaque(text, hidden, lines)
        known = set(layout.math)
        wanted = sorted(
            [c for c in comments if _SHAPING.search(text, *c)] + [m for m in math if m not in known]
        )
        if wanted == masks or not (wanted or masks):
            break
        layout = _again(layout, plain, masks, wanted)
        masks = wanted
    return msgspec.structs.replace(
        layout,
        blocks=_outside(layout.blocks, text, SpanSet(comments), masks) if masks else layout.blocks,
        math=sorted({*layout.math, *math}),
        comments=comments,
        managed=pair_markers(markers, len(text)),
    )


def stand_in(text: str) -> str:
    """`text` in ASCII, code point for code point."""
    if text.isascii():
        return text
    plain = text.encode("ascii", "replace").decode("ascii")
    # "<?" would open an HTML processing instruction; a comma opens nothing, but takes longer to put in.
    return _NON_ASCII.sub(",", text) if "<?" in plain else plain


def escaped(text: str, at: int) -> bool:
    """Whether an odd number of backslashes stands before `at`."""
    before = at
    while before and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1


def _masked(plain: str, masks: Sequence[Range], filler: bytes) -> str:
    data = bytearray(plain, "ascii")
    for start, end in masks:
        data[start:end] = _NOT_LINE_END.sub(filler, data[start:end])
    return data.decode("ascii")


def _again(layout: Layout, plain: str, masks: Sequence[Range], wanted: Sequence[Range]) -> Layout:
    """The layout of `plain` under the masks `wanted`; `layout` is the one under `masks`.

    Only sections in which the masks differ are parsed again: a heading at the start of a line ends whatever
    stands above it, so that the text from it to the next one has a structure of its own. Definitions reach
    further, and a section that no longer ends at the next heading has swallowed it: then all is parsed.
    """
    whole = _masked(plain, wanted, b"x")
    if _DEFINITION_SIGN(plain):
        return _outline(whole)
    covered = SpanSet([*masks, *wanted])
    cuts = [
        start
        for _, start, _ in layout.headings
        if plain[start] == "#" and plain[start - 1 : start] == "\n" and not covered.covering(start)
    ]
    changed = set(masks).symmetric_difference(wanted)
    for place in {bisect_right(cuts, start) for start, _ in changed}:
        start = cuts[place - 1] if place else 0
        end, stop = len(plain), len(plain)
        if place < len(cuts):
            end = cuts[place]
            stop = plain.find("\n", end) + 1 or stop
        section = _outline(whole[start:stop])
        if end < stop and (not section.headings or section.headings[-1][1] != end - start):
            return _outline(whole)
        layout = _spliced(layout, section, start, end)
    return layout


def _spliced(layout: Layout, section: Layout, start: int, end: int) -> Layout:
    """`layout` with what it has between `start` and `end` taken from `section`, whose offsets begin there."""
    inner = end - start

    def spliced(
        old: Sequence[_Placed], new: Iterable[_Placed], place: Callable[[_Placed], int]
    ) -> list[_Placed]:
        # All lists are in the order of the text: to look at each of their entries took three times as long.
        return [*old[: bisect_left(old, start, key=place)], *new, *old[bisect_left(old, end, key=place) :]]

    def ranges(old: list[Range], new: list[Range]) -> list[Range]:
        return spliced(old, [(s + start, e + start) for s, e in new if s < inner], _first)

    headings = [(level, s + start, e + start) for level, s, e in section.headings if s < inner]
    blocks = [(kind, s + start, e + start) for kind, s, e in section.blocks if s < inner]
    links = [(s + start, e + start, inline) for s, e, inline in section.links if s < inner]
    return Layout(
        spliced(layout.headings, headings, _second),
        spliced(layout.blocks, blocks, _second),
        ranges(layout.code, section.code),
        ranges(layout.math, section.math),
        ranges(layout.html_blocks, section.html_blocks),
        ranges(layout.html_tags, section.html_tags),
        spliced(layout.links, links, _first),
        [],
        Managed(),
    )


def _outside(
    blocks: Sequence[tuple[BlockKind, int, int]], text: str, comments: SpanSet, masks: Sequence[Range]
) -> list[tuple[BlockKind, int, int]]:
    """The blocks that are not all comment; a mask may have hidden blanks at their ends."""
    found: list[tuple[BlockKind, int, int]] = []
    done = 0
    for first, last in SpanSet([*comments, *masks]):  # of all other blocks nothing has to be asked
        at = bisect_right(blocks, first, done, key=_third)
        found += blocks[done:at]
        done = max(at, bisect_left(blocks, last, at, key=_second))
        for kind, start, end in blocks[at:done]:
            cover = comments.covering(start)
            if cover is not None and cover[1] >= end:
                continue
            words = text[start:end].rstrip(" \t\r\n")
            bare = words.lstrip(" \t\r\n")
            found.append((kind, start + len(words) - len(bare), start + len(words)))
    return [*found, *blocks[done:]]


def _opaque(text: str, hidden: SpanSet, markers: Sequence[Range]) -> tuple[list[Range], list[Range]]:
    """The `%%` comments and the `$$` math of `text`, first come first served.

    At the start of a line either may run over blank lines, elsewhere to the end of the paragraph. A comment
    without an end covers what it could have covered; math without an end is none. Neither crosses a marker.
    """
    comments: list[Range] = []
    math: list[Range] = []
    fences = [*markers, (len(text), len(text))]
    fence = 0
    at = 0
    far = len(text)
    percents = dollars = -1  # the next of each: one expression for both took ten times as long
    blank_at = -1  # the next blank line, looked for once and not from each opener
    looked = 0  # up to here for the line that an opener stands on
    line_lead: re.Match[str] | None = None
    while True:
        if percents < at and (percents := text.find("%%", at)) < 0:
            percents = far
        if dollars < at and (dollars := text.find("$$", at)) < 0:
            dollars = far
        start = min(percents, dollars)
        if start == far:
            break
        delimiter, at = ("%%" if start == percents else "$$"), start + 2
        while start == dollars and text.startswith("$", at):
            at += 1
        while fences[fence][1] <= start and fence + 1 < len(fences):
            fence += 1
        if fences[fence][0] <= start < fences[fence][1]:
            at = fences[fence][1]
            comments.append(fences[fence])
            continue
        if cover := hidden.covering(start):
            at = max(at, cover[1])
            continue
        if at - start > 2 or escaped(text, start):
            continue
        limit = fences[fence][0]
        if (newline := text.rfind("\n", looked, start)) >= 0 or not looked:
            line_lead = _LINE_LEAD.match(text, newline + 1)
        looked = start
        if line_lead is None or line_lead.end() != start:
            if blank_at < start:
                blank = _BLANK_LINE.search(text, start)
                blank_at = blank.start() if blank else len(text)
            limit = min(limit, blank_at)
        end = text.find(delimiter, at, limit)
        while end >= 0 and delimiter == "$$" and escaped(text, end):
            end = text.find(delimiter, end + 1, limit)
        if delimiter == "$$":
            if end >= 0:
                math.append((start, end + 2))
                at = end + 2
        else:
            at = end + 2 if end >= 0 else limit
            comments.append((start, at if end >= 0 else start + len(text[start:limit].rstrip())))
    return comments, math


def _outline(plain: str) -> Layout:  # one loop over all events: a call for each would double its time
    headings: list[tuple[int, int, int]] = []
    blocks: list[tuple[BlockKind, int, int]] = []
    code: list[Range] = []
    math: list[Range] = []
    html_blocks: list[Range] = []
    html_tags: list[Range] = []
    links: list[tuple[int, int, bool]] = []
    containers: list[BlockKind] = ["paragraph"]
    # A bullet's own text has no event of its own in a tight list: it runs from the first inline event (which
    # is awaited) to the next block, or to the end of the item.
    awaited = False
    run = -1

    # (Not typed: to ask first which events are plain names, for mypy, is to ask it of eight hundred a note.)
    events: Iterable[tuple[Any, Any]] = _PARSER.events_with_range(plain, merge_text=True)
    for event, where in events:
        if "Text" in event:  # (no other event's name has these letters)
            if awaited:
                run, awaited = where["start"], False
                if plain[run - 1] == "\\":
                    run -= 1
            continue
        if "End" in event:
            over = event["End"]
            if (
                over == "Item"
                or over == "FootnoteDefinition"
                or (isinstance(over, dict) and "BlockQuote" in over)
            ):
                if run >= 0:
                    end = where["end"]
                    # As most end, without the call: there are more items than all else together.
                    usual = end - run > 1 and plain[end - 1] == "\n" and plain[end - 2] not in " \t\r\n>"
                    blocks.append(("item", run, end - 1 if usual else _text_end(plain, run, end)))
                    run = -1
                containers.pop()
                awaited = containers[-1] == "item"
            elif isinstance(over, dict) or over in _LEAVES:
                awaited = containers[-1] == "item"
            continue
        if "Start" in event:
            tag = event["Start"]
            if tag == "Item":
                containers.append("item")
                awaited = True
                continue
            start, end = where["start"], where["end"]
            if isinstance(tag, str):
                if tag not in _INLINE:
                    if run >= 0:
                        blocks.append(("item", run, _text_end(plain, run, start)))
                        run = -1
                    awaited = False
                    if tag == "Paragraph":
                        blocks.append((containers[-1], start, _text_end(plain, start, end)))
                    elif tag == "TableCell":
                        cell = plain[start:end]
                        if stripped := cell.strip():
                            start += cell.index(stripped)
                            blocks.append(("cell", start, start + len(stripped)))
                    elif tag == "HtmlBlock":
                        html_blocks.append((start, end))
                    continue
            elif "Link" in tag:
                kind = tag["Link"]["link_type"]
                if isinstance(kind, str):
                    links.append((start, end, kind == "Inline"))
            elif "Image" in tag:
                kind = tag["Image"]["link_type"]
                if isinstance(kind, str):
                    links.append((start, end, kind == "Inline"))
            else:
                if run >= 0:
                    blocks.append(("item", run, _text_end(plain, run, start)))
                    run = -1
                awaited = False
                if "Heading" in tag:
                    headings.append((int(tag["Heading"]["level"][1]), start, end))
                elif "CodeBlock" in tag:
                    code.append((start, end))
                elif "BlockQuote" in tag:
                    containers.append("paragraph")
                elif "FootnoteDefinition" in tag:
                    containers.append("footnote")
                continue
            if awaited:
                run, awaited = start, False
            continue
        if isinstance(event, str):
            if event == "Rule" and run >= 0:
                blocks.append(("item", run, _text_end(plain, run, where["start"])))
                run, awaited = -1, True
            continue
        start, end = where["start"], where["end"]
        if "InlineMath" in event or "DisplayMath" in event:
            math.append((start, end))
        elif "Code" in event:
            code.append((start, end))
        elif "InlineHtml" in event:
            html_tags.append((start, end))
        elif "TaskListMarker" in event:
            if blocks and blocks[-1][1] == start:  # a loose list: the box opens the paragraph
                text_start = end + 1
                blocks[-1] = ("item", min(text_start, blocks[-1][2]), blocks[-1][2])
            continue
        elif "FootnoteReference" not in event:
            continue
        if awaited:
            run, awaited = start, False
    return Layout(headings, blocks, code, math, html_blocks, html_tags, links, [], Managed())


_INLINE = frozenset(("Emphasis", "Strong", "Strikethrough", "Superscript", "Subscript"))
_LEAVES = frozenset(("Paragraph", "CodeBlock", "HtmlBlock", "Table"))


def _text_end(plain: str, start: int, end: int) -> int:
    """`end` without blanks before it and without lines that hold only blanks and `>` marks."""
    if end - start > 1 and plain[end - 1] == "\n" and plain[end - 2] not in " \t\r\n>":
        return end - 1  # as most blocks end
    text = plain[start:end].rstrip(" \t\r\n")
    while text.endswith(">") and (line := text.rfind("\n")) >= 0 and not text[line:].strip(" \t\r\n>"):
        text = text[:line].rstrip(" \t\r\n")
    return start + len(text)
