"""The names of conflict notes: `NAME (conflict 1a2b3c4).md` beside `NAME.md`, known by this form alone.

A merge that can't decide a place leaves the note whole and puts the other words into such a note. No rule,
list, import or rename touches one; whoever asks which files are notes asks here first.
"""

from __future__ import annotations

import re
from hashlib import blake2b

DIGITS = 7
"""Hexadecimal digits of the content's hash in the name."""

_FORM = re.compile(r"(?s)(.+) \(conflict [0-9a-f]{7}\)(\.[^./]*)?")


def conflict_path(path: str, data: bytes) -> str:
    """Where the conflict note of the file at `path` goes: named by the hash of its own content `data`.

    So each device that meets the same clash gives it the same name, and two clashes of one note have two.
    """
    digest = blake2b(data, digest_size=16).hexdigest()[:DIGITS]
    folder, slash, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    return f"{folder}{slash}{stem} (conflict {digest}){dot}{ending}"


def conflict_of(path: str) -> str | None:
    """The file of whose merge `path` is the conflict note; `None` if its name has not that form."""
    folder, slash, name = path.rpartition("/")
    found = _FORM.fullmatch(name)
    return f"{folder}{slash}{found[1]}{found[2] or ''}" if found else None
