"""What a sync keeps on this machine: the move that it is in the middle of, and what remotes had.

It lies in the user's state folder, beside the journal. The move is noted down, under the vault's lock, before
the first file of it is written, and struck out when the branch and the index have followed: whoever has the
next turn finishes it. What a remote had tells a history that was rewritten there.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED, VaultError
from vaultsync.vault.places import replace_private, state_folder, vault_key


class Move(msgspec.Struct, frozen=True):
    """The files, the branch and the index go from the commit `old` (empty: none) to the commit `new`."""

    old: str
    new: str


class SyncState(msgspec.Struct, frozen=True):
    """`seen` has the last commit that was brought together with each tracking ref."""

    move: Move | None = None
    seen: dict[str, str] = {}


class SyncStateFile:
    """The state of the vault at `root`; `folder` replaces the user's state folder."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        place = folder if folder is not None else state_folder() / "sync"
        self.file = place / f"{vault_key(root)}.json"

    def read(self) -> SyncState:
        """What was kept; a file that can't be read counts as none: git still has every commit."""
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=SyncState)
        except (OSError, *DAMAGED):
            return SyncState()

    def write(self, state: SyncState) -> None:
        """Replace it in one step. Raises `VaultError` when the state folder can't be written."""
        try:
            replace_private(self.file, msgspec.json.encode(state), synced=True)
        except OSError as error:
            raise VaultError(
                f"{self.file} can't be written: {error.strerror}",
                "check that your state folder is writable and has room",
            ) from error

    def begin(self, move: Move) -> None:
        """Note down a move before its first file is written."""
        self.write(msgspec.structs.replace(self.read(), move=move))

    def end(self) -> None:
        """The move is done, or nobody's business any more."""
        self.write(msgspec.structs.replace(self.read(), move=None))

    def saw(self, tracking: str, tip: str) -> None:
        """Keep that everything up to `tip` is brought together."""
        state = self.read()
        if state.seen.get(tracking) != tip:
            self.write(msgspec.structs.replace(state, seen={**state.seen, tracking: tip}))
