"""The daemon's queue: all that other threads, and signal handlers, have for its one thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

_T = TypeVar("_T")


class Requests:
    """Requests in their order. All but `wait` and `close` may be called from any thread."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._closed = False

    def put(self, request: Callable[[], None]) -> None:
        """Let the daemon's thread do this."""
        self._queue.put(request)

    def wake(self) -> None:
        """End its wait, without more."""
        self._queue.put(_nothing)

    def ask(self, job: Callable[[], _T]) -> Future[_T]:
        """Let it do `job`; what it gives or raises comes as a future, cancelled if the daemon stops."""
        future: Future[_T] = Future()

        def answer() -> None:
            if self._closed:
                future.cancel()
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(job())
            except Exception as error:  # noqa: BLE001  it belongs to the one who asked
                future.set_exception(error)

        self._queue.put(answer)
        if self._closed:
            self._drain()
        return future

    def wait(self, seconds: float) -> None:
        """Wait for a request, and do it and all that came with it; give up after so long."""
        with suppress(Empty):
            self._queue.get(timeout=max(0.0, seconds))()
            self._drain()

    def close(self) -> None:
        """Nothing more is done: who waits for an answer gets none."""
        self._closed = True
        self._drain()

    def _drain(self) -> None:
        with suppress(Empty):
            while True:
                self._queue.get_nowait()()


def _nothing() -> None:
    """Only wakes the loop."""
