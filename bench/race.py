"""`python -m bench.race --seconds 600`: all that may work at a vault, at the same time.

Two devices share a vault over a bare remote. On each a daemon runs, which is stopped, killed and started
anew, and editors type words that stand nowhere else. On the first a person uses git as people do
(`commit -a`, `--amend`, `stash`, another branch that is merged) and gives vaultsync's commands: `fix`,
`import`, `undo`, `links accept`, `sync`. In the end, once both have synced:

- no word is lost: each stands in the notes of both devices, or in a commit where the person's own git took it
  out of them;
- no note is blocked, nothing is left staged, no lock of git's is stale, nothing is left in the vault;
- no commit of a run that is what `vaultsync log` takes it for brings or takes a line that a person typed;
- no command ended by a defect.

It exits with 1 if anything else came out.
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
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bench.measure import agree, environment, machine, make_repository, run
from bench.racers import WORD, Daemons, Device, Editor, PersonsGit, Racer

SETTINGS = "[watch]\nquiet = 0.2\nmax_wait = 1.0\n[limits]\nshare = 1.0\n"
PAPERS = {
    "DiffSBDD": "---\ntitle: 'DiffSBDD: Drug Design'\narxiv: '2210.13695'\ntags: [paper]\n---\n",
    "Slow Learning": "---\ntitle: Slow Learning\ntags:\n  - paper\n---\n",
}
_CAME, _WENT = re.compile(r"\+- (w[0-9a-f]{6}):"), re.compile(r"-- (w[0-9a-f]{6}):")
ROUNDS = 12
"""Syncs in which both devices have to come to the same."""


class Race:
    """Two devices, and those who work on them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self._dice = folder, random.Random(seed)
        self.stop = threading.Event()
        self.devices = [self._first(), self._second()]
        self.editors = [Editor(self.devices[number // 2], number) for number in range(4)]
        self.daemons = [Daemons(d, folder / f"{d.name}.log", seed) for d in self.devices]
        one, other = self.devices
        self.git = PersonsGit(one, seed)
        self._imports = 0
        acts: list[tuple[str, Callable[[], object], float]] = [
            *((f"editor {n}", editor.type, 0.15) for n, editor in enumerate(self.editors)),
            ("commit", self.git.commit, 1.5),
            ("git", self._some_git, 3.0),
            ("fix", lambda: one.vaultsync("fix"), 1.0),
            ("commands", self._some_command, 0.3),
            ("sync one", lambda: one.vaultsync("sync"), 1.0),
            ("sync two", lambda: other.vaultsync("sync"), 1.0),
            ("commit two", PersonsGit(other, seed).commit, 4.0),
            *((f"daemons {n}", daemons.act, 4.0) for n, daemons in enumerate(self.daemons)),
        ]
        self.racers = [Racer(name, act, self.stop, pause) for name, act, pause in acts]

    def run(self, seconds: float) -> None:
        """Let them all work for so long, and each at least once, then bring both devices to rest."""
        for daemons in self.daemons:
            daemons.start()
        for racer in self.racers:
            racer.start()
        time.sleep(seconds)
        while any(racer.is_alive() and not racer.acts for racer in self.racers):
            time.sleep(0.1)
        self.stop.set()
        for racer in self.racers:
            racer.join()
        for daemons in self.daemons:
            daemons.stop()
        self._settle()

    def wrong(self) -> list[str]:
        """All that came out other than it must."""
        found = [fault for device in self.devices for fault in device.faults]
        found += [f"{racer.name}: {racer.error!r}" for racer in self.racers if racer.error is not None]
        found += self._lost()
        for device in self.devices:
            found += [f"{device.name}: {what}" for what in (*_left_over(device), *_miscredited(device))]
        return found

    def told(self) -> str:
        """What was done."""
        acts = ", ".join(f"{racer.name} {racer.acts}" for racer in self.racers)
        ran = sum((Counter(device.ran) for device in self.devices), Counter[str]())
        typed = sum(len(editor.typed) for editor in self.editors)
        commits = [device.git("rev-list", "--count", "HEAD").out.strip() for device in self.devices]
        runs = self.devices[0].vaultsync("log", "--all", "--json").out
        told = msgspec.json.decode(runs)["data"]
        return (
            f"{typed} words typed; {acts}\ncommands and exit codes: "
            f"{', '.join(f'{key} × {count}' for key, count in sorted(ran.items()))}\n"
            f"{commits[0]} commits, {len(told)} of runs; "
            f"{sum(len(d.excused) for d in self.devices)} words that the person's git put aside"
        )

    def _first(self) -> Device:
        vault, home = self.folder / "one", self.folder / "one.home"
        for name in ("Conferences", "Papers", ".obsidian", ".vaultsync"):
            (vault / name).mkdir(parents=True)
        home.mkdir()
        for name, text in PAPERS.items():
            (vault / "Papers" / f"{name}.md").write_text(text)
        (vault / ".vaultsync" / "config.toml").write_text(SETTINGS)
        (vault / ".obsidian" / "app.json").write_text("{}\n")
        (vault / ".gitignore").write_text("*.tmp\n")
        env = environment(home)
        make_repository(vault, env)
        agree(vault, env)
        # Else `--amend` could make another first commit, with which the devices have nothing in common.
        run(["git", "commit", "-q", "--allow-empty", "-m", "before the race"], env=env, cwd=vault)
        remote = str(self.folder / "remote.git")
        run(["git", "clone", "-q", "--bare", str(vault), remote], env=env)
        run(["git", "remote", "add", "origin", remote], env=env, cwd=vault)
        run(["git", "fetch", "-q"], env=env, cwd=vault)
        run(["git", "branch", "-q", "--set-upstream-to=origin/main"], env=env, cwd=vault)
        return Device(vault, env)

    def _second(self) -> Device:
        vault, home = self.folder / "two", self.folder / "two.home"
        home.mkdir()
        env = environment(home)
        run(["git", "clone", "-q", str(self.folder / "remote.git"), str(vault)], env=env)
        for name, value in (("user.name", "Bench"), ("user.email", "bench@example.net"), ("gc.auto", "0")):
            run(["git", "config", name, value], env=env, cwd=vault)
        agree(vault, env)
        return Device(vault, env)

    def _some_git(self) -> None:
        self._dice.choice((self.git.amend, self.git.stash, self.git.side))()

    def _some_command(self) -> None:
        one = self.devices[0]
        chance = self._dice.random()
        if chance < 0.35:
            self._imports += 1
            source = self.folder / "in.bib"
            source.write_text(
                f"@article{{key{self._imports}, title={{A Paper about the Number {self._imports} of All}},"
                f" author={{Doe, Jane}}, year={{2024}}}}\n"
            )
            one.vaultsync("import", str(source))
        elif chance < 0.6:
            one.vaultsync("undo")
        elif chance < 0.65:
            one.vaultsync("fix", "--json")
        else:
            self._accept(one)

    def _accept(self, device: Device) -> None:
        ran = device.vaultsync("links", "--json")
        if ran.code or not ran.out:
            return
        for found in msgspec.json.decode(ran.out)["data"].get("suggested", [])[:1]:
            device.vaultsync("links", "accept", found["path"], found["words"], found["papers"][0])

    def _settle(self) -> None:
        """Bring both devices to the same, as a person would in the end."""
        for device in self.devices:
            device.git("merge", "--abort")
            device.git("checkout", "-q", "main")
            device.vaultsync("fix", "--yes")
        for _ in range(ROUNDS):
            for device in self.devices:
                device.vaultsync("sync", "--yes")
            if len({device.git("rev-parse", "HEAD").out for device in self.devices}) == 1:
                break
        else:
            said = [device.vaultsync("sync").out for device in self.devices]
            self.devices[0].faults.append(f"the devices don't come to the same: {said}")

    def _lost(self) -> list[str]:
        typed = {word for editor in self.editors for word in editor.typed}
        excused = {word for device in self.devices for word in device.excused}
        standing = [device.words() for device in self.devices]
        gone = {word for word in typed if not all(word in notes for notes in standing)}
        kept = set.union(*(_kept_words(device) for device in self.devices), *standing)
        lost = [f"{word} is lost" for word in sorted(gone - kept)]
        return lost + [
            f"{word} is in no note, though history has it" for word in sorted((gone & kept) - excused)
        ]


def _kept_words(device: Device) -> set[str]:
    """All words that any commit has, also one that only the reflog or a stash remembers."""
    listed = device.git("rev-list", "--all", "--reflog", "--objects").out
    ids = "".join(line.split(" ")[0] + "\n" for line in listed.splitlines())
    done = subprocess.run(
        ["git", "cat-file", "--batch"], cwd=device.vault, env=device.env, input=ids.encode(),
        capture_output=True, check=True,
    )  # fmt: skip
    return set(WORD.findall(done.stdout.decode(errors="replace")))


def _left_over(device: Device) -> list[str]:
    """What must not be there once all is at rest."""
    last = device.vaultsync("fix")
    found = [f"blocked: {line}" for line in last.out.splitlines() if "staged" in line]
    found += [f"staged: {path}" for path in device.git("diff", "--cached", "--name-only").out.splitlines()]
    found += [f"not committed: {line}" for line in device.git("status", "--porcelain").out.splitlines()]
    found += [f"a stale lock: {path}" for path in (device.vault / ".git").rglob("*.lock")]
    found += [f"left behind: {path.name}" for path in device.vault.rglob(".vaultsync-*.tmp")]
    found += [f"git fsck: {device.git('fsck', '--strict', '--no-dangling').err}"] * bool(
        device.git("fsck", "--strict", "--no-dangling").code
    )
    return found


def _miscredited(device: Device) -> list[str]:
    """Lines that people typed, and runs brought or took, in commits which are what these runs did."""
    told = msgspec.json.decode(device.vaultsync("log", "--all", "--json").out)["data"]
    found = []
    for one in told:
        if one["changed_since"]:
            continue
        show = ("show", "--format=", "-U0", "--no-renames", one["commit"], "--", "Conferences")
        lines = device.git(*show).out.splitlines()
        came, went = (Counter(m[1] for m in map(sign.match, lines) if m) for sign in (_CAME, _WENT))
        found += [f"{word} came with run {one['run']} ({one['commit'][:9]})" for word in sorted(came - went)]
        found += [f"{word} went with run {one['run']} ({one['commit'][:9]})" for word in sorted(went - came)]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, 1 when anything was lost, blocked, left or miscredited."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.race", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="leave the vaults in this folder, to look into them")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vaultsync-race-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        race = Race(Path(os.path.realpath(folder)), options.seed)
        race.run(options.seconds)
        wrong = race.wrong()
        print(f"{options.seconds:g} s, seed {options.seed}; {machine()}\n{race.told()}")
    print(f"{len(wrong)} faults")
    for line in wrong[:40]:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
