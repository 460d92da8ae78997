"""Which notes may be asked for: those of the vault, by their paths in it, and nothing else on the machine."""

from __future__ import annotations

from pathlib import Path

from vaultsync.core.config.config import Config
from vaultsync.core.errors import VaultsyncError
from vaultsync.files.debris import is_debris


class Refused(VaultsyncError):
    """What was asked can't be done; `status` is HTTP's."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status = status


def checked_note(root: Path, config: Config, path: str) -> str:
    """The path, if it is that of a note which vaultsync looks after; there need be none yet.

    Raises `Refused` for what leads out of the vault, also by a link, for hidden and for ignored files, and
    for conflict notes and other programs' copies, which no run takes for notes.
    """
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or any(ord(char) < 32 for char in path) or "\\" in path:
        raise Refused(403, "this is no path in the vault", "give the path from the vault's folder, with /")
    if any(part.startswith(".") for part in parts):
        raise Refused(403, "hidden files are not for notes")
    if not path.lower().endswith(".md"):
        raise Refused(403, "this is not a note", "a note's name ends in .md")
    try:
        inside = (root / path).resolve().relative_to(root.resolve())
    except (ValueError, OSError, RuntimeError):  # a name that is too long, links in a circle
        raise Refused(403, "this leads out of the vault") from None
    if any(part.startswith(".") for part in inside.parts):
        raise Refused(403, "this leads to a hidden file")
    if is_debris(parts[-1]):
        raise Refused(403, "this is a copy beside a note", "`vaultsync conflicts` shows what it is")
    if config.ignored(path):
        raise Refused(403, "this note is ignored", "see `[vault] ignore` in .vaultsync/config.toml")
    return path
