"""A disk that fails: at any call of a run each note stays whole, and the next run goes on.

`bench.faults` lets the system's own calls fail, of vaultsync and of git under it, as whole processes; a few
of its faults are here. Then each call of a run without git is failed in turn, inside this process.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Command
from smallvault import CONFERENCE, NOTES, PAPER, write

from bench.faults import KINDS, Bench, Fault
from vaultsync.core.errors import Problem
from vaultsync.files import system_calls
from vaultsync.files.disk import RealDisk
from vaultsync.files.problems import problem_of


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("faults"))


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="the library is Linux's, and built with cc"
)
@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_of_the_disk_all_is_whole_and_the_next_run_goes_on(bench: Bench, kind: str) -> None:
    calls = bench.calls(kind) if kind != "short" else 1
    assert calls > 100 or kind == "short"
    for at in (1,) if kind == "short" else (calls // 3, calls * 3 // 4):
        ended, wrong = bench.wrong_after(Fault(kind, at))
        assert wrong == [], ended


CALLS = (
    "open",
    "read",
    "write",
    "fsync",
    "rename",
    "replace",
    "unlink",
    "link",
    "mkdir",
    "fchmod",
    "scandir",
)
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EDQUOT)


class Faulty:
    """Lets the call of number `at` fail, among those of `os` and of ours that reach a file below `root`."""

    def __init__(self, root: Path) -> None:
        self.root, self.at, self.number, self.error = os.fspath(root), 0, 0, 0

    def __call__(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if any(map(self._is_below, args[:2])):
                self.number += 1
                if self.number == self.at:
                    raise OSError(self.error, os.strerror(self.error), str(args[0]))
            return real(*args, **options)

        return call

    def _is_below(self, arg: object) -> bool:
        if isinstance(arg, int):
            try:
                arg = Path(f"/proc/self/fd/{arg}").readlink()
            except OSError:
                return False
        return isinstance(arg, str | bytes | os.PathLike) and os.fsdecode(arg).startswith(
            (self.root, "/proc/self/fd/")
        )


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    found = Faulty(tmp_path / "place")
    monkeypatch.setenv("XDG_STATE_HOME", f"{found.root}/state")
    monkeypatch.setenv("XDG_CACHE_HOME", f"{found.root}/cache")
    with monkeypatch.context() as patched:
        for name in CALLS:
            patched.setattr(os, name, found(getattr(os, name)))
        patched.setattr(system_calls, "_rename_at", found(system_calls._rename_at))
        yield found


def _words(data: bytes) -> set[str]:
    return set(re.findall(r"\w+", data.decode()))


def _notes(vault: Path) -> dict[str, bytes]:
    return {str(p.relative_to(vault)): p.read_bytes() for p in sorted(vault.rglob("*")) if p.is_file()}


@pytest.mark.skipif(sys.platform != "linux", reason="where an open file is, Linux tells")
def test_each_call_of_a_run_may_fail(vaultsync: Command, faulty: Faulty, tmp_path: Path) -> None:
    place, vault = tmp_path / "place", tmp_path / "place" / "vault"
    before = _notes(write(vault))
    shutil.copytree(place, tmp_path / "start")
    os.chdir(tmp_path)
    run = ("--vault", str(vault), "fix", "--yes", "--no-commit")
    code, _, _ = vaultsync(*run)
    after, calls = _notes(vault), faulty.number
    assert after != before
    assert calls > 50
    for at in range(1, calls + 1):
        shutil.rmtree(place)
        shutil.copytree(tmp_path / "start", place)
        faulty.number, faulty.at, faulty.error = 0, at, ERRORS[at % len(ERRORS)]
        ended = vaultsync(*run)
        faulty.at = 0
        assert ended.code in (0, 1, 2), (at, ended.err)
        now = _notes(vault)
        notes = {path: data for path, data in now.items() if not path.endswith(".tmp")}
        # A note may be done in part, where another one could not be read; its words are all there.
        gone = {path: _words(data) - _words(notes.get(path, b"")) for path, data in before.items()}
        assert not any(gone.values()), (at, gone, ended)
        assert notes.keys() >= before.keys(), at
        if ended.code == 2 or now != after:
            assert ended.err, at
        assert vaultsync(*run).code == code, at
        assert _notes(vault) == after, at


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The notes at these paths can't be read, as on a disk that fails."""
    paths: set[str] = set()
    read = RealDisk._read

    def failing(self: RealDisk, path: str, file: str, limit: int) -> bytes | Problem:
        if path in paths:
            return problem_of(path, OSError(errno.EIO, "Input/output error"))
        return read(self, path, file, limit)

    monkeypatch.setattr(RealDisk, "_read", failing)
    return paths


def test_while_a_note_cannot_be_read_no_name_counts_as_the_only_one(
    vaultsync: Command, unread: set[str], tmp_path: Path
) -> None:
    other = "---\ntitle: Another Thing Altogether\naliases:\n  - DiffSBDD\ntags:\n  - paper\n---\n"
    vault = write(tmp_path / "vault", {**NOTES, "Papers/Other.md": other})
    unread.add("Papers/Other.md")
    code, out, _ = vaultsync("fix", "--no-commit", cwd=vault)
    assert (code, "until it can be read" in out) == (1, True)
    text = (vault / CONFERENCE).read_text()
    assert "[[" not in text
    assert "  - speech\n" in text  # all else is seen to
    unread.clear()
    code, out, _ = vaultsync("fix", "--no-commit")
    assert (code, '"DiffSBDD" may mean Papers/DiffSBDD.md or Papers/Other.md' in out) == (1, True)
    assert "[[" not in (vault / CONFERENCE).read_text()


@pytest.mark.parametrize("path", [PAPER, CONFERENCE])
def test_while_a_note_cannot_be_read_what_leads_to_it_stays(
    vaultsync: Command, unread: set[str], tmp_path: Path, path: str
) -> None:
    vault = write(tmp_path / "vault")
    assert vaultsync("fix", "--no-commit", cwd=vault).code == 0
    before = _notes(vault)
    unread.add(path)
    for note in vault.rglob("*.md"):
        os.utime(note, (1, 1))  # so that all are looked at again
    assert vaultsync("fix", "--no-commit").code == 1
    assert _notes(vault) == before
    unread.clear()
    assert vaultsync("fix", "--no-commit").code == 0
    assert _notes(vault) == before
