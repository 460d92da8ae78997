"""A reading list that lies in the vault, with links to the notes that its items became.

The title becomes the link where it stands as plain text; after an item whose title is marked, is the text of
another link, or isn't there (an address alone) the link is added, before the id of a block if there is one.
Nothing else of the list changes, and an item that has its link already stays as it is. A link that Obsidian
would not read as one there, in a comment say, is not written.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile

import msgspec

from vaultsync.core.config.config import Config
from vaultsync.core.importers.note_links import NoteLinks
from vaultsync.core.markdown.body import Body
from vaultsync.core.note import Note, note_of
from vaultsync.core.text.spans import SpanSet, TextEdit, apply_edits

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_ADDRESS = re.compile(r"https?://\S+")
_NO_DISPLAY = re.compile(r"[\[\]|\\`<>*_$]")

BLOCK_ID = re.compile(r"(?<![ \t])[ \t]++\^[A-Za-z0-9-]++[ \t]*\Z")
"""The id of a block at the end of its line; see https://help.obsidian.md/links, "Link to a block"."""

ADDED = " · "
"""What stands before a link that was added behind an item."""


class ListedNote(msgspec.Struct, frozen=True):
    """What an item of a list became: its line, its title as it is read there, and the path of its note."""

    line: int
    title: str
    path: str


def with_links(source: str, text: str, listed: Sequence[ListedNote], links: NoteLinks) -> str:
    """The list in the file `source` with a link in each item that became a note."""
    whole = _read(source, text)
    lines = [m.span() for m in _LINE.finditer(text)]
    cells = SpanSet((block.span.start, block.span.end) for block in whole.body.blocks if block.kind == "cell")
    edits = []
    for note in listed:
        if 0 < note.line <= len(lines) and lines[note.line - 1][0] >= whole.body_start:
            span = lines[note.line - 1]
            if not _leads_there(whole.body, span, note.path):
                edits.append(_edit(whole, span, note, links, cells))
    made = _apart([edit for edit in edits if edit is not None])
    return apply_edits(text, _that_become_links(whole, made))


def _edit(
    whole: Note, span: tuple[int, int], note: ListedNote, links: NoteLinks, cells: SpanSet
) -> TextEdit | None:
    """The link for an item at `span` of the list; `cells` are those of its tables."""
    line = whole.text[slice(*span)]
    bare = line.rstrip()
    if not bare:
        return None
    found = re.search(rf"(?<!\w){re.escape(note.title)}(?!\w)", line) if note.title else None
    if found is not None and not _NO_DISPLAY.search(note.title):
        start, end = (span[0] + offset for offset in found.span())
        block = whole.body.block_at(start)
        in_address = any(m.start() < found.end() and found.start() < m.end() for m in _ADDRESS.finditer(line))
        is_plain = not in_address and not whole.body.protected.touches(start, end)
        if block is not None and end <= block.span.end and is_plain:
            link = links.written(whole.path, note.path, note.title, in_table=block.kind == "cell")
            if link is not None:
                return TextEdit(start, end, link)
    link = links.written(whole.path, note.path)
    if link is None or cells.touches(*span) or bare.lstrip().startswith("|"):
        return None
    at = BLOCK_ID.sub("", bare)
    at = at[: len(at.rstrip("\\"))] if (len(at) - len(at.rstrip("\\"))) % 2 else at  # a break of the line
    end = span[0] + len(at.rstrip())
    return TextEdit(end, end, f"{ADDED}{link}")


def _read(source: str, text: str) -> Note:
    return note_of(source, text, Config())


def _that_become_links(whole: Note, edits: Sequence[TextEdit]) -> list[TextEdit]:
    """Those of the edits whose link is one once all are made."""
    after = _read(whole.path, apply_edits(whole.text, edits)) if edits else whole
    links = {link.span.start for link in after.body.links}
    return [edit for edit, at in zip(edits, _starts(edits), strict=True) if at in links]


def _starts(edits: Iterable[TextEdit]) -> Iterator[int]:
    """Where the link of each edit begins in the edited text."""
    grown = 0
    for edit in edits:
        yield edit.start + grown + (len(ADDED) if edit.start == edit.end else 0)
        grown += len(edit.text) - (edit.end - edit.start)


def _leads_there(body: Body, span: tuple[int, int], path: str) -> bool:
    """Whether the line at `span` has a link to the note already, by its path or by its name."""
    name = _name(path)
    first = bisect_left(body.links, span[0], key=lambda link: link.span.start)
    on_line = takewhile(lambda link: link.span.start < span[1], islice(body.links, first, None))
    return any(_name(link.target) == name for link in on_line)


def _name(path: str) -> str:
    return unicodedata.normalize("NFC", path).rpartition("/")[2].removesuffix(".md")


def _apart(edits: Sequence[TextEdit]) -> list[TextEdit]:
    """The edits in their order, without those that touch an earlier one (one line of several papers)."""
    kept: list[TextEdit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not kept or edit.start > kept[-1].end or (edit.start == kept[-1].end and edit.start == edit.end):
            kept.append(edit)
    return kept
