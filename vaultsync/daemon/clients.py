"""What clients said to the daemon: which notes are open in their editors, and whether all shall rest.

Typing holds a note through `settling`; here is what holds for longer. An open note is changed by its editor
alone: what a run would do to it is left there, until the editor has done it or the note is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from vaultsync.daemon.status import Api


class ClientService(Protocol):
    """Something that serves clients beside the loop: the API, or a test's."""

    @property
    def api(self) -> Api | None:
        """Where clients find it, once they do."""

    def start(self) -> None:
        """Begin, in a thread of its own."""

    def stop(self) -> None:
        """End."""

    def news(self) -> None:
        """There is another status."""


class Serving:
    """The service for clients, while one is wanted; `make` makes one, if there is any."""

    def __init__(self, make: Callable[[], ClientService] | None) -> None:
        self._make = make
        self._service: ClientService | None = None

    @property
    def api(self) -> Api | None:
        """Where clients find it, once they do."""
        return self._service.api if self._service is not None else None

    def news(self) -> None:
        """There is another status."""
        if self._service is not None:
            self._service.news()

    def follow(self, *, wanted: bool) -> None:
        """Begin to serve clients, or end it."""
        if self._service is not None and not wanted:
            self._service.stop()
            self._service = None
        elif self._service is None and wanted and self._make is not None:
            self._service = self._make()
            self._service.start()


class Clients:
    """What clients said; `clock` counts seconds. One thread owns it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.paused_until: float | None = None
        self.left: frozenset[str] = frozenset()
        self._clock = clock
        self._open: dict[str, tuple[float, frozenset[str]]] = {}

    def open(self, paths: Iterable[str], seconds: float, client: str = "") -> None:
        """These notes, and no others, are open in a client's editors, for so long unless it is said again.

        What other clients have open stays so: two installations of Obsidian may show one vault.
        """
        now = self._clock()
        self._open = {one: told for one, told in self._open.items() if told[0] > now}
        self._open[client] = now + seconds, frozenset(paths)

    def is_open(self, path: str) -> bool:
        """Whether the note is open in an editor."""
        return self._open_until(path) > self._clock()

    def _open_until(self, path: str) -> float:
        """When the last client lets go of a note; long ago if none has it open."""
        return max((until for until, paths in self._open.values() if path in paths), default=float("-inf"))

    def leave(self, done: Iterable[str], paths: Iterable[str]) -> None:
        """A run over the notes `done` left these to their editors."""
        self.left = (self.left - frozenset(done)) | frozenset(paths)

    def took(self, path: str) -> None:
        """The editor has done what was left to it, or there is nothing to do any more."""
        self.left -= {path}

    def closed(self) -> frozenset[str]:
        """Notes that were left to an editor and are not open any more; they are forgotten here."""
        closed = frozenset(path for path in self.left if not self.is_open(path))
        self.left -= closed
        return closed

    def pause(self, seconds: float) -> None:
        """Nothing is to be done for so long."""
        self.paused_until = self._clock() + seconds

    def resume(self) -> None:
        """Go on at once."""
        self.paused_until = None

    @property
    def is_paused(self) -> bool:
        """Whether nothing is to be done now."""
        if self.paused_until is not None and self._clock() >= self.paused_until:
            self.paused_until = None
        return self.paused_until is not None

    def next_end(self) -> float | None:
        """When a pause, or the stay of a note that was left to an editor, ends; None while nothing does."""
        ends = [max(self._open_until(path), self._clock()) for path in self.left]
        if self.paused_until is not None:
            ends.append(self.paused_until)
        return min(ends, default=None)

    def pause_ends_in(self) -> float | None:
        """Seconds until the pause ends; None without one."""
        if not self.is_paused or self.paused_until is None:
            return None
        return self.paused_until - self._clock()
