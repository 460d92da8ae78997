"""What the daemon has to do: the notes that a cycle is due for, and the moments from which on it may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

GATHER = 0.02
"""Seconds for which hints are gathered before they are looked at: an editor's save makes several."""


class Todo:
    """At first the whole vault, `now`.

    `dirty` are notes that have settled, `reached` those to be looked at, too, when there is a cycle; with
    `wide` it commits all edits of the person's. No cycle begins before `retry_at`.
    """

    def __init__(self, now: float) -> None:
        self.whole = self.wide = True
        self.dirty: set[str] = set()
        self.reached: set[str] = set()
        self.retry_at = now
        self._woken_at: float | None = None  # since when hints lie there

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

    def wake(self, now: float) -> None:
        """There are hints."""
        if self._woken_at is None:
            self._woken_at = now

    def gathered(self, now: float) -> float | None:
        """Since when hints have lain there for long enough; they are forgotten here."""
        woken_at = self._woken_at
        if woken_at is None or now < woken_at + GATHER:
            return None
        self._woken_at = None
        return woken_at

    def moments(self, *, paused: bool) -> Iterator[float]:
        """When there will be something to do."""
        if self.is_any and not paused:
            yield self.retry_at
        if self._woken_at is not None:
            yield self._woken_at + GATHER
