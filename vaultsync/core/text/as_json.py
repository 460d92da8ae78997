"""Values as JSON, whatever names they hold: a file's name, a folder's, an argument need not be UTF-8.

Python keeps the bytes of such a name as lone surrogates (PEP 383), which no UTF-8 can spell.
"""

from __future__ import annotations

import msgspec

from vaultsync.core.text.shown import encodable


def as_json(value: object) -> bytes:
    """The value as JSON in UTF-8; what no UTF-8 can spell is spelled out, as `encodable` does."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(msgspec.to_builtins(value)))


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(each) for each in value]
    return value
