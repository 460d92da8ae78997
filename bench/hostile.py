"""`python -m bench.hostile`: what a stranger's vault can make the tool do, and for how long (promise P8).

Each shape of `bench.shapes` is grown to n, 2n and 4n. Each is a process of its own with limits of time and
memory, beside a folder that nothing may touch: a fork of one that has all imported, or with `--fresh` a new
one, whose start takes longer than most shapes. Printed is each shape that takes more than a start does: CPU
seconds, memory over the start's, and the exponent with which its time grows (1 is linear). The run fails on
an exit code 3, a traceback, a limit, a touched file, or an exponent over `MOST` where the time can tell one.

With `--full` each shape is grown as large as its kind may be (a note of 5 MB, an import of 10 MB, an answer
of 3 MB, settings as they are read), at once, and fails if it takes more than `SECONDS` or `MEGABYTES` over
the start.

The requests to the daemon's API (`bench.hostile_requests`) are put to one daemon, one after the other.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from bench.hostile_answers import serving
from bench.hostile_requests import asked_daemon, requests
from bench.measure import environment
from bench.shapes import ANSWER, CHECK, Files, Shape, note, shapes

MOST = 1.2
"""An exponent over this is not linear; caches and memory alone cost some hundredths more than 1."""
TELLING = 0.4
"""CPU seconds over a start's: less says nothing about growth."""
DOUBTFUL = 5.0
"""Seconds below which an exponent that is too large is measured once more."""
CPU, WALL, MEMORY = 120, 900, 3 << 30
SECONDS, MEGABYTES = 2.0, 100.0
"""What the largest of a kind may take over a start, of the processor's time and of memory."""
NOTES = 5_000
"""Files of a shape of many: each has its part of the time of a run."""
NOTE, IMPORT, ANSWER_SIZE, OTHER = 5_000_000, 10_000_000, 3_000_000, 1_000_000
"""Bytes of the largest of a kind; more is refused by its size."""
_PAPERS = re.compile(r"([\d,]+) (?:would be (?:new|completed)|unchanged|records? of a paper)")


class Ran(msgspec.Struct, frozen=True):
    """One process: its exit code, CPU seconds, megabytes at most, what it printed last, papers it read."""

    code: int
    cpu: float
    megabytes: float
    said: str
    papers: int = 0


class Finding(msgspec.Struct, frozen=True):
    """What came of one shape; `faults` is empty where all is well."""

    name: str
    cpu: float
    megabytes: float
    exponent: float
    size: int
    faults: tuple[str, ...]
    papers: int = 0


class Stage:
    """A folder for vaults, with a home, and a canary that nothing may touch."""

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        self.folder = folder
        self.canary = folder / "canary"
        for path in ("home/.ssh/id_rsa", "notes/a.md", ".git/config"):
            file = self.canary / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("untouched\n")
        self._before = self._look()
        self._start = _start_fresh if fresh else _fork
        if not fresh:
            _import_all()

    def run(self, files: Files, command: Sequence[str]) -> Ran:
        """The command on a new vault with these files, and with the server that one of them may stand for."""
        with _deep_folder(self.folder) as name, serving(files.get(ANSWER, b"")) as url:
            root = name / "vault"
            (root / ".obsidian").mkdir(parents=True)
            for path, data in files.items():
                if path != ANSWER:
                    _write(root, path, data)
            home = name / "home"
            home.mkdir()
            with tempfile.TemporaryFile() as said:
                had = 0.0 if self._start is _start_fresh else _resident()
                return _ended(self._start(root, home, command, said, url), said, had)

    def touched(self) -> bool:
        """Whether anything beside the vaults is other than it was."""
        return self._look() != self._before

    def _look(self) -> list[tuple[str, int, bytes]]:
        files = sorted(path for path in self.canary.rglob("*") if path.is_file())
        return [(str(path), path.stat().st_mtime_ns, path.read_bytes()) for path in files]


@contextmanager
def _deep_folder(place: Path) -> Iterator[Path]:
    """A folder that goes again, however deep what is in it: `rmtree` calls itself for each folder."""
    folder = Path(tempfile.mkdtemp(dir=place))
    try:
        yield folder
    finally:
        usual = sys.getrecursionlimit()
        sys.setrecursionlimit(10_000)
        shutil.rmtree(folder)
        sys.setrecursionlimit(usual)


def measure(stage: Stage, shape: Shape, scale: float, start: Ran) -> Finding:
    """Run the shape, at all three sizes where the largest takes long enough."""
    n = max(1, int(shape.steps * scale))
    largest = shape.grow(4 * n)
    size = sum(map(len, largest.values()))
    runs = [stage.run(largest, shape.command)]
    cpu = runs[0].cpu - start.cpu
    exponent = math.nan
    if cpu > TELLING and runs[0].code in (0, 1, 2):
        runs += (stage.run(shape.grow(factor * n), shape.command) for factor in (2, 1))
        over = [max(ran.cpu - start.cpu, 0.01) for ran in runs]
        exponent = math.log2(over[0] / over[2]) / 2 if over[2] > TELLING / 4 else math.log2(over[0] / over[1])
        if exponent > MOST and over[0] < DOUBTFUL:  # so short that a busy machine may have made it
            again = [stage.run(shape.grow(factor * n), shape.command).cpu - start.cpu for factor in (4, 2)]
            exponent = min(exponent, math.log2(max(again[0], 0.01) / max(again[1], 0.01)))
    faults = [fault for ran in runs for fault in _faults(ran)]
    if exponent > MOST:
        faults.append(f"exponent {exponent:.2f}")
    if stage.touched():
        faults.append("touched a file outside the vault")
    most = max(ran.megabytes for ran in runs) - start.megabytes
    faults += [f"over {MEGABYTES:g} MB"] * (most > MEGABYTES)
    return Finding(shape.name, cpu, most, exponent, size, tuple(dict.fromkeys(faults)))


def chosen(part: str, every: int) -> list[Shape]:
    """The shapes whose name has `part`, one in `every` of them."""
    return [shape for shape in shapes() if part in shape.name][::every]


def measure_largest(stage: Stage, shape: Shape, start: Ran) -> Finding:
    """Run the shape as large as its kind may be."""
    limit = NOTE if shape.command == CHECK else IMPORT
    if shape.name.startswith(("settings", "obsidian", "template", "decisions", "names", "folders")):
        limit = OTHER
    if shape.name.startswith("answer"):
        limit = ANSWER_SIZE
    files = _largest(shape, limit)
    ran = stage.run(files, shape.command)
    cpu, most = ran.cpu - start.cpu, ran.megabytes - start.megabytes
    faults = _faults(ran)
    faults += [f"over {SECONDS:g} s"] * (cpu > SECONDS)
    faults += [f"over {MEGABYTES:g} MB"] * (most > MEGABYTES)
    if stage.touched():
        faults.append("touched a file outside the vault")
    size = sum(map(len, files.values()))
    return Finding(shape.name, cpu, most, math.nan, size, tuple(faults), ran.papers)


def _largest(shape: Shape, limit: int) -> Files:
    """The shape with files of at most so many bytes, and at most `NOTES` of them."""
    files, n = shape.grow(shape.steps), shape.steps
    for _ in range(12):
        size, grown = (
            max(map(len, files.values())),
            max(1, int(n * limit * 0.99 / max(map(len, files.values())))),
        )
        if len(files) > 50:  # a shape of many notes
            return shape.grow(min(4 * n, NOTES))
        if size <= limit and grown < n * 1.02:
            break
        bigger = shape.grow(grown)
        if max(map(len, bigger.values())) == size:  # it stays as it is, however large `n`
            break
        files, n = bigger, grown
    return files if max(map(len, files.values())) <= limit else shape.grow(4 * shape.steps)


def measure_requests(folder: Path, part: str, every: int, scale: float, *, full: bool) -> list[Finding]:
    """Put the requests whose name has `part` to a daemon, one in `every` of them."""
    wanted = [one for one in requests() if part in one[0]][::every]
    if not wanted or sys.platform != "linux":
        return []
    vault, home = folder / "asked", folder / "asked.home"
    (vault / ".obsidian").mkdir(parents=True)
    home.mkdir()
    for path, data in note("- DiffSBDD is slow").items():
        _write(vault, path, data)
    found = []
    with asked_daemon(vault, environment(home)) as daemon:
        for name, method, route, grow in wanted:
            sizes = [max(1, int(20_000 * scale * factor)) for factor in (4, 2, 1)]
            if full:
                sizes = [int(IMPORT * 0.99 / max(len(grow(1000)) / 1000, 0.01))]
            if method == "GET":
                sizes = [1000]
            path = "/v1/" + route * sizes[0] if method == "GET" else f"/v1{route}"
            asked = [daemon.ask(method, path, grow(n)) for n in sizes]
            cpu, exponent = asked[0].cpu, math.nan
            if cpu > TELLING and len(asked) == 3:
                exponent = math.log2(cpu / max(asked[1].cpu, 0.01))
                if exponent > MOST and cpu < DOUBTFUL:
                    again = [daemon.ask(method, path, grow(n)).cpu for n in sizes[:2]]
                    exponent = min(exponent, math.log2(max(again[0], 0.01) / max(again[1], 0.01)))
            most = max(one.megabytes for one in asked)
            faults = [f"status {one.status}" for one in asked if one.status in (0, 500)]
            faults += [f"exponent {exponent:.2f}"] * (exponent > MOST)
            faults += [f"over {SECONDS:g} s"] * (cpu > SECONDS)
            faults += [f"over {MEGABYTES:g} MB"] * (most > MEGABYTES)
            size = len(grow(sizes[0]))
            found.append(Finding(name, cpu, most, exponent, size, tuple(dict.fromkeys(faults))))
            _tell(found[-1])
            if daemon.process.poll() is not None:
                raise RuntimeError(f"{name} ended the daemon")
    return found


def bench(
    folder: Path, wanted: Iterable[Shape], scale: float, *, full: bool = False, fresh: bool = False
) -> list[Finding]:
    """Measure the shapes in `folder`."""
    stage = Stage(folder, fresh=fresh)
    plain = {"a.md": b"a\n"}
    starts: dict[tuple[str, ...], Ran] = {}
    found = []
    for shape in wanted:
        key = shape.command[:1]
        if key not in starts:
            command = shape.command if key == ("fix",) else ("import", "10.1234/x", "--diff", "--no-commit")
            starts[key] = min((stage.run(plain, command) for _ in range(3)), key=lambda ran: ran.cpu)
        start = starts[key]
        finding = measure_largest(stage, shape, start) if full else measure(stage, shape, scale, start)
        found.append(finding)
        _tell(finding)
    return found


def _tell(finding: Finding) -> None:
    if finding.faults or finding.cpu > TELLING or finding.megabytes > MEGABYTES / 2:
        print(_line(finding), flush=True)


def _line(f: Finding) -> str:
    grows = "" if math.isnan(f.exponent) else f"  n^{f.exponent:.2f}"
    faults = f"  FAULT {', '.join(f.faults)}" if f.faults else ""
    cost = f"{f.cpu:7.2f} s {f.megabytes:6.0f} MB over the start"
    papers = f", {f.papers} papers" if f.papers else ""
    return f"{cost}, {f.size / 1e6:6.2f} MB{papers}{grows}  {f.name}{faults}"


def _faults(ran: Ran) -> list[str]:
    faults = []
    if ran.code not in (0, 1, 2):
        faults.append(f"exit {ran.code}: {ran.said}")
    elif "Traceback" in ran.said:
        faults.append("traceback")
    return faults


def _write(root: Path, path: str, data: bytes) -> None:
    file = root / path
    try:
        for folder in reversed(file.parents):  # not `parents=True`, which calls itself for each
            folder.mkdir(exist_ok=True)
        file.write_bytes(data)
    except OSError:  # a name that the file system refuses
        return


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 2))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _environment(home: Path) -> dict[str, str]:
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "XDG_", "VAULTSYNC"))},
        "HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }


_AT = "import sys, vaultsync.runs.fetch as f, vaultsync.cli as c; f.ARXIV = f.CROSSREF = sys.argv.pop(1); "


def _start_fresh(root: Path, home: Path, command: Sequence[str], said: IO[bytes], url: str) -> int:
    """Start the command as people do; gives the process's id."""
    child = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-c",
            f"{_AT}sys.exit(c.run(sys.argv[1:]))",
            url,
            "--vault",
            str(root),
            *command,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        cwd=root,
        env=_environment(home),
        preexec_fn=_limit,
    )
    child.returncode = 0  # it is waited for here, not by `subprocess`
    return child.pid


def _import_all() -> None:
    """Load what the commands need, so that their forks have it."""
    import vaultsync.cli
    import vaultsync.cli.fix_command
    import vaultsync.cli.import_command
    import vaultsync.runs.fetch  # noqa: F401


def _fork(root: Path, home: Path, command: Sequence[str], said: IO[bytes], url: str) -> int:
    """Run the command in a fork of this process; gives its id."""
    gc.collect()
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        gc.freeze()
        _limit()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard, file in ((0, nowhere), (1, nowhere), (2, said.fileno())):
            os.dup2(file, standard)
        environment = _environment(home)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(root)
        tempfile.tempdir = None
        from vaultsync.cli import run
        from vaultsync.runs import fetch

        fetch.ARXIV = fetch.CROSSREF = url
        code = run(["--vault", str(root), *command])
        sys.stderr.flush()
    except MemoryError:
        os.write(2, b"Traceback MemoryError\n")
    finally:
        os._exit(code)


def _resident() -> float:
    """Megabytes of this process, which a fork of it has as its own from the start."""
    statm = Path("/proc/self/statm")  # elsewhere a fork's own are not told apart
    return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6 if statm.exists() else 0.0


def _ended(pid: int, said: IO[bytes], had: float) -> Ran:
    """Wait for a process, and end it when it takes too long; `had` is what of its memory is not its own."""
    until = time.monotonic() + WALL
    while (ended := os.wait4(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)
    _, status, used = ended
    said.seek(max(0, said.seek(0, 2) - 2000))
    text = said.read().decode(errors="replace")
    last = next((line for line in reversed(text.splitlines()) if "Error" in line), text[-200:])
    tells = f"Traceback {last}" if "Traceback" in text else last.strip()
    cpu = used.ru_utime + used.ru_stime
    papers = sum(int(count.replace(",", "")) for count in _PAPERS.findall(text))
    return Ran(os.waitstatus_to_exitcode(status), cpu, used.ru_maxrss / 1024 - had, tells[:200], papers)


def main(args: Sequence[str] | None = None) -> int:
    """Run the bench; gives 1 if a shape has a fault."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of each shape's size (default: 1)")
    parser.add_argument("--only", default="", help="a part of the names of the shapes to run")
    parser.add_argument("--every", type=int, default=1, help="run one in so many shapes")
    parser.add_argument("--full", action="store_true", help="each as large as its kind may be, once")
    parser.add_argument("--fresh", action="store_true", help="a new process for each, not a fork")
    options = parser.parse_args(args)
    wanted = chosen(options.only, options.every)
    with tempfile.TemporaryDirectory(prefix="vaultsync-hostile-") as folder:
        found = bench(Path(folder), wanted, options.scale, full=options.full, fresh=options.fresh)
        asked = (options.only, options.every, options.scale)
        found += measure_requests(Path(folder), *asked, full=options.full)
    bad = [finding for finding in found if finding.faults]
    slow = [finding for finding in found if finding.cpu > TELLING]
    sizes = "as large as may be" if options.full else "at n, 2n, 4n"
    print(f"{len(found)} shapes {sizes}: {len(slow)} over {TELLING} s, {len(bad)} with a fault")
    worst = max((f for f in found if not math.isnan(f.exponent)), key=lambda f: f.exponent, default=None)
    if worst is not None:
        print(f"the steepest: n^{worst.exponent:.2f}, {worst.name}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
