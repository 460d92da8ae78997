"""The three-way merge of a note: `(base | None, one, other)` → the merged text, and the clashes.

It is symmetric: which side is called `one` changes nothing, so two devices that merge on their own make the
same bytes. Front matter is merged by properties, the body by lines and words; a managed block travels as one
line, and its lines, which the next run makes anew, are put together so that nothing typed into it is lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from vaultsync.core.frontmatter.block import find_front_matter
from vaultsync.core.markdown import managed_blocks
from vaultsync.core.merge.body import merge_lines
from vaultsync.core.merge.front import merge_heads
from vaultsync.core.merge.line_endings import LineEndings, without_cr
from vaultsync.core.merge.matching import matched
from vaultsync.core.merge.merged import Choice, Merged, Part, merged_of
from vaultsync.core.note import BOM

SHARED = 0.3
"""The share of the shorter one's lines that two new notes of one name have in common if they are one note."""

MergeBody = Callable[[str, str, str], list[Part]]
"""Merges the bodies of base, one and other, line ends plain; each line of a part has its end."""

_BLOCK = "\x00{}\x00"
_BLOCK_LINE = re.compile(r"\x00([a-z-]+)\x00\n")


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
    return note_parts(base, one, other, _merge_body)


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


def merge_body_lines(base: str, one: str, other: str) -> list[Part]:
    """A body merged by its lines, those of managed blocks like any others."""
    return merge_lines(lines_of(base), lines_of(one), lines_of(other))


def _merge_body(base: str, one: str, other: str) -> list[Part]:
    """A body of which each managed block travels as one line, and is put together apart from the rest."""
    if any("\x00" in text for text in (base, one, other)):  # the sign for a block; nothing that is typed
        return merge_body_lines(base, one, other)
    bodies, blocks = zip(*(_without_blocks(text) for text in (base, one, other)), strict=True)
    inner = {name: _merge_block(*(found.get(name) for found in blocks)) for name in {*blocks[1], *blocks[2]}}
    return [_with_blocks(part, inner) for part in _once(merge_body_lines(*bodies))]


def _cut(text: str) -> tuple[str, str]:
    """Front matter and body. A block that is never closed counts as body: nobody knows where it ends."""
    found = find_front_matter(text)
    if found is None or not found.closed:
        return "", text
    return text[: found.span.end], text[found.span.end :]


def lines_of(text: str) -> list[str]:
    """The lines of a text with plain line ends, without them."""
    return text.removesuffix("\n").split("\n") if text else []


def _without_blocks(body: str) -> tuple[str, dict[str, str]]:
    """The body with each managed block as a single line, and the blocks."""
    if "vaultsync:" not in body:
        return body, {}
    out, found, done = [], {}, 0
    for block in managed_blocks(body):
        out += [body[done : block.span.start], _BLOCK.format(block.name) + "\n"]
        found[block.name] = block.span.of(body)
        done = block.span.end
    return "".join([*out, body[done:]]), found


def _once(parts: Sequence[Part]) -> list[Part]:
    """The parts with each block's line once: both sides can have made it, in two places."""
    seen: set[str] = set()

    def first(found: re.Match[str]) -> str:
        if found[1] in seen:
            return ""
        seen.add(found[1])
        return found[0]

    result: list[Part] = []
    for part in parts:
        if isinstance(part, str):
            result.append(_BLOCK_LINE.sub(first, part))
        else:
            before = set(seen)
            one = _BLOCK_LINE.sub(first, part.one)
            after, seen = seen, before
            other = _BLOCK_LINE.sub(first, part.other)
            seen |= after
            result.append(Choice(one, other))
    return result


def _with_blocks(part: Part, blocks: Mapping[str, str]) -> Part:
    def written(text: str) -> str:
        return _BLOCK_LINE.sub(lambda m: blocks.get(m[1], m[0]), text)

    return written(part) if isinstance(part, str) else Choice(written(part.one), written(part.other))


def _merge_block(base: str | None, one: str | None, other: str | None) -> str:
    """The lines of a block, those of both sides where they differ; it ends with a line end.

    A sum that may be out of date, and that the next run puts right. It isn't emptied: which of its lines a
    person typed only a run knows, and it moves them out when it finds them.
    """
    one, other = (side and side.removesuffix("\n") + "\n" for side in (one, other))
    if not one or not other or one == other:
        return one or other or ""
    base = base.removesuffix("\n") + "\n" if base else ""
    if base in (one, other):
        return other if one == base else one
    first, second = sorted((lines_of(one), lines_of(other)))
    out: list[str] = []
    for part in merge_lines(lines_of(base) or [first[0], first[-1]], first, second):
        if isinstance(part, str):
            out += lines_of(part)
        else:
            out += lines_of(part.one)
            missing = Counter(lines_of(part.other)) - Counter(lines_of(part.one))
            out += [line for line in lines_of(part.other) if line in missing]
    return "".join(f"{line}\n" for line in out)


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
