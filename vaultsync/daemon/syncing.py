"""The daemon's syncs: when one is due, its network part in a thread of its own, and what is told of it.

The loop's thread owns the vault and never waits for a network: it starts `ask` or `give` in a thread, which
only speaks to git and posts that it is done; what comes is taken in by the loop's thread. What fails is tried
again with growing pauses, a refused login least of all.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable

import msgspec

from vaultsync.core.config.settings import SyncSection
from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.core.history.changes import Waiting
from vaultsync.daemon.machine import time_in
from vaultsync.daemon.status import SyncStatus
from vaultsync.git.remote import RemoteFailed
from vaultsync.runs.sync import Synced, Syncer, SyncOrder

SHORTEST_PAUSE = 5.0
"""Seconds until a sync that failed is tried again, at first; each time it is twice as long."""

LONGEST_PAUSE = 1800.0
"""Seconds at most, for what a person or the network puts right at any time."""

LOGIN_PAUSE = 3600.0
"""Seconds after a refused login: servers lock accounts that try again and again."""

UNSETTLED_PAUSE = 30.0
"""Seconds until a note that was being typed in is looked at again."""

SOON = 1.0
"""Seconds from a commit here to its sync: a run's second commit comes along."""

_log = logging.getLogger("vaultsync.daemon")

_Answer = Callable[["Syncing"], None]
"""What is to be done, by the loop's thread, about how it went with the remote."""


class Syncing:
    """The syncs of a daemon. `make` makes the next one, `post` lets the loop's thread call a function.

    `is_busy` says that somebody is at work on a file, `trusted` whether somebody agreed that rules change the
    vault's notes: before, not even its own settings count. `reached_by` tells what git knows of how remotes
    are reached, `stopping` whether the daemon is to end; `clock` counts seconds.
    """

    def __init__(
        self,
        settings: SyncSection,
        make: Callable[[], Syncer],
        post: Callable[[Callable[[], None]], None],
        is_busy: Callable[[str], bool],
        trusted: Callable[[], bool],
        reached_by: Callable[[], object],
        stopping: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._settings, self._make, self._post = settings, make, post
        self._is_busy, self._trusted, self._clock = is_busy, trusted, clock
        self._reached_by, self._asked_by = reached_by, object()
        self._stopping = stopping
        self._syncer: Syncer | None = None  # the one under way
        self._speaking: Syncer | None = None  # whose thread speaks to the remote, or wasn't heard yet
        self._answer: _Answer | None = None
        self._outdated = False  # whether the thread began with other settings
        self._heir: Syncing | None = None
        self._tries = 0
        self._waiting: Waiting | None = None
        self._told: set[Problem] = set()
        self._since = ""
        self._last = ""
        self.left: tuple[str, ...] = ()
        self._due_at = clock()
        self._again = False

    @property
    def status(self) -> SyncStatus | None:
        """What a status tells of it; `None` if the daemon doesn't sync."""
        if not self._settings.on:
            return None
        if not self._trusted():
            hint = "`vaultsync fix` asks you once whether rules may change these notes"
            return SyncStatus("consent", "nobody has agreed to this vault's settings yet", hint)
        state = "syncing" if self._syncer is not None else "in step" if self._last else "due"
        next_try = time_in(max(0.0, self._due_at - self._clock()))
        told = SyncStatus(state, last=self._last, next_try=next_try)
        if (waiting := self._waiting) is None:
            return told
        return msgspec.structs.replace(
            told,
            state=waiting.state,
            message=waiting.message,
            hint=waiting.hint,
            output=waiting.output,
            since=self._since,
            tries=self._tries,
        )

    @property
    def next_moment(self) -> float | None:
        """When there will be something to do; `None` while a network is waited for, or for good."""
        if self._answer is not None:
            return self._clock()
        return self._due_at if self._settings.on and self._syncer is None else None

    def soon(self) -> None:
        """There are new commits here."""
        if self._syncer is not None:
            self._again = True
        elif self._waiting is None:
            self._due_at = min(self._due_at, self._clock() + SOON)

    def now(self) -> None:
        """The person asks for it: at once, whatever was waited for."""
        if self._syncer is not None:
            self._again = True
        else:
            self._due_at = self._clock()

    def work(self) -> bool:
        """Do what is due now, on the loop's thread; whether there was anything. Raises what a turn raises."""
        if (answer := self._answer) is not None:
            self._answer, self._speaking = None, None
            answer(self)
            return True
        if not self._settings.on or self._syncer is not None or self._clock() < self._due_at:
            return False
        if not self._trusted():
            self._due_at = self._clock() + UNSETTLED_PAUSE
            return False
        self._syncer = self._make()
        self._asked_by = self._reached_by()
        self._over_network(self._syncer.ask, Syncing._asked)
        return True

    def failed(self, error: VaultsyncError) -> None:
        """The turn at the vault could not be had, or ended badly; try again later."""
        self._end(Waiting("vault", error.message, error.hint))

    def adopt(self, earlier: Syncing) -> None:
        """Go on where `earlier` was when settings changed: what kept it from syncing holds on.

        So a login that was refused is tried no sooner. If the settings are others for syncs, too, all is
        tried anew; but a thread that speaks to the remote is waited for in any case.
        """
        same = self._settings.on and self._settings == earlier._settings
        same = same and self._reached_by() == earlier._asked_by
        self.left, self._asked_by = earlier.left, earlier._asked_by
        if same:
            self._tries, self._waiting, self._since = earlier._tries, earlier._waiting, earlier._since
            self._last, self._again = earlier._last, earlier._again
            if earlier._syncer is None:
                self._due_at = earlier._due_at
        if earlier._speaking is not None:
            earlier._heir, self._speaking, self._syncer = self, earlier._speaking, self._make()
            self._outdated = earlier._outdated or not same
            if earlier._answer is not None:
                self._hear(earlier._answer)

    def break_off(self) -> None:
        """The daemon stops: a thread that speaks to the remote isn't waited for, and leaves no git behind."""
        if self._speaking is not None:
            self._speaking.break_off()

    def _over_network(self, job: Callable[[], object], then: _Answer) -> None:
        def run() -> None:
            try:
                job()
            except RemoteFailed as failed:
                waiting = failed.waiting
                self._finish(lambda now: now._end(waiting))
            except VaultsyncError as error:
                told = Waiting("git", error.message, error.hint)
                self._finish(lambda now: now._end(told))
            except Exception as error:  # noqa: BLE001  a thread's outer boundary: else no sync would follow
                _log.exception("defect: this sync is given up")
                found = Waiting("defect", f"a defect of vaultsync: {error!r}", "the daemon's log has more")
                self._finish(lambda now: now._end(found))
            else:
                self._finish(then)

        self._speaking = self._syncer
        threading.Thread(target=run, name="sync", daemon=True).start()

    def _finish(self, answer: _Answer) -> None:
        self._post(lambda: self._hear(answer))

    def _hear(self, answer: _Answer) -> None:
        """The thread is done; whoever goes on with its work now hears of it."""
        if self._heir is not None:
            self._heir._hear(answer)
        else:
            self._answer = Syncing._start_over if self._outdated else answer

    def _start_over(self) -> None:
        """What the thread found was asked for with other settings."""
        self._syncer, self._outdated, self._due_at = None, False, self._clock()

    def _asked(self) -> None:
        """The remote has answered: take in what it has, then give it what is new here."""
        syncer = self._syncer
        if syncer is None:
            return
        if syncer.is_in_step():
            self._end(None)
            return
        done = syncer.take_in(SyncOrder(is_busy=self._is_busy, stopped=self._stopping))
        self.left = done.left
        self._tell(done)
        if done.waiting is not None:
            self._end(done.waiting)
        elif not self._settings.push:
            self._end(None)
        else:
            self._over_network(syncer.give, lambda now: now._end(None))

    def _tell(self, done: Synced) -> None:
        if done.came or done.commits:
            subjects = "; ".join(f"{c.sha[:7]} {c.subject}" for c in done.commits)
            _log.info("sync: %d files came; %s", len(done.came), subjects or "no commit")
        told = {problem for problem in done.problems if problem.rule == "sync"}
        for problem in sorted(told - self._told):
            _log.warning("sync: %s; %s", problem.message, problem.hint)
        self._told = told

    def _end(self, waiting: Waiting | None) -> None:
        """The sync is over: as it should be, or for the reason that is given."""
        self._syncer = None
        now = self._clock()
        if waiting is None:
            if self._waiting is not None:
                _log.info("sync: over: %s", self._waiting.message)
            self._waiting, self._tries, self._last = None, 0, time_in()
            self._due_at = now + SOON if self._again else now + self._settings.every * _jitter()
        else:
            same = self._waiting is not None and self._waiting.state == waiting.state
            self._tries = self._tries + 1 if same else 1
            if not same:
                self._since = time_in()
                _log.warning("sync: waiting: %s: %s; %s", waiting.state, waiting.message, waiting.hint)
            self._waiting = waiting
            self._due_at = now + self._pause(waiting.state) * _jitter()
        self._again = False

    def _pause(self, state: str) -> float:
        if state == "login":
            return LOGIN_PAUSE
        if state == "unsettled":
            return UNSETTLED_PAUSE
        return min(LONGEST_PAUSE, SHORTEST_PAUSE * 2.0 ** min(self._tries - 1, 20))


def _jitter() -> float:
    """Between 0.8 and 1.2: many devices don't stay in step."""
    return 0.8 + secrets.randbelow(400) / 1000
