"""What a conflict note and its note disagree on, and the note as the person decides it.

A conflict note is the merged note with the other words at the clashes only, so the lines in which the two
differ are the clashes. The note may have been edited since: what is decided is brought into it as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.merge.files import merge_file
from vaultsync.core.merge.merged import Clash

Side = Literal["ours", "theirs", "both", "done"]
"""`ours`: the note's own words stay; `theirs`: the conflict note's come in their place; `both`: below them;
`done`: the note is as it should be."""


def clashes_between(note: str, other: str) -> tuple[Clash, ...]:
    """Where a note and its conflict note differ."""
    one, two = note.splitlines(), other.splitlines()
    return tuple(
        Clash(i1 + 1, j1 + 1, "\n".join(one[i1:i2]), "\n".join(two[j1:j2]))
        for tag, i1, i2, j1, j2 in _opcodes(one, two)
        if tag != "equal"
    )


def decided(side: Side, path: str, base: bytes, now: bytes, other: bytes) -> bytes | None:
    """The file at `path` as decided; it is `now`, and was `base` when its conflict note `other` was made.

    `None` where that can't be done: what was edited since stands at the same place, or both can't be kept of
    a file that is no note.
    """
    if side in ("ours", "done"):
        return now
    wanted = other if side == "theirs" else _both(path, base, other)
    if wanted is None:
        return None
    if now == base:
        return wanted
    result = merge_file(path, base, now, wanted)
    return result.data if result.other is None else None


def _both(path: str, base: bytes, other: bytes) -> bytes | None:
    """The note's words, and below them the other ones; of a property only one value can stand."""
    if not path.lower().endswith(".md"):
        return None
    try:
        one, two = base.decode(), other.decode()
    except UnicodeDecodeError:
        return None
    front = parse_front_matter(one)
    head = one[: front.span.end].count("\n") if front is not None else 0
    lines, others = one.splitlines(keepends=True), two.splitlines(keepends=True)
    out: list[str] = []
    for tag, i1, i2, j1, j2 in _opcodes(lines, others):
        out += lines[i1:i2]
        if tag != "equal" and i1 >= head:
            if out and not out[-1].endswith("\n"):
                out[-1] += "\n"
            out += others[j1:j2]
    return "".join(out).encode()


def _opcodes(one: Sequence[str], two: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    return [*SequenceMatcher(None, one, two, autojunk=False).get_opcodes()]
