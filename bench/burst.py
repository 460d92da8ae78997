"""`python -m bench.burst --files 50000 --folders 10000`: a flood of new notes, and a vault of many folders.

First a vault with so many folders is watched by a daemon: a note in the last one is saved, and a folder is
moved out and in again with another one's notes. Then so many new notes are written at once, most of them into
folders that are new as well, some over and over while the daemon works. What the daemon was not told of
(dropped events, folders that were there before they were watched) it must find by itself: at the end every
note has to be tidied and committed, and nothing may be left for a `vaultsync fix`. Linux only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.measure import environment, machine, make_repository, run, table, vaultsync
from bench.running import Running

QUIET = 1.0
"""Seconds in which a note settles here."""
_SETTINGS = f"[watch]\nquiet = {QUIET}\n[limits]\nshare = 1.0\n"
_PAPER = "---\ntitle: Burst of Rings {number}\ntags: paper, burst\n---\n# Burst of Rings {number}\n"
_TIDY = "tags:\n  - paper\n  - burst\n"
_PER_FOLDER = 100
_PATIENCE = 1800.0


class Burst(msgspec.Struct, frozen=True):
    """What came of it: seconds, the notes that are not as they should be, and what the daemon told."""

    started: float
    last_folder: float
    moved: float
    reconciled: float
    untidy: list[str]
    uncommitted: int
    left: int
    overflows: int
    watch: str
    peak: int


def burst(folder: Path, files: int, folders: int) -> Burst:
    """Run it all in `folder`."""
    vault, home = folder / "vault", folder / "home"
    for name in (".obsidian", ".vaultsync", "Papers", "Many", "Going/deeper"):
        (vault / name).mkdir(parents=True)
    home.mkdir()
    for number in range(folders):
        (vault / "Many" / f"{number // 100:03}" / f"{number:05}").mkdir(parents=True)
    (vault / "Papers" / "First.md").write_text("---\ntitle: First\n---\n")
    env = environment(home)
    make_repository(vault, env)
    running = Running(vault, env, _SETTINGS)
    try:
        started = running.await_rest(_PATIENCE)
        last = vault / "Many" / f"{(folders - 1) // 100:03}" / f"{folders - 1:05}" / "last.md"
        last_folder = _written(last, folders)
        away, back = folder / "away", vault / "Many" / "back"
        (vault / "Going").rename(away)
        (away / "deeper" / "in.md").write_text(_PAPER.format(number=folders + 1))
        began = time.perf_counter()
        away.rename(back)
        moved = _tidied(back / "deeper" / "in.md", began)
        running.await_rest(_PATIENCE)
        began = time.perf_counter()
        made = _flood(vault, files)
        time.sleep(2 * QUIET)
        running.await_rest(_PATIENCE)
        reconciled = time.perf_counter() - began
        told = running.status()
        peak = running.use().peak
    finally:
        running.stop()
    untidy = [path.name for path in [*made, last, back / "deeper" / "in.md"] if _TIDY not in path.read_text()]
    status = run(["git", "status", "--porcelain", "-z"], env=env, cwd=vault).out
    check = run(vaultsync("fix", "--check", "--json", "--vault", str(vault)), env=env, ok=(0, 1)).out
    left = len(msgspec.json.decode(check)["data"]["changes"])
    watch = told["watch"]
    how = f"{watch['how']}, {watch['watched']} of {watch['folders']} folders"
    return Burst(
        started,
        last_folder,
        moved,
        reconciled,
        untidy,
        status.count(b"\0"),
        left,
        watch["overflows"],
        how,
        peak,
    )


def _flood(vault: Path, files: int) -> list[Path]:
    """Write the notes; every tenth one is saved twice."""
    made = []
    for number in range(files):
        folder = vault / "Papers" / f"new {number // _PER_FOLDER}"
        folder.mkdir(exist_ok=True)
        note = folder / f"n{number}.md"
        note.write_text(_PAPER.format(number=number))
        made.append(note)
        if not number % 10:
            made[number // 2].write_text(_PAPER.format(number=number // 2) + "Again.\n")
    return made


def _written(note: Path, number: int) -> float:
    """Seconds from saving an untidy note until it is tidied."""
    began = time.perf_counter()
    note.write_text(_PAPER.format(number=number))
    return _tidied(note, began)


def _tidied(note: Path, began: float) -> float:
    give_up = began + _PATIENCE
    while _TIDY not in note.read_text():
        if time.perf_counter() > give_up:
            raise RuntimeError(f"{note} was not tidied")
        time.sleep(0.01)
    return time.perf_counter() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, 1 when something was left undone."""
    parser = argparse.ArgumentParser(prog="python -m bench.burst", description=__doc__)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--folders", type=int, default=10_000)
    options = parser.parse_args(arguments)
    if sys.platform != "linux":
        parser.error("this needs Linux")
    print(machine())
    with tempfile.TemporaryDirectory(prefix="vaultsync-burst-") as folder:
        found = burst(Path(folder), options.files, options.folders)
    rows = [
        (f"start to rest with {options.folders} folders (s)", f"{found.started:.1f}"),
        ("watching by", found.watch),
        (f"saved in the last folder to tidied (s, {QUIET:g} of them quiet)", f"{found.last_folder:.1f}"),
        ("folder moved in to its note tidied (s)", f"{found.moved:.1f}"),
        (f"{options.files} new notes to rest (s)", f"{found.reconciled:.1f}"),
        ("dropped events", str(found.overflows)),
        ("peak memory (MB)", f"{found.peak / 1e6:.0f}"),
        ("notes left untidy", str(len(found.untidy))),
        ("files left uncommitted", str(found.uncommitted)),
        ("notes that `fix` would still change", str(found.left)),
    ]
    print(table(("a burst", ""), rows))
    return 1 if found.untidy or found.uncommitted or found.left else 0


if __name__ == "__main__":
    sys.exit(main())
