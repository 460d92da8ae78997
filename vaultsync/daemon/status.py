"""What others see of a running daemon: who it is, what it does, what it waits for.

The daemon writes its status to a file in the user's state folder; `vaultsync status` reads it. Whether it
still runs is shown by a lock, which the system drops with its holder, and not by the file, which a killed
daemon leaves behind.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED, Problem, VaultError
from vaultsync.core.history.changes import MadeCommit
from vaultsync.core.text.as_json import as_json
from vaultsync.daemon.hints import WatchState
from vaultsync.vault.lock import VaultBusy, VaultLock
from vaultsync.vault.places import state_folder, vault_key

SHOWN = 100
"""Notes that wait or were changed, and problems, which the status names one by one; it counts all."""

_START_GRACE = 1.0  # seconds between a daemon's lock and its first status, or that `status` holds the lock


class Pending(msgspec.Struct, frozen=True):
    """A file that hasn't settled: when it will have if nothing else happens; whether a client holds it."""

    path: str
    due: str
    held: bool


class LastRun(msgspec.Struct, frozen=True):
    """The last cycle that did something: when (ISO 8601), how long it took, what it changed and committed."""

    at: str
    seconds: float
    changed: tuple[str, ...]
    commits: tuple[MadeCommit, ...]
    changed_count: int = 0


class Trouble(msgspec.Struct, frozen=True):
    """Why cycles fail: a short name, what happened, what to do; since when, how often tried, when again.

    `output` is what a hook or git itself said.
    """

    state: str
    message: str
    hint: str
    since: str
    tries: int
    next_try: str
    output: str = ""


class Api(msgspec.Struct, frozen=True):
    """Where the daemon's API listens, and the file with the token, which only the user can read."""

    url: str
    token_file: str


class SyncStatus(msgspec.Struct, frozen=True):
    """How the daemon's syncs do: `in step`, `syncing`, `due`, or a short name of what keeps it from it.

    `last` is when both sides had the same, `next_try` when they are looked at again. The rest is as in
    `Trouble`, and empty while all is well.
    """

    state: str
    message: str = ""
    hint: str = ""
    output: str = ""
    since: str = ""
    tries: int = 0
    last: str = ""
    next_try: str = ""


class Status(msgspec.Struct, frozen=True):
    """All that a daemon says of itself. Times are ISO 8601.

    `state` is starting, idle, working, waiting (see `waiting`) or stopping. `degraded` are the reasons why it
    doesn't work as well as it could. `left` are notes that would be changed, and are open in an editor;
    `conflicts` counts the conflict notes in the vault; `api` is there while it serves.
    """

    vault: str
    pid: int
    version: str
    state: str
    started: str
    watch: WatchState
    quiet: float
    max_wait: float
    notes: int
    pending: tuple[Pending, ...]
    pending_count: int
    last_run: LastRun | None
    problems: tuple[Problem, ...]
    problem_count: int
    waiting: Trouble | None
    degraded: tuple[str, ...]
    log: str
    consent: bool = True
    left: tuple[str, ...] = ()
    paused_until: str = ""
    conflicts: int = 0
    api: Api | None = None
    sync: SyncStatus | None = None


_BLOCK = 512
"""Bytes; the unit of `st_blocks`, whatever the file system's own (POSIX, sys/stat.h)."""


class AlreadyRunning(VaultError):
    """There is a daemon for this vault."""

    def __init__(self, root: Path, pid: int) -> None:
        super().__init__(
            f"a daemon runs for the vault {root} already (process {pid})",
            "`vaultsync status` shows what it does, `vaultsync stop` ends it",
        )


class Place:
    """Where the daemon of the vault at `root` keeps its lock, its status and its log."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self.root = root
        self._folder = (folder if folder is not None else state_folder()) / "daemon"
        key = vault_key(root)
        self._lock = VaultLock(root, self._folder)
        self._status_file = self._folder / f"{key}.status.json"
        self.log_file = self._folder / f"{key}.log"
        self.api_file = self._folder / f"{key}.api.json"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Be the vault's one daemon within the `with`; raises `AlreadyRunning`."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self._lock.held(_START_GRACE))
            except VaultBusy as busy:
                raise AlreadyRunning(self.root, busy.holder.pid if busy.holder else 0) from None
            yield

    def publish(self, status: Status) -> None:
        """Replace the status; a full disk is no reason to fail, nor to go on saying what holds no longer."""
        told = as_json(status)
        temp = self._status_file.with_suffix(f".{os.getpid()}.tmp")
        try:
            fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it names notes
            with os.fdopen(fd, "wb") as file:
                file.write(told)
            temp.replace(self._status_file)
        except OSError:
            with suppress(OSError):
                temp.unlink(missing_ok=True)
            with suppress(OSError):
                self._overwrite(told)

    def _overwrite(self, told: bytes) -> None:
        """Write the status where the last one stands, into room that the file has already.

        Who reads in this moment finds no JSON, and looks again (`running`).
        """
        fd = os.open(self._status_file, os.O_RDWR)
        with os.fdopen(fd, "r+b") as file:
            room = os.fstat(fd)
            if len(told) <= max(room.st_size, getattr(room, "st_blocks", 0) * _BLOCK):
                file.write(told)
                file.truncate()

    def last_status(self) -> Status | None:
        """What the daemon said last, whether it still runs or not."""
        try:
            return msgspec.json.decode(self._status_file.read_bytes(), type=Status)
        except (OSError, *DAMAGED):
            return None

    def wake(self) -> None:
        """Let the vault's daemon, if one runs, look at it now; where there are no signals, it does later."""
        if sys.platform != "win32" and (running := self.running()) is not None:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(running.pid, signal.SIGHUP)

    def is_claimed(self) -> bool:
        """Whether a daemon runs, or is about to and has not said so yet."""
        return self._lock.is_held()

    def running(self) -> Status | None:
        """The status of the daemon that runs now, or None."""
        give_up = time.monotonic() + _START_GRACE
        while self._lock.is_held():
            status, holder = self.last_status(), self._lock.holder()
            if status is not None and holder is not None and holder.pid == status.pid:
                return status
            if time.monotonic() > give_up:
                return None
            time.sleep(0.05)
        return None


def was_run(root: Path) -> bool:
    """Whether a daemon ever ran for the vault at `root`, whose folder may be gone since."""
    return Place(root).last_status() is not None
