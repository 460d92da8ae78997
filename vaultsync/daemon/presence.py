"""Whether the vault's folder is there and is the one that it was, and whether the machine slept meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from vaultsync.core.errors import VaultError
from vaultsync.daemon import machine

News = Literal["", "gone", "back"]
"""Of the vault's folder since the last look: none, that it is gone, that it is back or another one."""


def gone(root: Path) -> VaultError:
    """The error of a vault whose folder isn't there."""
    return VaultError(f"the vault {root} is gone", "is its disk mounted?")


class Presence:
    """Looks at whether the vault's folder `root` is there."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._identity = machine.identity_of(root)
        self._offset = machine.clock_offset()

    @property
    def is_there(self) -> bool:
        """Whether it was there at the last look."""
        return self._identity is not None

    def look(self, *, lost: bool) -> News:
        """What is new of it; `lost` says that the system has ceased to watch it, as when a disk goes."""
        identity = machine.identity_of(self._root)
        if identity == self._identity and (identity is None or not lost):
            return ""
        self._identity = identity
        return "gone" if identity is None else "back"

    def slept(self) -> bool:
        """Whether the machine has slept, or its clock was set, since this was asked last."""
        offset = machine.clock_offset()
        slept = abs(offset - self._offset) > machine.SLEPT
        self._offset = offset if slept else self._offset
        return slept
