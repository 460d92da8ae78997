"""Conflict notes are known by their name's form, and named by their content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.history.conflict_names import conflict_of, conflict_path


def test_the_name_says_whose_conflict_it_is() -> None:
    path = conflict_path("Papers/A note.md", b"words")
    assert path.startswith("Papers/A note (conflict ")
    assert path.endswith(").md")
    assert conflict_of(path) == "Papers/A note.md"


@pytest.mark.parametrize(
    "path",
    ["A (conflict).md", "A (conflict 12345g7).md", "A (conflict 1234567) b.md", " (conflict 1234567).md"],
)
def test_other_names_are_those_of_notes(path: str) -> None:
    assert conflict_of(path) is None


NAMES = st.text(st.characters(blacklist_characters="/\x00", blacklist_categories=["Cs"]), min_size=1).filter(
    lambda name: name not in (".", "..")
)


@given(st.lists(NAMES, min_size=1, max_size=3).map("/".join), st.binary())
def test_every_files_conflict_note_is_known_again(path: str, data: bytes) -> None:
    assert conflict_of(conflict_path(path, data)) == path
    assert conflict_path(path, data) == conflict_path(path, data)
