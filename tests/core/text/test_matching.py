"""Finding names: leftmost, longest, whole words; the same whatever the order of additions."""

from __future__ import annotations

from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.text import name_matcher
from vaultsync.core.text.folding import fold, joins
from vaultsync.core.text.name_matcher import Match, NameMatcher
from vaultsync.core.text.spans import SpanSet


def found(names: list[str], text: str) -> list[str]:
    return [match.name for match in NameMatcher(names).find(fold(text))]


def test_the_leftmost_and_then_the_longest_name_wins() -> None:
    names = ["diffusion models", "denoising diffusion", "improved denoising diffusion models"]
    assert found(names, "Improved Denoising Diffusion Models") == ["improved denoising diffusion models"]
    assert found(names, "Denoising Diffusion Models") == ["denoising diffusion"]
    assert found(names, "some diffusion models") == ["diffusion models"]


def test_names_with_a_common_beginning_are_told_apart() -> None:
    names = ["a survey on data selection", "a survey on data selection for models", "a survey on dat"]
    assert found(names, "A survey on data selection for model") == ["a survey on data selection"]
    assert found(names, "A survey on dat, a survey on data") == ["a survey on dat"]


def test_a_name_that_is_not_accepted_makes_way_for_a_shorter_one() -> None:
    matcher = NameMatcher(["adam", "adam a method", "method"])
    matches = matcher.find(fold("Adam a method"), lambda match: match.name != "adam a method")
    assert [match.name for match in matches] == ["adam", "method"]


def test_names_come_and_go() -> None:
    matcher = NameMatcher(["adam"])
    matcher.add("shampoo")
    matcher.add("adamw")
    text = fold("Adam, AdamW and Shampoo")
    assert [match.name for match in matcher.find(text)] == ["adam", "adamw", "shampoo"]
    matcher.discard("adam")
    matcher.discard("shampoo")
    assert [match.name for match in matcher.find(text)] == ["adamw"]
    matcher.add("shampoo")
    assert [match.name for match in matcher.find(text)] == ["adamw", "shampoo"]


def test_many_additions_build_the_search_anew() -> None:
    matcher = NameMatcher(["adam"])
    for number in range(NameMatcher.REBUILD + 2):
        matcher.add(f"{number:04} is a name")
    assert [m.name for m in matcher.find(fold("adam, 0007 is a name"))] == ["adam", "0007 is a name"]


def slowly(names: set[str], text: str) -> list[Match]:
    """The same by trying every place and length."""
    matches: list[Match] = []
    at = 0
    while at < len(text):
        starts = at == 0 or not joins(text[at - 1], text[at])
        for end in range(len(text), at, -1) if starts else ():
            if text[at:end] in names and (end == len(text) or not joins(text[end - 1], text[end])):
                matches.append(Match(at, end, text[at:end]))
                at = end - 1
                break
        at += 1
    return matches


LETTERS = st.sampled_from("ab 的-")
NAMES = st.text(LETTERS, min_size=1, max_size=16).map(lambda s: " ".join(s.split())).filter(bool)


@given(
    st.lists(NAMES, max_size=6),
    st.lists(NAMES, max_size=4),
    st.lists(NAMES, max_size=4),
    st.text(LETTERS, max_size=40),
    st.booleans(),
)
def test_the_search_finds_what_trying_everything_finds(
    first: list[str], later: list[str], gone: list[str], text: str, kept_elsewhere: bool
) -> None:
    names = set(first)
    matcher = NameMatcher(first, names.__contains__ if kept_elsewhere else None)
    folded = fold(text)
    for name in later:
        names.add(name)
        matcher.add(name)
        assert matcher.find(folded) == slowly(names, folded.text)
    for name in gone:
        names.discard(name)
        matcher.discard(name)
    assert matcher.find(folded) == slowly(names, folded.text)


@given(st.lists(NAMES, max_size=6), st.text(LETTERS, max_size=40), st.integers(1, 9))
def test_a_long_text_is_gone_through_in_pieces_and_has_the_same_names(
    names: list[str], text: str, piece: int
) -> None:
    matcher, folded = NameMatcher(names), fold(text)
    whole = matcher.find(folded)
    with mock.patch.object(name_matcher, "_PIECE", piece):
        assert matcher.find(folded) == whole


# Blanks, breaks and marks in plenty, since they are what makes a folded text shorter than its original.
SCRAPS = st.sampled_from(
    ["Alpha", "alpha net", "NET", " ", "  ", "\n", "\n\n", "\n> ", "e\u0301", "\u0301", "–", "x"]
)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(SCRAPS, max_size=14).map("".join), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)))
)
def test_what_is_hidden_from_the_search_is_what_no_match_may_touch(
    text: str, ends: list[tuple[int, int]]
) -> None:
    folded = fold(text)
    apart = SpanSet((min(a, b, len(text)), min(max(a, b), len(text))) for a, b in ends)

    def accepts(match: Match) -> bool:
        return not apart.touches(folded.origin(match.start), folded.origin_end(match.end))

    names = NameMatcher(["alpha", "alpha net", "net", "é", "e", "x alpha"])
    assert names.find(folded, accepts, folded.without(apart)) == names.find(folded, accepts)


def test_no_name_is_looked_up_that_would_end_within_a_word() -> None:
    names, asked = {"transformer x", "transformers of old"}, list[str]()

    def is_name(words: str) -> bool:
        asked.append(words)
        return words in names

    matcher = NameMatcher(names, is_name)
    assert matcher.find(fold("a transformer xylophone, and transformers of older days")) == []
    assert asked == []
    assert [match.name for match in matcher.find(fold("the transformer xs"))] == ["transformer x"]
    assert asked == ["transformer x"]
