"""Folding: the form of a text in which names are compared, with the way back to the text's own offsets.

Two spellings are one name if a reader sees the same words. Case doesn't count, nor do emphasis, quotation
marks, punctuation, dashes and blanks between words, soft hyphens, zero-width characters, full width, what is
raised or lowered (`CO₂`, `CO2`), Unicode composition, TeX around a letter, `&` for `and`, or a line break
that Markdown shows as a blank; a blank line ends every name. A single Greek letter is its name: `β`, `beta`.
Diacritics count: `Müller` is not `Muller`. Brackets, slashes and the like part names. Source of the classes:
Unicode 16, general categories Pd, Pi, Pf, Zs, Cf.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, count
from operator import add, sub

from vaultsync.core.text.late_pattern import late_pattern

_DASHES = "‐‑‒–—―−﹘﹣－"
_SINGLE_QUOTES = "‘’‚‛′ʼ"
_QUOTES = "“”„‟″«»‹›「」『』《》〈〉【】、。・…"
_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

# 'İ' is the only character whose lower case is longer than itself.
_ALIKE = {
    **dict.fromkeys(_DASHES + _QUOTES + _BLANKS, " "),
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **{chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)},
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉ⁱⁿᵢₙₓ", "01234567890123456789ininx", strict=True)),
    "－": " ",
    "İ": "i",
}
# ASCII that a reader passes over between words. (As bytes: 44 MB take 0.03 s.)
_PASSED_OVER = bytes.maketrans(b'\t\n\x0b\x0c\r-:,?!"*$`\\{}', b" " * 17)
_BLANK_LINE = re.compile(r"\n[ \t\r>]*(?=\n)")
_BLANKS_IN_LINE = re.compile(r"\n[ \t\r>]+(?=\n)")
_EMPTY_LINE = re.compile(r"\n(?=\n)")
_QUOTE_MARKS = re.compile(r"\n[ \t]*>[ \t>]*")
# Within a word these belong to it: `don't`, `2.0`, `x_1`. (A sign by itself is found twice as fast as one of
# three. That another one became a blank makes no difference to it: neither is a letter.)
_AT_EDGES = {sign: re.compile(rf"{sign}(?:(?![^\W_])|(?<=[\W_].)|(?<=\A.))") for sign in ("\\.", "'", "_")}
_RUN_OF_BLANKS = re.compile("  +")
_APART_BY_BLANKS = re.compile("(  +)")
_NO_BLANK = re.compile("[^ ]")

_MARKS = "\u0300-\u036f\u0591-\u07ff\u0900-\u0eff\u1ab0-\u1aff\u1dc0-\u1dff\u3099\u309a"
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
# A letter with its marks, also where a sign that nobody sees has come between them. (Of a run of such signs
# only the first can begin one: each of thousands would be followed to their end.)
_COMBINING = late_pattern(
    f"(?:[^{_MARKS}{_UNSEEN}]|(?<![{_MARKS}{_UNSEEN}]))[{_UNSEEN}]*+[{_MARKS}][{_MARKS}{_UNSEEN}]*+"
)
_APART = late_pattern(f"[{_UNSEEN}][{_MARKS}]")
_ANY_MARK = late_pattern(f"[{_MARKS}]")

_GREEK = {
    chr(code): (name.title() if code < 0x3B1 else name)
    for first in (0x391, 0x3B1)
    for code, name in zip(
        (c for c in range(first, first + 25) if c != 0x3A2),
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma "
        "sigma tau upsilon phi chi psi omega".split()
        if first == 0x3B1
        else "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma "
        "tau upsilon phi chi psi omega".split(),
        strict=True,
    )
} | {"µ": "mu", "ϵ": "epsilon", "ϕ": "phi", "ϑ": "theta"}
_GREEK_LETTERS = frozenset(map(chr, range(0x370, 0x400)))
_TEX_FORMS = (
    "mathcal|mathbb|mathbf|mathrm|mathsf|mathit|mathfrak|boldsymbol|operatorname|textbf|textit|text|bm"
)
# What may be written with more or fewer characters than it is read with. (Each of the signs is looked for by
# itself, where it occurs: one class of all took ten times as long.)
_TEX = late_pattern(rf"\\(?:(?:{_TEX_FORMS})(?![A-Za-z])|var(?=[a-z])|&)?")
_AMPERSAND = late_pattern("&")
_READ_OTHERWISE = late_pattern(rf"[{_UNSEEN}\u0391-\u03c9\u03d1\u03d5\u03f5µ]")

_SEEN = dict.fromkeys(map(ord, _UNSEEN))

# Stands for what no name has: a blank line, or text in which nothing is looked for.
_HIDDEN = "\x00"


_PIECE = 100_000  # characters whose runs of blanks are held at once


class _Shifts:
    """The way back through one rewriting: where the offset changes, and by how much in all."""

    __slots__ = ("breaks", "ends", "shifts")

    def __init__(self, edits: Iterable[tuple[int, int, int]]) -> None:
        """`edits` are `(start, end, new length)` in the text before, sorted and apart."""
        self.breaks = array("i")
        self.shifts = array("i")
        shift = 0
        for start, end, length in edits:
            grown = end - start - length
            at = start - shift + length
            if grown < 0:
                # One step for each further character, so that the way back never overtakes the text.
                for more in range(grown + 1, 1):
                    shift -= 1
                    self._add(at + more, shift)
            elif grown:
                shift += grown
                self._add(at, shift)
        self.ends = array("i", map(add, self.breaks, self.shifts))

    def add_runs(self, text: str) -> str:
        """`text` with one blank in place of each run of them; the way back through that is added here."""
        # There are some hundred in a note: by lengths it takes two thirds of the time of a look at each. But
        # a note may have a million: as lists of numbers they took 70 MB, and all of them at once as much.
        pieces: list[str] = []
        at = shift = 0
        while at < len(text):
            after = _NO_BLANK.search(text, at + _PIECE) if len(text) - at > _PIECE else None
            end = after.start() if after else len(text)
            parts = _APART_BY_BLANKS.split(text[at:end])  # texts and runs in turn
            pieces.append(" ".join(parts[::2]))
            self.ends.extend(list(accumulate(map(len, parts), initial=at))[2::2])
            shifts = list(map(sub, accumulate(map(len, parts[1::2]), initial=shift), count()))
            self.shifts.extend(shifts[1:])
            at, shift = end, shifts[-1]
        self.breaks.extend(map(sub, self.ends, self.shifts))
        return "".join(pieces)

    def _add(self, at: int, shift: int) -> None:
        if self.breaks and self.breaks[-1] == at:
            self.shifts[-1] = shift
        else:
            self.breaks.append(at)
            self.shifts.append(shift)

    def origin(self, offset: int) -> int:
        i = bisect_right(self.breaks, offset) - 1
        return offset + (self.shifts[i] if i >= 0 else 0)

    def places(self, offsets: Sequence[int]) -> Sequence[int]:
        """The other way: where the characters at `offsets` of the text before went."""
        if not self.breaks:
            return offsets
        found = []
        breaks, ends, shifts, last = self.breaks, self.ends, self.shifts, len(self.breaks)
        for offset in offsets:  # (a call for each would double the time)
            i = bisect_right(ends, offset)
            at = offset - shifts[i - 1] if i else offset
            found.append(at if i == last or at < breaks[i] else breaks[i])
        return found


class Folded:
    """A folded text. `cased` is the same with its case kept; both have the same offsets."""

    def __init__(self, text: str) -> None:
        # A third of all runs of blanks would be where bullets begin, and no name goes from one to the next.
        text = text.replace("\n- ", f"{_HIDDEN}{_HIDDEN} ")
        beyond = _beyond_ascii(text)
        rewritten, edits = _rewritten(text, beyond)
        self._first, self._second = _Shifts(edits), _Shifts(())
        beyond = _beyond_ascii(rewritten) if edits else beyond
        self.cased = self._second.add_runs(_one_to_one(rewritten, beyond))
        self.text = _lower(self.cased)

    def origin(self, offset: int) -> int:
        """The offset in the original text of the folded offset."""
        return self._first.origin(self._second.origin(offset))

    def origin_end(self, offset: int) -> int:
        """The offset in the original text just after the folded character that ends at `offset`."""
        return self.origin(offset) if offset else 0

    def without(self, spans: Iterable[tuple[int, int]]) -> str:
        """The folded text with no letter of any name in it where it comes from these spans of the original.

        The spans are sorted and apart. What got shorter and lies in a span only in part may stay.
        """
        parts: list[str] = []
        done = 0
        places = self._second.places(self._first.places([offset for span in spans for offset in span]))
        for first, last in zip(places[::2], places[1::2], strict=True):
            first = max(first, done)
            if first < last:
                parts += (self.text[done:first], _HIDDEN * (last - first))
                done = last
        return "".join((*parts, self.text[done:]))


def fold(text: str) -> Folded:
    """`text` folded for a search of names."""
    return Folded(text)


def fold_name(name: str) -> str:
    """A single name, folded."""
    return _fold_name(name) if len(name) <= LONGEST_KEPT else _lower(fold_cased(name))


LONGEST_KEPT = 300
"""Characters of a name that is kept folded: titles are asked for by each note that names them."""


@lru_cache(maxsize=8192)
def _fold_name(name: str) -> str:
    return _lower(fold_cased(name))


def fold_cased(name: str) -> str:
    """A single name, folded but for its case."""
    if name.isascii() and name.replace(" ", "").isalnum():  # a third of the time for most names
        return " ".join(name.split())
    rewritten = _rewritten(name, _beyond_ascii(name))[0]
    cased = _one_to_one(rewritten, _beyond_ascii(rewritten))
    return (_RUN_OF_BLANKS.sub(" ", cased) if "  " in cased else cased).strip()


def unaccented(folded: str) -> str:
    """A folded text without its diacritics, for what is only suggested: `müller` is `muller`."""
    if folded.isascii():
        return folded
    apart = unicodedata.normalize("NFKD", folded)
    return "".join(c for c in apart if not unicodedata.combining(c)).replace("ß", "ss").replace("ø", "o")


_ASCII = bytes(range(128))


def _beyond_ascii(text: str) -> str:
    """The characters of a text that are not ASCII, in their order: some dozen, to look for one of them in."""
    if text.isascii():
        return ""
    return text.encode(errors="surrogatepass").translate(None, _ASCII).decode(errors="surrogatepass")


def _rewritten(text: str, beyond: str) -> tuple[str, list[tuple[int, int, int]]]:
    """The text with what is read otherwise than it is written, and the edits that made it so.

    `beyond` is its `_beyond_ascii`.
    """
    if not beyond and "&" not in text and "\\" not in text:  # as most names: a third of the time of folding
        return text, []
    signs = [pattern for sign, pattern in (("&", _AMPERSAND), ("\\", _TEX)) if sign in text]
    if beyond and _READ_OTHERWISE.search(beyond):
        signs.append(_READ_OTHERWISE)
    found: list[tuple[int, int, str]] = []
    if (
        beyond
        and _ANY_MARK.search(beyond)
        and (_APART.search(text) or not unicodedata.is_normalized("NFC", text))
    ):
        for m in _COMBINING.finditer(text):
            composed = unicodedata.normalize("NFC", m.group().translate(_SEEN))
            if composed != m.group():
                found.append((m.start(), m.end(), composed))
    taken = {start for start, _, _ in found}
    found += (
        (m.start(), m.end(), read)
        for pattern in signs
        for m in pattern.finditer(text)
        if m.start() not in taken and (read := _read_as(text, m)) is not None
    )
    found.sort()
    if not found:
        return text, []
    parts: list[str] = []
    edits: list[tuple[int, int, int]] = []
    done = 0
    for start, end, new in found:
        if start >= done:
            parts += (text[done:start], new)
            edits.append((start, end, len(new)))
            done = end
    return "".join((*parts, text[done:])), edits


_ENTITY = re.compile(r"&#?\w+;")


def _read_as(text: str, m: re.Match[str]) -> str | None:
    """What stands for a match in the reading; `None` where it is read as it is written."""
    char = m[0][0]
    if char == "&" or m[0] == "\\&":
        return None if _ENTITY.match(text, m.end() - 1) else "and"
    if char == "\\":
        return "" if len(m[0]) > 1 else None
    if char in _GREEK:
        before, after = text[m.start() - 1 : m.start()], text[m.end() : m.end() + 1]
        alone = not ({before, after} & _GREEK_LETTERS or unicodedata.combining(after or " "))
        return _GREEK[char] if alone else None
    return "" if char in _UNSEEN else None


def _one_to_one(text: str, beyond: str) -> str:
    """The text with each character that is passed over as a blank; no character comes or goes.

    `beyond` is its `_beyond_ascii`.
    """
    if beyond:
        for char in _ALIKE.keys() & set(beyond):
            text = text.replace(char, _ALIKE[char])
    if "\n" in text:
        if _BLANKS_IN_LINE.search(text):
            text = _BLANK_LINE.sub(lambda m: _HIDDEN + " " * (len(m.group()) - 1), text)
        elif "\n\n\n" in text:
            text = _EMPTY_LINE.sub(_HIDDEN, text)
        else:  # as most notes are: no call for each blank line
            text = text.replace("\n\n", f"{_HIDDEN}\n")
        if ">" in text:
            text = _QUOTE_MARKS.sub(lambda m: " " * len(m.group()), text)
    text = text.encode(errors="surrogatepass").translate(_PASSED_OVER).decode(errors="surrogatepass")
    for sign, at_edges in _AT_EDGES.items():
        if sign[-1] in text:  # few names have any
            text = at_edges.sub(" ", text)
    for doubled in ("==", "~~"):
        if doubled[0] in text:
            text = text.replace(doubled, "  ")
    return text


def _lower(text: str) -> str:
    lower = text.lower()
    return lower if text.isascii() else lower.replace("ς", "σ")


_CJK = (
    (0x1100, 0x11FF), (0x2E80, 0x303E), (0x3041, 0x33FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xA000, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip


FIRST_CJK = "\u1100"
"""All characters before this one belong to scripts that are written with blanks between words."""

_ANY_CJK = late_pattern("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _CJK) + "]")


def is_cjk(char: str) -> bool:
    """Whether the character belongs to a script that is written without blanks between words."""
    code = ord(char)
    return code >= 0x1100 and any(low <= code <= high for low, high in _CJK)


def joins(before: str, after: str) -> bool:
    """Whether two neighbouring characters belong to one word, so that no name starts or ends between them."""
    if not (before.isalnum() and after.isalnum()):
        return False
    return (before < FIRST_CJK or not is_cjk(before)) and (after < FIRST_CJK or not is_cjk(after))


_WORD = re.compile(r"[^\W_]+")


def words_of(folded: str) -> set[str]:
    """The words of a folded text, cut as `joins` cuts them: a name in the text has all its words here."""
    return set(word_list(folded))


def word_list(folded: str) -> list[str]:
    """The same in their order; each CJK character is a word."""
    if folded.isascii() or not _ANY_CJK.search(folded):  # as most texts: half the time
        return _WORD.findall(folded)
    words: list[str] = []
    for word in _WORD.findall(folded):
        if word.isascii():
            words.append(word)
            continue
        start = 0
        for i, char in enumerate(word):
            if is_cjk(char):
                if i > start:
                    words.append(word[start:i])
                words.append(char)
                start = i + 1
        if start < len(word):
            words.append(word[start:])
    return words
