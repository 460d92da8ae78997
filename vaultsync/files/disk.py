"""The vault on disk: scan it, read notes, rewrite them without losing what somebody saves meanwhile.

`Disk` is the port through which the cycle sees the vault; `RealDisk` is the one adapter (tests have one in
memory). Nothing here raises for a single note: whatever is wrong with it comes back as a `Problem`, so that
the other notes go on (promise P5). Only a vault that isn't there raises `VaultError`.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from vaultsync.core.config.config import CONFIG_PATH, DECISIONS_PATH
from vaultsync.core.errors import Problem
from vaultsync.files import containment, exchange
from vaultsync.files.containment import (
    FileRefused,
    HeldFolders,
    holds,
    is_hidden,
    is_part_of_git,
    is_plain,
    leads_astray,
)
from vaultsync.files.placeholders import is_elsewhere
from vaultsync.files.port import Disk, Rewrite, Stale, Written
from vaultsync.files.problems import astray, dangling, elsewhere, hidden, leftover, outside, problem_of
from vaultsync.files.scan import FileInfo, Ignored, Scan, info_of, scan_vault
from vaultsync.files.sync_to_disk import sync_files, sync_folders
from vaultsync.files.system_calls import look, rename_new
from vaultsync.files.under_way import NoJournal, UnderWay, WriteJournal

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

WHOLE = 500_000_000
"""Bytes of the largest file that is written as a whole: more would not fit into memory three times."""

_STAGED_AT_ONCE = 1000  # fewer need more syncs; more would stand longer between being compared and replaced

_HELD_AT_ONCE = 200  # folders; a process may often have 1,024 files open

OWN_FILES = (DECISIONS_PATH, CONFIG_PATH)
"""The only files in hidden folders that are ever written: what the person decides, kept in the vault."""


class RealDisk:
    """The vault at `root`; `step` is told each step of a write as `"exchanged"` and so on (for tests)."""

    def __init__(
        self,
        root: Path,
        *,
        note_size: int = NOTE_SIZE,
        journal: WriteJournal | None = None,
        step: exchange.Step = lambda _name: None,
    ) -> None:
        self.root = Path(os.path.realpath(root))
        self._prefix = str(self.root).rstrip(os.sep) + os.sep
        self._note_size = note_size
        self._under_way = UnderWay(journal or NoJournal())
        self._step = step
        self._folders = HeldFolders(self.root)
        self._changed_folders: set[Path] = set()
        self._parked: deque[tuple[float, Path, exchange.PendingWrite]] = deque()
        self._found: list[Stale | Problem] = []

    def scan(self, ignored: Ignored | None = None) -> Scan:
        """See `Disk.scan`."""
        return scan_vault(self.root, ignored)

    def read(self, path: str, *, whole: bool = False) -> bytes | Problem:
        """See `Disk.read`."""
        if not is_plain(path):
            return outside(path)
        file = self._prefix + path
        if os.path.islink(file) and not os.path.exists(file):  # noqa: PTH114, PTH110  as below
            return dangling(path)
        return self._read(path, file, WHOLE if whole else self._note_size)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Problem]]:
        """See `Disk.read_many`. One thread: with two, 10,000 notes of 3.4 kB took 90 ms instead of 50."""
        for path in paths:
            yield path, self._read(path, self._prefix + path, self._note_size)

    def info(self, path: str) -> FileInfo | Problem:
        """See `Disk.info`."""
        file = self._resolved(path)
        if not isinstance(file, Path):
            return file
        try:
            return info_of(path, file.lstat())
        except OSError as error:
            return self._unusable(path, error)

    def write(self, path: str, expected: bytes | None, new: bytes) -> Written | Stale | Problem:
        """See `Disk.write`."""
        ((_, outcome),) = self.write_many((Rewrite(path, expected, new),))
        return outcome

    def write_many(self, rewrites: Iterable[Rewrite]) -> Iterator[tuple[Rewrite, Written | Stale | Problem]]:
        """See `Disk.write_many`. `_STAGED_AT_ONCE` files are synced, then get their names."""
        for batch in _batches(rewrites):
            self._let_go_of_parked(wait=False)
            if len(self._folders) > _HELD_AT_ONCE:
                self._settle()
            waiting: deque[tuple[Rewrite, exchange.Staged | Stale | Problem]] = deque()
            places = [(rewrite, self._place(rewrite)) for rewrite in batch]
            tokens = self._announce(places)
            try:
                for rewrite, place in places:
                    waiting.append((rewrite, self._stage(rewrite, place, tokens)))
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
                        self._discard(ready)

    def delete(self, path: str, expected: bytes) -> Stale | Problem | None:
        """See `Disk.delete`. A symbolic link is refused."""
        file = self._inside(path)
        if not isinstance(file, Path):
            return file
        token = exchange.new_token()
        pending = exchange.PendingWrite(
            token, self._folders.name_of(file), exchange.short_digest(expected), ""
        )
        self._under_way.begin([pending], synced=False)  # thousands may go, one by one
        try:
            raced = exchange.delete(file, token, expected, self._step, self._park)
        except (FileRefused, OSError) as error:
            return problem_of(path, error)
        self._changed_folders.add(file.parent)
        return None if raced is None else self._stale(path, raced)

    def move(self, path: str, target: str, expected: bytes) -> Written | Stale | Problem:
        """See `Disk.move`. A change of case alone works where file names ignore case."""
        try:
            self._changed_folders.update(self._folders.make(target.rpartition("/")[0]))
        except (FileRefused, OSError) as error:
            return problem_of(target, error)
        source, goal = self._inside(path), self._inside(target)
        if not isinstance(source, Path):
            return source
        if not isinstance(goal, Path):
            return goal
        try:
            if look(source) != expected:
                return Stale(path, "it changed after it was read, or is being written")
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

    def set_executable(self, path: str, *, executable: bool) -> Problem | None:
        """See `Disk.set_executable`."""
        file = self._resolved(path)
        if not isinstance(file, Path):
            return file
        try:
            mode = file.stat().st_mode
            readers = (mode & 0o444) >> 2
            file.chmod(mode | readers if executable else mode & ~0o111)
        except OSError as error:
            return problem_of(path, error)
        return None

    def remove_empty(self, folders: Iterable[str]) -> None:
        """See `Disk.remove_empty`."""
        for folder in sorted(set(folders), key=len, reverse=True):
            while folder and is_plain(folder) and not is_part_of_git(folder):
                try:
                    Path(self._prefix + folder).rmdir()
                except OSError:  # there is something in it, or it is gone, or none of ours
                    break
                folder = folder.rpartition("/")[0]

    def spell(self, folders: Iterable[str]) -> None:
        """See `Disk.spell`."""
        for folder in sorted(set(folders), key=len):
            file = self._inside(folder)
            if not isinstance(file, Path) or not is_plain(folder) or is_part_of_git(folder):
                continue
            with suppress(OSError):  # else the next run takes it for the person's rename
                for name in os.listdir(file.parent):
                    same = name.casefold() == file.name.casefold()
                    if same and _differ_in_case(file.with_name(name), file):
                        file.with_name(name).rename(file)

    def recover(self, leftovers: Iterable[str]) -> tuple[Stale | Problem, ...]:
        """See `Disk.recover`; only while the vault's lock is held."""
        strange = set(leftovers)
        for pending in self._under_way.reload():
            file = self._inside(pending.path)
            if isinstance(file, Problem):
                if file.rule == "file-vanished":  # with its folder
                    self._under_way.done(pending.token)
                else:
                    self._found.append(file)
                continue
            strange.difference_update(self._folders.name_of(file.with_name(name)) for name in pending.names)
            self._let_go(file, pending)
        return (*self._settle(), *map(leftover, sorted(strange)))

    def sync(self) -> tuple[Stale | Problem, ...]:
        """See `Disk.sync`."""
        return self._settle()

    def _settle(self) -> tuple[Stale | Problem, ...]:
        self._let_go_of_parked(wait=True)
        folders, self._changed_folders = sorted(self._changed_folders), set()
        sync_folders(folders)
        self._folders.close()
        self._under_way.save()
        found, self._found = tuple(self._found), []
        return found

    def _park(self, swap: Path) -> None:
        pending = self._under_way[exchange.token_of(swap.name)]
        self._parked.append((time.monotonic() + exchange.GRACE, swap, pending))

    def _let_go_of_parked(self, *, wait: bool) -> None:
        while self._parked:
            until, swap, pending = self._parked[0]
            if (left := until - time.monotonic()) > 0:
                if not wait:
                    return
                time.sleep(left)
            self._let_go(swap.with_name(pending.path.rpartition("/")[2]), pending)
            self._parked.popleft()

    def _let_go(self, file: Path, pending: exchange.PendingWrite) -> None:
        try:
            raced = exchange.let_go(file, pending)
        except OSError as error:
            at_fault = file.with_name(pending.names[1])
            self._found.append(problem_of(self._folders.name_of(at_fault), error))
            return
        self._under_way.done(pending.token)
        if raced is not None:
            self._found.append(self._stale(pending.path, raced))
        self._changed_folders.add(file.parent)

    def _place(self, rewrite: Rewrite) -> Path | Problem:
        """Where the file is, its folders made for a new one."""
        path = rewrite.path
        if is_part_of_git(path):
            return hidden(path)
        if rewrite.expected is not None:
            return self._resolved(path)
        if is_hidden(path) and path not in OWN_FILES and not rewrite.tracked:
            return hidden(path)
        try:
            self._changed_folders.update(self._folders.make(path.rpartition("/")[0]))
        except (FileRefused, OSError) as error:
            return problem_of(path, error)
        return self._inside(path)

    def _announce(self, places: Iterable[tuple[Rewrite, Path | Problem]]) -> dict[str, str]:
        """Note the writes down; gives each one's token by its path."""
        pending = {
            rewrite.path: exchange.PendingWrite(
                exchange.new_token(),
                self._folders.name_of(place),
                "" if rewrite.expected is None else exchange.short_digest(rewrite.expected),
                exchange.short_digest(rewrite.new),
            )
            for rewrite, place in places
            if isinstance(place, Path)
        }
        self._under_way.begin(pending.values())
        return {path: one.token for path, one in pending.items()}

    def _stage(
        self, rewrite: Rewrite, place: Path | Problem, tokens: Mapping[str, str]
    ) -> exchange.Staged | Stale | Problem:
        path = rewrite.path
        if not isinstance(place, Path):
            return place
        try:
            staged = exchange.stage(place, tokens[path], rewrite.expected, rewrite.new, self._step)
        except (FileRefused, OSError) as error:
            self._strike_out(tokens[path], place.with_name(self._under_way[tokens[path]].names[0]))
            return problem_of(path, error)
        if isinstance(staged, exchange.Staged):
            return staged
        self._under_way.done(tokens[path])
        return self._stale(path, staged)

    def _discard(self, staged: exchange.Staged) -> None:
        with suppress(OSError):
            exchange.discard(staged)
        self._strike_out(staged.token, staged.temp)

    def _strike_out(self, token: str, temp: Path) -> None:
        """A write is over, unless its file could not be removed: then the next run does it."""
        if not os.path.lexists(temp):
            self._under_way.done(token)

    def _commit(
        self, path: str, staged: exchange.Staged | Stale | Problem, failed: Mapping[Path, OSError]
    ) -> Written | Stale | Problem:
        if not isinstance(staged, exchange.Staged):
            return staged
        if (unsynced := failed.get(staged.temp)) is not None:
            self._discard(staged)
            return problem_of(path, unsynced)
        self._changed_folders.add(staged.path.parent)
        try:
            result = exchange.commit(staged, self._step, self._park)
        except OSError as error:
            return problem_of(path, error)
        if staged.expected is None:
            self._under_way.done(staged.token)
        if isinstance(result, exchange.Raced):
            return self._stale(path, result)
        self._step("written")
        return Written(info_of(path, _latest(staged.path, result)))

    def _stale(self, path: str, raced: exchange.Raced) -> Stale:
        return Stale(path, raced.reason, tuple(map(self._folders.name_of, raced.copies)))

    def _inside(self, path: str) -> Path | Problem:
        """Where a name of the vault is, its folder held open."""
        try:
            return self._folders.at(path) or outside(path)
        except OSError as error:
            return problem_of(path, error)

    def _resolved(self, path: str) -> Path | Problem:
        """The file behind `path`, which may be a symbolic link inside the vault."""
        file = self._inside(path)
        try:
            if not isinstance(file, Path) or not file.is_symlink():
                return file
            real = os.path.realpath(self._prefix + path)
            if not holds(str(self.root), real):
                return outside(path)
            if leads_astray(path, real[len(self._prefix) :].replace(os.sep, "/")):
                return astray(path)
            if not Path(real).exists():
                return dangling(path)
        except OSError as error:  # its folder may be shut
            return problem_of(path, error)
        return self._inside(real[len(self._prefix) :].replace(os.sep, "/"))

    def _read(self, path: str, file: str, limit: int) -> bytes | Problem:
        try:
            return containment.read_known(str(self.root), file, limit)
        except (FileRefused, OSError) as error:
            return self._unusable(path, error)

    def _unusable(self, path: str, error: OSError | FileRefused) -> Problem:
        """What is wrong with a file that was to be looked at; one that isn't there may be elsewhere."""
        if isinstance(error, FileNotFoundError) and is_elsewhere(self._prefix + path):
            return elsewhere(path)
        return problem_of(path, error)


def _batches(rewrites: Iterable[Rewrite]) -> Iterator[list[Rewrite]]:
    """The rewrites in lists of `_STAGED_AT_ONCE`, in `_HELD_AT_ONCE` folders each, at most."""
    batch: list[Rewrite] = []
    folders: set[str] = set()
    for rewrite in rewrites:
        folders.add(rewrite.path.rpartition("/")[0])
        batch.append(rewrite)
        if len(batch) == _STAGED_AT_ONCE or len(folders) == _HELD_AT_ONCE:
            yield batch
            batch, folders = [], set()
    if batch:
        yield batch


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
