"""The inbox folder, as the daemon sees it: what waits there, and its import before a cycle."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.daemon.used_settings import SettingsChanged
from vaultsync.runs.cycle import Cycle, Stopped

if TYPE_CHECKING:
    from vaultsync.runs.import_order import Imported
    from vaultsync.runs.inbox import Inbox

_log = logging.getLogger("vaultsync.daemon")


class Intake:
    """The inbox of the cycle's vault. `is_busy` says which files that somebody is still at work on."""

    def __init__(self, cycle: Cycle, is_busy: Callable[[str], bool], stopping: Callable[[], bool]) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._cycle, self._is_busy, self._stopping = cycle, is_busy, stopping
        self._inbox: Inbox | None = None

    def files(self) -> list[str]:
        """What waits in the inbox, and what has changed of the files of `[import] watch`."""
        vault = self._cycle.vault
        if vault.inbox is None and not vault.config.imports.watch:
            return []
        from vaultsync.runs.inbox import inbox_files, watched_files  # 80 ms that others needn't pay

        known = self._inbox.has_imported if self._inbox is not None else lambda path: False
        return [*inbox_files(vault), *(path for path in watched_files(vault) if not known(path))]

    def run(self) -> frozenset[str]:
        """Import what has settled in the inbox; gives the notes that were made or completed.

        Raises `Stopped`, and what keeps a cycle from starting. A defect that a file meets is raised once.
        """
        if not self.files():
            self._tell(self._left_lying())
            return frozenset()
        from vaultsync.runs.import_order import Order
        from vaultsync.runs.importing import Importer
        from vaultsync.runs.inbox import Inbox

        cycle = self._cycle
        if self._inbox is None:
            self._inbox = Inbox(Importer(cycle.vault, cycle.ports, cycle.run, self._progress))
        order, notes = Order(inputs=(), is_busy=self._is_busy), set[str]()
        while True:
            try:
                done = self._inbox.run(order)
            except (SettingsChanged, VaultsyncError):
                raise
            except Exception as error:
                self._inbox.met_defect(error)
                raise
            self._report(done)
            notes.update(done.paths)
            if not self._inbox.has_more or done.waiting is not None:
                return frozenset(notes)

    def _report(self, done: Imported) -> None:
        self._tell(done.problems)
        for piece in done.skipped:
            _log.warning("import: %s:%d skipped: %s", piece.place, piece.line, piece.reason)
        if done.away:
            _log.info(
                "import: left away what was taken back or deleted: %d; import by hand to get it",
                len(done.away),
            )
        if done.paths:
            subjects = "; ".join(f"{c.sha[:7]} {c.subject}" for c in done.commits)
            counts = f"{len(done.new)} new, {len(done.completed)} completed"
            _log.info("import: %s; %s", counts, subjects or "no commit")

    def _left_lying(self) -> tuple[Problem, ...]:
        """What is told of the inbox although nothing in it is to be imported."""
        vault = self._cycle.vault
        if vault.inbox is None:
            return ()
        from vaultsync.runs.inbox import left_lying

        return tuple(left_lying(vault))

    def _tell(self, problems: tuple[Problem, ...]) -> None:
        for problem in problems:
            if problem not in self.problems:
                _log.warning("import: %s", problem)
        self.problems = problems

    def _progress(self, _stage: str, _done: int, _total: int) -> None:
        if self._stopping():
            raise Stopped
