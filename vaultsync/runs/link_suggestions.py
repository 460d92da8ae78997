"""All that is suggested about links in a vault, best first: for `vaultsync links` and others."""

from __future__ import annotations

from vaultsync.core.links.mentions import Suggestion
from vaultsync.core.links.recognition import TitleIndex, recognised
from vaultsync.vault.survey import Survey


def suggestions(survey: Survey, *, related: bool) -> tuple[Suggestion, ...]:
    """What names, titles and citations suggest; with `related` also papers that only seem to fit."""
    index = survey.index
    readings = list(index.readings())
    notes = [(note, reading) for path, reading in readings if (note := survey.note(path)) is not None]
    found = [choice for _, reading in readings for choice in reading.suggestions]
    titles = TitleIndex(index.catalogue)
    for note, reading in notes:
        found += recognised(note, reading, titles, index.decisions)
    if related:
        from vaultsync.runs.related_papers import (
            related as related_papers,  # SQLite, which only this asks for
        )

        told = {(choice.path, paper) for choice in found for paper in choice.papers}
        more = related_papers((note for note, _ in notes), index, survey.note)
        found += (choice for choice in more if (choice.path, choice.papers[0]) not in told)
    return tuple(sorted(found, key=lambda choice: (-choice.score, choice)))
