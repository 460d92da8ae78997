"""What a cycle asks of earlier runs, as late as it can: a run over a vault in order never starts git for it.

It stands between the cycle and `runs`, and lives as long as the cycle does: what it learnt stays known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem
from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.obsidian_links import FileNames
from vaultsync.core.links.renames import Former, former_vault
from vaultsync.core.note import Note, read_note
from vaultsync.core.plan.change import Change
from vaultsync.files.disk import Disk
from vaultsync.git.repository import Git
from vaultsync.runs.former_texts import History, LastRuns
from vaultsync.vault.survey import Survey


class Past:
    """What git remembers of the vault's earlier runs; `ask` says anew, for each cycle, where to ask."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._open: Callable[[], Git | None] | None = None
        self._history: History | None = None
        self._last_runs = LastRuns()

    def ask(self, open_repository: Callable[[], Git | None] | None) -> None:
        """Ask this repository, once there is a question; `None`: nobody."""
        self._open, self._history = open_repository, None

    @property
    def history(self) -> History | None:
        """The answers of git."""
        if self._open is not None:
            git, self._open = self._open(), None
            self._history = History(git, self._last_runs) if git is not None else None
        return self._history

    def former_lines(self, path: str) -> Callable[[str], bool] | None:
        """A test whether a line is one that a run left in the note's blocks; `None` if none wrote it."""
        return self.history.own_lines(path) if self.history is not None else None

    def taken_out(self, changes: Sequence[Change], survey: Survey) -> list[Decision]:
        """The links among `changes` that an earlier run made and the person took out."""
        linking = any("link-in-place" in change.rules for change in changes)
        history = self.history if linking else None
        return history.taken_out(changes, survey.index) if history is not None else []

    def follow(self, survey: Survey, config: Config, decisions: Decisions) -> tuple[set[str], Decisions]:
        """Tell the index what became of notes that are gone since the last run.

        Gives the notes that may link to them, and the decisions as they are for the renamed notes.
        """
        index = survey.index
        index.former = None
        if not survey.may_miss_notes:
            return set(), decisions
        if self.history is None:
            if survey.gone:
                index.former = Former(FileNames([*index.files, *survey.gone]), {}, survey.gone)
            return survey.naming(survey.gone), decisions
        files, lost = self.history.lost(survey.files)
        read = (read_note(path, data, config) for path, data in lost.items())
        # A note that is only ignored now, or that can't be read, is still there.
        gone = [n for n in read if isinstance(n, Note) and isinstance(self._disk.info(n.path), Problem)]
        if not gone:
            return set(), decisions
        new = (survey.note(path) for path in sorted(survey.files.keys() - files.keys()))
        index.former = former_vault(files, gone, [n for n in new if n is not None], self.history.made)
        return survey.naming(note.path for note in gone), decisions.renamed(index.former.renamed)
