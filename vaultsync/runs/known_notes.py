"""The notes of a vault as an import has to know them: which papers are there, and what they lack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from vaultsync.core.config.config import Config
from vaultsync.core.config.kinds import PAPER, PLAIN
from vaultsync.core.errors import Problem
from vaultsync.core.importers.identifier_list import stub
from vaultsync.core.importers.planning import Source
from vaultsync.core.importers.record import Options, PaperRecord
from vaultsync.core.importers.same_paper import Known, known_note, title_key
from vaultsync.core.note import read_note
from vaultsync.core.plan.progress import Progress
from vaultsync.files.disk import Disk


def known_notes(disk: Disk, config: Config, progress: Progress) -> tuple[list[Known], tuple[str, ...]]:
    """All notes of the vault, sorted by path; and the paths of its other files."""
    scan = disk.scan(config.ignored if config.vault.ignore else None)
    found = []
    for done, (path, data) in enumerate(disk.read_many(scan.notes)):
        if not done % 200:
            progress("reading the vault", done, len(scan.notes))
        note = data if isinstance(data, Problem) else read_note(path, data, config)
        if config.is_template(path):
            found.append(Known(path, PLAIN))  # no paper, but its name is taken
        elif isinstance(note, Problem):
            found.append(_closed(path, data, config))
        else:
            found.append(known_note(path, note.front, note.kind))
    return found, scan.others


def _closed(path: str, data: bytes | Problem, config: Config) -> Known:
    """What can be told of a note that can't be read: its name, and what is legible of its properties."""
    legible = data.decode(errors="replace").encode() if isinstance(data, bytes) else b""
    note = read_note(path, legible, config)
    known = Known(path, PLAIN) if isinstance(note, Problem) else known_note(path, note.front, note.kind)
    return msgspec.structs.replace(known, closed=True)


def known_gone(
    gone: Iterable[tuple[str, bytes]], present: Sequence[Known], config: Config
) -> tuple[Known, ...]:
    """Of the notes that are gone, the papers that no note that is `present` may be, each once."""
    ids = {pair for note in present for pair in note.ids}
    titles = {title_key(title) for note in present for title in note.titles}
    found: list[Known] = []
    for path, data in gone:
        note = read_note(path, data, config)
        if isinstance(note, Problem):
            continue
        known = known_note(path, note.front, note.kind)
        keys = {title_key(title) for title in known.titles}
        if known.kind == PAPER and ids.isdisjoint(known.ids) and titles.isdisjoint(keys):
            found.append(known)
            ids.update(known.ids)
            titles |= keys
    return tuple(found)


def stubs_in(known: Iterable[Known]) -> Source:
    """The paper notes of the vault that have an identifier and no title yet, as records."""
    values = [note.ids[0][1] for note in known if note.kind == "paper" and note.ids and not note.titles]
    found = [stub(value, Options()) for value in values]
    papers = [msgspec.structs.replace(paper, source="") for paper in found if isinstance(paper, PaperRecord)]
    return lambda: papers


def known_by_title(known: Iterable[Known]) -> list[PaperRecord]:
    """The paper notes of the vault that have a title and no identifier, as records."""
    return [
        PaperRecord(title=note.titles[0], authors=note.authors or None)
        for note in known
        if note.kind == "paper" and note.titles and not note.ids and not note.unread
    ]
