"""Where vaultsync keeps what belongs to a vault but lies outside it: one key, two folders of the user's."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path


def vault_key(root: Path) -> str:
    """The vault's name in folders outside it (lock, cache, state), the same however its path is written."""
    return blake2b(os.fsencode(os.path.realpath(root)), digest_size=12).hexdigest()


def state_folder() -> Path:
    """The user's folder for what outlives a run and belongs to this machine: locks, journals, statuses."""
    import platformdirs  # late: a command that says where else to look needn't load it

    return Path(platformdirs.user_state_dir("vaultsync", appauthor=False))


def cache_folder() -> Path:
    """The user's folder for what can be found again at any time."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("vaultsync", appauthor=False))
