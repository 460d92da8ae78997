"""What was said where a paper was mentioned: the sentence around it, or what stands below its heading."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from vaultsync.core.markdown import TextBlock, flatten
from vaultsync.core.text.spans import Span

QUOTED_BLOCKS, QUOTED_LENGTH = 5, 600
"""Bullets and paragraphs below a heading that are quoted at most, and the characters of all of them."""

_LABEL = re.compile(r"^[^:：]{1,60}[:：]\s+|(?:(?<!\s)\s++)?\{#[^{}]*+\}\s*$")


def is_all_said(text: str, heading: TextBlock, span: Span) -> bool:
    """Whether a heading says nothing but the words at `span`, beside a label such as `Talk:`."""
    words = span.of(text)
    said = _LABEL.sub("", heading.span.of(text)) if words.find(":") < 0 else heading.span.of(text)
    letters = sum(map(str.isalnum, said))
    return 2 * sum(map(str.isalnum, words)) >= letters


def quotes_below(text: str, blocks: Sequence[TextBlock], heading: TextBlock) -> Iterator[str]:
    """The first bullets and paragraphs below a heading, up to the next one, in whole sentences."""
    first = bisect_right(blocks, heading.span.start, key=lambda block: block.span.start)
    left = QUOTED_LENGTH
    for block in blocks[first : first + QUOTED_BLOCKS]:
        if block.kind == "heading":
            return
        quote = flatten(block.span.of(text))
        if len(quote) > left:
            ends = [m.end() for m in _SENTENCE_END.finditer(quote) if m.end() <= left]
            quote = quote[: ends[-1]].rstrip() if ends else ""
        if not quote:
            return
        yield quote
        left -= len(quote)


LONG_PARAGRAPH = 240
"""Characters above which a paragraph is quoted by the sentence; a bullet is quoted whole."""

# The sign comes first, so that `re` looks at nothing else: the words before it cost ten times as much.
_SENTENCE_END = re.compile(
    r"[.!?…。](?:(?<!。)(?<![A-Z].)(?<!\bal.)(?<!\be\.g.)(?<!\bi\.e.)(?<!\bcf.)(?<!\bFig.)[\"')\]]*\s+|(?<=[。!?]))"
)
_CALLOUT_TITLE = re.compile(r"(?:(?<=>)|(?<=> ))\[![^\]\r\n]{1,200}\][-+]?[ \t]*(?P<words>[^\r\n]*)(?=\r?\n)")


LONGEST_QUOTE = 1_000
"""Characters quoted at most on each side of a mention: more is no bullet and no sentence of a person's."""


def _near(text: str, block: Span, span: Span) -> tuple[int, int]:
    """The block, or what of a very long one is near the span, from a blank to a blank.

    It begins and ends at steps of the block, so that neighbours in an endless one share one quote.
    """
    start, end = block.start, block.end
    step = LONGEST_QUOTE // 2
    if span.start - start > LONGEST_QUOTE:
        at = start + ((span.start - start) // step - 1) * step
        start = max(text.find(" ", at, span.start) + 1, at)
    if end - span.end > LONGEST_QUOTE:
        at = block.start + ((span.end - block.start) // step + 2) * step
        blank = text.rfind(" ", span.end, at)
        end = blank if blank >= 0 else at
    return start, end


def quote_of(text: str, block: TextBlock | None, span: Span) -> str:
    """The bullet, cell or sentence around `span` as plain text; empty where there is none (a heading).

    A callout's title is apart from what is below it; one that is no more than the name itself is a heading to
    it, and what is below is quoted.
    """
    if block is None or block.kind == "heading":
        return ""
    start, end = _near(text, block.span, span)
    if text.startswith("[!", start) and (title := _CALLOUT_TITLE.match(text, start, end)):
        if span.end <= title.end() and title["words"].strip() != span.of(text):
            return flatten(title[0])
        start = title.end()
    if block.kind == "paragraph" and end - start > LONG_PARAGRAPH:
        for stop in _SENTENCE_END.finditer(text, start, end):
            if stop.end() <= span.start:
                start = stop.end()
            elif stop.start() >= span.end:
                end = stop.end()
                break
    return flatten(text[start:end])
