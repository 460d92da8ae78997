"""Which nodes of a canvas are whose, when a paper or a session goes by another name than it did.

An id follows from names, so what is renamed would be a new node, and the person's arrangement of the old one
be lost. The old ids are kept instead: of a paper that Obsidian renamed in its card, and of a session whose
heading was rewritten, which is known by the papers that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

NOT_RENAMED: Mapping[str, str] = {}

ALIKE = 0.5
"""The share of papers that a session must have in common with the only other one that it can have been."""


class Laid(msgspec.Struct, frozen=True):
    """A session: the ids of its group, of its text's card and of its papers' cards by their paths.

    `subpath` is what its text's card shows of the note (all of it, where it is empty), `id_of` gives the id
    that a card of a paper of that name has in it.
    """

    group: str
    notes: str
    cards: dict[str, str]
    subpath: str
    id_of: Callable[[str], str]


class _Old(msgspec.Struct):
    """A session whose group stands in the canvas: as `Laid`, from what stands there."""

    group: str
    notes: str = ""
    subpath: str = ""
    cards: dict[str, str] = {}


def former_ids(
    note: str, sessions: Sequence[Laid], there: Mapping[str, Any], were: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """The ids of what has another name now, by the ids that it would have.

    `there` are the nodes of the canvas of `note` by their ids, `were` the tool's own as each run left them.
    """
    showed: dict[str, set[str]] = {}
    for was in were:
        for each, node in was.items():
            showed.setdefault(each, set()).add(str(node.get("file")))
    found = _papers_renamed(sessions, there, showed)
    standing = _standing(note, there, were, showed)
    same = [(session, standing[session.group]) for session in sessions if session.group in standing]
    for session, old in (*same, *_sessions_renamed(sessions, standing, there, showed)):
        found[session.group] = old.group
        laid = [
            (session.notes, old.notes),
            *((new, old.cards.get(path)) for path, new in session.cards.items()),
        ]
        # (Of a session that has its own id only what was added while it had another name goes by that one.)
        passed_by = there.keys() | showed.keys() if session.group in there else there.keys()
        found |= {new: known for new, known in laid if known and new not in passed_by}
    return {new: known for new, known in found.items() if new != known}


def _papers_renamed(
    sessions: Sequence[Laid], there: Mapping[str, Any], showed: Mapping[str, set[str]]
) -> dict[str, str]:
    """Cards whose paper has another name now.

    Obsidian writes the new name into the card (and so may a sync). The card is known by its id, which follows
    from the session and a name that the paper had when the tool wrote the card.
    """
    found: dict[str, str] = {}
    ids = {each for session in sessions for each in session.cards.values()}
    cards: dict[str, list[str]] = {}
    for each, node in there.items():
        if each not in ids and each in showed:
            cards.setdefault(str(node.get("file")), []).append(each)
    for session in sessions:
        for path, new in session.cards.items():
            old = (
                each
                for each in cards.get(path, ())
                if any(session.id_of(name) == each for name in showed[each])
            )
            if new not in there and (known := next(old, None)) is not None:
                found[new] = known
    return found


def _sessions_renamed(
    sessions: Sequence[Laid],
    standing: Mapping[str, _Old],
    there: Mapping[str, Any],
    showed: Mapping[str, set[str]],
) -> list[tuple[Laid, _Old]]:
    """The sessions whose heading was rewritten, each with what stands there of it.

    One is known by what its text's card shows, as an earlier run brought that up to date; by being the only
    new one, and the only one that is gone, with these very papers; or, where one is new and one is gone in
    the whole canvas, by most of its papers.
    """
    groups = {session.group for session in sessions}
    new = [session for session in sessions if session.group not in there and session.group not in showed]
    gone = [old for old in standing.values() if old.group not in groups]
    found: list[tuple[Laid, _Old]] = []

    def match(key_of_new: Callable[[Laid], Any], key_of_old: Callable[[_Old], Any]) -> None:
        for key in dict.fromkeys(map(key_of_new, new)):
            ours = [session for session in new if key_of_new(session) == key]
            theirs = [old for old in gone if key_of_old(old) == key]
            if key and len(ours) == len(theirs) == 1:
                found.append((ours[0], theirs[0]))
                new.remove(ours[0])
                gone.remove(theirs[0])

    match(lambda session: session.subpath, lambda old: old.subpath)
    match(lambda session: frozenset(session.cards), lambda old: frozenset(old.cards))
    if len(new) == len(gone) == 1:
        papers, earlier = new[0].cards.keys(), gone[0].cards.keys()
        if len(papers & earlier) > ALIKE * len(papers | earlier):
            found.append((new[0], gone[0]))
    return found


def _standing(
    note: str,
    there: Mapping[str, Any],
    were: Sequence[Mapping[str, Any]],
    showed: Mapping[str, set[str]],
) -> dict[str, _Old]:
    """The sessions whose groups stand in the canvas, by these, with all cards that were ever laid into them.

    A card that the person moved, or took out, is one of them: what the tool wrote says where it was.
    """
    found = {
        each: _Old(each) for each, node in there.items() if node.get("type") == "group" and each in showed
    }
    placed: set[str] = set()
    for was in were:
        frames = [node for node in was.values() if node.get("type") == "group"]
        for each, node in was.items():
            if each in placed or node.get("type") != "file":
                continue
            around = [frame["id"] for frame in frames if _holds(frame, node)]
            if len(around) != 1:
                continue
            placed.add(each)
            if (old := found.get(around[0])) is None:
                continue
            now = there.get(each, node)
            path = str(now.get("file"))
            if "subpath" in node or path == note:
                old.notes, old.subpath = each, str(now.get("subpath", ""))
            elif path not in old.cards or each in there:
                old.cards = {**old.cards, path: each}
    return found


def _holds(frame: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    """Whether a node lies within a group, as those do that are laid out with it."""
    try:
        return bool(
            frame["x"] < node["x"]
            and frame["y"] < node["y"]
            and node["x"] + node["width"] < frame["x"] + frame["width"]
            and node["y"] + node["height"] < frame["y"] + frame["height"]
        )
    except (KeyError, TypeError):
        return False  # no canvas of ours lacks a number
