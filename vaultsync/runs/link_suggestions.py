"""All that is suggested about links, best first: for `vaultsync links` and for the plugin."""

from __future__ import annotations

from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Reading, Suggestion
from vaultsync.core.links.recognition import recognised
from vaultsync.core.links.title_index import TitleIndex
from vaultsync.core.note import Note
from vaultsync.core.papers.catalogue import Catalogue
from vaultsync.vault.survey import Survey


class Suggester:
    """Suggests note by note; goes through all titles again only when papers have changed."""

    def __init__(self) -> None:
        self._titles: tuple[Catalogue, int, TitleIndex] | None = None

    def of_note(self, note: Note, reading: Reading, index: Index) -> tuple[Suggestion, ...]:
        """What names, titles and citations in a note suggest, best first."""
        found = [*reading.suggestions, *recognised(note, reading, self._of(index), index.decisions)]
        return _ranked(found)

    def _of(self, index: Index) -> TitleIndex:
        catalogue = index.catalogue
        if self._titles is None or self._titles[:2] != (catalogue, catalogue.version):
            self._titles = catalogue, catalogue.version, TitleIndex(catalogue)
        return self._titles[2]


def suggestions(survey: Survey, *, related: bool) -> tuple[Suggestion, ...]:
    """What all notes suggest; with `related` also papers that only seem to fit."""
    index, suggester = survey.index, Suggester()
    notes = [(note, reading) for path, reading in index.readings() if (note := survey.note(path)) is not None]
    found = [choice for note, reading in notes for choice in suggester.of_note(note, reading, index)]
    if related:
        from vaultsync.runs.related_papers import related as related_papers  # which only this asks for

        told = {(choice.path, paper) for choice in found for paper in choice.papers}
        more = related_papers((note for note, _ in notes), index, survey.note)
        found += (choice for choice in more if (choice.path, choice.papers[0]) not in told)
    return _ranked(found)


def _ranked(found: list[Suggestion]) -> tuple[Suggestion, ...]:
    return tuple(sorted(found, key=lambda choice: (-choice.score, choice)))
