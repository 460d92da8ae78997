"""How far a run has come, as whoever waits for it is told."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told the name of a stage, how much of it is done, and of how much (0: unknown)."""


def silent(stage: str, done: int, total: int) -> None:
    """The `Progress` of a run for which nobody waits."""
