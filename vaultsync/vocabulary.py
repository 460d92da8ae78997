"""Which words a text has, in little space: so that a new paper is looked for only where it can be mentioned.

A vocabulary is the sorted 32-bit checksums of the folded words. That one of 4 billion checksums is shared
costs a second look at a note and nothing else.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from zlib import crc32

from vaultsync.folding import words_of


def vocabulary_of(folded: Iterable[str]) -> bytes:
    """The vocabulary of folded texts."""
    words = {word for text in folded for word in words_of(text)}
    return array("I", sorted(crc32(word.encode(errors="surrogatepass")) for word in words)).tobytes()


def has_any(vocabulary: bytes, words: Iterable[str]) -> bool:
    """Whether the text of the vocabulary may have one of the folded words."""
    known = memoryview(vocabulary).cast("I")
    for word in words:
        code = crc32(word.encode(errors="surrogatepass"))
        at = bisect_left(known, code)
        if at < len(known) and known[at] == code:
            return True
    return False
