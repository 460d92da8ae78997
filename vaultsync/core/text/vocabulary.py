"""Which words a text has, and which stand side by side: a paper is looked for only where it can be mentioned.

A vocabulary is the sorted 32-bit checksums of the folded words and of each two neighbours, run together. That
one of 4 billion checksums is shared costs a second look at a note and nothing else.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from zlib import crc32

from vaultsync.core.text.folding import word_list


def vocabulary_of(folded: Iterable[str]) -> bytes:
    """The vocabulary of folded texts."""
    codes: set[int] = set()
    for text in folded:
        # As bytes, since most words are ASCII: cutting and encoding each of them took twice the time.
        words: list[bytes] = []
        for piece in _pieces(text):
            # With the last word of the piece before, whose pair comes now.
            words = [*words[-1:], *_words(_bytes(piece).translate(_APART))]
            alone = list(map(crc32, words))
            codes.update(alone, map(crc32, words[1:], alone))
    return array("I", sorted(codes)).tobytes()


_PIECE = 200_000  # characters: all words of a text of 5 MB took 150 MB
_BETWEEN = re.compile(r"[ \n\u3041-\u9fff]")  # a CJK character is a word


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that end between two words."""
    at = 0
    while at < len(text):
        end = m.start() if (m := _BETWEEN.search(text, at + _PIECE)) else len(text)
        yield text[at:end]
        at = end


_APART = bytes(i if i >= 128 or chr(i).isalnum() else 32 for i in range(256))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


_NOT_ASCII = re.compile(rb"[\x80-\xff][^ ]*")


def _words(apart: bytes) -> list[bytes]:
    """The words of a text with blanks between them; those that are not ASCII are cut once more."""
    words: list[bytes] = []
    done = 0
    for rest in _NOT_ASCII.finditer(apart):  # few of them: the text between is cut at once
        start = apart.rfind(b" ", done, rest.start()) + 1 or done
        words += apart[done:start].split()
        words += map(_bytes, word_list(apart[start : rest.end()].decode(errors="surrogatepass")))
        done = rest.end()
    return words + apart[done:].split()


Needed = tuple[tuple[int, ...], ...]
"""What a text must all have, as checksums; of the forms of one word (`rnn`, `rnns`) any will do."""


def needed(words: Sequence[str]) -> Needed:
    """What a text must have in which these words follow each other, the last one perhaps in the plural."""
    if len(words) < 2:
        return tuple((_code(word), _code(f"{word}s")) for word in words)
    pairs = list(map("".join, pairwise(words)))
    return (*((_code(pair),) for pair in pairs[:-1]), (_code(pairs[-1]), _code(f"{pairs[-1]}s")))


def _code(word: str) -> int:
    return crc32(_bytes(word))


def has_any(vocabulary: bytes, phrases: Iterable[Needed]) -> bool:
    """Whether the text may have one of these phrases; one without words may be anywhere."""
    known = memoryview(vocabulary).cast("I")
    return any(all(_has_one(known, forms) for forms in phrase) for phrase in phrases)


def _has_one(known: memoryview, forms: Iterable[int]) -> bool:
    for code in forms:
        at = bisect_left(known, code)
        if at < len(known) and known[at] == code:
            return True
    return False
