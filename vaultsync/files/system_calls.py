"""What the operating system offers for replacing a file safely, and what stands in where it offers less.

Linux has a rename that lets two names change places, a rename that never replaces, leases, by which one
learns whether a file is open for writing, and a sync of a whole file system. Elsewhere, and on file systems
whose drivers lack them, callers hear `Unsupported`, or "unknown", and `exchange` and `durable` do the next
best. Nothing here knows what a note is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

_AT_FDCWD = -100
_NOREPLACE = 1
_EXCHANGE = 2
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_SYNCED_WHOLE = frozenset(
    {
        0xEF53,  # ext2, ext3, ext4
        0x58465342,  # XFS
        0x9123683E,  # Btrfs
        0xF2F52010,  # F2FS
        0x01021994,  # tmpfs
    }
)
"""File systems whose `syncfs` returns when all is on the disk, by statfs(2); FUSE's isn't even told of it."""
_READ = os.O_RDONLY
for _flag in ("O_BINARY", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK"):  # no system has all; a FIFO mustn't block
    _READ |= getattr(os, _flag, 0)


class Unsupported(Exception):
    """The kernel, the C library or the file system has no such call."""


def exchange_names(one: Path, other: Path) -> None:
    """Let the two files change places in one step; raises `Unsupported` and `OSError`."""
    _rename_at(one, other, _EXCHANGE)


def rename_new(source: Path, target: Path) -> None:
    """Rename `source`, never over an existing `target`: raises `FileExistsError`."""
    try:
        _rename_at(source, target, _NOREPLACE)
        return
    except Unsupported:
        pass
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError) as error:
        # Also without hard links (FAT), a look at the name is the best there is. Windows refuses by itself.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        source.rename(target)
    else:
        source.unlink()


def second_name(path: Path, name: Path) -> bool:
    """Make `name` a hard link to the file at `path`; False where the file system has none."""
    try:
        os.link(path, name, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except (OSError, NotImplementedError):
        return False
    return True


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    """A descriptor for reading the file at `path` itself: a symbolic link raises `OSError` (ELOOP)."""
    fd = os.open(path, _READ)
    try:
        yield fd
    finally:
        os.close(fd)


def contents(fd: int) -> bytes | None:
    """All bytes of an open file; None if somebody has it open for writing, as far as the system can tell."""
    leased = _lease(fd)
    if leased is False:
        return None
    parts = []
    while part := os.read(fd, 1 << 20):
        parts.append(part)
    return None if leased and not _still_leased(fd) else b"".join(parts)


def look(path: Path) -> bytes | None:
    """The bytes of the file at `path`; None if it is no regular file or is open for writing."""
    try:
        with opened(path) as fd:
            return contents(fd) if stat.S_ISREG(os.fstat(fd).st_mode) else None
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise


if sys.platform == "linux":
    import fcntl

    def attributes_of(fd: int) -> dict[str, bytes]:
        """The extended attributes of an open file, access control lists among them."""
        try:
            return {name: os.getxattr(fd, name) for name in os.listxattr(fd)}
        except OSError:  # a file system without them
            return {}

    def dress(fd: int, model: os.stat_result, attributes: dict[str, bytes]) -> None:
        """Give the file the owner, mode and attributes of the one that it replaces, as far as we may."""
        now = os.fstat(fd)
        for owner, group in ((model.st_uid, -1), (-1, model.st_gid)):
            if (owner, group) not in {(now.st_uid, -1), (-1, now.st_gid)}:
                with contextlib.suppress(PermissionError):
                    os.fchown(fd, owner, group)
        os.fchmod(fd, stat.S_IMODE(model.st_mode))
        for name, value in attributes.items():
            try:
                os.setxattr(fd, name, value)
            except OSError as error:
                if error.errno not in {errno.EPERM, errno.EACCES, *_UNSUPPORTED}:
                    raise

    def _lease(fd: int, /) -> bool | None:
        """Take a read lease until `fd` is closed: False if a writer has the file, None where leases fail."""
        try:
            # Someone who opens the file to write it makes the kernel signal us, and waits until we close it:
            # microseconds. SIGURG, unlike the default SIGIO, is ignored by a process that doesn't handle it.
            fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            return (
                False if error.errno == errno.EAGAIN else None
            )  # another owner's file, a network file system
        return True

    def _still_leased(fd: int, /) -> bool:
        return fcntl.fcntl(fd, fcntl.F_GETLEASE) == fcntl.F_RDLCK

    def sync_file_system(folder: Path) -> None:
        """Bring all that was written to the file system of `folder` to the disk; see syncfs(2).

        Raises `OSError`, since Linux 5.8 also for bytes that could not be written, and `Unsupported` where
        the call does not wait for that.
        """
        import ctypes

        status, find, sync = ctypes.create_string_buffer(256), _libc("fstatfs"), _libc("syncfs")
        if find is None or sync is None:
            raise Unsupported
        fd = os.open(folder, os.O_RDONLY)
        try:
            _checked(find(fd, status), folder)
            if ctypes.c_long.from_buffer(status).value & 0xFFFFFFFF not in _SYNCED_WHOLE:
                raise Unsupported
            _checked(sync(fd), folder)
        finally:
            os.close(fd)

    @cache
    def _libc(name: str) -> Callable[..., int] | None:
        import ctypes  # some milliseconds that only a run that writes should pay

        call: Callable[..., int] | None = getattr(ctypes.CDLL(None, use_errno=True), name, None)
        return call

    def _checked(outcome: int, path: Path) -> None:
        import ctypes

        if outcome != 0:
            number = ctypes.get_errno()
            if number in _UNSUPPORTED:
                raise Unsupported
            raise OSError(number, os.strerror(number), str(path))

    def _rename_at(source: Path, target: Path, flags: int, /) -> None:
        """`renameat2(2)`; raises `OSError`, or `Unsupported` where the kernel or the driver can't."""
        call = _libc("renameat2")
        if call is None:
            raise Unsupported
        _checked(call(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), flags), target)

else:

    def attributes_of(_fd: int, /) -> dict[str, bytes]:
        """Nothing: Python reads extended attributes on Linux alone."""
        return {}

    def dress(fd: int, model: os.stat_result, _attributes: dict[str, bytes], /) -> None:
        """Give the file the mode of the one that it replaces; Windows has access control lists instead."""
        if sys.platform != "win32":
            os.fchmod(fd, stat.S_IMODE(model.st_mode))

    def sync_file_system(_folder: Path, /) -> None:
        """No other system has it."""
        raise Unsupported

    def _lease(_fd: int, /) -> bool | None:
        return None

    def _still_leased(_fd: int, /) -> bool:
        return True

    def _rename_at(_source: Path, _target: Path, _flags: int, /) -> None:
        raise Unsupported
