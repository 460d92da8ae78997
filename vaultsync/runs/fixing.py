"""The work of a cycle in its turn: plan, ask, commit the person's edits, write, and commit what was written.

The person's edits are committed after the plan is made and before anything is written: what a write compares
with is then what was read *and* committed. A note that changed in between fails the comparison, and is read,
planned and committed again in another round.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial

import msgspec

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import Problem
from vaultsync.core.links.decisions import Decision
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.progress import Progress
from vaultsync.files.disk import Disk, Rewrite, Stale, Written
from vaultsync.runs.commits import joined_files, written_files
from vaultsync.runs.kept_bases import KeptBases
from vaultsync.runs.knowledge import Knowledge, kept_copies
from vaultsync.runs.limits import ask_deletions, ask_first, ask_share, refuse_empty
from vaultsync.runs.request import Request, Stopped
from vaultsync.runs.turn import Turn
from vaultsync.vault.journal import Run, WrittenFile, file_between


class Fixing:
    """One cycle's work and what has come of it: `done`, `failed`, links that are `denied` from now on.

    `postponed` are notes that were left alone because somebody is at work on them, `left` those that are open
    in an editor; `run` is the run's id. `defects` are the notes at which a rule failed, with the traceback.
    """

    def __init__(
        self, known: Knowledge, disk: Disk, turn: Turn, request: Request, progress: Progress
    ) -> None:
        self.done: dict[str, Change] = {}
        self.failed: list[Problem] = []
        self.denied: list[Decision] = []
        self.postponed: set[str] = set()
        self.left: set[str] = set()
        self.run_id = ""
        self.defects: dict[str, str] = {}
        self._known, self._disk, self._turn, self._request = known, disk, turn, request
        self._progress = progress
        self._bases = KeptBases(known.vault, disk, turn.git)
        self._run = Run((), message=request.message)
        self._agreed = False
        self._dirty: frozenset[str] | None = None

    def run(self, dirty: Iterable[str] | None) -> None:
        """Do it, over the notes that may have changed, or over the whole vault.

        Raises `Stopped`, `NoConsent` and `OverLimit` before anything is written.
        """
        self._dirty = None if dirty is None else frozenset(dirty)
        todo, self.failed = self._known.look(self._dirty, self._request, recover=True)
        refuse_empty(self._known.seen.files, self._turn.git)
        for left in reversed(range(self._request.rounds)):
            plan, denied = self._known.plan(todo, self._request)
            self.defects |= plan.defects
            self._ask(plan.changes)
            self._known.count(plan, self._request)
            if self._request.stopped():
                raise Stopped
            stale = self._round(plan.changes, denied)
            self._known.seen.unwritten(c.path for c in plan.changes if c.path not in self.done)
            if not stale:
                break
            if not left:
                self.failed += map(_busy, stale)
                self.postponed.update(stale)
                break
            todo = self._known.seen.look_again(stale)
        if self._known.mendings is not None:
            self._known.mendings.wrote(list(self.done.values()))
        if self._run.files and self._turn.ready:
            with self._turn.waits_if_refused():
                self.run_id = self._turn.commits.run(self._run)
        self.failed += self._bases.problems
        self._known.save(self._request)

    def _ask(self, changes: Sequence[Change]) -> None:
        """Ask before the first change, and before a run that is larger than `[limits]` allows; once."""
        request, notes = self._request, len(self._known.seen.files)
        self._agreed = self._agreed or (
            (
                request.follows is None
                and ask_first(self._known.consent, changes, notes, request.begin, self._known.examples)
            )
            or ask_share(changes, notes, self._known.vault.config.limits, request.confirm)
        )

    def _round(self, changes: Sequence[Change], denied: Sequence[Decision]) -> list[str]:
        """Commit the person's edits, then write the changes; gives the notes that weren't as they were read.

        Nothing is written when git refuses the commit for now.
        """
        self.postponed.update(c.path for c in changes if self._request.is_busy(c.path))
        self.left.update(c.path for c in changes if self._request.is_open(c.path))
        held = self._commit_persons_edits(changes)
        if not self._turn.ready:
            return []
        apart = held.keys() | self.postponed | self.left
        free = [c for c in changes if c.path not in apart]
        held |= self._turn.commits.unprotected(c.path for c in free)
        free = [c for c in free if c.path not in held]
        self._announce(free)
        # Before any note, so that a run that is killed doesn't forget what the person refused.
        self._known.decided.write()
        self._bases.write()
        self.denied += denied
        stale = self._write(free)
        self.failed += (held[c.path] for c in changes if c.path in held)
        return stale

    def _commit_persons_edits(self, changes: Sequence[Change]) -> dict[str, Problem]:
        """Gives what must not be written, with the reason."""
        request = self._request
        limits, notes = self._known.vault.config.limits, len(self._known.seen.files)
        allow = partial(ask_deletions, notes=notes, limits=limits, confirm=request.confirm)
        among: Collection[str] | None = None
        if self._dirty is not None and not request.wide:
            among = {*self._dirty, *(c.path for c in changes), DECISIONS_PATH}
        held: dict[str, Problem] = {}
        with self._turn.waits_if_refused():
            held, busy = self._turn.commits.person(allow, request.is_busy, among)
            self.postponed |= busy
        return held

    def _announce(self, changes: Sequence[Change]) -> None:
        """Note down what is about to be written, for a run that comes after a crash."""
        others = [*self._known.decided.rewrites(), *self._bases.rewrites()]
        if changes or others:
            written = [*written_files(changes), *map(_written_file, others)]
            base = self._run.base or self._turn.commits.head()
            files = joined_files(self._run.files, written)
            self._run = msgspec.structs.replace(self._run, base=base, files=files)
            self._turn.commits.announce(self._run)

    def _write(self, changes: Sequence[Change]) -> list[str]:
        by_path = {c.path: c for c in changes}
        # One by one, as they are written: all those of a first run are the bytes of the vault, twice.
        rewrites = (Rewrite(c.path, c.before.encode(), c.after.encode()) for c in changes)
        stale: list[str] = []
        for count, (rewrite, outcome) in enumerate(self._disk.write_many(rewrites)):
            if not count % 20:
                self._progress("writing", count, len(changes))
            if isinstance(outcome, Written):
                change = by_path[rewrite.path]
                self._known.seen.wrote(change.after, outcome.info)
                if (earlier := self.done.get(change.path)) is not None:
                    rules = tuple(dict.fromkeys((*earlier.rules, *change.rules)))
                    change = msgspec.structs.replace(change, rules=rules)
                self.done[change.path] = change
            elif isinstance(outcome, Stale):
                stale.append(rewrite.path)
                self.failed += kept_copies(outcome)
            else:
                self.failed.append(outcome)
            if self._request.stopped():
                break
        self._turn.commits.look_ahead()
        for late in self._disk.sync():
            self.failed += kept_copies(late)
            if isinstance(late, Stale) and late.path != DECISIONS_PATH:  # which the next run reads anew
                stale.append(late.path)
                self.done.pop(late.path, None)
        return stale


def _written_file(rewrite: Rewrite) -> WrittenFile:
    return file_between(rewrite.path, rewrite.expected, rewrite.new)


def _busy(path: str) -> Problem:
    return Problem(
        path, 0, 0, "busy", "it kept changing while it was worked on", "the next run looks at it again"
    )
