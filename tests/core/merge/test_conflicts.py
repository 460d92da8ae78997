"""What a conflict note disagrees on with its note, and the note as it is decided."""

from __future__ import annotations

import pytest

from vaultsync.core.merge.conflicts import Side, clashes_between, decided
from vaultsync.core.merge.merged import Clash

NOTE = "---\ntitle: A\n---\nabove\nours here\nbelow\n"
OTHER = NOTE.replace("ours here", "theirs here")


def kept(side: Side, now: str = NOTE, base: str = NOTE, other: str = OTHER) -> str | None:
    data = decided(side, "A.md", base.encode(), now.encode(), other.encode())
    return None if data is None else data.decode()


def test_the_lines_in_which_the_two_differ_are_the_clashes() -> None:
    assert clashes_between(NOTE, OTHER) == (Clash(5, 5, "ours here", "theirs here"),)
    assert clashes_between(NOTE, NOTE) == ()


def test_each_side_can_be_kept_and_both_one_below_the_other() -> None:
    assert kept("ours") == kept("done") == NOTE
    assert kept("theirs") == OTHER
    assert kept("both") == NOTE.replace("ours here\n", "ours here\ntheirs here\n")


def test_what_was_edited_since_stays() -> None:
    now = NOTE.replace("above", "above, edited since")
    assert kept("theirs", now) == now.replace("ours here", "theirs here")
    assert kept("both", now) == now.replace("ours here\n", "ours here\ntheirs here\n")


def test_a_clash_that_was_edited_since_is_not_decided_over_the_persons_head() -> None:
    assert kept("theirs", NOTE.replace("ours here", "something quite new, typed since")) is None


def test_of_a_property_only_one_value_stands() -> None:
    other = NOTE.replace("title: A", "title: B").replace("ours here", "theirs here")
    both = kept("both", other=other)
    assert both is not None
    assert both.count("title:") == 1
    assert "ours here\ntheirs here\n" in both


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\x89PNG\0"])
def test_both_of_two_pictures_can_not_be_one_picture(data: bytes) -> None:
    assert decided("both", "a.png", data, data, data + b"1") is None
    assert decided("theirs", "a.png", data, data, data + b"1") == data + b"1"
