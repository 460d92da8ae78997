"""From a request to its answer: read it by the contract, let the daemon's thread answer it, write that down.

Nothing here touches the vault. `ask` hands a call over to the daemon's queue, and the answer comes back as a
future; only the status is told at once, from what the daemon published last: it never waits for a run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as Path

from vaultsync.api.contract import ROUTES, Route
from vaultsync.api.openapi import document
from vaultsync.api.paths import Refused
from vaultsync.api.values import ApiError, ApiRequest, StatusRequest
from vaultsync.core.errors import DAMAGED, VaultsyncError
from vaultsync.core.text.as_json import as_json

ANSWERED_WITHIN = 120.0
"""Seconds that a request waits for its turn at the vault and for its answer."""

Ask = Callable[[str, ApiRequest], "Future[Any]"]
"""Puts a request on the daemon's queue by the name of its route."""

TellStatus = Callable[[StatusRequest], Awaitable[Any]]
"""Gives the status, or waits for another one."""

_log = logging.getLogger("vaultsync.api")


def make_app(ask: Ask, tell_status: TellStatus) -> Starlette:
    """The application: one handler for all routes of the contract."""
    described = msgspec.json.encode(document())

    def endpoint(route: Route) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            asked = _asked(route, request.path_params, request, await request.body())
            if isinstance(asked, StatusRequest):
                return _json(await tell_status(asked))
            if route.name == "openapi":
                return Response(described, media_type="application/json")
            return _json(await _in_turn(ask(route.name, asked)))

        return answer

    routes = [Path(f"/v1{route.path}", endpoint(route), methods=[route.method]) for route in ROUTES]
    handlers: dict[Any, Any] = {
        HTTPException: _unknown,
        Refused: lambda _, error: _failure(error.status, error.message, error.hint),
        VaultsyncError: lambda _, error: _failure(409, error.message, error.hint),
        Exception: _defect,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


def _asked(route: Route, path: dict[str, str], request: Request, body: bytes) -> ApiRequest:
    """The request as a value. Raises `Refused` for what the contract doesn't have."""
    query = request.query_params
    if len(query) != len(query.multi_items()):
        raise Refused(400, "a parameter is given twice")
    try:
        if route.method == "GET":
            if body:
                raise Refused(400, "a GET request has no body", "give parameters in the query")
            return msgspec.convert({**path, **query}, route.asked, strict=False)
        if query:
            raise Refused(400, "only GET takes parameters in the query", "give them in the body")
        if not path:
            return msgspec.json.decode(body, type=route.asked)
        if msgspec.json.decode(body, type=dict[str, Any]):
            raise Refused(400, "this route takes an empty object")
        return msgspec.convert(path, route.asked, strict=False)
    except RecursionError:
        raise Refused(400, "lists or objects lie too deep in each other", "see /v1/openapi.json") from None
    except DAMAGED as error:
        raise Refused(400, str(error), "see /v1/openapi.json") from None


async def _in_turn(promised: Future[Any]) -> Any:
    """What the daemon answers; raises `Refused` if it doesn't in time, or stops."""
    try:
        return await asyncio.wait_for(asyncio.wrap_future(promised), ANSWERED_WITHIN)
    except TimeoutError:
        raise Refused(503, "the daemon is at work", "ask again when it is done") from None
    except (CancelledError, asyncio.CancelledError):
        raise Refused(503, "the daemon stops", "start it again") from None


def _json(value: Any) -> Response:
    return Response(as_json(value), media_type="application/json")


def _failure(status: int, error: str, hint: str = "") -> Response:
    return Response(as_json(ApiError(error, hint)), status_code=status, media_type="application/json")


def _unknown(request: Request, error: HTTPException) -> Response:
    """The answer to a route or a method that the contract lacks; of the latter RFC 9110 wants to be told."""
    said = {404: "there is no such route", 405: "this route doesn't take that method"}
    answer = _failure(
        error.status_code, said.get(error.status_code, str(error.detail)), "see /v1/openapi.json"
    )
    if error.status_code == 405:
        found = (route for route in request.app.routes if route.matches(request.scope)[0] != Match.NONE)
        answer.headers["Allow"] = ", ".join(sorted({method for route in found for method in route.methods}))
    return answer


def _defect(_request: Request, error: Exception) -> Response:
    _log.error("defect: a request was not answered: %r", error)
    return _failure(500, f"a defect of vaultsync: {error!r}", "the daemon's log has more")
