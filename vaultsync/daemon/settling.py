"""When a note that is being written has come to rest.

The watcher reports a path each time that something happened to it; `Settler` collects these reports and gives
the path back once it has been quiet for long enough. It is pure: the caller passes the time, so that a test
can play a week of typing in a millisecond. It stands between `watch` and the daemon's loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

import msgspec

QUIET = 30.0
"""Seconds without a change after which a note counts as settled (design, section 8)."""

MAX_WAIT = 600.0
"""Seconds after the first change at which a note is due even though it goes on changing."""


class Unsettled(msgspec.Struct, frozen=True):
    """A note that isn't settled: when it first and last changed, when it is due, whether it is held."""

    path: str
    first: float
    last: float
    due: float
    held: bool


class Settler:
    """Paths that changed, until they have been quiet for `quiet` seconds or have waited for `max_wait`.

    A client can hold a note that is being typed in: a lease, so that one which dies doesn't hold it forever.
    A lease outlasts `max_wait`. `now` is a clock in seconds; if it jumps back, the waiting times go on from
    where they were. All costs are logarithmic in the number of waiting paths.
    """

    def __init__(self, quiet: float = QUIET, max_wait: float = MAX_WAIT) -> None:
        self._quiet = quiet
        self._max_wait = max(quiet, max_wait)
        self._times: dict[str, tuple[float, float]] = {}  # path -> its first and last change
        self._leases: dict[str, float] = {}
        self._queue: list[tuple[float, str]] = []  # may be early: a later change leaves its entry where it is
        self._queued: dict[str, float] = {}  # path -> its one entry of the queue that counts
        self._now = float("-inf")

    def __len__(self) -> int:
        return len(self._times)

    def __contains__(self, path: str) -> bool:
        return path in self._times

    def touch(self, path: str, now: float) -> None:
        """Something happened to `path`."""
        self._tick(now)
        first, _ = self._times.get(path, (now, now))
        self._times[path] = (first, now)
        self._enqueue(path)

    def hold(self, path: str, until: float, now: float) -> None:
        """A client keeps `path` for itself until the time `until`; holding again sets a new end."""
        self._tick(now)
        self._leases[path] = until
        self._enqueue(path)

    def release(self, path: str, now: float) -> None:
        """The client gives its lease back; the note is due when its own quiet time has passed."""
        self._tick(now)
        self._leases.pop(path, None)
        self._enqueue(path)

    def held(self, path: str, now: float) -> bool:
        """Whether a client holds `path`, changed or not."""
        self._tick(now)
        return self._leases.get(path, now) > now

    def leases(self, now: float) -> dict[str, float]:
        """The paths that clients hold, and until when."""
        self._tick(now)
        return {path: until for path, until in self._leases.items() if until > now}

    def due(self, now: float) -> tuple[str, ...]:
        """The paths that have settled, sorted; they are forgotten, and a new change starts a new wait."""
        self._tick(now)
        batch = []
        while self._top() is not None and self._queue[0][0] <= now:
            _, path = heappop(self._queue)
            del self._times[path], self._queued[path]
            batch.append(path)
        for path in [p for p, until in self._leases.items() if until <= now]:
            del self._leases[path]
        return tuple(sorted(batch))

    def next_due(self, now: float) -> float | None:
        """Seconds until `due` has something to give, 0 if it has; None while nothing waits."""
        self._tick(now)
        top = self._top()
        return None if top is None else max(0.0, top - now)

    def drop(self, paths: Iterable[str]) -> None:
        """Forget changes that a cycle has taken care of by itself, before they were due."""
        for path in paths:
            if self._times.pop(path, None) is not None:
                del self._queued[path]

    def waiting(self, now: float) -> tuple[Unsettled, ...]:
        """All paths that aren't settled, in the order in which they are due; for `status`."""
        self._tick(now)
        notes = (
            Unsettled(path, first, last, self._due_at(path), self._leases.get(path, now) > now)
            for path, (first, last) in self._times.items()
        )
        return tuple(sorted(notes, key=lambda w: (w.due, w.path)))

    def _due_at(self, path: str) -> float:
        first, last = self._times[path]
        return max(min(last + self._quiet, first + self._max_wait), self._leases.get(path, first))

    def _enqueue(self, path: str) -> None:
        """Put `path` in the queue, unless it stands there already, at its time or earlier."""
        if path not in self._times:
            return
        due = self._due_at(path)
        queued = self._queued.get(path)
        if queued is None or due < queued:
            self._queued[path] = due
            heappush(self._queue, (due, path))

    def _top(self) -> float | None:
        """Put the head of the queue in order, and give the time of the first path that is due."""
        while self._queue:
            at, path = self._queue[0]
            if self._queued.get(path) == at and (due := self._due_at(path)) <= at:
                return at
            heappop(self._queue)
            if self._queued.get(path) == at:
                self._queued[path] = due
                heappush(self._queue, (due, path))
        return None

    def _tick(self, now: float) -> None:
        """Follow the clock; when it was set back, move what waits along with it."""
        if (back := self._now - now) > 0:
            self._times = {p: (first - back, last - back) for p, (first, last) in self._times.items()}
            self._leases = {p: until - back for p, until in self._leases.items()}
            self._queued = {p: at - back for p, at in self._queued.items()}
            self._queue = [(at, path) for path, at in self._queued.items()]
            heapify(self._queue)
        self._now = now
