"""What a list shows of a long paragraph."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vaultsync.cli.excerpt import LENGTH, excerpt

TEXTS = st.text(st.sampled_from("ab \n\t漢\x1b"), max_size=600)


def test_a_short_text_is_whole_and_in_one_line() -> None:
    assert excerpt("said\nin two\tlines  \n") == "said in two lines"


def test_of_a_long_text_the_words_and_what_stands_around_them_are_shown() -> None:
    text = f"{'before ' * 100}GraphFM {'after ' * 100}"
    found = excerpt(text, "GraphFM")
    assert found.startswith("…before ")
    assert found.endswith(" after…")
    assert " before GraphFM after " in found
    assert len(found) <= LENGTH + 2


def test_the_begin_is_shown_where_the_words_do_not_stand() -> None:
    assert excerpt(f"Begun {'on ' * 100}", "GraphFM").startswith("Begun on on")


def test_a_text_without_blanks_is_cut_anywhere() -> None:
    assert excerpt("漢" * 500) == "漢" * LENGTH + "…"


@given(TEXTS, st.integers(0, 600), st.integers(0, 300))
def test_an_excerpt_is_one_line_with_the_words_and_nothing_that_is_not_in_the_text(
    text: str, at: int, length: int
) -> None:
    line = " ".join(text.split())
    words = line[at : at + length].strip()
    found = excerpt(text, words)
    shown = found.replace("\\x1b", "\x1b")
    assert "\n" not in found
    assert "\x1b" not in found
    assert shown.strip("…") in line
    assert words in shown
    assert len(shown) <= max(LENGTH, len(words)) + 2
