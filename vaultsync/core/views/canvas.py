"""A conference as an Obsidian canvas: a group a session, a card a paper, an edge where one comes up again.

The format is JSON Canvas 1.0 (jsoncanvas.org). Ids follow from what a card shows, so a canvas that is made
again meets its own cards; `canvas_names` finds those that go by another name now. What the person did stays:
a card that isn't where the layout of the cards that are there would have put it was moved; one that the tool
once put in and that is gone was deleted; labels, colours and all else that is there is theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from vaultsync.core.links.obsidian_links import heading_text
from vaultsync.core.merge.data_files import CANVAS, Unreadable
from vaultsync.core.merge.values import same
from vaultsync.core.views.canvas_names import NOT_RENAMED, Laid, former_ids
from vaultsync.core.views.days import day_text
from vaultsync.core.views.sheets import ConferenceSheet, SessionSheet

CARD = 400
"""Pixels: the width of a card, which is Obsidian's own."""

HEAD, PAPER = 240, 120
"""Pixels: the height of the card of the session's own text, and of a paper's."""

GAP = 20
BETWEEN = 80
"""Pixels between the cards of a group, and between groups."""

_PLACE = ("x", "y", "width", "height")


class NoCanvas(ValueError):
    """What stands under the canvas's name is none."""


def canvas_text(
    conference: ConferenceSheet, present: str | None = None, earlier: Sequence[tuple[str, str]] = ()
) -> str:
    """The canvas, made anew where there is none, else brought up to date; nothing to do gives the same text.

    `earlier` are the canvases that the tool wrote there before, as far as that is known, each behind what had
    stood there: what such a run added is the tool's own. Raises `NoCanvas` if `present` is none.
    """
    if present is None or not present.strip():
        nodes = _nodes(conference)
        return CANVAS.written({"nodes": [*nodes.values()], "edges": _edges(conference, set(nodes))}, "")
    canvas, made = _parts(present), _made(earlier)
    balance = Counter(each for run in made for each in run["added"])
    ever = set(balance)
    balance.subtract(each for run in made for each in run["removed"])
    deleted = {
        each for each in ever if balance[each] > 0
    }  # if it is gone: it wasn't the tool that took it out
    were = [{each: node for each, node in run["nodes"].items() if each in ever} for run in made]
    renamed = former_ids(conference.path, _as_laid_out(conference), canvas["nodes"], were)
    updated = _updated(conference, canvas, ever, deleted, renamed)
    fresh = _nodes(conference, None, renamed)
    for each in fresh.keys() & updated["nodes"].keys() & canvas["nodes"].keys():
        _tell_anew(updated["nodes"][each], fresh[each], [was[each] for was in were if each in was])
    value = {**canvas["rest"], **{key: [*updated[key].values()] for key in ("nodes", "edges")}}
    return present if same(CANVAS.read(present), value) else CANVAS.written(value, present)


def _made(earlier: Sequence[tuple[str, str]]) -> list[dict[str, dict[str, Any]]]:
    """The nodes and edges that each run left, and those that it `added` and `removed` itself."""
    found = []
    for before, after in dict.fromkeys(earlier):  # git and this machine may both know of a run
        with suppress(NoCanvas):
            was, now = _parts(before or "{}"), _parts(after)
            old, new = ({**parts["nodes"], **parts["edges"]} for parts in (was, now))
            added = {each: new[each] for each in new.keys() - old.keys()}
            found.append(
                {**now, "added": added, "removed": {each: old[each] for each in old.keys() - new.keys()}}
            )
    return found


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


def _as_laid_out(conference: ConferenceSheet) -> list[Laid]:
    """The sessions with the ids that they and their cards would have."""
    return [
        Laid(
            _id(session, "group"),
            _id(session, "notes"),
            {t.paper.path: _id(session, t.paper.path) for t in session.talked},
            _subpath(session),
            lambda name, session=session: _id(session, name),  # type: ignore[misc]
        )
        for day in conference.days
        for session in day.sessions
    ]


def _tell_anew(node: dict[str, Any], fresh: Mapping[str, Any], were: Sequence[Mapping[str, Any]]) -> None:
    """Bring up to date what a group or the card of a session's text says, unless the person changed that."""
    for key in ("label", "subpath"):
        if any(was.get(key) == node.get(key) for was in were):
            node.pop(key, None)
            node.update({key: fresh[key]} if key in fresh else {})


def _updated(
    conference: ConferenceSheet,
    canvas: dict[str, dict[str, Any]],
    ever: set[str],
    deleted: set[str],
    renamed: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    """The canvas's nodes and edges with the tool's own brought up to date.

    `ever` are the ids that it ever put in, `deleted` those of which the person deleted what isn't there.
    """
    there: dict[str, Any] = canvas["nodes"]
    wanted = _nodes(conference, None, renamed)
    shown = {each for each in wanted if each in there or each not in deleted}
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
            group, notes = (_known_id(session, what, renamed) for what in ("group", "notes"))
            cards = (_known_id(session, talked.paper.path, renamed) for talked in session.talked)
            members = [group, notes, *cards]
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
                _known_id(session, talked.paper.path, renamed): talked.paper.path for talked in session.talked
            }
            if shown is not None:
                cards = {each: path for each, path in cards.items() if each in shown}
            nodes, y = _session_nodes(conference.path, session, cards, (x, y), renamed)
            found |= {node["id"]: node for node in nodes if shown is None or node["id"] in shown}
    return found


def _session_nodes(
    note: str,
    session: SessionSheet,
    papers: Mapping[str, str],
    corner: tuple[int, int],
    renamed: Mapping[str, str],
) -> tuple[list[dict[str, Any]], int]:
    """A session's nodes, its group at a corner, with these cards of papers; and where the next one goes."""
    group, notes = (_known_id(session, what, renamed) for what in ("group", "notes"))
    x, y = corner
    height = GAP + HEAD + len(papers) * (GAP + PAPER) + GAP
    label = " · ".join(filter(None, (day_text(session.day) if session.day else "", session.title)))
    subpath = _subpath(session)
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
                card = _known_id(session, talked.paper.path, renamed)
                if card not in shown:
                    continue
                if (before := last.get(talked.paper.path)) is not None and before != card:
                    found.append(
                        {"id": _digest("again", before, card), "fromNode": before, "fromSide": "right"}
                    )
                    found[-1] |= {"toNode": card, "toSide": "left", "label": "again"}
                last[talked.paper.path] = card
    return found


def _subpath(session: SessionSheet) -> str:
    """The part of a link to the session's heading after the note's name."""
    return "".join(f"#{text}" for part in session.anchor if (text := heading_text(part)))


def _known_id(session: SessionSheet, what: str, renamed: Mapping[str, str]) -> str:
    """The id that a session's group, its text's card, or the card of a paper has in this canvas."""
    found = _id(session, what)
    return renamed.get(found, found)


def _id(session: SessionSheet, what: str) -> str:
    return _digest(session.day, *(session.anchor or (session.title,)), what)


def _digest(*parts: str) -> str:
    """16 hexadecimal digits, as Obsidian's own ids have."""
    return blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=8).hexdigest()
