"""Finding thousands of names in a text at once: leftmost, longest, whole words.

An Aho-Corasick automaton looks for the first characters of each name only; what follows is compared by hash.
Automata over whole titles took 0.33 s to build for 30,000 names, over 12 characters 0.07 s, and titles that
share a beginning share its pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice

import msgspec
from ahocorasick_rs import AhoCorasick

from vaultsync.core.text.folding import Folded, joins

PREFIX = 12


class Match(msgspec.Struct, frozen=True, gc=False):
    """A name in a folded text: `[start, end)` in folded offsets, and the folded name.

    `plural` if an `s` that is not the name's follows.
    """

    start: int
    end: int
    name: str
    plural: bool = False


MOST = 10_000
"""Names in one text: each is weighed, quoted and listed, and takes some 4 kB and a tenth of a millisecond."""


class TooManyNames(Exception):
    """A text names so much that nobody wrote it."""


class NameMatcher:
    """Folded names that can be found in folded texts.

    Who keeps the names anyway gives `is_name`, which says whether words are one of them now; else they are
    kept here. `add` and `discard` cost nothing but a set operation when the name's prefix is known; new
    prefixes gather in a second, small automaton until they are worth building the first one again.
    """

    REBUILD = 1000

    def __init__(self, names: Iterable[str], is_name: Callable[[str], bool] | None = None) -> None:
        self._own: set[str] = set()
        self._is_name = is_name or self._own.__contains__
        self._keeps = is_name is None
        self._lengths: dict[str, tuple[int, ...]] = {}  # by prefix; some may be of names that are gone
        for name in names:
            self.add(name)
        self._main, self._built = _Automaton(list(self._lengths)), len(self._lengths)
        self._extra, self._built_extra = _Automaton([]), 0

    def add(self, name: str) -> None:
        """Put one more name in."""
        if self._keeps:
            self._own.add(name)
        prefix = name[:PREFIX]
        lengths = self._lengths.get(prefix, ())
        if len(name) not in lengths:
            self._lengths[prefix] = _shared((*lengths, len(name)))

    def discard(self, name: str) -> None:
        """Take a name out; its prefix stays known."""
        self._own.discard(name)

    def _automata(self) -> tuple[_Automaton, ...]:
        """The automata for all prefixes: those that the first one lacks are the last that were put in."""
        new = len(self._lengths) - self._built
        if new > self.REBUILD:
            self._main, self._built = _Automaton(list(self._lengths)), len(self._lengths)
            self._extra, self._built_extra = _Automaton([]), 0
        elif new != self._built_extra:
            self._extra, self._built_extra = _Automaton([*islice(self._lengths, self._built, None)]), new
        return (self._main, self._extra) if self._built_extra else (self._main,)

    def find(
        self,
        folded: Folded,
        accepts: Callable[[Match], bool] = lambda _match: True,
        seen: str | None = None,
    ) -> list[Match]:
        """The names in `folded`: leftmost, then longest of those that `accepts` takes, apart, whole words.

        `seen` is the folded text with something else (`Folded.without`) where no name can begin anyway.
        Raises `TooManyNames` for more than `MOST`.
        """
        text, is_name = folded.text, self._is_name
        ends: dict[int, set[int]] = {}
        for automaton in self._automata():
            for prefix, at in automaton.find(text if seen is None else seen):
                # Beside most names stands a blank or a bracket, which joins nothing.
                if at and text[at - 1].isalnum() and joins(text[at - 1], text[at]):
                    continue
                for length in self._lengths[prefix]:
                    end = at + length
                    after = text[end : end + 1]
                    # Most ends lie within a word, which takes less to see than whether the words are a name.
                    joined = after.isalnum() and joins(text[end - 1], after)
                    if joined and (after != "s" or not _is_plural(text, end)):
                        continue
                    if is_name(text[at:end]):
                        ends.setdefault(at, set()).add(end)
                if len(ends) > MOST:
                    raise TooManyNames
        matches: list[Match] = []
        done = 0
        for at in sorted(ends):
            if at < done:
                continue
            for end in sorted(ends[at], reverse=True):
                match = Match(at, end, text[at:end], _is_plural(text, end))
                if accepts(match):
                    matches.append(match)
                    done = end
                    break
        return matches


def _is_plural(text: str, end: int) -> bool:
    """Whether the word goes on with an `s` and nothing else: `RNNs`."""
    return text[end : end + 1] == "s" and text[end - 1].isalpha() and not text[end + 1 : end + 2].isalnum()


@lru_cache(maxsize=1024)  # most prefixes have one length, and share it
def _shared(lengths: tuple[int, ...]) -> tuple[int, ...]:
    return lengths


_PIECE = 200_000  # characters: all places of a name in a text of 5 MB took 30 MB


class _Automaton:
    """Where any of the prefixes begins in a text, overlapping ones too."""

    def __init__(self, prefixes: list[str]) -> None:
        self._prefixes = prefixes
        self._beyond = max(map(len, prefixes), default=1) - 1
        self._search = AhoCorasick(prefixes, store_patterns=False) if prefixes else None

    def find(self, text: str) -> Iterator[tuple[str, int]]:
        if self._search is None:
            return
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE + self._beyond]
            for pattern, at, _ in self._search.find_matches_as_indexes(piece, overlapping=True):
                if at < _PIECE:  # else it is the next piece's
                    yield self._prefixes[pattern], start + at
