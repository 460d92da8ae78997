"""Finding a vault's folder: the one that is named, else the nearest one upwards."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from vaultsync.core.errors import VaultError

MARKS = (".obsidian", ".vaultsync")


VARIABLE = "VAULTSYNC_VAULT"


def find_vault(named: str | None, environ: Mapping[str, str], here: Path) -> Path:
    """The vault's folder; raises `VaultError` that says where was looked."""
    for value, source in ((named, "--vault"), (environ.get(VARIABLE), f"${VARIABLE}")):
        if value:
            path = Path(os.path.expanduser(value))
            if not path.is_dir():
                raise VaultError(f"{source}: {value} is not a folder")
            return path.resolve()
    if (found := vault_above(here)) is not None:
        return found.resolve()
    raise VaultError(
        f"no vault here: neither {here} nor a folder above it has {' or '.join(m + '/' for m in MARKS)}",
        f"name one with --vault or ${VARIABLE}, or run `vaultsync init` in the vault's folder",
    )


def vault_above(here: Path) -> Path | None:
    """The nearest vault, from `here` upwards."""
    for folder in (here, *here.parents):
        if any((folder / mark).is_dir() for mark in MARKS):
            return folder
    return None
