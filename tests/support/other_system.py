"""A file system that treats names as another system does, over a folder of this one: `python other_system.py
FOLDER MOUNTPOINT KIND`, by FUSE, until it is unmounted.

`apfs`: case and normal form don't count, and names are kept as they were given (macOS today). `hfs+`: the
same, and names come back in NFD. `ntfs`: case doesn't count; what Windows refuses is refused: devices, a
blank or a dot at the end, nine characters. None can exchange two files in one step, as Linux can.
"""

# A file system is spoken to in the system's own words.
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH115, PTH118, PTH120, PTH211

from __future__ import annotations

import errno
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mfusepy

_REFUSED = re.compile(
    r'[<>:"\\|?*\x00-\x1f]|[. ]$|^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)', re.IGNORECASE
)
_STAT = "st_atime st_ctime st_gid st_mode st_mtime st_nlink st_size st_uid st_ino st_blocks".split()


class _Names(mfusepy.Operations):  # type: ignore[misc]
    """Passes everything on to a folder, by the name under which an entry is there."""

    use_ns = True

    def __init__(self, root: str, kind: str) -> None:
        self.root, self.kind = root, kind

    def _key(self, name: str) -> str:
        composed = name if self.kind == "ntfs" else unicodedata.normalize("NFC", name)
        return composed.casefold()

    def _at(self, path: str) -> str:
        """Where an entry is, or would be: as it was named first."""
        at = self.root
        for name in filter(None, path.split("/")):
            if not os.path.lexists(os.path.join(at, name)):
                try:
                    there = os.listdir(at)
                except OSError:
                    there = []
                name = next((one for one in there if self._key(one) == self._key(name)), name)
            at = os.path.join(at, name)
        return at

    def _new(self, path: str) -> str:
        """Where an entry is to be made; refuses what the system refuses."""
        at = self._at(path)
        name = path.rpartition("/")[2]
        if self.kind == "ntfs" and _REFUSED.search(name) and not os.path.lexists(at):
            raise mfusepy.FuseOSError(errno.EINVAL)
        return at

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        found = os.lstat(self._at(path))
        answer = {key: getattr(found, key) for key in _STAT}
        return answer | {f"st_{one}time": getattr(found, f"st_{one}time_ns") for one in "acm"}

    def readdir(self, path: str, fh: int) -> Iterator[str]:
        yield from (".", "..")
        for name in os.listdir(self._at(path)):
            yield unicodedata.normalize("NFD", name) if self.kind == "hfs+" else name

    def access(self, path: str, amode: int) -> int:
        return 0 if os.access(self._at(path), amode) else -errno.EACCES

    def readlink(self, path: str) -> str:
        return os.readlink(self._at(path))

    def symlink(self, target: str, source: str) -> int:
        os.symlink(source, self._new(target))
        return 0

    def link(self, target: str, source: str) -> int:
        os.link(self._at(source), self._new(target))
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        os.mkdir(self._new(path), mode)
        return 0

    def rmdir(self, path: str) -> int:
        os.rmdir(self._at(path))
        return 0

    def unlink(self, path: str) -> int:
        os.unlink(self._at(path))
        return 0

    def rename(self, old: str, new: str) -> int:
        """Move an entry; one that only changes its case, or its normal form, gets the new name."""
        source, target = self._at(old), self._new(new)
        if source == target:
            target = os.path.join(os.path.dirname(source), new.rpartition("/")[2])
        os.rename(source, target)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        os.chmod(self._at(path), mode)
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        os.chown(self._at(path), uid, gid)
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        os.utime(self._at(path), ns=times)
        return 0

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        os.truncate(self._at(path), length)
        return 0

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return os.open(self._new(path), os.O_RDWR | os.O_CREAT, mode)

    def open(self, path: str, flags: int) -> int:
        return os.open(self._at(path), flags & ~(os.O_CREAT | os.O_EXCL))

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return os.pwrite(fh, data, offset)

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        os.fsync(fh)
        return 0


class _Fuse(mfusepy.FUSE):  # type: ignore[misc]
    def rename_fuse_3(self, old: bytes, new: bytes, flags: int) -> int:
        if flags:  # exchange, or only if nothing is there: Linux alone can
            raise mfusepy.FuseOSError(errno.EINVAL)
        return int(self.rename_fuse_2(old, new))


if __name__ == "__main__":
    folder, mountpoint, kind = sys.argv[1:]
    _Fuse(_Names(str(Path(folder).resolve()), kind), mountpoint, foreground=True, nothreads=True)
