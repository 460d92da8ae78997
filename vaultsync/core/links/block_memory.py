"""Whose a line in a managed block is: the tool's, as it is remembered, or a person's who typed it there.

`managed_blocks` asks for each line that it would drop. What is remembered of a line is its digest, as the
last runs left it; where no run left anything, git's former versions of the note are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import Enum
from functools import lru_cache
from hashlib import blake2b

from vaultsync.core.note import Note

LINE_DIGEST = 8
"""Bytes that are remembered of a line of a block."""

FormerLines = Callable[[str], Callable[[str], bool] | None]
"""Gives for a note's path a test whether earlier runs wrote a line of its blocks, `None` if none is known."""


class Writer(Enum):
    """Who wrote a line of a block."""

    TOOL = "tool"
    PERSON = "person"
    UNKNOWN = "unknown"


WriterOf = Callable[[str, str], Writer]
"""Tells who wrote a line (the second) in the blocks of the note at a path (the first)."""


class BlockMemory:
    """The lines that the tool wrote into the blocks of each note.

    `former` is asked last, and with the path that the note has now: it knows what an undo brought back.
    """

    def __init__(self, former: FormerLines) -> None:
        self._former = former
        self._kept: dict[str, bytes] = {}
        self._planned: dict[str, bytes] = {}
        self._found: Mapping[str, bytes | None] = {}

    def writer_of(self, path: str, line: str) -> Writer:
        """Who wrote `line`, which stands in a block of the note at `path`."""
        if has_line(self._planned.get(path, b""), line):
            return Writer.TOOL
        kept = self._kept.get(path)
        if kept is not None and has_line(kept, line):
            return Writer.TOOL
        # What an undo brought back is older than what the last plan wrote: git remembers that, too.
        former = self._former(path)
        if former is not None:
            return Writer.TOOL if former(line) else Writer.PERSON
        return Writer.UNKNOWN if kept is None else Writer.PERSON

    def start_plan(self) -> None:
        """Forget what earlier plans would have written."""
        self._planned.clear()

    def plan(self, before: str, note: Note) -> None:
        """Remember the lines that a plan, which may yet be dropped, gave to the blocks of `note`.

        Not those that the note's text had `before`: a marker that is put back takes in what a person wrote.
        """
        there = {line_digest(line) for line in lines_of(before)}
        added = line_digests(note) or b""
        digests = (added[at : at + LINE_DIGEST] for at in range(0, len(added), LINE_DIGEST))
        self._planned[note.path] = self._planned.get(note.path, b"") + b"".join(
            digest for digest in digests if digest not in there
        )

    def at_rest(self, note: Note, tended: Collection[str]) -> bytes | None:
        """What to `keep` of a note in which nothing is left to do: the digests of the tool's lines.

        These are all lines of the blocks that rules have just `tended`, by name. In any other (its rule is
        off, or was held back, or a marker lost its partner) a person's lines may stand: of it the known ones.
        """
        if "vaultsync:" not in note.text:
            return None
        blocks, faults = note.managed
        sure = set(tended).difference(fault.name for fault in faults if fault.fault != "repeated")
        if all(block.name not in sure for block in blocks):
            return self._kept.get(note.path)
        known = self._kept.get(note.path, b"") + self._planned.get(note.path, b"")
        lines = (
            line
            for block in blocks
            for line in lines_of(block.inner.of(note.text))
            if block.name in sure or has_line(known, line)
        )
        return b"".join(map(line_digest, lines))

    def keep(self, path: str, digests: bytes | None) -> None:
        """Remember the digests of the lines in a note's blocks that are the tool's."""
        if digests is None:
            self._kept.pop(path, None)
        else:
            self._kept[path] = digests

    def found(self, lines: Mapping[str, bytes | None]) -> None:
        """Take what a plan found `at_rest`, by the notes' paths; it counts once a note stands like that."""
        self._found = lines

    def settle(self, path: str) -> None:
        """The note at `path` stands as it was planned. Of one that the plan gave up nothing is learnt."""
        if path in self._found:
            self.keep(path, self._found[path])

    def kept(self, path: str) -> bytes | None:
        """What `keep` was given last for the note at `path`."""
        return self._kept.get(path)


def line_digest(line: str) -> bytes:
    """What is remembered of a line of a block; blanks at its ends don't count."""
    return blake2b(line.strip().encode(), digest_size=LINE_DIGEST).digest()


def line_digests(note: Note) -> bytes | None:
    """The digests of the lines in the note's blocks, one after the other; `None` if nothing names a block."""
    if "vaultsync:" not in note.text:
        return None
    lines = (line for block in note.managed[0] for line in lines_of(block.inner.of(note.text)))
    return b"".join(map(line_digest, lines))


def has_line(digests: bytes, line: str) -> bool:
    """Whether the digests that `line_digests` gave are of this line among others."""
    return line_digest(line) in _apart(digests)


@lru_cache(maxsize=8)  # of the few notes that are asked for just now, line after line
def _apart(digests: bytes) -> frozenset[bytes]:
    return frozenset(digests[at : at + LINE_DIGEST] for at in range(0, len(digests), LINE_DIGEST))


def lines_of(text: str) -> list[str]:
    """The lines of a block's text. Only a line feed ends one: a quote may hold a U+2028, or a form feed."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines[:-1] if not lines[-1] else lines
