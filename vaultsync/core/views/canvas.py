"""A conference as an Obsidian canvas: a group a session, a card a paper, an edge where one comes up again.

The format is JSON Canvas 1.0 (jsoncanvas.org). Ids follow from what a card shows, so a canvas that is made
again meets its own cards. What the person did stays: a card that isn't where the layout of the cards that are
there would have put it was moved; one that the tool once wrote and that is gone was deleted; labels, colours
and all else that is there is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from vaultsync.core.links.obsidian_links import heading_text
from vaultsync.core.merge.data_files import CANVAS, Unreadable
from vaultsync.core.merge.values import same
from vaultsync.core.views.days import day_text
from vaultsync.core.views.sheets import ConferenceSheet, SessionSheet

CARD = 400
"""Pixels: the width of a card, which is Obsidian's own."""

HEAD, PAPER = 240, 120
"""Pixels: the height of the card of the session's own text, and of a paper's."""

GAP = 20
BETWEEN = 80
"""Pixels between the cards of a group, and between groups."""

NOT_RENAMED: Mapping[str, str] = {}

_PLACE = ("x", "y", "width", "height")


class NoCanvas(ValueError):
    """What stands under the canvas's name is none."""


def canvas_text(conference: ConferenceSheet, present: str | None = None, earlier: Sequence[str] = ()) -> str:
    """The canvas, made anew where there is none, else brought up to date; nothing to do gives the same text.

    `earlier` are the canvases that the tool wrote there before, as far as that is known. Raises `NoCanvas` if
    `present` is none.
    """
    if present is None or not present.strip():
        nodes = _nodes(conference)
        return CANVAS.written({"nodes": [*nodes.values()], "edges": _edges(conference, set(nodes))}, "")
    canvas, ever, showed = _parts(present), set[str](), dict[str, set[str]]()
    for text in earlier:
        with suppress(NoCanvas):
            was = _parts(text)
            ever |= was["nodes"].keys() | was["edges"].keys()
            for each, node in was["nodes"].items():
                showed.setdefault(each, set()).add(str(node.get("file")))
    updated = _updated(conference, canvas, ever, _renamed(conference, canvas["nodes"], showed))
    value = {**canvas["rest"], **{key: [*updated[key].values()] for key in ("nodes", "edges")}}
    return present if same(CANVAS.read(present), value) else CANVAS.written(value, present)


def _parts(text: str) -> dict[str, dict[str, Any]]:
    """The nodes and the edges of a canvas by their ids, and what it has besides."""
    try:
        read = CANVAS.read(text)
    except Unreadable as error:
        raise NoCanvas(str(error)) from None
    if not isinstance(read, dict):
        raise NoCanvas("the file is no canvas")
    parts: dict[str, dict[str, Any]] = {
        "rest": {k: v for k, v in read.items() if k not in ("nodes", "edges")}
    }
    for key in ("nodes", "edges"):
        found = read.get(key, [])
        if not isinstance(found, list) or not all(isinstance(p, dict) and "id" in p for p in found):
            raise NoCanvas("the file is no canvas")
        parts[key] = {part["id"]: part for part in found}
        if len(parts[key]) != len(found):
            raise NoCanvas("an id stands twice in it")
    return parts


def _renamed(
    conference: ConferenceSheet, there: Mapping[str, Any], showed: Mapping[str, set[str]]
) -> dict[str, str]:
    """The ids of cards whose paper has another name now, by the ids that they would have.

    Obsidian writes the new name into the card (and so may a sync). The card is known by its id, which follows
    from the session and a name that the paper had when the tool wrote the card.
    """
    found: dict[str, str] = {}
    wanted = {
        (_id(session, talked.paper.path), talked.paper.path): session
        for day in conference.days
        for session in day.sessions
        for talked in session.talked
    }
    ids = {each for each, _ in wanted}
    cards: dict[str, list[str]] = {}
    for each, node in there.items():
        if each not in ids and each in showed:
            cards.setdefault(str(node.get("file")), []).append(each)
    for (new, path), session in wanted.items():
        old = (
            each for each in cards.get(path, ()) if any(_id(session, name) == each for name in showed[each])
        )
        if new not in there and (known := next(old, None)) is not None:
            found[new] = known
    return found


def _updated(
    conference: ConferenceSheet,
    canvas: dict[str, dict[str, Any]],
    ever: set[str],
    renamed: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    """The canvas's nodes and edges with the tool's own brought up to date; `ever` are ids that it wrote."""
    there: dict[str, Any] = canvas["nodes"]
    wanted = _nodes(conference, None, renamed)
    shown = {each for each in wanted if each in there or each not in ever}
    fresh = _nodes(conference, shown, renamed)
    expected = _nodes(conference, shown & there.keys(), renamed)
    tied = {
        edge.get(end)
        for each, edge in canvas["edges"].items()
        if each not in ever
        for end in ("fromNode", "toNode")
    }
    nodes = {
        each: {**fresh[each], **node} if each in fresh else node
        for each, node in there.items()
        if each in fresh or each not in ever or each in tied
    }
    for group, members in _sessions(conference, shown, renamed).items():
        new = [each for each in members if each not in there]
        if any(_place(there[each]) != _place(expected[each]) for each in (group,) if each in there):
            _follow(nodes, fresh, group, new)  # the group was moved: what is new goes with it
        for each in members:
            if each in there and _place(there[each]) == _place(expected[each]):
                nodes[each].update({key: fresh[each][key] for key in _PLACE})
        nodes.update({each: fresh[each] for each in new})
    known = {edge["id"]: edge for edge in _edges(conference, set(nodes), renamed)}
    edges = {
        each: {**known[each], **edge} if each in known else edge
        for each, edge in canvas["edges"].items()
        if each in known or each not in ever
    }
    deleted = ever - canvas["edges"].keys()
    edges |= {each: edge for each, edge in known.items() if each not in edges and each not in deleted}
    return {"nodes": nodes, "edges": edges}


def _follow(nodes: dict[str, Any], fresh: dict[str, Any], group: str, new: Sequence[str]) -> None:
    """Put new cards into a group where the person has it, and let it grow as far as they need."""
    there, own = nodes[group], fresh[group]
    for each in new:
        fresh[each]["x"] += there["x"] - own["x"]
        fresh[each]["y"] += there["y"] - own["y"]
        there["height"] = max(there["height"], fresh[each]["y"] + fresh[each]["height"] + GAP - there["y"])


def _place(node: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(node.get(key) for key in _PLACE)


def _sessions(
    conference: ConferenceSheet, shown: set[str], renamed: Mapping[str, str]
) -> dict[str, list[str]]:
    """The ids of each session's group and cards, by that of the group."""
    found: dict[str, list[str]] = {}
    for day in conference.days:
        for session in day.sessions:
            group = _id(session, "group")
            cards = (_card(session, talked.paper.path, renamed) for talked in session.talked)
            members = [group, _id(session, "notes"), *cards]
            found[group] = [each for each in dict.fromkeys(members) if each in shown]
    return found


def _nodes(
    conference: ConferenceSheet, shown: set[str] | None = None, renamed: Mapping[str, str] = NOT_RENAMED
) -> dict[str, dict[str, Any]]:
    """The groups with their cards by their ids: a column a day, a group a session, top down.

    Only what is `shown` takes a place.
    """
    found: dict[str, dict[str, Any]] = {}
    for column, day in enumerate(conference.days):
        x, y = column * (CARD + 2 * GAP + BETWEEN), 0
        for session in day.sessions:
            cards = {
                _card(session, talked.paper.path, renamed): talked.paper.path for talked in session.talked
            }
            if shown is not None:
                cards = {each: path for each, path in cards.items() if each in shown}
            nodes, y = _session_nodes(conference.path, session, cards, x, y)
            found |= {node["id"]: node for node in nodes if shown is None or node["id"] in shown}
    return found


def _session_nodes(
    note: str, session: SessionSheet, papers: Mapping[str, str], x: int, y: int
) -> tuple[list[dict[str, Any]], int]:
    """A session's nodes, its group at `x` and `y`, with these cards of papers; and where the next goes."""
    group, notes = _id(session, "group"), _id(session, "notes")
    height = GAP + HEAD + len(papers) * (GAP + PAPER) + GAP
    label = " · ".join(filter(None, (day_text(session.day) if session.day else "", session.title)))
    subpath = "".join(f"#{text}" for part in session.anchor if (text := heading_text(part)))
    nodes: list[dict[str, Any]] = [
        {
            "id": group,
            "type": "group",
            "x": x,
            "y": y,
            "width": CARD + 2 * GAP,
            "height": height,
            "label": label,
        },
        {"id": notes, "type": "file", "file": note, **({"subpath": subpath} if subpath else {})}
        | {"x": x + GAP, "y": y + GAP, "width": CARD, "height": HEAD},
    ]
    for number, (each, path) in enumerate(papers.items()):
        top = y + GAP + HEAD + GAP + number * (PAPER + GAP)
        nodes.append({"id": each, "type": "file", "file": path, "x": x + GAP, "y": top})
        nodes[-1] |= {"width": CARD, "height": PAPER}
    return nodes, y + height + BETWEEN


def _edges(
    conference: ConferenceSheet, shown: set[str], renamed: Mapping[str, str] = NOT_RENAMED
) -> list[dict[str, Any]]:
    """From each card of a paper to the next one of the same paper."""
    found: list[dict[str, Any]] = []
    last: dict[str, str] = {}
    for day in conference.days:
        for session in day.sessions:
            for talked in session.talked:
                card = _card(session, talked.paper.path, renamed)
                if card not in shown:
                    continue
                if (before := last.get(talked.paper.path)) is not None and before != card:
                    found.append(
                        {"id": _digest("again", before, card), "fromNode": before, "fromSide": "right"}
                    )
                    found[-1] |= {"toNode": card, "toSide": "left", "label": "again"}
                last[talked.paper.path] = card
    return found


def _card(session: SessionSheet, paper: str, renamed: Mapping[str, str]) -> str:
    """The id of a paper's card in a session."""
    found = _id(session, paper)
    return renamed.get(found, found)


def _id(session: SessionSheet, what: str) -> str:
    return _digest(session.day, *(session.anchor or (session.title,)), what)


def _digest(*parts: str) -> str:
    """16 hexadecimal digits, as Obsidian's own ids have."""
    return blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=8).hexdigest()
