"""What one of several processes that plan tells the others: what became of its part of the notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import force_setattr

from vaultsync.core.errors import Problem
from vaultsync.core.links.cached_facts import FreshReading
from vaultsync.core.links.decisions import Fault
from vaultsync.core.plan.places import Mend


class PutRight(msgspec.Struct, frozen=True, array_like=True):
    """What was put right in a note, as it is counted, and as it is kept off should that be taken back."""

    mends: frozenset[Mend] = frozenset()
    undone: frozenset[Fault] = frozenset()


class NoteResult(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What another process made of a note; `None` where it had nothing to do, or nothing changed.

    Problems by the note's own rules and by the linked ones, its new text and the ids of the rules behind it,
    what the guard objected to, whether the linked rules are done with it, the digests of its blocks' lines,
    what it says of papers, what was put right in it, the places that need not be kept off any more, and the
    traceback of a rule that failed at it.
    """

    path: str
    own: list[Problem] | None = None
    linked: list[Problem] | None = None
    text: str | None = None
    rules: tuple[str, ...] = ()
    refused: Problem | None = None
    at_rest: bool = False
    lines: bytes | None = None
    reading: FreshReading | None = None
    mended: PutRight | None = None
    own_in_order: list[Fault] | None = None
    linked_in_order: list[Fault] | None = None
    defect: str | None = None


def packed(results: Sequence[NoteResult]) -> bytes:
    """The results as they are sent."""
    return _ENCODER.encode(results)


def opened(data: bytes, rules: Iterable[str]) -> list[NoteResult]:
    """The results that were sent; `rules` are the ids of those that were at work."""
    ids = {id_: id_ for id_ in rules}
    results = _RESULTS.decode(data)
    for result in results:
        if result.mended is not None:
            _share(result.path, result.mended, ids)
    return results


def _share(path: str, mended: PutRight, ids: Mapping[str, str]) -> None:
    """Have what was put right in a note name the note, and each rule, by one text; a first run has all notes.

    What was sent has a text of its own for each: together 4 kB a note, and half of that is enough.
    """
    faults = {mend.fault: mend.fault for mend in mended.mends}
    undone = frozenset(faults.setdefault(fault, fault) for fault in mended.undone)
    for fault in faults:
        if fault.note == path:
            force_setattr(fault, "note", path)
        force_setattr(fault, "rule", ids.get(fault.rule, fault.rule))
    force_setattr(mended, "undone", undone)


_ENCODER = msgspec.msgpack.Encoder()
_RESULTS = msgspec.msgpack.Decoder(list[NoteResult])
