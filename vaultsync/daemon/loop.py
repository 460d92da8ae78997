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
from pathlib import Path
from typing import TypeVar

from vaultsync import __version__
from vaultsync.core.errors import VaultError, VaultsyncError
from vaultsync.core.plan.planner import MANY
from vaultsync.daemon import machine
from vaultsync.daemon.changes import Changes
from vaultsync.daemon.clients import Clients, ClientService, Serving
from vaultsync.daemon.first_look import survey_in_child_process
from vaultsync.daemon.log import end_logged, notify
from vaultsync.daemon.parts import MakeSource, Parts, make_parts, system_source
from vaultsync.daemon.presence import Presence, gone
from vaultsync.daemon.reporting import Reporter, state_of
from vaultsync.daemon.requests import Requests
from vaultsync.daemon.status import Place
from vaultsync.daemon.todo import Todo
from vaultsync.daemon.used_settings import LOCK_PATIENCE, SettingsChanged, UsedSettings
from vaultsync.runs.cycle import Cycle, Report, Request, Stopped
from vaultsync.vault.lock import VaultBusy
from vaultsync.vault.open import Vault

TICK = 60.0
"""Seconds between two looks at the clock and at whether the vault is there; nothing else is done then."""

GONE_TICK = 5.0
"""Seconds between two looks while the vault's folder is gone."""

SPARING = 20
"""How many times as long as a try took the daemon waits at least for the next one, if it failed."""

_log = logging.getLogger("vaultsync.daemon")
_T = TypeVar("_T")


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
        self._clock, self._make_source = clock, watcher
        self._serving = Serving((lambda: serve(self)) if serve is not None else None)
        self.reporter.listener = self._serving.news
        self._requests = Requests()
        self._stopping = False
        self._reload_at: float | None = None
        self._rests: dict[str, float] = {}
        self._settings = UsedSettings(root)
        self._presence = Presence(root)
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
        with self.place.claimed(), end_logged():
            self._parts = self._make_parts(self._settings.read())
            try:
                self.changes.source.start()
                self._publish("starting")
                notify("READY=1", "STATUS=first look at the vault")
                _log.info("start: %s, version %s, process %d", self.root, __version__, os.getpid())
                self._serving.follow(wanted=self._api_wanted)
                self._guarded("git", self.parts.prepare_git)
                while not self._stopping:
                    self._guarded("turn", self._turn)
                    self._guarded("show", self._show)
                    self._wait()
            finally:
                notify("STOPPING=1")
                self._requests.close()
                self._serving.follow(wanted=False)
                self.parts.syncing.break_off()
                self.parts.close()
                self._publish("stopping")
                _log.info("stop")

    @property
    def _api_wanted(self) -> bool:
        """Whether clients are served; a vault's own settings count once somebody trusts the vault."""
        return self.parts.vault.config.api.on or not self.parts.ports.consent.given()

    def _make_parts(self, vault: Vault) -> Parts:
        return make_parts(
            vault,
            self._settings.turn,
            self._requests,
            self.clients,
            make_source=self._make_source,
            woken=self._woken,
            stopping=lambda: self._stopping,
            progress=self._progress,
            clock=self._clock,
        )

    def _guarded(self, name: str, work: Callable[[], None]) -> None:
        """Do this part of a turn; a defect in it is told, and it is tried again after a rest."""
        if self._clock() < self._rests.get(name, 0.0):
            return
        try:
            work()
        except Exception as error:  # noqa: BLE001  the daemon's outer boundary: a defect mustn't end it
            self._fail("defect", self._defect(error))
            self._rests[name] = self.todo.retry_at

    def _turn(self) -> None:
        """Do what is to be done now."""
        if not self._is_there():
            return
        now = self._clock()
        if self._reload_at is not None and now >= self._reload_at:
            self.take_settings()
        if (woken_at := self.todo.gathered(now)) is not None:
            # What is reported now happened then: a note's quiet time doesn't begin with the gathering.
            self.changes.listen(woken_at)
            self.todo.dirty.update(self.parts.editing.standing())
            self.reporter.mark_stale()
        if self._presence.slept():
            _log.info("scan: the machine slept, or its clock was set")
            self.changes.scan_at = now
        if now >= self.changes.scan_at:
            try:
                self.changes.scan()
                self.changes.touch(self.parts.intake.files())
                self.todo.wide = True
                self.reporter.mark_stale()
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
        if not (self.todo.whole or self._reload_at is not None or self._stopping or self.clients.is_paused):
            self._sync()

    def _show(self) -> None:
        """Tell how things are, if that is due."""
        if (show_at := self.reporter.show_at) is not None and self._clock() >= show_at:
            working = "starting" if self.todo.whole else "idle"
            self._publish("waiting" if self.reporter.trouble is not None else working)

    def _wait(self) -> None:
        """Sleep until something is to be done, or is asked for."""
        now = self._clock()
        rest = self._rests.get("turn", now)
        moments = [rest] if rest > now else [*self._moments(now)]
        if (show_at := self.reporter.show_at) is not None:
            moments.append(max(show_at, self._rests.get("show", show_at)))
        if not self._stopping:
            self._requests.wait(min(moments) - now)

    def _moments(self, now: float) -> Iterator[float]:
        """When there will be something to do."""
        if not self._presence.is_there:
            yield now + GONE_TICK
            return
        yield now + TICK
        yield from self.changes.moments()
        yield from self.todo.moments(paused=self.clients.is_paused)
        if self._reload_at is not None:
            yield self._reload_at
        if (end := self.clients.next_end()) is not None:
            yield end
        if not self.todo.whole and (moment := self.parts.syncing.next_moment) is not None:
            yield moment

    def _woken(self) -> None:
        self.todo.wake(self._clock())

    def _ask_reload(self) -> None:
        self._reload_at = self._clock()
        self._rests.clear()

    def _is_there(self) -> bool:
        """Whether the vault's folder is there; when it has gone and come back, all is looked at anew."""
        news = self._presence.look(lost=self.changes.source.lost)
        if news == "gone":
            self._fail("gone", gone(self.root))
        elif news == "back":
            _log.info("scan: the vault's folder is another one, or is back")
            self.changes.scan_at = self.todo.retry_at = self._clock()
            self.todo.whole = True
        return self._presence.is_there

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
        report = self._run_cycle(paths)
        self.reporter.mark_stale()
        return report

    def try_again(self) -> None:
        """What kept a cycle from its work is over, or some notes are to be looked at: go on now."""
        self.todo.retry_at = self._clock()
        self.reporter.mark_stale()

    # Cycles

    def _run_cycle(self, settled: Iterable[str] | None = ()) -> Report | None:
        """One cycle, whatever comes of it; the notes `settled`, or all, count as settled."""
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
                self.changes.leave_unsettled(self.parts.intake.files())
            self.changes.settle(settled)
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
        if whole:
            self.cycle.prepare()
        if many:
            machine.give_memory_back()
        return report

    def _sync(self) -> None:
        """What is due of a sync, whatever comes of it."""
        try:
            if self.parts.syncing.work():
                self.reporter.mark_stale()
        except (SettingsChanged, Stopped) as reason:
            if isinstance(reason, SettingsChanged):
                self._reload_at = self._clock()
        except VaultBusy as error:  # nothing was done, so all that is known holds
            self.parts.syncing.failed(error)
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
        self.changes.forget()
        self.todo.start_over()
        machine.give_memory_back()

    def _progress(self, stage: str, _done: int, _total: int) -> None:
        if stage == "reading" and self._stopping:
            raise Stopped

    # Settings

    def take_settings(self) -> None:
        """Take the new settings over; with a mistake in them, keep the old ones and say so.

        A vault that is gone has none: they are read once it is back.
        """
        self._reload_at = self._clock()  # until it is done
        notify("RELOADING=1")
        try:
            self._replace_parts()
        except VaultError as error:
            self._reload_at = self._clock() + GONE_TICK
            self._fail("gone", error)
        else:
            self._reload_at = None
            self.todo.whole = True
            self.todo.retry_at = self._clock()
            self._serving.follow(wanted=self._api_wanted)
        finally:
            notify("READY=1")

    def _replace_parts(self) -> None:
        """Make the parts anew, for the settings as they are now. Raises `VaultError` if the vault is gone."""
        earlier = self.parts
        vault = self._settings.read_again(earlier.vault)
        self.reporter.bad_settings = mistake = self._settings.mistake
        _log.log(logging.WARNING if mistake else logging.INFO, "settings: %s", mistake or "read again")
        parts = self._make_parts(vault)
        earlier.close()
        self._parts = parts
        self.changes.source.start()
        parts.adopt(earlier)

    def _publish(self, state: str) -> None:
        self.reporter.api = self._serving.api
        self.reporter.publish(state, self.parts.view)
