"""Files that a sync service has taken from this disk and left a placeholder for; for `scan` and `disk`.

Until macOS 14 iCloud puts the hidden file `.X.md.icloud` in the place of an `X.md` that it keeps on its
servers alone. The note is not gone: nothing is to be concluded from its not being there.
"""

from __future__ import annotations

import os

_HEAD, _TAIL = ".", ".icloud"


def stands_for(name: str) -> str:
    """The name of the file that the file `name` stands for; empty if it is none, or for a hidden one."""
    if not (name.startswith(_HEAD) and name.endswith(_TAIL)) or name.startswith(".."):
        return ""
    return name[len(_HEAD) : -len(_TAIL)]


def is_elsewhere(file: str) -> bool:
    """Whether, instead of the file at this path, there is a placeholder for it."""
    folder, name = os.path.split(file)
    placeholder = f"{_HEAD}{name}{_TAIL}"
    return stands_for(placeholder) == name and os.path.lexists(f"{folder}/{placeholder}")
