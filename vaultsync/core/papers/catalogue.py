"""The catalogue: all papers of the vault, found by name and by identifier.

It is kept up to date paper by paper. The automaton behind the names is built when it is first asked for and
outlives later changes (see `name_matcher`), so that a new paper costs the same in a vault of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from vaultsync.core.papers.commonness import Commonness, counted_anew, doubtful_codes
from vaultsync.core.papers.paper import Name, Paper
from vaultsync.core.text.folding import Folded
from vaultsync.core.text.name_matcher import Match, NameMatcher

_Key = TypeVar("_Key")


class Catalogue:
    """Papers by path, by folded name and by identifier."""

    def __init__(self) -> None:
        self.version = 0  # another one after each change
        self._papers: dict[str, Paper] = {}
        # (Most keys belong to one paper: tuples take a third of the space of sets.)
        self._by_name: dict[str, tuple[tuple[str, Name], ...]] = {}
        self._by_id: dict[tuple[str, str], tuple[str, ...]] = {}
        self._by_hint: dict[str, tuple[str, ...]] = {}
        self._matcher: NameMatcher | None = None
        self._commonness = Commonness()

    def __contains__(self, path: str) -> bool:
        return path in self._papers

    def __len__(self) -> int:
        return len(self._papers)

    def __iter__(self) -> Iterator[Paper]:
        return iter(self._papers.values())

    def get(self, path: str) -> Paper | None:
        """The paper whose note is at `path`."""
        return self._papers.get(path)

    def add(self, paper: Paper) -> None:
        """Put a paper in, in place of the one that was at its path."""
        self.remove(paper.path)
        self.version += 1
        self._papers[paper.path] = paper
        self._commonness.add(paper.path, paper.pairs)
        for name in paper.names:
            holders = self._by_name.get(name.folded, ())
            if not holders and self._matcher is not None:
                self._matcher.add(name.folded)
            self._by_name[name.folded] = (*holders, (paper.path, name))
        for identifier in paper.ids:
            self._by_id[identifier] = (*self._by_id.get(identifier, ()), paper.path)
        for hint in paper.hints:
            if hint not in self._by_hint and self._matcher is not None:
                self._matcher.add(hint)
            self._by_hint[hint] = (*self._by_hint.get(hint, ()), paper.path)

    def remove(self, path: str) -> None:
        """Take the paper at `path` out, if there is one."""
        paper = self._papers.pop(path, None)
        if paper is None:
            return
        self.version += 1
        self._commonness.remove(path)
        gone = []
        for name in paper.names:
            holders = tuple(holder for holder in self._by_name[name.folded] if holder[0] != path)
            if holders:
                self._by_name[name.folded] = holders
            else:
                del self._by_name[name.folded]
                gone.append(name.folded)
        for identifier in paper.ids:
            _discard(self._by_id, identifier, path)
        for hint in paper.hints:
            _discard(self._by_hint, hint, path)
            gone.append(hint)
        if self._matcher is not None:
            for name_text in gone:
                if name_text not in self._by_name and name_text not in self._by_hint:
                    self._matcher.discard(name_text)

    def named(self, folded: str) -> Mapping[str, Name]:
        """The papers that a folded name belongs to: path → the name as that paper has it."""
        return dict(self._by_name.get(folded, ()))

    def hinted(self, folded: str) -> Iterable[str]:
        """The papers that a folded acronym or author–year may mean."""
        return sorted(self._by_hint.get(folded, ()))

    def is_common(self, folded: str, path: str) -> bool:
        """Whether the name of the paper at `path` is a phrase of its field (see `commonness`)."""
        return self._commonness.is_common(folded, path)

    def prepare(self) -> None:
        """Count at once what judging all names will ask for; before many notes are read."""
        self._commonness.count_all(
            code
            for names in self._by_name.values()
            if names[0][1].strength
            for code in doubtful_codes(names[0][1].folded)
        )

    def counted_anew(self, changed: Iterable[tuple[Paper, int]]) -> dict[int, int]:
        """The pairs of words that more or fewer papers have now that some came (1) or went (-1)."""
        return counted_anew((paper.pairs, by) for paper, by in changed)

    def turned(self, counted: Mapping[int, int], asked: Collection[int]) -> set[int]:
        """Those of the pairs asked for on which a judgement may have turned by that."""
        return self._commonness.turned(counted, asked)

    def identified(self, scheme: str, value: str) -> list[str]:
        """The papers that have the identifier."""
        return sorted(self._by_id.get((scheme, value), ()))

    def find(self, folded: Folded, accepts: Callable[[Match], bool], seen: str | None = None) -> list[Match]:
        """The names and hints in a folded text that `accepts` takes (see `NameMatcher.find`)."""
        if self._matcher is None:
            self._matcher = NameMatcher([*self._by_name, *self._by_hint])
        return self._matcher.find(folded, accepts, seen)


def _discard(table: dict[_Key, tuple[str, ...]], key: _Key, path: str) -> None:
    holders = tuple(holder for holder in table[key] if holder != path)
    if holders:
        table[key] = holders
    else:
        del table[key]
