"""`python -m bench.latency --notes 1000,10000`: how long after a saved note has settled it is written.

On a generated vault in a repository with a history of runs a daemon is started, once without commits and once
with them. Then notes are saved, one after the other, and each time it is measured how long after the end of
the quiet time the note is written, or, where nothing is to be written, committed. Beside it stand what one
save costs of the processor, the daemon's share and git's, and what `git commit --only` of one note takes in
the same vault by hand. With commits, a save is done when its commits are made, two where the tool writes; it
is compared with as many commits by hand. Linux only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from bench.generate import generate
from bench.measure import environment, machine, make_repository, median, run, table, vaultsync
from bench.running import Running

QUIET = 0.3
"""Seconds in which a note settles here."""
TARGET = 0.05
"""Seconds from settled to written, without commits (issue 6)."""
PAPER = "LatencyBench9"
"""A paper that no note of the generated vault names."""
COMMITS_TARGET = 2.5
"""Times as many commits by hand that a save with commits may take (issue 21)."""
_SETTINGS = "[watch]\nquiet = {quiet}\n[git]\ncommit = {commit}\n"
_POLL = 0.0005
_PATIENCE = 60.0


class Save(msgspec.Struct, frozen=True):
    """A way to save a note: its name, where its notes are, the text that is saved, whether it is tidied."""

    name: str
    folder: str
    edit: Callable[[str, int], str]
    written: bool = True


class Cost(msgspec.Struct, frozen=True):
    """What some saves of one kind cost: seconds from settled to done, and CPU seconds a save."""

    seconds: list[float]
    own: float
    git: float


def _mention(text: str, number: int) -> str:
    return f"{text.rstrip()}\n## Talk: Latency {number}\n- as {PAPER} does\n"


def _untidy(text: str, number: int) -> str:
    """With one more property, as somebody would write it who knows nothing of lists."""
    return text.replace("\n---", f"\ncssclasses: wide{number}, tall{number}\n---", 1)


def _plain(text: str, number: int) -> str:
    return f"{text.rstrip()}\n\nRead again, {number}.\n"


SAVES = (
    Save("a conference note with a new mention", "Conferences", _mention),
    Save("a paper note to be tidied", "Papers", _untidy),
    Save("a note with nothing to do", "Papers", _plain, written=False),
)


def prepare(vault: Path, home: Path, notes: int, runs: int) -> None:
    """Make a vault of so many notes that is in order, in a repository that remembers so many runs."""
    generate(vault, notes=notes, seed=1, untidy=0)
    # An own paper for the saves, so that each of them has something to link.
    (vault / "Papers" / f"{PAPER}.md").write_text(f"---\ntitle: {PAPER}\ntags: paper\n---\n")
    env = environment(home)
    run(vaultsync("fix", "--no-commit", "--yes", "--vault", str(vault)), env=env, ok=(0, 1))
    make_repository(vault, env)
    add_history(vault, env, runs)


def add_history(vault: Path, env: Mapping[str, str], runs: int) -> None:
    """Add `runs` runs, each an edit of the person's to a conference note and what the tool made of it.

    Each takes back what the one before has done, so that the notes on the disk are those of the last commit.
    """
    notes = sorted(path.relative_to(vault).as_posix() for path in (vault / "Conferences").rglob("*.md"))
    stream = bytearray()
    parent = "refs/heads/main^0"
    for number in range(runs):
        path = notes[number % len(notes)]
        text = (vault / path).read_bytes()
        for data, message in (
            (text + b"\nA line.\n", f"notes: {path} (+2 -0)\n"),
            (text, f"vaultsync: tidy 1 note\n\nVaultsync-Run: {number:012x}\n"),
        ):
            stream += f"commit refs/heads/main\ncommitter Bench <bench@example.net> {number} +0000\n".encode()
            stream += f"data {len(message)}\n{message}".encode()
            stream += f"from {parent}\n".encode() if not number and data is not text else b""
            stream += f'M 100644 inline "{path}"\ndata {len(data)}\n'.encode() + data + b"\n"
    run(["git", "fast-import", "--quiet", "--force"], env=env, cwd=vault, stdin=bytes(stream))
    run(["git", "status"], env=env, cwd=vault)


def by_hand(vault: Path, env: Mapping[str, str], count: int) -> float:
    """Seconds that `git commit --only` of one changed note takes; the median of `count`."""
    note = max((vault / "Papers").rglob("*.md"))
    name, seconds = str(note.relative_to(vault)), []
    for number in range(count):
        note.write_text(_plain(note.read_text(encoding="utf-8"), number), encoding="utf-8")
        argv = ["git", "commit", "--quiet", "--only", "--message=by hand", "--", name]
        seconds.append(run(argv, env=env, cwd=vault).seconds)
    return median(seconds)


def save(note: Path, text: str, done: Callable[[], bool]) -> float:
    """Save a note in place; the seconds from the end of its quiet time until it is done with."""
    note.write_text(text, encoding="utf-8")
    settled = time.perf_counter() + QUIET
    while not done():
        if time.perf_counter() > settled + _PATIENCE:
            raise RuntimeError(f"{note} was not done with")
        time.sleep(_POLL)
    return time.perf_counter() - settled


def measure(running: Running, kind: Save, count: int, *, commit: bool) -> Cost:
    """Save `count` notes in one way, and let the daemon come to rest after each of them."""
    notes = sorted((running.vault / kind.folder).rglob("*.md"))
    # Each note once: those for the daemon with commits stand half-way between those for the other.
    chosen = [notes[(2 * number + commit) * len(notes) // (2 * count)] for number in range(count)]
    seconds = []
    before = running.use()
    for number, note in enumerate(chosen):
        text = kind.edit(note.read_text(encoding="utf-8"), number)
        if commit:
            made = _commits_after(running.vault)
            seconds.append(save(note, text, lambda m=made: m() >= 1 + kind.written))
        elif kind.written:
            old = note.stat().st_ino
            seconds.append(save(note, text, lambda n=note, o=old: n.stat().st_ino != o))
        else:
            note.write_text(text, encoding="utf-8")
            time.sleep(QUIET)
        time.sleep(QUIET)
        running.await_rest()
    after = running.use()
    return Cost(seconds, (after.cpu - before.cpu) / count, (after.children - before.children) / count)


def _commits_after(vault: Path) -> Callable[[], int]:
    """A count of the commits that are made from now on, by the log of `HEAD`."""
    log = vault / ".git" / "logs" / "HEAD"
    size = log.stat().st_size

    def made() -> int:
        if log.stat().st_size == size:
            return 0
        with open(log, "rb") as file:
            file.seek(size)
            return file.read().count(b"\n")

    return made


def rows(vault: Path, home: Path, count: int) -> list[tuple[str, ...]]:
    """The rows of a vault's table."""
    env = environment(home)
    costs: dict[tuple[str, bool], Cost] = {}
    for commit in (False, True):
        settings = _SETTINGS.format(quiet=QUIET, commit=str(commit).lower())
        running = Running(vault, env, settings)
        try:
            running.await_rest(patience=600)
            for kind in SAVES:
                costs[kind.name, commit] = measure(running, kind, count, commit=commit)
        finally:
            running.stop()
    hand = by_hand(vault, env, count)
    found = [
        _row(kind, costs[kind.name, commit], commit=commit, hand=hand)
        for commit in (False, True)
        for kind in SAVES
    ]
    return [*found, ("git commit --only by hand", "", f"{1000 * hand:.0f}", "", "", "", "1.0", "")]


def _row(kind: Save, cost: Cost, *, commit: bool, hand: float) -> tuple[str, ...]:
    cells = ("", "", "", "")
    if cost.seconds:
        middle = median(cost.seconds)
        times = middle / (hand * (1 + kind.written))
        verdict = f"≤ {1000 * TARGET:.0f} {'kept' if middle <= TARGET else 'MISSED'}"
        if commit:
            verdict = f"≤ {COMMITS_TARGET:g} × {'kept' if times <= COMMITS_TARGET else 'MISSED'}"
        ratio = f"{times:.1f}" if commit else ""
        cells = f"{1000 * middle:.0f}", f"{1000 * max(cost.seconds):.0f}", ratio, verdict
    middle, worst, ratio, verdict = cells
    cpu = f"{1000 * cost.own:.0f}", f"{1000 * cost.git:.0f}"
    return kind.name, "with" if commit else "without", middle, worst, *cpu, ratio, verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--notes", default="1000,10000", help="sizes of the vaults (1000,10000)")
    parser.add_argument("--saves", type=int, default=15, help="saves of each kind (15)")
    parser.add_argument("--runs", type=int, default=300, help="runs that the history remembers (300)")
    options = parser.parse_args(arguments)
    if sys.platform != "linux":
        parser.error("this needs Linux")
    print(machine())
    for notes in map(int, options.notes.split(",")):
        with tempfile.TemporaryDirectory(prefix="vaultsync-latency-") as folder:
            vault, home = Path(folder) / "vault", Path(folder) / "home"
            home.mkdir()
            prepare(vault, home, notes, options.runs)
            head = ("saved", "commits", "ms", "worst", "CPU ms", "git's", "× by hand", "target")
            print(f"\n## {notes:,} notes, {options.runs} runs before, {options.saves} saves of each kind\n")
            print(table(head, rows(vault, home, options.saves)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
