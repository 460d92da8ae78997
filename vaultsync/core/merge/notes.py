"""The three-way merge of a note: `(base | None, one, other)` → the merged text, and the clashes.

It is symmetric: which side is called `one` changes nothing, so two devices that merge on their own make the
same bytes.
"""

from __future__ import annotations

from vaultsync.core.merge.merged import Choice, Merged, merged_of


def merge_note(base: str | None, one: str, other: str) -> Merged:
    """Merge the two sides of a note that had the text `base` before; `None`: it is new on both."""
    if one == other or other == base:
        return Merged(one)
    if one == base:
        return Merged(other)
    return merged_of([Choice(*sorted((one, other)))])
