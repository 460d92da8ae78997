"""The vault on disk: scan it, read notes, rewrite them without losing what somebody saves meanwhile.

`Disk` is the port through which the cycle sees the vault; `RealDisk` is the one adapter (tests have one in
memory). Nothing here raises for a single note: whatever is wrong with it comes back as a `Problem`, so that
the other notes go on (promise P5). Only a vault that isn't there raises `VaultError`.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Protocol

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.files import exchange
from vaultsync.files.problems import dangling, outside, problem_of, special, too_large
from vaultsync.files.scan import FileInfo, Ignored, Scan, info_of, scan_vault
from vaultsync.files.sync_to_disk import sync_files, sync_folders
from vaultsync.files.system_calls import look, rename_new

__all__ = [
    "NOTE_SIZE",
    "Disk",
    "FileInfo",
    "Ignored",
    "RealDisk",
    "Rewrite",
    "Scan",
    "Stale",
    "Written",
]

NOTE_SIZE = 5_000_000
"""Bytes; a larger note is left alone: nobody wrote it by hand, and each run would parse it again."""

_READ = os.O_RDONLY
for _flag in ("O_BINARY", "O_CLOEXEC", "O_NONBLOCK"):  # no system has all; a pipe mustn't block
    _READ |= getattr(os, _flag, 0)
_STAGED_AT_ONCE = 1000  # fewer need more syncs; more would stand longer between being compared and replaced


class Rewrite(msgspec.Struct, frozen=True):
    """A wish: `path`, which must hold `expected` (None: must not exist), shall hold `new`."""

    path: str
    expected: bytes | None
    new: bytes


class Written(msgspec.Struct, frozen=True):
    """The wish came true; `info` is the new file's."""

    info: FileInfo


class Stale(msgspec.Struct, frozen=True):
    """The file is not the one that was read, and stands as somebody else left it: read and plan it again.

    `kept` are conflict copies that hold an older save, which two saves within a moment would have lost.
    """

    path: str
    reason: str
    kept: tuple[str, ...] = ()


class Disk(Protocol):
    """A vault's files. Paths are relative to the vault, POSIX, as on disk."""

    def scan(self, ignored: Ignored | None = None) -> Scan:
        """All files of the vault but hidden ones; raises `VaultError` if the vault is gone."""

    def read(self, path: str) -> bytes | Problem:
        """The bytes of one file, whoever named it: a path that leads out of the vault is a problem."""

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Problem]]:
        """The bytes of notes that a scan gave, in their order."""

    def info(self, path: str) -> FileInfo | Problem:
        """The file as it is now."""

    def write(self, path: str, expected: bytes | None, new: bytes) -> Written | Stale | Problem:
        """Rewrite one file that holds `expected`, or with None make a new one, its folders too."""

    def write_many(self, rewrites: Iterable[Rewrite]) -> Iterator[tuple[Rewrite, Written | Stale | Problem]]:
        """Rewrite files one after the other, in their order; what isn't asked for isn't written."""

    def delete(self, path: str, expected: bytes) -> Stale | Problem | None:
        """Remove a file that holds `expected`; None when it is gone."""

    def move(self, path: str, target: str, expected: bytes) -> Written | Stale | Problem:
        """Rename a file that holds `expected`, never over another one."""

    def recover(self, leftovers: Iterable[str]) -> tuple[Stale | Problem, ...]:
        """Clean up after a killed run; what it gives was typed while that run worked, and is safe now."""

    def sync(self) -> tuple[Stale | Problem, ...]:
        """Make what was written since the last call outlast a power cut, and let go of what it replaced.

        Once a batch, since it may wait some milliseconds. What it gives was told to be written or removed,
        and yet somebody saved it at that moment: it stands as saved, or there is a copy. A problem tells of a
        temporary file that stays.
        """


class RealDisk:
    """The vault at `root`; `step` is told each step of a write as `"exchanged"` and so on (for tests)."""

    def __init__(
        self, root: Path, *, note_size: int = NOTE_SIZE, step: exchange.Step = lambda _name: None
    ) -> None:
        self.root = Path(os.path.realpath(root))
        self._prefix = str(self.root).rstrip(os.sep) + os.sep
        self._note_size = note_size
        self._step = step
        self._changed_folders: set[Path] = set()
        self._parked: deque[tuple[float, Path]] = deque()
        self._found: list[Stale | Problem] = []

    def scan(self, ignored: Ignored | None = None) -> Scan:
        """See `Disk.scan`."""
        return scan_vault(self.root, ignored)

    def read(self, path: str) -> bytes | Problem:
        """See `Disk.read`."""
        file = self._resolved(path)
        return self._read(path, str(file)) if isinstance(file, Path) else file

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Problem]]:
        """See `Disk.read_many`. One thread: with two, 10,000 notes of 3.4 kB took 90 ms instead of 50."""
        for path in paths:
            yield path, self._read(path, self._prefix + path)

    def info(self, path: str) -> FileInfo | Problem:
        """See `Disk.info`."""
        file = self._resolved(path)
        if not isinstance(file, Path):
            return file
        try:
            return info_of(path, file.lstat())
        except OSError as error:
            return problem_of(path, error)

    def write(self, path: str, expected: bytes | None, new: bytes) -> Written | Stale | Problem:
        """See `Disk.write`."""
        ((_, outcome),) = self.write_many((Rewrite(path, expected, new),))
        return outcome

    def write_many(self, rewrites: Iterable[Rewrite]) -> Iterator[tuple[Rewrite, Written | Stale | Problem]]:
        """See `Disk.write_many`. `_STAGED_AT_ONCE` files are synced, then get their names."""
        rest = iter(rewrites)
        while batch := list(islice(rest, _STAGED_AT_ONCE)):
            self._let_go_of_parked(wait=False)
            waiting: deque[tuple[Rewrite, exchange.Staged | Stale | Problem]] = deque()
            folders: dict[str, str] = {}
            try:
                for rewrite in batch:
                    waiting.append((rewrite, self._stage(rewrite, folders)))
                temps = [ready.temp for _, ready in waiting if isinstance(ready, exchange.Staged)]
                failed = sync_files(temps)
                for _ in temps:
                    self._step("synced")
                while waiting:
                    rewrite, ready = waiting.popleft()
                    yield rewrite, self._commit(rewrite.path, ready, failed)
            finally:
                for _, ready in waiting:  # the caller stopped, or was interrupted
                    if isinstance(ready, exchange.Staged):
                        exchange.discard(ready)

    def delete(self, path: str, expected: bytes) -> Stale | Problem | None:
        """See `Disk.delete`. A symbolic link is refused."""
        file = self._inside(path)
        if not isinstance(file, Path):
            return file
        try:
            raced = exchange.delete(file, expected, self._step, self._park)
        except (exchange.WriteRefused, OSError) as error:
            return problem_of(path, error)
        self._changed_folders.add(file.parent)
        return None if raced is None else self._stale(path, raced)

    def move(self, path: str, target: str, expected: bytes) -> Written | Stale | Problem:
        """See `Disk.move`. A change of case alone works where file names ignore case."""
        source, goal = self._inside(path), self._inside(target)
        if not isinstance(source, Path):
            return source
        if not isinstance(goal, Path):
            return goal
        try:
            if look(source) != expected:
                return Stale(path, "it changed after it was read, or is being written")
            goal.parent.mkdir(parents=True, exist_ok=True)
            if _differ_in_case(source, goal):
                source.rename(goal)
            else:
                rename_new(source, goal)
            self._step("moved")
            if look(goal) != expected:
                rename_new(goal, source)
                return Stale(path, "it was saved while it was moved")
            self._changed_folders |= {source.parent, goal.parent}
            return Written(info_of(target, goal.lstat()))
        except FileExistsError:
            return Stale(target, "a file of this name exists already")
        except OSError as error:
            return problem_of(path, error)

    def recover(self, leftovers: Iterable[str]) -> tuple[Stale | Problem, ...]:
        """See `Disk.recover`; only while the vault's lock is held."""
        for path in leftovers:
            self._let_go(self.root / path)
        found, self._found = tuple(self._found), []
        return found

    def sync(self) -> tuple[Stale | Problem, ...]:
        """See `Disk.sync`."""
        self._let_go_of_parked(wait=True)
        folders, self._changed_folders = sorted(self._changed_folders), set()
        sync_folders(folders)
        found, self._found = tuple(self._found), []
        return found

    def _park(self, temp: Path) -> None:
        self._parked.append((time.monotonic() + exchange.GRACE, temp))

    def _let_go_of_parked(self, *, wait: bool) -> None:
        while self._parked:
            until, temp = self._parked[0]
            if (left := until - time.monotonic()) > 0:
                if not wait:
                    return
                time.sleep(left)
            self._let_go(temp)
            self._parked.popleft()

    def _let_go(self, temp: Path) -> None:
        try:
            found = exchange.let_go(temp)
        except OSError as error:
            self._found.append(problem_of(temp.relative_to(self.root).as_posix(), error))
            return
        if found is not None:
            note, raced = found
            self._found.append(self._stale(note.relative_to(self.root).as_posix(), raced))
        self._changed_folders.add(temp.parent)

    def _stage(self, rewrite: Rewrite, folders: dict[str, str]) -> exchange.Staged | Stale | Problem:
        path, expected = rewrite.path, rewrite.expected
        file = self._inside(path, folders) if expected is None else self._resolved(path)
        if not isinstance(file, Path):
            return file
        try:
            if expected is None:
                self._make_folder(file.parent)
            staged = exchange.stage(file, expected, rewrite.new, self._step)
        except (exchange.WriteRefused, OSError) as error:
            return problem_of(path, error)
        return staged if isinstance(staged, exchange.Staged) else self._stale(path, staged)

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            self._changed_folders.add(folder.parent)

    def _commit(
        self, path: str, staged: exchange.Staged | Stale | Problem, failed: Mapping[Path, OSError]
    ) -> Written | Stale | Problem:
        if not isinstance(staged, exchange.Staged):
            return staged
        if (unsynced := failed.get(staged.temp)) is not None:
            exchange.discard(staged)
            return problem_of(path, unsynced)
        self._changed_folders.add(staged.path.parent)
        try:
            result = exchange.commit(staged, self._step, self._park)
        except OSError as error:
            return problem_of(path, error)
        if isinstance(result, exchange.Raced):
            return self._stale(path, result)
        self._step("written")
        return Written(info_of(path, _latest(staged.path, result)))

    def _stale(self, path: str, raced: exchange.Raced) -> Stale:
        return Stale(
            path, raced.reason, tuple(copy.relative_to(self.root).as_posix() for copy in raced.copies)
        )

    def _inside(self, path: str, folders: dict[str, str] | None = None) -> Path | Problem:
        """The absolute path of a name in the vault, its folders resolved; `folders` remembers them."""
        parts = path.split("/")
        if not path or "\0" in path or path.startswith("/") or not {"", ".", ".."}.isdisjoint(parts):
            return outside(path)
        above = path[: -len(parts[-1])]
        folder = (folders or {}).get(above) or os.path.realpath(self._prefix + above)
        if folders is not None:
            folders[above] = folder
        return Path(folder, parts[-1]) if self._holds(folder) else outside(path)

    def _holds(self, real: str) -> bool:
        return f"{real}{os.sep}".startswith(self._prefix)

    def _resolved(self, path: str) -> Path | Problem:
        """The file behind `path`, which may be a symbolic link inside the vault."""
        file = self._inside(path)
        if not isinstance(file, Path) or not file.is_symlink():
            return file
        real = Path(os.path.realpath(file))
        if not self._holds(str(real)):
            return outside(path)
        return real if real.exists() else dangling(path)

    def _read(self, path: str, file: str) -> bytes | Problem:
        try:
            fd = os.open(file, _READ)
        except OSError as error:
            return problem_of(path, error)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                return special(path)
            if status.st_size > self._note_size:
                return too_large(path, status.st_size, self._note_size)
            data = os.read(fd, status.st_size + 1)
            if len(data) != status.st_size:  # it grows or shrinks just now
                while more := os.read(fd, 1 << 20):
                    data += more
            return data if len(data) <= self._note_size else too_large(path, len(data), self._note_size)
        except OSError as error:
            return problem_of(path, error)
        finally:
            os.close(fd)


def _latest(path: Path, written: os.stat_result) -> os.stat_result:
    """What `stat` says now, after the renames, of the file that we have written, if it still is that file."""
    try:
        now = path.lstat()
    except FileNotFoundError:
        return written
    same = (now.st_ino, now.st_size, now.st_mtime_ns) == (
        written.st_ino,
        written.st_size,
        written.st_mtime_ns,
    )
    return now if same else written


def _differ_in_case(source: Path, target: Path) -> bool:
    """Whether the names are one file's, and the second one only another way to write the first."""
    return (
        source != target
        and os.path.lexists(target)
        and source.samefile(target)
        and target.name not in os.listdir(target.parent)
    )
