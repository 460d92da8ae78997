"""The cache: what it gives back, when a note must be read again, and that nothing it suffers fails a run."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.note import digest_of
from vaultsync.files.disk import FileInfo, RealDisk
from vaultsync.vault.cache import (
    RACY_NS,
    Cache,
    CacheEntry,
    Differences,
    Snapshot,
    changed_bytes,
    differences,
)
from vaultsync.vault.database import _PAGE

NOW = 1_800_000_000_000_000_000


def entry(
    path: str, *, digest: bytes = b"d", size: int = 1, mtime_ns: int = NOW, read_ns: int = 0
) -> CacheEntry:
    return CacheEntry(FileInfo(path, size, mtime_ns, mtime_ns, 7), digest, read_ns or mtime_ns + RACY_NS)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "vault", "facts 1", tmp_path / "cache")


def store(
    cache: Cache,
    changed: Sequence[tuple[CacheEntry, bytes]],
    removed: Iterable[str] = (),
    state: bytes | None = None,
) -> bool:
    """Store entries with their facts."""
    facts = {entry.info.path: data for entry, data in changed}
    return cache.store([entry for entry, _ in changed], facts.__getitem__, removed, state)


def again(cache: Cache, tmp_path: Path, fingerprint: str = "facts 1") -> Cache:
    """Another run's cache of the same vault."""
    cache.close()
    return Cache(tmp_path / "vault", fingerprint, tmp_path / "cache")


def test_a_first_run_knows_nothing(cache: Cache) -> None:
    assert cache.load() == Snapshot({}, b"")
    assert list(cache.facts({})) == []
    assert cache.trouble == ""


def test_the_next_run_knows_what_was_stored(cache: Cache, tmp_path: Path) -> None:
    entries = {path: entry(path) for path in ("a.md", "ä/提高.md", "b c.md")}
    assert store(cache, [(e, path.encode()) for path, e in entries.items()], [], b"state")
    later = again(cache, tmp_path)
    assert later.load() == Snapshot(entries, b"state")
    assert dict(later.facts(entries)) == {path: path.encode() for path in entries}


def test_a_changed_note_replaces_and_a_removed_one_goes(cache: Cache, tmp_path: Path) -> None:
    store(cache, [(entry("a.md"), b"a"), (entry("b.md"), b"b"), (entry("c.md"), b"c")], [], b"1")
    new = entry("b.md", digest=b"e", size=2)
    store(cache, [(new, b"B")], ["a.md", "unknown.md"])
    later = again(cache, tmp_path)
    assert later.load() == Snapshot({"b.md": new, "c.md": entry("c.md")}, b"1")
    assert dict(later.facts(later.load().entries)) == {"b.md": b"B", "c.md": b"c"}


def test_a_new_cache_is_written_once_and_has_a_log_from_then_on(cache: Cache) -> None:
    log = cache.file.with_name(f"{cache.file.name}-wal")

    def logged() -> int:
        return log.stat().st_size if log.exists() else 0

    assert cache.load() == Snapshot({}, b"")
    assert store(cache, [(entry(f"{n}.md"), b"x" * 5000) for n in range(40)], [], b"1")
    assert (logged(), cache.file.stat().st_size > 200_000) == (0, True)
    for n in range(3):
        assert store(cache, [(entry("1.md", digest=b"%d" % n), b"y" * 5000)])
        assert logged() > 5000 * (n + 1)
    assert cache.trouble == ""


@pytest.mark.parametrize("point", [0.1, 0.5, 1.0])
def test_a_first_run_that_is_killed_as_it_writes_leaves_a_cache_that_can_be_used(
    point: float, cache: Cache, tmp_path: Path
) -> None:
    entries = [entry(f"{n}.md") for n in range(300)]
    program = (
        "import os, sys; from pathlib import Path; from vaultsync.vault.cache import *\n"
        "cache = Cache(Path(sys.argv[1]), 'facts 1', Path(sys.argv[2]))\n"
        "entries = [CacheEntry(FileInfo(f'{n}.md', 1, 1, 1, 7), b'd', 1) for n in range(300)]\n"
        "asked = 0\n"
        "def facts(path):\n"
        "    global asked\n"
        "    asked += 1\n"
        "    if asked == int(sys.argv[3]): os._exit(9)\n"
        "    return b'x' * 20_000\n"
        "cache.store(entries, facts, [], b'1')\n"
    )
    folders = [str(tmp_path / "vault"), str(tmp_path / "cache")]
    last = str(int(point * len(entries)))
    assert subprocess.run([sys.executable, "-c", program, *folders, last], check=False).returncode == 9
    assert cache.load() == Snapshot({}, b"")
    assert store(cache, [(e, b"new") for e in entries], [], b"2")
    assert again(cache, tmp_path).load().entries == {e.info.path: e for e in entries}


def test_nobody_waits_for_the_disk_before_there_is_anything_to_lose(cache: Cache, tmp_path: Path) -> None:
    def waits(of: Cache) -> object:
        return of._database.attempt(lambda db: db.execute("PRAGMA synchronous").fetchone())

    assert (cache.load(), waits(cache)) == (Snapshot({}, b""), (0,))
    assert store(cache, [(entry("1.md"), b"x")], [], b"1")
    assert (waits(cache), waits(again(cache, tmp_path))) == ((1,), (1,))


@pytest.mark.parametrize("seed", range(20))
def test_what_a_power_cut_leaves_of_a_new_cache_is_true(seed: int, cache: Cache, tmp_path: Path) -> None:
    entries = {f"{n}.md": entry(f"{n}.md", digest=b"%d" % n) for n in range(300)}
    facts = {path: e.digest * 5000 for path, e in entries.items()}
    assert store(cache, [(e, facts[path]) for path, e in entries.items()], [], b"state" * 3000)
    cache.close()
    pages = cache.file.stat().st_size // _PAGE
    luck = random.Random(seed)
    lost = luck.sample(range(pages), luck.randint(1, pages // luck.choice((1, 10, 100))))
    with cache.file.open("r+b") as file:
        for page in lost:
            file.seek(page * _PAGE)
            file.write(bytes(_PAGE))
        if luck.random() < 0.5:
            file.truncate(luck.randrange(pages) * _PAGE)
    later = again(cache, tmp_path)
    left = later.load()
    assert left.entries.items() <= entries.items()
    assert left.state in (b"", b"state" * 3000)
    assert dict(later.facts(left.entries)).items() <= facts.items()
    assert store(later, [(entry("new.md"), b"x")], [], b"2")
    assert again(later, tmp_path).load().state == b"2"


def test_what_was_found_under_what_changed_meanwhile_is_known_to_nobody_else(
    cache: Cache, tmp_path: Path
) -> None:
    store(cache, [(entry("a.md"), b"a")], [], b"1")
    cache.store([entry("b.md")], lambda path: b"b", [], b"2", "other decisions")
    cache.close()
    assert cache.load().state == b"2"  # who stored it goes on with it
    assert again(cache, tmp_path).load() == Snapshot({}, b"", {"a.md": b"d", "b.md": b"d"})


def test_what_changed_and_changed_back_is_known(cache: Cache, tmp_path: Path) -> None:
    store(cache, [(entry("a.md"), b"a")], [], b"1")
    cache.store([entry("b.md")], lambda path: b"b", [], b"2", "other decisions")
    store(cache, [(entry("c.md"), b"c")], [], b"3")
    assert set(again(cache, tmp_path).load().entries) == {"a.md", "b.md", "c.md"}


def test_facts_of_other_bytes_are_never_given(cache: Cache) -> None:
    store(cache, [(entry("a.md", digest=b"old"), b"facts")])
    assert list(cache.facts({"a.md": entry("a.md", digest=b"new")})) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.binary(max_size=3)), max_size=30))
def test_any_order_of_stores_gives_what_a_dictionary_gives(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, int, bytes]]
) -> None:
    cache = Cache(Path("/vault"), "f", tmp_path_factory.mktemp("cache"))
    model: dict[str, tuple[CacheEntry, bytes]] = {}
    for keep, number, data in steps:
        path = f"{number}.md"
        if keep:
            model[path] = (entry(path, digest=data), data)
            store(cache, [model[path]])
        else:
            model.pop(path, None)
            store(cache, [], [path])
    entries = cache.load().entries
    assert entries == {path: e for path, (e, _) in model.items()}
    assert dict(cache.facts(entries)) == {path: data for path, (_, data) in model.items()}
    cache.close()


@pytest.mark.parametrize(
    ("now", "read"),
    [
        (entry("a.md"), ()),
        (entry("a.md", size=2), ("a.md",)),
        (entry("a.md", mtime_ns=NOW + 1), ("a.md",)),
        (entry("a.md", mtime_ns=NOW - 1), ("a.md",)),
    ],
)
def test_a_note_is_read_again_when_its_file_looks_different(now: CacheEntry, read: tuple[str, ...]) -> None:
    assert differences({"a.md": entry("a.md")}, {"a.md": now.info}) == Differences(read, ())


def test_new_notes_are_read_and_missing_ones_are_gone() -> None:
    known = {path: entry(path) for path in ("a.md", "b.md")}
    scan = {path: entry(path).info for path in ("b.md", "c.md")}
    assert differences(known, scan) == Differences(("c.md",), ("a.md",))


def test_a_note_that_was_read_right_after_a_save_is_read_again() -> None:
    for late, read in ((0, ("a.md",)), (RACY_NS - 1, ("a.md",)), (RACY_NS, ())):
        known = {"a.md": entry("a.md", read_ns=NOW + late)}
        assert differences(known, {"a.md": known["a.md"].info}).read == read


def test_a_save_in_the_same_tick_and_of_the_same_size_is_seen(tmp_path: Path, cache: Cache) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    note = vault / "a.md"
    note.write_bytes(b"one")
    disk = RealDisk(vault)
    began = time.time_ns()
    info = disk.scan().notes["a.md"]
    store(cache, [(CacheEntry(info, b"one", began), b"")])
    note.write_bytes(b"two")
    os.utime(note, ns=(info.mtime_ns, info.mtime_ns))
    assert differences(cache.load().entries, disk.scan().notes).read == ("a.md",)


def test_a_note_that_has_the_known_bytes_is_known_whatever_its_times_are(
    tmp_path: Path, cache: Cache
) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    for name in ("same.md", "other.md", "longer.md"):
        (vault / name).write_bytes(b"one")
    disk = RealDisk(vault)
    long_ago = time.time_ns() - 10 * RACY_NS
    notes = disk.scan().notes
    store(cache, [(CacheEntry(info, digest_of(b"one"), long_ago), b"facts") for info in notes.values()])
    (vault / "same.md").touch()
    (vault / "other.md").write_bytes(b"two")
    (vault / "longer.md").write_bytes(b"one more")
    now, later = disk.scan().notes, time.time_ns() + 10 * RACY_NS
    known = cache.load().entries
    found = changed_bytes(disk, cache, known, now, later)
    assert found == Differences(("longer.md", "other.md"), ())
    again = cache.load().entries
    assert again["same.md"] == known["same.md"] == CacheEntry(now["same.md"], digest_of(b"one"), later)
    assert again["other.md"].read_ns == again["longer.md"].read_ns == long_ago
    assert dict(cache.facts(again)) == dict.fromkeys(now, b"facts")
    assert differences(again, now).read == ("longer.md", "other.md")


def test_what_another_run_has_read_since_is_not_taken_for_what_is_known(cache: Cache) -> None:
    newer, other = entry("a.md", digest=b"e", mtime_ns=NOW + 9), entry("b.md")
    store(cache, [(newer, b"a"), (other, b"b")])
    cache.restamp([entry("a.md", mtime_ns=NOW + 5), entry("b.md", mtime_ns=NOW + 5), entry("gone.md")])
    assert cache.load().entries == {"a.md": newer, "b.md": entry("b.md", mtime_ns=NOW + 5)}


def test_a_cache_that_cannot_be_written_costs_the_next_run_the_same_reading(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(cache, [(entry("a.md"), b"a")])
    with sqlite3.connect(cache.file) as db:
        db.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("vaultsync.vault.database._WAIT", 0.0)
        other = Cache(tmp_path / "vault", "facts 1", tmp_path / "cache")
        other.restamp([entry("a.md", mtime_ns=NOW + 5)])
        assert "locked" in other.trouble
    assert cache.load().entries == {"a.md": entry("a.md")}


def test_under_other_settings_only_the_names_of_notes_are_known_until_they_are_read(
    cache: Cache, tmp_path: Path
) -> None:
    store(cache, [(entry("a.md"), b"a"), (entry("b.md", digest=b"e"), b"b")], [], b"1")
    cache.keep("value", b"kept")
    other = again(cache, tmp_path, "facts 2")
    assert other.load() == Snapshot({}, b"", {"a.md": b"d", "b.md": b"e"})
    assert other.trouble == ""
    assert other.kept("value") is None
    assert list(other.facts({"a.md": entry("a.md")})) == []
    third = again(other, tmp_path)
    assert third.load() == Snapshot({}, b"", {"a.md": b"d", "b.md": b"e"})
    store(third, [(entry("c.md"), b"c")], [], b"2")
    assert third.load() == Snapshot({"c.md": entry("c.md")}, b"2")


def test_names_last_whatever_the_settings(cache: Cache, tmp_path: Path) -> None:
    cache.store([entry("a.md")], lambda path: b"a", [], b"1", names=b"names")
    store(cache, [(entry("b.md"), b"b")], [], b"2")
    assert cache.load().names == b"names"
    assert again(cache, tmp_path, "facts 2").load().names == b"names"


def test_a_cache_of_another_form_is_made_anew(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.store([entry("a.md")], lambda path: b"a", [], b"1", names=b"names")
    monkeypatch.setattr("vaultsync.vault.cache._SCHEMA", 99)
    other = again(cache, tmp_path)
    assert other.load() == Snapshot({}, b"")
    assert other.trouble == ""


def _text(file: Path) -> None:
    file.write_bytes(b"not a database, but long enough to be read as one" * 100)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _torn(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _foreign(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE manifest (whatever)")
    db.close()


def _wrong_blob(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("UPDATE manifest SET data = x'90'")
    db.close()


def _not_ours(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("UPDATE manifest SET data = x'c0', crc = ?", (crc32(b"\xc0"),))
    db.close()


@pytest.mark.parametrize("harm", [_text, _empty, _torn, _foreign, _wrong_blob, _not_ours])
def test_a_damaged_cache_is_made_anew_without_a_word(
    cache: Cache, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    store(cache, [(entry(f"{n}.md"), b"facts" * 100) for n in range(300)])
    cache.close()
    harm(cache.file)
    later = again(cache, tmp_path)
    assert later.load().entries == {}
    assert later.trouble == ""
    assert store(later, [(entry("a.md"), b"a")])
    assert list(again(later, tmp_path).load().entries) == ["a.md"]


def test_a_cache_that_can_not_be_used_is_gone_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    cache = Cache(tmp_path / "vault", "f", tmp_path / "cache")
    assert cache.load() == Snapshot({}, b"")
    assert not store(cache, [(entry("a.md"), b"")])
    assert str(cache.file) in cache.trouble


def test_a_folder_in_the_place_of_the_cache_is_left_alone(cache: Cache) -> None:
    (cache.file / "x").mkdir(parents=True)
    assert cache.load() == Snapshot({}, b"")
    assert cache.trouble
    assert (cache.file / "x").is_dir()


WRITER = """
import sys
from pathlib import Path
from vaultsync.vault import cache as settings
from vaultsync.vault.cache import Cache, CacheEntry
from vaultsync.files.disk import FileInfo
name, folder = sys.argv[1:]
settings._WAIT = 600.0  # on a busy machine the other one may hold it for long
cache = Cache(Path("/vault"), "f", Path(folder))
for n in range(100):
    entry = CacheEntry(FileInfo(f"{name} {n}.md", 1, 1, 1, 1), b"d", 9)
    assert cache.store([entry], lambda path: b"f", []), cache.trouble
"""


def test_two_processes_can_store_at_once(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, name, str(tmp_path)], cwd=Path(__file__).parents[2])
        for name in ("one", "two")
    ]
    assert [writer.wait(timeout=600) for writer in writers] == [0, 0]
    assert len(Cache(Path("/vault"), "f", tmp_path).load().entries) == 200


def test_only_the_user_can_read_the_cache(cache: Cache) -> None:
    store(cache, [(entry("a.md"), b"a")])
    assert cache.file.stat().st_mode & 0o077 == 0
