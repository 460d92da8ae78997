"""Which vault a command line means; nothing of it is opened here, so that `stop` stays quick."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from vaultsync.vault.find import VARIABLE, find_vault


def the_root(named: str | None) -> Path:
    """The folder of the vault that a command line means."""
    return find_vault(named, os.environ)


def the_former_root(named: str | None, left: Callable[[Path], bool]) -> Path:
    """The same for commands about what a vault has outside it, of which `left` knows.

    They do without its folder, which may be gone for good.
    """
    value = named or os.environ.get(VARIABLE)
    if value and left(root := Path(os.path.expanduser(value)).resolve()):
        return root
    return the_root(named)
