"""What rules mended lately on this machine, as long as it may be written back: a file of the state folder.

`core.plan.wars` says what follows from it. Lost or damaged it counts as empty: then a war takes two more
commits to be seen. It is read and written while the vault's lock is held.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import msgspec

from vaultsync.core.errors import VaultError
from vaultsync.core.links.decisions import Fault
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.wars import Mended, counted, still_counting, written_back
from vaultsync.vault.places import replace_private, state_folder, vault_key


class MendingsFile:
    """What was mended in the vault at `root`; `folder` replaces the user's state folder, `clock` the time."""

    def __init__(
        self, root: Path, folder: Path | None = None, clock: Callable[[], float] | None = None
    ) -> None:
        place = folder if folder is not None else state_folder() / "mendings"
        self.file = place / f"{vault_key(root)}.msgpack"
        self._clock = clock if clock is not None else time.time
        self._stamp: tuple[int, int] | None = None
        self._known: dict[str, Mended] = {}

    def written_back(self, changes: Iterable[Change]) -> frozenset[Fault]:
        """The faults in planned changes that others write back each time."""
        return written_back(self._read(), changes, self._clock())

    def looked(self, changes: Iterable[Change], digests: Mapping[str, bytes]) -> None:
        """Take over a plan for notes that have these digests. Raises `VaultError`."""
        known = self._read()
        if known:
            self._write(still_counting(known, changes, digests, self._clock()))

    def wrote(self, changes: Collection[Change]) -> None:
        """Take over what was written. Raises `VaultError` when the state folder can't be written."""
        if any(change.mends for change in changes):
            self._write(counted(self._read(), changes, self._clock()))

    def forget(self, notes: Collection[str] | None) -> None:
        """Begin to count anew in these notes, or in all. Raises `VaultError`."""
        known = self._read()
        self._write({} if notes is None else {p: m for p, m in known.items() if p not in notes})

    def _read(self) -> dict[str, Mended]:
        stamp = self._stamp_now()
        if stamp != self._stamp:
            try:
                self._known = _DECODER.decode(self.file.read_bytes()) if stamp is not None else {}
            except (OSError, msgspec.DecodeError):
                self._known = {}
            self._stamp = stamp
        return self._known

    def _stamp_now(self) -> tuple[int, int] | None:
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _write(self, known: dict[str, Mended]) -> None:
        if known == self._known:
            return
        try:
            replace_private(self.file, msgspec.msgpack.encode(known) if known else b"")
        except UnicodeEncodeError as error:
            raise VaultError("a file's name is not UTF-8, so no run can tell of it", "rename it") from error
        except OSError as error:
            raise VaultError(
                f"{self.file} can't be written: {error.strerror}",
                "check that your state folder is writable and has room",
            ) from error
        self._known, self._stamp = known, self._stamp_now()


_DECODER = msgspec.msgpack.Decoder(dict[str, Mended])
