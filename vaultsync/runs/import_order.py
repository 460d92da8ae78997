"""What an import is asked for and what it answers: the values between `importing` and those who start one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import MadeCommit, Waiting
from vaultsync.core.importers.record import Skipped
from vaultsync.runs.import_sources import Input

if TYPE_CHECKING:
    from vaultsync.runs.fetch import Fetcher

LINKS = "links"
"""What a reading list in the vault gets, among the properties that other notes get."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an import is asked for. Without `write` it is a look: no lock, no write, no commit.

    A file that somebody is at work on (`is_busy`) has to wait. `fetcher` completes stubs.
    `show` is told each note that is made or completed: its path, its text before (None: there was none) and
    after. `confirm` is asked before more is done than `[limits]` allows.
    """

    inputs: tuple[Input, ...]
    write: bool = True
    commit: bool = True
    fetcher: Fetcher | None = None
    show: Callable[[str, str | None, str], None] = lambda path, before, after: None
    confirm: Callable[[str], bool] = lambda summary: False
    is_busy: Callable[[str], bool] = lambda path: False


class Completed(msgspec.Struct, frozen=True):
    """A note that was there, and the properties that it got; for a reading list, `LINKS`."""

    path: str
    properties: tuple[str, ...]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or with `write` off would do.

    `merged` counts the records that are one paper with another one, `left_out` the fields that no note takes.
    `away` are the notes that an import had made and that were taken back or deleted: they aren't made again.
    `refused` are the indices of inputs that gave nothing. `waiting` says why nothing was written, or, when
    there are new or completed notes, why these are written but not committed.
    """

    new: tuple[str, ...] = ()
    completed: tuple[Completed, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    problems: tuple[Problem, ...] = ()
    commits: tuple[MadeCommit, ...] = ()
    refused: frozenset[int] = frozenset()
    waiting: Waiting | None = None
    merged: int = 0
    left_out: Mapping[str, int] = {}
    away: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """The notes that were written."""
        return (*self.new, *(note.path for note in self.completed))
