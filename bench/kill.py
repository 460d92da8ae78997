"""`python -m bench.kill [--sync] --kills 1000`: what is left when `fix` or `sync` is killed, at any moment.

Each kill has a fresh copy of a small vault (`bench.scene`). A run is started and ended by SIGKILL or SIGTERM:
at a random time, right at a named step, or some milliseconds after one, while git or the disk is at work.
Then every note must be whole, the repository sound and without a lock, and nothing that the person typed be
lost; and the next run must bring the vault to the same bytes, commit and index as if nobody had killed any.

Git's own processes aren't killed: they run on and end as they do when a terminal is closed. Linux only, since
the children that a killed run leaves must be waited for (prctl(2), PR_SET_CHILD_SUBREAPER).
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec

from bench.measure import environment, table, vaultsync
from bench.scene import Scene
from bench.sync_scene import SyncScene
from bench.vocabulary import Dice
from vaultsync.vault.consent import give_consent

SHOWN = 10
FRESH = 20
"""One kill in so many hits a fresh `python -m vaultsync`; the others a fork, which has all imported."""

THIRD = 10
"""One kill in so many is followed by a third run, which must find nothing to do."""

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE = 60.0  # seconds for a run, and for git's children that are still at work after a kill
_LATE = 0.02  # seconds after a step: git takes some 5 ms for a command


class Kill(msgspec.Struct, frozen=True):
    """When to end a run: by which signal, after `seconds`, or `seconds` after the step of number `step`."""

    signal: signal.Signals
    seconds: float
    step: int | None
    fresh: bool = False


class Ended(msgspec.Struct, frozen=True):
    """How a run ended: its exit code (negative: by a signal), its steps, what it said, its seconds."""

    code: int
    steps: tuple[str, ...]
    said: str
    seconds: float


class Place:
    """A folder for one kill: a copy of the vault, and a home for the run's cache, state and scratch files."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        self.home = folder / "home"
        (self.home / "tmp").mkdir(parents=True)
        self.vault = scene.copy(folder)
        self.env = {**environment(self.home), "HOME": str(self.home), "TMPDIR": str(self.home / "tmp")}
        self._command = scene.command
        with mock.patch.dict(os.environ, self.env):
            give_consent(self.vault)

    @property
    def command(self) -> list[str]:
        """The arguments of the run."""
        return ["--vault", str(self.vault), *self._command]


def run_forked(place: Place, kill: Kill | None = None) -> Ended:
    """Run `fix` in a fork of this process, which spares it the imports; and kill it, if that is asked for."""
    log, steps = place.home / "log", place.home / "steps"
    log.touch()  # a kill may come before the child has opened it
    begun = time.perf_counter()
    child = os.fork()
    if not child:
        _be_the_run(place, log, steps, kill)
    if kill is not None and kill.step is None:
        _kill_after(kill.seconds, child, kill.signal)
    code = _waited(child)
    seconds = time.perf_counter() - begun
    _wait_for_orphans()
    told = steps.read_text().split("\n")[:-1] if steps.exists() else []
    return Ended(code, tuple(told), log.read_text(errors="replace"), seconds)


def run_fresh(place: Place, kill: Kill | None = None) -> Ended:
    """Run `python -m vaultsync fix` as people do, and kill it, if that is asked for."""
    begun = time.perf_counter()
    with open(place.home / "log", "wb") as log:
        child = subprocess.Popen(vaultsync(*place.command), env=place.env, stdout=log, stderr=log)
    if kill is not None:
        _kill_after(kill.seconds, child.pid, kill.signal)
    code = _waited(child.pid)
    child.returncode = code
    seconds = time.perf_counter() - begun
    _wait_for_orphans()
    return Ended(code, (), (place.home / "log").read_text(errors="replace"), seconds)


def _be_the_run(place: Place, log: Path, steps: Path, kill: Kill | None) -> None:
    """The child: never returns."""
    code = 70
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for standard in (1, 2):
            os.dup2(out, standard)
        os.environ.clear()
        os.environ.update(place.env)
        tempfile.tempdir = None
        told = os.open(steps, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        with _steps_told(_Teller(told, kill)):
            from vaultsync.cli import run

            code = run(place.command)
        sys.stdout.flush()
    finally:
        os._exit(code)


class _Teller:
    """Writes down each step, and ends the process at the one that is asked for."""

    def __init__(self, told: int, kill: Kill | None) -> None:
        self._told, self._kill = told, kill
        self._number = itertools.count()

    def __call__(self, name: str) -> None:
        number = next(self._number)  # several threads stage notes; one step of a number is enough
        os.write(self._told, f"{name}\n".encode())
        if self._kill is None or self._kill.step != number:
            return
        if not self._kill.seconds:
            os.kill(os.getpid(), self._kill.signal)
        else:
            threading.Timer(self._kill.seconds, os.kill, (os.getpid(), self._kill.signal)).start()


@contextmanager
def _steps_told(tell: Callable[[str], None]) -> Iterator[None]:
    """Let the disk tell its steps, and git, journal and cache theirs, around each call that writes."""
    from vaultsync.files.disk import RealDisk
    from vaultsync.git.merging import Merging
    from vaultsync.git.process import GitProcess
    from vaultsync.runs import ports
    from vaultsync.vault.cache import Cache
    from vaultsync.vault.journal import Journal
    from vaultsync.vault.sync_state import SyncStateFile

    def told(method: Callable[..., Any], name_of: Callable[[Sequence[Any]], str]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            tell(f"{name_of(args)} begins")
            result = method(*args, **options)
            tell(f"{name_of(args)} is done")
            return result

        return call

    git = told(GitProcess.write, lambda args: f"git {args[1]}")
    merging = told(Merging.merge, lambda args: "git merge-tree")
    cache = told(Cache.store, lambda args: "storing the cache")
    state = told(SyncStateFile.write, lambda args: "writing the sync's state")
    journal = told(Journal.write, lambda args: "writing the journal")
    with (
        mock.patch.object(GitProcess, "write", git),
        mock.patch.object(Merging, "merge", merging),
        mock.patch.object(Journal, "write", journal),
        mock.patch.object(SyncStateFile, "write", state),
        mock.patch.object(Cache, "store", cache),
        mock.patch.object(ports, "RealDisk", partial(RealDisk, step=tell)),
    ):
        yield


def _kill_after(seconds: float, pid: int, number: signal.Signals) -> None:
    """Send a signal to a child that wasn't waited for yet: until then its id is no one else's."""
    time.sleep(seconds)
    os.kill(pid, number)


def _waited(pid: int) -> int:
    """The exit code of a child, which is killed when it takes too long."""
    for _ in range(int(_PATIENCE / 0.002)):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise SystemExit(f"a run took longer than {_PATIENCE:g} s")


def _wait_for_orphans() -> None:
    """Wait for what a killed run had started: git, its hooks."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            found, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not found:
            time.sleep(0.002)
    raise SystemExit(f"what a killed run had started took longer than {_PATIENCE:g} s")


def adopt_orphans() -> None:
    """Make the children of killed runs children of this process."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


class Bench:
    """The kills of one seed in one scene."""

    def __init__(self, folder: Path, scene: Scene, seed: int) -> None:
        self.folder, self.scene, self.dice = folder, scene, Dice(f"{seed}/kills")
        with self._place() as place:
            fresh = run_fresh(place)
            self.scene.finish(place.vault)
        with self._place() as place:
            forked = run_forked(place)
            if self.scene.state(place.vault) != self.scene.done:
                raise SystemExit("two runs over the same vault came to different ends")
        if fresh.code not in (0, 1) or fresh.code != forked.code:
            raise SystemExit(
                f"the run ended with {fresh.code} and {forked.code}:\n{fresh.said}\n{forked.said}"
            )
        with self._place() as place:  # the first one pays for what the system then has at hand
            self.forked_seconds = min(forked.seconds, run_forked(place).seconds)
        self.seconds = fresh.seconds
        self.code, self.steps = forked.code, forked.steps
        self.miscredited = 0

    @contextmanager
    def _place(self) -> Iterator[Place]:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            yield Place(Path(folder), self.scene)

    def kills(self, count: int) -> Iterator[Kill]:
        """The kills of the seed: right at every named step by one signal, then by the other, then a mixture.

        A third each of the mixture comes at random times, right at random steps, and a moment after one.
        """
        places: dict[str, list[int]] = {}
        for number, name in enumerate(self.steps):
            places.setdefault(name, []).append(number)
        named = [Kill(number, 0.0, self.dice.pick(at)) for number in _SIGNALS for at in places.values()]
        yield from named[:count]
        for i in range(count - len(named)):
            number = self.dice.pick(_SIGNALS)
            step = self.dice.below(len(self.steps))
            if i % FRESH == FRESH - 1:
                yield Kill(number, self._moment(self.seconds), None, fresh=True)
            elif i % 3 == 0:
                yield Kill(number, self._moment(self.forked_seconds), None)
            else:
                yield Kill(number, self._moment(_LATE) if i % 3 == 1 else 0.0, step)

    def _moment(self, within: float) -> float:
        return within * self.dice.below(1_000_000) / 1e6

    def wrong_after(self, kill: Kill, *, thrice: bool) -> tuple[str, list[str]]:
        """Kill a run, look, run again, look; gives where it was killed, and all that is wrong."""
        with self._place() as place:
            ended = run_fresh(place, kill) if kill.fresh else run_forked(place, kill)
            where = ended.steps[-1] if ended.steps else "before the first step"
            if kill.fresh:
                where = "anywhere in a fresh process"
            if ended.code != -kill.signal:
                where = "not killed: it was done before"
            wrong = [f"after the kill: {what}" for what in self.scene.wrong_after_kill(place.vault)]
            again = run_forked(place)
            if again.code != self.code:
                wrong.append(f"the next run ended with {again.code}: {again.said.strip()}")
            wrong += [f"after the next run: {what}" for what in self.scene.wrong_after_next_run(place.vault)]
            wrong += [f"{path} was left behind" for path in (place.home / "tmp").iterdir()]
            self.miscredited += self.scene.is_miscredited(place.vault)
            if thrice:
                head = self.scene.git(place.vault, "rev-parse", "HEAD")
                run_forked(place)
                if self.scene.git(place.vault, "rev-parse", "HEAD") != head:
                    wrong.append("a third run made another commit")
        return where, wrong


TOLD = 50
"""Kills between two words on how it goes."""

_SIGNALS = (signal.SIGKILL, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, 1 when a kill did any harm."""
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sync", action="store_true", help="kill `vaultsync sync` where there is news")
    parser.add_argument(
        "--folder", type=Path, help="where the vaults are put (the system's temporary folder)"
    )
    options = parser.parse_args(arguments)
    if sys.platform != "linux":
        parser.error("this needs Linux")
    adopt_orphans()
    import_all()
    begun = time.perf_counter()
    wheres: Counter[str] = Counter()
    harmed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="vaultsync-kill-", dir=options.folder) as folder:
        scene = SyncScene if options.sync else Scene
        bench = Bench(Path(folder), scene(Path(folder), options.seed), options.seed)
        for number, kill in enumerate(bench.kills(options.kills)):
            where, wrong = bench.wrong_after(kill, thrice=number % THIRD == 0)
            wheres[where] += 1
            if wrong:
                harmed.append(f"kill {number} by {kill.signal.name} ({where}): {'; '.join(wrong)}")
                print(harmed[-1], file=sys.stderr)
            if number % TOLD == TOLD - 1:
                print(f"{number + 1} kills, {len(harmed)} did harm", file=sys.stderr)
    rows = [(name, str(count)) for name, count in wheres.most_common()]
    print(table(("the last step before the kill", "kills"), rows))
    took = time.perf_counter() - begun
    print(f"\n{options.kills} kills in {took:.0f} s, {len(harmed)} did harm")
    print(f"{bench.miscredited} times the next run committed what the killed one had written as the person's")
    for line in harmed[:SHOWN]:
        print(f"  {line}")
    return 1 if harmed else 0


def import_all() -> None:
    """Load what a run needs, so that its forks have it."""
    for name in (
        "vaultsync.cli.fix_command",
        "vaultsync.cli.sync_command",
        "vaultsync.git.repository",
        "git.cmd",
        "filelock",
        "concurrent.futures.thread",
    ):
        import_module(name)


if __name__ == "__main__":
    sys.exit(main())
