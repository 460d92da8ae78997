"""What a merge gives: the merged text, and what of it the two sides could not agree on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec


class Clash(msgspec.Struct, frozen=True):
    """A place that both sides changed in ways that don't go together.

    `kept` is what the merged text has there, `other` what it might have had; `line` (from 1) is where that
    stands in the merged text, `other_line` where it stands in the conflict note.
    """

    line: int
    other_line: int
    kept: str
    other: str


class Merged(msgspec.Struct, frozen=True):
    """The merged text; with clashes also the text of the conflict note.

    That is the same merged text with the other words at the clashes only, so that a diff of the two shows
    just these. `None` where all went together.
    """

    text: str
    other: str | None = None
    clashes: tuple[Clash, ...] = ()


class MergedFile(msgspec.Struct, frozen=True):
    """The same for a file's bytes. `other` goes to `conflict_path(path, other)`."""

    data: bytes
    other: bytes | None = None
    clashes: tuple[Clash, ...] = ()


class Choice(msgspec.Struct, frozen=True):
    """What the first and the second side have at a place where they clash."""

    one: str
    other: str


Part: TypeAlias = "str | Choice"
"""A merged text is a row of these: what is decided, and what is not."""


def merged_of(parts: Sequence[Part]) -> Merged:
    """The texts that a row of parts makes: at each clash the side with more words stays.

    Where both have as many, the later in the order of text stays: the same on each device.
    """
    kept_parts: list[str] = []
    other_parts: list[str] = []
    clashes: list[Clash] = []
    line = other_line = 1
    for part in parts:
        if isinstance(part, str):
            kept = other = part
        else:
            other, kept = sorted((part.one, part.other), key=lambda side: (len(side.split()), side))
            clashes.append(Clash(line, other_line, kept, other))
        kept_parts.append(kept)
        other_parts.append(other)
        line += kept.count("\n")
        other_line += other.count("\n")
    text = "".join(kept_parts)
    return Merged(text, "".join(other_parts), tuple(clashes)) if clashes else Merged(text)


def is_decided(parts: Sequence[Part]) -> bool:
    """Whether no place of the parts is a clash."""
    return all(isinstance(part, str) for part in parts)
