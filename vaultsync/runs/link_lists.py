"""The lists that `vaultsync links` shows. Each is kept, and shown again without a look at a single note.

A list follows from the notes, the settings and the decisions: while no note has changed, it is what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TypeVar

from vaultsync.core.links.mentions import Missing, Reading, Suggestion
from vaultsync.runs.cycle import Cycle
from vaultsync.runs.link_suggestions import KeptSuggestions, suggestions
from vaultsync.runs.missing_papers import PaperCandidate, paper_candidates
from vaultsync.vault.kept_values import KeptValues
from vaultsync.vault.survey import Survey

Value = TypeVar("Value")


class LinkLists:
    """The lists of the vault of `cycle`, each made when it is asked for. One object for one command."""

    def __init__(self, cycle: Cycle) -> None:
        self._cycle, self._cache = cycle, cycle.ports.cache
        self._values = KeptValues(self._cache)
        self._standing = cycle.known.glance() if self._cache is not None else None

    @cached_property
    def survey(self) -> Survey:
        """The notes, which are gone through when a list has to be made anew."""
        return self._cycle.read()

    def suggested(self, *, related: bool) -> tuple[Suggestion, ...]:
        """What may mean a paper, best first; with `related` also papers that only seem to fit."""
        name = "related" if related else "suggested"
        return self._kept(
            name, tuple[Suggestion, ...], lambda: suggestions(self.survey, self._cache, related=related)
        )

    def ambiguous(self) -> tuple[Suggestion, ...]:
        """The names that several papers go by."""
        return self._kept(
            "ambiguous",
            tuple[Suggestion, ...],
            lambda: tuple(s for reading in self._readings() for s in reading.ambiguous),
        )

    def missing(self) -> tuple[Missing, ...]:
        """The identifiers without a paper note."""
        return self._kept(
            "missing",
            tuple[Missing, ...],
            lambda: tuple(sorted(m for reading in self._readings() for m in reading.missing)),
        )

    def candidates(self) -> tuple[PaperCandidate, ...]:
        """The titles with people beside them that may be papers."""

        def make() -> tuple[PaperCandidate, ...]:
            suggester = KeptSuggestions(self._cache, self.survey)
            found = paper_candidates(self.survey, lambda note, reading, index: suggester.of_path(note.path))
            suggester.save()
            return found

        return self._kept("candidates", tuple[PaperCandidate, ...], make)

    def doubtful(self) -> tuple[Suggestion, ...]:
        """The links that stand, but would not be made today."""
        return self._kept(
            "doubtful",
            tuple[Suggestion, ...],
            lambda: tuple(s for reading in self._readings() for s in reading.doubtful),
        )

    def _readings(self) -> Iterator[Reading]:
        return (reading for _, reading in self.survey.index.readings())

    def _kept(self, name: str, kind: type[Value], make: Callable[[], Value]) -> Value:
        """The list of this name, as it was kept for these very notes; else made anew, and kept for them."""
        found = self._values.get(name, kind, self._standing)
        if found is None:
            found = make()
            self._values.keep(name, found, self.survey.standing())
        return found
