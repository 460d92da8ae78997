"""TOML as vaultsync reads and prints it: mistakes with their place, values as `init` shows them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

from vaultsync.core.errors import ConfigError


def read_toml(text: str, source: str, hint: str) -> dict[str, Any]:
    """The tables in the text of the file `source`; raises `ConfigError` that names the place of a mistake."""
    text = text.removeprefix("\ufeff")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).partition(" (at ")
        place = re.fullmatch(r"line (\d+), column (\d+)\)", where)
        line, column = place.groups() if place else (text.count("\n") + 1, len(text) - text.rfind("\n"))
        raise ConfigError(f"{source}:{line}:{column}: not valid TOML: {what}", hint) from None


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
