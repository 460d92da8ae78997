"""What is remembered of a note between runs, so that an unchanged note need not be read again.

The facts follow from the note's bytes, the configuration and the rest of the vault as the last run left it.
They hold as long as the fingerprint of the configuration does; the index is restored from them.
"""

from __future__ import annotations

import msgspec

from vaultsync.errors import Problem
from vaultsync.mentions import Reading
from vaultsync.paper import Paper


class Facts(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """One note: what the index knows of it, its problems, and whether the last plan left it as it is.

    `lines` are digests of the lines of its managed blocks as the tool left them, `None` without a block.
    """

    at_rest: bool
    paper: Paper | None = None
    reading: Reading | None = None
    problems: tuple[Problem, ...] = ()
    lines: tuple[int, ...] | None = None


class Summary(msgspec.Struct, frozen=True, array_like=True):
    """The vault as the last run left it: all a run needs to know when nothing has changed since.

    `others` is the digest of the names of files that are no notes; `restless` are notes that a plan would
    change, `problems` all that is wrong.
    """

    others: bytes
    restless: tuple[str, ...]
    problems: tuple[Problem, ...]


_ENCODER = msgspec.msgpack.Encoder()
_FACTS = msgspec.msgpack.Decoder(Facts)
_SUMMARY = msgspec.msgpack.Decoder(Summary)


def encode(value: Facts | Summary) -> bytes:
    """The bytes under which the cache keeps the value."""
    return _ENCODER.encode(value)


def decode_facts(data: bytes) -> Facts:
    """The facts in the cache's bytes; raises `msgspec.DecodeError` for foreign ones."""
    return _FACTS.decode(data)


def decode_summary(data: bytes) -> Summary | None:
    """The summary in the cache's bytes, `None` for foreign ones or none."""
    try:
        return _SUMMARY.decode(data)
    except msgspec.DecodeError:
        return None
