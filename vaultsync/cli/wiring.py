"""Where the parts are put together: the one place that knows all adapters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from vaultsync.cli.output import say
from vaultsync.cli.which_vault import the_root
from vaultsync.files.disk import RealDisk
from vaultsync.git.repository import Git
from vaultsync.runs.cycle import Cycle
from vaultsync.vault.cache import Cache
from vaultsync.vault.journal import Journal
from vaultsync.vault.lock import VaultBusy, VaultLock
from vaultsync.vault.open import Vault, open_vault
from vaultsync.vault.survey import Progress

LOCK_PATIENCE = 60.0
"""Seconds that a command waits for another one on the same vault."""

LOCK_SILENCE = 1.0
"""Seconds of it without a word: the daemon's cycle takes less."""


def the_vault(named: str | None) -> Vault:
    """The vault that a command line means."""
    return open_vault(the_root(named))


@contextmanager
def the_cycle(vault: Vault, progress: Progress) -> Iterator[Cycle]:
    """A cycle over the real disk and the real repository, with the user's cache."""
    root = vault.root
    disk = RealDisk(root, note_size=vault.config.limits.note_size)
    with closing(Cache(root, vault.fingerprint)) as cache:
        journal = Journal(root)
        yield Cycle(vault, disk, lambda: Git.open(root), lambda: _locked(root), journal, cache, progress)


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    lock = VaultLock(root)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.held(LOCK_SILENCE))
        except VaultBusy as busy:
            say(f"waiting for {busy.holder or 'another run'}, up to {LOCK_PATIENCE:g} s")
            stack.enter_context(lock.held(LOCK_PATIENCE))
        yield
