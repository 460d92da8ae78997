"""Edits as an editor takes them: against one text, in UTF-16 code units, none larger than it has to be.

A note that is open in Obsidian is changed through its editor, so that cursor, selection, scroll and folds
stay. The passes of a plan each edit what the one before left; `Pieces` brings them back to the text that was
sent. JavaScript counts a text in UTF-16 code units (ECMA-262, 6.1.4): an emoji is two of them, one of ours.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import sha256

import msgspec

from vaultsync.core.text.matching import common_ends
from vaultsync.core.text.spans import OverlapError, TextEdit

_MARK = b"\xef\xbb\xbf"
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class EditorEdit(msgspec.Struct, frozen=True, order=True, rename={"start": "from", "end": "to"}):
    """Replace the UTF-16 code units `[from, to)` by `text`, as a change of CodeMirror's does."""

    start: int
    end: int
    text: str


class Utf16:
    """The offsets of `text` in UTF-16 code units, and back."""

    def __init__(self, text: str) -> None:
        self._astral = [] if text.isascii() else [found.start() for found in _ASTRAL.finditer(text)]
        self._units = [place + number for number, place in enumerate(self._astral)]

    def units(self, offset: int) -> int:
        """The code units before the code point at `offset`."""
        return offset + bisect_left(self._astral, offset)

    def offset(self, units: int) -> int:
        """The code point that the code unit number `units` belongs to."""
        return units - bisect_left(self._units, units)


class Pieces:
    """A text that is edited again and again, as pieces of the text that it was at first.

    Each piece is a span of the first text, or new text that stands in none.
    """

    def __init__(self, text: str) -> None:
        self._first = text
        self._pieces: list[tuple[int, int, str]] = [(0, len(text), "")] if text else []

    def apply(self, edits: Iterable[TextEdit]) -> None:
        """Make edits whose offsets are those of the text as it is now; raises `OverlapError`."""
        made: list[tuple[int, int, str]] = []
        rest = list(reversed(self._pieces))
        at = 0
        for edit in sorted(edits, key=lambda e: (e.start, e.end)):
            if edit.start < at:
                raise OverlapError(f"two edits overlap at offset {edit.start}")
            at = self._pass(rest, at, edit.start, made)
            at = self._pass(rest, at, edit.end, None)
            if edit.text:
                made.append((0, 0, edit.text))
        self._pieces = [*made, *reversed(rest)]

    def edits(self) -> list[TextEdit]:
        """The edits to the first text that give the text as it is now, in order, none touching another."""
        found: list[TextEdit] = []
        at, new = 0, ""
        for start, end, text in [*self._pieces, (len(self._first), len(self._first), "")]:
            if text:
                new += text
                continue
            if start > at or new:
                found += self._trimmed(TextEdit(at, start, new))
            at, new = end, ""
        return found

    @staticmethod
    def _pass(
        rest: list[tuple[int, int, str]], at: int, until: int, made: list[tuple[int, int, str]] | None
    ) -> int:
        """Take pieces off `rest` from `at` up to `until`, into `made` or away."""
        while at < until:
            start, end, text = rest.pop()
            length = len(text) or end - start
            taken = min(length, until - at)
            head, tail = ((0, 0, text[:taken]), (0, 0, text[taken:]))
            if not text:
                head, tail = (start, start + taken, ""), (start + taken, end, "")
            if made is not None:
                made.append(head)
            if taken < length:
                rest.append(tail)
            at += taken
        return at

    def _trimmed(self, edit: TextEdit) -> Iterator[TextEdit]:
        """The edit without what it replaces by the same."""
        old, new = self._first[edit.start : edit.end], edit.text
        head, tail = common_ends(old, new)
        start, end = edit.start + head, edit.end - tail
        text = new[head : len(new) - tail]
        if start < end or text:
            yield TextEdit(start, end, text)


def editor_edits(text: str, edits: Iterable[TextEdit]) -> tuple[EditorEdit, ...]:
    """Edits to `text` in the editor's units."""
    units = Utf16(text).units
    return tuple(EditorEdit(units(edit.start), units(edit.end), edit.text) for edit in edits)


def as_edited(text: str) -> str:
    """A file's text as an editor has it: no byte order mark, each line end one `\\n`."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def in_form_of(data: bytes, text: str) -> bytes | None:
    """An editor's text as a file that has the form of `data`: its mark, its line ends.

    None where that has line ends of more than one kind.
    """
    body = data.removeprefix(_MARK)
    crlf, lf, cr = body.count(b"\r\n"), body.count(b"\n"), body.count(b"\r")
    if cr != crlf or (crlf and crlf != lf):
        return None
    written = text.encode("utf-8")
    return data[: len(data) - len(body)] + (written.replace(b"\n", b"\r\n") if crlf else written)


def text_digest(text: str) -> str:
    """The name under which the API and the plugin speak of a text: SHA-256 of its UTF-8, in hexadecimal."""
    return sha256(text.encode("utf-8")).hexdigest()
