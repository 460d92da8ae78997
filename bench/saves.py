"""`python -m bench.saves --saves 100000`: editors save all the time into notes that a daemon is rewriting.

Some editors work on a vault of conference notes, whose daemon settles almost at once and waits for nobody, so
that it rewrites notes between any two saves. An editor reads a note, looks whether all that it saved is
there, adds a session that names a paper (the daemon will link it), and saves: in place, in place with a
pause between the halves, or by renaming a temporary file. What a save had, and neither the note nor a
conflict copy beside it has, is lost.

With `--commit` the daemon commits, as it does by default; then the editors pause for about as long as a
cycle takes, or nothing would ever settle. At the end no note may look staged (`blocked`), and no commit of a
run may have brought a word that an editor typed (`miscredited`).
Ctrl-C ends the editors' work: what they saved until then is looked at.
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
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from bench.measure import agree, environment, make_repository, run, vaultsync

EDITORS = 4
"""Editors at work at once, unless more are asked for: with commits on their pauses limit the rate."""
NOTES = 3
"""Notes that one editor works on, in turn."""
FULL = 12
"""Sessions in a note at which its editor begins it anew."""
PAUSE = 0.012
"""Seconds between two saves of one editor at most: about what lies between two writes of the daemon."""
COMMIT_PAUSE = 3.0
"""The same for a daemon that commits: a note is rewritten only if it rests for a cycle with two commits.

With 0.7 nothing was rewritten in 1,500 saves.
"""
RESTS = 60
"""Saves after which an editor waits until the daemon has written, so that each soak has what it is for."""
REST = 5.0
"""Seconds that it waits at most."""
LATE = 0.5
"""Seconds after which a save must be in its note."""
_START = 600.0  # seconds for the first look of the daemon, on a machine as busy as it may be
_SETTINGS = "[watch]\nquiet = 0.01\nmax_wait = 0.02\n[limits]\nshare = 1.0\n[git]\ncommit = {commit}\n"
_PAPER = "---\ntitle: '{name}: Structure-based Drug Design for {name}'\ntags:\n  - paper\n---\n"
_NAMES = [f"Dif{a}{b}SBD" for a in "ABCDEFGHIJ" for b in "KLMNOPQRSTUVWXYZ"]
"""So many papers that hardly one is named again in a note: an editor that read a note before the daemon wrote
it, and saves after, writes back what the rule did, and where that happens twice in a row a rule keeps off."""
_TOKEN = re.compile(r"t\d+x\d+y")
_HEAD = "---\ntitle: {title}\ndate: 2025-04-07\ntags:\n  - conference\n---\n"


class Soaked(msgspec.Struct, frozen=True):
    """What a soak found: saves, rewrites of the daemon, saves that came late, copies kept, what was lost."""

    saves: int
    rewrites: int
    late: int
    copies: int
    lost: list[str]
    seconds: float
    blocked: list[str]
    miscredited: list[str]
    commits: int


class Editor(threading.Thread):
    """Saves to its own notes until it has made `saves`."""

    def __init__(self, vault: Path, number: int, saves: int, seed: int, pause: float) -> None:
        super().__init__(name=f"editor {number}")
        self._dice = random.Random(seed * 1000 + number)
        self._notes = [vault / "Conferences" / f"Event {number}.{i}.md" for i in range(NOTES)]
        self._expected: dict[Path, list[str]] = {path: [] for path in self._notes}
        self._saved: dict[Path, str] = {}
        self._saves, self._number, self._pause = saves, number, pause
        self._ended = threading.Event()
        self.lost: list[str] = []
        self.made = self.rewrites = self.late = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            for count in range(self._saves):
                path = self._dice.choice(self._notes)
                if count % RESTS == RESTS - 1:
                    self._await_rewrite(path)
                self._save(path, f"t{self._number}x{count}y")
                self.made += 1
                if self._ended.wait(self._dice.random() * self._pause):
                    return
        except BaseException as error:
            self.error = error
            raise

    def end(self) -> None:
        """Save no more, and wait for what is under way."""
        self._ended.set()
        self.join()

    def _await_rewrite(self, path: Path) -> None:
        """Let the daemon have the note, however busy the machine is."""
        give_up = time.monotonic() + REST
        while path in self._saved and time.monotonic() < give_up:
            if path.read_text(encoding="utf-8") != self._saved[path]:
                return
            time.sleep(0.001)

    def check(self) -> None:
        """Look whether all is there at the end."""
        for path in self._notes:
            if path in self._saved:
                self._whole(path, path.read_text(encoding="utf-8"))

    def _save(self, path: Path, token: str) -> None:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if path in self._saved:
            text = self._whole(path, text)
            self.rewrites += text != self._saved[path]
        expected = self._expected[path]
        if len(expected) >= FULL or not text:
            expected.clear()
            text = _HEAD.format(title=path.stem)
        expected.append(token)
        text += f"## Talk: {token}\n- {token}: as slow as {self._dice.choice(_NAMES)}\n"
        self._saved[path] = text
        way = self._dice.randrange(3)
        if way == 0:
            path.write_text(text, encoding="utf-8")
        elif way == 1:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text[: len(text) // 2])
                file.flush()
                time.sleep(0.002)
                file.write(text[len(text) // 2 :])
        else:
            temp = path.with_name(f"{path.name}.tmp")
            temp.write_text(text, encoding="utf-8")
            temp.replace(path)

    def _whole(self, path: Path, text: str) -> str:
        """The text of a note, once it has what was saved; what it doesn't get, and no copy has, is lost.

        While the daemon gives a save its place back that came in the middle of its own write, the note is for
        a moment the daemon's: an editor that looks just then sees its save late, not lost.
        """
        if not self._gone(path, text):
            return text
        time.sleep(LATE)
        text = path.read_text(encoding="utf-8")
        gone = self._gone(path, text)
        self.late += not gone
        copies = "".join(
            c.read_text(encoding="utf-8") for c in path.parent.glob(f"{path.stem} (conflict*.md")
        )
        for token in gone:
            if f"- {token}:" not in copies:
                self.lost.append(f"{token} of {path.name}")
            self._expected[path].remove(token)
        return text

    def _gone(self, path: Path, text: str) -> list[str]:
        return [token for token in self._expected[path] if f"- {token}:" not in text]


def soak(folder: Path, saves: int, seed: int, *, commit: bool = False, number: int = EDITORS) -> Soaked:
    """Run so many editors against a daemon on a vault in `folder`."""
    vault, home = folder / "vault", folder / "home"
    for name in ("Conferences", "Papers", ".obsidian", ".vaultsync"):
        (vault / name).mkdir(parents=True)
    home.mkdir()
    for name in _NAMES:
        (vault / "Papers" / f"{name}.md").write_text(_PAPER.format(name=name), encoding="utf-8")
    settings = _SETTINGS.format(commit=str(commit).lower())
    (vault / ".vaultsync" / "config.toml").write_text(settings, encoding="utf-8")
    env = environment(home)
    make_repository(vault, env)
    agree(vault, env)
    argv = vaultsync("daemon", "--vault", str(vault))
    begun = time.perf_counter()
    with (
        open(folder / "log", "wb") as log,
        subprocess.Popen(argv, env=env, stdout=log, stderr=log, start_new_session=True) as daemon,
    ):
        try:
            _await_start(vault, env)
            pause = COMMIT_PAUSE if commit else PAUSE
            each = -(-saves // number)
            editors = [Editor(vault, n, each, seed, pause) for n in range(number)]
            for editor in editors:
                editor.start()
            with suppress(KeyboardInterrupt):  # what was saved until then counts
                for editor in editors:
                    editor.join()
            for editor in editors:
                editor.end()
            _await_rest(vault, env)
        finally:
            daemon.terminate()
            daemon.wait(30)
    if daemon.returncode != 0 or any(editor.error for editor in editors):
        raise RuntimeError(f"the daemon ended with {daemon.returncode}: {(folder / 'log').read_text()}")
    for editor in editors:
        editor.check()
    return Soaked(
        sum(editor.made for editor in editors),
        sum(editor.rewrites for editor in editors),
        sum(editor.late for editor in editors),
        len(list(vault.rglob("* (conflict*.md"))),
        [token for editor in editors for token in editor.lost],
        time.perf_counter() - begun,
        *(_history(vault, env) if commit else ([], [], 0)),
    )


def _history(vault: Path, env: dict[str, str]) -> tuple[list[str], list[str], int]:
    """After one more run: what looks staged, editors' words that runs' commits brought, and these."""
    last = run(vaultsync("fix", "--vault", str(vault)), env=env, ok=(0, 1)).out
    blocked = [line for line in last.decode().splitlines() if "staged" in line]
    staged = run(["git", "-C", str(vault), "diff", "--cached", "--name-only"], env=env).out
    blocked += staged.decode().splitlines()
    log = run(["git", "-C", str(vault), "log", "--format=%H", "--grep=^Vaultsync-Run: "], env=env)
    log = log.out.decode().split()
    wrong = []
    for sha in log:
        show = ["git", "-C", str(vault), "show", "--format=", "-U0", sha, "--", "Conferences"]
        lines = run(show, env=env).out.decode().splitlines()
        came, went = (
            {word for line in lines if line.startswith(sign) for word in _TOKEN.findall(line)}
            for sign in "+-"
        )
        wrong += (f"{token} in {sha[:7]}" for token in sorted(came - went))
    return blocked, wrong, len(log)


def _status(vault: Path, env: dict[str, str]) -> dict[str, object]:
    told = run(vaultsync("status", "--json", "--vault", str(vault)), env=env, ok=(0, 1)).out
    found: dict[str, object] = msgspec.json.decode(told)["data"]
    return found


def _await_start(vault: Path, env: dict[str, str]) -> None:
    give_up = time.monotonic() + _START
    while _status(vault, env).get("state") != "idle":
        if time.monotonic() > give_up:
            raise RuntimeError("the daemon has not started")


def _await_rest(vault: Path, env: dict[str, str]) -> None:
    give_up = time.monotonic() + _START
    while (told := _status(vault, env))["pending_count"] or told["state"] != "idle":
        if time.monotonic() > give_up:
            raise RuntimeError(f"the daemon does not come to rest: {told}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, 1 when a save was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.saves", description=__doc__)
    parser.add_argument("--saves", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commit", action="store_true", help="let the daemon commit, as it does by default")
    parser.add_argument("--editors", type=int, default=EDITORS, help="at work at once (default: 4)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vaultsync-saves-") as folder:
        where = Path(os.path.realpath(folder))
        found = soak(where, options.saves, options.seed, commit=options.commit, number=options.editors)
    print(f"{found.saves} saves in {found.seconds:.0f} s, between which the daemon rewrote a note")
    print(f"{found.rewrites} times; {found.late} saves were seen late, {found.copies} conflict copies kept,")
    print(f"{len(found.lost)} saves lost")
    if options.commit:
        print(f"{found.commits} commits of runs; {len(found.blocked)} notes blocked,")
        print(f"{len(found.miscredited)} words credited to the wrong side")
        for line in (*found.blocked[:10], *found.miscredited[:10]):
            print(f"  {line}")
    for token in found.lost[:10]:
        print(f"  {token}")
    return 1 if found.lost or found.blocked or found.miscredited else 0


if __name__ == "__main__":
    sys.exit(main())
