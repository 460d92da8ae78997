"""Conference notes are read again as they stand on the disk, by several processes, where nobody wrote a plan.

A look at a vault that was never mended plans changes in nearly all notes; what it keeps for the next run has
to say what is on the disk. To read all conference notes for that in one process took a third of such a look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from vaultsync.core.links.cached_facts import FreshReading
from vaultsync.core.links.in_step import in_step
from vaultsync.core.links.index import Index, Load
from vaultsync.core.note import Note
from vaultsync.core.plan.planner import AT_ONCE, READINGS
from vaultsync.core.plan.progress import Progress
from vaultsync.vault.parallel import spread


def read_again(
    index: Index,
    load: Load,
    digests: Callable[[Iterable[str]], Mapping[str, bytes]],
    let_go: Callable[[Iterable[str]], None],
    progress: Progress,
) -> None:
    """Bring many stale readings up to date, about as `Index.refresh` does; the few that are left are for it.

    `load` gives a note, which has one of `digests`: one that was saved meanwhile is left. `let_go` of a note
    ends its stay in memory.
    """
    stale = index.stale()
    if len(stale) < READINGS:
        return
    known = digests(stale)

    def wanted(path: str) -> Note | None:
        note = load(path)
        says = note is not None and index.config.mentions_papers(note.kind) and path not in index.waiting
        return note if says and note is not None and note.digest == known.get(path) else None

    def work(part: Sequence[str]) -> bytes:
        found: list[tuple[str, FreshReading]] = []
        for notes in _some(filter(None, map(wanted, part))):
            readings = in_step([index.read(note) for note in notes])
            for note, reading in zip(notes, readings, strict=True):
                found.append((note.path, reading))
                index.close(note.path)
                note.put_aside()
            let_go(note.path for note in notes)
        return msgspec.msgpack.encode(found)

    done = 0
    for data in spread(work, stale):
        readings = _READINGS.decode(data)
        for path, reading in readings:
            index.adopt(path, reading)
        done += len(readings)
        progress("reading again", done, len(stale))


def _some(notes: Iterable[Note]) -> Iterator[list[Note]]:
    """The notes in lists of so many characters."""
    some: list[Note] = []
    size = 0
    for note in notes:
        some.append(note)
        size += len(note.text)
        if size >= AT_ONCE:
            yield some
            some, size = [], 0
    yield some


_READINGS = msgspec.msgpack.Decoder(list[tuple[str, FreshReading]])
