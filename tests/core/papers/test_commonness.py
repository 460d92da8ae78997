"""How common a name is: counted in other papers, from the lists, and the same however papers come and go."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.papers.common_words import is_common_word, is_saying
from vaultsync.core.papers.commonness import (
    Commonness,
    code_of,
    codes_in,
    counted_anew,
    doubtful_pairs,
    pairs_in,
    prose_of,
    told_by,
)
from vaultsync.core.text.folding import fold_name


def counted(**titles: str) -> Commonness:
    commonness = Commonness()
    for path, title in titles.items():
        commonness.add(path, told_by(title, ""))
    return commonness


@given(st.text(alphabet="aB9 \t\n.,-'\u00df\u0130\u00a0\u65e5\U0001f600\ud800", max_size=40))
def test_what_a_title_tells_are_its_words_with_one_blank_between(text: str) -> None:
    letters = (c if ord(c) >= 128 or c.isalnum() else " " for c in text.lower())
    words = [word for word in "".join(letters).split(" ") if word]
    assert told_by(text, "") == f" {' '.join(words)} \n  \n".encode(errors="surrogatepass")


def test_a_phrase_that_two_other_papers_have_is_common() -> None:
    papers = {"a": "Zebra Nets: A Survey", "b": "On zebra nets", "c": "Zebra nets again"}
    assert counted(**papers).is_common("zebra nets", "a")
    del papers["c"]
    assert not counted(**papers).is_common("zebra nets", "a")


def test_a_paper_does_not_make_its_own_title_common() -> None:
    commonness = counted(a="Zebra Nets in the Wild")
    commonness.add("b", told_by("Other", "zebra nets, zebra nets and zebra nets"))
    assert not commonness.is_common("zebra nets", "a")


def test_all_pieces_between_function_words_must_be_common() -> None:
    assert counted().is_common("deep learning for natural language processing", "a")
    assert not counted().is_common("deep learning for zebra stripes", "a")


def test_a_long_title_is_no_phrase() -> None:
    assert not counted().is_common("deep learning for natural language processing and computer vision", "a")


@pytest.mark.parametrize("name", ["less is more", "the elephant in the room", "elephant in the room"])
def test_a_saying_is_common_anywhere(name: str) -> None:
    assert is_saying(name)
    assert counted().is_common(name, "a")
    assert doubtful_pairs(name) == ()


def test_common_words_have_their_plurals() -> None:
    assert all(map(is_common_word, ("model", "models", "the", "2001", "compositionality", "arithmetic")))
    assert not any(map(is_common_word, ("zebra", "diffsbdd")))


def test_the_tools_lists_and_addresses_are_not_counted() -> None:
    text = "Zebra nets.\nSee https://example.org/lion-cubs\n%% vaultsync:begin mentions %%\nowl eyes\n"
    assert "zebra" in prose_of(text).lower()
    assert not {"lion", "owl"} & set(prose_of(text).lower().split())


TITLES = st.lists(st.sampled_from("zebra lion owl net of the".split()), min_size=1, max_size=5).map(" ".join)
STEPS = st.lists(st.tuples(st.sampled_from("abcd"), TITLES | st.none()), max_size=12)


@given(STEPS, st.lists(TITLES, max_size=4), st.booleans())
def test_counts_follow_the_papers_that_are_there(
    steps: list[tuple[str, str | None]], names: list[str], early: bool
) -> None:
    commonness, there = Commonness(), dict[str, str]()
    pairs = {pair for name in names for pair in doubtful_pairs(fold_name(name))}
    if early:
        commonness.count_all(pairs)
    for path, title in steps:
        commonness.remove(path)
        there.pop(path, None)
        if title is not None:
            commonness.add(path, told_by(title, ""))
            there[path] = title
    fresh = counted(**there)
    fresh.count_all(pairs)
    assert [commonness.count(pair) for pair in pairs] == [fresh.count(pair) for pair in pairs]
    for name in names:
        for path in "abcd":
            assert commonness.is_common(name, path) == fresh.is_common(name, path)


@given(TITLES, TITLES, st.lists(st.tuples(TITLES, st.sampled_from([1, -1])), max_size=4))
def test_a_judgement_turns_only_on_the_pairs_that_are_said_to(
    name: str, one: str, steps: list[tuple[str, int]]
) -> None:
    commonness = counted(a=name, b=one)
    before = commonness.is_common(name, "a")
    changed: list[tuple[bytes, int]] = []
    there: dict[str, list[str]] = {}
    for number, (title, by) in enumerate(steps):
        if by > 0:
            commonness.add(f"c{number}", told_by(title, ""))
            there.setdefault(title, []).append(f"c{number}")
        elif there.get(title):
            commonness.remove(there[title].pop())
        else:
            continue
        changed.append((told_by(title, ""), by))
    pairs = set(doubtful_pairs(name))
    turned = commonness.turned(counted_anew(changed), pairs)
    assert turned <= pairs
    if commonness.is_common(name, "a") != before:
        assert turned


def test_many_pairs_are_counted_as_each_alone_would_be() -> None:
    words = [f"w{i}" for i in range(35)]
    titles = {f"p{i}": " ".join(words[i:]) for i in range(6)}
    pairs = sorted(pairs_in(told_by(" ".join(words), "")))
    alone, together = counted(**titles), counted(**titles)
    together.count_all(pairs)
    assert len(pairs) == 34
    assert [alone.count(pair) for pair in pairs] == [together.count(pair) for pair in pairs]
    assert together.count(b" w0 w1 ") == 1
    assert together.count(b" w33 w34 ") == 6


TEXTS = st.text(st.sampled_from("aBé_ \n-.图\ud800"), max_size=20)


@given(TEXTS, TEXTS)
def test_pairs_stand_side_by_side_in_the_title_or_in_the_text(title: str, text: str) -> None:
    told = told_by(title, text)
    of_both = pairs_in(told_by(title, "")) | pairs_in(told_by(text, ""))
    assert pairs_in(told) == of_both
    for pair in of_both:
        assert pair in told
        one, other = pair.decode(errors="surrogatepass").split()
        assert one in f"{title} {text}".lower()
        assert other in f"{title} {text}".lower()


@given(TITLES)
def test_each_doubtful_pair_of_a_name_is_one_of_the_pairs_of_that_title(name: str) -> None:
    assert set(doubtful_pairs(name)) <= pairs_in(told_by(name, ""))
    codes = array("I", sorted(map(code_of, doubtful_pairs(name))))
    assert list(codes_in(codes.tobytes())) == list(codes)
