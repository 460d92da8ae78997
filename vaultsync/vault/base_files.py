"""The vault's `.base` files: no notes, but they read the notes' properties by their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from vaultsync.files.disk import Disk


class BaseFiles:
    """The texts of the bases, as they were last read."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._bytes: dict[str, bytes] = {}

    def read(self, paths: Iterable[str]) -> list[tuple[str, str]]:
        """Read those of these files that are bases, and give their paths and texts."""
        bases = [path for path in paths if path.lower().endswith(".base")]
        for path, data in self._disk.read_many(bases) if bases else ():
            self._bytes[path] = data if isinstance(data, bytes) else b""
        return [(path, self._text(path)) for path in bases]

    def drop(self, path: str) -> None:
        """The file is gone."""
        self._bytes.pop(path, None)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((path, self._text(path)) for path in self._bytes)

    def digest(self, others: Iterable[str]) -> bytes:
        """What tells these names of files, and the texts of the bases, from others."""
        names = blake2b("\0".join(others).encode(errors="surrogateescape"), digest_size=8)
        for path, data in sorted(self._bytes.items()):
            names.update(path.encode(errors="surrogateescape") + b"\0" + data)
        return names.digest()

    def _text(self, path: str) -> str:
        return self._bytes[path].decode(errors="replace")
