"""What rules mended lately on this machine, as long as it may be written back: a file of the state folder.

`core.plan.wars` says what follows from it. Lost or damaged it counts as empty: then a war takes two more
commits to be seen. It is read and written while the vault's lock is held, and nothing of it stays in memory.
A run looks into the rows of its own notes alone: what a first run mended in 10,000 notes is 5 MB, and to read
and write all of that again took a third of the time of a saved note.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED, VaultError
from vaultsync.core.links.decisions import Fault
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.wars import WINDOW, Count, Mended, counted, still_counting, written_back
from vaultsync.vault.database import Database, transaction
from vaultsync.vault.places import state_folder, vault_key


class MendingsFile:
    """What was mended in the vault at `root`; `folder` replaces the user's state folder, `clock` the time.

    An object belongs to one thread.
    """

    def __init__(
        self, root: Path, folder: Path | None = None, clock: Callable[[], float] | None = None
    ) -> None:
        place = folder if folder is not None else state_folder() / "mendings"
        self.file = place / f"{vault_key(root)}.db"
        self._database = Database(self.file, _VERSION, _TABLES, _INDEXES)
        self._clock = clock if clock is not None else time.time

    @property
    def are_any(self) -> bool:
        """Whether anything was mended here, ever."""
        return self._is_there()

    def written_back(self, changes: Collection[Change]) -> frozenset[Fault]:
        """The faults in planned changes that others write back each time."""
        if not any(change.mends for change in changes):
            return frozenset()
        known = self._known((change.path for change in changes), lambda _path, _digest: True)
        return written_back(known, changes, self._clock())

    def looked(self, changes: Iterable[Change], digests: Mapping[str, bytes]) -> None:
        """Take over a plan for notes that have these digests. Raises `VaultError`."""
        if self._is_there():
            now = self._clock()
            known = self._known(digests, lambda path, digest: digest != digests[path])
            self._keep(known, still_counting(known, changes, digests, now), now)

    def wrote(self, changes: Collection[Change]) -> None:
        """Take over what was written. Raises `VaultError` when the state folder can't be written."""
        if any(change.mends for change in changes):
            now = self._clock()
            known = self._known((change.path for change in changes), lambda _path, _digest: True)
            self._keep(known, counted(known, changes, now), now)

    def forget(self, notes: Collection[str] | None) -> None:
        """Begin to count anew in these notes, or in all. Raises `VaultError`."""
        if self._is_there():
            now = self._clock()
            if notes is None:
                self._do(lambda db: db.execute("DELETE FROM mended"))
            else:
                self._keep(notes, {}, now)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._database.close()

    def _is_there(self) -> bool:
        """Whether anything is kept; a look at a vault makes no file."""
        return os.path.exists(self.file)  # noqa: PTH110  `Path` raises where the folder is shut

    def _known(self, paths: Iterable[str], wanted: Callable[[str, bytes], bool]) -> dict[str, Mended]:
        """What was mended in those of these notes that are `wanted`, by the digest that was left of each.

        What is damaged counts as never mended.
        """

        def found(db: sqlite3.Connection) -> dict[str, Mended]:
            known = {}
            for path in paths:
                for (data,) in db.execute("SELECT data FROM mended WHERE path = ?", (_key(path),)):
                    with suppress(*DAMAGED, TypeError):  # (no bytes at all)
                        kept = _KEPT.decode(data)
                        if wanted(path, kept.digest):
                            known[path] = Mended(kept.digest, kept.when, _COUNTS.decode(kept.counts))
            return known

        return (self._database.attempt(found) if self._is_there() else None) or {}

    def _keep(self, known: Collection[str], mended: Mapping[str, Mended], now: float) -> None:
        """Keep what was `mended`, in place of what was known, and no more of what is long ago."""
        gone = [(_key(path),) for path in known if path not in mended]
        rows = [(_key(path), one.when, msgspec.msgpack.encode(one)) for path, one in mended.items()]

        def keep(db: sqlite3.Connection) -> None:
            with transaction(db, "IMMEDIATE"):
                db.execute("DELETE FROM mended WHERE at < ?", (now - WINDOW,))
                db.execute("DELETE FROM mended WHERE at > ?", (now + WINDOW,))
                db.executemany("DELETE FROM mended WHERE path = ?", gone)
                db.executemany("INSERT OR REPLACE INTO mended VALUES (?, ?, ?)", rows)

        self._do(keep)

    def _do(self, work: Callable[[sqlite3.Connection], object]) -> None:
        if self._database.attempt(lambda db: (work(db),)) is None:
            raise VaultError(
                f"what was mended can't be kept: {self._database.trouble}",
                "check that your state folder is writable and has room",
            )


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A `Mended` as it stands in the file: only few notes of a run are looked into."""

    digest: bytes
    when: float
    counts: msgspec.Raw


def _key(path: str) -> bytes:
    return path.encode(errors="surrogatepass")


_VERSION = "1"
_TABLES = ("mended (path BLOB PRIMARY KEY, at REAL NOT NULL, data BLOB NOT NULL)",)
_INDEXES = ("mended_at ON mended (at)",)
_KEPT = msgspec.msgpack.Decoder(_Kept)
_COUNTS = msgspec.msgpack.Decoder(dict[bytes, Count])
