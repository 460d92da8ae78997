"""Edits for an editor: brought back to one text, in UTF-16 code units, as small as can be."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.editor_edits import Pieces, Utf16, as_edited, editor_edits, text_digest
from vaultsync.core.text.spans import OverlapError, TextEdit, apply_edits

TEXTS = st.text(alphabet="ab \n👩é𝕏", max_size=40)


@st.composite
def edits_of(draw: st.DrawFn, length: int) -> list[TextEdit]:
    """Edits that don't overlap, to a text of this length."""
    places = sorted(draw(st.lists(st.integers(0, length), max_size=8)))
    pairs = zip(places[::2], places[1::2], strict=False)
    return [TextEdit(start, end, draw(TEXTS)) for start, end in pairs]


def in_units(text: str, start: int, end: int, new: str) -> str:
    """What JavaScript does: `text.slice(0, start) + new + text.slice(end)`."""
    units = text.encode("utf-16-le", "surrogatepass")
    return (units[: 2 * start] + new.encode("utf-16-le") + units[2 * end :]).decode("utf-16-le")


@given(st.data())
def test_the_edits_of_several_passes_become_edits_of_the_first_text(data: st.DataObject) -> None:
    first = text = data.draw(TEXTS)
    pieces = Pieces(first)
    for _ in range(data.draw(st.integers(1, 4))):
        edits = data.draw(edits_of(len(text)))
        pieces.apply(edits)
        text = apply_edits(text, edits)
    found = pieces.edits()
    assert apply_edits(first, found) == text
    assert all(one.end < other.start for one, other in itertools.pairwise(found))
    for edit in editor_edits(first, reversed(found)):
        first = in_units(first, edit.start, edit.end, edit.text)
    assert first == text


@given(TEXTS)
def test_an_offset_goes_to_code_units_and_back(text: str) -> None:
    units = Utf16(text)
    for offset in range(len(text) + 1):
        there = units.units(offset)
        assert there == len(text[:offset].encode("utf-16-le")) // 2
        assert units.offset(there) == offset
        if offset < len(text) and text[offset] > "\uffff":  # the second half of an emoji is still that emoji
            assert units.offset(there + 1) == offset


def test_what_is_replaced_by_the_same_is_no_edit() -> None:
    pieces = Pieces("tags: a, b\n")
    pieces.apply([TextEdit(0, 11, "tags: a, c\n")])
    assert pieces.edits() == [TextEdit(9, 10, "c")]
    pieces.apply([TextEdit(9, 10, "b")])
    assert pieces.edits() == []


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(OverlapError):
        Pieces("abc").apply([TextEdit(0, 2, "x"), TextEdit(1, 3, "y")])


def test_a_file_reads_in_the_editor_with_plain_line_ends_and_no_mark() -> None:
    assert as_edited("\ufeffa\r\nb\rc\n") == "a\nb\nc\n"


def test_a_digest_is_the_one_that_a_browser_makes() -> None:
    assert text_digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
