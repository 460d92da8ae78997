"""A vault's ports: all through which a run reaches the world, opened in this one place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vaultsync.files.disk import Disk, RealDisk
from vaultsync.vault.cache import Cache
from vaultsync.vault.consent import Consent
from vaultsync.vault.journal import Journal
from vaultsync.vault.mendings import MendingsFile
from vaultsync.vault.open import Vault
from vaultsync.vault.sync_state import SyncStateFile
from vaultsync.vault.write_journal import WriteJournalFile

if TYPE_CHECKING:
    from vaultsync.git.answers import Answers
    from vaultsync.git.repository import Git

Lock = Callable[[], AbstractContextManager[object]]
"""Holds the vault's lock within a `with`; how long it waits for it is its own affair."""


class Ports(msgspec.Struct, frozen=True):
    """The files of the vault at `vault_root`, its repository, its lock, and what is kept of it elsewhere.

    `repository` opens the repository anew, or raises `GitError`. The journal and the `consent` outlive the
    process, and so does what `cache`, `sync_state` and `mendings` hold; without these a vault is read anew
    each time, never synced, and nobody sees that others write back what was mended.
    """

    vault_root: Path
    disk: Disk
    repository: Callable[[], Git]
    lock: Lock
    journal: Journal
    consent: Consent
    cache: Cache | None = None
    sync_state: SyncStateFile | None = None
    mendings: MendingsFile | None = None

    def close(self) -> None:
        """Let go of the cache and of what was mended; the others keep nothing open."""
        if self.cache is not None:
            self.cache.close()
        if self.mendings is not None:
            self.mendings.close()


def open_ports(vault: Vault, lock: Lock) -> Ports:
    """The real disk and repository of `vault`, with the user's journal and cache. To be closed."""
    root = vault.root
    return Ports(
        root,
        RealDisk(root, note_size=vault.config.limits.note_size, journal=WriteJournalFile(root)),
        _repository_at(root),
        lock,
        Journal(root),
        Consent(root),
        Cache(root, vault.fingerprint),
        SyncStateFile(root),
        MendingsFile(root),
    )


def _repository_at(root: Path) -> Callable[[], Git]:
    """Opens the vault's repository, and keeps what git says for the next time.

    All that speaks to git is loaded with it: a look at a vault in order never asks.
    """
    answers: Answers | None = None

    def opened() -> Git:
        nonlocal answers
        from vaultsync.git.answers import Answers
        from vaultsync.git.repository import Git

        answers = answers if answers is not None else Answers()
        return Git.open(root, answers=answers)

    return opened
