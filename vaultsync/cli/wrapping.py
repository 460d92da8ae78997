"""Lines for a terminal, broken between words at its width; for a pipe or a file they stay whole."""

from __future__ import annotations

import re
import shutil
import unicodedata

from vaultsync.cli.boundary import bare

_WORD = re.compile(r"\S+")
_COMMAND = re.compile(
    r" *vaultsync [a-z]"
)  # to be copied as one line: the terminal breaks it without a line end

NARROWEST = 40
"""Columns below which breaking lines makes them no easier to read."""


def terminal_width() -> int:
    """The columns of the terminal, 80 where it doesn't say."""
    return max(NARROWEST, shutil.get_terminal_size((80, 24)).columns)


def wrapped(text: str, width: int) -> str:
    """`text` with each line broken between words, so that none is wider than `width` columns.

    What follows a break is indented by two blanks more than its line began with. A word that is wider than a
    line, such as a path, stands alone and whole; colours count for nothing.
    """
    return "\n".join(_broken(line, width) for line in text.split("\n"))


def beside(head: str, text: str, width: int) -> str:
    """`head` and `text` beside it, which goes on below its own first word where the line is full."""
    at = columns(head)
    lines = _broken(text, max(width - at, NARROWEST // 2)).split("\n")
    return head + f"\n{' ' * at}".join(line.lstrip(" ") if i else line for i, line in enumerate(lines))


def columns(text: str) -> int:
    """How many columns a terminal takes to show a line: two for a wide sign, none for a combining one."""
    plain = bare(text)
    if plain.isascii():
        return len(plain)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in plain
    )


def _broken(line: str, width: int) -> str:
    if columns(line) <= width or _COMMAND.match(line):
        return line
    margin = line[: len(line) - len(line.lstrip(" "))]
    done: list[str] = []
    now = ""
    for match in _WORD.finditer(line):
        gap = " " if now else margin
        if now and columns(now) + len(gap) + columns(match[0]) > width:
            done.append(now)
            now, gap = "", f"{margin}  "
        now += gap + match[0]
    return "\n".join([*done, now])
