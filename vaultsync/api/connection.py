"""uvicorn's server and its connections, as a daemon needs them: silent while idle, and not patient for ever.

uvicorn waits for ever for the first request of a connection, and for the rest of one that has begun; so any
process on the machine could take all places, and keep them. Here waiting has an end, and where the places are
taken, one that has asked for nothing makes room: the plugin says what it wants as it comes.
"""

from __future__ import annotations

import asyncio

from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_WITHIN = 10.0
"""Seconds from a connection's opening, or a request's first byte, to the end of its headers."""


class Connection(H11Protocol):
    """uvicorn's connection over h11."""

    _patience: asyncio.TimerHandle | None = None
    _idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """It is open: a request has to follow."""
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency - 1:
            self._make_room()
        self._idle_since = self.loop.time()
        super().connection_made(transport)
        self._patience = self.loop.call_later(HEADERS_WITHIN, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Some bytes: the rest of a request's head has to follow."""
        super().data_received(data)
        if str(self.conn.their_state) != "IDLE":  # h11's; its head is here as a whole
            self._forget_patience()
        elif self._patience is None and self.conn.trailing_data[0]:
            self._patience = self.loop.call_later(HEADERS_WITHIN, self.transport.abort)

    def on_response_complete(self) -> None:
        """A request was answered: another one may follow."""
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def _make_room(self) -> None:
        """Close the connection that has asked for nothing for the longest time."""
        idle = (one for one in self.connections if isinstance(one, Connection) and one._is_idle())
        longest = min(idle, key=lambda one: one._idle_since, default=None)
        if longest is not None:
            longest.transport.abort()

    def _is_idle(self) -> bool:
        closing = self.transport.is_closing()
        return not closing and (self.cycle is None or self.cycle.response_complete)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self._forget_patience()
        super().connection_lost(exc)

    def _forget_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class QuietServer(Server):
    """A server that waits until it is `ended`; uvicorn's own wakes ten times a second to look at a flag."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        """Serve until it is ended."""
        await self.ended.wait()
