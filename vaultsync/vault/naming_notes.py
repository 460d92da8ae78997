"""Which notes may have a link to a note that is gone: all of them are read, once, for its name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from unicodedata import is_normalized
from urllib.parse import quote

from vaultsync.core.markdown.link_syntax import names_linked
from vaultsync.core.text.folding import fold_name, words_of
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.files.disk import Disk


def naming(disk: Disk, notes: Collection[str], paths: Iterable[str]) -> set[str]:
    """Those of the notes that may have a link to one of these paths: they hold a word of its name."""
    words = {max(words_of(fold_name(PurePosixPath(path).stem)), key=len, default="") for path in paths}
    words |= {quote(word).lower() for word in words}
    read = disk.read_many(notes) if words else ()
    return {
        path
        for path, data in read
        if isinstance(data, bytes) and _may_have(data.decode(errors="replace"), words)
    }


def still_linked(disk: Disk, notes: Collection[str], paths: Iterable[str]) -> set[str]:
    """Those of these paths, which are no notes now, that a link in some of the notes may mean."""
    by_name: dict[str, set[str]] = {}
    for path in paths:
        by_name.setdefault(fold_name(PurePosixPath(path).stem), set()).add(path)
    found: set[str] = set()
    for _, data in disk.read_many(notes) if by_name else ():
        if isinstance(data, bytes):
            for name in names_linked(data.decode(errors="replace")):
                found |= by_name.get(fold_name(name), set())
    return found


_UNUSUAL = late_pattern("[\uff01-\uff5e\u0130\u03c2]")


def _may_have(text: str, words: set[str]) -> bool:
    """Whether a text may hold one of the folded words; where folding does more than lower case, it may."""
    if not text.isascii() and (_UNUSUAL.search(text) or not is_normalized("NFC", text)):
        return True
    lower = text.lower()
    return any(word in lower for word in words)
