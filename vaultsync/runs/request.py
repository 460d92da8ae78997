"""What a cycle is asked for and what it answers: the values between `cycle` and those who start one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.core.history.changes import MadeCommit, Waiting
from vaultsync.core.links.decisions import Decision
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.diff import ToldChange
from vaultsync.runs.limits import Begin, Confirm
from vaultsync.vault.first_look import Tell, untold

ROUNDS = 4
"""Rounds of plan and write before a note that keeps changing is left for the next cycle."""


class Request(msgspec.Struct, frozen=True):
    """What a cycle is asked for.

    `only` restricts the writes to these notes, `rules` the rules to these ids. Without `write` it is a look:
    no lock, no write, no commit. `confirm` is asked before more is done than `[limits]` allows, and `begin`,
    if it is there, before the first change of a vault: it sees the changes and the number of notes. Of a run
    that `follows` a command of the person's own, `import` say, these are the notes that it wrote: without
    consent only their links, and the lists of these, come after it. `is_busy` says whether somebody is still
    at work on a file: it is neither written nor committed. A note that `is_open` in an editor is not written:
    that is up to the editor. In `rounds` a note that was saved meanwhile is planned again. Once `stopped`, no
    further note is begun. Without `wide` a cycle over some notes commits the person's edits of these, and of
    those that it changes, instead of all. `tell` gets to know of problems as they are found, as far as the
    report is bound to have them: a note that is saved meanwhile is the only one that may take one out again.
    """

    only: frozenset[str] | None = None
    rules: frozenset[str] | None = None
    write: bool = True
    commit: bool = True
    message: str = ""
    confirm: Confirm = lambda summary: False
    begin: Begin | None = None
    follows: frozenset[str] | None = None
    is_busy: Callable[[str], bool] = lambda path: False
    is_open: Callable[[str], bool] = lambda path: False
    rounds: int = ROUNDS
    stopped: Callable[[], bool] = lambda: False
    wide: bool = True
    tell: Tell = untold


class Stopped(VaultsyncError):
    """The cycle was asked to stop before it had written anything."""

    def __init__(self) -> None:
        super().__init__("stopped before anything was written")


class Report(msgspec.Struct, frozen=True):
    """What a cycle did, or with `write` off would do.

    `waiting` says why it didn't start, or, when there are changes, why these are written but not committed.
    `accepted` are the problems that the person leaves as they are (`[rules] accept`), which `problems` lacks.
    `postponed` are the notes that it would have changed, but left for a later run, because somebody was
    at work on them; `left` are those that are left to the editors in which they are open. `run` is the id
    under which `undo` knows it. `defects` are the tracebacks of rules that failed at a note. A look that
    tells what an earlier one had found (`runs.kept_look`) has `told` in place of `changes`.
    """

    notes: int
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    denied: tuple[Decision, ...] = ()
    commits: tuple[MadeCommit, ...] = ()
    waiting: Waiting | None = None
    postponed: tuple[str, ...] = ()
    run: str = ""
    left: tuple[str, ...] = ()
    accepted: tuple[Problem, ...] = ()
    defects: tuple[str, ...] = ()
    told: tuple[ToldChange, ...] = ()

    @property
    def listed(self) -> Sequence[Change | ToldChange]:
        """The changes, for a list of them."""
        return self.told or self.changes
