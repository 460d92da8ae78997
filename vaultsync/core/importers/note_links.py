"""Links to papers' notes in what an import writes, in the form that the vault's own links have."""

from __future__ import annotations

from collections.abc import Iterable

from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.links.obsidian_links import FileNames, Unlinkable, write_link


class NoteLinks:
    """Writes links to notes that are there or are being made; `paths` are those of the vault's notes."""

    def __init__(self, style: LinkStyle = LinkStyle(), paths: Iterable[str] = ()) -> None:  # noqa: B008  frozen
        self._style = style
        self._names = FileNames(paths)

    def add(self, path: str) -> None:
        """A new note, which later links can lead to."""
        self._names.add(path)

    def written(
        self, source: str, path: str, display: str | None = None, *, in_table: bool = False
    ) -> str | None:
        """The link from the note `source` to the one at `path`; `None` if none can be written that way."""
        try:
            return write_link(self._names, self._style, source, path, display=display, in_table=in_table)
        except Unlinkable:
            return None
