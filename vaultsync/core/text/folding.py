"""Folding: the form of a text in which names are compared, with the way back to the text's own offsets.

Two spellings are one name if they differ only in case, in the kind of dash, quotation mark or blank, in full
width, in what is raised or lowered (`CO₂`, `CO2`), in Unicode composition, or in a line break that Markdown
shows as a blank. Diacritics count: `Müller` is not `Muller`. Source of the classes: Unicode 16, general
categories Pd, Pi, Pf, Zs.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable

import msgspec

_DASHES = "‐‑‒–—―−﹘﹣－"
_SINGLE_QUOTES = "‘’‚‛′ʼ"
_DOUBLE_QUOTES = "“”„‟″«»"
_BLANKS = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

# 'İ' is the only character whose lower case is longer than itself.
_ALIKE = {
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_BLANKS, " "),
    **{chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)},
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉ⁱⁿᵢₙₓ", "01234567890123456789ininx", strict=True)),
    "İ": "i",
}
# Substituting the few that occur took a tenth of the time of str.translate over the whole text.
_UNLIKE = re.compile("[" + "".join(_ALIKE) + "]")

# Only what gets shorter: a line break that a blank, another break or a quote mark follows, or several blanks.
# (To begin with a class of its own lets the search jump from blank to blank: a third of the time.)
_RUN_OF_BLANKS = re.compile(r"\s(?=[\s>])(?:(?<=\n)[\s>]+|(?<!\n)\s+(?:(?<=\n)>[\s>]*)?)")
_MARKS = "\u0300-\u036f\u0591-\u07ff\u0900-\u0eff\u1ab0-\u1aff\u1dc0-\u1dff\u3099\u309a"
_COMBINING = re.compile(f"[^{_MARKS}]?[{_MARKS}]+")

# Stands for a blank line, which ends every name.
_BLANK_LINE = "\x00"


class Folded(msgspec.Struct, frozen=True, gc=False):
    """A folded text. `cased` is the same with its case kept; both have the same offsets.

    `breaks` holds the places in the folded text from which the offset to the original grows, `shifts` by how
    much in all.
    """

    text: str
    cased: str
    breaks: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()

    def origin(self, offset: int) -> int:
        """The offset in the original text of the folded offset."""
        i = bisect_right(self.breaks, offset) - 1
        return offset + (self.shifts[i] if i >= 0 else 0)

    def without(self, spans: Iterable[tuple[int, int]]) -> str:
        """The folded text with no letter of any name in it where it comes from these spans of the original.

        The spans are sorted and apart. What got shorter and lies in a span only in part may stay.
        """
        ends = [at + shift for at, shift in zip(self.breaks, self.shifts, strict=True)]

        def folded(offset: int) -> int:
            i = bisect_right(ends, offset)
            at = offset - (self.shifts[i - 1] if i else 0)
            return min(at, self.breaks[i]) if i < len(ends) else at

        parts: list[str] = []
        done = 0
        for start, end in spans:
            first, last = max(folded(start), done), folded(end)
            if first < last:
                parts += (self.text[done:first], _BLANK_LINE * (last - first))
                done = last
        return "".join((*parts, self.text[done:]))

    def origin_end(self, offset: int) -> int:
        """The offset in the original text just after the folded character that ends at `offset`."""
        return self.origin(offset) if offset else 0


def fold_name(name: str) -> str:
    """A single name, folded: composed, runs of blanks made one, trimmed."""
    return _lower(_case_kept(" ".join(unicodedata.normalize("NFC", name).split())))


def fold_cased(name: str) -> str:
    """A single name, folded but for its case."""
    return _case_kept(" ".join(unicodedata.normalize("NFC", name).split()))


def fold(text: str) -> Folded:
    """`text` folded for a search of names: a soft line break as a blank, a blank line as no name's character.

    Offsets stay one to one except where a run of blanks or a decomposed character gets shorter; there the
    way back is kept.
    """
    parts: list[str] = []
    breaks: list[int] = []
    shifts: list[int] = []
    done = length = shift = 0

    def replace(start: int, end: int, new: str) -> None:
        nonlocal done, length, shift
        parts.extend((text[done:start], new))
        length += start - done + len(new)
        done = end
        if grown := (end - start) - len(new):
            shift += grown
            breaks.append(length)
            shifts.append(shift)

    for start, end, new in _shorter(text):
        replace(start, end, new)
    parts.append(text[done:])
    cased = _case_kept("".join(parts).replace("\n", " "))
    return Folded(_lower(cased), cased, tuple(breaks), tuple(shifts))


def _shorter(text: str) -> list[tuple[int, int, str]]:
    """What gets shorter in folding: `(start, end, new)`, in order, apart."""
    found = [
        (m.start(), m.end(), _BLANK_LINE if m.group().count("\n") > 1 else " ")
        for m in _RUN_OF_BLANKS.finditer(text)
    ]
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        for m in _COMBINING.finditer(text):
            composed = unicodedata.normalize("NFC", m.group())
            if len(composed) < len(m.group()):
                found.append((m.start(), m.end(), composed))
        found.sort()
    return found


def _case_kept(text: str) -> str:
    return text.replace("\t", " ") if text.isascii() else _UNLIKE.sub(lambda m: _ALIKE[m.group()], text)


def _lower(text: str) -> str:
    lower = text.lower()
    return lower if text.isascii() else lower.replace("ς", "σ")


_CJK = (
    (0x1100, 0x11FF), (0x2E80, 0x303E), (0x3041, 0x33FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xA000, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip


def is_cjk(char: str) -> bool:
    """Whether the character belongs to a script that is written without blanks between words."""
    code = ord(char)
    return code >= 0x1100 and any(low <= code <= high for low, high in _CJK)


def joins(before: str, after: str) -> bool:
    """Whether two neighbouring characters belong to one word, so that no name starts or ends between them."""
    return before.isalnum() and after.isalnum() and not is_cjk(before) and not is_cjk(after)


_WORD = re.compile(r"[^\W_]+")


def words_of(folded: str) -> set[str]:
    """The words of a folded text, cut as `joins` cuts them: a name in the text has all its words here."""
    found = set(_WORD.findall(folded))
    words = {word for word in found if word.isascii()}
    for word in found - words:
        start = 0
        for i, char in enumerate(word):
            if is_cjk(char):
                if i > start:
                    words.add(word[start:i])
                words.add(char)
                start = i + 1
        if start < len(word):
            words.add(word[start:])
    return words
