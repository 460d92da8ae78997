"""Where the parts are put together: the one place that knows all adapters."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import click

from vaultsync.cache import Cache
from vaultsync.cli.output import say
from vaultsync.cycle import Cycle
from vaultsync.disk import RealDisk
from vaultsync.git import Git
from vaultsync.journal import Journal
from vaultsync.lock import VaultBusy, VaultLock
from vaultsync.survey import Progress
from vaultsync.vault import VARIABLE, Vault, find_vault, open_vault

LOCK_PATIENCE = 60.0
"""Seconds that a command waits for another one on the same vault."""

LOCK_SILENCE = 1.0
"""Seconds of it without a word: the daemon's cycle takes less."""


def vault_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--vault` after the command's name too, where people look for it."""

    def set_vault(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
        if value is not None:
            ctx.obj = value

    return click.option(
        "--vault", metavar="DIR", expose_value=False, callback=set_vault, help="The vault, if it isn't here."
    )(command)


def the_root(named: str | None) -> Path:
    """The folder of the vault that a command line means."""
    return find_vault(named, os.environ, Path.cwd())


def the_former_root(named: str | None, left: Callable[[Path], bool]) -> Path:
    """The same for commands about what a vault has outside it, of which `left` knows.

    They do without its folder, which may be gone for good.
    """
    value = named or os.environ.get(VARIABLE)
    if value and left(root := Path(value).expanduser().resolve()):
        return root
    return the_root(named)


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
