"""Earlier runs as `vaultsync log` and the API list them: what each did, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from vaultsync.core.history.changes import Commit
from vaultsync.core.history.messages import RUN_TRAILER, UNDOES_TRAILER
from vaultsync.git.repository import Git
from vaultsync.runs.true_runs import changed_since
from vaultsync.vault.cache import Cache


class ListedRun(msgspec.Struct, frozen=True):
    """A run: its commit, the notes that it changed, the run that it took back and the one that took it back.

    `changed_since` says that the commit is not what the run did whose name it bears. Without a name: none.
    """

    commit: Commit
    notes: tuple[str, ...]
    undoes: str
    undone_by: str
    changed_since: bool

    @property
    def name(self) -> str:
        """The run's id, as `vaultsync undo` takes it."""
        return self.commit.trailers[RUN_TRAILER]


def listed_runs(git: Git, cache: Cache | None, limit: int | None = None) -> tuple[list[ListedRun], int]:
    """The runs, the newest first, at most `limit` of them; and how many there are.

    A run that was taken back, and whose undo was taken back, holds again. `cache` keeps what was found out of
    their commits.
    """
    every = git.history.runs()
    undone = _undone(every)
    shown = [(commit, git.history.changed(commit.sha)) for commit in every[:limit]]
    changed = changed_since(git, shown, cache)
    listed = []
    for commit, changes in shown:
        by = undone.get(commit.trailers[RUN_TRAILER], "")
        notes = tuple(change.path for change in changes if change.path.endswith(".md"))
        undoes = commit.trailers.get(UNDOES_TRAILER, "")
        listed.append(ListedRun(commit, notes, undoes, "" if by in undone else by, commit.sha in changed))
    return listed, len(every)


def _undone(runs: Sequence[Commit]) -> dict[str, str]:
    """The names of the runs that were taken back, each with that of its undo."""
    return {
        run.trailers[UNDOES_TRAILER]: run.trailers[RUN_TRAILER]
        for run in runs
        if UNDOES_TRAILER in run.trailers
    }
