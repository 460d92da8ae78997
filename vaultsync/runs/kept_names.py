"""Links to the names that a merge takes away: they lead to the names that its notes have from now on.

Where one device renamed a note, Obsidian rewrote the links in the notes that were there; those of the other
device have the old name still. So it is with both, where both gave it a name, and one of the names goes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from vaultsync.core.history.conflict_names import conflict_of
from vaultsync.core.links.obsidian_links import FileNames
from vaultsync.core.merge.two_names import with_kept_name
from vaultsync.git.merging import Merging

MERGED = 2
"""Stands for the merged vault where 0 and 1 are its sides."""


class KeptNames:
    """The names that go in a merge of two `sides` into `tree`, with those that their files have in it."""

    def __init__(self, merging: Merging, sides: tuple[str, str], tree: str) -> None:
        self._merging, self._trees = merging, (*sides, tree)
        self._stays: dict[str, str] = {}
        self._named: dict[int, FileNames] = {}

    def learn(self, goes: str, stays: str) -> None:
        """Remember that the file called `goes` on one of the sides is called `stays` from now on."""
        self._stays[goes] = stays

    def linked(self, name: str, data: bytes, side: int) -> bytes:
        """One side's bytes of the file `name`, with links to names that go led to those that stay."""
        if not self._stays or not name.lower().endswith(".md"):
            return data
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return data
        in_vault = self._merging.in_vault
        before, after = self._names(side), self._names(MERGED)
        for goes, stays in self._stays.items():
            text = with_kept_name(text, in_vault(name), before, after, in_vault(goes), in_vault(stays))
        return text.encode()

    def others(self, decided: Collection[str]) -> dict[str, tuple[str, bytes]]:
        """Mode and bytes of the notes that came from one side as they were, and have such links.

        The names in `decided` are seen to already.
        """
        found: dict[str, tuple[str, bytes]] = {}
        for side in (0, 1):
            goes = [name for name in self._stays if self._merging.in_vault(name) in self._names(side)]
            for name, (mode, data) in self._mentioning(side, goes, decided).items():
                new = self.linked(name, data, side)
                if new != data:
                    found[name] = (mode, new)
        return found

    def _mentioning(
        self, side: int, names: Collection[str], decided: Collection[str]
    ) -> Mapping[str, tuple[str, bytes]]:
        """The notes with one of the names in their text that the merged vault has as the side has them."""
        if not names:
            return {}
        merging, tree = self._merging, self._trees[side]
        stems = {PurePosixPath(merging.in_vault(name)).name.removesuffix(".md") for name in names}
        different = {change.name for change in merging.changed(tree, self._trees[MERGED])}
        return {
            name: found
            for name, found in merging.mentioning(tree, stems).items()
            if name not in different and name not in decided and conflict_of(name) is None
        }

    def _names(self, side: int) -> FileNames:
        """The files of one side; of the merged vault with `MERGED`."""
        if side not in self._named:
            found = FileNames(self._merging.names(self._trees[side]))
            if side == MERGED:
                for goes, stays in self._stays.items():
                    found.add(self._merging.in_vault(stays))
                    found.remove(self._merging.in_vault(goes))
            self._named[side] = found
        return self._named[side]
