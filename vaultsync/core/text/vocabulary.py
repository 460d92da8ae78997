"""Which words a text has, in little space: so that a new paper is looked for only where it can be mentioned.

A vocabulary is the sorted 32-bit checksums of the folded words. That one of 4 billion checksums is shared
costs a second look at a note and nothing else.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from zlib import crc32

from vaultsync.core.text.folding import words_of


def vocabulary_of(folded: Iterable[str]) -> bytes:
    """The vocabulary of folded texts."""
    # As bytes, since most words are ASCII: cutting and encoding each of them took twice the time.
    found: set[bytes] = set()
    for text in folded:
        found.update(_bytes(text).translate(_APART).split())
    others = [word for word in found if not word.isascii()]
    found.difference_update(others)
    for word in others:
        found.update(map(_bytes, words_of(word.decode(errors="surrogatepass"))))
    return array("I", sorted(map(crc32, found))).tobytes()


_APART = bytes(i if i >= 128 or chr(i).isalnum() else 32 for i in range(256))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def has_any(vocabulary: bytes, words: Iterable[str]) -> bool:
    """Whether the text of the vocabulary may have one of the folded words."""
    known = memoryview(vocabulary).cast("I")
    for word in words:
        code = crc32(_bytes(word))
        at = bisect_left(known, code)
        if at < len(known) and known[at] == code:
            return True
    return False
