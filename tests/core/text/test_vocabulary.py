"""A vocabulary has the words of its texts and no others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.folding import fold, words_of
from vaultsync.core.text.vocabulary import has_all, needed, vocabulary_of

# Letters, marks and blanks of several scripts: a word may be plain, accented, or cut between CJK characters.
TEXTS = st.text(st.sampled_from("ab9_é–…。 \n\t\u2003图神x'·\U0001f600\ud800"), max_size=30) | st.text(
    max_size=30
)


@given(TEXTS, TEXTS)
def test_each_word_is_found_and_no_other_one(text: str, other: str) -> None:
    folded, apart = fold(text).text, words_of(fold(other).text)
    known = vocabulary_of([folded])
    assert len(known) == 4 * len(words_of(folded))
    for word in words_of(folded) | apart:
        assert has_all(known, needed([word])) == (not {word, f"{word}s"}.isdisjoint(words_of(folded)))
    assert has_all(known, needed(words_of(folded)))


def test_a_vocabulary_is_of_all_its_texts() -> None:
    assert vocabulary_of(["graph of", "of nets"]) == vocabulary_of(["nets of graph"])
    assert not has_all(vocabulary_of([]), needed(["graph"]))


def test_all_words_of_a_name_must_be_there_or_their_plurals() -> None:
    known = vocabulary_of(["two graph nets"])
    assert has_all(known, needed(["graph", "net"]))
    assert not has_all(known, needed(["graph", "learning"]))
    assert has_all(known, needed([]))
