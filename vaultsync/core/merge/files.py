"""The three-way merge of any file of a vault, by what its name says it is; what git's driver calls."""

from __future__ import annotations

from vaultsync.core.merge.merged import Clash, MergedFile
from vaultsync.core.merge.notes import merge_note


def merge_file(path: str, base: bytes | None, one: bytes, other: bytes) -> MergedFile:
    """Merge the two sides of the file at `path` (vault-relative; only its ending counts).

    `base` is what both were made from, `None` if each side made the file. Never raises: what can't be read as
    what its name says is kept as the one of its sides, the other one beside it. Swapping the sides changes
    nothing.
    """
    if one == other or other == base:
        return MergedFile(one)
    if one == base:
        return MergedFile(other)
    try:
        texts = [None if side is None else side.decode("utf-8") for side in (base, one, other)]
    except UnicodeDecodeError:
        texts = []
    if not texts or texts[1] is None or texts[2] is None or not path.lower().endswith(".md"):
        kept, left = sorted((one, other), key=lambda side: (len(side), side), reverse=True)
        return MergedFile(kept, left, (Clash(1, 1, "", ""),))
    result = merge_note(texts[0], texts[1], texts[2])
    left_text = None if result.other is None else result.other.encode("utf-8")
    return MergedFile(result.text.encode("utf-8"), left_text, result.clashes)
