"""The port through which the cycle sees a vault's files: what can be asked of them, and the answers.

`disk.RealDisk` is the one adapter; tests have one in memory, and `tests/files/test_disk.py` runs both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.files.scan import FileInfo, Ignored, Scan


class Rewrite(msgspec.Struct, frozen=True):
    """A wish: `path`, which must hold `expected` (None: must not exist), shall hold `new`.

    `tracked`: it comes with a commit, as which a file that Obsidian hides may come into being, too.
    """

    path: str
    expected: bytes | None
    new: bytes
    tracked: bool = False


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

    def read(self, path: str, *, whole: bool = False) -> bytes | Problem:
        """The bytes of one file, whoever named it: a path that leads out of the vault is a problem.

        A file larger than a note may be is one as well, unless it is wanted `whole`.
        """

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

    def set_executable(self, path: str, *, executable: bool) -> Problem | None:
        """Let a file be a program, or no longer, as git keeps it."""

    def remove_empty(self, folders: Iterable[str]) -> None:
        """Remove these folders, and those above them, as far as nothing is in them."""

    def spell(self, folders: Iterable[str]) -> None:
        """Name these folders as they are written here, where the disk has another case for the same."""

    def recover(self, leftovers: Iterable[str]) -> tuple[Stale | Problem, ...]:
        """Clean up after a killed run; what it gives was typed while that run worked, and is safe now.

        `leftovers` are names that a scan found. Only what the journal of writes lists is touched; of the
        others a problem tells.
        """

    def sync(self) -> tuple[Stale | Problem, ...]:
        """Make what was written since the last call outlast a power cut, and let go of what it replaced.

        Once a batch, since it may wait some milliseconds. What it gives was told to be written or removed,
        and yet somebody saved it at that moment: it stands as saved, or there is a copy. A problem tells of a
        temporary file that stays.
        """
