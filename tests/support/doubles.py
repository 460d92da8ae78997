"""Stand-ins for the shell's ports, for tests that need neither a file system nor a clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from vaultsync.core.errors import Problem
from vaultsync.files.disk import FileInfo, Ignored, Rewrite, Scan, Stale, Written
from vaultsync.vault.consent import Consent


class Agreed(Consent):
    """Somebody has agreed that rules change the notes; nothing is read or written for it."""

    def __init__(self) -> None:
        super().__init__(Path())

    def given(self) -> bool:
        return True


class MemoryDisk:
    """A vault in a dictionary; keeps the contract of `vaultsync.files.disk.Disk` (`test_disk` runs both).

    `step` is told the names of a write's steps as `RealDisk` tells them: raise there to play a fault, or
    change `files` there to play an editor. `written` lists the paths in the order in which they were written.
    """

    def __init__(
        self, files: dict[str, bytes] | None = None, *, step: Callable[[str], None] = lambda _name: None
    ) -> None:
        self.files: dict[str, bytes] = dict(files or {})
        self.problems: dict[str, Problem] = {}
        self.written: list[str] = []
        self.syncs = 0
        self._step = step

    def scan(self, ignored: Ignored | None = None) -> Scan:
        shown = [
            path
            for path in sorted(self.files)
            if not any(part.startswith(".") for part in path.split("/")) and not (ignored and ignored(path))
        ]
        notes = {path: self._info(path) for path in shown if path.endswith(".md")}
        others = tuple(path for path in shown if path not in notes)
        folders = {"/".join(path.split("/")[:i]) for path in shown for i in range(path.count("/") + 1)}
        return Scan(notes, others, (), (), len(folders | {""}))

    def set_executable(self, path: str, *, executable: bool) -> Problem | None:
        return None if path in self.files else self._vanished(path)

    def remove_empty(self, folders: Iterable[str]) -> None:
        pass

    def spell(self, folders: Iterable[str]) -> None:
        pass

    def read(self, path: str, *, whole: bool = False) -> bytes | Problem:
        if path in self.problems:
            return self.problems[path]
        if path.startswith("/") or ".." in path.split("/"):
            return Problem(path, 0, 0, "file-outside", "this path leads out of the vault")
        return self.files[path] if path in self.files else self._vanished(path)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Problem]]:
        return ((path, self.read(path)) for path in paths)

    def info(self, path: str) -> FileInfo | Problem:
        return self._info(path) if path in self.files else self._vanished(path)

    def write(self, path: str, expected: bytes | None, new: bytes) -> Written | Stale | Problem:
        if path in self.problems:
            return self.problems[path]
        if expected is not None and path not in self.files:
            return self._vanished(path)
        if self.files.get(path) != expected:
            return Stale(path, "it changed after it was read")
        for step in ("compared", "temp-written", "synced", "named"):
            self._step(step)
        if self.files.get(path) != expected:
            return Stale(path, "it was saved while it was rewritten")
        self.files[path] = new
        self.written.append(path)
        for step in ("exchanged", "checked", "written"):
            self._step(step)
        return Written(self._info(path))

    def write_many(self, rewrites: Iterable[Rewrite]) -> Iterator[tuple[Rewrite, Written | Stale | Problem]]:
        return ((r, self.write(r.path, r.expected, r.new)) for r in rewrites)

    def delete(self, path: str, expected: bytes) -> Stale | Problem | None:
        if path not in self.files:
            return self._vanished(path)
        if self.files[path] != expected:
            return Stale(path, "it changed after it was read")
        del self.files[path]
        return None

    def move(self, path: str, target: str, expected: bytes) -> Written | Stale | Problem:
        if path not in self.files:
            return self._vanished(path)
        if self.files[path] != expected:
            return Stale(path, "it changed after it was read")
        if target in self.files:
            return Stale(target, "a file of this name exists already")
        self.files[target] = self.files.pop(path)
        return Written(self._info(target))

    def recover(self, leftovers: Iterable[str]) -> tuple[Stale | Problem, ...]:
        assert not tuple(leftovers), "a vault in memory has no temporary files"
        return ()

    def sync(self) -> tuple[Stale | Problem, ...]:
        self.syncs += 1
        return ()

    def _info(self, path: str) -> FileInfo:
        """A file's times follow its bytes, so that no clock is needed and each change shows."""
        data = self.files[path]
        stamp = int.from_bytes(hashlib.sha256(data).digest()[:6])
        return FileInfo(
            path, len(data), stamp, stamp, int.from_bytes(hashlib.sha256(path.encode()).digest()[:6])
        )

    def _vanished(self, path: str) -> Problem:
        return Problem(path, 0, 0, "file-vanished", "this file is no longer there")
