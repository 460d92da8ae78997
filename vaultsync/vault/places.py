"""Where vaultsync keeps what belongs to a vault but lies outside it: one key, three folders."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path


def vault_key(root: Path) -> str:
    """The vault's name in folders outside it (lock, cache, state), the same however its path is written."""
    return blake2b(os.fsencode(os.path.realpath(root)), digest_size=12).hexdigest()
