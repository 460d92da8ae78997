"""The daemon's loop: one thread owns the vault, waits until notes have settled, and runs the one cycle.

Others only put requests on its queue: the watcher that there are hints, a signal that it shall stop, a
client that it types in a note. What a cycle can't do now (a merge under way, a hook that fails, another run)
is tried again with growing pauses, and told by the status meanwhile; nothing that is due gets lost.
"""

from __future__ import annotations

import gc
import logging
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import msgspec

from vaultsync import __version__
from vaultsync.cache import Cache
from vaultsync.config import CONFIG_PATH
from vaultsync.cycle import Cycle, OverLimit, Report, Request, Stopped
from vaultsync.daemon.changes import Changes, Source
from vaultsync.daemon.state import SHOWN, LastRun, Pending, Place, Status, Trouble
from vaultsync.daemon.tell import notify
from vaultsync.disk import RealDisk
from vaultsync.errors import ConfigError, Exit, GitError, Problem, VaultError, VaultsyncError
from vaultsync.git import Git, HookFailed, LockHeld
from vaultsync.journal import Journal
from vaultsync.lock import VaultBusy, VaultLock
from vaultsync.survey import Survey
from vaultsync.vault import Vault, open_vault
from vaultsync.watch import Watcher

if TYPE_CHECKING:
    from vaultsync.inbox import Inbox

TICK = 60.0
"""Seconds between two looks at the clock and at whether the vault is there; nothing else is done then."""

GONE_TICK = 5.0
"""Seconds between two looks while the vault's folder is gone."""

GATHER = 0.02
"""Seconds for which hints are gathered before they are looked at: an editor's save makes several."""

SHOW = 0.25
"""Seconds between two writes of the status, at least."""

LOCK_PATIENCE = 0.5
"""Seconds to wait for another run's lock within a try; a stop mustn't take longer."""

LONGEST_PAUSE = 60.0
"""Seconds between two tries at most, where a person's next step may end the trouble at any time."""

LONGEST_PAUSE_DEFECT = 600.0
"""Seconds between two tries at most, where the same notes will most likely fail in the same way."""

SETTINGS = (CONFIG_PATH, ".obsidian/app.json", ".obsidian/types.json")
"""Files that hold for the whole vault, and of which no hint tells; each cycle reads the decisions itself."""

_SLEPT = 5.0  # seconds by which two clocks drift apart only when the machine slept or a clock was set

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
            self._settings = _settings(self.root)
            vault = open_vault(self.root)
            self._start(vault)
            with closing(self._cache):
                try:
                    self._changes.source.start()
                    self._publish("starting")
                    notify("READY=1", "STATUS=first look at the vault")
                    _log.info("start: %s, version %s, process %d", self.root, __version__, os.getpid())
                    self._leave_recent()
                    while not self._stopping:
                        self._turn()
                        self._wait()
                finally:
                    notify("STOPPING=1")
                    self._changes.source.stop()
                    self._publish("stopping")
                    _log.info("stop")

    def _start(self, vault: Vault) -> None:
        self._started = _now()
        self._whole = True
        self._dirty: set[str] = set()
        self._retry_at = self._clock()
        self._trouble: Trouble | None = None
        self._last_run: LastRun | None = None
        self._report = Report(0)
        self._degraded: dict[str, str] = {}
        self._woken_at: float | None = None
        self._shown: Status | None = None
        self._shown_at = float("-inf")
        self._offset = _clock_offset()
        self._identity = _identity(self.root)
        self._settings_seen_at = float("-inf")
        self._open(vault)

    def _open(self, vault: Vault) -> None:
        """Make what depends on the settings."""
        config = vault.config
        self._vault = vault
        self._cache = Cache(self.root, vault.fingerprint)
        disk = RealDisk(self.root, note_size=config.limits.note_size)
        self._cycle = Cycle(
            vault,
            disk,
            lambda: Git.open(self.root),
            self._turn_at_the_vault,
            Journal(self.root),
            self._cache,
            self._progress,
        )
        self._inbox: Inbox | None = None
        self._inbox_problems: tuple[Problem, ...] = ()
        source = self._make_source(vault, lambda: self._requests.put(self._woken))
        self._changes = Changes(source, disk, self._survey, config.ignored, config.watch, self._clock)

    def _survey(self) -> Survey | None:
        return self._cycle.survey

    def _turn(self) -> None:
        """Do what is to be done now."""
        now = self._clock()
        if self._reload_now:
            self._reload()
        if not self._is_there():
            return
        if self._woken_at is not None and now >= self._woken_at + GATHER:
            self._woken_at = self._shown = None
            self._changes.listen()
        if (offset := _clock_offset()) - self._offset > _SLEPT or offset < self._offset - _SLEPT:
            self._offset = offset
            _log.info("scan: the machine slept, or its clock was set")
            self._changes.scan_at = now
        if now >= self._changes.scan_at:
            try:
                self._changes.scan()
                self._changes.touch(self._in_inbox())
            except VaultError as error:
                self._changes.scan_at = now + TICK
                self._fail("gone", error, LONGEST_PAUSE)
                return
        self._dirty.update(self._changes.due())
        if (self._whole or self._dirty) and now >= self._retry_at:
            self._run_cycle()
            self._shown = None

    def _wait(self) -> None:
        """Sleep until something is to be done, or is asked for."""
        now = self._clock()
        self._publish_if_new()
        moments = [now + GONE_TICK] if self._identity is None else self._moments(now)
        if self._stopping or self._reload_now:
            return
        with suppress(Empty):
            self._requests.get(timeout=max(0.0, min(moments) - now))()
            self._shown = None
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
        if self._shown is None:
            yield self._shown_at + SHOW

    def _woken(self) -> None:
        if self._woken_at is None:
            self._woken_at = self._clock()

    def _ask_reload(self) -> None:
        self._reload_now = True

    def _leave_recent(self) -> None:
        """Notes that were saved just before the start may still be being typed in."""
        quiet = self._vault.config.watch.quiet
        now = time.time()
        config = self._vault.config
        scan = self._cycle.disk.scan(config.ignored if config.vault.ignore else None)
        ages = ((path, now - info.mtime_ns / 1e9) for path, info in scan.notes.items())
        self._changes.touch(path for path, age in ages if 0 <= age < quiet)

    def _is_there(self) -> bool:
        """Whether the vault's folder is there; when it has gone and come back, all is looked at anew."""
        identity = _identity(self.root)
        if identity == self._identity:
            return identity is not None
        self._identity = identity
        if identity is None:
            self._fail("gone", VaultError(f"the vault {self.root} is gone", "is its disk mounted?"), TICK)
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
        request = Request(later=self._changes.later, rounds=1, stopped=lambda: self._stopping)
        try:
            if imported := self._import():
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
            self._fail(
                _name(error), error, LONGEST_PAUSE_DEFECT if error.exit_code == Exit.DEFECT else LONGEST_PAUSE
            )
            return
        except Exception as error:  # noqa: BLE001  the daemon's outer boundary: a defect mustn't end it
            _log.exception("defect: nothing more is done in this run")
            self._forget()
            told = VaultsyncError(
                f"a defect of vaultsync: {error!r}", f"the log has more: {self.place.log_file}"
            )
            self._fail("defect", told, LONGEST_PAUSE_DEFECT)
            return
        self._keep(report, time.perf_counter() - began)
        if report.waiting is not None:
            waiting = report.waiting
            self._fail(waiting.state, VaultsyncError(waiting.message, waiting.hint), LONGEST_PAUSE)
            return
        if self._trouble is not None:
            _log.info("over: %s", self._trouble.message)
        self._trouble = None
        self._dirty.clear()
        if self._whole:
            self._whole = False
            if self._cycle.survey is not None:
                self._cycle.survey.look_again(())  # the index, which the next saved note shouldn't wait for
            _give_memory_back()

    def _in_inbox(self) -> list[str]:
        """What waits in the inbox."""
        folder = self._vault.config.vault.inbox.strip("/")
        if not folder or not (self.root / folder).is_dir():
            return []
        from vaultsync.inbox import inbox_files  # 80 ms that a vault without an inbox needn't pay

        return inbox_files(self._vault)

    def _import(self) -> frozenset[str]:
        """Import what has settled in the inbox; gives the notes that were made or completed."""
        if not self._in_inbox():
            self._inbox_problems = ()
            return frozenset()
        from vaultsync.importing import Importer, Order
        from vaultsync.inbox import Inbox

        if self._inbox is None:
            self._inbox = Inbox(Importer(self._cycle, self._import_progress))
        done = self._inbox.run(Order(inputs=(), later=self._changes.later))
        for problem in done.problems:
            if problem not in self._inbox_problems:
                _log.warning("import: %s", problem)
        for piece in done.skipped:
            _log.warning("import: %s:%d skipped: %s", piece.place, piece.line, piece.reason)
        self._inbox_problems = done.problems
        if done.paths:
            subjects = "; ".join(f"{c.sha[:7]} {c.subject}" for c in done.commits)
            counts = f"{len(done.new)} new, {len(done.completed)} completed"
            _log.info("import: %s; %s", counts, subjects or "no commit")
        return frozenset(done.paths)

    def _import_progress(self, _stage: str, _done: int, _total: int) -> None:
        if self._stopping:
            raise Stopped

    def _keep(self, report: Report, seconds: float) -> None:
        """Remember what a cycle did, and what it left for later."""
        self._changes.touch(path for path in report.later if path not in self._changes)
        if self._inbox_problems:
            problems = tuple(sorted((*report.problems, *self._inbox_problems)))
            report = msgspec.structs.replace(report, problems=problems)
        if report.waiting is None or report.notes:
            self._report = report
        if report.changes or report.commits:
            changed = tuple(change.path for change in report.changes)
            self._last_run = LastRun(_now(), round(seconds, 3), changed[:SHOWN], report.commits)
            subjects = "; ".join(f"{c.sha[:7]} {c.subject}" for c in report.commits)
            _log.info("run: %d changed in %.3f s; %s", len(changed), seconds, subjects or "no commit")
        self._shown = None

    def _fail(self, state: str, error: VaultsyncError, longest: float) -> None:
        """Note why a try failed, and when the next one is."""
        old = self._trouble
        same = old is not None and (old.state, old.message) == (state, error.message)
        tries = old.tries + 1 if old is not None and same else 1
        if not same:
            _log.warning("waiting: %s: %s", state, error)
        pause = min(longest, 2.0 ** min(tries - 1, 20)) * (0.8 + secrets.randbelow(400) / 1000)
        self._retry_at = self._clock() + pause
        since = old.since if old is not None and same else _now()
        self._trouble = Trouble(state, error.message, error.hint, since, tries, _now(pause))
        self._shown = None

    def _forget(self) -> None:
        """After a cycle that failed half-way nobody knows what the survey still knows."""
        self._cycle.survey = None
        self._dirty.clear()
        self._whole = True

    def _progress(self, stage: str, _done: int, _total: int) -> None:
        if stage == "reading" and self._stopping:
            raise Stopped

    @contextmanager
    def _turn_at_the_vault(self) -> Iterator[None]:
        """The vault's lock; raises `SettingsChanged` when somebody else had a turn with other settings."""
        with self._lock.held(LOCK_PATIENCE):
            if _settings(self.root) != self._settings:
                raise SettingsChanged
            yield

    # Settings

    def _reload(self) -> None:
        """Take the new settings over; with a mistake in them, keep the old ones and say so."""
        self._reload_now = False
        notify("RELOADING=1")
        self._settings = _settings(self.root)
        self._degraded.pop("config", None)
        try:
            vault = open_vault(self.root)
        except ConfigError as error:
            _log.warning("settings: %s", error)
            self._degraded["config"] = f"the former settings are in use, the new ones have a mistake: {error}"
            vault = self._cycle.vault
        else:
            _log.info("settings: read again")
        earlier = self._changes
        self._cache.close()
        earlier.source.stop()
        self._open(vault)
        self._changes.source.start()
        self._changes.adopt(earlier)
        self._whole = True
        self._retry_at = self._clock()
        notify("READY=1")

    # Status

    def _publish_if_new(self) -> None:
        if self._shown is not None or self._clock() < self._shown_at + SHOW:
            return
        working = "starting" if self._whole else "idle"
        self._publish("waiting" if self._trouble is not None else working)

    def _publish(self, state: str) -> None:
        """Tell the status file, and the service manager, how things are."""
        began = self._clock()
        waiting = self._changes.waiting()
        watch = self._changes.source.state
        degraded = list(self._degraded.values())
        if watch.how == "polling" and self._vault.config.watch.polling == "auto":
            degraded.append(f"the vault is polled: {watch.why}")
        if self._cache.trouble:
            degraded.append(f"there is no cache, so each start reads all notes: {self._cache.trouble}")
        status = Status(
            vault=str(self.root),
            pid=os.getpid(),
            version=__version__,
            state=state,
            started=self._started,
            watch=watch,
            quiet=self._vault.config.watch.quiet,
            max_wait=self._vault.config.watch.max_wait,
            notes=len(survey.files) if (survey := self._survey()) is not None else self._report.notes,
            pending=tuple(Pending(w.path, _now(w.due - began), w.held) for w in waiting[:SHOWN]),
            pending_count=len(waiting),
            last_run=self._last_run,
            problems=self._report.problems[:SHOWN],
            problem_count=len(self._report.problems),
            waiting=self._trouble,
            degraded=tuple(degraded),
            log=str(self.place.log_file),
        )
        self.place.publish(status)
        if self._shown is None or state != self._shown.state:
            why = f": {self._trouble.message}" if self._trouble is not None else ""
            notify(f"STATUS={state}{why}")
        self._shown = status
        # Thousands of notes that wait are costly to list: then less often.
        self._shown_at = max(self._clock(), began + 10 * (self._clock() - began) - SHOW)


def _watcher(vault: Vault, wake: Callable[[], None]) -> Source:
    config = vault.config
    ignored = config.ignored if config.vault.ignore else None
    return Watcher(vault.root, ignored=ignored, polling=config.watch.polling == "always", wake=wake)


def _nothing() -> None:
    """Only wakes the loop."""


def _name(error: VaultsyncError) -> str:
    """The short name of a trouble."""
    if isinstance(error, OverLimit):
        return "limit"
    if isinstance(error, HookFailed):
        return "hook"
    if isinstance(error, LockHeld):
        return "locked"
    if isinstance(error, GitError):
        return "git"
    return "defect" if error.exit_code == Exit.DEFECT else "vault"


def _settings(root: Path) -> tuple[bytes, ...]:
    """The bytes of the files that hold for the whole vault."""
    found = []
    for name in SETTINGS:
        try:
            found.append((root / name).read_bytes())
        except OSError:
            found.append(b"")
    return tuple(found)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _identity(root: Path) -> tuple[int, int] | None:
    """What tells the vault's folder from another one of its name, as a mount point without its disk is."""
    try:
        found = root.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _clock_offset() -> float:
    """How far the clock that counts a machine's sleep is ahead of the one that doesn't."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
    return time.time() - time.monotonic()


def _now(ahead: float = 0.0) -> str:
    """The time in so many seconds, as ISO 8601."""
    return (datetime.now(UTC) + timedelta(seconds=ahead)).isoformat(timespec="seconds")


def _give_memory_back() -> None:
    """Return to the system what a whole scan took for the notes' texts, which the index doesn't keep."""
    gc.collect()
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl has not
        if trim is not None:
            trim(0)
