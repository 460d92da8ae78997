"""What the daemon reports of itself: what the last cycle did, what keeps the next one from working.

The loop tells it what happened; it decides when the status file is worth another write, and what goes into
the log. `status` has the values, `log` the ways out.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable

import msgspec

from vaultsync import __version__
from vaultsync.core.errors import COMMIT_OFF, GitError, Problem, VaultsyncError
from vaultsync.core.history.changes import MadeCommit
from vaultsync.core.history.conflict_names import conflict_of
from vaultsync.daemon.changes import Changes
from vaultsync.daemon.clients import Clients
from vaultsync.daemon.log import notify
from vaultsync.daemon.machine import time_in
from vaultsync.daemon.status import SHOWN, Api, LastRun, Pending, Place, Status, Trouble
from vaultsync.daemon.syncing import Syncing
from vaultsync.git.repository import HookFailed, LockHeld
from vaultsync.runs.cycle import Report
from vaultsync.runs.limits import OverLimit
from vaultsync.vault.cache import Cache
from vaultsync.vault.consent import NoConsent, has_consent
from vaultsync.vault.open import Vault
from vaultsync.vault.survey import Survey

SHOW = 0.25
"""Seconds between two writes of the status, at least."""

LONGEST_PAUSE = 60.0
"""Seconds between two tries at most, where a person's next step may end the trouble at any time."""

LONGEST_PAUSES = {"defect": 600.0, "consent": 2.0}
"""The same by what the daemon waits for: the same notes will most likely fail in the same way, and whether
somebody has agreed is a look at a small file."""

SAID = 2000
"""Characters of what a hook said that are shown, from its end."""

_log = logging.getLogger("vaultsync.daemon")


class View(msgspec.Struct, frozen=True):
    """What a status shows beside the reporter's own: all that is made anew with other settings."""

    vault: Vault
    changes: Changes
    cache: Cache | None
    survey: Callable[[], Survey | None]
    clients: Clients
    syncing: Syncing


class Reporter:
    """Reports on the daemon in `place`; `clock` counts seconds.

    `latest` is the newest status with its number, for other threads; `listener` is called after each one.
    """

    def __init__(self, place: Place, clock: Callable[[], float]) -> None:
        self.trouble: Trouble | None = None
        self.api: Api | None = None
        self.latest: tuple[int, Status | None] = (0, None)
        self.listener: Callable[[], None] = lambda: None
        self.bad_settings = ""
        self._place, self._clock = place, clock
        self._started = time_in()
        self._last_run: LastRun | None = None
        self._report = Report(0)
        self._others: tuple[str, ...] = ()
        self._defects: frozenset[str] = frozenset()
        self._conflict_notes: list[str] = []
        self._shown: Status | None = None
        self._shown_at = float("-inf")

    @property
    def show_at(self) -> float | None:
        """When the status is to be written next; None while it tells all."""
        return self._shown_at + SHOW if self._shown is None else None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that the last cycle found."""
        return self._report.problems

    def mark_stale(self) -> None:
        """The status as it was written last doesn't tell all any more."""
        self._shown = None

    def ran(self, report: Report, seconds: float, inbox_problems: tuple[Problem, ...]) -> None:
        """Note down what a cycle did."""
        self.mark_stale()
        if report.waiting is None or report.notes:
            problems = report.problems
            if inbox_problems:
                problems = tuple(sorted((*problems, *inbox_problems)))
            self._report = msgspec.structs.replace(report, problems=problems, changes=())
        for defect in sorted(set(report.defects) - self._defects):
            _log.error("defect: a rule failed at a note, which stays as it is\n%s", defect)
        self._defects |= frozenset(report.defects)
        if report.changes or report.commits:
            changed = tuple(change.path for change in report.changes)
            self._last_run = LastRun(
                time_in(), round(seconds, 3), changed[:SHOWN], report.commits, len(changed)
            )
            subjects = "; ".join(f"{c.sha[:7]} {c.subject}" for c in report.commits)
            _log.info("run: %d changed in %.3f s; %s", len(changed), seconds, subjects or "no commit")

    def committed(self, commits: tuple[MadeCommit, ...]) -> None:
        """Commits were made beside the cycles, for a client."""
        if commits:
            self.mark_stale()
            self._last_run = LastRun(time_in(), 0.0, (), commits)
            _log.info("editor: %s", "; ".join(f"{c.sha[:7]} {c.subject}" for c in commits))

    def failed(
        self,
        state: str,
        error: VaultsyncError,
        longest: float | None = None,
        least: float = 0.0,
        output: str = "",
    ) -> float:
        """Note down why a try failed; the seconds until the next one: more each time, up to `longest`.

        `output` is what a hook or git itself said.
        """
        self.mark_stale()
        if isinstance(error, GitError):
            error.or_without(COMMIT_OFF)
        if longest is None:
            longest = LONGEST_PAUSES.get(state, LONGEST_PAUSE)
        old = self.trouble
        same = old is not None and (old.state, old.message) == (state, error.message)
        tries = old.tries + 1 if old is not None and same else 1
        if not same:
            said = output[-SAID:]
            _log.warning("waiting: %s: %s%s", state, error, f"\nit said: {said}" if said else "")
        pause = min(longest, 2.0 ** min(tries - 1, 20)) * (0.8 + secrets.randbelow(400) / 1000)
        pause = max(pause, least)
        since = old.since if old is not None and same else time_in()
        self.trouble = Trouble(state, error.message, error.hint, since, tries, time_in(pause), output[-SAID:])
        return pause

    def recovered(self) -> None:
        """Nothing keeps the daemon from its work any more."""
        if self.trouble is not None:
            _log.info("over: %s", self.trouble.message)
        self.trouble = None

    def publish(self, state: str, view: View) -> None:
        """Tell the status file, and the service manager, how things are."""
        began = self._clock()
        waiting = view.changes.waiting()
        survey = view.survey()
        pause = view.clients.pause_ends_in()
        watching = view.vault.config.watch
        status = Status(
            vault=str(self._place.root),
            pid=os.getpid(),
            version=__version__,
            state=state,
            started=self._started,
            watch=view.changes.source.state,
            quiet=watching.quiet,
            max_wait=watching.max_wait,
            notes=len(survey.files) if survey is not None else self._report.notes,
            pending=tuple(Pending(w.path, time_in(w.due - began), w.held) for w in waiting[:SHOWN]),
            pending_count=len(waiting),
            last_run=self._last_run,
            problems=self._report.problems[:SHOWN],
            problem_count=len(self._report.problems),
            waiting=self.trouble,
            degraded=self._degraded(view),
            log=str(self._place.log_file),
            consent=has_consent(self._place.root),
            left=tuple(sorted(view.clients.left)),
            paused_until=time_in(pause) if pause is not None else "",
            conflicts=self._conflicts(view),
            api=self.api,
            sync=view.syncing.status,
        )
        self._place.publish(status)
        if self._shown is None or state != self._shown.state:
            why = f": {self.trouble.message}" if self.trouble is not None else ""
            notify(f"STATUS={state}{why}")
        self._shown = status
        self.latest = (self.latest[0] + 1, status)
        self.listener()
        # Thousands of notes that wait are costly to list: then less often.
        self._shown_at = max(self._clock(), began + 10 * (self._clock() - began) - SHOW)

    def _conflicts(self, view: View) -> int:
        """How many conflict notes there are, of those that a sync or the last look at the vault has seen."""
        survey = view.survey()
        if survey is not None and survey.others is not self._others:
            self._others = survey.others
            self._conflict_notes = [path for path in survey.others if conflict_of(path) is not None]
        known = {*self._conflict_notes, *view.syncing.left}
        return sum(os.path.lexists(self._place.root / path) for path in known)

    def _degraded(self, view: View) -> tuple[str, ...]:
        """Why the daemon doesn't work as well as it could."""
        reasons = []
        if self.bad_settings:
            reasons.append(
                f"the former settings are in use, the new ones have a mistake: {self.bad_settings}"
            )
        watch = view.changes.source.state
        if watch.how == "polling" and view.vault.config.watch.polling == "auto":
            reasons.append(f"the vault is polled: {watch.why}")
        if view.cache is not None and view.cache.trouble:
            reasons.append(f"there is no cache, so each start reads all notes: {view.cache.trouble}")
        return tuple(reasons)


def state_of(error: VaultsyncError) -> str:
    """The short name of what keeps a cycle from its work."""
    if isinstance(error, OverLimit):
        return "limit"
    if isinstance(error, HookFailed):
        return "hook"
    if isinstance(error, LockHeld):
        return "locked"
    if isinstance(error, NoConsent):
        return "consent"
    return "git" if isinstance(error, GitError) else "vault"
