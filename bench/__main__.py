"""`python -m bench`: what a person waits for and what it costs, on generated vaults, as tables on stdout.

Each vault is generated, made consistent by `vaultsync fix` and committed; then what a person runs is measured
as a whole process, beside two yardsticks of the same minute: what the C libraries alone take for the same
notes (`bench.floor`), and `git status`. Both ratios are of CPU seconds, which a busy machine lengthens far
less than the others. At the end stands how the cost grows from one size to the next. `--peers` runs other
tools over the same notes. docs/performance.md has the figures.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from bench.generate import SPARSE_SHARE
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
from bench.peers import compare

TARGETS = {
    "warm fix --check": 0.2,
    "warm links": 0.4,
    "warm log": 0.4,
    "vaultsync status": 0.1,
    "vaultsync stop": 0.08,
    "vaultsync --version": 0.08,
    "relinked": 0.15,
    "cold, sparse vault": 1.5,
}
"""Seconds at 10,000 notes (issue 21)."""

FLOOR_TARGET = 6.0
"""Times the C libraries' CPU seconds that a cold look at a dense vault may take."""

SMALL = ("vaultsync status", "vaultsync stop", "vaultsync --version")
"""What takes the same at any size."""

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
        """See `environment`."""
        return environment(self.home)


def prepare(setting: Setting, *how: str) -> float:
    """Generate the vault (`how`: options), make it consistent and commit it; gives its megabytes."""
    vault, env = str(setting.vault), setting.env
    run([PYTHON, "-m", "bench.generate", vault, "--notes", str(setting.notes), *how], env=env)
    run(vaultsync("--vault", vault, "fix", "--no-commit", "--yes"), env=env, ok=(0, 1))
    make_repository(setting.vault, env)
    return sum(path.stat().st_size for path in setting.vault.rglob("*.md")) / 1e6


def floor(setting: Setting) -> float:
    """CPU seconds of the C libraries for the vault's notes, the least of all runs: the first yardstick."""
    argv = [PYTHON, "-m", "bench.floor", str(setting.vault)]
    return min(float(run(argv, env=setting.env).out) for _ in range(setting.runs))


def git_status(setting: Setting) -> Ran:
    """`git status` as people run it: the second yardstick."""
    return repeated(lambda: run(["git", "status"], env=setting.env, cwd=setting.vault), setting.runs)


def processes(setting: Setting) -> str:
    """What a person runs, as whole processes."""
    vault, env = str(setting.vault), setting.env

    def warm(*command: str) -> Ran:
        return repeated(
            lambda: run(vaultsync("--vault", vault, *command), env=env, ok=(0, 1, 2)), setting.runs
        )

    measured = {
        "git status": git_status(setting),
        "cold fix --check": _cold(setting),
        "warm fix --check": warm("fix", "--check"),
        "warm links": warm("links"),
        "warm log": warm("log", "--all"),
        "vaultsync status": warm("status"),
        "vaultsync stop": warm("stop"),
        "vaultsync --version": repeated(lambda: run(vaultsync("--version"), env=env), setting.runs),
    }
    least, status = floor(setting), measured["git status"].cpu
    GROWTH.append((setting.notes, least, measured["cold fix --check"], measured["warm fix --check"]))
    rows = [("the C libraries alone", "", f"{least:.3f}", "1.0", f"{least / status:.1f}", "", "")]
    for name, ran in measured.items():
        rows.append(_row(name, ran, least, status, setting))
    return table(("process", "seconds", "CPU s", "× C libraries", "× git status", "peak MB", "target"), rows)


def _cold(setting: Setting) -> Ran:
    """A look at a vault that this machine has never seen."""

    def cold() -> Ran:
        shutil.rmtree(setting.home / "cache", ignore_errors=True)
        check = vaultsync("--vault", str(setting.vault), "fix", "--check")
        return run(check, env=setting.env, ok=(0, 1))

    return repeated(cold, setting.runs)


def sparse(setting: Setting) -> str:
    """A vault of the same size in which few notes mention papers, as in most vaults."""
    with tempfile.TemporaryDirectory(prefix="vaultsync-bench-sparse-") as folder:
        other = Setting(Path(folder) / "vault", Path(folder) / "home", setting.notes, setting.runs)
        prepare(other, "--conferences", str(SPARSE_SHARE))
        least, status = floor(other), git_status(other).cpu
        rows = [_row("cold, sparse vault", _cold(other), least, status, other)]
    return table(("process", "seconds", "CPU s", "× C libraries", "× git status", "peak MB", "target"), rows)


GROWTH: list[tuple[int, float, Ran, Ran]] = []
"""Of each size: notes, the floor, a cold and a warm look."""


def growth() -> str:
    """How the cost of a note changes with the number of notes; 1.0 would be in step with it."""
    rows = []
    first = GROWTH[0]
    for notes, least, cold, warm in GROWTH:
        cells = [f"{notes:,}"]
        for now, then in ((least, first[1]), (cold.cpu, first[2].cpu), (warm.cpu, first[3].cpu)):
            cells += [f"{now / notes * 1e6:.0f}", f"{(now / notes) / (then / first[0]):.2f}"]
        rows.append(cells)
    head = ("notes", "C µs a note", "×", "cold µs a note", "×", "warm µs a note", "×")
    return table(head, rows)


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
    "sparse": sparse,
    "commit": commit,
    "relink": relink,
}


def _inside(name: str, setting: Setting) -> list[Timed]:
    ran = run([PYTHON, "-m", "bench.inside", name, str(setting.vault)], env=setting.env)
    return msgspec.json.decode(ran.out, type=list[Timed])


def _row(name: str, ran: Ran, least: float, status: float, setting: Setting) -> tuple[str, ...]:
    own = own_peak()
    memory = f"{ran.peak / 1e6:.0f}" if ran.peak > own else f"< {own / 1e6:.0f}"
    ratio = ran.cpu / least
    ratios = f"{ratio:.1f}", f"{ran.cpu / status:.1f}"
    target = _target(name, ran.seconds, setting)
    if name == "cold fix --check":
        target = _verdict(f"{FLOOR_TARGET:g} × C libraries", kept=ratio <= FLOOR_TARGET)
    return name, f"{ran.seconds:.3f}", f"{ran.cpu:.3f}", *ratios, memory, target


def _target(name: str, seconds: float, setting: Setting) -> str:
    target = TARGETS.get(name)
    if target is None or (setting.notes != 10_000 and name not in SMALL):
        return ""
    return _verdict(f"{target:g} s", kept=seconds <= target)


def _verdict(limit: str, *, kept: bool) -> str:
    return f"≤ {limit} {'kept' if kept else 'MISSED'}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, which a missed target does not change: machines are busy."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--notes", default="1000,10000", help="sizes of the vaults (1000,10000)")
    parser.add_argument("--only", choices=MEASURES, help="one of the tables")
    parser.add_argument("--peers", action="store_true", help="other tools over as many notes, instead")
    parser.add_argument("--runs", type=int, default=5, help="of which the median counts (5)")
    options = parser.parse_args(arguments)
    try:
        sizes = [int(size) for size in options.notes.split(",")]
    except ValueError:
        parser.error("--notes takes numbers with commas between them")
    if min(sizes) < 40 or options.runs < 1:
        parser.error("a vault has at least 40 notes, and each measure at least one run")
    print(machine())
    if options.peers:
        for notes in sizes:
            print(f"\n{compare(notes, options.runs)}", flush=True)
        return 0
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
    if len(GROWTH) > 1:
        print(f"\n## Growth\n\n{growth()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
