"""A reading list that lies in the vault, with links to the notes that its items became.

The title becomes the link where it stands as plain text; after an item whose title is marked, is the text of
another link, or isn't there (an address alone) the link is added. Nothing else of the list changes, and an
item that has its link already stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from vaultsync.core.text.spans import TextEdit, apply_edits

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_LINK = re.compile(r"!?\[\[[^\]\n]*\]\]|!?\[[^\]\n]*\]\([^)\n]*\)|<[^>\n]*>|`[^`\n]*`|https?://\S+")
_TARGET = re.compile(r"\[\[([^\]|#\\\n]*)")
_NO_DISPLAY = re.compile(r"[\[\]|\\`<>*_$]")


class ListedNote(msgspec.Struct, frozen=True):
    """What an item of a list became: its line, its title as it is read there, and what a link to it names."""

    line: int
    title: str
    target: str


def with_links(text: str, listed: Sequence[ListedNote]) -> str:
    """The list with a link in each item that became a note."""
    lines = [m.span() for m in _LINE.finditer(text)]
    edits = []
    for note in listed:
        if 0 < note.line <= len(lines):
            start, end = lines[note.line - 1]
            edit = _edit(text[start:end], note)
            if edit is not None:
                edits.append(TextEdit(start + edit.start, start + edit.end, edit.text))
    return apply_edits(text, _apart(edits))


def _edit(line: str, note: ListedNote) -> TextEdit | None:
    bare = line.rstrip()
    in_table = bare.lstrip().startswith("|")
    if not bare or _leads_there(line, note.target):
        return None
    found = re.search(rf"(?<!\w){re.escape(note.title)}(?!\w)", line) if note.title else None
    apart = found is not None and all(
        m.end() <= found.start() or found.end() <= m.start() for m in _LINK.finditer(line)
    )
    if found is not None and apart and not _NO_DISPLAY.search(note.title):
        same = note.target == note.title
        bar = r"\|" if in_table else "|"
        shown = "" if same else f"{bar}{note.title}"
        return TextEdit(*found.span(), f"[[{note.target}{shown}]]")
    return TextEdit(len(bare), len(bare), f" · [[{note.target}]]") if not in_table else None


def _leads_there(line: str, target: str) -> bool:
    """Whether the line has a link to the note already, by its path or by its name."""
    name = target.rpartition("/")[2]
    named = (m[1].strip().rpartition("/")[2].removesuffix(".md") for m in _TARGET.finditer(line))
    return name in named


def _apart(edits: Sequence[TextEdit]) -> list[TextEdit]:
    """The edits in their order, without those that touch an earlier one (one line of several papers)."""
    kept: list[TextEdit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not kept or edit.start > kept[-1].end or (edit.start == kept[-1].end and edit.start == edit.end):
            kept.append(edit)
    return kept
