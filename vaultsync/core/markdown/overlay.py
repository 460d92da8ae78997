"""What Obsidian and its users' plugins add to Markdown and a name may not be linked in: one scanner.

Each finder is run only where its trigger characters occur, and starts from them: a typical note costs a few
substring searches. Finders look at the raw text, so what they find may lie within code or a link: that is
protected anyway. Templates, which could run from code into prose, are told what is code.

Where a shape is in doubt it is protected: a missed link can be made by hand, a broken note can't be trusted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from vaultsync.core.markdown.layout import Range, escaped
from vaultsync.core.text.late_pattern import late_pattern, sign
from vaultsync.core.text.spans import SpanSet

Finder = Callable[[str], Iterator[Range]]

# An address ends at a blank, a quote, a bracket of Markdown, or a character of a script that is written
# without blanks: `见https://arxiv.org/abs/2210.13695的第三节` holds one address and seven other characters.
_URL_CHARS = (
    r"[^\s<>\"`|\\^{}\[\]\x00-\x1f\u00ab\u00bb\u2000-\u206f\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff"
    r"\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
# Obsidian's own class: a tag ends at a blank, ASCII punctuation other than _ - /, or general punctuation.
TAG_CHARS = r"""[^\u2000-\u206f\u2e00-\u2e7f'!"\#$%&()*+,.:;<=>?@^`{|}~\[\]\\\s]"""
TAG = late_pattern(f"#{TAG_CHARS}+")

_ADDRESS = late_pattern(rf"://{_URL_CHARS}+")
_WWW = late_pattern(rf"www\.{_URL_CHARS}+")
_HOST_PATH = late_pattern(rf"\.[A-Za-z]{{2,18}}(?::\d+)?/{_URL_CHARS}*")
_DOI = late_pattern(rf"10\.\d{{4,9}}/{_URL_CHARS}+")
_SCHEME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-")
_HOST_CHARS = _SCHEME_CHARS | {"_", "@", ":"}
_LOCAL_CHARS = _SCHEME_CHARS | frozenset("_%'")
_MAIL_HOST = late_pattern(r"@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_CITE_KEY = late_pattern(r"@(?:\{[^{}\n]+\}|[^\W_][\w:.#$%&+?<>~/-]*|_[\w:.#$%&+?<>~/-]+)")
_BLOCK_ID = late_pattern(r"\^[A-Za-z0-9-]+(?=[ \t]*(?:\r?\n|\Z))")
# (The limits of what follows keep a line of ten thousand open brackets from costing a minute.)
_FOOTNOTE = late_pattern(r"\[\^[^\]\s]{1,200}\]:?")
_CALLOUT = late_pattern(r"\[![^\]\r\n]{1,200}\][+-]?")
_TITLE = r"""(?:"[^"\n]*"|'[^'\n]*'|\([^()\n]*\))"""
_DEFINITION = late_pattern(
    r"^[ \t>]*(\[(?!\^)(?:[^\[\]\\\n]|\\.)+\]:[ \t]*(?:\r?\n[ \t>]*)?(?:<[^<>\n]*>|[^\s<]\S*)"
    rf"(?:[ \t]+{_TITLE})?)[ \t]*(?=\r?\n|\Z)(?:\r?\n[ \t>]*{_TITLE}[ \t]*(?=\r?\n|\Z))?",
    re.MULTILINE,
)
_FIELD = late_pattern(
    r"^[ \t>]*+(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*+(?:\[.\][ \t]+)?([^\s\[\]():`|][^\[\]():`|\r\n]*::)",
    re.MULTILINE,
)
_INLINE_FIELD = late_pattern(
    r"\[[^\[\]():\r\n]+::[^\[\]\r\n]*\]|\([^\[\]():\r\n]+::[^()\r\n]*\)|[\[(][^\[\]():\r\n]+::"
)
_LINK_SHAPE = late_pattern(r"\[[^\[\]\r\n]*\]\([^()\r\n]*\)")
_TEMPLATE_OPENER = late_pattern(r"<%|\{\{")
_TEMPLATE_ENDS = {"<%": ("%>", 2000), "{{": ("}}", 400)}  # and the characters between them at most
_WIKI_LENGTH = 600
_FAR = 10_000


def overlay(text: str, code: SpanSet) -> list[Range]:
    """The spans of `text` that belong to constructs outside of CommonMark; unsorted, they may overlap."""
    found: list[Range] = []
    for occurs, finder in _FINDERS:
        if occurs(text):
            found += finder(text)
    if _BRACES(text) or _PERCENT_TAG(text):
        found += _templates(text, code)
    return found


def _addresses(text: str) -> Iterator[Range]:
    for m in _ADDRESS.finditer(text):
        yield _back(text, m.start(), _SCHEME_CHARS), m.end()


def _www(text: str) -> Iterator[Range]:
    for m in _WWW.finditer(text):
        yield m.span()


def _host_paths(text: str) -> Iterator[Range]:
    """`github.com/owner/name`, an address without its scheme."""
    for m in _HOST_PATH.finditer(text):
        yield _back(text, m.start(), _HOST_CHARS), m.end()


def _dois(text: str) -> Iterator[Range]:
    for m in _DOI.finditer(text):
        yield m.span()


def _mail_and_cites(text: str) -> Iterator[Range]:
    at = text.find("@")
    while at >= 0:
        local = _back(text, at, _LOCAL_CHARS)
        if local < at and (mail := _MAIL_HOST.match(text, at)):
            yield local, mail.end()
        elif (at == 0 or not text[at - 1].isalnum() or text[at - 1] >= "\u2e80") and (
            key := _CITE_KEY.match(text, at)
        ):
            start = at - 1 if at > 0 and text[at - 1] == "-" else at
            yield _enclosing(text, start, key.end())
        at = text.find("@", at + 1)


def _enclosing(text: str, start: int, end: int) -> Range:
    """The `[…]` around a citation key, which holds its prefix and page numbers too; else the key."""
    opening = text.rfind("[", max(0, start - 300), start)
    closing = text.find("]", end, end + 300)
    if opening < 0 or closing < 0:
        return start, end
    inside = text[opening + 1 : start] + text[end:closing]
    if "]" in inside or "[" in inside or "\n\n" in inside or "\n\r\n" in inside:
        return start, end
    return opening, closing + 1


def _tags(text: str) -> Iterator[Range]:
    for m in TAG.finditer(text):
        before = text[m.start() - 1] if m.start() else "\n"
        if not before.isalnum() and before not in "&\\_":
            yield m.span()


def _block_ids(text: str) -> Iterator[Range]:
    for m in _BLOCK_ID.finditer(text):
        if m.start() == 0 or text[m.start() - 1].isspace():
            yield m.span()


def _templates(text: str, code: SpanSet) -> Iterator[Range]:
    nexts = {closer: _Next(text, closer) for closer, _ in _TEMPLATE_ENDS.values()}
    at = 0
    while opener := _TEMPLATE_OPENER.search(text, at):
        start, inner = opener.span()
        closer, length = _TEMPLATE_ENDS[opener[0]]
        end = nexts[closer].after(inner)
        if end - inner > length:
            at = start + 1
            continue
        cover = code.covering(start)
        at = cover[1] if cover else end + 2
        if not cover:
            yield start, end + 2


def _wikilinks(text: str) -> Iterator[Range]:
    """`[[…]]` on a line, with all of the `]` at its end and a `!` before it."""
    closers, lines = _Next(text, "]]"), _Next(text, "\n")
    returns = _Next(text, "\r")
    at = 0
    while (start := text.find("[[", at)) >= 0:
        inner = start + 2
        end = closers.after(inner)
        if end - inner > _WIKI_LENGTH or end > min(lines.after(inner), returns.after(inner)):
            at = start + 1
            continue
        first = start - 1 if start > at and text[start - 1] == "!" else start
        end += 2
        while text.startswith("]", end):
            end += 1
        if not escaped(text, first):
            yield first, end
        at = end


class _Next:
    """Where a sign stands next, looked for once and not from each place that asks; far away if nowhere."""

    def __init__(self, text: str, sign: str) -> None:
        self._text, self._sign, self._at = text, sign, -1

    def after(self, place: int) -> int:
        """The first place of the sign from `place` on, which grows from one question to the next."""
        if self._at < place:
            found = self._text.find(self._sign, place)
            self._at = found if found >= 0 else len(self._text) + _FAR
        return self._at


def _all(pattern: re.Pattern[str], group: int = 0) -> Finder:
    def find(text: str) -> Iterator[Range]:
        for m in pattern.finditer(text):
            if not escaped(text, m.start(group)):
                yield m.span(group)

    return find


_BRACES, _PERCENT_TAG = sign("{{"), sign("<%", 1)
_FIELD_SIGN = sign("::")
_FINDERS: tuple[tuple[Callable[[str], object], Finder], ...] = (
    (sign("://", 1), _addresses),
    (sign("www.", 3), _www),
    (sign("/"), _host_paths),
    (sign("10.", 2), _dois),
    (sign("@"), _mail_and_cites),
    (sign("#"), _tags),
    (sign("^"), _block_ids),
    (sign("[^", 1), _all(_FOOTNOTE)),
    (sign("[!", 1), _all(_CALLOUT)),
    (sign("]:", 1), _all(_DEFINITION, 1)),
    (_FIELD_SIGN, _all(_FIELD, 1)),
    (_FIELD_SIGN, _all(_INLINE_FIELD)),
    (sign("](", 1), _all(_LINK_SHAPE)),
    (sign("[["), _wikilinks),
)


def _back(text: str, at: int, chars: frozenset[str]) -> int:
    """The start of the run of `chars` that ends at `at`."""
    while at and text[at - 1] in chars:
        at -= 1
    return at
