"""The line by which a note shows the papers that it links to: an embedded view of the base of papers."""

from __future__ import annotations

import re

from vaultsync.core.views.bases import IN_THIS_NOTE, PAPERS_BASE

EMBEDDING = f"![[{PAPERS_BASE}#{IN_THIS_NOTE}]]"
"""As Obsidian's help has it, "Embed a view": the base, and the name of its view."""

_THERE = re.compile(rf"!\[\[(?:[^\[\]|#]*/)?{re.escape(PAPERS_BASE)}(?:[#|][^\[\]]*)?\]\]")


def with_embedding(data: bytes) -> bytes:
    """The note with the line at its end, a blank line below the text; as it is if it shows the base already.

    The note's line endings stay, and a note that isn't UTF-8 is left alone.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    if _THERE.search(text):
        return data
    eol = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    if not text.strip("\ufeff"):
        return f"{text}{EMBEDDING}{eol}".encode()
    glue = eol if text.endswith("\n") else eol * 2
    return f"{text}{glue}{EMBEDDING}{eol}".encode()
