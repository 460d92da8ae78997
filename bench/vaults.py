"""`python -m bench.vaults FOLDER…`: what a first run does to vaults that nobody here wrote, on copies.

For each: the share of notes that change, by rule; whether a second run is silent; whether `undo` gives the
bytes back; problems by rule; processor time and peak memory of the first run.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from bench.measure import environment, make_repository, run, table, vaultsync


class Seen(msgspec.Struct, frozen=True):
    """What became of one vault; `second` are the notes that a second run would change, `lost` is undo's."""

    name: str
    notes: int
    changed: int
    rules: Counter[str]
    problems: Counter[str]
    second: int
    lost: int
    cpu: float
    peak: int


def first_run(source: Path, work: Path) -> Seen:
    """Fix a copy of the vault at `source` in the empty folder `work`."""
    vault, env = work / "vault", environment(work / "home")
    shutil.copytree(source, vault, ignore=shutil.ignore_patterns(".git"), symlinks=True)
    (vault / ".obsidian").mkdir(exist_ok=True)
    make_repository(vault, env)
    before = _notes(vault)
    ran = run(vaultsync("--vault", str(vault), "fix", "--yes", "--json"), env=env, ok=(0, 1))
    report = msgspec.json.decode(ran.out)["data"]
    again = run(vaultsync("--vault", str(vault), "fix", "--check", "--json"), env=env, ok=(0, 1))
    second = msgspec.json.decode(again.out)["data"]["changes"]
    if report["changes"]:
        run(vaultsync("--vault", str(vault), "undo"), env=env, ok=(0, 1))
    after = _notes(vault)
    changes: list[dict[str, Any]] = report["changes"]
    return Seen(
        source.name,
        report["notes"],
        len(changes),
        Counter(rule for change in changes for rule in change["rules"]),
        Counter(problem["rule"] for problem in report["problems"]),
        len(second),
        sum(before.get(path) != data for path, data in after.items()),
        ran.cpu,
        ran.peak,
    )


def _notes(vault: Path) -> dict[str, bytes]:
    found = (path for path in vault.rglob("*.md") if path.is_file() and not path.is_symlink())
    return {path.relative_to(vault).as_posix(): path.read_bytes() for path in found}


def report(seen: Sequence[Seen]) -> str:
    """The table."""
    rows = [
        (
            vault.name,
            f"{vault.notes:,}",
            f"{vault.changed} ({vault.changed / max(1, vault.notes):.1%})",
            ", ".join(f"{rule} {count}" for rule, count in vault.rules.most_common(6)),
            str(vault.second),
            "exact" if not vault.lost else f"{vault.lost} differ",
            ", ".join(f"{rule} {count}" for rule, count in vault.problems.most_common(5)),
            f"{vault.cpu:.1f} s, {vault.peak / 1e6:.0f} MB",
        )
        for vault in seen
    ]
    head = ("vault", "notes", "changed", "by rule", "second run", "undo", "problems", "CPU, memory")
    return table(head, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code: 1 where a second run changes something, or undo does."""
    parser = argparse.ArgumentParser(prog="python -m bench.vaults", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    seen = []
    for folder in parser.parse_args(arguments).folders:
        with tempfile.TemporaryDirectory(prefix="vaultsync-vaults-") as work:
            seen.append(first_run(folder.resolve(), Path(work)))
    print(report(seen))
    return 1 if any(vault.second or vault.lost for vault in seen) else 0


if __name__ == "__main__":
    sys.exit(main())
