"""How common a name is: whether the papers of the vault, or people in general, use its words as a phrase.

`Large Language Models: A Survey` has a main title that names a field and no paper. What tells is how often
the pairs of neighbouring words stand in the titles and abstracts of *other* papers, and the lists of
`common_words` (design, section 6). Conference notes don't count: what is said at a conference must not
decide what it links to.

A paper keeps the pairs of its title and abstract as 32-bit checksums. Only pairs that some name has
are counted, when the first name is judged; from then on each paper that comes or goes costs its own pairs.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from zlib import crc32

from vaultsync.core.papers.common_words import is_common_pair, is_common_word, is_saying
from vaultsync.core.text.folding import word_list
from vaultsync.core.text.tokens import is_function_word

OFTEN = 2
"""Other papers whose texts must share a pair of words before it counts as a phrase."""

LONG = 7
"""Words of a name from which on it is no phrase that people use without meaning the paper."""

FEW = 30
"""Pairs up to which looking for each of them costs less than going through all pairs of all papers."""

ABSTRACT = 1500
"""Characters of a paper note's text that are counted: an abstract, rarely more."""

_APART = bytes(i if i >= 128 or chr(i).isalnum() else 32 for i in range(256))


def pairs_of(title: str, text: str) -> bytes:
    """The checksums of all neighbouring words of a title and of the beginning of a text."""
    codes: set[int] = set()
    for part in (title, text[:ABSTRACT]):
        words = part.lower().encode(errors="surrogatepass").translate(_APART).split()
        codes.update(map(crc32, words[1:], map(crc32, words)))
    return array("I", codes).tobytes()


def codes_in(pairs: bytes) -> memoryview:
    """The checksums as numbers."""
    return memoryview(pairs).cast("I")


def pieces_of(folded: str) -> Iterator[list[str]]:
    """The words of a folded name, cut where a function word stands."""
    piece: list[str] = []
    for word in word_list(folded):
        if is_function_word(word):
            if piece:
                yield piece
            piece = []
        else:
            piece.append(word)
    if piece:
        yield piece


def doubtful_codes(folded: str) -> list[int]:
    """The checksums on which the judgement of a name hangs; none where the lists alone decide."""
    if len(word_list(folded)) >= LONG or is_saying(folded):
        return []
    return [
        _code(one, other)
        for piece in pieces_of(folded)
        for one, other in pairwise(piece)
        if not is_common_pair(one, other)
    ]


def _code(one: str, other: str) -> int:
    return crc32(other.encode(errors="surrogatepass"), crc32(one.encode(errors="surrogatepass")))


class Commonness:
    """Counts, over the papers of a vault, of the pairs of words that names have."""

    def __init__(self) -> None:
        self._papers: dict[str, bytes] = {}
        self._counts: dict[int, int] = {}

    def add(self, path: str, pairs: bytes) -> None:
        """Count a paper's pairs."""
        self._papers[path] = pairs
        self._change(pairs, 1)

    def remove(self, path: str) -> None:
        """Count them no longer."""
        if (pairs := self._papers.pop(path, None)) is not None:
            self._change(pairs, -1)

    def _change(self, pairs: bytes, by: int) -> None:
        if self._counts:
            counts = self._counts
            for code in codes_in(pairs):
                if code in counts:
                    counts[code] += by

    def is_common(self, folded: str, path: str) -> bool:
        """Whether the name is a phrase to other papers than the one at `path`, or to people in general."""
        if is_saying(folded):
            return True
        if len(word_list(folded)) >= LONG:
            return False
        own = self._papers.get(path, b"")
        return all(self._is_common(piece, own) for piece in pieces_of(folded))

    def _is_common(self, piece: list[str], own: bytes) -> bool:
        if len(piece) == 1:
            return is_common_word(piece[0])
        for one, other in pairwise(piece):
            if not is_common_pair(one, other):
                code = _code(one, other)
                if self.count(code) - (code in codes_in(own)) < OFTEN:
                    return False
        return True

    def count(self, code: int) -> int:
        """How many papers have the pair."""
        known = self._counts.get(code)
        if known is None:
            needle = code.to_bytes(4, "little")
            known = sum(needle in pairs and code in codes_in(pairs) for pairs in self._papers.values())
            self._counts[code] = known
        return known

    def count_all(self, codes: Iterable[int]) -> None:
        """Count many pairs at once, in one go over the papers."""
        wanted = {code for code in codes if code not in self._counts}
        if len(wanted) <= FEW:
            for code in wanted:
                self.count(code)
            return
        found = dict.fromkeys(wanted, 0)
        for pairs in self._papers.values():
            for code in wanted.intersection(codes_in(pairs)):
                found[code] += 1
        self._counts.update(found)

    def turned(self, counted: Mapping[int, int], asked: Collection[int]) -> set[int]:
        """The pairs asked for of which a name may have become common, or no longer is.

        `counted` says by how many papers more, or fewer, have a pair than before (`counted_anew`).
        """
        self.count_all(asked)
        limits = OFTEN, OFTEN + 1  # (the second for a paper that has the pair itself)
        turned = set()
        for code in asked:
            now, before = self._counts[code], self._counts[code] - counted.get(code, 0)
            if any((now < limit) != (before < limit) for limit in limits):
                turned.add(code)
        return turned


def counted_anew(changed: Iterable[tuple[bytes, int]]) -> dict[int, int]:
    """By how many papers more have each pair, given the pairs of those that came (1) and went (-1)."""
    counted: Counter[int] = Counter()
    for pairs, by in changed:
        for code in codes_in(pairs):
            counted[code] += by
    return {code: by for code, by in counted.items() if by}


_ENTITY_OR_LINK = re.compile(r"\]\([^)\s]*\)|https?://\S+")


def prose_of(text: str) -> str:
    """The beginning of a note's text as it is counted: without the tool's lists, and without addresses."""
    start = text.find("%% vaultsync:begin")
    return _ENTITY_OR_LINK.sub(" ", text[: ABSTRACT * 2] if start < 0 else text[: min(start, ABSTRACT * 2)])
