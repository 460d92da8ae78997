"""`parse_body`: from a note's text to what rules, links and mentions ask of its body. Nothing is re-rendered.

Headings, blocks and links are there at once; what only some rules ask for is found when it is asked for.
`managed_blocks` and `wikilinks` answer for the many notes that need no more than that, without a parse where
nothing in the note could hide a marker or a link.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property

import msgspec

from vaultsync.core.markdown.gitlab_math import gitlab_math_in
from vaultsync.core.markdown.layout import Layout, Range, escaped, lay_out
from vaultsync.core.markdown.link_syntax import markdown_link, wikilinks_in
from vaultsync.core.markdown.managed import markers_in, pair_markers
from vaultsync.core.markdown.overlay import TAG, overlay
from vaultsync.core.markdown.values import Heading, Link, ManagedBlock, MarkerProblem, Tag, TextBlock
from vaultsync.core.text.late_pattern import sign
from vaultsync.core.text.spans import Span, SpanSet

_SWITCH = re.compile(r"<!--\s*vaultsync:(off|on)\s*-->")
_TAG_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]")
_GITLAB_MATH = sign("$`", 1)
_MATH_SWALLOWS = re.compile(r"[`\[<]")
# Elements whose text is a link, code or a label already; `<b>` or `<sub>` leave theirs open to links.
_CLOSED_ELEMENTS = frozenset(
    (
        "a",
        "button",
        "code",
        "iframe",
        "kbd",
        "math",
        "option",
        "pre",
        "samp",
        "script",
        "select",
        "style",
        "svg",
    )
)
# What could hide a marker line, or a wikilink. A note without it has neither code nor HTML nor comments.
# (Looked for one by one the signs of markers take a tenth of the time of one expression, each behind the one
# character of it, that is found fast, again a tenth.)
_HIDES_MARKERS = (("<", "<"), ("`", "```"), ("~", "~~~"), ("$", "$$"))
_HIDES_LINKS = re.compile(r"[`<$]|~~~|%%|^[ >]*(?: {4}|\t)|^[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|", re.MULTILINE)


class Body:
    """The structure of one note's body. Made by `parse_body`; all offsets are those of the whole text.

    What lies in a managed block is in none of the lists, and the block as a whole is protected.

    - `headings`, `links`, `blocks`: in the order of their starts.
    - `managed`, `marker_problems`: the tool's own blocks, and damaged markers.
    """

    def __init__(self, text: str, start: int) -> None:
        if start == 0 and text.startswith("\ufeff"):
            start = 1
        # Front matter becomes blank lines: it costs the parser nothing, and every offset is right as it is.
        self._text = text = "\n" * start + text[start:]
        self._start = start
        self._layout: Layout = lay_out(text)
        managed = self._layout.managed
        self.managed: tuple[ManagedBlock, ...] = managed.blocks
        self.marker_problems: tuple[MarkerProblem, ...] = managed.problems
        self._owned = SpanSet(managed.owned)

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """All headings, those in quotes and lists too."""
        found = [_heading(self._text, level, s, e) for level, s, e in self._layout.headings]
        if not self._owned:
            return tuple(found)
        return tuple(h for h in found if not self._owned.touches(h.span.start, h.span.end))

    @cached_property
    def blocks(self) -> tuple[TextBlock, ...]:
        """Paragraphs, bullets' own texts, table cells, footnote paragraphs and headings' texts."""
        touches = self._owned.touches
        free = next(iter(self._owned), (len(self._text),))[0]  # up to here nothing has to be asked
        found = [
            TextBlock(kind, Span(s, e))
            for kind, s, e in self._layout.blocks
            if s < e and (e <= free or not touches(s, e))
        ]
        found += [TextBlock("heading", h.text_span) for h in self.headings if h.text]
        found.sort(key=_block_start)
        return tuple(found)

    def block_at(self, offset: int) -> TextBlock | None:
        """The smallest block that holds the character at `offset`."""
        i = bisect_right(self._block_starts, offset) - 1
        if i >= 0 and offset < self.blocks[i].span.end:
            return self.blocks[i]
        return None

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Links and embeds whose target is a file of the vault; none from code, math, HTML or comments."""
        text, found = self._text, []
        if "[" in text and "[[" in text:
            cells = [(s, e) for kind, s, e in self._layout.blocks if kind == "cell"]
            starts = [s for s, _ in cells]
            hidden = self._hidden.touches
            for s, e, link in wikilinks_in(text, self._start):
                if link is None or (hidden(s, e) and (hidden(s, s + 1) or hidden(e - 1, e))):
                    continue
                i = bisect_right(starts, s) - 1
                in_cell = i >= 0 and s < cells[i][1]
                if in_cell and e > cells[i][1]:  # an unescaped `|` ends the cell, and the link was none
                    continue
                found.append(msgspec.structs.replace(link, in_table=True) if in_cell else link)
        for s, e, inline in self._layout.links:
            if inline and (written := markdown_link(text, s, e)):
                found.append(written)
        found = [link for link in found if not self._owned.touches(link.span.start, link.span.end)]
        found.sort(key=_link_start)
        return tuple(found)

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """Tags after a blank or at the start of a line, with at least one character that is no digit."""
        text = self._text
        if "#" not in text:
            return ()
        apart = SpanSet(
            [*self._hidden, *((link.span.start, link.span.end) for link in self.links), *self._owned]
        )
        found = []
        for m in TAG.finditer(text, self._start):
            s, e = m.span()
            opens = s == self._start or text[s - 1].isspace()
            if opens and not m[0][1:].isdigit() and not apart.touches(s, e):
                found.append(Tag(m[0][1:], Span(s, e)))
        return tuple(found)

    @cached_property
    def code(self) -> SpanSet:
        """Code spans, fenced and indented code; GitLab math is not code."""
        gitlab = SpanSet((s.start, s.end) for s in self.gitlab_math)
        return SpanSet(c for c in self._layout.code if not gitlab.touches(*c))

    @cached_property
    def math(self) -> tuple[Span, ...]:
        """`$…$` as Obsidian reads it, `$$…$$`, and GitLab math, delimiters included."""
        return tuple(Span(s, e) for s, e in self._math)

    @cached_property
    def _math(self) -> list[Range]:
        gitlab = {(s.start, s.end) for s in self.gitlab_math}
        found = {m for m in self._layout.math if m in gitlab or not _false_math(self._text, m)} | gitlab
        return sorted(self._own_text(found))

    @cached_property
    def gitlab_math(self) -> tuple[Span, ...]:
        """Inline `` $`…`$ `` on one line, delimiters included."""
        if not _GITLAB_MATH(self._text):
            return ()
        outer = SpanSet(self._layout.html_blocks + self._layout.html_tags + self._layout.comments)
        code = SpanSet(self._layout.code)
        display = SpanSet(m for m in self._layout.math if self._text.startswith("$$", m[0]))
        found, at = [], self._start
        for s, e in gitlab_math_in(self._text, self._start):
            if s < at or outer.touches(s, e) or display.touches(s, e):
                continue
            if not code.covering(s) and not escaped(self._text, s):
                found.append((s, e))
                at = e
        return self._spans(found)

    @cached_property
    def html_comments(self) -> tuple[Span, ...]:
        """`<!-- … -->`, in a line or as a block."""
        found: list[Range] = []
        for s, e in sorted(self._layout.html_blocks + self._layout.html_tags):
            while (s := self._text.find("<!--", s, e)) >= 0 and (
                end := self._text.find("-->", s + 4, e)
            ) >= 0:
                found.append((s, end + 3))
                s = end + 3
        return self._spans(found)

    @cached_property
    def comments(self) -> tuple[Span, ...]:
        """Obsidian's `%% … %%`, the delimiters included."""
        return self._spans(self._layout.comments)

    @cached_property
    def escapes(self) -> tuple[Span, ...]:
        """Backslash escapes of punctuation outside of protected text, two characters each."""
        if "\\" not in self._text:
            return ()
        touches = self.protected.touches
        return tuple(
            Span(*m.span()) for m in _ESCAPE.finditer(self._text, self._start) if not touches(*m.span())
        )

    @cached_property
    def heading_spans(self) -> SpanSet:
        """The headings' lines: names in them are recorded, but never edited."""
        return SpanSet((s, e) for _, s, e in self._layout.headings)

    @cached_property
    def protected(self) -> SpanSet:
        """All text that a name's match may not touch; emphasis is not protected, headings are separate."""
        math = [
            *((s.start, s.end) for s in self.gitlab_math),
            *(
                m
                for m in self._layout.math
                if not _false_math(self._text, m) or _MATH_SWALLOWS.search(self._text, *m)
            ),
        ]
        return SpanSet([*self._protected_text, *math])

    @cached_property
    def _protected_text(self) -> SpanSet:
        """`protected` without math."""
        layout = self._layout
        spans: list[Range] = [
            *layout.code,
            *layout.html_blocks,
            *layout.html_tags,
            *layout.comments,
            *((s, e) for s, e, _ in layout.links),
            *((link.span.start, link.span.end) for link in self.links),
            *layout.managed.owned,
            *layout.managed.doubtful,
            *self._switched_off(),
            *self._closed_elements(),
        ]
        spans += overlay(self._text, SpanSet(layout.code))
        return SpanSet(spans)

    @cached_property
    def link_texts(self) -> tuple[Span, ...]:
        """The texts of links that lead out of the vault: `x` of `[x](https://…)`, `[x][label]` and `[x]`.

        A name in one is recorded, never linked. None of an image, nor where anything else is protected.
        """
        inside = {(link.span.start, link.span.end) for link in self.links}
        found = []
        for s, e, inline in self._layout.links:
            if (s, e) in inside or self._text[s] != "[" or self._owned.touches(s, e):
                continue
            end = self._text.rfind("](" if inline else "][", s, e)
            end = end if end >= 0 else e - 1
            if s + 1 < end and "](" not in self._text[s:end]:
                found.append(Span(s + 1, end))
        return tuple(found)

    @cached_property
    def hides_names(self) -> SpanSet:
        """Where a name is not even recorded: `protected` without `link_texts` and without math.

        Math may be a part of a name (`$k$-Means`); that a name does not lie in it is for the caller to see.
        """
        open_texts = sorted((span.start, span.end) for span in self.link_texts)
        if not open_texts:
            return self._protected_text
        layout = self._layout
        apart = SpanSet([*layout.code, *layout.html_blocks, *layout.html_tags, *layout.comments])
        kept: list[Range] = []
        i = 0
        for start, end in self._protected_text:
            at = start
            while i < len(open_texts) and open_texts[i][0] < end:
                s, e = open_texts[i]
                i += 1
                if s >= at and not apart.touches(s, e):
                    kept.append((at, s))
                    at = e
            kept.append((at, end))
        return SpanSet(kept)

    @cached_property
    def off(self) -> SpanSet:
        """The regions between `<!-- vaultsync:off -->` and `<!-- vaultsync:on -->`."""
        return SpanSet(self._switched_off())

    @cached_property
    def silent(self) -> SpanSet:
        """Where even an identifier mentions nothing: code, math, HTML, comments, managed, switched off."""
        return SpanSet([*self._hidden, *self._layout.managed.owned, *self._switched_off()])

    @cached_property
    def _hidden(self) -> SpanSet:
        """Where Obsidian sees no link and no tag: code, math, HTML, comments."""
        layout = self._layout
        return SpanSet(
            [
                *layout.code,
                *layout.html_blocks,
                *layout.html_tags,
                *layout.comments,
                *self._math,
            ]
        )

    @cached_property
    def _block_starts(self) -> list[int]:
        return [block.span.start for block in self.blocks]

    def _spans(self, found: Iterable[Range]) -> tuple[Span, ...]:
        return tuple(Span(s, e) for s, e in self._own_text(found))

    def _own_text(self, found: Iterable[Range]) -> Iterable[Range]:
        """Those of the ranges that lie in no managed block."""
        return [r for r in found if not self._owned.touches(*r)] if self._owned else found

    def _switched_off(self) -> list[Range]:
        """`<!-- vaultsync:off -->` to the next `on`, or to the end."""
        found: list[Range] = []
        off: int | None = None
        for s, e in sorted(self._layout.html_blocks + self._layout.html_tags):
            for m in _SWITCH.finditer(self._text, s, e):
                if m[1] == "off":
                    off = m.start() if off is None else off
                elif off is not None:
                    found.append((off, m.end()))
                    off = None
        if off is not None:
            found.append((off, len(self._text)))
        return found

    def _closed_elements(self) -> list[Range]:
        """From `<a …>` to `</a>` and the like, within a line of text."""
        found: list[Range] = []
        opened: dict[str, int] = {}
        for s, e in self._layout.html_tags:
            if not (m := _TAG_NAME.match(self._text, s, e)):
                continue
            name = m[2].lower()
            if name in _CLOSED_ELEMENTS:
                if not m[1]:
                    opened.setdefault(name, s)
                elif name in opened:
                    found.append((opened.pop(name), e))
        return found


def parse_body(text: str, start: int = 0) -> Body:
    """The structure of `text` from `start`, the offset where the body begins (front matter lies before it).

    Takes any text and raises nothing.
    """
    return Body(text, start)


def managed_blocks(text: str, start: int = 0) -> tuple[ManagedBlock, ...]:
    """`parse_body(text, start).managed`, at the cost of a substring search for most notes."""
    found = plain_markers(text, start)
    return parse_body(text, start).managed if found is None else found[0]


def plain_markers(
    text: str, start: int = 0
) -> tuple[tuple[ManagedBlock, ...], tuple[MarkerProblem, ...]] | None:
    """`managed` and `marker_problems` of `parse_body(text, start)` without a parse; `None` if it takes one.

    It takes one where code, HTML or a comment may hide a marker, which few notes with a block have.
    """
    if text.find("vaultsync:", start) < 0:
        return (), ()
    if not any(sign in text and text.find(mark, start) >= 0 for sign, mark in _HIDES_MARKERS):
        padded = "\n" * start + text[start:]
        markers = markers_in(padded, lambda _: False)
        if text.count("%%", start) == 2 * len(markers):
            found = pair_markers(markers, len(text))
            return found.blocks, found.problems
    return None


def wikilinks(text: str, start: int = 0) -> tuple[Link, ...]:
    """The wikilinks among `parse_body(text, start).links`, without a parse where nothing could hide one."""
    if text.find("[[", start) < 0:
        return ()
    if not _HIDES_LINKS.search(text, start):
        return tuple(link for _, _, link in wikilinks_in(text, start) if link)
    return tuple(link for link in parse_body(text, start).links if link.style == "wiki")


def _heading(text: str, level: int, start: int, end: int) -> Heading:
    source = text[start:end].rstrip("\r\n")
    span = Span(start, start + len(source))
    if "\n" not in source:
        words = source[level:].rstrip(" \t")
        opened = words.rstrip("#")  # the closing sequence of `## Title ##`
        if not opened or opened[-1] in " \t":
            words = opened.rstrip(" \t")
        shown = words.lstrip(" \t")
        first = start + level + len(words) - len(shown)
        return Heading(level, shown, span, Span(first, first + len(shown)))
    words = source[: source.rindex("\n")].rstrip(" \t\r\n")  # setext: the rule below is no text
    shown = " ".join(line.strip(" \t\r>") for line in words.split("\n"))
    first = start + len(words) - len(words.lstrip(" \t\r\n"))
    return Heading(level, shown, span, Span(first, start + len(words)))


def _false_math(text: str, span: Range) -> bool:
    """Whether pyromark sees inline math where Obsidian sees money: `$5-$10`, a closing `$` before a digit."""
    s, e = span
    return e < len(text) and text[e] in "0123456789" and not text.startswith("$$", s)


def _block_start(block: TextBlock) -> int:
    return block.span.start


def _link_start(link: Link) -> tuple[int, int]:
    return link.span.start, link.span.end
