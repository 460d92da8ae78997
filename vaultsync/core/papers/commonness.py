"""How common a name is: whether the papers of the vault, or people in general, use its words as a phrase.

`Large Language Models: A Survey` has a main title that names a field and no paper. What tells is how often
the pairs of neighbouring words stand in the titles and abstracts of *other* papers, and the lists of
`common_words` (design, section 6). Conference notes don't count: what is said at a conference must not
decide what it links to.

A paper keeps the words of its title and abstract, run together: to cut and keep all their pairs took four
times as long. Only pairs that some name has are counted, all at once by an automaton when the first name is
judged; from then on each paper that comes or goes costs its own pairs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from ahocorasick_rs import BytesAhoCorasick

from vaultsync.core.papers.common_words import is_common_pair, is_common_word, is_saying
from vaultsync.core.text.folding import word_list
from vaultsync.core.text.tokens import is_function_word

OFTEN = 2
"""Other papers whose texts must share a pair of words before it counts as a phrase."""

LONG = 7
"""Words of a name from which on it is no phrase that people use without meaning the paper."""

ABSTRACT = 1500
"""Characters of a paper note's text that are counted: an abstract, rarely more."""

_APART = bytes(i if i >= 128 or chr(i).isalnum() else 32 for i in range(256))
_RUN_OF_BLANKS = re.compile(b"  +")


Pair = bytes
"""Two neighbouring words, as they stand in what `told_by` gives: a blank before, between and after them."""


def told_by(title: str, text: str) -> bytes:
    """The words of a title and of the beginning of a text, in lines with a blank before and after each."""
    one, other = _told(title), _told(text[:ABSTRACT])
    return b" %b \n %b \n" % (one, other)


def _told(text: str) -> bytes:
    # (To cut an abstract at its blanks, and to put its words together again, took three times as long.)
    return _RUN_OF_BLANKS.sub(b" ", text.lower().encode(errors="surrogatepass").translate(_APART).strip())


def pairs_in(told: bytes) -> set[Pair]:
    """The pairs of words side by side."""
    return {b" %b %b " % pair for line in told.split(b"\n") for pair in pairwise(line.split())}


def code_of(pair: Pair) -> int:
    """A checksum by which readings remember a pair in little space."""
    return crc32(pair)


def codes_in(doubts: bytes) -> memoryview:
    """The checksums that a reading remembers, as numbers."""
    return memoryview(doubts).cast("I")


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


@lru_cache(maxsize=4096)  # the same names are judged in note after note
def doubtful_pairs(folded: str) -> tuple[Pair, ...]:
    """The pairs on which the judgement of a name hangs; none where the lists alone decide."""
    if len(word_list(folded)) >= LONG or is_saying(folded):
        return ()
    return tuple(
        _pair(one, other)
        for piece in pieces_of(folded)
        for one, other in pairwise(piece)
        if not is_common_pair(one, other)
    )


@lru_cache(maxsize=4096)
def doubts_about(folded: str) -> frozenset[int]:
    """The checksums of these pairs."""
    return frozenset(map(code_of, doubtful_pairs(folded)))


def _pair(one: str, other: str) -> Pair:
    return f" {one} {other} ".encode(errors="surrogatepass")


class Commonness:
    """Counts, over the papers of a vault, of the pairs of words that names have."""

    def __init__(self) -> None:
        self._papers: dict[str, bytes] = {}
        self._counts: dict[Pair, int] = {}
        self._judged: dict[tuple[str, str], bool] = {}  # a name is asked for by each note that has it, thrice

    def add(self, path: str, told: bytes) -> None:
        """Count the pairs in what a paper tells."""
        self._papers[path] = told
        self._change(told, 1)

    def remove(self, path: str) -> None:
        """Count them no longer."""
        if (told := self._papers.pop(path, None)) is not None:
            self._change(told, -1)

    def _change(self, told: bytes, by: int) -> None:
        self._judged.clear()
        if self._counts:
            for pair in self._counts.keys() & pairs_in(told):
                self._counts[pair] += by

    def is_common(self, folded: str, path: str) -> bool:
        """Whether the name is a phrase to other papers than the one at `path`, or to people in general."""
        known = self._judged.get((folded, path))
        if known is None:
            known = self._judged[folded, path] = self._judge(folded, path)
        return known

    def _judge(self, folded: str, path: str) -> bool:
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
                pair = _pair(one, other)
                if self.count(pair) - (pair in own) < OFTEN:
                    return False
        return True

    def count(self, pair: Pair) -> int:
        """How many papers have the pair."""
        known = self._counts.get(pair)
        if known is None:
            known = self._counts[pair] = sum(pair in told for told in self._papers.values())
        return known

    def count_all(self, pairs: Iterable[Pair]) -> None:
        """Count many pairs at once, in one go over the papers."""
        wanted = list({pair for pair in pairs if pair not in self._counts})
        if not wanted:
            return
        search = BytesAhoCorasick(wanted)
        found = [0] * len(wanted)
        for told in self._papers.values():
            for number in {number for number, _, _ in search.find_matches_as_indexes(told, overlapping=True)}:
                found[number] += 1
        self._counts.update(zip(wanted, found, strict=True))

    def turned(self, counted: Mapping[Pair, int], asked: Collection[Pair]) -> set[Pair]:
        """The pairs asked for of which a name may have become common, or no longer is.

        `counted` says by how many papers more, or fewer, have a pair than before (`counted_anew`).
        """
        self.count_all(asked)
        limits = OFTEN, OFTEN + 1  # (the second for a paper that has the pair itself)
        turned = set()
        for pair in asked:
            now, before = self._counts[pair], self._counts[pair] - counted.get(pair, 0)
            if any((now < limit) != (before < limit) for limit in limits):
                turned.add(pair)
        return turned


def counted_anew(changed: Iterable[tuple[bytes, int]]) -> dict[Pair, int]:
    """By how many papers more have each pair, given what those told that came (1) and went (-1)."""
    counted: Counter[Pair] = Counter()
    for told, by in changed:
        for pair in pairs_in(told):
            counted[pair] += by
    return {pair: by for pair, by in counted.items() if by}


_ENTITY_OR_LINK = re.compile(r"\]\([^)\s]{0,2000}\)|https?://\S+")


def prose_of(text: str) -> str:
    """The beginning of a note's text as it is counted: without the tool's lists, and without addresses."""
    start = text.find("%% vaultsync:begin", 0, ABSTRACT * 2 + len("%% vaultsync:begin"))
    prose = text[: ABSTRACT * 2] if start < 0 else text[: min(start, ABSTRACT * 2)]
    # One character is found ten times as fast as several, and most abstracts have neither.
    if not ("]" in prose and "](" in prose) and not ("/" in prose and "://" in prose):
        return prose
    return _ENTITY_OR_LINK.sub(" ", prose)
