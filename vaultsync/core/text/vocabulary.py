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


Needed = tuple[tuple[int, ...], ...]
"""Words that a text must all have, as checksums; of the forms of one word (`rnn`, `rnns`) any will do."""


def needed(words: Iterable[str]) -> Needed:
    """What a text that mentions a name of these words must have: each word, or its plural."""
    return tuple(tuple(crc32(_bytes(form)) for form in (word, f"{word}s")) for word in words)


def has_all(vocabulary: bytes, words: Needed) -> bool:
    """Whether the text may have all of these words; a name without words may be anywhere."""
    known = memoryview(vocabulary).cast("I")
    for forms in words:
        for code in forms:
            at = bisect_left(known, code)
            if at < len(known) and known[at] == code:
                break
        else:
            return False
    return True
