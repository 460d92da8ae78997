"""Finding a vault's folder: the one that is named, else the nearest one upwards."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from vaultsync.core.errors import VaultError
from vaultsync.files.presence import is_folder

MARKS = (".obsidian", ".vaultsync")


VARIABLE = "VAULTSYNC_VAULT"


def current_folder() -> Path:
    """The folder that the person is in. Raises `VaultError` if it was deleted meanwhile."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise FolderGone from None


class FolderGone(VaultError):
    """The current folder is no longer there, so that no path can be told from it."""

    def __init__(self) -> None:
        super().__init__("the folder that you are in was deleted", "go to another one: cd")


def find_vault(named: str | None, environ: Mapping[str, str], here: Path | None = None) -> Path:
    """The vault's folder; `here` (default: the current folder) counts only where no vault is named.

    Raises `VaultError` that says where was looked.
    """
    for value, source in ((named, "--vault"), (environ.get(VARIABLE), f"${VARIABLE}")):
        if value:
            path = Path(os.path.expanduser(value))
            if not is_folder(path):
                raise VaultError(f"{source}: {value} is not a folder")
            return path.resolve()
    at = here if here is not None else current_folder()
    if (found := vault_above(at)) is not None:
        return found.resolve()
    raise VaultError(
        f"no vault here: neither {at} nor a folder above it has {' or '.join(m + '/' for m in MARKS)}",
        f"name one with --vault or ${VARIABLE}, or run `vaultsync init` in the vault's folder",
    )


def vault_above(at: Path) -> Path | None:
    """The nearest vault, from `at` upwards."""
    for folder in (at, *at.parents):
        if any((folder / mark).is_dir() for mark in MARKS):
            return folder
    return None
