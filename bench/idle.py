"""`python -m bench.idle --notes 10000 --minutes 60`: what a daemon costs while nothing happens, and per save.

On a generated vault in a repository a daemon is started and left alone: its CPU time, memory, threads and
open files are read from /proc at the start and at the end of the idle time. Then one note after the other is
saved: how long from the moment at which it has settled until it is written, and how long the whole run took.
Linux only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from bench.generate import generate
from bench.measure import environment, machine, make_repository, median, run, table, vaultsync

QUIET = 0.5
"""Seconds in which a note settles here."""
PAPER = "IdleBench9"
"""A paper that no other note names."""
_PATIENCE = 60.0
_POLL = 0.001


class Use(msgspec.Struct, frozen=True):
    """What a process has used and holds: CPU seconds, resident bytes, threads, open files."""

    cpu: float
    memory: int
    peak: int
    threads: int
    files: int


class Saved(msgspec.Struct, frozen=True):
    """Seconds from the settling of a saved note until it was written, and those of the whole run."""

    written: float
    run: float


class Running:
    """A daemon on a vault that is in order."""

    def __init__(self, vault: Path, home: Path, *, commit: bool) -> None:
        self.vault = vault
        self.env = environment(home)
        settings = vault / ".vaultsync" / "config.toml"
        settings.parent.mkdir(exist_ok=True)
        switch = str(commit).lower()
        settings.write_text(f"[watch]\nquiet = {QUIET}\n[git]\ncommit = {switch}\n", encoding="utf-8")
        self.process = subprocess.Popen(
            vaultsync("daemon", "--vault", str(vault)),
            env=self.env,
            stderr=subprocess.DEVNULL,
        )
        self.began = time.perf_counter()

    def status(self) -> dict[str, Any]:
        told = run(vaultsync("status", "--json", "--vault", str(self.vault)), env=self.env, ok=(0, 1)).out
        found: dict[str, Any] = msgspec.json.decode(told)
        return found

    def await_idle(self) -> float:
        """Wait until all is done; gives the seconds since the start."""
        give_up = time.monotonic() + _PATIENCE
        while (told := self.status()).get("state") != "idle" or told["pending_count"]:
            if time.monotonic() > give_up or self.process.poll() is not None:
                raise RuntimeError(f"the daemon does not come to rest: {told}")
            time.sleep(0.1)
        return time.perf_counter() - self.began

    def use(self) -> Use:
        """What the daemon has used up to now; see proc(5)."""
        folder = Path("/proc") / str(self.process.pid)
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        lines = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        return Use(
            ticks / os.sysconf("SC_CLK_TCK"),
            int(lines["VmRSS"].split()[0]) * 1024,
            int(lines["VmHWM"].split()[0]) * 1024,
            int(lines["Threads"]),
            len(os.listdir(folder / "fd")),
        )

    def save(self, path: Path, line: str) -> Saved:
        """Add a line that will be linked to a note; times what follows."""
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{text.rstrip()}\n{line}\n", encoding="utf-8")
        settled = time.perf_counter() + QUIET
        before = path.stat().st_ino
        last = self.status().get("last_run")
        give_up = time.perf_counter() + _PATIENCE
        while path.stat().st_ino == before:
            if time.perf_counter() > give_up:
                raise RuntimeError(f"{path} was not written: {self.status()}")
            time.sleep(_POLL)
        written = time.perf_counter() - settled
        while (told := self.status()["last_run"]) == last:
            time.sleep(_POLL)
        return Saved(written, told["seconds"])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def measure(vault: Path, home: Path, minutes: float, saves: int, *, commit: bool) -> list[tuple[str, str]]:
    """Rows of a table: the idle time, then the saves."""
    running = Running(vault, home, commit=commit)
    try:
        started = running.await_idle()
        time.sleep(3)
        before = running.use()
        time.sleep(minutes * 60)
        after = running.use()
        conferences = sorted((vault / "Conferences").rglob("*.md"))[:saves]
        done = [running.save(note, f"## Talk: {n}\n- as {PAPER} does") for n, note in enumerate(conferences)]
        running.await_idle()
        end = running.use()
    finally:
        running.stop()
    share = (after.cpu - before.cpu) / (minutes * 60)
    return [
        ("start to rest (s)", f"{started:.2f}"),
        ("idle CPU (%)", f"{100 * share:.4f}"),
        ("memory at rest (MB)", f"{before.memory / 1e6:.0f}"),
        ("memory after idling (MB)", f"{after.memory / 1e6:.0f}"),
        ("memory after the saves (MB)", f"{end.memory / 1e6:.0f}"),
        ("peak memory (MB)", f"{end.peak / 1e6:.0f}"),
        ("threads before and after", f"{before.threads} {after.threads} {end.threads}"),
        ("open files before and after", f"{before.files} {after.files} {end.files}"),
        ("settled to written, median (ms)", f"{1000 * median([s.written for s in done]):.0f}"),
        ("settled to written, worst (ms)", f"{1000 * max(s.written for s in done):.0f}"),
        ("the whole run, median (ms)", f"{1000 * median([s.run for s in done]):.0f}"),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.idle", description=__doc__)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--saves", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if sys.platform != "linux":
        parser.error("this needs Linux")
    print(machine())
    with tempfile.TemporaryDirectory(prefix="vaultsync-idle-") as folder:
        vault, home = Path(folder) / "vault", Path(folder) / "home"
        home.mkdir()
        generate(vault, notes=options.notes, seed=options.seed)
        env = environment(home)
        make_repository(vault, env)
        # An own paper for the saves, so that each of them has something to link.
        (vault / "Papers" / f"{PAPER}.md").write_text(f"---\ntitle: {PAPER}\ntags: paper\n---\n")
        run(vaultsync("fix", "--yes", "--vault", str(vault)), env=env, ok=(0, 1))
        columns = [
            measure(vault, home, options.minutes, options.saves, commit=commit) for commit in (True, False)
        ]
    rows = [(name, one, other) for (name, one), (_, other) in zip(*columns, strict=True)]
    print(table((f"{options.notes} notes", "with commits", "without"), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
