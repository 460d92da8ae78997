r"""Plain text as Markdown that Obsidian shows as it was: the last step of an imported text into a note.

A backslash goes only before a character that would otherwise begin something: `a*b` stays as it is, `*a*`
becomes `\*a\*`. What begins something is defined by CommonMark 0.31 and by Obsidian's help pages (wikilinks,
tags, comments, highlights, math, block ids, footnotes). The rules work on one paragraph, since nothing of
these reaches over a blank line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from vaultsync.core.markdown import rendered

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

_LINE_START = re.compile(
    r"""(?m)^(?:
        (?P<first> \#{1,6}(?=[ \t]|$) | [-+*](?=[ \t]|$) | > | <(?=[A-Za-z/!?])
                 | ([-*_])(?:[ \t]*\2){2,}[ \t]*$ | =+[ \t]*$ | -+[ \t]*$ | (?=.*-)[|:\- \t]+$
                 | `{3,} | ~{3,} | \[(?=[^\]\n]+\]:) | \|(?=.*\|[ \t]*$) )
        | \d{1,9}(?P<number>[.)])(?=[ \t]|$)
    )""",
    re.VERBOSE,
)
_BY_CHARACTER = {
    "^": re.compile(r"(?m)(?:^|(?<=[ \t]))\^(?=[A-Za-z0-9-]+[ \t]*$)"),  # a block id
    "&": re.compile(r"&(?=#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)"),
    "#": re.compile(r"(?<!\S)#(?=[\w/\-]*[^\W\d]|[\w/\-]*[\-/]|[^\x00-\x7f\s])"),  # a tag
    "[": re.compile(r"\[(?=[\[^])|(?<=\^)\["),  # a wikilink, a footnote
    "](": re.compile(r"\](?=\()"),
    "\\": re.compile(r"\\(?=[!-/:-@\[-`{-~]|\n|\Z)"),
}
_LINE_END = re.compile(r"\n")
_HTML = re.compile(r"<(?=[A-Za-z/!?])")
_COMMENT = re.compile(r"%{2,}")
_BACKTICKS = re.compile(r"`+")
# An escaped dollar opens nothing: so each opening one is followed no further than to the next that is none.
_MATH = re.compile(r"\\.|(?P<math>\$\$.+?\$\$|\$(?![\s$])(?:[^$\\]|\\.)*+(?<![\s\\])\$(?![\d$]))", re.DOTALL)
_MATH_OPENS, _MATH_CLOSES = re.compile(r"\$(?=\S)"), re.compile(r"(?<=\S)\$")
_PROVEN = 100
"""Backslashes proven one by one in a paragraph; passed by no abstract (each proof renders the paragraph)."""

_RUNS = {char: re.compile(f"{re.escape(char)}+") for char in "*_~="}


def escaped(paragraph: str, *, math: bool = False) -> str:
    """`paragraph` (one or more lines without a blank one) so that it is shown as it is written.

    With `math`, `$…$` and `$$…$$` are meant as math and left as they are. Blanks at the ends of lines, which
    Markdown drops or takes for a line break, are left out.
    """
    text = "\n".join(line.strip() for line in paragraph.split("\n"))
    kept = [found.span() for found in _MATH.finditer(text) if found["math"]] if math else []
    places = set(_places(text, math=math))
    places -= {i for start, end in kept for i in range(start, end)}
    return _with_backslashes(text, _needed(text, places))


def heading(text: str, *, math: bool = False) -> str:
    """`text` on one line for use after `## `: escaped, also a `#` at its end, which would close it."""
    line = escaped(" ".join(text.split()), math=math)
    return re.sub(r"(?:^|(?<= ))(?=#+$)", r"\\", line)


def item(text: str) -> str:
    """`text` for use after `- `: escaped, and no task box where the source had none."""
    return re.sub(r"^(?=\[.\] )", r"\\", escaped(text))


def _places(text: str, *, math: bool) -> Iterator[int]:
    """The offsets of the characters that need a backslash."""
    for line in (0, *(found.end() for found in _LINE_END.finditer(text))):
        if (found := _LINE_START.match(text, line)) is None:
            continue
        start = found.start("first" if found["first"] else "number")
        yield start
        if text[start] in "`~*_=":  # the rest of the run would pair with another one
            yield from _all(text, text[start])
    for char, pattern in _BY_CHARACTER.items():
        if char in text:  # a search for one character costs a tenth of one with the pattern
            yield from (found.start() for found in pattern.finditer(text))
    last = len(text) if "<!--" in text else text.rfind(">")
    yield from (found.start() for found in _HTML.finditer(text) if found.start() < last)
    for found in _COMMENT.finditer(text) if "%%" in text else ():
        yield from range(*found.span())
    ticks = list(_BACKTICKS.finditer(text)) if "`" in text else []
    lengths = [found.end() - found.start() for found in ticks]
    if len(set(lengths)) < len(lengths):
        for found in ticks:
            yield from range(*found.span())
    if not math and _may_be_math(text):
        yield from _all(text, "$")
    for char in "*_~=":
        yield from _delimiters(text, char)


def _needed(text: str, places: set[int]) -> set[int]:
    """`places` without those that make no difference: `md-pandoc` would take their backslashes out again."""
    doubtful = sorted(
        i
        for i in places
        if text[i] in "_<" or (text[i] == "~" and "~" not in (text[i - 1 : i], text[i + 1 : i + 2]))
    )
    if not doubtful:
        return places
    shown = rendered(_with_backslashes(text, places))
    without = places.difference(doubtful)
    if rendered(_with_backslashes(text, without)) == shown:
        return without
    for place in doubtful[:_PROVEN]:
        if rendered(_with_backslashes(text, places - {place})) == shown:
            places = places - {place}
    return places


def _with_backslashes(text: str, places: set[int]) -> str:
    parts: list[str] = []
    done = 0
    for place in sorted(places):
        parts += (text[done:place], "\\")
        done = place
    return "".join((*parts, text[done:]))


def _may_be_math(text: str) -> bool:
    """Whether a dollar sign that can open math stands before one that can close it."""
    opening = _MATH_OPENS.search(text)
    return opening is not None and any(
        found.start() > opening.start() for found in _MATH_CLOSES.finditer(text)
    )


def _all(text: str, char: str) -> Iterator[int]:
    return (found.start() for found in re.finditer(re.escape(char), text))


def _delimiters(text: str, char: str) -> Iterator[int]:
    """The characters of all runs of `char` that take part in emphasis, if any does (CommonMark, 6.2)."""
    if char not in text:
        return
    runs: list[tuple[int, int, bool, bool]] = []
    for found in _RUNS[char].finditer(text):
        start, end = found.span()
        if (char == "=" and end - start < 2) or (char == "~" and end - start > 2):
            continue
        before, after = text[start - 1 : start] or " ", text[end : end + 1] or " "
        left, right = not after.isspace(), not before.isspace()
        if char in "*_":
            left = left and (not _is_mark(after) or before.isspace() or _is_mark(before))
            right = right and (not _is_mark(before) or after.isspace() or _is_mark(after))
        if char == "_":
            left, right = left and (not right or _is_mark(before)), right and (not left or _is_mark(after))
        runs.append((start, end, left, right))
    first = next((i for i, run in enumerate(runs) if run[2]), None)
    if first is None or not any(run[3] for run in runs[first + 1 :]):
        return
    for start, end, left, right in runs:
        if left or right:
            yield from range(start, end)


def _is_mark(char: str) -> bool:
    return char in _PUNCTUATION or unicodedata.category(char)[0] in "PS"
