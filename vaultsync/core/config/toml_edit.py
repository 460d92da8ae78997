"""One setting changed in the text of a TOML file, and everything else left as it is: comments, order, blanks.

A change is made by lines and proven by reading: the new text must say what the old one said but for this one
setting. What can't be changed so (an inline table, say) is left to the person.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from vaultsync.core.config.config import CONFIG_PATH
from vaultsync.core.config.toml import read_toml, to_toml
from vaultsync.core.errors import ConfigError

LONGEST_VALUE = 200
"""Lines of a value that is replaced."""


def with_setting(text: str, section: str, key: str, value: object) -> str:
    """The text with `key` of `[section]` set to `value`, or without it for `None`.

    Raises `ConfigError` where that can't be done.
    """
    before = read_toml(text, CONFIG_PATH, "repair it first")
    table = before.get(section, {})
    if not isinstance(table, dict):
        raise ConfigError(f"{CONFIG_PATH}: `{section}` is no table", f"write `[{section}]`")
    others = {name: found for name, found in table.items() if name != key}
    wanted = {**before, section: others if value is None else {**table, key: value}}
    if wanted == before or (value is None and key not in table):
        return text
    eol = "\r\n" if "\r\n" in text else "\n"
    for candidate in _candidates(text.splitlines(keepends=True), section, key, value, eol):
        if _tables(candidate) == wanted:
            return candidate
    raise ConfigError(f"{section}.{key} can't be changed here", "change it in .vaultsync/config.toml by hand")


def _candidates(lines: list[str], section: str, key: str, value: object, eol: str) -> Iterator[str]:
    """Texts that may be the one, the best first."""
    line = f"{key} = {to_toml(value)}{eol}" if value is not None else ""
    headers = [i for i, one in enumerate(lines) if re.match(rf"\s*\[{re.escape(section)}\]", one)]
    for header in headers:
        later = (i for i in range(header + 1, len(lines)) if re.match(r"\s*\[", lines[i]))
        end = next(later, len(lines))
        name = rf"\s*(?:{re.escape(key)}|\"{re.escape(key)}\")\s*="
        for at in (i for i in range(header + 1, len(lines)) if re.match(name, lines[i])):
            for length in range(1, min(LONGEST_VALUE, len(lines) - at) + 1):
                yield "".join([*lines[:at], line, *lines[at + length :]])
        shown = (i for i in range(header + 1, end) if re.match(rf"\s*#{name}", lines[i]))
        for at in (*shown, header):
            head = lines[at] if lines[at].endswith("\n") else lines[at] + eol
            yield "".join([*lines[:at], head, line, *lines[at + 1 :]])
    text = "".join(lines)
    gap = "" if not text else eol if text.endswith("\n") else eol * 2
    yield f"{text}{gap}[{section}]{eol}{line}"


def _tables(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):  # what it says, `read_toml` tells
        return None
