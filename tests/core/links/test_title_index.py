"""Titles by their words: what only saves work finds the same papers, and saves it."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.links import title_index
from vaultsync.core.links.title_index import LONGEST_SLIP, TitleIndex, is_slip
from vaultsync.core.papers.paper import Paper

WORDS = ("learning", "zebra", "owl", "feather", "model", "savanna", "x", "roads", "empire", "window")


def titled(kind: type[TitleIndex], *titles: str) -> TitleIndex:
    return kind(Paper(f"{i:03}.md", title, (), ()) for i, title in enumerate(titles))


class Thorough(TitleIndex):
    """Looks at each paper in turn."""

    def _sharing(self, weights: Mapping[str, float], least: float) -> set[int]:
        return set(range(len(self.papers)))


@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), min_size=1, max_size=12),
    st.lists(st.sampled_from((*WORDS, "unheard", "LZO", "OFM")), min_size=1, max_size=7),
    st.sets(st.integers(0, 11), max_size=2),
)
def test_what_is_passed_by_is_no_paper_that_is_like_the_words(
    names: list[str], written: list[str], authors: set[int]
) -> None:
    quick, thorough = titled(TitleIndex, *names), titled(Thorough, *names)
    beside = {number for number in authors if number < len(names)}
    words = [quick.meaning(word)[1] for word in written]
    assert words == [thorough.meaning(word)[1] for word in written]
    nobody = len(names)  # a number that no paper has: with an author beside it nothing is left out at once
    assert quick.like(words, beside) == thorough.like(words, {*beside, nobody})


def test_the_long_list_of_a_common_word_is_not_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = titled(TitleIndex, *(f"Learning of Creature{i} Habit{i}" for i in range(300)))
    compared: list[int] = []
    sharing = TitleIndex._sharing

    def counted(self: TitleIndex, weights: Mapping[str, float], least: float) -> Iterable[int]:
        compared.extend(found := list(sharing(self, weights, least)))
        return found

    monkeypatch.setattr(TitleIndex, "_sharing", counted)
    found = titles.like(["learning", "creature7", "habit7"])
    assert [titles.papers[number].title for _, number, _ in found] == ["Learning of Creature7 Habit7"]
    assert compared == [7]


def test_a_title_that_lacks_a_rare_word_is_left_before_the_common_ones_are_compared() -> None:
    titles = titled(TitleIndex, *(f"Learning of Creature{i} Habit{i % 30}" for i in range(300)))
    weights = {word: titles.weight(word) for word in ("learning", "creature7", "habit7")}
    assert list(titles._sharing(weights, titles.weight("creature7") + 0.1)) == [7]


def test_a_word_is_looked_up_once_however_often_notes_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = titled(TitleIndex, "Frugal Zebras", "Night Owls")
    asked: list[str] = []
    known = TitleIndex.known

    def counted(self: TitleIndex, word: str, written: str = "") -> str:
        asked.append(written)
        return known(self, word, written)

    monkeypatch.setattr(TitleIndex, "known", counted)
    for _ in range(5):
        assert titles.meaning("Zebras") == ("zebra", "zebra")
        assert titles.meaning("zebrs") == ("zebr", "zebr")
    assert asked == ["Zebras", "zebrs"]


def test_meanings_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(title_index, "KEPT_MEANINGS", 3)
    titles = titled(TitleIndex, "Night Owls")
    assert [titles.meaning(f"word{i}")[0] for i in range(10)] == [f"word{i}" for i in range(10)]
    assert len(titles._meanings) <= 3


def test_titles_alike_stand_in_one_order_however_a_process_hashes_words() -> None:
    script = """
from vaultsync.core.links.title_index import LONGEST_SLIP, TitleIndex, is_slip
from vaultsync.core.papers.paper import Paper

kinds = ("zebra", "ferret", "badger", "marten", "weasel", "otter")
words = [kind + end for kind in kinds for end in ("ine", "oid", "wise", "like")]
titles = [" ".join(words[(i * k + k * k) % len(words)] for k in range(1, 9)) for i in range(60)]
index = TitleIndex(Paper(f"{i:03}.md", title, (), ()) for i, title in enumerate(titles))
for title in titles:
    print([(score, number) for score, number, _ in index.like(title.split()[1:])])
"""
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(told) == 1
    assert b"(0." in told.pop()


def test_no_slip_is_looked_for_in_a_word_that_is_none() -> None:
    gene = "acgt" * 5_000
    assert is_slip("x" * LONGEST_SLIP, "x" * (LONGEST_SLIP - 1) + "y")
    tracemalloc.start()
    try:
        assert not is_slip(gene, gene[:-1])
        index = titled(TitleIndex, f"Reading of {gene}", "Zebras of the savanna")
        assert index.known("savanne") == "savanna"
        assert index.known(gene[:-1]) == gene
        assert index.known(gene[1:]) == gene[1:]
        assert tracemalloc.get_traced_memory()[1] < 3_000_000, "20,000 words of 20,000 letters are 400 MB"
    finally:
        tracemalloc.stop()
