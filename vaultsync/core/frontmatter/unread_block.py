"""Front matter that Obsidian doesn't read: a block that begins in another way, and blocks of other formats.

A note with one must not be given a second block: it would lock the first one in where nothing reads it.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec

from vaultsync.core.frontmatter.block import find_front_matter, parse_front_matter
from vaultsync.core.frontmatter.legible import KEY

LOOKED_AT = 10_000
"""Characters in which a block is looked for; longer comments above one are somebody's text."""

_TELLING = frozenset(("tags", "tag", "aliases", "alias", "title", "type", "cssclasses", "cssclass"))
"""Properties by which lines are known for front matter; the head of an email has others."""


class DisplacedBlock(msgspec.Struct, frozen=True):
    """A block that doesn't count: where it begins and ends, why, and what to do about it."""

    offset: int
    end: int
    hint: str
    message: str = "front matter counts only from the first line on"


def displaced_block(text: str) -> DisplacedBlock | None:
    """The block that would be the note's front matter if nothing stood above it, or in its first line.

    Above it are blanks, signs and comments, or one line of words; in its first line something was typed, or
    a dash is too few or too many, or that line is gone.
    """
    first = 1 if text.startswith("\ufeff") else 0
    if "---" not in text[:LOOKED_AT] or find_front_matter(text) is not None:
        return None
    return _below_blanks(text, first) or _damaged(text, first)


def _damaged(text: str, first: int) -> DisplacedBlock | None:
    """A block whose first line is not a fence, though a hand's breadth away from one."""
    blank = _BLANK.match(text, first)
    start = blank.end() if blank is not None else first
    end = text.find("\n", start, LOOKED_AT)
    line = text[start:end].rstrip()
    if end < 0 or not line:
        return None
    if set(line) == {"-"} and line != "---":
        return _telling(
            text, start, end + 1, "write three dashes there", "the first line of front matter is ---"
        )
    if line.endswith("---"):
        at = start + len(line) - 3
        words = line.rstrip("-").strip()
        return _telling(text, at, end + 1, f"delete “{words[:20]}” before its ---")
    below = _FENCE_BELOW.match(text, end)
    if below is not None and not line.startswith(_OPENERS):
        found = _telling(text, below.start(1), below.end(), "move the line above it below it")
        if found is not None:
            return found
    if KEY.match(line) is None:
        return None
    return _telling(text, start, start, "write --- above it", "front matter begins with a line ---")


def _telling(text: str, offset: int, content: int, hint: str, message: str = "") -> DisplacedBlock | None:
    """The block of the entries from `content` on, if they are closed and say what the note is."""
    opener = "---\n"
    block = opener + text[content:LOOKED_AT]
    found = find_front_matter(block)
    if found is None or not found.closed:
        return None
    front = parse_front_matter(block[: found.span.end])
    if front is None or front.error is not None:
        return None
    if _TELLING.isdisjoint(one.key.casefold() for one in front.properties):
        return None
    end = content + found.span.end - len(opener)
    return DisplacedBlock(offset, end, hint, message) if message else DisplacedBlock(offset, end, hint)


_OPENERS = ("`", "~~~", "<!--", "%%", "$$", "<%", "{{")  # what is below such a line belongs to it
_BLANK = re.compile(r"\s*")
_FENCE_BELOW = re.compile(r"\s*\n(---)[ \t\r]*\n")


def _below_blanks(text: str, first: int) -> DisplacedBlock | None:
    at = first
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
    end = at + found.span.end
    if comment:
        return DisplacedBlock(at, end, "move the comment above it below it")
    if signs:
        return DisplacedBlock(at, end, f"delete the invisible sign {signs[0]} above it")
    return DisplacedBlock(at, end, "delete the blank lines above it")


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
