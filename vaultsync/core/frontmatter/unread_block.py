"""Front matter that Obsidian doesn't read: a block that something stands above, and blocks of other formats.

A note with one must not be given a second block: it would lock the first one in where nothing reads it.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec

from vaultsync.core.frontmatter.block import find_front_matter, parse_front_matter

LOOKED_AT = 10_000
"""Characters in which a block is looked for; longer comments above one are somebody's text."""


class DisplacedBlock(msgspec.Struct, frozen=True):
    """A block that doesn't count: the offset of its fence, and what to do about what stands above it."""

    offset: int
    hint: str


def displaced_block(text: str) -> DisplacedBlock | None:
    """The block that would be the note's front matter without the blanks, signs and comments above it."""
    at = first = 1 if text.startswith("\ufeff") else 0
    if text.startswith("---", at) or "---" not in text[:LOOKED_AT]:
        return None
    signs: list[str] = []
    comment = False
    while at < min(len(text), LOOKED_AT):
        sign = text[at]
        if sign.isspace() or unicodedata.category(sign) == "Cf":
            signs += [] if sign in " \t\r\n" else [f"U+{ord(sign):04X}"]
            at += 1
            continue
        closer = "-->" if text.startswith("<!--", at) else "%%" if text.startswith("%%", at) else ""
        end = text.find(closer, at + 2, LOOKED_AT) if closer else -1
        if end < 0:
            break
        comment, at = True, end + len(closer)
    if at == first or not text.startswith("---", at):
        return None
    block = text[at:]
    found = find_front_matter(block)
    if found is None or not found.closed:
        return None
    front = parse_front_matter(block[: found.span.end])
    if front is None or front.error is not None or not front.properties:
        return None
    if comment:
        return DisplacedBlock(at, "move the comment above it below it")
    if signs:
        return DisplacedBlock(at, f"delete the invisible sign {signs[0]} above it")
    return DisplacedBlock(at, "delete the blank lines above it")


def foreign_front_matter(text: str) -> str:
    """The fence of a closed block in another format: `+++` (TOML), `;;;` or `{` (JSON); empty without one."""
    if text.startswith("{", 1 if text.startswith("\ufeff") else 0):
        return "{" if _is_json(text) else ""
    found = _OTHER_FENCE.match(text)
    return found[1] if found and _closes(text, found[1], found.end()) else ""


def _is_json(text: str) -> bool:
    """Whether a text begins with a JSON object of its own lines, as Hugo reads it."""
    head = text[:LOOKED_AT].removeprefix("\ufeff")
    end = re.search(r"^\}[ \t]*\r?$", head, re.MULTILINE)
    try:
        found = msgspec.json.decode(head[: end.end()]) if end is not None else None
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return False
    return isinstance(found, dict) and bool(found)


_OTHER_FENCE = re.compile("\ufeff?(\\+\\+\\+|;;;)[ \t]*\r?\n")


def _closes(text: str, fence: str, start: int) -> bool:
    return re.compile(rf"^{re.escape(fence)}[ \t]*\r?$", re.MULTILINE).search(text, start) is not None
