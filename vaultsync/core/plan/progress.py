"""How far a run has come, as whoever waits for it is told."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

Progress = Callable[[str, int, int], None]
"""Told the name of a stage, how much of it is done, and of how much (0: unknown)."""


STEP = 500
"""Notes between two words on how far the work has come, where each takes little."""


def ticking(progress: Progress, stage: str, total: int) -> Callable[[], None]:
    """To be called with each note of a stage: tells with the first of each `STEP` how many are done."""
    notes = count()

    def tick() -> None:
        if not (done := next(notes)) % STEP:
            progress(stage, done, total)

    return tick


def silent(stage: str, done: int, total: int) -> None:
    """The `Progress` of a run for which nobody waits."""
