"""What the views show, gathered from a vault that was read: the sheets of its papers and conferences."""

from __future__ import annotations

from vaultsync.core.errors import VaultsyncError
from vaultsync.core.views.sheets import ConferenceSheet, PaperSheet, conference_sheet, paper_sheet
from vaultsync.vault.survey import Survey


class Sheets:
    """The sheets of the notes in `survey`, each made once, when it is asked for."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._papers: dict[str, PaperSheet | None] = {}

    def paper(self, path: str) -> PaperSheet | None:
        """The sheet of the paper note at `path`; `None` if it is gone or can't be read."""
        if path not in self._papers:
            note = self._survey.note(path)
            self._papers[path] = paper_sheet(note) if note is not None else None
        return self._papers[path]

    def conference(self, path: str) -> ConferenceSheet:
        """The note at `path` with the papers that it mentions; it need not be a conference's.

        Raises `VaultsyncError` for a note that can't be read.
        """
        note = self._survey.note(path)
        if note is None:
            problem = self._survey.unreadable.get(path)
            raise VaultsyncError(f"{path} can't be read", problem.message if problem is not None else "")
        return conference_sheet(note, self._survey.index.reading(note), self.paper)

    def conferences(self) -> list[ConferenceSheet]:
        """All conference notes, by their paths."""
        return [self.conference(path) for path, _ in self._survey.index.readings()]

    def all_papers(self) -> list[PaperSheet]:
        """All papers, by their paths."""
        paths = sorted(paper.path for paper in self._survey.index.catalogue)
        return [sheet for path in paths if (sheet := self.paper(path)) is not None]
