"""What the daemon has to do: the notes that a cycle is due for, and the moments from which on it may be."""

from __future__ import annotations

from collections.abc import Iterable


class Todo:
    """At first the whole vault, `now`.

    `dirty` are notes that have settled, `reached` those to be looked at, too, when there is a cycle; with
    `wide` it commits all edits of the person's. No cycle begins before `retry_at`; hints lie there since
    `woken_at`.
    """

    def __init__(self, now: float) -> None:
        self.whole = self.wide = True
        self.dirty: set[str] = set()
        self.reached: set[str] = set()
        self.retry_at = now
        self.woken_at: float | None = None

    @property
    def is_any(self) -> bool:
        """Whether there is a reason for a cycle."""
        return self.whole or bool(self.dirty)

    def begin(self) -> frozenset[str] | None:
        """The notes of the cycle that begins, `None` for the whole vault."""
        self.dirty |= self.reached
        self.reached.clear()
        return None if self.whole else frozenset(self.dirty)

    def look_at(self, paths: Iterable[str] | None) -> None:
        """A cycle is due for these notes, or for all."""
        if paths is None:
            self.whole = self.wide = True
        else:
            self.dirty.update(paths)

    def done(self) -> None:
        """A cycle has seen to it all."""
        self.dirty.clear()
        self.whole = self.wide = False

    def start_over(self) -> None:
        """After a cycle that failed half-way nobody knows what is still known."""
        self.dirty.clear()
        self.whole = True
