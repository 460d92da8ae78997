"""Devices that share a vault over one remote: clones with real git, each with its own state folder.

`Device.sync` does what `vaultsync sync` does, in this process; `Device.git` and `Device.write` are the
person's own doings.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

from vaultsync.files.disk import RealDisk
from vaultsync.git.process import GitProcess, Result
from vaultsync.git.repository import Git
from vaultsync.runs.cycle import Cycle, Request
from vaultsync.runs.ports import Ports
from vaultsync.runs.sync import Synced, Syncer, SyncOrder
from vaultsync.vault.consent import Consent
from vaultsync.vault.journal import Journal
from vaultsync.vault.open import open_vault
from vaultsync.vault.sync_state import SyncStateFile
from vaultsync.vault.write_journal import WriteJournalFile


class Device:
    """A clone of `remote` at `path`; what the tool keeps outside of the vault lies beside it."""

    def __init__(self, path: Path, remote: Path) -> None:
        self.path, self.remote = path, remote
        self.state = path.with_name(f"{path.name}.state")
        self.step: Callable[[str], None] = lambda name: None

    def git(self, *args: str, ok: bool = True) -> str:
        """What a git command says that the person gives."""
        done = subprocess.run(["git", "-C", str(self.path), *args], capture_output=True, check=False)
        if ok and done.returncode:
            raise AssertionError(f"git {args}: {done.returncode}\n{os.fsdecode(done.stderr)}")
        return os.fsdecode(done.stdout)

    def write(self, name: str, text: str | bytes) -> Path:
        """Save a file as a person does."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    @property
    def ports(self) -> Ports:
        """The ports of a run, opened anew."""
        root = self.path.resolve()
        journal = WriteJournalFile(root, self.state / "writes")
        consent = Consent(root, self.state)
        consent.give()
        return Ports(
            root,
            RealDisk(root, journal=journal, step=lambda name: self.step(name)),
            lambda: Git.open(root),
            nullcontext,
            Journal(root, self.state),
            consent,
            None,
            SyncStateFile(root, self.state / "sync"),
        )

    def sync(self, order: SyncOrder | None = None, *, rules: bool = False) -> Synced:
        """Sync once; the rules see to what came with `rules`."""
        vault, ports = open_vault(self.path.resolve()), self.ports
        cycle = Cycle(vault, ports)
        order = order or SyncOrder(rules=rules, sleep=lambda seconds: None)
        return Syncer(vault, ports, cycle.run).run(order)

    def sync_killed(self, at: int, *, rules: bool = False) -> bool:
        """A sync in a process that dies at its step number `at`; whether it had so many.

        Steps are those of each write to a file, and each git command, before and after.
        """
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == _KILLED
        count = 0

        def step(_name: str) -> None:
            nonlocal count
            count += 1
            if count >= at:
                os._exit(_KILLED)

        run = GitProcess._run

        def counted(process: GitProcess, *args: object) -> Result:
            step("git begins")
            result = run(process, *args)  # type: ignore[arg-type]  # passed on
            step("git is done")
            return result

        self.step = step
        code = 0
        try:
            with mock.patch.object(GitProcess, "_run", counted):
                self.sync(rules=rules)
        except BaseException:  # noqa: BLE001  the child must not go on as its parent would
            code = 1
        finally:
            os._exit(code)

    def fix(self) -> None:
        """One cycle of the rules over the whole vault."""
        Cycle(open_vault(self.path.resolve()), self.ports).run(Request(confirm=lambda summary: True))

    def files(self) -> dict[str, bytes]:
        """All files that stand in the worktree."""
        return {
            path.relative_to(self.path).as_posix(): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.path).parts
        }

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD").strip()

    @property
    def tree(self) -> str:
        """The tree of that commit."""
        return self.git("rev-parse", "HEAD^{tree}").strip()

    @property
    def status(self) -> str:
        """What `git status` says, a line a file."""
        return self.git("status", "--porcelain=v1", "-z", "--untracked-files=all").replace("\0", "\n")


_KILLED = 9


def make_devices(folder: Path, count: int, files: dict[str, str]) -> list[Device]:
    """Clones of one new remote that has `files`; the first one made them."""
    folder.mkdir(parents=True, exist_ok=True)
    remote = folder / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(remote)], check=True)
    made = [Device(folder / f"device{number}", remote) for number in range(count)]
    for device in made:
        device.path.mkdir()
    first = made[0]
    first.git("init", "-q", "--initial-branch=main")
    first.git("remote", "add", "origin", str(remote))
    for name, text in {".obsidian/app.json": "{}\n", **files}.items():
        first.write(name, text)
    first.git("add", "-A")
    first.git("commit", "-q", "-m", "first")
    first.git("push", "-q", "-u", "origin", "main")
    for device in made[1:]:
        device.git("clone", "-q", str(remote), ".")
    return made
