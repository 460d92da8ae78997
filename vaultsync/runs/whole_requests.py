"""HTTP requests with a time for the whole of each: connecting, headers, redirects, body.

A socket's time-out counts from byte to byte, so that a service that sends one now and then could hold a run
for ever. Here the connections of a request are ended when its time is up, whatever is being waited for.
"""

from __future__ import annotations

import http.client
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import Any


class _Time:
    """The connections of the request under way, and whether its time is up."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.is_up = Event()

    def end(self) -> None:
        self.is_up.set()
        for one in self.sockets:
            with suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)  # under TLS, too, whose own would go on reading


_under_way: list[_Time] = []  # one request at a time


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """End each connection that `opener` makes within the `with` after so long; then raises `TimeoutError`."""
    mine = _Time()
    _under_way.append(mine)
    timer = Timer(seconds, mine.end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if mine.is_up.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
        _under_way.remove(mine)
    if mine.is_up.is_set():  # what was read until then may look like all of it
        raise TimeoutError


def opener(*handlers: urllib.request.BaseHandler | type) -> urllib.request.OpenerDirector:
    """Opens addresses, under the time of `within`."""
    return urllib.request.build_opener(_Http, _Https, *handlers)


def _watched(connection: http.client.HTTPConnection) -> None:
    if _under_way and connection.sock is not None:
        time = _under_way[-1]
        time.sockets.append(connection.sock)
        if time.is_up.is_set():
            time.end()


class _HttpConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _watched(self)


class _HttpsConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _watched(self)


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: Any) -> Any:
        return self.do_open(_HttpConnection, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: Any) -> Any:
        return self.do_open(_HttpsConnection, req)
