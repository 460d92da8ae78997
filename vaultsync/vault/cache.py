"""What the last run knew about a vault, so that the next one reads only what changed.

One SQLite file a vault in the user's cache folder holds the manifest (each note's `FileInfo` and digest) and
the facts that the caller drew from each note, opaque bytes. Both are packed into shards by a hash of the
path: to load them takes the time of some blobs and not of 100,000 rows, and to store one note rewrites one
shard, however large the vault is. Beside them it keeps what else was worked out from the notes, by name.

Under other settings all this holds no longer; only which notes there were, and under which names, still does.

The cache never decides anything and never fails a run: if it is damaged, of another version, or not writable,
the run reads all notes again. `trouble` says why, for `doctor`.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from sys import intern
from zlib import crc32

import msgspec

from vaultsync import __version__
from vaultsync.core.errors import Problem
from vaultsync.core.note import digest_of
from vaultsync.files.disk import Disk, FileInfo
from vaultsync.vault.database import Database, Foreign, transaction
from vaultsync.vault.places import cache_folder, vault_key

RACY_NS = 2_000_000_000
"""Two seconds: the coarsest time stamps of a file system in use (FAT's); two saves within one look alike."""

_SCHEMA = 3
_SHARDS = 1024  # at 100,000 notes 100 a shard: 8 kB of manifest to rewrite for one saved note
_AT_ONCE = 64
_TABLES = (
    "manifest (shard INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL)",
    "facts (shard INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL)",
    "kept (name TEXT PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL)",
    "lasting (name TEXT PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL)",
)
_FORMER, _NAMES = "former", "names"  # what is lasting


class CacheEntry(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A note as a run read it: its file, the digest of its bytes, and when (ns since 1970) reading began."""

    info: FileInfo
    digest: bytes
    read_ns: int


class StoredFacts(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What the caller drew from a note with this digest."""

    path: str
    digest: bytes
    data: bytes


class Snapshot(msgspec.Struct, frozen=True):
    """The manifest by path, and the caller's `state` of the last run (empty if there was none).

    `former` are the digests that the notes had when last looked at under other settings, if nothing was
    stored since; `names` is what the caller had to say of notes' names, whatever the settings.
    """

    entries: dict[str, CacheEntry]
    state: bytes
    former: dict[str, bytes] = {}
    names: bytes = b""


class Differences(msgspec.Struct, frozen=True):
    """Paths that must be read because they are new or may have changed, and known paths that are gone."""

    read: tuple[str, ...]
    gone: tuple[str, ...]


def differences(known: Mapping[str, CacheEntry], notes: Mapping[str, FileInfo]) -> Differences:
    """What changed between the last run and a scan, or may have."""
    read = []
    for path, info in notes.items():
        entry = known.get(path)
        if entry is None or may_have_changed(entry, info):
            read.append(path)
    gone = known.keys() - notes.keys()
    return Differences(tuple(read), tuple(path for path in known if path in gone) if gone else ())


def may_have_changed(entry: CacheEntry, info: FileInfo) -> bool:
    """Whether a note that was read as the entry says, and now looks like that, may have other bytes.

    A file that was saved within `RACY_NS` before it was read may, even if it looks the same: it may have been
    saved once more within one tick of the file system's clock (git calls such an entry racy).
    """
    safe = entry.read_ns - RACY_NS
    return entry.info != info or info.mtime_ns > safe or info.ctime_ns > safe


def changed_bytes(
    disk: Disk, cache: Cache | None, known: dict[str, CacheEntry], notes: Mapping[str, FileInfo], began: int
) -> Differences:
    """The `differences` between what is `known` and what a scan that `began` then (ns) found, by the bytes.

    What a run wrote may have been saved once more, by its stamps; a checkout gives a file other ones. Of a
    note that has the known bytes all the same, `known` and the cache take over how it looks now: to parse and
    plan 10,000 such notes took 14 s of the processor, to read them takes a quarter of a second.
    """
    changed = differences(known, notes)
    same = {entry.info.path: entry for entry in _same(disk, known, notes, changed.read, began)}
    # One that was saved a moment ago has to be read the next time, too: of it the cache learns nothing.
    new = [e for path, e in same.items() if e.info != known[path].info or not may_have_changed(e, e.info)]
    known.update(same)
    if new and cache is not None:
        cache.restamp(new)
    return Differences(tuple(path for path in changed.read if path not in same), changed.gone)


def _same(
    disk: Disk,
    known: Mapping[str, CacheEntry],
    notes: Mapping[str, FileInfo],
    paths: Iterable[str],
    began: int,
) -> Iterator[CacheEntry]:
    """What is known of those notes whose bytes are the known ones, as they look now."""
    alike = [path for path in paths if path in known and known[path].info.size == notes[path].size]
    for path, data in disk.read_many(alike):
        if not isinstance(data, Problem) and digest_of(data) == known[path].digest:
            yield CacheEntry(notes[path], known[path].digest, began)


class Cache:
    """The cache of the vault at `root`.

    `fingerprint` names the form and meaning of the facts; another one empties the cache but for names, as
    does another version of the tool. `folder` replaces the user's cache folder. An object belongs to one
    thread.
    """

    def __init__(self, root: Path, fingerprint: str, folder: Path | None = None) -> None:
        self.file = (folder if folder is not None else cache_folder()) / f"{vault_key(root)}.db"
        self._fingerprint = fingerprint
        self._database = Database(self.file, _version(fingerprint), _TABLES, adopt=_adopt)

    @property
    def trouble(self) -> str:
        """Why the file could not be used the last time, empty if it could."""
        return self._database.trouble

    def load(self) -> Snapshot:
        """All that is known; nothing if there is no cache that can be used."""
        return self._database.attempt(self._load) or Snapshot({}, b"")

    def facts(self, entries: Mapping[str, CacheEntry]) -> Iterator[tuple[str, bytes]]:
        """The facts of those `entries` that the cache has for the entry's very digest, with their paths.

        They come bit by bit, so that those of a large vault are never all in memory.
        """
        for first in range(0, _SHARDS, _AT_ONCE):
            of_shards = partial(self._facts, entries=entries, first=first, last=first + _AT_ONCE - 1)
            yield from self._database.attempt(of_shards) or ()

    def facts_of(self, entry: CacheEntry) -> bytes | None:
        """The facts of one entry; `None` if the cache has none for its very digest."""
        path, shard = entry.info.path, _shard(entry.info.path)
        found = self._database.attempt(partial(self._facts, entries={path: entry}, first=shard, last=shard))
        return found[0][1] if found else None

    def store(
        self,
        changed: Iterable[CacheEntry],
        facts_of: Callable[[str], bytes],
        removed: Iterable[str],
        state: bytes | None = None,
        fingerprint: str = "",
        names: bytes | None = None,
    ) -> bool:
        """Remember entries with their facts, forget paths, replace the state and names, in one transaction.

        `fingerprint` is the one under which all this holds, if it is another than at the opening: whoever
        opens the cache under the old one finds nothing.

        The facts of a path are asked for when its shard is written, so that those of a large vault are never
        all in memory (23 MB of 10,000 notes). Gives False if that wasn't possible; then the next run reads
        these notes again.
        """
        self._database.version = _version(fingerprint or self._fingerprint)
        touched: dict[int, dict[str, CacheEntry | None]] = defaultdict(dict)
        for path in removed:
            touched[_shard(path)][path] = None
        for entry in changed:
            path = entry.info.path
            touched[_shard(path)][path] = entry
        if not touched and state is None:
            return not self.trouble
        return self._database.attempt(lambda db: self._store(db, touched, facts_of, state, names)) or False

    def restamp(self, entries: Iterable[CacheEntry]) -> None:
        """Remember how notes look whose bytes, and so their facts, are as they are known."""
        by_shard: dict[int, list[CacheEntry]] = defaultdict(list)
        for entry in entries:
            by_shard[_shard(entry.info.path)].append(entry)
        self._database.attempt(lambda db: _restamp(db, by_shard))

    def kept(self, name: str) -> bytes | None:
        """What was kept under a name, by the same version and under the same fingerprint."""
        return self._database.attempt(lambda db: _kept(db, "kept", name))

    def keep(self, name: str, data: bytes) -> None:
        """Keep something that follows from the notes, and that says itself from which."""
        self._database.attempt(lambda db: _keep_alone(db, name, data))

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._database.close()

    def _load(self, db: sqlite3.Connection) -> Snapshot:
        with transaction(db, "DEFERRED"):
            [(state,)] = db.execute("SELECT state FROM about").fetchall()
            rows = db.execute("SELECT crc, data FROM manifest").fetchall()
            former, names = (_kept(db, "lasting", name) for name in (_FORMER, _NAMES))
        entries = {intern(entry.info.path): entry for entry in _entries(rows)}
        return Snapshot(entries, state, _DIGESTS.decode(former) if former else {}, names or b"")

    def _facts(
        self, db: sqlite3.Connection, entries: Mapping[str, CacheEntry], first: int, last: int
    ) -> list[tuple[str, bytes]]:
        query = "SELECT crc, data FROM facts WHERE shard BETWEEN ? AND ?"
        found = []
        for crc, data in db.execute(query, (first, last)):
            for facts in _FACTS.decode(_checked(crc, data)):
                entry = entries.get(facts.path)
                if entry is not None and entry.digest == facts.digest:
                    found.append((entry.info.path, facts.data))
        return found

    def _store(
        self,
        db: sqlite3.Connection,
        touched: Mapping[int, Mapping[str, CacheEntry | None]],
        facts_of: Callable[[str], bytes],
        state: bytes | None,
        names: bytes | None,
    ) -> bool:
        with transaction(db, "IMMEDIATE"):
            is_new = db.execute("SELECT 1 FROM manifest LIMIT 1").fetchone() is None  # as of a first look
            for shard, changes in sorted(touched.items()):  # in their order the file grows at its end
                entries, facts = ({}, {}) if is_new else _shard_at(db, shard)
                for path, entry in changes.items():
                    if entry is None:
                        entries.pop(path, None)
                        facts.pop(path, None)
                    else:
                        entries[path] = entry
                        facts[path] = StoredFacts(path, entry.digest, facts_of(path))
                _write(db, "manifest", shard, _pack(list(entries.values())))
                _write(db, "facts", shard, _pack(list(facts.values())))
            if state is not None:
                db.execute("UPDATE about SET state = ?, version = ?", (state, self._database.version))
                db.execute("DELETE FROM lasting WHERE name = ?", (_FORMER,))  # it knows all notes again
            if names is not None:
                _keep(db, "lasting", _NAMES, names)
        return True


def _restamp(db: sqlite3.Connection, by_shard: Mapping[int, Iterable[CacheEntry]]) -> None:
    with transaction(db, "IMMEDIATE"):
        for shard, new in sorted(by_shard.items()):
            entries = _manifest_at(db, shard)
            for entry in new:
                known = entries.get(entry.info.path)
                if known is not None and known.digest == entry.digest:  # else another run has read it since
                    entries[entry.info.path] = entry
            _write(db, "manifest", shard, _pack(list(entries.values())))


def _adopt(db: sqlite3.Connection, version: str) -> bool:
    """Keep the names alone of a cache under other settings, or of a version that kept them like this one."""
    if version.partition(" ")[0] != str(_SCHEMA):
        return False
    former = _kept(db, "lasting", _FORMER)
    digests = _DIGESTS.decode(former) if former else {}
    rows = db.execute("SELECT crc, data FROM manifest").fetchall()
    digests |= {entry.info.path: entry.digest for entry in _entries(rows)}
    for table in ("manifest", "facts", "kept"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608  # ours
    _keep(db, "lasting", _FORMER, msgspec.msgpack.encode(digests))
    return True


_DIGESTS = msgspec.msgpack.Decoder(dict[str, bytes])
_ENTRIES = msgspec.msgpack.Decoder(list[CacheEntry])
_FACTS = msgspec.msgpack.Decoder(list[StoredFacts])
_EMPTY = msgspec.msgpack.encode([])


def _version(fingerprint: str) -> str:
    return f"{_SCHEMA} {__version__} {fingerprint}"


def _shard(path: str) -> int:
    return crc32(path.encode()) % _SHARDS


def _pack(items: list[CacheEntry] | list[StoredFacts]) -> bytes:
    return msgspec.msgpack.encode(items)


def _checked(crc: int, data: bytes) -> bytes:
    """The blob, which SQLite itself keeps no checksum of."""
    if not isinstance(data, bytes) or crc32(data) != crc:
        raise Foreign("a blob isn't what was written")
    return data


def _shard_at(db: sqlite3.Connection, shard: int) -> tuple[dict[str, CacheEntry], dict[str, StoredFacts]]:
    """What a shard holds, by path."""
    return _manifest_at(db, shard), {f.path: f for f in _FACTS.decode(_read(db, "facts", shard))}


def _manifest_at(db: sqlite3.Connection, shard: int) -> dict[str, CacheEntry]:
    return {e.info.path: e for e in _ENTRIES.decode(_read(db, "manifest", shard))}


def _read(db: sqlite3.Connection, table: str, shard: int) -> bytes:
    row = db.execute(f"SELECT crc, data FROM {table} WHERE shard = ?", (shard,)).fetchone()  # noqa: S608  # ours
    return _EMPTY if row is None else _checked(*row)


def _write(db: sqlite3.Connection, table: str, shard: int, data: bytes) -> None:
    db.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", (shard, crc32(data), data))  # noqa: S608  # ours


def _entries(rows: Iterable[tuple[int, bytes]]) -> Iterator[CacheEntry]:
    return (entry for crc, data in rows for entry in _ENTRIES.decode(_checked(crc, data)))


def _kept(db: sqlite3.Connection, table: str, name: str) -> bytes | None:
    row = db.execute(f"SELECT crc, data FROM {table} WHERE name = ?", (name,)).fetchone()  # noqa: S608  # ours
    return _checked(*row) if row is not None else None


def _keep(db: sqlite3.Connection, table: str, name: str, data: bytes) -> None:
    db.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", (name, crc32(data), data))  # noqa: S608  # ours


def _keep_alone(db: sqlite3.Connection, name: str, data: bytes) -> None:
    with transaction(db, "IMMEDIATE"):
        _keep(db, "kept", name, data)
