"""A planned change as a patch: what `--diff` prints and what the plugin will show."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that a command which only prints texts doesn't load what a note is
    from vaultsync.core.plan.change import Change


def lines_changed(change: Change) -> tuple[int, int]:
    """How many lines a change adds and removes."""
    before, after = _lines(change.before.text), _lines(change.after.text)
    added = removed = 0
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if tag != "equal":
            removed += i2 - i1
            added += j2 - j1
    return added, removed


def diff_of(change: Change) -> str:
    """A unified diff of one note, as `git diff` shows it; `git apply` and `patch -p1` take it."""
    return text_diff(change.path, change.before.text, change.after.text)


def text_diff(path: str, before: str | None, after: str) -> str:
    """A unified diff of a note's text; `before` is None for a note that is new."""
    end = "\t" if " " in path else ""  # so that both programs see where the name ends
    old = "/dev/null" if before is None else f"a/{path}{end}"
    lines = difflib.unified_diff(_lines(before or ""), _lines(after), old, f"b/{path}{end}")
    parts = []
    for line in lines:
        parts.append(line)
        if not line.endswith("\n"):
            parts.append("\n\\ No newline at end of file\n")
    return "".join(parts)


def _lines(text: str) -> list[str]:
    """The lines with their ends, as `git diff` sees them: a line ends at a line feed and nowhere else."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
