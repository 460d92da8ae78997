"""TOML as vaultsync reads and prints it: mistakes with their place, values as `init` shows them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

from vaultsync.core.errors import ConfigError

KEY_PARTS = 64
"""Parts of a dotted key; Python's reader takes a time that grows with their square."""


def read_toml(text: str, source: str, hint: str) -> dict[str, Any]:
    """The tables in the text of the file `source`; raises `ConfigError` that names the place of a mistake."""
    text = text.removeprefix("\ufeff")
    if (at := _longest_key(text)) is not None:
        raise ConfigError(f"{source}:{at}: a key has more than {KEY_PARTS} parts", hint)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).partition(" (at ")
        place = re.fullmatch(r"line (\d+), column (\d+)\)", where)
        line, column = place.groups() if place else (text.count("\n") + 1, len(text) - text.rfind("\n"))
        raise ConfigError(f"{source}:{line}:{column}: not valid TOML: {what}", hint) from None
    except RecursionError:
        raise ConfigError(f"{source}: lists or tables lie too deep in each other", hint) from None
    except ValueError as error:  # a number of thousands of digits, which Python refuses to read
        what = str(error).partition(";")[0].replace("Exceeds", "a number exceeds").partition(":")[0]
        raise ConfigError(f"{source}: not readable: {what}", hint) from None


_STRINGS = re.compile(
    r'''
      """ (?: [^"\\]++ | \\. | "(?!"") )*+ (?: """ | \Z )
    | \'\'\' .*? (?: \'\'\' | \Z )
    | "  (?: [^"\\\n]++ | \\[^\n] )*+ "?
    | \' [^\'\n]*+ \'?
    | \# [^\n]*+
    ''',
    re.VERBOSE | re.DOTALL,
)
"""Texts and comments of TOML; one that is never closed reaches as far as the reader would read."""

_NO_KEY = re.compile(r"[^\w.\- \t]+")


def _longest_key(text: str) -> int | None:
    """The line of the first key of too many parts."""
    if text.count(".") <= KEY_PARTS:
        return None
    bare = _STRINGS.sub(lambda found: "x" + "\n" * found[0].count("\n"), text)
    for number, line in enumerate(bare.split("\n"), 1):
        if line.count(".") > KEY_PARTS and any(p.count(".") > KEY_PARTS for p in _NO_KEY.split(line)):
            return number
    return None


def to_toml(value: object) -> str:
    """A value as TOML prints it; what `init` and `config` show."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        json = msgspec.json.encode(value).decode()
        return json.replace("\x7f", "\\u007f")  # which JSON lets stand, and TOML doesn't
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_toml(v) for v in value) + "]"
    if isinstance(value, Mapping):
        pairs = (
            f"{k if re.fullmatch('[A-Za-z0-9_-]+', k) else to_toml(k)} = {to_toml(v)}"
            for k, v in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    return str(value)
