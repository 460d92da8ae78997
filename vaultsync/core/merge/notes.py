"""The three-way merge of a note: `(base | None, one, other)` → the merged text, and the clashes.

It is symmetric: which side is called `one` changes nothing, so two devices that merge on their own make the
same bytes. Front matter is merged by properties, the body by lines and words; a managed block travels as one
line, and its lines, which the next run makes anew, are put together so that nothing typed into it is lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from vaultsync.core.frontmatter.block import find_front_matter
from vaultsync.core.merge.blocks import MergeBody, merge_with_blocks
from vaultsync.core.merge.front import merge_heads
from vaultsync.core.merge.line_endings import LineEndings, without_cr
from vaultsync.core.merge.merged import Choice, Merged, Part, merged_of
from vaultsync.core.note import BOM
from vaultsync.core.text.matching import matched

SHARED = 0.3
"""The share of the shorter one's lines that two new notes of one name have in common if they are one note."""


def merge_note(base: str | None, one: str, other: str) -> Merged:
    """Merge the two sides of a note that had the text `base` before; `None`: it is new on both."""
    if one == other or other == base:
        return Merged(one)
    if one == base:
        return Merged(other)
    return merged_of(merge_parts(base, one, other))


def merge_parts(base: str | None, one: str, other: str) -> list[Part]:
    """The merged note as a row of texts and of choices, each with the first and the second side's text."""
    if base is None:
        common = _common(without_cr(one), without_cr(other))
        if common is None:
            return [Choice(one, other)]
        base = common
    return note_parts(base, one, other, merge_with_blocks)


def note_parts(base: str, one: str, other: str, merge_body: MergeBody) -> list[Part]:
    """The same with another way to merge the body, where managed blocks are to be looked at otherwise."""
    sides = (base, one, other)
    mark = BOM if _changed(*(side.startswith(BOM) for side in sides)) else ""
    plain = [without_cr(side.removeprefix(BOM)) for side in sides]
    parts = _merge(plain[0], plain[1], plain[2], merge_body)
    if parts is None:
        return [Choice(one, other)]
    return LineEndings(base, one, other).put_back([mark, *parts])


def _changed(base: bool, one: bool, other: bool) -> bool:
    return one if other == base else other


def _common(one: str, other: str) -> str | None:
    """The lines that two new notes have in common, as the text that both were made from; `None`: too few."""
    first, second = sorted((one.split("\n"), other.split("\n")))
    shared = [first[i] for i, _ in matched(first, second)]
    said = min(sum(bool(line.strip()) for line in side) for side in (first, second))
    if sum(bool(line.strip()) for line in shared) < SHARED * said:
        return None
    return "\n".join(shared)


def _merge(base: str, one: str, other: str, merge_body: MergeBody) -> list[Part] | None:
    """The parts of a note without byte order mark and with `\n` alone; `None` if it has to stay whole."""
    heads, bodies = zip(*(_cut(text) for text in (base, one, other)), strict=True)
    head = merge_heads(*heads)
    body = merge_body(*bodies)
    ends = [not text or text.endswith("\n") for text in bodies]
    if not _changed(*ends) and any(bodies[1:]):
        body = _without_last_end(body)
    parts = [*head, *body]
    return parts if _is_sound(head, parts) else None


def _cut(text: str) -> tuple[str, str]:
    """Front matter and body. A block that is never closed counts as body: nobody knows where it ends."""
    found = find_front_matter(text)
    if found is None or not found.closed:
        return "", text
    return text[: found.span.end], text[found.span.end :]


def _without_last_end(parts: Sequence[Part]) -> list[Part]:
    result = list(parts)
    while result and result[-1] == "":
        result.pop()
    if result and isinstance(last := result[-1], str):
        result[-1] = last.removesuffix("\n")
    elif result and isinstance(last := result[-1], Choice):
        result[-1] = Choice(last.one.removesuffix("\n"), last.other.removesuffix("\n"))
    return result


def _is_sound(head: Sequence[Part], parts: Sequence[Part]) -> bool:
    """Whether in both texts the front matter ends where the merged block does: none comes out of a body."""
    for side in ("one", "other"):
        above, whole = (
            "".join(part if isinstance(part, str) else getattr(part, side) for part in row)
            for row in (head, parts)
        )
        found = find_front_matter(whole)
        if (found.span.end if found is not None and found.closed else 0) != len(above):
            return False
    return True
