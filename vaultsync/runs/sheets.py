"""What the views show, gathered from a vault that was read: the sheets of its papers and conferences.

What is asked of all papers, and the list of what to read, is kept: a look at a vault in which no note changed
reads the notes that it was asked for, and of one that changed only what did.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from vaultsync.core.errors import VaultsyncError
from vaultsync.core.views.reading import ToRead, to_read
from vaultsync.core.views.sheets import ConferenceSheet, PaperSheet, conference_sheet, paper_sheet
from vaultsync.runs.cycle import Cycle
from vaultsync.vault.kept_values import KeptValues
from vaultsync.vault.survey import Survey


class _OfNote(msgspec.Struct, frozen=True, array_like=True):
    """A paper's sheet, with the digest of the note that it was made of."""

    digest: bytes
    sheet: PaperSheet


class Sheets:
    """The sheets of the notes of a vault, each made once, when it is asked for.

    `notes` are those of which conferences will be asked for.
    """

    def __init__(self, cycle: Cycle, notes: Collection[str] = ()) -> None:
        self._cycle = cycle
        self._survey = cycle.read_about(notes)
        self._kept = KeptValues(cycle.ports.cache)
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

    def all_missing(self) -> list[tuple[str, str]]:
        """The identifiers without a paper note, `(scheme, value)`, as the notes by their paths name them."""
        found = self._kept.get(_MISSING, list[tuple[str, str]], self._survey.standing())
        if found is None:
            readings = self._whole().index.readings()
            each = ((missing.scheme, missing.value) for _, reading in readings for missing in reading.missing)
            found = list(dict.fromkeys(each))
            self._kept.keep(_MISSING, found, self._survey.standing())
        return found

    def all_papers(self) -> list[PaperSheet]:
        """All papers, by their paths."""
        known = self._kept.get(_PAPERS, list[_OfNote], self._survey.standing())
        if known is None:
            known = self._made()
            self._kept.keep(_PAPERS, known, self._survey.standing())
        return [each.sheet for each in known]

    def to_read(self) -> list[ToRead]:
        """The unread papers that came up at conferences, the first to read first."""
        found = self._kept.get(_READING, list[ToRead], self._survey.standing())
        if found is None:
            self.all_papers()
            found = to_read(self.conference(path) for path in self._whole().index.read_notes())
            self._kept.keep(_READING, found, self._survey.standing())
        return found

    def _made(self) -> list[_OfNote]:
        """The sheets of all papers; of a note that is as it was, the one that was made of it before."""
        survey = self._whole()
        former = {each.sheet.path: each for each in self._kept.former(_PAPERS, list[_OfNote]) or ()}
        paths = sorted(paper.path for paper in survey.index.catalogue)
        digests = survey.digests(paths)
        found = []
        for path in paths:
            before = former.get(path)
            if before is not None and before.digest == digests.get(path):
                self._papers[path] = before.sheet
            if (sheet := self.paper(path)) is not None:
                found.append(_OfNote(survey.digests((path,))[path], sheet))
        return found

    def _whole(self) -> Survey:
        """The survey with an index of all notes."""
        if not self._survey.indexed:
            self._survey = self._cycle.read()
        return self._survey


_PAPERS = "paper sheets"
_READING = "reading"
_MISSING = "missing identifiers"
