"""What can be read of a block with a fault: the entries that can be read one by one.

One entry that can't be read (a quote that is never closed) takes the whole block from Obsidian. The other
entries still say what the note is, of which day and by which name, and these must not change while somebody
types a property.
"""

from __future__ import annotations

import re
from collections.abc import Callable

KEY = re.compile(
    r"""(?P<key>"[^"\n]*"|'[^'\n]*'|[^\s#\-\[\]{}&*!|>'"%@`,?:](?:[^\n:]|:(?!\s|$))*+)\s*+:(?=\s|$)"""
)
"""The key at the beginning of a line: quoted, or any text that YAML lets a plain value begin with."""


def without_faults(content: str, can_be_read: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    """What stands between the fences, each entry that can't be read made comments of its length.

    An entry is a line that begins with a key, with the lines below it. Gives the keys of those that became
    comments, too, folded; `""` stands for what is above the first key. All offsets stay.
    """
    entries: list[tuple[str, list[str]]] = [("", [])]
    for line in _LINE.findall(content):
        if (found := KEY.match(line)) is not None:
            entries.append((found["key"].rstrip().strip("\"'").casefold(), []))
        entries[-1][1].append(line)
    kept: list[str] = []
    unread: list[str] = []
    for key, lines in entries:
        entry = "".join(lines)
        if not entry or can_be_read(entry):
            kept.append(entry)
        else:
            kept.append(_ANYTHING.sub("#", entry))
            unread.append(key)
    return "".join(kept), tuple(unread)


_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_ANYTHING = re.compile(r"[^\n]")
