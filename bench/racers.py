"""Those who run in `bench.race`: editors, a person at git, commands of vaultsync, daemons that come and go.

Each is a thread that acts again and again until it is told to stop, and keeps what it typed or saw. A person
does one thing at a time: while git changes the person's files (`stash`, `checkout`, `merge`), the editors of
that device type nothing.
"""

from __future__ import annotations

import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from bench.measure import vaultsync

WORD = re.compile(r"\bw[0-9a-f]{6}\b")
TYPED = re.compile(r"^- (w[0-9a-f]{6}):", re.MULTILINE)
PATIENCE = 900.0
"""Seconds for one command, on a machine as busy as it may be."""
HEAD = "---\ntitle: {title}\ndate: 2025-04-07\ntags:\n  - conference\n---\n"
TRIES = 20
"""Tries to leave a branch on which vaultsync goes on writing."""
FULL = 40
"""Talks in a note after which an editor begins another one."""


class Ran(msgspec.Struct, frozen=True):
    """A command that has ended: its exit code, and all that it said."""

    code: int
    out: str
    err: str


class Device:
    """A clone of the vault, its person's git, and the vaultsync that is installed there."""

    def __init__(self, vault: Path, env: Mapping[str, str]) -> None:
        self.vault, self.env, self.name = vault, dict(env), vault.name
        self.hands = threading.Lock()
        """Held by whoever types, or has git change the files."""
        self.faults: list[str] = []
        self.excused: set[str] = set()
        """Words that the person's own git took out of the notes; history has them."""
        self.ran: dict[str, int] = {}

    def git(self, *args: str) -> Ran:
        """A git command of the person's."""
        return self._run(["git", *args], self.env)

    def vaultsync(self, *args: str) -> Ran:
        """A command of the person's; an end by a defect is a fault."""
        ran = self._run(vaultsync("--vault", str(self.vault), *args), self.env)
        if ran.code not in (0, 1, 2) or "Traceback" in ran.err:
            self.faults.append(f"{self.name}: vaultsync {args[0]} ended with {ran.code}: {ran.err[-1500:]}")
        key = f"{args[0]} {ran.code}"
        self.ran[key] = self.ran.get(key, 0) + 1
        return ran

    def words(self) -> set[str]:
        """The words that stand as they were typed in the conference notes now; no quotes of them."""
        texts = (path.read_text(errors="replace") for path in (self.vault / "Conferences").glob("*.md"))
        return {word for text in texts for word in TYPED.findall(text)}

    def _run(self, argv: Sequence[str], env: Mapping[str, str]) -> Ran:
        done = subprocess.run(
            argv, cwd=self.vault, env=env, capture_output=True, stdin=subprocess.DEVNULL,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        return Ran(
            done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        )


class Racer(threading.Thread):
    """Acts until `stop` is set, with pauses of `pause` seconds on average."""

    def __init__(self, name: str, act: Callable[[], object], stop: threading.Event, pause: float) -> None:
        super().__init__(name=name)
        self._act, self._stopped, self._pause = act, stop, pause
        self._dice = random.Random(name)
        self.acts = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._stopped.wait(self._pause * 2 * self._dice.random()):
                self._act()
                self.acts += 1
        except BaseException as error:
            self.error = error
            raise


class Editor:
    """Types words that stand nowhere else, into notes that nobody else edits; `typed` are all of them."""

    def __init__(self, device: Device, number: int) -> None:
        self._device, self._number = device, number
        self._dice = random.Random(number)
        self._count = self._note = 0
        self.typed: list[str] = []

    def type(self) -> None:
        """Add a talk to the note, and save it in one of the ways in which editors save."""
        with self._device.hands:
            path = self._device.vault / "Conferences" / f"Event {self._number}.{self._note}.md"
            text = path.read_text(encoding="utf-8") if path.exists() else HEAD.format(title=path.stem)
            word = f"w{self._number:01x}{self._count:05x}"
            self._count += 1
            self._note += self._count % FULL == 0
            paper = self._dice.choice(("DiffSBDD", "slow learning", "arXiv:2210.13695"))
            path.parent.mkdir(exist_ok=True)
            self._save(path, f"{text}## Talk: {word}\n- {word}: as slow as {paper}\n")
            self.typed.append(word)

    def _save(self, path: Path, text: str) -> None:
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


class PersonsGit:
    """What a person does with git while all else goes on; `main` is checked out in between."""

    def __init__(self, device: Device, seed: int) -> None:
        self._device, self._dice, self._sides = device, random.Random(seed), 0

    def commit(self) -> None:
        """`git commit -a`, also while somebody types."""
        self._device.git("commit", "-q", "-a", "-m", "by hand")

    def amend(self) -> None:
        """`git commit -a --amend` of whatever is the last commit."""
        self._device.git("commit", "-q", "-a", "--amend", "--no-edit")

    def stash(self) -> None:
        """Put the edits aside for a while, and take them back."""
        device = self._device
        with device.hands:
            stood = device.words()
            before = device.git("rev-parse", "-q", "--verify", "refs/stash").out
            device.git("stash", "-q")
            if device.git("rev-parse", "-q", "--verify", "refs/stash").out == before:
                return
            if self._dice.random() < 0.7 and device.git("stash", "pop", "-q").code == 0:
                return
        time.sleep(self._dice.random())
        with device.hands:
            if device.git("stash", "pop", "-q").code:
                stood |= device.words()
                self._resolve()
                device.excused |= stood - device.words()

    def side(self) -> None:
        """Work on another branch for a while, and merge it."""
        device = self._device
        self._sides += 1
        name = f"side-{self._sides}"
        with device.hands:
            if device.git("checkout", "-q", "-b", name).code:
                return
        time.sleep(self._dice.random() * 2)
        with device.hands:
            for _ in range(TRIES):
                device.git("commit", "-q", "-a", "-m", name)
                stood = device.words()
                if device.git("checkout", "-q", "main").code == 0:
                    break
                time.sleep(0.2)
            else:
                device.faults.append(f"{device.name}: {name} can't be left")
                return
            if device.git("merge", "-q", "--no-edit", name).code:
                self._resolve()
                device.git("merge", "--abort")
            device.excused |= stood - device.words()

    def _resolve(self) -> None:
        """Take what was put aside where it doesn't go together with what is there."""
        device = self._device
        for path in device.git("diff", "--name-only", "-z", "--diff-filter=U").out.split("\0")[:-1]:
            if device.git("checkout", "-q", "--theirs", "--", path).code:
                device.git("checkout", "-q", "HEAD", "--", path)
        device.git("reset", "-q")


class Daemons:
    """The daemons of one vault: a second one has to leave the first alone, a killed one is followed."""

    def __init__(self, device: Device, log: Path, seed: int) -> None:
        self._device, self._log, self._dice = device, log, random.Random(seed)

    def start(self) -> None:
        """Start the one that works."""
        self._daemon = self._started()

    def act(self) -> None:
        """Start a second one beside it; or end the first, in one way or another, and start another one."""
        if self._dice.random() < 0.5:
            self._start_a_second()
            return
        if self._daemon.poll() is None:
            self._daemon.send_signal(self._dice.choice((signal.SIGTERM, signal.SIGKILL)))
        self._ended()
        self.start()

    def _started(self) -> subprocess.Popen[bytes]:
        argv = vaultsync("--vault", str(self._device.vault), "daemon")
        with open(self._log, "ab") as log:
            return subprocess.Popen(argv, env=self._device.env, stdout=log, stderr=log)

    def _start_a_second(self) -> None:
        """One of the two must go at once, mostly the second: the first may have only just begun."""
        both = [self._daemon, self._started()]
        give_up = time.monotonic() + PATIENCE
        while all(daemon.poll() is None for daemon in both) and time.monotonic() < give_up:
            time.sleep(0.05)
        gone = [daemon for daemon in both if daemon.poll() is not None]
        if [daemon.returncode for daemon in gone] != [2]:
            self._device.faults.append(f"{self._device.name}: of two daemons ended {len(gone)}")
        self._daemon = both[0] if both[0].poll() is None else both[1]

    def stop(self) -> None:
        """End the daemon as a person does."""
        if self._daemon.poll() is None:
            self._daemon.terminate()
        self._ended()
        text = self._log.read_text(errors="replace")
        if "Traceback" in text:
            self._device.faults.append(
                f"{self._device.name}: the daemon's log: {text[text.index('Traceback') :][:3000]}"
            )

    def _ended(self) -> None:
        code = self._daemon.wait(PATIENCE)
        if code not in (0, 130, -signal.SIGTERM, -signal.SIGKILL):
            self._device.faults.append(f"{self._device.name}: the daemon ended with {code}")
