"""The names of copies that other sync tools leave beside a file when two devices changed it.

Syncthing: `NAME.sync-conflict-20251126-120000-ABCDEFG.md`; Obsidian Sync, Dropbox and Nextcloud: `NAME (…
conflicted copy …).md`; older Nextcloud and ownCloud: `NAME_conflict-20251126-120000.md`. iCloud's `NAME 2.md`
is not among them: it may be a note of its own, which only its text can tell.
"""

from __future__ import annotations

import re

_FORMS = (
    re.compile(r"(?s)(.+)\.sync-conflict-\d{8}-\d{6}(?:-[A-Z0-9]{7})?(\.[^./]*)?"),
    re.compile(r"(?is)(.+?) \([^()]*conflicted copy\b[^()]*\)(\.[^./]*)?"),
    re.compile(r"(?s)(.+)_conflict-\d{8}-\d{6}(\.[^./]*)?"),
)


def copy_of(path: str) -> str | None:
    """The file of which `path` is another tool's copy; `None` if its name has none of the forms."""
    folder, slash, name = path.rpartition("/")
    for form in _FORMS:
        if found := form.fullmatch(name):
            return f"{folder}{slash}{found[1]}{found[2] or ''}"
    return None


_NUMBERED = re.compile(r"(?s)(.+) [2-9](\.[^./]*)")


def numbered_of(path: str) -> str | None:
    """The file of which `path` may be a copy that iCloud left (`NAME 2.md`); `None` without such a number."""
    folder, slash, name = path.rpartition("/")
    found = _NUMBERED.fullmatch(name)
    return f"{folder}{slash}{found[1]}{found[2]}" if found else None
