"""A vocabulary has the words of its texts and their neighbours, and no others."""

from __future__ import annotations

from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text import vocabulary
from vaultsync.core.text.folding import fold, word_list, words_of
from vaultsync.core.text.vocabulary import Phrases, vocabulary_of

# Letters, marks and blanks of several scripts: a word may be plain, accented, or cut between CJK characters.
TEXTS = st.text(st.sampled_from("ab9_é–…。 \n\t\u2003图神x'·\U0001f600\ud800"), max_size=30) | st.text(
    max_size=30
)


@given(TEXTS, TEXTS)
def test_each_word_is_found_and_no_other_one(text: str, other: str) -> None:
    folded, apart = fold(text).text, words_of(fold(other).text)
    words = word_list(folded)
    known = vocabulary_of([folded])
    assert known.decode(errors="surrogatepass").split() == words
    for word in words_of(folded) | apart:
        assert Phrases([[word]]).any_in(known) == (not {word, f"{word}s"}.isdisjoint(words))


@given(TEXTS, st.integers(1, 9))
def test_a_long_text_is_gone_through_in_pieces_and_has_the_same_vocabulary(text: str, piece: int) -> None:
    folded = fold(text).text
    whole = vocabulary_of([folded])
    with mock.patch.object(vocabulary, "_PIECE", piece):
        assert vocabulary_of([folded]) == whole


@given(TEXTS, st.integers(0, 30), st.integers(0, 30))
def test_each_phrase_of_a_text_is_found(text: str, start: int, length: int) -> None:
    folded = fold(text).text
    words = word_list(folded)
    assert Phrases([words[start : start + length]]).any_in(vocabulary_of([folded]))


def test_a_vocabulary_is_of_all_its_texts() -> None:
    known = vocabulary_of(["graph of", "of nets"])
    assert Phrases([["graph", "of"]]).any_in(known)
    assert Phrases([["of", "nets"]]).any_in(known)
    assert not Phrases([["of", "of"]]).any_in(known)
    assert not Phrases([["graph"]]).any_in(vocabulary_of([]))


def test_words_of_a_name_must_follow_each_other_the_last_one_perhaps_in_the_plural() -> None:
    known = vocabulary_of(["two graph nets learning"])
    assert Phrases([["graph", "net"]]).any_in(known)
    assert Phrases([["owl"], ["nets", "learning"]]).any_in(known)
    assert not Phrases([["graph", "learning"]]).any_in(known)
    assert not Phrases([["nets", "graph"]]).any_in(known)
    assert not Phrases([["raph", "nets"]]).any_in(known)
    assert Phrases([[]]).any_in(known)
    assert not Phrases([]).any_in(known)
