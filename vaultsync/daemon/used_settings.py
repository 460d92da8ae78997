"""The settings that the daemon works with, and whether the vault has others by now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vaultsync.core.errors import ConfigError
from vaultsync.daemon import machine
from vaultsync.daemon.presence import gone
from vaultsync.vault.lock import VaultLock
from vaultsync.vault.open import Vault, open_vault, settings_bytes

LOCK_PATIENCE = 0.5
"""Seconds to wait for another run's lock within a try; a stop mustn't take longer."""


class SettingsChanged(Exception):
    """The settings are other than this cycle's."""


class UsedSettings:
    """The settings of the vault at `root`, as they were when they were read last.

    `mistake` is what is wrong with those that the vault has now, if so: then the ones before stay in use.
    """

    def __init__(self, root: Path) -> None:
        self.mistake = ""
        self._root = root
        self._lock = VaultLock(root)
        self._read: tuple[bytes, ...] = ()

    def read(self) -> Vault:
        """The vault with its settings; raises `ConfigError`, and `VaultError` for a vault that is gone."""
        if machine.identity_of(self._root) is None:
            raise gone(self._root)  # it has no settings, which is no reason to take the defaults
        self._read = settings_bytes(self._root)
        self.mistake = ""
        return open_vault(self._root)

    def read_again(self, earlier: Vault) -> Vault:
        """The same, or with a mistake in the settings the `earlier` one."""
        try:
            return self.read()
        except ConfigError as error:
            self.mistake = str(error)
            return earlier

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The vault's lock; raises `SettingsChanged` when somebody else had a turn with other settings."""
        with self._lock.held(LOCK_PATIENCE):
            if settings_bytes(self._root) != self._read:
                raise SettingsChanged
            yield
