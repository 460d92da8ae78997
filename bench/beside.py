"""`python -m bench.beside --seconds 60`: a person commits in a loop, beside `vaultsync fix` in a loop.

The person adds a session that names a paper (the next run links it), saves the note by renaming a temporary
file, and commits: this note, what is staged, or all that differs. Git doesn't wait for another git, and all
write their message to the same file: told that another one is at work, or robbed of the message, the person
commits again, as a run does by itself. A commit of the person's that is refused for any other reason, a run
that leaves something uncommitted, a message in the wrong commit, and a saved line that is not in both the
note and the last commit in the end are failures.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from bench.measure import environment, make_repository, run, vaultsync

SESSIONS = 20
"""Sessions in a note, then the person begins another one."""
PAUSE = 0.1
"""Seconds between two commits of the person's at most; a run of `fix` takes some five times as long."""
PATIENCE = 10.0
"""Seconds in which a commit of the person's must come through."""

_PAPER = "---\ntitle: 'DiffSBDD: Structure-based Drug Design'\ntags:\n  - paper\n---\n"
_HEAD = "---\ntitle: {title}\ndate: 2025-04-07\ntags:\n  - conference\n---\n"
_AT_WORK = re.compile(r"index\.lock': File exists|cannot lock ref|empty commit message")


class Together(msgspec.Struct, frozen=True):
    """What was seen: commits and runs, how often the person met a lock, and what went wrong."""

    by_hand: int
    by_run: int
    runs: int
    met: int
    wrong: list[str]


class Person(threading.Thread):
    """Edits and commits until told to stop."""

    def __init__(self, vault: Path, env: Mapping[str, str], seed: int) -> None:
        super().__init__(name="person")
        self._vault, self._env, self._dice = vault, env, random.Random(seed)
        self.stop = threading.Event()
        self.saved: list[tuple[str, str]] = []
        self.committed: list[str] = []
        self.met = 0
        self.wrong: list[str] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self._commit(self._save(len(self.saved)), len(self.saved))
                time.sleep(self._dice.random() * PAUSE)
        except BaseException as error:
            self.error = error
            raise

    def _save(self, number: int) -> str:
        name = f"Conferences/Event {number // SESSIONS}.md"
        path, line = self._vault / name, f"- line {number}: as slow as "
        text = path.read_text(encoding="utf-8") if path.exists() else _HEAD.format(title=path.stem)
        temp = path.with_name("saving.tmp")
        temp.write_text(f"{text}## Talk: {number}\n{line}DiffSBDD\n", encoding="utf-8")
        temp.replace(path)
        self.saved.append((name, line))
        return name

    def _commit(self, name: str, number: int) -> None:
        message = f"--message=by hand {number}"
        way = self._dice.randrange(3)
        if way == 0 or number % SESSIONS == 1:  # git has to be told of a new note
            self._git("add", "--", name)
        done = self._git("commit", "--quiet", message, *(["--", name], ["--all"])[way - 1] if way else [])
        if done:
            self.committed.append(f"by hand {number}")

    def _git(self, *args: str) -> bool:
        """Run git, again when another one is at work; False if the run has committed the same already."""
        give_up = time.monotonic() + PATIENCE
        while True:
            done = subprocess.run(
                ["git", *args], cwd=self._vault, env=self._env, capture_output=True, text=True, check=False
            )
            if not done.returncode:
                return True
            if not _AT_WORK.search(done.stderr) or time.monotonic() > give_up:
                break
            self.met += 1
            time.sleep(0.01)
        if done.returncode != 1 or "to commit" not in done.stdout:
            self.wrong.append(f"git {' '.join(args)}: {done.stderr or done.stdout}")
        return False


def together(folder: Path, seconds: float, seed: int) -> Together:
    """Let both work on a vault in `folder`, end with one more run, and look."""
    vault, home = folder / "vault", folder / "home"
    for made in (vault / "Conferences", vault / "Papers", vault / ".obsidian", home):
        made.mkdir(parents=True)
    (vault / "Papers" / "DiffSBDD.md").write_text(_PAPER, encoding="utf-8")
    (vault / ".gitignore").write_text("*.tmp\n", encoding="utf-8")
    env = environment(home)
    make_repository(vault, env)
    person = Person(vault, env, seed)
    person.start()
    runs, wrong, end = 0, [], time.monotonic() + seconds
    try:
        while time.monotonic() < end and person.is_alive():
            wrong += _fix(vault, env)
            runs += 1
    finally:
        person.stop.set()
        person.join()
    if person.error is not None:
        raise RuntimeError("the person's side broke") from person.error
    wrong += [*person.wrong, *_fix(vault, env), *_lost(vault, env, person)]
    told = run(["git", "log", "--format=%s"], env=env, cwd=vault).out.decode().splitlines()
    by_run = sum(not subject.startswith("by hand") for subject in told) - 1
    return Together(len(person.committed), by_run, runs + 1, person.met, wrong)


def _fix(vault: Path, env: Mapping[str, str]) -> list[str]:
    """One run; what it could not commit."""
    told = run(vaultsync("--vault", str(vault), "fix", "--yes", "--json"), env=env, ok=(0, 1)).out
    waiting = msgspec.json.decode(told)["data"]["waiting"]
    return [] if waiting is None else [f"fix waits: {waiting['message']} {waiting['output']}"]


def _lost(vault: Path, env: Mapping[str, str], person: Person) -> list[str]:
    """What of the person's work isn't where it should be, in the end."""

    def git(*args: str) -> str:
        return os.fsdecode(run(["git", *args], env=env, cwd=vault).out)

    wrong = []
    for name, line in person.saved:
        for where, text in (("note", (vault / name).read_text()), ("commit", git("show", f"HEAD:{name}"))):
            if text.count(line) != 1:
                wrong.append(f"{line!r} stands {text.count(line)} times in the {where} {name}")
    told = git("log", "--format=%s").splitlines()
    wrong += [f"the commit {subject!r} is gone" for subject in person.committed if subject not in told]
    by_hand = Counter(subject for subject in told if subject.startswith("by hand"))
    wrong += [f"{times} commits are called {subject!r}" for subject, times in by_hand.items() if times > 1]
    wrong += [f"git status says {line}" for line in git("status", "--porcelain").splitlines()]
    wrong += [f"git fsck says {line}" for line in git("fsck", "--no-dangling", "--no-progress").splitlines()]
    return wrong + [f"a stale lock: {path}" for path in (vault / ".git").rglob("*.lock")]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, 1 when something went wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.beside", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vaultsync-beside-") as folder:
        found = together(Path(os.path.realpath(folder)), options.seconds, options.seed)
    print(f"{found.by_hand} commits by hand beside {found.runs} runs with {found.by_run} commits;")
    print(f"{found.met} times the person met a lock; {len(found.wrong)} things went wrong")
    for what in found.wrong[:10]:
        print(f"  {what}")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
