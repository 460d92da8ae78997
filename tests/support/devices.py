"""Devices that share a vault over one remote: clones with real git, each with its own state.

`Device.sync` is what `vaultsync sync` does; `Device.git` and `Device.write` are the person's own doings.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from doubles import Agreed
from gitrepo import Repo

from vaultsync.files.disk import RealDisk
from vaultsync.git.repository import Git
from vaultsync.runs.cycle import Cycle, Request
from vaultsync.runs.ports import Ports
from vaultsync.runs.sync import Synced, Syncer, SyncOrder
from vaultsync.vault.journal import Journal
from vaultsync.vault.open import open_vault
from vaultsync.vault.sync_state import SyncStateFile
from vaultsync.vault.write_journal import WriteJournalFile


class Device(Repo):
    """A clone of `remote` at `path`; what the tool keeps outside of the vault lies beside it."""

    def __init__(self, path: Path, remote: Path) -> None:
        super().__init__(path)
        self.remote = remote
        self.state = path.with_name(f"{path.name}.state")
        self.step: Callable[[str], None] = lambda name: None

    @property
    def ports(self) -> Ports:
        root = self.path.resolve()
        journal = WriteJournalFile(root, self.state / "writes")
        return Ports(
            root,
            RealDisk(root, journal=journal, step=lambda name: self.step(name)),
            lambda: Git.open(root),
            nullcontext,
            Journal(root, self.state),
            Agreed(),
            None,
            SyncStateFile(root, self.state / "sync"),
        )

    def sync(self, order: SyncOrder | None = None, *, rules: bool = False) -> Synced:
        """Sync once; the rules see to what came with `rules`."""
        vault, ports = open_vault(self.path.resolve()), self.ports
        cycle = Cycle(vault, ports)
        order = order or SyncOrder(rules=rules, sleep=lambda seconds: None)
        return Syncer(vault, ports, cycle.run).run(order)

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
    def tree(self) -> str:
        return self.git("rev-parse", "HEAD^{tree}").strip()


def devices(folder: Path, count: int = 2, **files: str) -> list[Device]:
    """Clones of one new remote that has `files` (`__` stands for `.`); the first one made them."""
    folder.mkdir(parents=True, exist_ok=True)
    remote = Repo(folder / "remote.git")
    remote.path.mkdir()
    remote.git("init", "-q", "--bare", "--initial-branch=main")
    made = [Device(folder / f"device{number}", remote.path) for number in range(count)]
    for device in made:
        device.path.mkdir()
    first = made[0]
    first.git("init", "-q", "--initial-branch=main")
    first.git("remote", "add", "origin", str(remote.path))
    (first.path / ".obsidian").mkdir()
    first.write(".obsidian/app.json", "{}\n")
    first.save("first", **files)
    first.git("push", "-q", "-u", "origin", "main")
    for device in made[1:]:
        device.git("clone", "-q", str(remote.path), ".")
    return made
