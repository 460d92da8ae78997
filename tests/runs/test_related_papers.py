"""Papers that a line seems to be about: the best few are the best of all, though most are never looked at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.runs import related_papers
from vaultsync.runs.related_papers import BEST, _Library

WORDS = tuple("sparse pruning molecule docking speech codec lottery ticket graph attention".split())

words = st.lists(st.sampled_from(WORDS), max_size=8)
papers = st.lists(st.tuples(words, words), min_size=8, max_size=40)


@given(papers, words, words, words)
def test_the_best_are_those_that_a_look_at_every_paper_finds(
    written: list[tuple[list[str], list[str]]], heading: list[str], line: list[str], beside: list[str]
) -> None:
    rows = [(f"Papers/{i:02}.md", " ".join(title), " ".join(text)) for i, (title, text) in enumerate(written)]
    library = _Library(rows, set(map(related_papers.stem_of, WORDS)))
    section = library.section([*heading, *line, *beside])
    found = library.about([*heading, *line], len(heading), section)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(related_papers, "BEST", len(rows))
        every = library.about([*heading, *line], len(heading), section)
    assert found == every[:BEST]
    assert [score for _, score, _ in every] == sorted((score for _, score, _ in every), reverse=True)
