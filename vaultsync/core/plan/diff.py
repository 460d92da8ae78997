"""A planned change as a patch: what `--diff` prints and what the plugin will show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from vaultsync.core.text.matching import Hunk, hunks

if TYPE_CHECKING:  # so that a command which only prints texts doesn't load what a note is
    from vaultsync.core.plan.change import Change


_ENDS_A_NAME = re.compile(r'[\x00-\x1f\x7f"\\]')
"""Signs for which git's `quote_c_style` puts a name in quotes, each an octal escape in them."""

CONTEXT = 3
"""Unchanged lines that a patch shows around a change, as git does."""


class ToldChange(msgspec.Struct, frozen=True, array_like=True):
    """A planned change as a list tells it: how many lines of which note, and by which rules."""

    path: str
    rules: tuple[str, ...]
    added: int
    removed: int


def told(change: Change | ToldChange) -> ToldChange:
    """A change as a list tells it, if it isn't that already."""
    if isinstance(change, ToldChange):
        return change
    return ToldChange(change.path, change.rules, *lines_changed(change))


def lines_changed(change: Change) -> tuple[int, int]:
    """How many lines a change adds and removes."""
    found = hunks(lines_of(change.before.text), lines_of(change.after.text))
    return sum(h.new_end - h.new_start for h in found), sum(h.end - h.start for h in found)


def diff_of(change: Change) -> str:
    """A unified diff of one note, as `git diff` shows it; `git apply` and `patch -p1` take it."""
    return text_diff(change.path, change.before.text, change.after.text)


def text_diff(path: str, before: str | None, after: str) -> str:
    """A unified diff of a note's text; `before` is None for a note that is new."""
    old = "/dev/null" if before is None else _named(f"a/{path}")
    parts = []
    for line in _unified(lines_of(before or ""), lines_of(after), old, _named(f"b/{path}")):
        parts.append(line)
        if not line.endswith("\n"):
            parts.append("\n\\ No newline at end of file\n")
    return "".join(parts)


def _named(path: str) -> str:
    """A path as the head of a patch names it: in quotes where it holds what would end it, as git does."""
    if not _ENDS_A_NAME.search(path):
        return f"{path}\t" if " " in path else path  # so that both programs see where the name ends
    return '"' + _ENDS_A_NAME.sub(lambda found: f"\\{ord(found[0]):03o}", path) + '"'


def _unified(before: list[str], after: list[str], old: str, new: str) -> Iterator[str]:
    """The lines of a unified diff, as `difflib.unified_diff` makes them, in bounded time."""
    groups: list[list[Hunk]] = []
    for hunk in hunks(before, after):
        if groups and hunk.start - groups[-1][-1].end <= 2 * CONTEXT:
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    if groups:
        yield f"--- {old}\n"
        yield f"+++ {new}\n"
    for group in groups:
        first, last = group[0], group[-1]
        above = min(CONTEXT, first.start)
        below = min(CONTEXT, len(before) - last.end)
        span = _range(first.start - above, last.end + below)
        new_span = _range(first.new_start - above, last.new_end + below)
        yield f"@@ -{span} +{new_span} @@\n"
        at = first.start - above
        for hunk in group:
            yield from (f" {line}" for line in before[at : hunk.start])
            yield from (f"-{line}" for line in before[hunk.start : hunk.end])
            yield from (f"+{line}" for line in after[hunk.new_start : hunk.new_end])
            at = hunk.end
        yield from (f" {line}" for line in before[at : at + below])


def _range(start: int, end: int) -> str:
    """Lines as a hunk's head names them: the first one and how many; of none, the one before."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def lines_of(text: str) -> list[str]:
    """The lines with their ends, as `git diff` sees them: a line ends at a line feed and nowhere else."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
