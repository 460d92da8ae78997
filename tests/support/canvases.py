"""JSON Canvas 1.0 as far as the tests need it: a reader that refuses what the specification doesn't allow.

Written from jsoncanvas.org, "JSON Canvas Spec", version 1.0 of 2024-03-11.
"""

from __future__ import annotations

import json
import re
from typing import Any

SIDES, ENDS = {"top", "right", "bottom", "left"}, {"none", "arrow"}
NODE = {"id": str, "type": str, "x": int, "y": int, "width": int, "height": int}
BY_TYPE: dict[str, tuple[dict[str, type], dict[str, type]]] = {
    "text": ({"text": str}, {}),
    "file": ({"file": str}, {"subpath": str}),
    "link": ({"url": str}, {}),
    "group": ({}, {"label": str, "background": str, "backgroundStyle": str}),
}
EDGE = {"id": str, "fromNode": str, "toNode": str}
EDGE_OPTIONS = {"fromSide": SIDES, "toSide": SIDES, "fromEnd": ENDS, "toEnd": ENDS}


class BadCanvas(ValueError):
    """What the specification doesn't allow."""


def check_canvas(text: str) -> dict[str, Any]:
    """The canvas, with unique ids, known types, and edges between nodes that are there."""
    canvas = json.loads(text)
    if not isinstance(canvas, dict) or not canvas.keys() <= {"nodes", "edges"}:
        raise BadCanvas("the top level has nodes and edges")
    nodes, edges = canvas.get("nodes", []), canvas.get("edges", [])
    ids = [part["id"] for part in (*nodes, *edges)]
    if len(set(ids)) != len(ids):
        raise BadCanvas("an id twice")
    for node in nodes:
        required, optional = BY_TYPE.get(node.get("type"), ({}, {}))
        if node.get("type") not in BY_TYPE:
            raise BadCanvas(f"no type: {node}")
        _check(node, {**NODE, **required}, {**optional, "color": str})
        if not node.get("subpath", "#").startswith("#"):
            raise BadCanvas(f"a subpath starts with #: {node}")
    there = {node["id"] for node in nodes}
    for edge in edges:
        _check(edge, EDGE, {**dict.fromkeys(EDGE_OPTIONS, str), "color": str, "label": str})
        for key, allowed in EDGE_OPTIONS.items():
            if key in edge and edge[key] not in allowed:
                raise BadCanvas(f"{key}: {edge[key]}")
        if not {edge["fromNode"], edge["toNode"]} <= there:
            raise BadCanvas(f"an edge to nothing: {edge}")
    return canvas


def _check(part: dict[str, Any], required: dict[str, type], optional: dict[str, type]) -> None:
    for key, kind in required.items():
        if type(part.get(key)) is not kind:
            raise BadCanvas(f"{key} of {part}")
    for key, value in part.items():
        if key not in required and (key not in optional or type(value) is not optional[key]):
            raise BadCanvas(f"{key} of {part}")
    if not re.fullmatch(r"[1-6]|#[0-9A-Fa-f]{6}", part.get("color", "1")):
        raise BadCanvas(f"no colour: {part}")
