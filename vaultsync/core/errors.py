"""What can go wrong, in three kinds, and the exit code of each.

A `Problem` is something in a note that a person should look at: it is reported and the other notes go on
(promise P5). A `VaultsyncError` ends the command with a message for the person. Any other exception is a
defect of ours; only the command line's outer boundary catches it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import msgspec

DAMAGED = (msgspec.DecodeError, UnicodeDecodeError)
"""What `msgspec` raises for bytes that aren't what was asked for; the second for text that is no UTF-8."""


class Exit(IntEnum):
    """The exit codes of every command (design, section 10)."""

    CLEAN = 0
    REMAINS = 1
    USAGE = 2
    DEFECT = 3
    INTERRUPTED = 130


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing in a note that the tool will not decide; `line`, `col` count from 1, 0 is the whole file."""

    path: str
    line: int
    col: int
    rule: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.col}" if self.line else self.path
        return f"{place} {self.rule}: {self.message}" + (f" — {self.hint}" if self.hint else "")


def problems_by_path(problems: Iterable[Problem]) -> dict[str, tuple[Problem, ...]]:
    """The problems of each note, in their order."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.path, []).append(problem)
    return {path: tuple(of_path) for path, of_path in found.items()}


class VaultsyncError(Exception):
    """A reason to stop that the person can do something about: what happened, and what to do."""

    exit_code: Exit = Exit.USAGE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class ConfigError(VaultsyncError):
    """The configuration can't be used; the message lists every mistake in it."""


class VaultError(VaultsyncError):
    """The vault can't be found, read or locked."""


COMMIT_OFF = "`[git] commit = false`"
"""The setting by which everything that can do without git does."""


class GitError(VaultsyncError):
    """Git refused, is missing, or is in the middle of something."""

    can_go_without = False
    """Whether a command that leaves git out would go on."""

    def or_without(self, way: str) -> None:
        """Add to the hint the way to leave git out that the command at hand has, if that would help."""
        if self.can_go_without:
            self.hint = f"{self.hint}, or leave git out: {way}" if self.hint else f"leave git out: {way}"
