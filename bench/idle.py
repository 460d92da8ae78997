"""`python -m bench.idle --notes 10000 --minutes 60`: what a daemon costs while nothing happens.

On a generated vault in a repository a daemon is started and left alone: its CPU time, memory, threads and
open files are read from /proc each minute, and once more after some saves. What a save costs is told by
`bench.latency`. Linux only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.generate import generate
from bench.measure import environment, machine, make_repository, run, table, vaultsync
from bench.running import Running, Use

QUIET = 0.5
"""Seconds in which a note settles here."""
_SETTINGS = f"[watch]\nquiet = {QUIET}\n"
_START = 600.0
_SAVES = 20


def measure(vault: Path, home: Path, minutes: float) -> tuple[float, list[Use], Use]:
    """Seconds from start to rest; the use at the start, each minute and at the end; that after some saves."""
    running = Running(vault, environment(home), _SETTINGS)
    try:
        started = running.await_rest(_START)
        time.sleep(3)
        begun = time.monotonic()
        uses = [running.use()]
        while (left := begun + minutes * 60 - time.monotonic()) > 0:
            time.sleep(min(left, 60))
            uses.append(running.use())
        for note in sorted((vault / "Papers").rglob("*.md"))[:_SAVES]:
            note.write_text(f"{note.read_text(encoding='utf-8').rstrip()}\n\nRead again.\n", encoding="utf-8")
            time.sleep(2 * QUIET)
            running.await_rest()
        return started, uses, running.use()
    finally:
        running.stop()


def rows(started: float, uses: list[Use], end: Use) -> list[tuple[str, ...]]:
    """The table: values at the start of the idle time, the highest in it, at its end, and after the saves."""
    first, last = uses[0], uses[-1]

    def row(name: str, values: Sequence[float]) -> tuple[str, ...]:
        return name, *(f"{value:.0f}" for value in (values[0], max(values[:-1]), *values[-2:]))

    watched = [*uses, end]
    return [
        ("seconds from start to rest", f"{started:.1f}", "", "", ""),
        ("CPU seconds", f"{first.cpu:.2f}", "", f"{last.cpu:.2f}", f"{end.cpu:.2f}"),
        row("memory (MB)", [use.memory / 1e6 for use in watched]),
        row("threads", [use.threads for use in watched]),
        row("open files", [use.files for use in watched]),
        (
            "peak memory (MB)",
            f"{first.peak / 1e6:.0f}",
            "",
            f"{last.peak / 1e6:.0f}",
            f"{end.peak / 1e6:.0f}",
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.idle", description=__doc__)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=1.0)
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
        run(vaultsync("fix", "--no-commit", "--yes", "--vault", str(vault)), env=env, ok=(0, 1))
        make_repository(vault, env)
        started, uses, end = measure(vault, home, options.minutes)
    share = (uses[-1].cpu - uses[0].cpu) / (options.minutes * 60)
    head = (
        f"{options.notes} notes",
        "before",
        "highest",
        f"after {options.minutes:g} min",
        f"{_SAVES} saves",
    )
    print(table(head, rows(started, uses, end)))
    print(f"idle: {100 * share:.4f} % of a processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
