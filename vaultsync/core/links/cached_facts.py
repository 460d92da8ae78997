"""What is remembered of a note between runs, so that an unchanged note need not be read again.

The facts follow from the note's bytes, the configuration and the rest of the vault as the last run left it.
They hold as long as the fingerprint of the configuration does; the index is restored from them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TypeVar

import msgspec
from msgspec.structs import force_setattr

from vaultsync.core.errors import DAMAGED, Problem
from vaultsync.core.links.habits import DateForm
from vaultsync.core.links.mentions import Reading
from vaultsync.core.links.said import Said, SaidOf, packed, said_by
from vaultsync.core.papers.paper import Paper


class Gist(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What a note is to the others: a paper, a note that may mention papers, or neither.

    `has_blocks` says whether anything in it names a managed block, `has_timeline` that one is a timeline. Of
    the names that Obsidian reads no longer `reads` are those that a query in the note reads, `uses` those of
    its properties; `dates` are the forms of its dates, `order` is its kind's properties' where
    an order is asked for. `plain_list` is the digest of its list of mentions (`plain_lists`). One that
    `waits` can't be read as what it is (`waiting`).
    """

    paper: Paper | None = None
    is_conference: bool = False
    has_blocks: bool = False
    reads: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    has_timeline: bool = False
    dates: tuple[DateForm, ...] = ()
    order: tuple[str, ...] = ()
    plain_list: bytes = b""
    waits: bool = False


SAID_DIGEST = 8
"""Bytes that are remembered of what a paper's block shows of a reading."""


class KeptReading(msgspec.Struct, frozen=True, array_like=True):
    """A reading in little space: what a change of the vault is compared with, the rest as bytes.

    `papers` are those that are mentioned, sorted; `words` and `doubts` as in `Reading`; `said` holds for each
    of them the digest of what its block shows of the reading; `data` is compressed. As values the readings of
    1,500 notes took 58 MB, so they take 10.
    """

    papers: tuple[str, ...]
    words: bytes
    said: bytes
    data: bytes
    doubts: bytes = b""

    def shown(self) -> set[tuple[str, bytes]]:
        """Each paper that is mentioned, with the digest of what its block shows of that."""
        said, size = self.said, SAID_DIGEST
        return {(paper, said[size * at : size * (at + 1)]) for at, paper in enumerate(self.papers)}

    def opened(self) -> Reading:
        """The reading itself."""
        reading = _READING.decode(zlib.decompress(self.data))
        return msgspec.structs.replace(reading, words=self.words, doubts=self.doubts)


class OpenedReading:
    """A reading that is at work."""

    def __init__(self, kept: KeptReading, reading: Reading) -> None:
        self.kept, self.reading = kept, reading

    @cached_property
    def said(self) -> dict[str, SaidOf]:
        """What the papers' lists show of it."""
        return said_by(self.reading)


class FreshReading(msgspec.Struct, frozen=True, array_like=True):
    """A reading that was just made: as it is kept, and what the papers' blocks show of it."""

    kept: KeptReading
    said: Said


def keep(reading: Reading) -> FreshReading:
    """The reading in little space."""
    of_papers = said_by(reading)
    said, parts = packed(of_papers)
    kept = KeptReading(
        tuple(of_papers),
        reading.words,
        b"".join(blake2b(part, digest_size=SAID_DIGEST).digest() for part in parts),
        zlib.compress(_ENCODER.encode(msgspec.structs.replace(reading, words=b"", doubts=b"")), 1),
        reading.doubts,
    )
    return FreshReading(kept, said)


class Facts(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """One note: what the index knows of it, its problems, and whether the last plan left it as it is.

    `lines` are the `line_digests` of its managed blocks as the tool left them, `None` without a block.
    """

    at_rest: bool
    paper: Paper | None = None
    reading: KeptReading | None = None
    problems: tuple[Problem, ...] = ()
    lines: bytes | None = None
    has_blocks: bool = False
    reads: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    has_timeline: bool = False
    dates: tuple[DateForm, ...] = ()
    order: tuple[str, ...] = ()
    waits: bool = False


def facts_of(gist: Gist) -> Facts:
    """What a later run has to know of a note at rest beside which nothing else is known than its gist."""
    return Facts(
        True,
        gist.paper,
        has_blocks=gist.has_blocks,
        reads=gist.reads,
        uses=gist.uses,
        has_timeline=gist.has_timeline,
        dates=gist.dates,
        order=gist.order,
        waits=gist.waits,
    )


class Summary(msgspec.Struct, frozen=True, array_like=True):
    """The vault as the last run left it: all a run needs to know when nothing has changed since.

    `others` is the digest of the names of files that are no notes; `restless` are notes that a plan would
    change, `problems` all that is wrong. `waiting` are files that may be notes and can't be read as such: of
    these there are no facts, and lists keep what they say of them.
    """

    others: bytes
    restless: tuple[str, ...]
    problems: tuple[Problem, ...]
    waiting: tuple[str, ...] = ()


_Value = TypeVar("_Value", bound=Hashable)

_ENCODER = msgspec.msgpack.Encoder()
_READING = msgspec.msgpack.Decoder(Reading)
_FACTS = msgspec.msgpack.Decoder(Facts)
_SUMMARY = msgspec.msgpack.Decoder(Summary)


def encode(value: Facts | Summary) -> bytes:
    """The bytes under which the cache keeps the value."""
    return _ENCODER.encode(value)


def decode_facts(data: bytes, one: Callable[[str], str]) -> Facts:
    """The facts in the cache's bytes; raises one of `DAMAGED` for foreign ones.

    What many notes share is one value for all of them: the forms of dates, and the paths of papers, for which
    `one` gives always the same text of equal ones.
    """
    facts = _FACTS.decode(data)
    if facts.paper is not None:
        force_setattr(facts.paper, "path", one(facts.paper.path))
    if facts.reading is not None:
        force_setattr(facts.reading, "papers", tuple(map(one, facts.reading.papers)))
    force_setattr(facts, "dates", _shared(facts.dates))
    force_setattr(facts, "order", _shared(facts.order))
    return facts


@lru_cache(maxsize=1024)
def _shared(value: _Value) -> _Value:
    return value


def decode_gist(data: bytes | msgspec.Raw, *, is_conference: bool, plain_list: bytes) -> Gist:
    """The gist of a note, given the bytes of its `facts_of`, and what these don't tell."""
    facts = _FACTS.decode(data)
    return Gist(
        facts.paper,
        is_conference,
        facts.has_blocks,
        facts.reads,
        facts.uses,
        facts.has_timeline,
        facts.dates,
        facts.order,
        plain_list,
        facts.waits,
    )


def decode_summary(data: bytes) -> Summary | None:
    """The summary in the cache's bytes, `None` for foreign ones or none."""
    try:
        return _SUMMARY.decode(data)
    except DAMAGED:
        return None
