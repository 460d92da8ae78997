"""The kinds of notes that the code itself knows, and the signs beside a word that make a note one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

CONFERENCE, PAPER = "conference", "paper"


PLAIN = "note"

OTHER_WORKS = (
    "book",
    "booksection",
    "blogpost",
    "chapter",
    "film",
    "letter",
    "magazinearticle",
    "manuscript",
    "map",
    "movie",
    "newspaper",
    "newspaperarticle",
    "podcast",
    "song",
    "videorecording",
    "webpage",
)
"""Values of `type`, in Zotero's and CSL's words, of sources that are no papers."""


def names_talks(text: str, languages: Sequence[str]) -> bool:
    """Whether some heading of a note's text names a day (`# Montag Vormittag`) or a talk (`## Talk: X`)."""
    headings = [found[1].rstrip(" \t#") for found in _HEADING.finditer(text)]
    if any(_TALK.match(heading) for heading in headings):
        return True
    if not headings:
        return False
    from vaultsync.core.text.day_headings import day_mark  # its calendar names are loaded for few notes only

    return any(day_mark(heading, languages) for heading in headings)


_HEADING = re.compile(r"^#{1,6}[ \t]+(\S[^\r\n]*+)\r?$", re.MULTILINE)
_TALK = re.compile(
    r"(?:invited |plenary |oral |poster )?"
    r"(?:keynote|panel|plenary|poster session|session|sitzung|talk|tutorial|vortrag)s?\b",
    re.IGNORECASE,
)
