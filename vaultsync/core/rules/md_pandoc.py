"""The rule for what pandoc leaves behind in a body (`md-pandoc`).

It acts on a note only where something in it can hardly come from anything but pandoc, and then on what fits
to that. What a person can have typed stays: a backslash in a path, in TeX, between quotes, or beside the same
sign without one, which pandoc would have escaped as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from vaultsync.core.markdown import rendered
from vaultsync.core.note import Note
from vaultsync.core.rules.md_body import fit_in_their_lines, proven
from vaultsync.core.rules.rule import Context, Example, Finding, Option, rule
from vaultsync.core.text.late_pattern import sign
from vaultsync.core.text.spans import Span, TextEdit

SEPARATOR = "<!-- -->"


@rule(
    "md-pandoc",
    evidence="A trace that hardly anybody but pandoc leaves, as told above.",
    body=True,
    together=True,
    options=(
        Option("escapes", "><'\"@~_", "The characters before which a needless backslash is dropped."),
        Option("labels", ["Comment", "Kommentar", "Problem"], "Words that, with a colon, open a paragraph."),
    ),
    examples=(
        Example(
            "Escapes that pandoc wrote and nobody needs.",
            before="- Transcriptomics: DNA-\\>RNA understanding\n- it\\'s in snake\\_case\n",
            after="- Transcriptomics: DNA->RNA understanding\n- it's in snake_case\n",
        ),
        Example(
            "A separator goes where nothing depends on it.",
            before="- about 10<!-- --> kHz\n",
            after="- about 10 kHz\n",
        ),
        Example(
            "In such a note, a comment that was glued to the list above it is a paragraph of its own.",
            before="- it\\'s a manual process\nComment: tedious to sample\n",
            after="- it's a manual process\n\nComment: tedious to sample\n",
        ),
        Example(
            "And so is a list that was glued to the paragraph above it.",
            before="It isn\\'t hard:\n- sparsity\n- compression\n",
            after="It isn't hard:\n\n- sparsity\n- compression\n",
        ),
        Example(
            "Escapes and separators that are needed stay.",
            before="\\> no quote\n\na \\<b\\> c, \\_not emphasised\\_, $\\approx$<!-- -->10 kHz\n",
        ),
        Example(
            "Without a trace of pandoc all stays: a list below its lead-in line, a sentence that goes on.",
            before="Three reasons:\n- one\n- two\n\nA solid ground\n+ a soft shadow\n",
        ),
        Example(
            "One escaped apostrophe among many bare ones is no work of pandoc's.",
            before="Don't trust it, it isn't safe (\"sic\").\n\nThey can\\'t know:\n- one\n",
        ),
        Example(
            "A backslash that somebody may have typed: in a path, in TeX, as the sign that is explained.",
            before="It\\'s in D:\\data\\_old\\~tmp.\n\nPoincar{\\'e}, Erd\\\"{o}s and Mu\\~noz.\n\n"
            "Write `\\>` and \\> for >, '\\'' for a quote.\n",
        ),
    ),
)
def md_pandoc(note: Note, ctx: Context) -> Iterator[Finding]:
    """Remove what pandoc left behind, where the note looks the same without it.

    Needless backslashes, empty comments that separate two signs, and blank lines that are missing between a
    list and the paragraph before it, or between a list and a `Comment:` after it. What counts as a trace of
    pandoc is an empty comment within a line, an escaped apostrophe (`it\\'s`) and an escaped arrow (`-\\>`),
    these where most such signs of the note have a backslash; a note without a trace stays as it is, and so
    does a README. Each edit is proven by rendering.
    """
    text = note.text
    if not (_SEPARATOR_SIGN(text) or any(occurs(text) for occurs in _ESCAPED_TRACES)):
        return
    if note.stem.casefold() in _FOR_OTHER_READERS:
        return
    found = _Findings(note, ctx.options["escapes"])
    if not found.has_trace:
        return
    yield from proven(note, "md-pandoc", fit_in_their_lines(note, found.escapes, rendered), rendered)
    separators = [TextEdit(span.start, span.end, "") for span in found.separators]
    yield from proven(note, "md-pandoc", separators, _without_separators)
    yield from _unglued(note, frozenset(ctx.options["labels"]))


def _without_separators(body: str) -> str:
    return rendered(body).replace(SEPARATOR, "")


# Files of a repository, which GitHub and other programs show.
_FOR_OTHER_READERS = frozenset(
    ("agents", "changelog", "claude", "contributing", "license", "readme", "security")
)
_SEPARATOR_SIGN = sign(SEPARATOR)
_ESCAPED_TRACES = (sign("\\'"), sign("\\<"), sign("\\>"))
# In words and signs that nobody writes with a backslash.
# (The backslash comes first, so that a search looks at nothing else.)
_TRACE = re.compile(r"\\(?:(?<=\w\\)'(?:s|t|m|d|re|ve|ll)\b|(?<=[-=]\\)>|<(?=[-=]))")
_SIGNS = frozenset("$#%=^[]|*_~`@!<>\\{}:")


class _Findings:
    """What of a note may be pandoc's work."""

    def __init__(self, note: Note, escapes: str) -> None:
        self.note = note
        self._wanted = frozenset(escapes)
        self._seen: dict[int, _Block] = {}

    @cached_property
    def separators(self) -> list[Span]:
        """The empty comments on which no sign beside them depends."""
        if SEPARATOR not in self.note.text:
            return []
        text = self.note.text
        comments = [span for span in self.note.body.html_comments if span.of(text) == SEPARATOR]
        return [span for span in comments if not _depends(text, span.start, span.end)]

    @cached_property
    def escapes(self) -> list[TextEdit]:
        """The backslashes that may go."""
        return [TextEdit(span.start, span.start + 1, "") for span in self._escapes]

    @cached_property
    def _escapes(self) -> list[Span]:
        text = self.note.text
        escapes = (span for span in self.note.body.escapes if text[span.start + 1] in self._wanted)
        return [
            span for span in escapes if _harmless(text, span.start, span.end) and not self._may_be_typed(span)
        ]

    @property
    def has_trace(self) -> bool:
        """Whether something can hardly be anybody's but pandoc's.

        Pandoc escapes every quote and every arrow: where most of the note's stand bare, somebody else did it.
        """
        text = self.note.text
        # The search goes first: few notes have such words, and all of them have escapes to be weighed.
        if _TRACE.search(text, self.note.body_start):
            traces = {text[span.start + 1] for span in self._escapes if _TRACE.match(text, span.start)}
            if any(traces.intersection(signs) and self._mostly_escaped(signs) for signs in ("'\"", "<>")):
                return True
        comments = self.note.body.html_comments if SEPARATOR in text else ()
        return any(span.of(text) == SEPARATOR and _in_a_line(text, span) for span in comments)

    def _mostly_escaped(self, signs: str) -> bool:
        """Whether the note's prose has more of these signs with a backslash than without."""
        prose = _QUOTE_MARKS.sub(" ", self._prose[self.note.body_start :])
        every = sum(map(prose.count, signs))
        escaped = sum(prose.count("\\" + sign) for sign in signs)
        return 2 * escaped > every

    def _may_be_typed(self, escape: Span) -> bool:
        """Whether a person can have written this backslash, or the note gives no sign of who did."""
        block = self.note.body.block_at(escape.start)
        if block is None:
            return True
        seen = self._seen.get(block.span.start)
        if seen is None:
            seen = self._seen[block.span.start] = _Block(self.note.text, self._prose, block.span)
        return seen.keeps(escape)

    @cached_property
    def _prose(self) -> str:
        """The note's text with blanks in place of code, math, links and the like."""
        text, done = self.note.text, 0
        parts: list[str] = []
        for start, end in self.note.body.protected:
            parts += (text[done:start], " " * (end - start))
            done = end
        return "".join((*parts, text[done:]))


class _Block:
    """One paragraph or bullet: what it says of the backslashes in it."""

    def __init__(self, text: str, prose: str, span: Span) -> None:
        self._text = text
        shown = span.of(prose)
        self._is_code = _TEX_OR_PATH.search(shown) is not None
        unescaped = _ESCAPED.sub("  ", _QUOTE_MARKS.sub(" ", shown))
        self._bare = frozenset(unescaped) & frozenset("'\"@~_") | (
            frozenset("<>") if "<" in unescaped or ">" in unescaped else frozenset()
        )
        self._closes = {sign: _closing(shown, sign) for sign in "'\""}
        self._start = span.start

    def keeps(self, escape: Span) -> bool:
        """Whether the backslash at `escape` stays."""
        text, sign = self._text, self._text[escape.end - 1]
        before, after = text[escape.start - 1 : escape.start], text[escape.end : escape.end + 1]
        if self._is_code or sign in self._bare:
            return True
        if before in ("\\", "{", "`") or after in ("\\", "{", "`"):
            return True
        if sign in "'\"":
            if not (before.strip() or after.strip()):
                return True  # the sign that is spoken of
            if after.isalpha():
                opens = not before.strip() or before in "([—–-/"
                return not (
                    _TRACE.match(text, escape.start)
                    or (opens and self._closes[sign] > escape.start - self._start)
                )
        return sign == "~" and after.isalpha()


# A command of TeX, a path of Windows, an entry of BibTeX.
_TEX_OR_PATH = re.compile(r"\\[A-Za-z]|\A@[A-Za-z]+[{(]")
_QUOTE_MARKS = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")


def _closing(shown: str, sign: str) -> int:
    """Where the last escaped quote stands that can close one: no letter follows it. -1: nowhere."""
    found = [m.start() for m in re.finditer(rf"\S\\{sign}(?!\w)", shown)]
    return found[-1] if found else -1


def _in_a_line(text: str, span: Span) -> bool:
    """Whether a comment has text on both sides of it: between two lists it is often a person's."""
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    end = text.find("\n", span.end)
    return bool(before.strip() and text[span.end : end if end >= 0 else len(text)].strip())


def _harmless(text: str, start: int, end: int) -> bool:
    """Whether the escaped sign means nothing to Obsidian beyond CommonMark where it stands."""
    sign, after = text[end - 1], text[end : end + 1]
    if sign == "<":
        return after != "%"
    if sign == "@":
        return not after.isalnum()
    return sign != "~" or (after != "~" and text[start - 1 : start] != "~")


def _depends(text: str, start: int, end: int) -> bool:
    """Whether what stands on both sides of a separator could become one sign without it."""
    return text[start - 1 : start] in _SIGNS or text[end : end + 1] in _SIGNS


_LABELLED_BELOW = re.compile(r"\n(?=([^\n:]++):)")
_LIST_BELOW = re.compile(r"\r?\n(?=[-*] (\S))")


def _unglued(note: Note, labels: frozenset[str]) -> Iterator[Finding]:
    """Blank lines between a paragraph and the list below it, and between a list and a labelled line."""
    text = note.text
    items = {block.span.start for block in note.body.blocks if block.kind == "item"}
    lists: list[TextEdit] = []
    labelled: list[TextEdit] = []
    for block in note.body.blocks:
        start = block.span.start
        if block.kind == "paragraph" and text[start - 1 : start] in ("", "\n", "\ufeff"):
            following = _LIST_BELOW.match(text, block.span.end)
            if following and following.start(1) in items:
                lists.append(TextEdit(following.end(), following.end(), note.eol))
        elif block.kind == "item" and labels:
            labelled += (
                TextEdit(found.end(), found.end(), note.eol)
                for found in _LABELLED_BELOW.finditer(text, start, block.span.end)
                if found[1] in labels
            )
    yield from proven(note, "md-pandoc", lists, rendered)
    yield from proven(note, "md-pandoc", labelled, _words)


def _words(body: str) -> list[str]:
    """The words that a body shows, in their order."""
    return re.sub(r"<[^<>]*>", " ", rendered(body)).split()
