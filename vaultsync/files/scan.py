"""What stands in a vault: one walk over its folders, for `disk`.

Hidden files and folders are left out as Obsidian leaves them out (`.obsidian`, `.git`, `.trash`), and so are
the by-products of editors and sync tools. Links to folders are never followed, links to files only within the
vault.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import msgspec

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import Problem, VaultError
from vaultsync.files import exchange
from vaultsync.files.containment import leads_astray
from vaultsync.files.debris import is_debris
from vaultsync.files.placeholders import stands_for
from vaultsync.files.problems import (
    astray,
    dangling,
    elsewhere,
    folder_named_note,
    is_utf8,
    not_utf8,
    outside,
    problem,
    problem_of,
    special,
)


class FileInfo(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A note's file as `stat` sees it; equal ones hold equal bytes, but see `cache.differences`."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class Scan(msgspec.Struct, frozen=True):
    """What stands in a vault.

    `notes` are sorted by path. `others` are files that links can lead to, but that aren't rewritten:
    attachments, conflict copies, further names of a note. `leftovers` are temporary files of a killed run.
    """

    notes: dict[str, FileInfo]
    others: tuple[str, ...]
    problems: tuple[Problem, ...]
    leftovers: tuple[str, ...]
    folders: int

    @property
    def of_names(self) -> dict[str, Problem]:
        """The problems of notes that can be read all the same, by path: with their names alone."""
        return {problem.path: problem for problem in self.problems if problem.path in self.notes}

    @property
    def no_notes(self) -> dict[str, Problem]:
        """What is wrong with all that would be a note, and can't be read as one, by path."""
        return {problem.path: problem for problem in self.problems if problem.path not in self.notes}


Ignored = Callable[[str], bool]
"""Whether the person excluded a path; a folder's ends in `/`."""


def scan_vault(root: Path, ignored: Ignored | None = None) -> Scan:
    """All files below `root`, which is resolved; raises `VaultError` if it can't be read."""
    return _Scanner(str(root), ignored).scan()


_SYSTEM_FOLDERS = frozenset({"lost+found", "System Volume Information", "$RECYCLE.BIN"})
"""What systems make at the top of a disk, for themselves alone: no note of a vault there lies in them."""


class _Scanner:
    """One walk through the vault: `os.scandir`, no link to a folder followed, one `stat` a note."""

    def __init__(self, base: str, ignored: Ignored | None) -> None:
        self._base = base
        self._ignored = ignored
        self._notes: dict[str, FileInfo] = {}
        self._others: list[str] = []
        self._problems: list[Problem] = []
        self._leftovers: list[str] = []
        self._links: list[tuple[str, str]] = []
        self._folders = 0

    def scan(self) -> Scan:
        pending = [""]
        while pending:
            prefix = pending.pop()
            try:
                with os.scandir(f"{self._base}/{prefix}") as entries:
                    self._folders += 1
                    pending += self._look_into(prefix, entries)
            except OSError as error:
                if not prefix:
                    raise VaultError(
                        f"the vault {self._base} can't be read: {error.strerror}",
                        "is its disk mounted, and the folder yours? `vaultsync doctor` looks into it",
                    ) from error
                if error.errno != errno.ENOENT:  # deleted while we walk: as if it had been before
                    self._problems.append(problem_of(prefix.removesuffix("/"), error))
        self._look_into_our_folder()
        self._follow_links()
        notes = {path: self._notes[path] for path in sorted(self._notes)}
        self._problems += _clashes(notes)
        return Scan(
            notes,
            tuple(sorted(self._others)),
            tuple(sorted(self._problems)),
            tuple(sorted(self._leftovers)),
            self._folders,
        )

    def _look_into(self, prefix: str, entries: Iterable[os.DirEntry[str]]) -> list[str]:
        """Sort the entries of a folder in; gives the prefixes of the folders that are to be walked.

        What nearly all entries of a vault are, a plain note, is told at once: a third of the time of a scan.
        """
        folders = []
        for entry in entries:
            name = entry.name
            if (
                name.endswith(".md")
                and name.isascii()
                and entry.is_file(follow_symlinks=False)
                and not is_debris(name)
                and (self._ignored is None or not self._ignored(prefix + name))
            ):
                self._note(prefix + name, entry)
            elif folder := self._look_at(prefix, entry):
                folders.append(folder)
        return folders

    def _note(self, path: str, entry: os.DirEntry[str]) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # deleted while we walk
            pass
        except OSError as error:
            self._problems.append(problem_of(path, error))
        else:
            self._notes[path] = info_of(path, status)

    def _look_at(self, prefix: str, entry: os.DirEntry[str]) -> str:
        """Sort one entry in; gives the prefix of a folder that is to be walked, else nothing."""
        name = entry.name
        path = prefix + name
        is_folder = entry.is_dir(follow_symlinks=False)
        if name[0] == ".":  # `.obsidian`, `.git`, `.trash`, `.vaultsync`, and all else that Obsidian hides
            if not is_folder and exchange.is_temp(name):
                self._leftovers.append(path)
            elif (meant := stands_for(name)) and not is_folder:
                self._look_at_placeholder(prefix + meant)
            return ""
        if not name.isascii() and not is_utf8(name):
            self._problems.append(not_utf8(path))
            return ""
        if is_folder and path in _SYSTEM_FOLDERS:
            return ""
        if self._ignored is not None and self._ignored(f"{path}/" if is_folder else path):
            return ""
        is_markdown = name.endswith((".md", ".MD", ".Md", ".mD"))
        if is_folder:
            if is_markdown:
                self._problems.append(folder_named_note(path))
            return f"{path}/"
        if entry.is_symlink():
            self._links.append((path, entry.path))
        elif is_debris(name):
            if is_markdown:  # a conflict copy
                self._others.append(path)
        elif not is_markdown:
            self._others.append(path)
        elif not entry.is_file(follow_symlinks=False):
            self._problems.append(special(path))
        else:
            self._note(path, entry)
        return ""

    def _look_at_placeholder(self, path: str) -> None:
        """A file that is not here, and not gone; should it be here as well, the walk meets it by itself."""
        if os.path.lexists(f"{self._base}/{path}") or (self._ignored is not None and self._ignored(path)):
            return
        if path.lower().endswith(".md"):
            self._problems.append(elsewhere(path))
        else:
            self._others.append(path)

    def _look_into_our_folder(self) -> None:
        """Hidden as it is, decisions are written there, and a run may be killed over it."""
        folder, _, _ = DECISIONS_PATH.rpartition("/")
        with contextlib.suppress(OSError):  # most vaults have none
            names = os.listdir(f"{self._base}/{folder}")
            self._leftovers += (f"{folder}/{name}" for name in names if exchange.is_temp(name))

    def _follow_links(self) -> None:
        """A link to a file of the vault is a note, unless that file is one under its own name already."""
        if not self._links:
            return
        real_notes = {f"{self._base}/{path}" for path in self._notes}
        for path, file in sorted(self._links):
            real = os.path.realpath(file)
            if not real.startswith(self._base + os.sep):
                self._problems.append(outside(path))
                continue
            try:
                status = Path(real).stat()
            except OSError:
                self._problems.append(dangling(path))
                continue
            if not stat.S_ISREG(status.st_mode):
                continue  # a further way to a folder of the vault
            if path[-3:].lower() != ".md" or real in real_notes:
                self._others.append(path)
            elif leads_astray(path, real[len(self._base) + 1 :].replace(os.sep, "/")):
                self._problems.append(astray(path))
            else:
                self._notes[path] = info_of(path, status)
                real_notes.add(real)


def _clashes(notes: Collection[str]) -> Iterator[Problem]:
    """Names that are one file on another system: equal but for case or for how an accent is encoded."""
    joined = "/\0".join(notes)  # (together: a tenth of the time)
    if joined.isascii() and len(set(joined.lower().split("/\0"))) == len(notes):
        return
    seen: dict[str, str] = {}
    for path in notes:
        folded = path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()
        first = seen.setdefault(folded, path)
        if first is not path:
            message = f"this name differs from “{first}” only in case or in the encoding of an accent"
            yield problem(path, "file-name-clash", message, "rename one: other systems can't hold both")


def info_of(path: str, status: os.stat_result) -> FileInfo:
    """What `stat` said about the file at `path`."""
    return FileInfo(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
