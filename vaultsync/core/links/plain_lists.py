"""Lists of mentions that can be judged without their notes: whether a paper's list is as it should be.

In most runs all lists are. What the first look at a paper note found of its list, a digest, is compared with
the list that is wanted: only where the two differ is the note read again, which took a third of "linking".
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from vaultsync.core.frontmatter.block import has_template_marks
from vaultsync.core.links.block_memory import line_digest
from vaultsync.core.links.managed_blocks import begin_marker, end_marker
from vaultsync.core.note import Note

LISTED = "mentions"
"""The name of the block that is a plain list."""

_BEGIN, _END = f"\n{begin_marker(LISTED)}\n", f"\n{end_marker(LISTED)}"
_DOUBTFUL = (("<", "<"), ("`", "```"), ("~", "~~~"), ("$", "$$"))
"""What may hide a marker, or make the note a template; each led by a sign of it, which is found faster."""


def plain_list(note: Note) -> bytes:
    """What tells the note's list of mentions from others; empty if it may take more than that to judge it.

    So it is where anything else in the note bears the tool's name, or could hide a marker, where a line
    doesn't end in a line feed alone, and where the note is its owner's or another program's affair.
    """
    text, start = note.text, note.body_start
    begin = text.find(_BEGIN, max(start - 1, 0))
    if begin < 0 or text.count("vaultsync") != 2:
        return b""
    first = begin + len(_BEGIN)
    end = text.find(_END, first - 1)
    if end < 0 or text[end + len(_END) : end + len(_END) + 1] not in ("", "\n"):
        return b""
    if text.count("%") != 4 * len("%%") and text.count("%%") != 4:
        return b""
    front = text[:start]
    if "\\" in front or has_template_marks(front) or note.owner:
        return b""
    if "\r" in text:
        return b""
    for sign, mark in _DOUBTFUL:
        if sign in text and text.find(mark, start) >= 0:
            return b""
    lines = text[first:end].split("\n")
    return _digest(lines) + b"".join(map(line_digest, lines))


class PlainLists:
    """The plain lists of notes, as they are planned so far; of none whose list takes a closer look."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}

    def put(self, path: str, digest: bytes) -> None:
        """Take over what `plain_list` gave for the note at `path`."""
        if digest:
            self._digests[path] = digest
        else:
            self._digests.pop(path, None)

    def __contains__(self, path: str) -> bool:
        return path in self._digests

    def has(self, path: str, lines: Sequence[str]) -> bool:
        """Whether the note at `path` has a list of just these lines."""
        return self._digests.get(path, b"")[:_SIZE] == _digest(lines)

    def lines(self, path: str) -> bytes:
        """The digests of the list's lines (`block_memory.line_digests`)."""
        return self._digests[path][_SIZE:]

    def clear(self) -> None:
        """Forget them: the plan is made."""
        self._digests.clear()


_SIZE = 16


def _digest(lines: Sequence[str]) -> bytes:
    return blake2b("\n".join(lines).encode(errors="surrogatepass"), digest_size=_SIZE).digest()
