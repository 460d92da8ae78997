"""Which folders are no vault, whoever says so: a home folder, and what belongs to the system.

A repository made there would take in keys, mail, other people's files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_SYSTEM = frozenset(
    "bin boot dev etc lib lib64 opt proc root run sbin srv sys usr var Applications Library System".split()
)


def why_no_vault(folder: Path, environ: Mapping[str, str]) -> str:
    """Why the resolved `folder` can't be a vault; empty if it can."""
    if folder.parent == folder:
        return "it is the root of the file system"
    home = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
    homes = {Path(os.path.realpath(place)) for place in (home, os.path.expanduser("~"))}
    if folder in homes:
        return "it is your home folder"
    if any(folder in place.parents for place in homes):
        return "your home folder lies in it"
    if folder.parts[0] == "/" and folder.parts[1] in _SYSTEM and not any(map(folder.is_relative_to, homes)):
        return "it belongs to the system" if len(folder.parts) < 4 or folder.parts[1] != "var" else ""
    if os.name == "nt" and folder.name.lower() in ("windows", "program files", "program files (x86)"):
        return "it belongs to the system"
    return ""
