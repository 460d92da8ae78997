"""Folding: which spellings are one name, and the way back to the text's own offsets."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vaultsync.core.text import folding
from vaultsync.core.text.folding import fold, fold_cased, fold_name, joins, words_of

SAME = [
    ("DiffSBDD", "diffsbdd"),
    ("Low-Rank", "low‑rank"),
    ("low–rank", "low—rank"),
    ("Low-Rank", "low rank"),
    ("Rome's", "rome’s"),
    ('"x"', "„X“"),
    ('a "b" c', "a b c"),
    ("a b", "a\u00a0b"),
    ("ＡＢＣ１", "abc1"),
    ("Schro\u0308dinger", "Schrödinger"),
    ("a  b\t c", " a b c "),
    ("ΣΟΦΟΣ", "σοφος"),
    ("İ", "i"),
    ("Why trust it?", "why trust it"),
    ("Nets: a study.", "nets — a study"),
    ("one, two, and three", "one two and three"),
    ("Cats & Dogs", "cats and dogs"),
    ("**Cats** and *dogs*", "cats and dogs"),
    ("_Cats_ and ==dogs==", "cats and dogs"),
    ("$k$-Means", "k-means"),
    ("$`k`$-Means", "k means"),
    ("$\\beta$-VAE", "β-VAE"),
    ("β-VAE", "Beta VAE"),
    ("$\\mathcal{H}$ nets", "H nets"),
    ("$\\ell_p$ norms", "ell_p norms"),
    ("Lan\u00adguage mo\u200bdels", "language models"),
    ("et. al., 2020", "et al 2020"),
    ("大语言：模型", "大语言 模型"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_are_one_name(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(
            ("Müller", "Muller"),
            ("a-b", "ab"),
            ("a b", "ab"),
            ("ß", "ss"),
            ("v2.0", "v2 0"),
            ("don't", "dont"),
        ),
        *(("x_1", "x 1"), ("a/b", "a b"), ("a (b)", "a b"), ("C++", "C"), ("AT&amp;T", "AT and T")),
    ],
)
def test_two_spellings_are_two_names(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


def test_a_soft_line_break_is_a_blank_and_a_blank_line_ends_every_name() -> None:
    assert fold("one\n  > two").text == "one two"
    assert "one two" not in fold("one\n\ntwo").text
    assert "one two" not in fold("one\n>\n> two").text


def test_no_name_goes_from_one_bullet_to_the_next() -> None:
    assert "one two" not in fold("- one\n- two").text
    assert fold("one\n-two\n -  three\n\u200b- four").text == "one two three four"


@given(st.text(st.sampled_from("a.'_ b-ü中"), max_size=12))
def test_a_sign_at_the_edge_of_a_word_is_a_blank_whatever_signs_are_beside_it(text: str) -> None:
    def is_letter(at: int) -> bool:
        return 0 <= at < len(text) and text[at].isalnum()

    plain = "".join(
        " " if char in ".'_" and not (is_letter(at - 1) and is_letter(at + 1)) else char
        for at, char in enumerate(text)
    )
    assert fold_cased(text) == " ".join(plain.replace("-", " ").split())


LETTERS = st.text(
    st.sampled_from("aB \t\n\r>—’é\u0301\u0308oΣςİＡ\u00a0\u3000x1-提.'_*&\\β\u00ad"), max_size=40
)


@given(LETTERS)
def test_every_folded_character_knows_where_it_comes_from(text: str) -> None:
    folded = fold(text)
    ends = [folded.origin_end(i) for i in range(1, len(folded.text) + 1)]
    starts = [folded.origin(i) for i in range(len(folded.text))]
    assert starts == sorted(starts)
    assert starts[1:] == ends[:-1]
    assert all(0 <= start <= len(text) for start in starts)
    assert ([0, *ends])[-1] in (0, len(text))
    assert len(folded.cased) == len(folded.text)


@given(LETTERS, st.integers(1, 3))
def test_a_text_of_many_blanks_is_gone_through_in_pieces_and_knows_the_same_places(
    text: str, piece: int
) -> None:
    text = text.replace("a", "  ")
    whole = fold(text)
    with mock.patch.object(folding, "_PIECE", piece):
        parted = fold(text)
    assert (parted.text, parted.cased) == (whole.text, whole.cased)
    assert "  " not in whole.text
    offsets = range(len(whole.text))
    assert [parted.origin(offset) for offset in offsets] == [whole.origin(offset) for offset in offsets]


@given(LETTERS, LETTERS)
def test_a_name_is_found_in_a_text_that_has_it(before: str, name: str) -> None:
    words = " ".join(name.replace(">", "").split())
    folded = fold_name(words)
    found = fold(f"{before}| {words} |").text
    assert folded in found
    assert fold_cased(words).lower().replace("ς", "σ") == folded


@given(LETTERS.filter(lambda text: not {"Ａ", "İ"} & set(text)))  # no one gives these a combining accent
@example("a\u00ad\u0301")
@example("e\u200d\u0301\u00ad\u0323x")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_name(fold_name(text)) == fold_name(text)


def test_words_join_but_not_with_cjk_or_punctuation() -> None:
    assert joins("a", "b")
    assert joins("a", "1")
    assert not joins("的", "D")
    assert not joins("a", "-")
    assert not joins("한", "a")


def test_the_words_of_a_text_are_cut_as_names_are() -> None:
    assert words_of("提高diffsbdd的 low-rank 2.0 x_y") == {
        *("提", "高", "diffsbdd", "的", "low", "rank", "2", "0", "x", "y"),
    }
