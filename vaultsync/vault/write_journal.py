"""The journal of writes under way: what a killed run left in the vault, told outside of it.

A file in the user's state folder, read and written while the vault's lock is held. It is on the disk before a
temporary file is made: what stands in the vault under such a name and is not listed here is not ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED, VaultError
from vaultsync.files.exchange import PendingWrite
from vaultsync.vault.places import replace_private, state_folder, vault_key


class WriteJournalFile:
    """The journal of the vault at `root`; `folder` replaces the user's state folder."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self.file = (
            folder if folder is not None else state_folder() / "writes"
        ) / f"{vault_key(root)}.msgpack"

    def read(self) -> tuple[PendingWrite, ...]:
        """What was written down last; a damaged file tells nothing, so nothing that it named is touched."""
        try:
            return _DECODER.decode(self.file.read_bytes())
        except (OSError, *DAMAGED):
            return ()

    def write(self, pending: Sequence[PendingWrite], *, synced: bool) -> None:
        """Replace it in one step, if `synced` so that it outlasts a power cut.

        Raises `VaultError` when the state folder can't be written.
        """
        try:
            replace_private(self.file, msgspec.msgpack.encode(pending) if pending else b"", synced=synced)
        except UnicodeEncodeError as error:
            raise VaultError("a file's name is not UTF-8, so it can't be rewritten", "rename it") from error
        except OSError as error:
            raise VaultError(
                f"the journal {self.file} can't be written: {error.strerror}",
                "check that your state folder is writable and has room",
            ) from error


_DECODER = msgspec.msgpack.Decoder(tuple[PendingWrite, ...])
