"""What was written outlasts a power cut: the bytes of new files first, then the names that they were given.

It stands beside `exchange`, for `disk`. A temporary file is synced before it takes a note's name, since a
file system may bring a name to the disk before the bytes behind it; the folder is synced once, at the end.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from vaultsync.core.errors import VaultError
from vaultsync.files.system_calls import Unsupported, sync_file_system

FEW = 32
"""So many files are synced one by one. A sync of the file system also waits for what other programs have
still to write there; for more files than that it is the lesser wait: 10,000 new notes of 1.2 kB took 0.8 s
with one for each 1,000 of them, 14.7 s with one for each file, 8.4 s with that in four threads (ext4)."""

_THREADS = 4  # with a sync each they took half of the time of one; more don't help
_READ = os.O_RDWR if sys.platform == "win32" else os.O_RDONLY  # Windows syncs what it may write


def sync_files(files: Sequence[Path]) -> dict[Path, OSError]:
    """Bring the bytes of all files to the disk; gives the files for which that failed, and why."""
    if len(files) > FEW and _synced_at_once(files):
        return {}
    outcomes = map(_failure, files) if len(files) < 2 else _failures(files)
    return {file: error for file, error in zip(files, outcomes, strict=True) if error is not None}


def sync_folders(folders: Iterable[Path]) -> None:
    """Bring the names in the folders to the disk. Raises `VaultError` if the disk fails.

    Nothing is done where folders can't be synced: Windows, some network shares.
    """
    for folder in folders:
        try:
            fd = os.open(folder, os.O_RDONLY)
        except OSError:  # gone, or Windows
            continue
        try:
            os.fsync(fd)
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.ENOTSUP, errno.EROFS, errno.EACCES}:
                raise VaultError(
                    f"{folder} can't be brought to the disk for good: {error.strerror}",
                    "the disk may be full or failing: make a copy of the vault before you go on",
                ) from error
        finally:
            os.close(fd)


def _synced_at_once(files: Iterable[Path]) -> bool:
    """Whether the file systems of the files could be synced as a whole, and told of no failure."""
    folders = {file.parent for file in files}
    try:
        for folder in {folder.stat().st_dev: folder for folder in folders}.values():
            sync_file_system(folder)
    except (OSError, Unsupported):
        return False  # if the disk fails, the files one by one will tell which
    return True


def _failures(files: Sequence[Path]) -> list[OSError | None]:
    from concurrent.futures import ThreadPoolExecutor  # milliseconds that few runs should pay

    with ThreadPoolExecutor(_THREADS, "vaultsync-sync") as pool:
        return list(pool.map(_failure, files))


def _failure(file: Path) -> OSError | None:
    try:
        fd = os.open(file, _READ)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        return error
    return None
