"""Where vaultsync keeps what belongs to a vault but lies outside it: one key, two folders of the user's."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from vaultsync.core.errors import VaultError


def vault_key(root: Path) -> str:
    """The vault's name in folders outside it (lock, cache, state), the same however its path is written."""
    return blake2b(os.fsencode(os.path.realpath(root)), digest_size=12).hexdigest()


def state_folder() -> Path:
    """The user's folder for what outlives a run and belongs to this machine: locks, journals, statuses.

    Raises `VaultError` where nobody knows whose home folder is meant.
    """
    return _persons_folder("user_state_dir")


def cache_folder() -> Path:
    """The user's folder for what can be found again at any time. Raises as `state_folder`."""
    return _persons_folder("user_cache_dir")


def _persons_folder(kind: Literal["user_state_dir", "user_cache_dir"]) -> Path:
    import platformdirs  # late: a command that says where else to look needn't load it

    try:
        return Path(getattr(platformdirs, kind)("vaultsync", appauthor=False))
    except RuntimeError:
        raise VaultError(
            "there is no home folder for what vaultsync keeps of this vault: HOME is not set",
            "set HOME, or XDG_STATE_HOME and XDG_CACHE_HOME, to a folder that you may write in",
        ) from None


def forget_vault(root: Path) -> None:
    """Remove what this machine knows of a vault that stood at `root` before: a new one is put there.

    What belongs to running processes (locks, the daemon's status) stays. Raises `OSError`.
    """
    key = vault_key(root)
    state = state_folder()
    kinds = [kind for kind in state.iterdir() if kind.is_dir()] if state.is_dir() else []
    for folder in (cache_folder(), *(kind for kind in kinds if kind.name not in ("locks", "daemon"))):
        for file in folder.glob(f"{key}.*"):
            file.unlink(missing_ok=True)


def replace_private(file: Path, data: bytes, *, synced: bool = False) -> None:
    """Write a file that nobody else may read, in one step; `synced`: so that it outlasts a power cut.

    Empty `data` removes it. Raises `OSError`.
    """
    if not data:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # (Two processes may write one file at the same time.)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as made:
        made.write(data)
        if synced:
            made.flush()
            os.fsync(made.fileno())
    fresh.replace(file)
