"""The daemon's loop: one thread owns the vault, waits until notes have settled, and runs the one cycle.

Others only put requests on its queue: the watcher that there are hints, a signal that it shall stop, a
client that it types in a note. What a cycle can't do now (a merge under way, a hook that fails, another run)
is tried again with growing pauses, and shown by the status meanwhile; nothing that is due gets lost.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from vaultsync import __version__
from vaultsync.core.errors import ConfigError, VaultError, VaultsyncError
from vaultsync.core.plan.planner import MANY
from vaultsync.daemon import machine
from vaultsync.daemon.changes import Changes, Source
from vaultsync.daemon.first_look import survey_in_child_process
from vaultsync.daemon.inbox_import import Intake
from vaultsync.daemon.log import notify
from vaultsync.daemon.reporting import Reporter, View, state_of
from vaultsync.daemon.status import Place
from vaultsync.daemon.watcher import Watcher
from vaultsync.runs.cycle import Cycle, Request, Stopped
from vaultsync.runs.ports import open_ports
from vaultsync.vault.lock import VaultBusy, VaultLock
from vaultsync.vault.open import Vault, open_vault, settings_bytes
from vaultsync.vault.survey import Survey

TICK = 60.0
"""Seconds between two looks at the clock and at whether the vault is there; nothing else is done then."""

GONE_TICK = 5.0
"""Seconds between two looks while the vault's folder is gone."""

GATHER = 0.02
"""Seconds for which hints are gathered before they are looked at: an editor's save makes several."""

LOCK_PATIENCE = 0.5
"""Seconds to wait for another run's lock within a try; a stop mustn't take longer."""

SPARING = 20
"""How many times as long as a try took the daemon waits at least for the next one, if it failed."""

_log = logging.getLogger("vaultsync.daemon")


class SettingsChanged(Exception):
    """The settings are other than this cycle's."""


class Daemon:
    """Keeps the vault at `root` consistent from `run` until `stop`.

    `watcher` makes the source of hints for a vault and a function that wakes the loop. `stop`, `reload`,
    `hold` and `release` may be called from any thread, and from a signal handler.
    """

    def __init__(
        self,
        root: Path,
        place: Place | None = None,
        *,
        watcher: Callable[[Vault, Callable[[], None]], Source] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = root
        self.place = place if place is not None else Place(root)
        self._make_source = watcher if watcher is not None else _watcher
        self._clock = clock
        self._requests: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._stopping = False
        self._reload_now = False
        self._lock = VaultLock(root)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopping

    # Requests from other threads

    def stop(self) -> None:
        """Finish the note in hand, and return from `run`."""
        self._stopping = True
        self._requests.put(_nothing)

    def reload(self) -> None:
        """Read the settings again, and try again now what failed."""
        self._requests.put(self._ask_reload)

    def hold(self, path: str, seconds: float) -> None:
        """A client types in the note at `path`: leave it alone for so long, or until `release`."""
        self._requests.put(lambda: self._changes.hold(path, seconds))

    def release(self, path: str) -> None:
        """The client has left the note."""
        self._requests.put(lambda: self._changes.release(path))

    # The loop

    def run(self) -> None:
        """Be the vault's daemon. Raises `AlreadyRunning`, and what keeps it from starting."""
        with self.place.claimed():
            self._settings = settings_bytes(self.root)
            vault = open_vault(self.root)
            self._start(vault)
            try:
                self._changes.source.start()
                self._publish("starting")
                notify("READY=1", "STATUS=first look at the vault")
                _log.info("start: %s, version %s, process %d", self.root, __version__, os.getpid())
                self._changes.leave_recent()
                while not self._stopping:
                    self._turn()
                    self._wait()
            finally:
                notify("STOPPING=1")
                self._changes.source.stop()
                self._publish("stopping")
                self._ports.close()
                _log.info("stop")

    def _start(self, vault: Vault) -> None:
        self._reporter = Reporter(self.place, self._clock)
        self._whole = self._wide = True
        self._dirty: set[str] = set()
        self._retry_at = self._clock()
        self._woken_at: float | None = None
        self._offset = machine.clock_offset()
        self._identity = machine.identity_of(self.root)
        self._open(vault)

    def _open(self, vault: Vault) -> None:
        """Make what depends on the settings."""
        config = vault.config
        self._vault = vault
        self._ports = open_ports(vault, self._turn_at_the_vault)
        self._cycle = Cycle(vault, self._ports, self._progress)
        disk = self._ports.disk
        source = self._make_source(vault, lambda: self._requests.put(self._woken))
        self._changes = Changes(source, disk, self._survey, config.ignored, config.watch, self._clock)
        self._intake = Intake(self._cycle, self._changes.is_busy, lambda: self._stopping)
        self._view = View(vault, self._changes, self._ports.cache, self._survey)

    def _survey(self) -> Survey | None:
        return self._cycle.survey

    def _turn(self) -> None:
        """Do what is to be done now."""
        if self._reload_now:
            self._reload()
        if not self._is_there():
            return
        now = self._clock()
        if self._woken_at is not None and now >= self._woken_at + GATHER:
            # What is reported now has happened since then: a note's quiet time doesn't begin with the
            # gathering.
            self._changes.listen(self._woken_at)
            self._woken_at = None
            self._reporter.mark_stale()
        if abs((offset := machine.clock_offset()) - self._offset) > machine.SLEPT:
            self._offset = offset
            _log.info("scan: the machine slept, or its clock was set")
            self._changes.scan_at = now
        if now >= self._changes.scan_at:
            try:
                self._changes.scan()
                self._changes.touch(self._intake.files())
                self._wide = True
            except VaultError as error:
                self._changes.scan_at = now + TICK
                self._fail("gone", error)
                return
        self._dirty.update(self._changes.due())
        if (self._whole or self._dirty) and now >= self._retry_at:
            self._run_cycle()
            self._reporter.mark_stale()

    def _wait(self) -> None:
        """Sleep until something is to be done, or is asked for."""
        now = self._clock()
        if (show_at := self._reporter.show_at) is not None and now >= show_at:
            working = "starting" if self._whole else "idle"
            self._publish("waiting" if self._reporter.trouble is not None else working)
        moments = [now + GONE_TICK] if self._identity is None else self._moments(now)
        if self._stopping or self._reload_now:
            return
        with suppress(Empty):
            self._requests.get(timeout=max(0.0, min(moments) - now))()
            self._reporter.mark_stale()
            while True:
                self._requests.get_nowait()()

    def _moments(self, now: float) -> Iterator[float]:
        """When there will be something to do."""
        yield now + TICK
        yield self._changes.scan_at
        if (due := self._changes.next_due()) is not None:
            yield now + due
        if self._whole or self._dirty:
            yield self._retry_at
        if self._woken_at is not None:
            yield self._woken_at + GATHER
        if (show_at := self._reporter.show_at) is not None:
            yield show_at

    def _woken(self) -> None:
        if self._woken_at is None:
            self._woken_at = self._clock()

    def _ask_reload(self) -> None:
        self._reload_now = True

    def _is_there(self) -> bool:
        """Whether the vault's folder is there; when it has gone and come back, all is looked at anew."""
        identity = machine.identity_of(self.root)
        if identity == self._identity and (identity is None or not self._changes.source.lost):
            return identity is not None
        self._identity = identity
        if identity is None:
            self._fail("gone", VaultError(f"the vault {self.root} is gone", "is its disk mounted?"))
            return False
        _log.info("scan: the vault's folder is another one, or is back")
        self._changes.scan_at = self._retry_at = self._clock()
        self._whole = True
        return True

    # Cycles

    def _run_cycle(self) -> None:
        """One cycle, whatever comes of it."""
        if not self._whole:
            self._publish("working")
        dirty = None if self._whole else frozenset(self._dirty)
        began = time.perf_counter()
        request = Request(
            is_busy=self._changes.is_busy, rounds=1, stopped=lambda: self._stopping, wide=self._wide
        )
        try:
            if self._whole:
                survey_in_child_process(self._vault, self._ports, lambda: self._stopping)
            if imported := self._intake.run():
                self._dirty.update(imported)
                dirty = None if dirty is None else dirty | imported
            report = self._cycle.run(request, dirty)
        except Stopped:
            return
        except SettingsChanged:
            self._reload()
            return
        except VaultBusy as error:
            self._fail("locked", error, LOCK_PATIENCE * 4)  # the other one may have waited for us
            return
        except VaultsyncError as error:
            self._forget()
            self._fail(state_of(error), error, least=SPARING * (time.perf_counter() - began))
            return
        except Exception as error:  # noqa: BLE001  the daemon's outer boundary: a defect mustn't end it
            _log.exception("defect: nothing more is done in this run")
            self._forget()
            defect = VaultsyncError(
                f"a defect of vaultsync: {error!r}", f"the log has more: {self.place.log_file}"
            )
            self._fail("defect", defect, least=SPARING * (time.perf_counter() - began))
            return
        self._changes.touch(path for path in report.postponed if path not in self._changes)
        self._reporter.ran(report, time.perf_counter() - began, self._intake.problems)
        if report.waiting is not None:
            waiting = report.waiting
            self._fail(waiting.state, VaultsyncError(waiting.message, waiting.hint), output=waiting.output)
            return
        self._reporter.recovered()
        many = self._whole or len(self._dirty) >= MANY
        self._dirty.clear()
        self._wide = False
        if self._whole:
            self._whole = False
            if self._cycle.survey is not None:
                self._cycle.survey.look_again(())  # the index, which the next saved note shouldn't wait for
        if many:
            machine.give_memory_back()

    def _fail(
        self,
        state: str,
        error: VaultsyncError,
        longest: float | None = None,
        least: float = 0.0,
        output: str = "",
    ) -> None:
        """Try again later, since this try failed."""
        self._retry_at = self._clock() + self._reporter.failed(state, error, longest, least, output)

    def _forget(self) -> None:
        """After a cycle that failed half-way nobody knows what the survey still knows."""
        self._cycle.forget()
        self._dirty.clear()
        self._whole = True
        machine.give_memory_back()

    def _progress(self, stage: str, _done: int, _total: int) -> None:
        if stage == "reading" and self._stopping:
            raise Stopped

    @contextmanager
    def _turn_at_the_vault(self) -> Iterator[None]:
        """The vault's lock; raises `SettingsChanged` when somebody else had a turn with other settings."""
        with self._lock.held(LOCK_PATIENCE):
            if settings_bytes(self.root) != self._settings:
                raise SettingsChanged
            yield

    # Settings

    def _reload(self) -> None:
        """Take the new settings over; with a mistake in them, keep the old ones and say so."""
        self._reload_now = False
        notify("RELOADING=1")
        self._settings = settings_bytes(self.root)
        self._reporter.bad_settings = ""
        try:
            vault = open_vault(self.root)
        except ConfigError as error:
            _log.warning("settings: %s", error)
            self._reporter.bad_settings = str(error)
            vault = self._cycle.vault
        else:
            _log.info("settings: read again")
        earlier = self._changes
        self._ports.close()
        earlier.source.stop()
        self._open(vault)
        self._changes.source.start()
        self._changes.adopt(earlier)
        self._whole = True
        self._retry_at = self._clock()
        notify("READY=1")

    def _publish(self, state: str) -> None:
        self._reporter.publish(state, self._view)


def _watcher(vault: Vault, wake: Callable[[], None]) -> Source:
    config = vault.config
    ignored = config.ignored if config.vault.ignore else None
    return Watcher(vault.root, ignored=ignored, polling=config.watch.polling == "always", wake=wake)


def _nothing() -> None:
    """Only wakes the loop."""
