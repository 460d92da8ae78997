"""The names and identifiers of a paper note, tier by tier."""

from __future__ import annotations

import pytest
from linking import CONFIG, paper

from vaultsync.core.note import note_of
from vaultsync.core.papers.paper import Name, Paper, is_distinctive, paper_of, title_of


def known(text: str, path: str = "Papers/File.md") -> Paper:
    return paper_of(note_of(path, text, CONFIG))


def names(text: str, path: str = "Papers/@key.md") -> dict[str, tuple[int, str, bool]]:
    return {name.folded: (name.tier, name.cased, name.weak) for name in known(text, path).names}


def test_a_full_title_and_the_title_before_its_colon() -> None:
    assert names(paper("Amos: An Adam-style Optimizer")) == {
        "amos: an adam-style optimizer": (2, "", False),
        "amos": (3, "Amos", True),
    }


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("DiffSBDD: Drugs by Diffusion", {"diffsbdd": (3, "DiffSBDD", False)}),
        ("wav2vec 2.0: A Framework", {"wav2vec 2.0": (3, "", False)}),
        ("Graph Nets: All There Is", {"graph nets": (3, "", True)}),
        ("SET: Sparse Evolution", {}),
        ("Attention: All You Need", {}),
        ("Optimal Brain Damage: An Essay", {"optimal brain damage": (3, "", False)}),
    ],
)
def test_a_main_title(title: str, expected: dict[str, tuple[int, str, bool]]) -> None:
    found = names(paper(title))
    assert {name: how for name, how in found.items() if how[0] == 3} == expected


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        ("SET", {"set": (4, "SET", False)}),
        ("residual nets", {"residual nets": (4, "", False)}),
        ("RN", {}),
        ("attention", {"attention": (4, "", True)}),
        ("GPT-4o", {"gpt-4o": (4, "GPT-4o", False)}),
    ],
)
def test_an_alias(alias: str, expected: dict[str, tuple[int, str, bool]]) -> None:
    found = names(paper("A Title of Some Length", f"aliases: [{alias}]"))
    assert {name: how for name, how in found.items() if how[0] == 4} == expected


def test_an_alias_that_is_the_main_title_makes_it_strong() -> None:
    assert names(paper("Amos: An Optimizer", "aliases: [Amos]"))["amos"] == (4, "", False)


def test_the_files_name_is_a_name_but_not_one_that_is_a_citation_key() -> None:
    assert "a file of words" in names(paper("T"), "Papers/A file of words.md")
    assert names(paper("Some Title of Length"), "Papers/@key2020.md").keys() == {"some title of length"}


def test_without_a_title_the_files_name_stands_in() -> None:
    note = note_of("Papers/@he2016deep.md", "---\ntags: [paper]\n---\n", CONFIG)
    assert title_of(note) == "he2016deep"
    assert title_of(note_of("x.md", "---\nBookTitle: A Book\n---\n", CONFIG)) == "A Book"


@pytest.mark.parametrize(
    ("prop", "expected"),
    [
        ("arxiv: 2210.13695", ("arxiv", "2210.13695")),
        ("arxiv: 1807.10000", ("arxiv", "1807.10000")),
        ('arxiv: "arXiv:2210.13695v2"', ("arxiv", "2210.13695")),
        ("doi: https://doi.org/10.1109/CVPR.2016.90", ("doi", "10.1109/cvpr.2016.90")),
        ("url: https://openreview.net/forum?id=Sk8csP5ex", ("openreview", "Sk8csP5ex")),
        ("url: https://arxiv.org/abs/2210.13695", ("arxiv", "2210.13695")),
        ("acl: P19-1001", ("acl", "P19-1001")),
        ("citekey: he2016deep", ("citekey", "he2016deep")),
    ],
)
def test_an_identifier_in_its_canonical_form(prop: str, expected: tuple[str, str]) -> None:
    assert expected in known(paper("T", prop)).ids


def test_a_file_named_after_its_citation_key_has_it() -> None:
    assert ("citekey", "he2016deep") in known(paper("T"), "Papers/@he2016deep.md").ids


def test_initials_and_author_with_year_are_only_hints() -> None:
    found = known(paper("Optimal Brain Damage", "authors: [Yann LeCun, John Denker]", "year: 1990"))
    assert found.hints == ("obd", "lecun 1990", "lecun et al. 1990", "lecun et al., 1990")
    assert known(paper("x", "authors: ['LeCun, Yann']", "date: 1990-01-01")).hints[0] == "lecun 1990"


def test_stop_words_of_the_configuration_are_no_names() -> None:
    note = note_of("Papers/@k.md", paper("Amos: An Optimizer of Nets"), CONFIG)
    assert [n.folded for n in paper_of(note, frozenset({"amos"})).names] == ["amos: an optimizer of nets"]


@pytest.mark.parametrize("word", ["DiffSBDD", "FLoRA", "wav2vec", "GPT4", "LLaMA", "iBOT"])
def test_a_word_that_can_only_be_a_name(word: str) -> None:
    assert is_distinctive(word)


@pytest.mark.parametrize("word", ["Amos", "SET", "attention", "Random", "", "Is"])
def test_a_word_that_may_be_something_else(word: str) -> None:
    assert not is_distinctive(word)


def test_a_name_is_a_small_value() -> None:
    assert Name("a", 2) == Name("a", 2, "", weak=False)
