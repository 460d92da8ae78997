"""The daemon's loop: one thread owns the vault, waits until notes have settled, and runs the one cycle.

Others only put requests on its queue: the watcher that there are hints, a signal that it shall stop, a
client that it types in a note. What a cycle can't do now (a merge under way, a hook that fails, another run)
is tried again with growing pauses, and shown by the status meanwhile; nothing that is due gets lost.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from vaultsync import __version__
from vaultsync.core.errors import ConfigError, VaultError, VaultsyncError
from vaultsync.core.plan.planner import MANY
from vaultsync.daemon import machine
from vaultsync.daemon.changes import Changes
from vaultsync.daemon.clients import Clients, ClientService
from vaultsync.daemon.first_look import survey_in_child_process
from vaultsync.daemon.log import notify
from vaultsync.daemon.parts import MakeSource, Parts, make_parts, system_source
from vaultsync.daemon.reporting import Reporter, state_of
from vaultsync.daemon.requests import Requests
from vaultsync.daemon.status import Place
from vaultsync.daemon.todo import Todo
from vaultsync.runs.cycle import Cycle, Report, Request, Stopped
from vaultsync.vault.lock import VaultBusy, VaultLock
from vaultsync.vault.open import Vault, open_vault, settings_bytes

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


_T = TypeVar("_T")


class SettingsChanged(Exception):
    """The settings are other than this cycle's."""


class Daemon:
    """Keeps the vault at `root` consistent from `run` until `stop`.

    `watcher` makes the source of hints for a vault and a function that wakes the loop; `serve` makes what
    serves clients. `stop`, `reload` and `ask` may be called from any thread, and from a signal handler.
    """

    def __init__(
        self,
        root: Path,
        place: Place | None = None,
        *,
        watcher: MakeSource = system_source,
        serve: Callable[[Daemon], ClientService] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = root
        self.place = place if place is not None else Place(root)
        self.reporter = Reporter(self.place, clock)
        self.clients = Clients(clock)
        self.todo = Todo(clock())
        self._clock, self._make_source, self._serve = clock, watcher, serve
        self._service: ClientService | None = None
        self._requests = Requests()
        self._stopping = self._reload_now = False
        self._lock = VaultLock(root)
        self._settings: tuple[bytes, ...] = ()
        self._offset = machine.clock_offset()
        self._identity = machine.identity_of(root)
        self._parts: Parts | None = None

    @property
    def parts(self) -> Parts:
        """What the loop works with, while it runs."""
        assert self._parts is not None  # noqa: S101  `run` makes them first
        return self._parts

    @property
    def cycle(self) -> Cycle:
        """The cycle, with what is known of the vault."""
        return self.parts.cycle

    @property
    def changes(self) -> Changes:
        """The files that changed, and have not settled."""
        return self.parts.changes

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopping

    # Requests from other threads

    def stop(self) -> None:
        """Finish the note in hand, and return from `run`."""
        self._stopping = True
        self._requests.wake()

    def reload(self) -> None:
        """Read the settings again, and try again now what failed."""
        self._requests.put(self._ask_reload)

    def ask(self, job: Callable[[], _T]) -> Future[_T]:
        """Let the loop's thread do `job`, which may use all of the daemon's parts; it comes as a future."""
        return self._requests.ask(job)

    # The loop

    def run(self) -> None:
        """Be the vault's daemon. Raises `AlreadyRunning`, and what keeps it from starting."""
        with self.place.claimed():
            self._settings = settings_bytes(self.root)
            self._parts = self._make_parts(open_vault(self.root))
            try:
                self.changes.source.start()
                self._publish("starting")
                notify("READY=1", "STATUS=first look at the vault")
                _log.info("start: %s, version %s, process %d", self.root, __version__, os.getpid())
                self.changes.leave_recent()
                self._follow_api(wanted=self._api_wanted)
                self.parts.prepare_git()
                while not self._stopping:
                    self._turn()
                    self._wait()
            finally:
                notify("STOPPING=1")
                self._requests.close()
                self._follow_api(wanted=False)
                self.parts.close()
                self._publish("stopping")
                _log.info("stop")

    @property
    def _api_wanted(self) -> bool:
        """Whether clients are served; a vault's own settings count once somebody trusts the vault."""
        return self.parts.vault.config.api.on or not self.parts.ports.consent.given()

    def _follow_api(self, *, wanted: bool) -> None:
        """Begin to serve clients, or end it."""
        if self._service is not None and not wanted:
            self._service.stop()
            self._service = None
        elif self._service is None and wanted and self._serve is not None:
            self._service = self._serve(self)
            self.reporter.listener = self._service.news
            self._service.start()

    def _make_parts(self, vault: Vault) -> Parts:
        return make_parts(
            vault,
            self._turn_at_the_vault,
            self._requests,
            self.clients,
            make_source=self._make_source,
            woken=self._woken,
            stopping=lambda: self._stopping,
            progress=self._progress,
            clock=self._clock,
        )

    def _turn(self) -> None:
        """Do what is to be done now."""
        if self._reload_now:
            self.take_settings()
        if not self._is_there():
            return
        now = self._clock()
        if self.todo.woken_at is not None and now >= self.todo.woken_at + GATHER:
            # What is reported now happened then: a note's quiet time doesn't begin with the gathering.
            self.changes.listen(self.todo.woken_at)
            self.todo.dirty.update(self.parts.editing.standing())
            self.todo.woken_at = None
            self.reporter.mark_stale()
        if abs((offset := machine.clock_offset()) - self._offset) > machine.SLEPT:
            self._offset = offset
            _log.info("scan: the machine slept, or its clock was set")
            self.changes.scan_at = now
        if now >= self.changes.scan_at:
            try:
                self.changes.scan()
                self.changes.touch(self.parts.intake.files())
                self.todo.wide = True
            except VaultError as error:
                self.changes.scan_at = now + TICK
                self._fail("gone", error)
                return
        self.changes.touch(self.clients.closed())
        if settled := self.changes.due():
            self.todo.dirty.update(settled)
            self.reporter.mark_stale()
        if self.todo.is_any and now >= self.todo.retry_at and not self.clients.is_paused:
            self._run_cycle()
            self.reporter.mark_stale()
        if not (self.todo.whole or self._reload_now or self._stopping or self.clients.is_paused):
            self._sync()

    def _wait(self) -> None:
        """Sleep until something is to be done, or is asked for."""
        now = self._clock()
        if (show_at := self.reporter.show_at) is not None and now >= show_at:
            working = "starting" if self.todo.whole else "idle"
            self._publish("waiting" if self.reporter.trouble is not None else working)
        moments = [now + GONE_TICK] if self._identity is None else self._moments(now)
        if self._stopping or self._reload_now:
            return
        self._requests.wait(min(moments) - now)

    def _moments(self, now: float) -> Iterator[float]:
        """When there will be something to do."""
        yield now + TICK
        yield self.changes.scan_at
        if (due := self.changes.next_due()) is not None:
            yield now + due
        if self.todo.is_any and not self.clients.is_paused:
            yield self.todo.retry_at
        if (end := self.clients.next_end()) is not None:
            yield end
        if self.todo.woken_at is not None:
            yield self.todo.woken_at + GATHER
        if not self.todo.whole and (moment := self.parts.syncing.next_moment) is not None:
            yield moment
        if (show_at := self.reporter.show_at) is not None:
            yield show_at

    def _woken(self) -> None:
        if self.todo.woken_at is None:
            self.todo.woken_at = self._clock()

    def _ask_reload(self) -> None:
        self._reload_now = True

    def _is_there(self) -> bool:
        """Whether the vault's folder is there; when it has gone and come back, all is looked at anew."""
        identity = machine.identity_of(self.root)
        if identity == self._identity and (identity is None or not self.changes.source.lost):
            return identity is not None
        self._identity = identity
        if identity is None:
            self._fail("gone", VaultError(f"the vault {self.root} is gone", "is its disk mounted?"))
            return False
        _log.info("scan: the vault's folder is another one, or is back")
        self.changes.scan_at = self.todo.retry_at = self._clock()
        self.todo.whole = True
        return True

    # What clients ask, by `ask`

    def hold(self, paths: Iterable[str], seconds: float) -> None:
        """A client types in these notes: leave them alone for so long, or until `release`."""
        held = self.changes.leases()
        for path in paths:
            self.changes.hold(path, seconds)
            if path not in held:
                self.reporter.mark_stale()

    def release(self, path: str) -> None:
        """The client has left the note."""
        self.changes.release(path)
        self.reporter.mark_stale()

    def run_now(self, paths: Iterable[str] | None) -> Report | None:
        """One cycle over these notes, or over all, without waiting until they have settled.

        None if it failed; `reporter.trouble` says why.
        """
        self.todo.look_at(paths)
        self.changes.settle(paths)
        report = self._run_cycle()
        self.reporter.mark_stale()
        return report

    def try_again(self) -> None:
        """What kept a cycle from its work is over, or some notes are to be looked at: go on now."""
        self.todo.retry_at = self._clock()
        self.reporter.mark_stale()

    # Cycles

    def _run_cycle(self) -> Report | None:
        """One cycle, whatever comes of it."""
        if not self.todo.whole:
            self._publish("working")
        dirty = self.todo.begin()
        began = time.perf_counter()
        request = Request(
            is_busy=self.parts.is_busy,
            is_open=self.clients.is_open,
            rounds=1,
            stopped=lambda: self._stopping,
            wide=self.todo.wide,
        )
        try:
            self.parts.ports.consent.require()
            self.parts.editing.finish()
            if self.todo.whole:
                survey_in_child_process(self.parts.vault, self.parts.ports, lambda: self._stopping)
            if imported := self.parts.intake.run():
                self.todo.dirty.update(imported)
                dirty = None if dirty is None else dirty | imported
            report = self.cycle.run(request, dirty)
        except Stopped:
            return None
        except SettingsChanged:
            self.take_settings()
            return None
        except VaultBusy as error:
            self._fail("locked", error, LOCK_PATIENCE * 4)  # the other one may have waited for us
            return None
        except VaultsyncError as error:
            self._forget()
            self._fail(state_of(error), error, least=SPARING * (time.perf_counter() - began))
            return None
        except Exception as error:  # noqa: BLE001  the daemon's outer boundary: a defect mustn't end it
            self._fail("defect", self._defect(error), least=SPARING * (time.perf_counter() - began))
            return None
        self.changes.ran(report)
        self.clients.leave(self.clients.left if dirty is None else dirty, report.left)
        self.reporter.ran(report, time.perf_counter() - began, self.parts.intake.problems)
        if report.waiting is not None:
            waiting = report.waiting
            self._fail(waiting.state, VaultsyncError(waiting.message, waiting.hint), output=waiting.output)
            return report
        self.reporter.recovered()
        if report.commits:
            self.parts.syncing.soon()
        whole, many = self.todo.whole, self.todo.whole or len(self.todo.dirty) >= MANY
        self.todo.done()
        if whole and self.cycle.survey is not None:
            self.cycle.survey.look_again(())  # the index, which the next saved note shouldn't wait for
        if many:
            machine.give_memory_back()
        return report

    def _sync(self) -> None:
        """What is due of a sync, whatever comes of it."""
        try:
            if self.parts.syncing.work():
                self.reporter.mark_stale()
        except (SettingsChanged, Stopped) as reason:
            self._reload_now = isinstance(reason, SettingsChanged)
        except VaultsyncError as error:
            self._forget()
            self.parts.syncing.failed(error)
        except Exception as error:  # noqa: BLE001  as for a cycle
            self.parts.syncing.failed(self._defect(error))

    def _defect(self, error: Exception) -> VaultsyncError:
        """A defect of ours, which ends what was being done, and not the daemon."""
        _log.exception("defect: nothing more is done in this run")
        self._forget()
        return VaultsyncError(f"a defect of vaultsync: {error!r}", f"the log has more: {self.place.log_file}")

    def _fail(
        self,
        state: str,
        error: VaultsyncError,
        longest: float | None = None,
        least: float = 0.0,
        output: str = "",
    ) -> None:
        """Try again later, since this try failed."""
        self.todo.retry_at = self._clock() + self.reporter.failed(state, error, longest, least, output)

    def _forget(self) -> None:
        """After a cycle that failed half-way nobody knows what the survey still knows."""
        self.cycle.forget()
        self.todo.start_over()
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

    def take_settings(self) -> None:
        """Take the new settings over; with a mistake in them, keep the old ones and say so."""
        self._reload_now = False
        notify("RELOADING=1")
        self._settings = settings_bytes(self.root)
        self.reporter.bad_settings = ""
        earlier = self.parts
        try:
            vault = open_vault(self.root)
            _log.info("settings: read again")
        except ConfigError as error:
            _log.warning("settings: %s", error)
            self.reporter.bad_settings = str(error)
            vault = earlier.vault
        earlier.close()
        self._parts = self._make_parts(vault)
        self.changes.source.start()
        self.changes.adopt(earlier.changes)
        self.todo.whole = True
        self.todo.retry_at = self._clock()
        self._follow_api(wanted=self._api_wanted)
        notify("READY=1")

    def _publish(self, state: str) -> None:
        self.reporter.api = self._service.api if self._service is not None else None
        self.reporter.publish(state, self.parts.view)
