"""What a cycle asks of earlier runs, as late as it can: a run over a vault in order never starts git for it.

It stands between the cycle and `runs`, and lives as long as the cycle does: what it learnt stays known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem
from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.links.renames import Former, Vanished, former_vaults
from vaultsync.core.note import Note, read_note
from vaultsync.core.plan.change import Change
from vaultsync.core.text.folding import fold_name
from vaultsync.files.disk import Disk
from vaultsync.git.repository import Git
from vaultsync.runs.former_texts import History
from vaultsync.runs.last_runs import LastRuns
from vaultsync.vault.survey import Survey

TIMES = 50
"""Commits that deleted a note which is still meant, and are looked into: each costs three git processes."""


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

    def follow(
        self, survey: Survey, config: Config, decisions: Decisions, todo: Collection[str]
    ) -> tuple[set[str], Decisions]:
        """Tell the index what became of notes that are gone since the last run.

        Also of those that went before, where a note of `todo` has a link to a name of theirs: it may have
        come back from somewhere. Gives the notes that may link to them, and the decisions as they are for the
        renamed notes.
        """
        index = survey.index
        index.former = None
        lost = frozenset[str]() if survey.may_miss_notes else _lost_names(survey, todo)
        if not survey.may_miss_notes and not lost:
            return set(), decisions
        if self.history is None:
            if survey.gone:
                index.former = Former(FileNames([*index.files, *survey.gone]), {}, survey.gone)
            return survey.naming(survey.gone), decisions
        vanished = list(self._vanished(self.history, survey, config, decisions, lost))
        if not any(time.notes for time in vanished):
            return set(), decisions
        index.former = former_vaults(vanished, self.history.made, self.history.brought_back)
        gone = (note.path for time in vanished for note in time.notes)
        naming = set[str]() if lost else survey.naming(gone)
        return naming, decisions.renamed(index.former.renamed)

    def _vanished(
        self, history: History, survey: Survey, config: Config, decisions: Decisions, lost: frozenset[str]
    ) -> Iterator[Vanished]:
        """The notes that are gone and that something may still mean: a link, or a decision.

        So a rename is followed whatever ran since, here or on another device, and by whichever note has not
        followed it yet.
        """
        times = list(history.vanished(survey.files))
        before = (path for _, paths in times[1:] for path in paths)
        if lost:
            meant = {path for path in before if fold_name(PurePosixPath(path).stem) in lost}
        else:
            meant = survey.still_linked(before)
        meant |= {path for d in decisions.accepted | decisions.denied for path in (d.note, d.paper)}
        seen: set[str] = set()
        for earlier, (rev, paths) in enumerate(times):
            left = [path for path in paths if path not in seen and (not earlier or path in meant)]
            seen.update(paths)
            if earlier and (not left or earlier > TIMES):
                continue
            files = history.files(rev)
            read = (read_note(path, data, config) for path, data in history.notes(rev, left).items())
            # A note that is only ignored now, or that can't be read, is still there.
            notes = [n for n in read if isinstance(n, Note) and isinstance(self._disk.info(n.path), Problem)]
            newer = (survey.note(path) for path in sorted(survey.files.keys() - files)) if notes else ()
            yield Vanished(notes, files, [n for n in newer if n is not None], earlier=bool(earlier))


def _lost_names(survey: Survey, paths: Iterable[str]) -> frozenset[str]:
    """The folded names to which links in these notes lead, and that no file has."""
    files = survey.index.files
    return frozenset(
        fold_name(PurePosixPath(link.target).name.removesuffix(".md"))
        for path in paths
        if (note := survey.note(path)) is not None
        for link in note.body.links
        if link.target and resolve(files, path, link.target) is None
    )
