"""A SQLite file of ours that may be lost: opened for this user alone, and made anew where it is damaged.

What it holds is a convenience. If the file is damaged, of another version, or can't be written, whoever asks
does without; `trouble` says why.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from vaultsync.core.errors import DAMAGED

_WAIT = 5.0  # seconds for another process's transaction, which takes milliseconds
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_MISMATCH}
_ROWS_OF_NEW = 1  # the one of `about`
_PAGE = 8192  # bytes: to fill a cache of 24 MB took a fifth longer by the usual 4096; a save takes the same
_ABOUT = "about (version TEXT NOT NULL, state BLOB NOT NULL)"

Result = TypeVar("Result")

Adopt = Callable[[sqlite3.Connection, str], bool]
"""Takes over, in a transaction, what a file of the version that is told holds; false if there is nothing."""


class Foreign(Exception):
    """The file is not what this version wrote."""


class Database:
    """The SQLite file `file` with these `tables` and `indexes`, whose form and meaning `version` names.

    Beside them it has `about`, one row: the version, and a `state` of its owner's. Of another version `adopt`
    may keep what holds all the same. An object belongs to one thread.
    """

    def __init__(
        self,
        file: Path,
        version: str,
        tables: Sequence[str],
        indexes: Sequence[str] = (),
        adopt: Adopt = lambda db, version: False,
    ) -> None:
        self.file = file
        self.trouble = ""
        self.version, self._tables, self._indexes, self._adopt = version, tables, indexes, adopt
        self._db: sqlite3.Connection | None = None
        self._has_log = False

    def attempt(self, work: Callable[[sqlite3.Connection], Result]) -> Result | None:
        """Do the work; a file that is damaged or foreign is made anew, once. None if it can't be done."""
        for _ in range(2):
            try:
                if self._db is None:
                    self._db = self._open()
                result = work(self._db)
            except (sqlite3.Error, OSError, *DAMAGED, Foreign) as error:
                self.close()
                reason = getattr(error, "strerror", None) or error
                self.trouble = f"{self.file}: {reason}"
                if not _is_damage(error) or not self._removed():
                    return None
            else:
                self.trouble = ""
                # What first fills a new file is written once, and not to a log and then again: a cache of
                # 10,000 notes took 70 ms more. All that comes later is little, and quicker with a log.
                if not self._has_log and self._db.total_changes > _ROWS_OF_NEW:
                    self._has_log = _logged(self._db)
                    _wait_for_disk(self._db)
                return result
        return None

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _open(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file.touch(mode=0o600)  # it quotes the notes
        db = sqlite3.connect(self.file, timeout=_WAIT, isolation_level=None)
        try:
            with transaction(db, "DEFERRED"):
                known = db.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,)
            self._has_log = known and _logged(db)
            if known:
                _wait_for_disk(db)
            else:
                # While a new file is filled nobody waits for the disk: up to a tenth of a second at 10,000
                # notes. Nothing was there before, so that a power cut leaves nothing out of date: what is
                # missing counts as unknown, and SQLite, or a blob's checksum, tells what is blank.
                db.execute("PRAGMA synchronous = OFF")
                db.execute(f"PRAGMA page_size = {_PAGE}")
                with transaction(db, "IMMEDIATE"):
                    for table in (_ABOUT, *self._tables):
                        db.execute(f"CREATE TABLE IF NOT EXISTS {table}")
                    for index in self._indexes:
                        db.execute(f"CREATE INDEX IF NOT EXISTS {index}")
                    if db.execute("SELECT count(*) FROM about").fetchone() == (0,):
                        db.execute("INSERT INTO about VALUES (?, x'')", (self.version,))
            with transaction(db, "DEFERRED"):
                [(version,)] = db.execute("SELECT version FROM about").fetchall()
            if version != self.version:
                with transaction(db, "IMMEDIATE"):
                    if not self._adopt(db, version):
                        raise Foreign("made by another version, or with other settings")
                    db.execute("UPDATE about SET state = x'', version = ?", (self.version,))
        except BaseException:
            db.close()
            raise
        return db

    def _removed(self) -> bool:
        try:
            for suffix in ("-wal", "-shm", "-journal", ""):
                self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        except OSError:
            return False
        return True


def _logged(db: sqlite3.Connection) -> bool:
    """Have changes written to a log first (SQLite's "WAL"); gives whether they are now."""
    # Refused at once, whatever the patience, while another process makes it so: then it is so.
    with contextlib.suppress(sqlite3.OperationalError):
        return bool(db.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",))
    return False


def _wait_for_disk(db: sqlite3.Connection) -> None:
    """From now on a power cut may undo a store, not tear it."""
    db.execute("PRAGMA synchronous = NORMAL")


@contextlib.contextmanager
def transaction(db: sqlite3.Connection, kind: str) -> Iterator[None]:
    """All that is done within the `with`, or nothing of it; `kind` as SQLite's `BEGIN` has it."""
    db.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _is_damage(error: Exception) -> bool:
    """Whether a new file helps; else it is locked, full, or not ours to write."""
    if isinstance(error, sqlite3.Error):
        # The statements are fixed, so that a plain SQL error means another table than ours.
        # What was damaged (the index of a table, say) stands above the lowest byte of the code.
        code = getattr(error, "sqlite_errorcode", None)
        return code is not None and code & 0xFF in {sqlite3.SQLITE_ERROR, *_BROKEN}
    return isinstance(error, (*DAMAGED, Foreign))
