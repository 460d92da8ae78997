"""Measuring: commands as whole processes (seconds, peak memory, exit code), medians, tables of plain text.

The process that measures must stay small: Linux counts what the parent had in memory at the start of a child
as that child's peak (`ru_maxrss` survives exec). So nothing here imports vaultsync.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

PYTHON = sys.executable
PROJECT = Path(__file__).resolve().parent.parent


class Ran(msgspec.Struct, frozen=True):
    """A finished process: seconds from start to end and of the processor, peak bytes of memory, what it left.

    A busy machine lengthens the seconds from start to end, and hardly those of the processor.
    """

    seconds: float
    cpu: float
    peak: int
    code: int
    out: bytes
    err: bytes


class Failed(Exception):
    """A measured command ended with another exit code than it should have."""


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path = PROJECT,
    ok: Sequence[int] = (0,),
    stdin: bytes = b"",
) -> Ran:
    """Run a command to its end; raises `Failed` for an exit code that isn't `ok`.

    What it says goes into files and not into pipes, so that no reader shares its time.
    """
    with TemporaryFile() as out, TemporaryFile() as err, TemporaryFile() as told:
        told.write(stdin)
        told.seek(0)
        begun = time.perf_counter()
        child = subprocess.Popen(argv, env=env, cwd=cwd, stdin=told, stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)  # it was waited for here, not by `subprocess`
        out.seek(0)
        err.seek(0)
        cpu = usage.ru_utime + usage.ru_stime
        ran = Ran(seconds, cpu, usage.ru_maxrss * _RSS_UNIT, child.returncode, out.read(), err.read())
    if ran.code not in ok:
        said = (ran.err or ran.out).decode(errors="replace").strip()
        raise Failed(f"{' '.join(argv)}: exit code {ran.code}\n{said}")
    return ran


def vaultsync(*args: str) -> list[str]:
    """The command line of the tool under test."""
    return [PYTHON, "-m", "vaultsync", *args]


def environment(home: Path) -> dict[str, str]:
    """The environment of a process that has its own cache, state and configuration, and git an identity.

    Its bytecode is kept, as an installed package has it, wherever these sources stand.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "VAULTSYNC_"))}
    return {
        **kept,
        "PYTHONPATH": str(PROJECT),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "NO_COLOR": "1",
    }


def agree(vault: Path, env: Mapping[str, str]) -> None:
    """Agree, for processes in this environment, that rules change the vault's notes."""
    give = "import sys, pathlib; from vaultsync.vault.consent import give_consent as give; "
    run([PYTHON, "-c", f"{give}give(pathlib.Path(sys.argv[1]))", str(vault)], env=env)


def make_repository(vault: Path, env: Mapping[str, str]) -> None:
    """Make a folder a repository with all that stands in it committed, as it is after some days of use.

    Git has packed the objects, and made the 256 folders for the next ones (20 ms of each early commit).
    """
    for args in (
        ("init", "--quiet", "--initial-branch=main"),
        ("config", "user.name", "Bench"),
        ("config", "user.email", "bench@example.net"),
        ("config", "gc.auto", "0"),  # else it starts in the background in the middle of a measurement
        ("config", "core.autocrlf", "false"),
        ("add", "--all"),
        ("commit", "--quiet", "--message=as found"),
        ("gc", "--quiet"),
    ):
        run(["git", *args], env=env, cwd=vault)
    for number in range(256):
        (vault / ".git" / "objects" / f"{number:02x}").mkdir(exist_ok=True)


def own_peak() -> int:
    """The peak of the process that measures, in bytes: a child's can't be told if it is smaller."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def repeated(measure: Callable[[], Ran], runs: int) -> Ran:
    """The run of the median time of `runs`, with the highest peak of all."""
    done = sorted((measure() for _ in range(runs)), key=lambda ran: ran.seconds)
    return msgspec.structs.replace(done[len(done) // 2], peak=max(ran.peak for ran in done))


def machine() -> str:
    """One line on where this was measured."""
    git = subprocess.run(["git", "--version"], capture_output=True, check=True, text=True).stdout.split()[-1]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} cores ({platform.machine()}), {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, git {git}, load {os.getloadavg()[0]:.1f}"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under a head: the first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = []
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


# getrusage(2): kilobytes on Linux, bytes on macOS.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
