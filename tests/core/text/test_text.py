"""Spans and edits: the only way in which a note's text changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.spans import (
    LineStarts,
    OverlapError,
    Span,
    SpanSet,
    TextEdit,
    apply_edits,
    overlaps,
)


def test_edits_are_made_at_once_against_the_original_offsets() -> None:
    assert apply_edits("one two three", [TextEdit(8, 13, "3"), TextEdit(0, 3, "1")]) == "1 two 3"


def test_insertions_at_one_place_keep_the_order_in_which_they_are_given() -> None:
    assert apply_edits("ac", [TextEdit(1, 1, "b"), TextEdit(1, 1, "B")]) == "abBc"


def test_edits_that_touch_the_same_characters_are_refused() -> None:
    with pytest.raises(OverlapError, match="offset 2"):
        apply_edits("abcd", [TextEdit(0, 3, "x"), TextEdit(2, 4, "y")])


@pytest.mark.parametrize("edit", [TextEdit(3, 2, ""), TextEdit(0, 9, "")])
def test_an_edit_outside_the_text_is_refused(edit: TextEdit) -> None:
    with pytest.raises(ValueError, match="lies outside a text of 4 characters"):
        apply_edits("abcd", [edit])


@given(st.text(max_size=60), st.data())
def test_what_no_edit_covers_stays_byte_for_byte(text: str, data: st.DataObject) -> None:
    cuts = sorted(
        data.draw(st.lists(st.integers(0, len(text)), max_size=8).filter(lambda c: len(c) % 2 == 0))
    )
    edits = [TextEdit(a, b, "<>") for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
    kept = "".join(text[a:b] for a, b in zip([0, *cuts[1::2]], [*cuts[::2], len(text)], strict=True))
    assert apply_edits(text, edits).replace("<>", "") == kept.replace("<>", "")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0, 3), (2, 4), True),
        ((0, 2), (2, 4), False),
        ((2, 2), (2, 2), True),
        ((2, 2), (2, 4), True),
        ((4, 4), (2, 4), False),
        ((3, 3), (2, 4), True),
        ((0, 9), (4, 4), True),
        ((0, 1), (5, 6), False),
    ],
)
def test_two_edits_overlap_where_their_order_would_matter(
    one: tuple[int, int], other: tuple[int, int], expected: bool
) -> None:
    first, second = [TextEdit(*one, "")], [TextEdit(*other, "")]
    assert overlaps(first, second) is expected
    assert overlaps(second, first) is expected


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda p: (min(p), max(p))), max_size=6)
)
def test_overlap_is_the_same_from_both_sides(pairs: list[tuple[int, int]]) -> None:
    edits = [TextEdit(a, b, "") for a, b in pairs]
    for i in range(len(edits)):
        assert overlaps(edits[:i], edits[i:]) == overlaps(edits[i:], edits[:i])


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("", 0, (1, 1)),
        ("ab\ncd", 4, (2, 2)),
        ("a\r\nb", 3, (2, 1)),
        ("\ufeffab", 1, (1, 1)),
        ("\ufeffa\nb", 4, (2, 2)),
    ],
)
def test_a_place_counts_from_one_and_leaves_out_a_byte_order_mark(
    text: str, offset: int, place: tuple[int, int]
) -> None:
    assert LineStarts(text).line_column(offset) == place


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8),
    st.integers(0, 30),
    st.integers(0, 5),
)
def test_a_span_set_answers_as_a_set_of_offsets_would(
    spans: list[tuple[int, int]], start: int, width: int
) -> None:
    held = {offset for a, b in spans for offset in range(a, b)}
    spanned = SpanSet(spans)
    assert {o for a, b in spanned for o in range(a, b)} == held
    if width:
        assert spanned.touches(start, start + width) == (not held.isdisjoint(range(start, start + width)))
    covering = spanned.covering(start)
    assert (covering is not None) == (start in held)


def test_an_empty_range_touches_only_what_it_lies_inside() -> None:
    spans = SpanSet([(2, 5)])
    assert [spans.touches(o, o) for o in (1, 2, 3, 4, 5)] == [False, False, True, True, False]


def test_a_span_gives_its_characters_and_their_number() -> None:
    assert Span(1, 3).of("abcd") == "bc"
    assert len(Span(1, 3)) == 2
