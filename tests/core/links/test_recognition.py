"""What a reader recognises though no name stands there: suggested with its reason, never linked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linking import CONFIG, paper, run, talk

from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Suggestion
from vaultsync.core.links.recognition import recognised
from vaultsync.core.links.title_index import TitleIndex
from vaultsync.core.note import note_of

NOTE = "Conferences/ICASSP 2025.md"
PAPERS = {
    "Papers/On Frugality.md": paper(
        "Frugal Off-Road Zebra Evaluation for Savanna Learning", "authors: [Ada Stark]", "year: 2019"
    ),
    "Papers/Windows.md": paper("Sparse Windows for All Inputs", "authors: ['Mérimée, Zoé']", "year: 2020"),
    "Papers/Owls.md": paper(
        "OwlNet: Night Vision From Feathers", "authors: [Otto Kauz, Uta Kauz]", "year: 2018"
    ),
    "Papers/Ceres.md": paper(
        "OpenHarvest: Reading Semi-Structured Fields", "authors: [Colin Acker]", "year: 2019"
    ),
    "Papers/Zero.md": paper("ZeroHarvest: Reading Unseen Fields", "authors: [Colin Acker]", "year: 2020"),
    "Papers/Roads.md": paper(
        "Deep Roads of the Empire and How to Walk Them", "authors: [Rita Berg]", "year: 2017"
    ),
    "Papers/Fourier.md": paper("Fast Flat Fourier Rings of the Zebra", "authors: [Rosa Ring]", "year: 2015"),
    "Papers/Cats.md": paper("Cats", "authors: [C. Atz]", "year: 2001", "arxiv: cs/0102003"),
}


def found(body: str, decisions: Decisions | None = None) -> list[Suggestion]:
    texts = {**PAPERS, NOTE: talk(body)}
    notes = {path: note_of(path, text, CONFIG) for path, text in texts.items()}
    index = Index(CONFIG, notes.get, decisions=decisions)
    for note in notes.values():
        index.put(note)
    index.refresh()
    reading = index.reading_at(NOTE)
    assert reading is not None
    more = recognised(notes[NOTE], reading, TitleIndex(index.catalogue), index.decisions)
    return [*reading.suggestions, *more]


@pytest.mark.parametrize(
    ("body", "words", "stem"),
    [
        (
            "- Frugal Off-Road Zebra Evaluation: blends two\n",
            "Frugal Off-Road Zebra Evaluation",
            "On Frugality",
        ),
        (
            "### Off-road zebra evaluaton for the savanna\n",
            "Off-road zebra evaluaton for the savanna",
            "On Frugality",
        ),
        (
            "### Zebra evaluation, frugal and off road\n",
            "Zebra evaluation, frugal and off road",
            "On Frugality",
        ),
        (
            "- [Windows that are sparse, for all inputs](https://example.org): no\n",
            "Windows that are sparse, for all inputs",
            "Windows",
        ),
        ("- see Merimee et al. (2020) for it\n", "Merimee et al. (2020)", "Windows"),
        ("- see Mérimée et. al., 20 for it\n", "Mérimée et. al., 20", "Windows"),
        ("- by Kauz and Kauz (2018), late\n", "Kauz and Kauz (2018)", "Owls"),
        ("- another way (Acker et al., VLDB19)\n", "Acker et al., VLDB19", "Ceres"),
        ("- one more (Acker, ACL20)\n", "Acker, ACL20", "Zero"),
        ("### ABCD2017 Berg: walking the roads\n", "Berg", "Roads"),
        ("- Stark et al do it frugally\n", "Stark et al", "On Frugality"),
        ("- better than owlnet in the dark\n", "owlnet", "Owls"),
        ("### Frugal off-road ZE\n", "Frugal off-road ZE", "On Frugality"),
        ("### F3R zebras\n", "F3R zebras", "Fourier"),
        ("- Semistruct fields: nice\n", "Semistruct fields", "Ceres"),
        (
            "- Two talks: one by us, session 2: How to walk the empire's deep roads; late\n",
            "walk the empire's deep roads",
            "Roads",
        ),
    ],
)
def test_what_a_reader_takes_for_a_paper_is_suggested(body: str, words: str, stem: str) -> None:
    said = {(choice.words, choice.papers) for choice in found(body)}
    assert any(one == words or words in one for one, papers in said if f"Papers/{stem}.md" in papers), said
    assert "[[" not in run({**PAPERS, NOTE: talk(body)}).files[NOTE].partition("%%")[0]


@pytest.mark.parametrize(
    "body",
    [
        "- all inputs of the empire are for learning\n",
        "- in 2020 we all learned how to walk\n",
        "- Berg is high, in 2001\n",
        "- dogs and cats, in 2001\n",
        "- FR is not FFF, nor AI\n",
        "- so we talked: all of it was good; the empire of all roads has no end at all\n",
        "- `owlnet`, $owlnet$ and [[Other|owlnet]]\n",
        "- by Kauz and Meise (2018), late\n",
        "- by Specht, Kauz and Meise 2018\n",
        "- Meise & U. Stark, 2019\n",
        "- [7] Ada Stark, et al. Savannas at noon. In Proceedings of ABCD, 2021.\n",
        "- as in [Atz et al., 2001](https://arxiv.org/abs/1801.00001)\n",
    ],
)
def test_what_only_shares_a_word_or_two_is_not(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "- by Kauz & Kauz, 2018\n",
        "- Stark, et al. Savannas. ABCD 2019.\n",
        "- unlike others of 2021 Stark et al do it frugally\n",
        "- [Stark et al., 2019](https://arxiv.org/abs/1901.00001), [here](https://example.org)\n",
        "- [Stark et al., 2019](https://example.org/stark.pdf)\n",
    ],
)
def test_a_citation_that_nothing_speaks_against_is_suggested(body: str) -> None:
    assert next(choice.reason for choice in found(body)) in ("author and year", "the author's name")


def test_what_is_mentioned_or_was_refused_is_not_suggested_again() -> None:
    assert found("- OwlNet, owlnet\n") == []
    refused = Decisions(denied=frozenset({Decision(NOTE, "owlnet", "Papers/Owls.md")}))
    assert found("- owlnet\n", refused) == []


@settings(deadline=None, max_examples=20)
@given(
    st.lists(
        st.sampled_from(
            [
                "Zebra",
                "evaluation",
                "Frugal",
                "Stark",
                "et al.",
                "2019",
                "(",
                ")",
                "\n",
                "\n- ",
                "\n## ",
                "|",
                "**",
                "[x](y)",
                "提",
            ]
        ),
        max_size=14,
    ).map(" ".join)
)
def test_a_suggestion_stands_where_it_says_and_names_papers_that_are_there(body: str) -> None:
    text = talk(f"- {body}\n")
    for choice in found(f"- {body}\n"):
        line = text.split("\n")[choice.line - 1]
        assert line[choice.col - 1 :].startswith(choice.words.split("\n")[0])
        assert set(choice.papers) <= PAPERS.keys()
        assert 0 < choice.score <= 1
