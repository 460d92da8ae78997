"""The kinds of notes that the code itself knows; `[kinds.NAME]` may add more."""

from __future__ import annotations

CONFERENCE, PAPER = "conference", "paper"


PLAIN = "note"
