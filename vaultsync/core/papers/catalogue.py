"""The catalogue: all papers of the vault, found by name and by identifier.

It is kept up to date paper by paper. The automaton behind the names is built when it is first asked for and
outlives later changes (see `name_matcher`), so that a new paper costs the same in a vault of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from vaultsync.core.papers.commonness import Commonness, Pair, counted_anew, doubtful_pairs
from vaultsync.core.papers.identifiers import address_key
from vaultsync.core.papers.paper import Name, Paper
from vaultsync.core.text.folding import Folded
from vaultsync.core.text.name_matcher import Match, NameMatcher
from vaultsync.core.text.paths_by_key import PathsByKey


class Catalogue:
    """Papers by path, by folded name and by identifier."""

    def __init__(self) -> None:
        self.version = 0  # another one after each change
        self._prepared = 0
        self._papers: dict[str, Paper] = {}
        self._by_name: PathsByKey[str] = PathsByKey()
        self._by_id: PathsByKey[tuple[str, str]] = PathsByKey()
        self._by_hint: PathsByKey[str] = PathsByKey()
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
        self._commonness.add(paper.path, paper.told)
        self._by_name.add_to_each([name.folded for name in paper.names], paper.path)
        self._by_id.add_to_each(_keys(paper), paper.path)
        self._by_hint.add_to_each(paper.hints, paper.path)
        if self._matcher is not None:
            for words in (*(name.folded for name in paper.names), *paper.hints):
                self._matcher.add(words)

    def remove(self, path: str) -> None:
        """Take the paper at `path` out, if there is one."""
        paper = self._papers.pop(path, None)
        if paper is None:
            return
        self.version += 1
        self._commonness.remove(path)
        for name in paper.names:
            self._by_name.discard(name.folded, path)
        for key in _keys(paper):
            self._by_id.discard(key, path)
        for hint in paper.hints:
            self._by_hint.discard(hint, path)

    def named(self, folded: str) -> Mapping[str, Name]:
        """The papers that a folded name belongs to: path → the name as that paper has it."""
        return {path: self._name(folded, path) for path in self._by_name.of(folded)}

    def _name(self, folded: str, path: str) -> Name:
        for name in self._papers[path].names:  # (a generator took twice as long, some thirty times a note)
            if name.folded == folded:
                return name
        raise KeyError(folded)

    def _is_known(self, folded: str) -> bool:
        return folded in self._by_name or folded in self._by_hint

    def hinted(self, folded: str) -> Iterable[str]:
        """The papers that a folded acronym or author–year may mean."""
        return sorted(self._by_hint.of(folded))

    def is_common(self, folded: str, path: str) -> bool:
        """Whether the name of the paper at `path` is a phrase of its field (see `commonness`)."""
        return self._commonness.is_common(folded, path)

    def prepare(self) -> None:
        """Count at once what judging all names will ask for; before many notes are read."""
        if self._prepared == self.version:  # it is counted, and each paper since then has counted its own
            return
        self._prepared = self.version
        judged = {name.folded for paper in self._papers.values() for name in paper.names if name.strength}
        self._commonness.count_all(pair for folded in judged for pair in doubtful_pairs(folded))

    def counted_anew(self, changed: Iterable[tuple[Paper, int]]) -> dict[Pair, int]:
        """The pairs of words that more or fewer papers have now that some came (1) or went (-1)."""
        return counted_anew((paper.told, by) for paper, by in changed)

    def turned(self, counted: Mapping[Pair, int], asked: Collection[Pair]) -> set[Pair]:
        """Those of the pairs asked for on which a judgement may have turned by that."""
        return self._commonness.turned(counted, asked)

    def identified(self, scheme: str, value: str) -> list[str]:
        """The papers that have the identifier."""
        return sorted(self._by_id.of(_key(scheme, value)))

    def find(self, folded: Folded, accepts: Callable[[Match], bool], seen: str | None = None) -> list[Match]:
        """The names and hints in a folded text that `accepts` takes (see `NameMatcher.find`)."""
        if self._matcher is None:
            self._matcher = NameMatcher((*self._by_name, *self._by_hint), self._is_known)
        return self._matcher.find(folded, accepts, seen)


def _keys(paper: Paper) -> Iterable[tuple[str, str]]:
    """What the paper's identifiers are found by, each once: it may have two addresses of one page."""
    return dict.fromkeys(_key(scheme, value) for scheme, value in paper.ids)


def _key(scheme: str, value: str) -> tuple[str, str]:
    return scheme, address_key(value) if scheme == "url" else value
