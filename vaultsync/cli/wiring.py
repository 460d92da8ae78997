"""A command's vault, with its ports and its cycle; it waits for another run, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

from vaultsync.cli.output import say
from vaultsync.cli.which_vault import the_root
from vaultsync.core.plan.progress import Progress
from vaultsync.runs.cycle import Cycle
from vaultsync.runs.ports import Ports, open_ports
from vaultsync.vault.lock import VaultBusy, VaultLock
from vaultsync.vault.open import Vault, open_vault

LOCK_PATIENCE = 60.0
"""Seconds that a command waits for another one on the same vault."""

LOCK_SILENCE = 1.0
"""Seconds of it without a word: the daemon's cycle takes less."""


def the_vault(named: str | None) -> Vault:
    """The vault that a command line means."""
    return open_vault(the_root(named))


def the_ports(vault: Vault) -> AbstractContextManager[Ports]:
    """The vault's ports, for as long as the `with` lasts."""
    return closing(open_ports(vault, lambda: _locked(vault.root)))


@contextmanager
def the_cycle(vault: Vault, progress: Progress) -> Iterator[Cycle]:
    """A cycle over the vault's ports."""
    with the_ports(vault) as ports:
        yield Cycle(vault, ports, progress)


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
