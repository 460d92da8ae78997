"""The first problem of each kind, printed as soon as it is found; what is like it is counted at the end.

For a person on a terminal who would wait for more than a moment. Programs, and whoever is done in that
moment, get all at the end, sorted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

import click

from vaultsync.cli.alike import key_of
from vaultsync.cli.options import verbosity
from vaultsync.cli.output import ProgressBar, problem_lines
from vaultsync.core.errors import Problem

TOLD_AFTER = 0.5
"""Seconds into a command: with its start-up that is well within the second in which one expects an answer."""

MOST = 12
"""Kinds of problems that are told early: more than that run off the screen before one has read them."""


class FirstProblems:
    """Tells the first problem of each kind; it stands between a run and its progress bar, which gives way.

    `told` are the problems that were printed, by what is alike in them (`key_of`).
    """

    def __init__(self, bar: ProgressBar, *, wanted: bool) -> None:
        self.told: dict[tuple[str, str], Problem] = {}
        self._found: dict[tuple[str, str], Problem] = {}
        self._wanted = wanted and sys.stdout.isatty() and verbosity() >= 0
        self._bar, self._from = bar, time.monotonic() + TOLD_AFTER

    def progress(self, stage: str, done: int, total: int) -> None:
        """A step of the run: a time to tell what was found, and to move the bar."""
        if self._found and time.monotonic() >= self._from:
            self._bar.hide()
            for problem in sorted(self._found.values())[: MOST - len(self.told)]:
                click.echo(problem_lines(problem))
                self.told[key_of(problem)] = problem
            self._found.clear()
        self._bar(stage, done, total)

    def tell(self, problems: Iterable[Problem]) -> None:
        """The run has found these problems, and they stand; the next step prints what is new among them."""
        if not self._wanted or len(self.told) >= MOST:
            return
        for problem in problems:
            key = key_of(problem)
            if key not in self.told:
                self._found[key] = min(problem, self._found.get(key, problem))
