"""What lies in the vault and what doesn't: the one check of paths, and the one reader of single files (P8).

Whatever lies in a vault may be a stranger's: its links, its settings, the names in them. A path counts by the
file that it really leads to. Folders that are written in are held open meanwhile, so that one that is swapped
for a link in between leads nowhere else; a file is judged after it was opened, for the same reason.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from pathlib import Path
from typing import BinaryIO

LINUX = sys.platform == "linux"

_READ = os.O_RDONLY
for _flag in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK"):  # no system has all; a pipe mustn't block
    _READ |= getattr(os, _flag, 0)
_HOLD = getattr(os, "O_PATH", 0) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_HOLD |= getattr(os, "O_CLOEXEC", 0)
_HELD_BY = "/proc/self/fd"


_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""Characters that macOS ignores in file names."""


class FileRefused(Exception):
    """The file is not read, or not rewritten, for what it is; `rule` is the id of the problem."""

    def __init__(self, rule: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.rule, self.message, self.hint = rule, message, hint


def is_plain(path: str) -> bool:
    """Whether `path` is a vault-relative POSIX path without steps upwards, empty names or NUL."""
    if not path or "\0" in path or path[0] == "/":
        return False
    return {"", ".", ".."}.isdisjoint(path.split("/")) and (os.sep == "/" or os.sep not in path)


def is_hidden(path: str) -> bool:
    """Whether a name in the path starts with a dot: Obsidian shows no such file, and `.git` is one."""
    return path.startswith(".") or "/." in path


def is_part_of_git(path: str) -> bool:
    """Whether a name in the path is that of git's own folder, on any system (git-fsck(1), `hasDotgit`)."""
    for part in path.replace("\\", "/").split("/"):
        name = _UNSEEN.sub("", part).rstrip(". ").lower().partition(":")[0]
        if name in (".git", "git~1"):
            return True
    return False


def holds(root: str, real: str) -> bool:
    """Whether the resolved path `real` is the resolved folder `root` or lies in it."""
    prefix = root.rstrip(os.sep) + os.sep
    return f"{real}{os.sep}".startswith(prefix)


def read_inside(root: Path, path: str, limit: int) -> bytes:
    """The bytes of the regular file at `path` in the resolved folder `root`, `limit` of them at most.

    Links are followed inside the folder only; a pipe or a device is never waited for. Raises `FileRefused`
    and `OSError`.
    """
    if not is_plain(path):
        raise outside()
    return read_known(str(root), f"{str(root).rstrip(os.sep)}{os.sep}{path}", limit, hidden=True)


def read_known(root: str, file: str, limit: int, *, hidden: bool = False) -> bytes:
    """`read_inside` for a path that a scan has put together; a link to a hidden note is good then."""
    fd = os.open(file, _READ)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise special()
        told = _told(fd) if LINUX else ""
        if not _is_inside(told, status, file, root):
            raise outside()
        if _leads_astray(file, told or os.path.realpath(file), root, hidden=hidden):
            raise astray()
        if status.st_size > limit:
            raise too_large(status.st_size, limit)
        data = os.read(fd, status.st_size + 1)
        if len(data) != status.st_size:  # it grows or shrinks just now
            parts, size = [data], len(data)
            while size <= limit and (more := os.read(fd, 1 << 20)):
                parts.append(more)
                size += len(more)
            data = b"".join(parts)
        if len(data) > limit:
            raise too_large(len(data), limit)
        return data
    finally:
        os.close(fd)


def open_inside(root: Path, file: Path) -> BinaryIO:
    """The regular file at `file`, open, if it lies in the resolved folder `root`; to read bit by bit."""
    fd = os.open(file, _READ)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise special()
        told = _told(fd) if LINUX else ""
        if not _is_inside(told, status, str(file), str(root)):
            raise outside()
        if _leads_astray(str(file), told or os.path.realpath(file), str(root), hidden=True):
            raise astray()
        return os.fdopen(fd, "rb")
    except BaseException:
        os.close(fd)
        raise


class HeldFolders:
    """Folders of the vault at `root`, held open while files in them are written."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._prefix = self._root.rstrip(os.sep) + os.sep
        self._held: dict[str, Path] = {}
        self._names: dict[str, str] = {}
        self._open: list[int] = []

    def __len__(self) -> int:
        return len(self._held)

    def at(self, path: str) -> Path | None:
        """Where to find the vault's `path`; None if its folder lies outside. `OSError` if there is none."""
        if not is_plain(path):
            return None
        folder, _, name = path.rpartition("/")
        held = self._held.get(folder) or self._hold(folder)
        return None if held is None else held / name

    def make(self, folder: str) -> list[Path]:
        """Make a folder and those above it; gives the folders that got a new one."""
        try:
            if not folder or self.at(f"{folder}/x") is not None:
                return []
        except FileNotFoundError:
            pass
        changed = self.make(folder.rpartition("/")[0])
        place = self.at(folder)
        if place is None:
            raise outside()
        place.mkdir(exist_ok=True)
        return [*changed, place.parent]

    def name_of(self, file: Path) -> str:
        """The vault's name of a file that `at` told of, or of one beside it."""
        folder = self._names[str(file.parent)]
        return f"{folder}/{file.name}" if folder else file.name

    def close(self) -> None:
        """Let go of all folders."""
        for fd in self._open:
            os.close(fd)
        self._open.clear()
        self._held.clear()
        self._names.clear()

    def __del__(self) -> None:
        self.close()

    def _hold(self, folder: str) -> Path | None:
        real = os.path.realpath(self._prefix + folder)
        if not holds(self._root, real) or _leads_astray(self._prefix + folder, real, self._root):
            return None
        held = Path(real)
        if LINUX:
            fd = os.open(real, _HOLD)
            self._open.append(fd)
            found = f"{_HELD_BY}/{fd}"
            told = _told(fd)
            if told and _leads_astray(self._prefix + folder, told, self._root):
                return None  # swapped, too
            if told == real or (told and holds(self._root, told)):
                held = Path(found)
            elif told and _same(told, os.fstat(fd)):
                return None  # swapped for another one since we looked
        elif not held.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), real)
        self._held[folder] = held
        self._names[str(held)] = real[len(self._prefix) :].replace(os.sep, "/")
        return held


def _is_inside(told: str, status: os.stat_result, file: str, root: str) -> bool:
    """Whether an open file lies in the folder, by what the kernel `told` of it, else by its resolved path."""
    if told and holds(root, told):
        return True
    real = os.path.realpath(file)
    return holds(root, real) and _same(real, status)


def leads_astray(asked: str, real: str, *, hidden: bool = False) -> bool:
    """Whether a path of the vault, by a link, leads to git's own folder, or to Obsidian's.

    Both are relative to the vault. A remote's password in `.git/config`, a plugin's keys in its `data.json`
    would go where the path itself does: into a note, into a commit, to the remote. With `hidden` each other
    hidden file counts, too: a person may keep notes in such a folder, but not what is copied into notes.
    """
    if asked == real or "." not in real:
        return False
    if is_part_of_git(real):
        return True
    theirs = hidden or ".obsidian" in real.lower().split("/")
    return theirs and is_hidden(real) and not is_hidden(asked)


def _leads_astray(file: str, real: str, root: str, *, hidden: bool = False) -> bool:
    """The same for full paths; a file outside of `root` is `outside`'s to tell."""
    if file == real or not holds(root, real):
        return False
    start = len(root.rstrip(os.sep)) + 1
    asked, led = (path[start:].replace(os.sep, "/") for path in (file, real))
    return leads_astray(asked, led, hidden=hidden)


def _told(fd: int) -> str:
    """The path of an open file as Linux knows it; empty where it doesn't."""
    try:
        return os.readlink(f"{_HELD_BY}/{fd}")  # noqa: PTH115  a `Path` took four times as long, for each note
    except OSError:
        return ""


def _same(path: str, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), status)  # noqa: PTH116  a text, of thousands of notes
    except OSError:
        return False


def outside() -> FileRefused:
    """A path or a symbolic link that leads out of the vault."""
    return FileRefused("file-outside", "this path leads out of the vault", "move the file into the vault")


def astray() -> FileRefused:
    """A symbolic link to a hidden file or folder of the vault, which Obsidian doesn't show."""
    hint = "replace the link by a copy, if that may be seen"
    return FileRefused("file-hidden", "this link leads to what is hidden in the vault", hint)


def special() -> FileRefused:
    """A pipe, a socket, a device, a folder where a file should be."""
    return FileRefused("file-special", "this is no regular file", "move it out of the vault, or rename it")


def too_large(size: int, limit: int) -> FileRefused:
    """A file of `size` bytes, over the limit."""
    message = f"it has {size / 1e6:.1f} MB, more than {limit / 1e6:g} MB, and is left alone"
    return FileRefused("file-too-large", message, "split it, or exclude it with `[vault] ignore`")
