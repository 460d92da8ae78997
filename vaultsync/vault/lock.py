"""The vault's lock: one run at a time, so that `fix` and the daemon take turns.

The lock file lies in the user's state folder, never in the vault, where a sync tool would carry it to another
machine. The system drops the lock when its holder dies, so a stale one can't exist. What a second file says
about the holder is only for people.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED, VaultError
from vaultsync.core.text.as_json import as_json
from vaultsync.vault.consent import note_first_use
from vaultsync.vault.places import state_folder, vault_key


class Holder(msgspec.Struct, frozen=True):
    """Who holds a vault's lock: the process, its command line, and since when (ISO 8601, UTC)."""

    pid: int
    command: str
    since: str

    def __str__(self) -> str:
        return f"{self.command} (process {self.pid}, since {self.since})"


class VaultBusy(VaultError):
    """Another run holds the vault; `holder` is None if it doesn't say who it is."""

    def __init__(self, root: Path, holder: Holder | None) -> None:
        by = f" by {holder}" if holder else " by another run"
        super().__init__(f"The vault {root} is in use{by}.", "Try again when it is done, or stop it.")
        self.holder = holder


class VaultLock:
    """The lock of the vault at `root`; `folder` replaces the user's state folder."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self._root = root
        self._folder = folder if folder is not None else state_folder() / "locks"
        key = vault_key(root)
        self._lock_file = self._folder / f"{key}.lock"
        self._holder_file = self._folder / f"{key}.json"

    @contextmanager
    def held(self, timeout: float) -> Iterator[None]:
        """Hold the lock within the `with`; waits `timeout` seconds for it, then raises `VaultBusy`.

        It doesn't nest: a second `held` of the same process waits like that of another one.
        """
        import filelock  # 15 ms to load, which only a run that writes should pay

        note_first_use(self._root)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = filelock.FileLock(self._lock_file, mode=0o600, thread_local=False, poll_interval=0.02)
            lock.acquire(timeout=timeout)
        except filelock.Timeout:
            raise VaultBusy(self._root, self.holder()) from None
        except OSError as error:
            message = f"The lock file {self._lock_file} can't be used: {error.strerror}."
            raise VaultError(
                message, "Check that your state folder is writable and on a local disk."
            ) from error
        try:
            self._tell()
            yield
        finally:
            with suppress(OSError):
                self._holder_file.unlink()
            lock.release()

    def is_held(self) -> bool:
        """Whether somebody holds it now. Makes no file; where it can't be tried, what was said last holds."""
        if not os.path.lexists(self._lock_file):
            return False
        try:
            with self.held(0):
                return False
        except VaultBusy:
            return True
        except VaultError:  # the state folder is read-only or full: no reason not to tell how things stand
            return self.holder() is not None

    def holder(self) -> Holder | None:
        """Who said last that it holds the lock, if its process still lives (it may just have let go)."""
        try:
            holder = msgspec.json.decode(self._holder_file.read_bytes(), type=Holder)
        except (OSError, *DAMAGED):
            return None
        return holder if _lives(holder.pid) else None

    def _tell(self) -> None:
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]).strip()[:200]
        since = datetime.now(UTC).isoformat(timespec="seconds")
        with suppress(OSError):  # the lock holds without it
            fd = os.open(self._holder_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(as_json(Holder(os.getpid(), command, since)))


def _lives(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill would end it there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
