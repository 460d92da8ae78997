"""The papers of one title, of which a record is compared only with those that it may be.

Most titles are one paper's. But a library may hold thousands of papers that are called `Editorial`, and each
record of that title would be compared with all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeAlias

FEW = 64
"""Papers of one title up to which all are compared."""

Traits: TypeAlias = Iterable[str]
"""Signs of what a paper may be told apart by: see `Namesakes`."""


class Namesakes:
    """The groups of each title.

    `offers` gives the signs by which a group can be found, `asks` those of which a paper that is the same one
    has at least one; each call of `asks` gives several such lists, and the shortest is gone through.
    """

    def __init__(self, offers: Callable[[int], Traits]) -> None:
        self._offers = offers
        self._few: dict[str, tuple[int, ...]] = {}
        self._many: dict[str, dict[int, None]] = {}
        self._by_trait: dict[tuple[str, str], list[int]] = {}

    def add(self, title: str, group: int) -> None:
        """A group has this title; nothing happens if that is known."""
        known = self._few.get(title, ())
        if title in self._many:
            if group not in self._many[title]:
                self._many[title][group] = None
                self._index(title, group)
        elif group not in known:
            if len(known) < FEW:
                self._few[title] = (*known, group)
                return
            self._many[title] = dict.fromkeys((*known, group))
            self._few.pop(title, None)
            for one in self._many[title]:
                self._index(title, one)

    def of(self, title: str, asks: Iterable[Collection[str]]) -> Iterator[int]:
        """The groups of the title that a paper may be one of, in the order in which they came, or fewer."""
        if title not in self._many:
            yield from self._few.get(title, ())
            return
        pools = [[self._by_trait.get((title, trait), ()) for trait in traits] for traits in asks]
        pool = min(pools, key=lambda lists: sum(map(len, lists)), default=None)
        if pool is None:
            yield from self._many[title]
        else:
            yield from sorted({group for groups in pool for group in groups})

    def _index(self, title: str, group: int) -> None:
        for trait in self._offers(group):
            self._by_trait.setdefault((title, trait), []).append(group)
