"""Values that follow from all notes of a vault, kept until a note changes.

The cache keeps them, each with what told these notes from any others (`Survey.standing`); settings, decisions
and the code itself are in the cache's fingerprint.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from vaultsync.core.errors import DAMAGED
from vaultsync.vault.cache import Cache

Value = TypeVar("Value")


class KeptValues:
    """What is kept in `cache`; nothing if there is none."""

    def __init__(self, cache: Cache | None) -> None:
        self._cache = cache

    def get(self, name: str, kind: type[Value], standing: bytes | None) -> Value | None:
        """The value of this name, of that kind, if it was kept for the very notes that `standing` tells."""
        data = self._data(name)
        return _value(data, kind) if standing is not None and data[:_DIGEST] == standing else None

    def former(self, name: str, kind: type[Value]) -> Value | None:
        """The value as it was kept last, for whichever notes."""
        return _value(self._data(name), kind)

    def keep(self, name: str, value: object, standing: bytes | None) -> None:
        """Keep a value for these notes; not where nothing tells them from others."""
        if self._cache is not None and standing is not None:
            self._cache.keep(name, standing + msgspec.msgpack.encode(value))

    def _data(self, name: str) -> bytes:
        return (self._cache.kept(name) if self._cache is not None else None) or b""


def _value(data: bytes, kind: type[Value]) -> Value | None:
    try:
        return msgspec.msgpack.decode(data[_DIGEST:], type=kind)
    except DAMAGED:  # of another version: it is made anew
        return None


_DIGEST = 16
"""Bytes of `Survey.standing`."""
