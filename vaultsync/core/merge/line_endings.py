"""Line endings in a merge: compared without them, and put back as the sides had them."""

from __future__ import annotations

from collections.abc import Sequence

from vaultsync.core.merge.merged import Choice, Part

CRLF = "\r\n"


def without_cr(text: str) -> str:
    """The text with `\\n` for each `\\r\\n`."""
    return text.replace(CRLF, "\n") if "\r" in text else text


class LineEndings:
    """Which line endings the merge of three texts gets."""

    def __init__(self, base: str | None, one: str, other: str) -> None:
        sides = [text or "" for text in (base, one, other)]
        self._plain = not any(CRLF in side for side in sides)
        habits = [_habit(side) for side in sides]
        self._habit = _three_way(*habits) if all(habit != "mixed" for habit in habits) else None
        self._of_line = [_endings(side) for side in sides] if self._habit is None else []

    def put_back(self, parts: Sequence[Part]) -> list[Part]:
        """The parts, whose lines end with `\\n`, with the endings that they are to have."""
        if self._plain:
            return list(parts)
        return [
            self._ended(part)
            if isinstance(part, str)
            else Choice(self._ended(part.one), self._ended(part.other))
            for part in parts
        ]

    def _ended(self, text: str) -> str:
        if self._habit is not None:
            return text.replace("\n", CRLF) if self._habit == CRLF else text
        *lines, last = text.split("\n")
        return "".join(line + self._ending(line) for line in lines) + last

    def _ending(self, line: str) -> str:
        """Where the endings are mixed, each line keeps its own."""
        return _three_way(*(endings.get(line, "") for endings in self._of_line)) or "\n"


def _habit(text: str) -> str:
    """The ending that all lines of a text have; empty without any, `mixed` if they differ."""
    crlf = text.count(CRLF)
    if crlf == 0:
        return "\n" if "\n" in text else ""
    return CRLF if crlf == text.count("\n") else "mixed"


def _endings(text: str) -> dict[str, str]:
    *lines, _ = text.split("\n")
    return {line.removesuffix("\r"): CRLF if line.endswith("\r") else "\n" for line in lines}


def _three_way(base: str, one: str, other: str) -> str:
    if not one or not other or one == other:
        return one or other or base
    return other if one == base else one if other == base else min(one, other)
