"""The lines of a programme, with its tables as lines: a row's cells one below the other, tracks apart.

A table comes by tabs (copied from a page) or by bars (Markdown). With a head (`Time | Title | Speakers`) its
columns say what their cells are. Without one, a row of a time and several cells is one of parallel tracks:
what stands below a session's cell belongs to that session, so the tracks are read one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vaultsync.core.importers.person_lines import names_in
from vaultsync.core.importers.programme import ProgrammeLine
from vaultsync.core.importers.programme_forms import is_session, slot_of

Row = tuple[int, list[str]]
"""A line's number and its cells."""


def programme_lines(lines: Iterable[tuple[int, str]]) -> Iterator[ProgrammeLine]:
    """The lines that say something, one track of a table after the other."""
    rows: list[Row] = []
    blank = True
    for number, raw in lines:
        text = _MARKUP.sub("", raw).strip() if raw.lstrip()[:1] in "#*>-_" else raw.strip()
        if not text.strip("|- \t"):
            blank = True
            if "|" in text:
                continue
            if not rows:
                continue
        cells = _cells(raw)
        if cells:
            rows.append((number, cells))
            continue
        if text:
            yield from _table(rows)
            rows = []
            yield ProgrammeLine(" ".join(text.split()), number, first=blank)
            blank = False
    yield from _table(rows)


def _cells(raw: str) -> list[str]:
    if raw.count("|") > 1 or (raw.lstrip().startswith("|")):
        cells = [cell.strip().strip("*") for cell in raw.strip().strip("|").split("|")]
    elif "\t" in raw.strip():
        cells = [cell.strip() for cell in re.split(r"\t", raw.strip("\n"))]
    else:
        return []
    return [" ".join(cell.split()) for cell in cells] if sum(map(bool, cells)) > 1 else []


def _table(rows: list[Row]) -> Iterator[ProgrammeLine]:
    """The rows of one table as lines."""
    kinds: list[str] = []
    tracks: list[list[ProgrammeLine]] = []
    for number, cells in rows:
        head = [_COLUMNS.get(cell.casefold().rstrip("s:() "), "") for cell in cells]
        if sum(map(bool, head)) > 1 and not slot_of(cells[0])[0]:
            yield from _drained(tracks)
            kinds = head
            continue
        if kinds and len(cells) <= len(kinds):
            yield from _by_columns(number, cells, kinds)
            continue
        slot, rest = slot_of(cells[0])
        time = cells[0] if slot is not None and not rest else ""
        found = cells[1:] if time else cells
        shown = [cell for cell in found if cell]
        if not time or len(shown) < 2 or names_in(shown[1]):
            yield from _drained(tracks)
            yield from _in_order(number, time, shown)
            continue
        if any(map(is_session, shown)) or len(found) != len(tracks):
            yield from _drained(tracks)
            tracks = [[] for _ in found]
        for track, cell in zip(tracks, found, strict=False):
            if cell:
                track.append(ProgrammeLine(f"{time} {cell}", number, first=True))
    yield from _drained(tracks)


def _drained(tracks: list[list[ProgrammeLine]]) -> Iterator[ProgrammeLine]:
    for track in tracks:
        yield from track
    tracks.clear()


def _in_order(number: int, time: str, cells: list[str]) -> Iterator[ProgrammeLine]:
    for i, cell in enumerate(cells):
        yield ProgrammeLine(f"{time} {cell}" if time and not i else cell, number, first=not i)


def _by_columns(number: int, cells: list[str], kinds: list[str]) -> Iterator[ProgrammeLine]:
    by_kind: dict[str, str] = {}
    for kind, cell in zip(kinds, cells, strict=False):
        if cell:
            by_kind[kind] = f"{by_kind[kind]}, {cell}" if kind in by_kind else cell
    title = by_kind.pop("title", "") or by_kind.pop("session", "")
    time = by_kind.pop("time", "")
    if not title:
        title, by_kind = " ".join(by_kind.values()), {}
    if title:
        yield ProgrammeLine(f"{time} {title}".strip(), number, first=True)
    elif time:
        yield ProgrammeLine(time, number, first=True)
    for kind, cell in by_kind.items():
        yield ProgrammeLine(
            cell if kind == "authors" and names_in(cell) else f"{kind or 'track'}: {cell}", number
        )


_MARKUP = re.compile(r"^(?:#{1,6}\s+|>\s?|[-*+]\s+)+|\*\*|__")
_COLUMNS = {
    "time": "time", "when": "time", "slot": "time", "zeit": "time", "uhrzeit": "time", "start": "time",
    "title": "title", "talk": "title", "paper": "title", "event": "title", "presentation": "title",
    "titel": "title", "vortrag": "title", "topic": "title", "paper title": "title", "activity": "title",
    "session": "session", "what": "title", "program": "title", "programme": "title",
    "author": "authors", "speaker": "authors", "presenter": "authors", "autoren": "authors",
    "sprecher": "authors", "who": "authors", "name": "authors", "referent": "authors", "author(": "authors",
    "speaker(": "authors", "room": "room", "location": "room", "where": "room", "raum": "room",
    "place": "room",
    "chair": "chair", "session chair": "chair", "affiliation": "affiliation", "institution": "affiliation",
    "track": "track", "day": "day",
}  # fmt: skip
"""What a column's head says, in the singular."""
