"""What a paper's list shows of the notes that mention it, made while these notes are read.

Each list asks some six notes for a few values, and the notes are asked by many lists: to open their kept
readings for that took each of the processes that share the work all values of all readings, 58 MB at 10,000
notes. So these values come with the reading, in little space, for as long as a plan is made.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping

import msgspec

from vaultsync.core.links.mentions import Mention, Reading


class InSession(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was said of a paper in one session, as `quotes`.

    `date` is empty if it is unknown, `anchor` how a link reaches the session, `heading` empty above them all.
    """

    number: int
    date: str
    anchor: tuple[str, ...]
    heading: str
    quotes: tuple[str, ...]


class SaidOf(msgspec.Struct, frozen=True, array_like=True):
    """What a note says of one paper, `display` being the name under which the note is listed."""

    display: str
    sessions: tuple[InSession, ...]


def said_by(reading: Reading) -> dict[str, SaidOf]:
    """What the note says, by the paths of the papers, sorted."""
    mentions: dict[str, dict[int, list[Mention]]] = {}
    for mention in reading.mentions:
        mentions.setdefault(mention.paper, {}).setdefault(mention.session, []).append(mention)
    return {
        paper: SaidOf(
            reading.display,
            tuple(_in_session(reading, number, found) for number, found in mentions[paper].items()),
        )
        for paper in sorted(mentions)
    }


def _in_session(reading: Reading, number: int, mentions: list[Mention]) -> InSession:
    session = reading.sessions[number]
    quotes = dict.fromkeys(quote for m in mentions for quote in m.quote.split("\n") if quote)
    heading = session.path[-1] if session.path else ""
    return InSession(number, session.date(reading.date), session.anchor, heading, tuple(quotes))


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What `said_by` gave, as bytes: of each paper in its order, run together, and where each part ends."""

    data: bytes
    ends: bytes

    def of(self, number: int) -> SaidOf:
        """What is said of the paper of that number."""
        ends = memoryview(self.ends).cast("I")
        return _SAID.decode(self.data[ends[number - 1] if number else 0 : ends[number]])


def packed(said: Mapping[str, SaidOf]) -> tuple[Said, list[bytes]]:
    """What is said in little space, and its parts, one of each paper."""
    parts = list(map(_ENCODER.encode, said.values()))
    ends = array("I")
    end = 0
    for part in parts:
        end += len(part)
        ends.append(end)
    return Said(b"".join(parts), ends.tobytes()), parts


_ENCODER = msgspec.msgpack.Encoder()
_SAID = msgspec.msgpack.Decoder(SaidOf)
