"""Managed blocks: the lists of mentions and of papers that the tool keeps inside notes.

A block stands between two comment lines that Obsidian hides. It is made from the vault each time; it is
written only where it differs, keeps the place to which the person moved it, and what the person typed inside
is put below it, never dropped (design, section 6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from textwrap import dedent

from vaultsync.core.links.block_memory import Writer, WriterOf, lines_of
from vaultsync.core.markdown import MarkerProblem, managed_blocks
from vaultsync.core.note import Note
from vaultsync.core.text.spans import Span, TextEdit, apply_edits

BLOCKS = ("mentions", "papers")
"""The names of the blocks that there are."""


class NoPlace(ValueError):
    """The block can't be put into the note, since Obsidian would not see it; the message says why."""


def begin_marker(name: str) -> str:
    """The line that opens the block."""
    return f"%% vaultsync:begin {name} %%"


def end_marker(name: str) -> str:
    """The line that closes the block."""
    return f"%% vaultsync:end {name} %%"


def block_edits(
    note: Note, name: str, lines: Sequence[str], writer_of: WriterOf, *, at_start: bool = False
) -> list[TextEdit]:
    """The edits that make the note's block `name` hold exactly `lines`; no lines, no block.

    Lines inside an existing block that the tool hasn't written are moved below it; `writer_of` is asked only
    then. Of several blocks of one name the first stays and the others go, their typed lines kept. While a
    marker of the block is without its partner nothing is done: see `marker_repairs`. Raises `NoPlace`.
    """
    blocks, faults = note.managed
    if any(fault.name == name and fault.fault != "repeated" for fault in faults):
        return []
    edits = {
        fault.span: _rewrite(note, fault.span, _inside(note, fault.span), (), writer_of)
        for fault in faults
        if fault.name == name
    }
    found = [block for block in blocks if block.name == name]
    if not found and lines:
        return [_insertion(note, name, lines, at_start=at_start)]
    for block in found:
        edits[block.span] = _rewrite(note, block.span, block.inner, lines, writer_of)
    return _apart(edits)


def _apart(edits: Mapping[Span, Sequence[TextEdit]]) -> list[TextEdit]:
    """The edits to several blocks in order, each left to its own block and the blank line next to it.

    A removal reaches for the blank line before its block. What belongs to an earlier block, or went with
    it, is not its to take: something may be put there.
    """
    found: list[TextEdit] = []
    taken = 0
    for block in sorted(edits):
        found += (TextEdit(max(edit.start, taken), edit.end, edit.text) for edit in edits[block])
        taken = max(block.end, found[-1].end if found else 0)
    return found


def _inside(note: Note, block: Span) -> Span:
    """What lies between the marker lines of a whole block."""
    text = block.of(note.text)
    body = text.removesuffix("\n")
    return Span(block.start + text.index("\n") + 1, block.start + body.rindex("\n") + 1)


def _insertion(note: Note, name: str, lines: Sequence[str], *, at_start: bool) -> TextEdit:
    """A new block, one blank line apart from the text, at the note's end or the body's start.

    At the end of a note without a final line ending the block has none either, so that `_removal` gives the
    note's bytes back. Where the end lies in a code fence or a comment that is never closed, it goes to the
    start.
    """
    places = [_at_start, _at_end] if at_start else [_at_end, _at_start]
    if _ends_in_comment(note):  # the block's first marker would end the comment, and hide the list
        places = [_at_start]
    for place in places:
        edit = place(note, [begin_marker(name), *lines, end_marker(name)])
        after = apply_edits(note.text, [edit])
        if any(block.name == name for block in managed_blocks(after, note.body_start)):
            return edit
    raise NoPlace("neither its end nor its start is open for a list: is a fence or a comment never closed?")


def _ends_in_comment(note: Note) -> bool:
    """Whether a `%%` is opened and never closed: Obsidian hides all that follows."""
    marks = [found.start() for found in re.finditer("%%", note.text[note.body_start :])]
    if len(marks) % 2 == 0 and not any(note.body.code):
        return False
    code = note.body.code
    return sum(not code.touches(at + note.body_start, at + note.body_start + 2) for at in marks) % 2 == 1


def _at_end(note: Note, block: Sequence[str]) -> TextEdit:
    eol, end = note.eol, len(note.text)
    text = eol.join(block)
    if not note.text.strip("\ufeff"):
        return TextEdit(end, end, text + eol)
    if note.text.endswith("\n"):
        return TextEdit(end, end, eol + text + eol)
    return TextEdit(end, end, eol + eol + text)


def _at_start(note: Note, block: Sequence[str]) -> TextEdit:
    eol, start = note.eol, note.body_start
    text = eol.join([*block, ""])
    if start == len(note.text):
        return _at_end(note, block)
    return TextEdit(start, start, text + eol)


def _rewrite(
    note: Note, span: Span, inner: Span, lines: Sequence[str], writer_of: WriterOf
) -> list[TextEdit]:
    eol = note.eol
    present = lines_of(inner.of(note.text))
    if present == list(lines) and lines:
        return []
    typed = typed_lines(present, lines, partial(writer_of, note.path))
    if not lines:
        return (
            [TextEdit(span.start, span.end, "".join(line + eol for line in typed))]
            if typed
            else [_removal(note, span)]
        )
    edits = [TextEdit(inner.start, inner.end, "".join(line + eol for line in lines))]
    if typed:
        text, end = note.text, span.end
        below = eol + eol.join(typed)
        if not text.endswith("\n", 0, end):
            below = eol + below
        elif not text.startswith(("\n", "\r\n"), end) and _SAID.search(text, end):
            below += eol + eol
        else:
            below += eol
        edits.append(TextEdit(span.end, span.end, below))
    return edits


_SAID = re.compile(r"\S")
_BLANK_AFTER = re.compile(r"[ \t]*(?:\r?\n|\Z)")


def _removal(note: Note, span: Span) -> TextEdit:
    """Take the block away with the blank line that came with it, and leave no two paragraphs joined."""
    # No slice up to the block: a note of many would be copied for each.
    text, first, (start, end) = note.text, note.body_start, (span.start, span.end)
    if end == len(text) and not text.endswith("\n"):
        # It took the place of a missing final line ending; what stood before had none.
        for _ in range(2):
            if text.endswith("\n", 0, start):
                start -= 2 if text.endswith("\r\n", first, start) else 1
        return TextEdit(max(start, first), end, "")
    if start == first:
        blank = _BLANK_AFTER.match(text, end)
        return TextEdit(start, blank.end() if blank else end, "")
    ahead = _BLANK_AFTER.match(text, end)
    line = max(text.rfind("\n", first, start - 1) + 1, first)
    if ahead and text[line:start].strip(" \t") in ("\n", "\r\n"):
        start = line
    return TextEdit(start, end, "")


_HEADING = re.compile(r"#{1,6} ")
_ENTRY = re.compile(r"- (\[\[[^\]\n]+\]\]|\[[^\n]*\]\([^()\n]+\))(,(?s:.*))?$")
_QUOTE = re.compile(r"    - \S")


def typed_lines(
    present: Sequence[str], wanted: Sequence[str], writer_of: Callable[[str], Writer]
) -> list[str]:
    """The lines of a block that a person typed into it, in their order, less their common indentation.

    A blank line between two of them stays. Where nobody remembers a line, only the block's heading counts as
    the tool's, if an entry below it is: rather a stale quote kept than a sentence lost.
    """
    written = {line.strip() for line in wanted}
    typed: list[str] = []
    blank = False
    for i, line in enumerate(present):
        if not line.strip():
            blank = True
            continue
        if line.strip() in written:
            continue
        writer = writer_of(line)
        if writer is Writer.UNKNOWN:
            heading = i == 0 and _HEADING.match(line)
            heads = heading and any(writer_of(entry) is Writer.TOOL for entry in present[1:] if entry.strip())
            writer = Writer.TOOL if heads else Writer.PERSON
        if writer is Writer.PERSON:
            typed += ["", line] if blank and typed else [line]
            blank = False
    return dedent("\n".join(typed)).split("\n") if typed else []


MOST_REPAIRS = 50
"""Markers without partner that are given one in a note."""


def marker_repairs(note: Note, writer_of: WriterOf) -> Iterator[TextEdit | MarkerProblem]:
    """For each marker without its partner the edit that puts the partner back, or else the fault itself.

    The partner goes to the end of those neighbouring lines that are the tool's own, or look so where nobody
    remembers; what of them the person typed is then moved out like all that is typed into a block. A marker
    with no such neighbour is left to the person. Repeated blocks are `block_edits`' work.
    """
    for number, fault in enumerate(note.managed[1]):
        if number >= MOST_REPAIRS:  # each looks at the note around it, and no run leaves so many
            yield fault
            continue
        if fault.fault == "repeated" and fault.name in BLOCKS:
            continue
        if fault.fault == "unclosed" and fault.name == "timeline":
            continue  # a person's wish: `link-timeline` closes it
        edit = _partner(note, fault, writer_of) if fault.name in BLOCKS else None
        yield fault if edit is None else edit


def _partner(note: Note, fault: MarkerProblem, writer_of: WriterOf) -> TextEdit | None:
    text, eol = note.text, note.eol
    if fault.fault == "unopened":
        lines = lines_of(text[note.body_start : fault.span.start])
        count = _own_run(note, lines[::-1], writer_of)
        if 0 < count < len(lines) and _may_be_heading(note, lines[-count - 1], writer_of):
            count += 1
        at = fault.span.start
        for line in lines[: -count - 1 : -1]:
            at = text.rindex(line, note.body_start, at)
        return TextEdit(at, at, begin_marker(fault.name) + eol) if count else None
    lines = lines_of(text[fault.span.end :])
    first = 1 if lines and _may_be_heading(note, lines[0], writer_of) else 0
    count = _own_run(note, lines[first:], writer_of)
    if not count:
        return None
    at = fault.span.end
    for _ in range(first + count):
        at = text.find("\n", at) + 1 or len(text)
    glue, end = ("", eol) if text[:at].endswith("\n") else (eol, "")
    return TextEdit(at, at, glue + end_marker(fault.name) + end)


def _own_run(note: Note, lines: Sequence[str], writer_of: WriterOf) -> int:
    """How many of the first lines are the tool's own, or look so."""
    for count, line in enumerate(lines):
        writer = _writer(note, line, writer_of)
        looks_own = writer is Writer.UNKNOWN and (_ENTRY.match(line) or _QUOTE.match(line))
        if not line.strip() or not (writer is Writer.TOOL or looks_own):
            return count
    return len(lines)


def _may_be_heading(note: Note, line: str, writer_of: WriterOf) -> bool:
    """Whether the line can be the block's heading: no person is known to have typed it."""
    return bool(_HEADING.match(line)) and _writer(note, line, writer_of) is not Writer.PERSON


def _writer(note: Note, line: str, writer_of: WriterOf) -> Writer:
    return Writer.PERSON if "%% vaultsync:" in line else writer_of(note.path, line)
