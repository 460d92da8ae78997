"""The API's description (OpenAPI 3.1), made from the contract: there is no second list to keep in step."""

from __future__ import annotations

import sys
from inspect import cleandoc
from typing import Any

import msgspec

from vaultsync.api.contract import API, ROUTES, Route
from vaultsync.api.values import ApiError

REFUSALS = {
    "400": "The request is not as the contract says.",
    "401": "The token is missing, or not this daemon's.",
    "403": "It comes from another origin, or asks for what may not be asked.",
    "404": "There is no such thing.",
    "405": "The route takes another method.",
    "408": "The request did not come to its end.",
    "409": "It can't be done now.",
    "413": "The body is too large.",
    "415": "The body is no JSON.",
    "421": "The host is not the daemon's.",
    "503": "The daemon is at work for too long, or stops.",
}


def document() -> dict[str, Any]:
    """The whole description."""
    types = {kind for route in ROUTES for kind in (route.asked, route.answer) if kind is not dict}
    ordered = [*sorted(types, key=lambda kind: kind.__name__), ApiError]
    _, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    for schema in components.values():
        if "description" in schema:  # as Python 3.13 gives it, which takes the indentation off
            schema["description"] = cleandoc(schema["description"])
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"/v1{route.path}", {})[route.method.lower()] = _operation(route, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "vaultsync",
            "version": API,
            "description": "What the Obsidian plugin asks of the vault's daemon, on this machine alone.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route, components: dict[str, Any]) -> dict[str, Any]:
    schema = components[route.asked.__name__]
    required = schema.get("required", ())
    in_path = route.parameters
    query = [name for name in schema["properties"] if name not in in_path] if route.method == "GET" else []
    parameters = [
        {
            "name": name,
            "in": "path" if name in in_path else "query",
            "required": name in in_path or name in required,
            "schema": schema["properties"][name],
        }
        for name in (*in_path, *query)
    ]
    answer: dict[str, Any] = {"type": "object"}
    if route.answer is not dict:
        answer = {"$ref": f"#/components/schemas/{route.answer.__name__}"}
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": schema.get("description", "").partition("\n")[0],
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": answer}}},
            **{status: _refusal(why) for status, why in REFUSALS.items()},
        },
    }
    if parameters:
        operation["parameters"] = parameters
    if route.method != "GET":
        sent = "EmptyRequest" if in_path else route.asked.__name__
        body = {"$ref": f"#/components/schemas/{sent}"}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _refusal(why: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ApiError"}
    return {"description": why, "content": {"application/json": {"schema": schema}}}


def main() -> None:
    """Print the description, for docs/openapi.json."""
    printed = msgspec.json.format(msgspec.json.encode(document()), indent=1)
    sys.stdout.write(printed.decode() + "\n")


if __name__ == "__main__":
    main()
