"""Which writes are under way: noted down before a temporary file is made, struck out once it is gone.

It stands between `disk`, which writes, and a file outside the vault (`vault.write_journal`), so that the next
run knows what a killed one has left. What isn't listed here is nobody's, whatever its name (promise P8).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from vaultsync.files.exchange import PendingWrite


class WriteJournal(Protocol):
    """Where the writes under way outlive the process."""

    def read(self) -> tuple[PendingWrite, ...]:
        """What was written down last; nothing if it can't be read."""

    def write(self, pending: Sequence[PendingWrite], *, synced: bool) -> None:
        """Replace it, if `synced` so that it outlasts a power cut. Raises `VaultError` if that can't be."""


class NoJournal:
    """For a disk whose writes nobody will finish."""

    def read(self) -> tuple[PendingWrite, ...]:
        """Nothing."""
        return ()

    def write(self, pending: Sequence[PendingWrite], *, synced: bool) -> None:
        """Forgotten."""


class UnderWay:
    """The writes under way by their token, an earlier run's too, kept in `journal`."""

    def __init__(self, journal: WriteJournal) -> None:
        self._journal = journal
        self._pending: dict[str, PendingWrite] | None = None
        self._changed = False

    def begin(self, pending: Iterable[PendingWrite], *, synced: bool = True) -> None:
        """Note down writes before they are begun."""
        known = self._known()
        known.update((one.token, one) for one in pending)
        self._journal.write(tuple(known.values()), synced=synced)
        self._changed = False

    def done(self, token: str) -> None:
        """Nothing is left of this write; `save` strikes it out."""
        self._changed |= self._known().pop(token, None) is not None

    def save(self) -> None:
        """Strike out what is done."""
        if self._changed:
            self._journal.write(tuple(self._known().values()), synced=False)
            self._changed = False

    def reload(self) -> tuple[PendingWrite, ...]:
        """All of them, as any run on this machine has noted them down last."""
        self._pending, self._changed = None, False
        return tuple(self._known().values())

    def __getitem__(self, token: str) -> PendingWrite:
        return self._known()[token]

    def _known(self) -> dict[str, PendingWrite]:
        if self._pending is None:
            self._pending = {pending.token: pending for pending in self._journal.read()}
        return self._pending
