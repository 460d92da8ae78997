"""What the views of a large vault cost, as a table on stdout: `python -m bench.views --notes 10000`.

The vault is generated, made consistent by `vaultsync fix` and committed; then each view is made as a whole
process, of the longest conference note where it is one note's. `first` is the first time after a change of
the vault, `again` the median of those after it, in which no note has changed; a file that is written is as it
should be then. Bounds are of CPU seconds, at 10,000 notes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.__main__ import Setting, prepare
from bench.measure import Failed, Ran, machine, run, table, vaultsync

BOUND = 0.5
"""CPU seconds of a view of a vault of 10,000 notes in which nothing has changed (issue 20)."""

OF_ALL = "all papers"
"""Views that print something of each paper: what they print costs too, so they have no bound."""


def views(note: str) -> list[tuple[str, Sequence[str]]]:
    """What is measured: a command and its arguments; a name ends in `OF_ALL` where it is of all papers."""
    name = note.rpartition("/")[2].removesuffix(".md")
    return [
        ("views install", ("views", "install")),
        ("views embed NOTE", ("views", "embed", name)),
        ("report NOTE", ("report", name)),
        ("canvas NOTE", ("canvas", name)),
        ("export NOTE", ("export", name)),
        ("export NOTE --missing", ("export", name, "--missing")),
        (f"export --all, {OF_ALL}", ("export", "--all")),
        (f"links --reading, {OF_ALL}", ("links", "--reading")),
    ]


def measured(setting: Setting) -> str:
    """The table of one vault."""
    vault, env = setting.vault, setting.env
    conferences = (vault / "Conferences").rglob("*.md")
    note = max(conferences, key=lambda path: (path.stat().st_size, path)).relative_to(vault).as_posix()

    def made(command: Sequence[str]) -> Ran:
        return run(vaultsync("--vault", str(vault), *command), env=env, ok=(0, 1))

    rows = []
    for name, command in views(note):
        made(("fix", "--yes"))  # what the view before has written is known, as after a daemon's cycle
        first = made(command)
        made(("fix", "--yes"))
        again = sorted((made(command) for _ in range(setting.runs)), key=lambda ran: ran.cpu)
        middle = again[len(again) // 2]
        bound = ""
        if setting.notes == 10_000 and not name.endswith(OF_ALL):
            bound = f"≤ {BOUND:g} CPU s {'kept' if middle.cpu <= BOUND else 'MISSED'}"
        cells = f"{first.cpu:.2f}", f"{middle.cpu:.2f}", f"{middle.seconds:.2f}", f"{middle.peak / 1e6:.0f}"
        rows.append((name, *cells, bound))
    return table(("view", "first, CPU s", "again, CPU s", "seconds", "peak MB", "bound"), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, which a missed bound does not change: machines are busy."""
    parser = argparse.ArgumentParser(prog="python -m bench.views", description=__doc__)
    parser.add_argument("--notes", default="1000,10000", help="sizes of the vaults (1000,10000)")
    parser.add_argument("--runs", type=int, default=5, help="of which the median counts (5)")
    options = parser.parse_args(arguments)
    print(machine())
    for notes in map(int, options.notes.split(",")):
        with tempfile.TemporaryDirectory(prefix="vaultsync-views-") as folder:
            setting = Setting(Path(folder) / "vault", Path(folder) / "home", notes, options.runs)
            try:
                prepare(setting)
                print(f"\n## {notes:,} notes; medians of {options.runs}\n\n{measured(setting)}", flush=True)
            except Failed as error:
                print(f"bench: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
