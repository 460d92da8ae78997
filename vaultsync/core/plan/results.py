"""What one of several processes that plan tells the others: what became of its part of the notes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

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


def opened(data: bytes) -> list[NoteResult]:
    """The results that were sent."""
    return _RESULTS.decode(data)


_ENCODER = msgspec.msgpack.Encoder()
_RESULTS = msgspec.msgpack.Decoder(list[NoteResult])
