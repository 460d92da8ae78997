"""All papers of a vault by the words of their titles and by their first authors, for `recognition`.

An abbreviation is taken for what it may shorten: `DRL` for any words in a title that begin so, one after the
other, `A3C` for words that begin with A, A, A and C, `asynchro` for the title's word that begins so.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import fsum, log

import msgspec

from vaultsync.core.papers.common_words import is_brand, is_common_word
from vaultsync.core.papers.paper import STRONG, Identified, Paper
from vaultsync.core.text.folding import fold, is_cjk, unaccented, word_list
from vaultsync.core.text.tokens import is_function_word

COVERED, COVERED_WITH_AUTHOR = 0.7, 0.3
"""The share of a unit's words, by their rarity, that a title must have; with its author beside it."""

ENOUGH = 1.1
"""What the shared words must weigh together, in words that one title has alone."""

ROUNDING = 1e-6
"""More than sums of a unit's weights differ by the order in which they are added."""

CLIPPED = 5
"""Letters from which on the beginning of a word may stand for it."""

KEPT_MEANINGS = 100_000
"""Words whose meaning is kept, about 20 MB at the most: notes repeat few words often."""

INITIALS = "="
"""Marks a key that stands for words by their initials."""

_ABBREVIATION = re.compile(r"[A-Z](?:[A-Z]{1,4}|[2-4][A-Z]?|[A-Z][2-4])s?")
_DIGIT = re.compile(r"([a-z])([2-4])")


class Citable(msgspec.Struct, frozen=True):
    """A paper as titles are compared: its folded words in their order, and what it is cited by.

    `initials` are those of the words, without the function words. `second` is the other of two authors.
    """

    path: str
    title: str
    words: tuple[str, ...]
    initials: str
    surname: str
    second: str
    year: int
    ids: tuple[Identified, ...]


class TitleIndex:
    """All papers of a vault by the words of their titles and by their first authors."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        known = sorted(papers, key=lambda paper: paper.path)
        self.papers = [_citable(paper) for paper in known]
        self._by_word: dict[str, list[int]] = {}
        self._by_surname: dict[str, list[int]] = {}
        self._names: dict[str, list[tuple[str, str]]] = {}
        self._shorter: dict[str, list[str]] = {}
        self._meanings: dict[str, tuple[str, str]] = {}
        self._sets: dict[str, frozenset[int]] = {}
        for number, paper in enumerate(self.papers):
            for word in dict.fromkeys(paper.words):
                self._by_word.setdefault(word, []).append(number)
            if paper.surname:
                self._by_surname.setdefault(paper.surname, []).append(number)
        self._sorted = sorted(self._by_word)
        self._most = log(len(self.papers) + 1)
        self._weights = {word: self._most - log(len(held)) for word, held in self._by_word.items()}
        self._add_names(known)

    def _add_names(self, papers: Iterable[Paper]) -> None:
        """Make the names known that count letter for letter only."""
        for paper in papers:
            for name in paper.names:
                word = name.folded
                by_letters = name.cased and name.strength == STRONG and " " not in word and len(word) > 3
                if by_letters and not (is_common_word(word) or is_brand(word)):
                    self._names.setdefault(word, []).append((paper.path, name.cased))

    def weight(self, word: str) -> float:
        """How much it tells that a title has the word."""
        return self._weights.get(word, 0.0)

    def in_other_case(self, word: str, written: str) -> list[str]:
        """The papers with this name, written otherwise."""
        return [path for path, cased in self._names.get(word, ()) if cased != written]

    def no_other_case(self, words: Iterable[str]) -> bool:
        """Whether none of these lower-case words is a name that counts letter for letter only."""
        return self._names.keys().isdisjoint(words)

    def cited(self, surname: str, year: int | None, venue_year: bool = False) -> list[int]:
        """The papers of a first author, of a year where one is given."""
        found = self._by_surname.get(surname, [])
        return [
            n
            for n in found
            if year is None or (self.papers[n].year - year) in ((0, -1) if venue_year else (0,))
        ]

    def meaning(self, written: str) -> tuple[str, str]:
        """A word as titles are compared, and the key that is meant by it (`known`)."""
        found = self._meanings.get(written)
        if found is None:
            if len(self._meanings) >= KEPT_MEANINGS:
                self._meanings.clear()
            key = key_of(written)
            found = self._meanings[written] = key, self.known(key, written)
        return found

    def known(self, word: str, written: str = "") -> str:
        """The key that is meant: the word itself, what it shortens, or what a slip of the pen is next to."""
        if _ABBREVIATION.fullmatch(written) and (initials := self._initials(written)):
            return initials
        if word in self._by_word or len(word) < CLIPPED:
            return word
        if len(word) > CLIPPED:
            if not self._shorter:
                self._learn_slips()
            near = {w for shorter in (word, *_without_one(word)) for w in self._shorter.get(shorter, ())}
            if near:
                return min(near, key=lambda w: (-len(self._by_word[w]), w))
        return self._unclipped(word) or word

    def _learn_slips(self) -> None:
        for title_word in self._sorted:
            if len(title_word) > CLIPPED:
                for shorter in {title_word, *_without_one(title_word)}:
                    self._shorter.setdefault(shorter, []).append(title_word)

    def _unclipped(self, word: str) -> str | None:
        """The one word of titles that begins so, or the one that most titles have."""
        at = bisect_left(self._sorted, word)
        longer = []
        while at < len(self._sorted) and self._sorted[at].startswith(word):
            longer.append(self._sorted[at])
            at += 1
        return min(longer, key=lambda w: (-len(self._by_word[w]), w), default=None)

    def _initials(self, written: str) -> str:
        """The key of an abbreviation, if a title has words that it can stand for; else nothing."""
        letters = _DIGIT.sub(lambda m: m[1] * int(m[2]), written.rstrip("s").lower())
        key = INITIALS + letters
        if key not in self._by_word:
            spelled = written.rstrip("s").lower()
            held = [n for n, paper in enumerate(self.papers) if letters in paper.initials]
            held = sorted({*held, *self._by_word.get(spelled, ())})
            self._by_word[key] = held
            self._weights[key] = self._most - log(len(held)) if held else 0.0
        return key if self._by_word[key] else ""

    def like(self, words: Sequence[str], authors: Iterable[int] = ()) -> list[tuple[float, int, set[str]]]:
        """The papers whose titles share words with a unit, best first: score, number, the words."""
        weights = {word: self._weights.get(word, 0.0) for word in words}
        beside = set(authors)
        if not beside and sum(weights.values()) + ROUNDING < ENOUGH * self._most:
            return []
        # A word that no title has tells against each of them, but less than a rare word that one has.
        # An abbreviation that many titles may mean tells as much against the others.
        total = sum(self._against(word, weight) for word, weight in weights.items())
        found = []
        holders = [(word, weight, self._holders(word)) for word, weight in weights.items()]
        for number in beside.union(self._sharing(weights, max(COVERED * total, ENOUGH * self._most))):
            overlap = 0.0
            for _, weight, held in holders:
                if number in held:
                    overlap += weight
            by_author = number in beside
            covered = overlap / total if total else 0.0
            if covered < (COVERED_WITH_AUTHOR if by_author else COVERED):
                continue
            if not by_author and overlap < ENOUGH * self._most:
                continue
            shared = {word for word, _, held in holders if number in held}
            spelled = [word for word in shared if not word.startswith(INITIALS)]
            telling = sum(not is_common_word(word) for word in spelled)
            if len(shared) >= (1 if by_author else 2) and (by_author or telling or len(spelled) > 2):
                # (Exact: else two titles alike change places with the order in which a set is gone through.)
                own = fsum(map(self.weight, set(self.papers[number].words))) or 1.0
                found.append(
                    (0.6 * covered + 0.2 * min(1.0, overlap / own) + 0.2 * by_author, number, shared)
                )
        return sorted(found, key=lambda item: (-item[0], item[1]))

    def _sharing(self, weights: Mapping[str, float], least: float) -> Iterable[int]:
        """The papers whose titles have words of at least this weight together.

        Such a title lacks less than what all words weigh beyond `least`. So it has one of the rarest that
        weigh more than that, and the long lists of the common words needn't be gone through; of the papers
        that have one of those, most lack too much before half of the other words are looked at.
        """
        spare = sum(weights.values()) - least + ROUNDING
        seen, found = 0.0, dict[int, float]()
        for word in sorted(weights, key=weights.__getitem__, reverse=True):
            weight = weights[word]
            if seen <= spare:
                for number in self._by_word.get(word, ()):
                    found[number] = found.get(number, 0.0) + weight
            elif not found:
                break
            else:
                holders, lacks = self._holders(word), seen + weight - spare
                found = {
                    number: held + weight if number in holders else held
                    for number, held in found.items()
                    if number in holders or held >= lacks
                }
            seen += weight
        return found

    def _against(self, word: str, weight: float) -> float:
        """How much it tells against a title that it lacks the word."""
        if word.startswith(INITIALS):
            return max(weight, self._most / 2)
        # (Short words join others, `x`.)
        return weight or (self._most / 2 if len(word) > 3 else 0.0)

    def _holders(self, word: str) -> frozenset[int]:
        """The papers whose titles have the word; as a set it is only kept of words that were asked for."""
        known = self._sets.get(word)
        if known is None:
            known = self._sets[word] = frozenset(self._by_word.get(word, ()))
        return known


def _citable(paper: Paper) -> Citable:
    cited = (re.fullmatch(r"(\S+) (\d{4})", hint) for hint in paper.hints)
    first = next((m for m in cited if m), None)
    words = [
        key
        for word in word_list(fold(paper.title).text)
        if (key := key_of(word)) and not is_function_word(key)
    ]
    initials = "".join(word[0] for word in words)
    words += [a + b for a, b in pairwise(words) if len(a) < 5 or len(b) < 5]
    surname, year = (unaccented(first[1]), int(first[2])) if first else ("", 0)
    both = (re.fullmatch(r"\S+ and (\S+) \d{4}", hint) for hint in paper.hints)
    second = next((unaccented(m[1]) for m in both if m), "")
    return Citable(paper.path, paper.title, tuple(words), initials, surname, second, year, paper.ids)


def key_of(word: str, *, plural: bool = True) -> str:
    """A word as titles are compared: without case, diacritics and the plural's `s`."""
    folded = unaccented(word.lower())
    return (
        folded[:-1]
        if plural and len(folded) > 3 and folded.endswith("s") and not folded.endswith("ss")
        else folded
    )


def is_slip(one: str, other: str) -> bool:
    """Whether two long words differ by one letter left out, added, changed or exchanged with the next.

    Not the first letter, which makes another word (`asymmetric`), a digit, or a character that is a word.
    """
    if min(len(one), len(other)) <= CLIPPED or one[0] != other[0]:
        return False
    if any(char.isdigit() or is_cjk(char) for char in one + other):
        return False
    return not {one, *_without_one(one)}.isdisjoint((other, *_without_one(other)))


LONGEST_SLIP = 40
"""Letters of a word in which slips are looked for: a longer one is no word, but a gene's sequence, say."""


def _without_one(word: str) -> list[str]:
    """The words that a word becomes without one of its letters; of a very long one none."""
    return [word[:i] + word[i + 1 :] for i in range(len(word))] if len(word) <= LONGEST_SLIP else []
