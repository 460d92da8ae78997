"""Which exports of `[import] watch` were imported, as they were then.

It is kept in the user's state folder, so that a daemon that starts again imports only what has changed
meanwhile, and so that an import which the person took back stays so.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED
from vaultsync.vault.places import replace_private, state_folder, vault_key

Stamp = tuple[int, ...]
"""What tells one state of a file from another."""


class Watched:
    """The stamps of the watched files of the vault at `root`; `folder` replaces the user's state folder."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        state = folder if folder is not None else state_folder()
        self._file = state / "watched" / f"{vault_key(root)}.json"

    def read(self) -> dict[str, Stamp]:
        """The stamp of each file as it was imported last; none where nothing, or nothing legible, is kept."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, Stamp])
        except (OSError, *DAMAGED):
            return {}

    def keep(self, stamps: dict[str, Stamp]) -> None:
        """Keep these for the next process. Raises `OSError`."""
        replace_private(self._file, msgspec.json.encode(stamps) if stamps else b"")
