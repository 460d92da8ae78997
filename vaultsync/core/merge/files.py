"""The three-way merge of any file of a vault, by what its name says it is; what git's driver calls."""

from __future__ import annotations

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.merge.data_files import FORMATS, merge_data
from vaultsync.core.merge.decisions import merge_decisions
from vaultsync.core.merge.merged import Clash, Merged, MergedFile
from vaultsync.core.merge.notes import merge_note

BOUND = 4_000_000
"""Bytes of the two sides together up to which a file is merged by its content; a larger one stays whole."""


def merge_file(path: str, base: bytes | None, one: bytes, other: bytes) -> MergedFile:
    """Merge the two sides of the file at `path` (vault-relative; only its ending counts).

    `base` is what both were made from, `None` if each side made the file. Never raises: what can't be read as
    what its name says, and what is no text, is kept as one of its sides, the other beside it. Swapping the
    sides changes nothing.
    """
    if one == other or other == base:
        return MergedFile(one)
    if one == base:
        return MergedFile(other)
    merged = _merged(path, base, one, other)
    if merged is None:
        # No text to compare: the longer one, of two as long the later in the order of bytes.
        left, kept = sorted((one, other), key=lambda side: (len(side), side))
        return MergedFile(kept, left, (Clash(1, 1, "", ""),))
    left_text = None if merged.other is None else merged.other.encode("utf-8")
    return MergedFile(merged.text.encode("utf-8"), left_text, merged.clashes)


def is_merged_by_content(path: str) -> bool:
    """Whether a file of this name is merged by its content, and not only taken whole."""
    ending = path.rpartition(".")[2].lower()
    return ending == "md" or ending in FORMATS


def _merged(path: str, base: bytes | None, one: bytes, other: bytes) -> Merged | None:
    ending = path.rpartition(".")[2].lower()
    if len(one) + len(other) > BOUND:
        return None
    try:
        was, here, there = (None if side is None else side.decode("utf-8") for side in (base, one, other))
    except UnicodeDecodeError:
        return None
    if here is None or there is None:
        return None
    if path.endswith(DECISIONS_PATH):
        return merge_decisions(was, here, there)
    if ending in FORMATS:
        return merge_data(FORMATS[ending], was, here, there)
    return merge_note(was, here, there) if ending == "md" else None
