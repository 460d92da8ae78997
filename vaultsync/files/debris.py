"""Which file names are never notes: by-products of editors and sync tools, and everything hidden."""

from __future__ import annotations

import re

from vaultsync.core.text.late_pattern import late_pattern

_DEBRIS = late_pattern(
    r"""
    \.                             # hidden: .#x (Emacs lock), .x.swp (Vim), .~lock.x# (LibreOffice),
                                   # ._x (macOS), .goutputstream-X (GIO), .syncthing.x.tmp, .vaultsync-X.tmp
    | ~(?:\$|syncthing~)           # Office's lock, Syncthing's temporary file on Windows
    | \#.*\#\Z                     # Emacs' autosave
    | 4913\Z                       # Vim tries with this name whether it may write here
    | .*~\Z                        # a backup of Vim, Emacs, gedit
    | .*\.(?:tmp|temp|swp|swo|swx|bak|part|partial|crdownload|crswap|orig|rej)\Z
    | .*\.tmp[.-]?\d+\Z            # x.md.tmp.1234
    | .*\.md\.\d+\Z                # npm's write-file-atomic: x.md.1234
    | .*\.sync-conflict-           # Syncthing
    | .*\(conflict\ [0-9a-f]{7,}\) # ours: named by content, so that two devices make the same one
    | .*\([^()]*conflicted\ copy\b # Dropbox, Nextcloud, Obsidian Sync
    | .*_conflict-\d{8}-\d{6}      # older Nextcloud and ownCloud
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


_MARK = late_pattern(
    r"^[.~#]|~$|4913|\.(?:tmp|temp|sw[pox]|bak|part|cr[ds]|orig|rej)|conflict|\d$", re.IGNORECASE
)
"""A cheap first look, which nearly every name of a vault fails; `_DEBRIS` decides about the rest."""


def is_debris(name: str) -> bool:
    """Whether a file of this name (without its folder) is another program's by-product and so never a note.

    These are editors' swap, lock, backup and temporary files, sync tools' temporary files and conflict copies
    (Syncthing, Dropbox, Nextcloud, Obsidian Sync, our own), and everything hidden.
    """
    if name.endswith(".md") and name[0] not in ".~" and "conflict" not in name.lower():
        return False  # nearly every name of a vault; one search less for each of its notes
    return _MARK.search(name) is not None and _DEBRIS.match(name) is not None
