"""The problems that a file of the vault can have, in words: for `scan` and `disk`."""

from __future__ import annotations

import errno
import os
import shlex
from collections.abc import Sequence

from vaultsync.core.errors import Problem
from vaultsync.files import containment
from vaultsync.files.containment import FileRefused

ELSEWHERE = "file-elsewhere"
"""The rule of problems with files that are not here, and are not gone."""


def problem_of(path: str, error: OSError | FileRefused) -> Problem:
    """What a person can do about `error`, which reading or writing `path` raised."""
    if isinstance(error, FileRefused):
        return problem(path, error.rule, error.message, error.hint)
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return problem(path, "file-vanished", "this file is no longer there")
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return problem(
                path, "disk-full", "no room to write this file; it stands as it was", "free some space"
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return problem(
                path,
                "file-permission",
                f"vaultsync may not use this file: {error.strerror}",
                "make it yours, readable and writable; `vaultsync doctor` lists all such files",
            )
        case errno.EISDIR:
            return special(path)
        case _:
            return problem(
                path,
                "file-error",
                f"this file can't be used: {error.strerror or error}",
                "if it comes back, the disk may be failing; `vaultsync doctor` looks around",
            )


def problem(path: str, rule: str, message: str, hint: str = "") -> Problem:
    """A problem of the whole file; bytes of its name that are no UTF-8 become escapes that can be shown."""
    shown = os.fsencode(path).decode(errors="backslashreplace")
    return Problem(shown, 0, 0, rule, message, hint)


def special(path: str) -> Problem:
    """A pipe, a socket, a folder where a file should be."""
    return problem_of(path, containment.special())


def folder_named_note(path: str) -> Problem:
    """A folder that is called `x.md`; Obsidian shows it as a folder."""
    return problem(path, "folder-named-note", "this folder is named as a note", "rename it without `.md`")


def is_utf8(name: str) -> bool:
    """Whether a name, as Python decodes it, has only characters that another system can hold."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def not_utf8(path: str) -> Problem:
    """A name that no link can spell and no other system can hold."""
    return problem(path, "file-name", "this name is not UTF-8", "rename it")


def outside(path: str) -> Problem:
    """A path or a symbolic link that leads out of the vault."""
    return problem_of(path, containment.outside())


def astray(path: str) -> Problem:
    """A symbolic link to what is hidden in the vault."""
    return problem_of(path, containment.astray())


def hidden(path: str) -> Problem:
    """A name with a dot in front: Obsidian would not show what is written there, and `.git` is one."""
    return problem(path, "file-hidden", "nothing is written into a hidden folder", "choose another folder")


def leftover(path: str) -> Problem:
    """A file named as our temporary files are, which no run on this machine tells of: nobody's, for us."""
    message = "it is named as a temporary file of vaultsync, but no run on this machine left it"
    return problem(path, "file-leftover", message, "look into it; if nothing in it is yours, delete it")


def elsewhere(path: str) -> Problem:
    """A file that a sync service keeps on its servers alone, with a placeholder for it here."""
    message = "iCloud keeps this file on its servers, and only a placeholder here"
    return problem(path, ELSEWHERE, message, "have it downloaded: open it, or its folder, in Finder")


def outside_checkout(paths: Sequence[str]) -> Problem:
    """The problem of the first of the notes that git keeps, and a sparse checkout leaves out."""
    more = f"and {len(paths) - 1} more lie" if len(paths) > 1 else "lies"
    folder = paths[0].rpartition("/")[0] or "/*"
    hint = f"bring it here: `git sparse-checkout add {shlex.quote(folder)}`"
    return problem(paths[0], ELSEWHERE, f"this note {more} outside git's sparse checkout", hint)


def dangling(path: str) -> Problem:
    """A symbolic link to nothing."""
    return problem(
        path, "file-dangling", "this link leads to no file", "remove it, or restore what it led to"
    )
