"""Who may ask: each request is turned away here unless it is the plugin's, before anything of it is read.

A page in a browser reaches a loopback server too: by a form or a `no-cors` request, by a name that it rebinds
to 127.0.0.1, by guessing the port. So the first question is the Host, with its port (which Starlette's own
check leaves out), then the Origin, then the token, and only then what is asked. Nothing here answers with a
CORS header, and no answer may be stored.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

from vaultsync.api.values import ApiError

ORIGIN = b"app://obsidian.md"
"""Where Obsidian's windows come from; its `requestUrl` sends no Origin at all."""

LARGEST_BODY = 32_000_000
"""Bytes of a request. How large a note may be is said where it is looked at, in words for its owner."""

BODY_WITHIN = 10.0
"""Seconds in which a request's body must have come."""

HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""What each answer says of itself."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_BEARER = re.compile(rb"Bearer ([\x21-\x7e]+)", re.IGNORECASE)  # RFC 6750, section 2.1
_TOO_LARGE = ApiError(f"the text is too large: {LARGEST_BODY // 1_000_000} MB are sent at most")
_JSON = re.compile(rb"application/json *(; *charset=(?:utf-8|\"utf-8\") *)?", re.IGNORECASE)


class Gate:
    """Lets requests to `app` pass that come to `port` on this machine with `token`; ASGI.

    `app` gets the whole body as one message.
    """

    def __init__(self, app: App, port: int, token: str) -> None:
        self._app, self._token = app, token.encode()
        self._hosts = (b"127.0.0.1:%d" % port, b"localhost:%d" % port)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; there is nothing but HTTP here."""
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)
        if refused is not None:
            await refuse(send, *refused)
            return
        try:
            async with asyncio.timeout(BODY_WITHIN):
                body = await _body(receive)
        except TimeoutError:
            await refuse(send, 408, ApiError("the request did not come to its end", "send it at once"))
            return
        if body is None:
            await refuse(send, 413, _TOO_LARGE)
            return
        await self._app(scope, _once(body, receive), _with_headers(send))

    def _refusal(self, scope: MutableMapping[str, Any]) -> tuple[int, ApiError] | None:
        """The status and the reason with which a request is turned away; None lets it pass."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if _all(headers, b"host") not in [[host] for host in self._hosts]:
            return 421, ApiError("this is not the host that serves the vault", "ask 127.0.0.1, with the port")
        if scope["method"] == "OPTIONS" or _all(headers, b"origin") not in ([], [ORIGIN]):
            return 403, ApiError("requests from other origins are refused")
        if not self._has_token(headers):
            return 401, ApiError("the token is missing or wrong", "it is in the daemon's file; read it again")
        if scope["method"] in ("POST", "PATCH"):  # all others have no body here, or are refused by the routes
            kinds = _all(headers, b"content-type")
            if len(kinds) != 1 or not _JSON.fullmatch(kinds[0]):
                return 415, ApiError("the body has to be application/json")
        length = _all(headers, b"content-length")
        if length and (not length[0].isdigit() or int(length[0]) > LARGEST_BODY):
            return 413, _TOO_LARGE
        return None

    def _has_token(self, headers: list[tuple[bytes, bytes]]) -> bool:
        given = _all(headers, b"authorization")
        found = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
        return hmac.compare_digest(found[1] if found is not None else b"", self._token)


async def refuse(send: Send, status: int, failure: ApiError) -> None:
    """Answer with an error."""
    body = msgspec.json.encode(failure)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *HEADERS]
    if status in (401, 403, 408, 413, 415, 421):
        headers.append((b"connection", b"close"))  # a body may be on its way that nobody reads
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _all(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":  # the client is gone: what there is makes no request
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _once(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then what comes after it."""
    left = [body]

    async def again() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return again


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return with_headers
