"""`python -m bench`: the numbers of the design's section 11 for generated vaults, as tables on stdout.

Each vault is generated, made consistent by `vaultsync fix` and committed; then what a person runs is measured
as a whole process, beside two yardsticks of the same minute: reading the bytes, and `git status`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from bench.inside import Timed
from bench.measure import (
    PYTHON,
    Failed,
    Ran,
    environment,
    machine,
    make_repository,
    median,
    own_peak,
    repeated,
    run,
    table,
    vaultsync,
)

TARGETS = {"cold fix --check": 1.5, "warm fix --check": 0.25, "vaultsync --version": 0.08, "relinked": 0.15}
"""Seconds at 10,000 notes (design, section 11)."""

COMMIT_TARGET = 3.0
"""Times `git status` that a commit of five notes may take, at 10,000 notes and more (issue 5)."""


class Setting(msgspec.Struct, frozen=True):
    """A vault to measure: its folder, what stands beside it, how many notes it has, how often to measure."""

    vault: Path
    home: Path
    notes: int
    runs: int

    @property
    def env(self) -> Mapping[str, str]:
        """With bytecode that is kept, as an installed package has it, wherever these sources stand."""
        return {
            **environment(self.home),
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.home / "bytecode"),
        }


def prepare(setting: Setting) -> float:
    """Generate the vault, make it consistent and commit it; gives its megabytes."""
    vault, env = str(setting.vault), setting.env
    run([PYTHON, "-m", "bench.generate", vault, "--notes", str(setting.notes)], env=env)
    run(vaultsync("--vault", vault, "fix", "--no-commit", "--yes"), env=env, ok=(0, 1))
    make_repository(setting.vault, env)
    return sum(path.stat().st_size for path in setting.vault.rglob("*.md")) / 1e6


def read_bytes(setting: Setting) -> float:
    """Seconds to read every note's bytes, one after the other, their names known: the first yardstick."""
    paths = [str(path) for path in setting.vault.rglob("*.md")]

    def read() -> float:
        begun = time.perf_counter()
        for path in paths:
            with open(path, "rb", buffering=0) as file:
                file.read()
        return time.perf_counter() - begun

    return median([read() for _ in range(setting.runs)])


def git_status(setting: Setting) -> Ran:
    """`git status` as people run it: the second yardstick."""
    return repeated(lambda: run(["git", "status"], env=setting.env, cwd=setting.vault), setting.runs)


def processes(setting: Setting) -> str:
    """What a person runs, as whole processes."""
    vault, env = str(setting.vault), setting.env
    check = vaultsync("--vault", vault, "fix", "--check")

    def cold() -> Ran:
        shutil.rmtree(setting.home / "cache", ignore_errors=True)
        return run(check, env=env, ok=(0, 1))

    reading, status = read_bytes(setting), git_status(setting)
    rows = [_row("reading the bytes", reading, None, reading, status.seconds, setting)]
    measured = {
        "git status": status,
        "cold fix --check": repeated(cold, setting.runs),
        "warm fix --check": repeated(lambda: run(check, env=env, ok=(0, 1)), setting.runs),
        "vaultsync --version": repeated(lambda: run(vaultsync("--version"), env=env), setting.runs),
    }
    for name, ran in measured.items():
        rows.append(_row(name, ran.seconds, ran, reading, status.seconds, setting))
    return table(("process", "seconds", "CPU s", "× reading", "× git status", "peak MB", "target"), rows)


def stages(setting: Setting) -> str:
    """The stages of a cold run, inside one process."""
    runs = [_inside("stages", setting) for _ in range(setting.runs)]
    times = {timed.name: median([run[i].seconds for run in runs]) for i, timed in enumerate(runs[0])}
    total = sum(times.values())
    rows = [
        (name, f"{seconds:.3f}", f"{seconds / total:.0%}", f"{seconds / setting.notes * 1e6:.0f}")
        for name, seconds in {**times, "together": total}.items()
    ]
    return table(("stage", "seconds", "share", "µs a note"), rows)


def relink(setting: Setting) -> str:
    """One paper note was added that three conference notes name: a warm process links it."""
    planned, written = _inside("relink", setting)
    rows = [
        ("planned", f"{planned.seconds:.3f}", ""),
        ("written", f"{written.seconds:.3f}", _target("relinked", written.seconds, setting)),
    ]
    return table(("relinking after one new paper", "seconds", "target"), rows)


def commit(setting: Setting) -> str:
    """A commit of five changed notes by the adapter, beside `git status`."""
    status, done = _inside("commit", setting)
    ratio, in_cpu = done.seconds / status.seconds, done.cpu / status.cpu
    target = _verdict(f"{COMMIT_TARGET:g} ×", kept=ratio <= COMMIT_TARGET) if setting.notes >= 10_000 else ""
    rows = [
        (status.name, f"{status.seconds:.3f}", "1.0", "", f"{status.cpu:.3f}", "1.0"),
        (done.name, f"{done.seconds:.3f}", f"{ratio:.1f}", target, f"{done.cpu:.3f}", f"{in_cpu:.1f}"),
    ]
    return table(("git", "seconds", "× git status", "target", "CPU s", "× its CPU s"), rows)


# Those that change the vault stand last.
MEASURES: dict[str, Callable[[Setting], str]] = {
    "processes": processes,
    "stages": stages,
    "commit": commit,
    "relink": relink,
}


def _inside(name: str, setting: Setting) -> list[Timed]:
    ran = run([PYTHON, "-m", "bench.inside", name, str(setting.vault)], env=setting.env)
    return msgspec.json.decode(ran.out, type=list[Timed])


def _row(
    name: str, seconds: float, ran: Ran | None, reading: float, status: float, setting: Setting
) -> tuple[str, ...]:
    cpu = "" if ran is None else f"{ran.cpu:.3f}"
    floor = own_peak()
    memory = "" if ran is None else f"{ran.peak / 1e6:.0f}" if ran.peak > floor else f"< {floor / 1e6:.0f}"
    ratios = f"{seconds / reading:.1f}", f"{seconds / status:.1f}"
    return name, f"{seconds:.3f}", cpu, *ratios, memory, _target(name, seconds, setting)


def _target(name: str, seconds: float, setting: Setting) -> str:
    target = TARGETS.get(name)
    if target is None or (setting.notes != 10_000 and name != "vaultsync --version"):
        return ""
    return _verdict(f"{target:g} s", kept=seconds <= target)


def _verdict(limit: str, *, kept: bool) -> str:
    return f"≤ {limit} {'kept' if kept else 'MISSED'}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, which a missed target does not change: machines are busy."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--notes", default="1000,10000", help="sizes of the vaults (1000,10000)")
    parser.add_argument("--only", choices=MEASURES, help="one of the tables")
    parser.add_argument("--runs", type=int, default=5, help="of which the median counts (5)")
    options = parser.parse_args(arguments)
    try:
        sizes = [int(size) for size in options.notes.split(",")]
    except ValueError:
        parser.error("--notes takes numbers with commas between them")
    if min(sizes) < 40 or options.runs < 1:
        parser.error("a vault has at least 40 notes, and each measure at least one run")
    print(machine())
    for notes in sizes:
        with tempfile.TemporaryDirectory(prefix="vaultsync-bench-") as folder:
            setting = Setting(Path(folder) / "vault", Path(folder) / "home", notes, options.runs)
            try:
                size = prepare(setting)
                print(f"\n## {notes:,} notes, {size:.1f} MB; medians of {options.runs}", flush=True)
                for name in [options.only] if options.only else MEASURES:
                    print(f"\n{MEASURES[name](setting)}", flush=True)
            except Failed as error:
                print(f"bench: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
