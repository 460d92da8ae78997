"""What both devices added stands once, whatever one of them did beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.merge.files import merge_file


def merged(base: str, one: str, other: str) -> str:
    found = merge_file("A.md", base.encode(), one.encode(), other.encode())
    assert found == merge_file("A.md", base.encode(), other.encode(), one.encode())
    assert found.other is None
    return found.data.decode()


@pytest.mark.parametrize(
    ("base", "one", "other"),
    [
        ("x\ny\n", "x\ny\nw\n", "x\nw\n"),
        ("x\ny\nz\n", "x\ny\nw\nz\n", "x\nw\nz\n"),
        ("x\ny\nz\n", "x\nw\ny\nz\n", "x\nw\nz\n"),
        ("x\ny\nz\n", "x\ny\nw\nz\n", "x\nv\nw\nz\n"),
        ("x\ny\nz\n", "x\ny\nw\nz\n", "x\nw\nv\nz\n"),
        ("x\n\ny\n\nz\n", "x\n\ny\n\nw\n\nz\n", "x\n\nw\n\nz\n"),
        ("x\n\ny\n\nz\n", "x\n\nw\n\ny\n\nz\n", "x\n\nw\n\nz\n"),
        ("x\n\n- y\n", "x\n\n- y\n\nw\n", "x\n\n\nw\n"),
    ],
)
def test_what_both_added_stands_once_where_one_rewrote_the_line_beside_it(
    base: str, one: str, other: str
) -> None:
    assert merged(base, one, other).split() == other.split()


LINES = [f"line {number} of words{number}" for number in range(8)]
PLACES = st.integers(0, 8)
EDITS = st.lists(st.tuples(st.sampled_from(["out", "new", "word"]), st.integers(0, 30)), max_size=4)


@given(PLACES, st.integers(1, 3), st.booleans(), EDITS)
def test_who_goes_on_from_what_the_other_added_has_it_once(
    place: int, size: int, apart: bool, edits: list[tuple[str, int]]
) -> None:
    gap = [""] if apart else []
    base = [part for line in LINES for part in (line, *gap)]
    place = place * (2 if apart else 1)
    new = [part for number in range(size) for part in (f"added{number} by them", *gap)]
    one = [*base[:place], *new, *base[place:]]
    other = list(one)
    for number, (kind, at) in enumerate(edits):
        own = [i for i, line in enumerate(other) if line and line not in new]
        if not own:
            continue
        i = own[at % len(own)]
        if kind == "out":
            del other[i]
        elif kind == "new":
            other[i:i] = [f"mine{number} alone", *gap]
        else:
            other[i] += f" and{number}"
    sides = ["".join(f"{line}\n" for line in lines) for lines in (base, one, other)]
    found = merge_file("A.md", *(side.encode() for side in sides))
    text = found.data.decode()
    assert [text.count(line) for line in new if line] == [1] * size
    if found.other is None:
        assert sorted(text.split()) == sorted(sides[2].split())
