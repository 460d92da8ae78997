"""Tell the daemon which paths of the vault may have changed: hints, never facts (the only user of watchdog).

A hint is a path that is worth a look. The daemon looks at the file itself, so that a wrong, double or late
hint does no harm; a missing one is made up for by a scan, which `Hints.rescan` asks for when the system says
that it dropped events, and which the daemon makes every hour in any case.

What watchdog 7.1 doesn't tell by itself, and what is done about it here: an overflow of the kernel's queue is
only a log record (read here); folders that it can't watch are left out silently (counted in `check`); a
folder that was moved out of the vault is still watched under its old path (found by the same count); a rename
into the vault is one `created` event (all events are alike here); two watches for one folder flood stderr
with a warning (muted). Where the kernel can't tell at all, on a network file system or above its limits,
`Poller` compares scans instead, and `state` says why.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)

from vaultsync.core.errors import VaultError
from vaultsync.daemon.hints import Hints, WatchState
from vaultsync.daemon.presence import gone
from vaultsync.files.debris import is_debris
from vaultsync.files.scan import Ignored, Scan, scan_vault

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver, EventEmitter

_log = logging.getLogger("vaultsync.daemon.watcher")

INTERVAL = 5.0
"""Seconds between two looks of the poller; a vault whose scan takes longer than 1/20 of it gets more."""

_CPU_SHARE = 20
_LIMIT_HINT = "raise fs.inotify.max_user_watches (see `vaultsync doctor`)"
_INSTANCES_HINT = "raise fs.inotify.max_user_instances, or end another program that watches files"
# Not among them: `opened` and `closed_no_write`, which our own reading would cause, and `modified` of
# folders, which says nothing that the files' own events don't say. `closed` exists on Linux only.
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
# File systems whose changes can come from another machine, of which the kernel here is told nothing.
_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|9p|virtiofs|vboxsf|vmhgfs|prl_fs|drvfs|afs|ceph|lustre|glusterfs|davfs|ncpfs"
    r"|fuse\.(?!ext|ntfs|exfat|encfs|gocryptfs|cryfs|mergerfs|bindfs|fuse-overlayfs|portal).*"
)


class Watcher:
    """Watches the vault at `root` from `start` to `stop` and gathers hints until `take` fetches them.

    `polling` asks for polling by choice. `wake` is called, on a thread of the watcher's, when the first hint
    comes in after a `take`, and must not block. Hidden files, by-products of other programs and ignored files
    give no hints.
    """

    def __init__(
        self,
        root: Path,
        *,
        ignored: Ignored | None = None,
        polling: bool = False,
        interval: float = INTERVAL,
        wake: Callable[[], None] = lambda: None,
        mounts: Path = Path("/proc/mounts"),
    ) -> None:
        self._root = Path(os.path.realpath(root))
        self._prefix = str(self._root) + os.sep
        self._ignored = ignored
        self._polling = polling
        self._interval = interval
        self._wake = wake
        self._mounts = mounts
        self._lock = threading.Lock()
        self._paths: set[str] = set()
        self._folders: set[str] = set()
        self._rescan = ""
        self._observer: BaseObserver | None = None
        self._poller: Poller | None = None
        self._log = _LogReader(self._overflowed)
        self._how, self._why = "stopped", ""
        self._real: int | None = None
        self._watched: int | None = None
        self._overflows = 0
        self._broken = False

    @property
    def state(self) -> WatchState:
        """How the vault is watched now."""
        return WatchState(self._how, self._why, self._real, self._watched, self._overflows)

    @property
    def lost(self) -> bool:
        """Whether nothing tells of changes any more, of which nothing tells either.

        The system drops the watch of the vault's own folder when its disk goes, and one that is soon back is
        the same one; a thread may have ended by a defect.
        """
        if self._how != "events" or self._observer is None:
            return False
        if not _are_alive(self._observer):
            return True
        tables = [_table(emitter) for emitter in self._observer.emitters]
        return None not in tables and not any(os.fsencode(self._root) in table for table in tables if table)

    def start(self) -> None:
        """Begin to watch: what changes after the return gives a hint. Raises `VaultError` without a vault."""
        if not self._root.is_dir():
            raise gone(self._root)
        self._log.attach()
        kind, remote = file_system(self._root, self._mounts)
        if self._polling:
            self._poll("the configuration asks for it")
        elif remote:
            self._poll(f"{kind} doesn't tell of changes made on other machines")
        else:
            self._observe()

    def stop(self) -> None:
        """Stop watching, and wait for the threads to end."""
        self._end_threads()
        self._log.detach()
        self._how, self._why = "stopped", ""

    def take(self) -> Hints:
        """The hints since the last call.

        After an overflow the watches are made anew first. watchdog does that by itself, but in its own time,
        and what changes meanwhile would be seen neither by it nor by a scan that our hint asks for too early.
        """
        if self._broken and self._how == "events":
            self._broken = False
            self._end_threads()
            self._observe()
        with self._lock:
            hints = Hints(frozenset(self._paths), frozenset(self._folders), self._rescan)
            self._paths, self._folders, self._rescan = set(), set(), ""
        return hints

    def check(self) -> None:
        """Compare the watched folders with the real ones, and repair what is wrong.

        To be called every hour, after hints of folders, and each minute while the vault is gone. First the
        watches are made anew; if the system still refuses some, polling takes over.
        """
        if self._how != "events" or self._observer is None:
            return
        if not self._root.is_dir():
            self._hint((), (), "the vault's folder is gone")
            return
        if _are_alive(self._observer) and self._counts_agree():
            return
        self._end_threads()
        self._observe()
        self._hint((), (), "the watches were made anew")

    def _observe(self) -> None:
        """Let the kernel tell; poll if it won't."""
        from watchdog.observers import Observer

        # Two watches that meet on one folder, while folders come and go, are no reason to write to stderr.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        try:
            observer = Observer()
            observer.schedule(_Handler(self._on_event), str(self._root), recursive=True, event_filter=_EVENTS)
            self._observer = observer
            observer.start()
        except OSError as error:
            self._end_threads()
            hint = _INSTANCES_HINT if error.errno == errno.EMFILE else _LIMIT_HINT  # see inotify_init(2)
            self._poll(f"the system refuses to watch ({error.strerror or error}): {hint}")
            return
        self._how, self._why = "events", ""
        if not self._counts_agree() and not self._counts_agree():  # a folder may just have come or gone
            self._end_threads()
            self._poll(f"the system watches {self._watched} of {self._real} folders: {_LIMIT_HINT}")

    def _poll(self, why: str) -> None:
        self._poller = Poller(self._root, self._ignored, self._interval, self._hint)
        self._poller.start()
        self._how, self._why = "polling", why
        _log.info("watch: by polling: %s", why)

    def _end_threads(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            if self._observer.is_alive():
                self._observer.join()
            self._observer = None
        if self._poller is not None:
            self._poller.stop()
            self._poller = None

    def _counts_agree(self) -> bool:
        watched = None if self._observer is None else _watched_folders(self._observer)
        if watched is None:
            return True
        real = _real_folders(self._root)
        self._real, self._watched = len(real), len(watched & real)
        return watched == real

    def _on_event(self, event: FileSystemEvent) -> None:
        names = [os.fsdecode(name) for name in (event.src_path, event.dest_path) if name]
        if str(self._root) in names:
            self._hint((), (), "the vault's folder was moved or deleted")
            return
        inside = [
            name[len(self._prefix) :].replace(os.sep, "/") for name in names if name.startswith(self._prefix)
        ]
        kept = [path for path in inside if self._counts(path, event.is_directory)]
        if event.is_directory:
            self._hint((), kept, "")
        else:
            self._hint(kept, (), "")

    def _counts(self, path: str, is_folder: bool) -> bool:
        """Whether a note, or a file to link to, may stand at `path`."""
        parts = path.split("/")
        if any(part.startswith(".") for part in parts) or (not is_folder and is_debris(parts[-1])):
            return False
        return self._ignored is None or not self._ignored(f"{path}/" if is_folder else path)

    def _hint(self, paths: Iterable[str], folders: Iterable[str], rescan: str) -> None:
        with self._lock:
            quiet = not (self._paths or self._folders or self._rescan)
            self._paths.update(paths)
            self._folders.update(folders)
            self._rescan = self._rescan or rescan
            news = bool(self._paths or self._folders or self._rescan)
        if quiet and news:
            self._wake()

    def _overflowed(self) -> None:
        self._overflows += 1
        self._broken = True
        self._hint((), (), "the system dropped events")


class Poller:
    """Compares a scan with the one before, every `interval` seconds, and reports to `hint`."""

    def __init__(
        self,
        root: Path,
        ignored: Ignored | None,
        interval: float,
        hint: Callable[[Iterable[str], Iterable[str], str], None],
    ) -> None:
        self._root, self._ignored, self._interval, self._hint = root, ignored, interval, hint
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vaultsync-poll", daemon=True)
        self._last: Scan | None = None
        self._took = 0.0

    def start(self) -> None:
        """Take the scan that later ones are compared with, and go on in a thread."""
        self._last = self._scan()
        self._thread.start()

    def stop(self) -> None:
        """End the thread, within the time of one scan."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(max(self._interval, self._took * _CPU_SHARE)):
            try:
                self._look()
            except Exception:  # noqa: BLE001  a thread's outer boundary: nothing else sees what changes
                _log.exception("defect: a look at the vault's files was given up")
                self._hint((), (), "a look at the vault's files was given up")

    def _look(self) -> None:
        before, now = self._last, self._scan()
        if now is None:
            if before is not None:
                self._hint((), (), "the vault's folder is gone")
        elif before is None:
            self._hint((), (), "the vault's folder is back")
        elif changed := _changed(before, now):
            self._hint(changed, (), "")
        self._last = now

    def _scan(self) -> Scan | None:
        began = time.monotonic()
        try:
            return scan_vault(self._root, self._ignored)
        except VaultError:
            return None
        finally:
            self._took = time.monotonic() - began


class _Handler(FileSystemEventHandler):
    """Hands each event on; watchdog calls it on its own thread."""

    def __init__(self, receive: Callable[[FileSystemEvent], None]) -> None:
        self._receive = receive

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._receive(event)


class _LogReader(logging.Handler):
    """Reads watchdog's log for what it tells nobody otherwise, and hands each other message on only once."""

    def __init__(self, overflowed: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._overflowed = overflowed
        self._said: set[object] = set()
        self._logger = logging.getLogger("watchdog")
        self._propagated = True

    def attach(self) -> None:
        self._propagated, self._logger.propagate = self._logger.propagate, False
        self._logger.addHandler(self)

    def detach(self) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._propagated

    def emit(self, record: logging.LogRecord) -> None:
        if "overflowed; filesystem events were lost" in str(record.msg):
            self._overflowed()
        elif record.msg not in self._said:
            self._said.add(record.msg)
            _log.log(record.levelno, "watchdog: %s", record.getMessage())


def _changed(before: Scan, now: Scan) -> set[str]:
    notes = {path for path, info in now.notes.items() if before.notes.get(path) != info}
    notes |= before.notes.keys() - now.notes.keys()
    return notes | set(before.others).symmetric_difference(now.others)


def _watched_folders(observer: BaseObserver) -> set[str] | None:
    """The folders that inotify watches; None where the system watches whole trees.

    Without watchdog's table, no count.
    """
    found = set()
    for emitter in observer.emitters:
        if (table := _table(emitter)) is None:
            return None
        found |= {os.fsdecode(path) for path in list(table)}
    return found


def _are_alive(observer: BaseObserver) -> bool:
    """Whether none of watchdog's threads has ended, that one among them which reads what the kernel says."""
    reading = (getattr(emitter, "_inotify_fd", None) for emitter in observer.emitters)
    threads = (observer, *observer.emitters, *reading)
    return all(thread.is_alive() for thread in threads if isinstance(thread, threading.Thread))


def _table(emitter: EventEmitter) -> dict[bytes, object] | None:
    """What an emitter of watchdog (7.1) watches, by path, which it shows nowhere: a private table of it."""
    table = getattr(getattr(emitter, "_inotify", None), "_active_callbacks_by_path", None)
    return table if isinstance(table, dict) else None


def _real_folders(root: Path) -> set[str]:
    """All folders below `root`, hidden ones too: watchdog watches them all."""
    found, pending = set(), [str(root)]
    while pending:
        folder = pending.pop()
        found.add(folder)
        with suppress(OSError), os.scandir(folder) as entries:
            pending += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    return found


def file_system(root: Path, mounts: Path = Path("/proc/mounts")) -> tuple[str, bool]:
    """The type of the file system at `root` ("" if the system doesn't tell), and whether it is a remote one.

    See proc(5).
    """
    if sys.platform != "linux":
        return "", False
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return "", False
    best, kind = "", ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[1])
        if len(point) >= len(best) and root.is_relative_to(
            point
        ):  # of two on one point, the later hides the other
            best, kind = point, fields[2]
    return kind, _REMOTE.fullmatch(kind) is not None
