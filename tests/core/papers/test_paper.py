"""The names and identifiers of a paper note, tier by tier."""

from __future__ import annotations

import pytest
from linking import CONFIG, paper

from vaultsync.core.note import note_of
from vaultsync.core.papers.paper import (
    IN_TITLE_CASE,
    ON_EVIDENCE,
    STRONG,
    UNLESS_COMMON,
    Name,
    Paper,
    is_distinctive,
    paper_of,
    title_of,
)


def known(text: str, path: str = "Papers/File.md") -> Paper:
    return paper_of(note_of(path, text, CONFIG))


def names(text: str, path: str = "Papers/@key.md") -> dict[str, tuple[int, str, int]]:
    return {name.folded: (name.tier, name.cased, name.strength) for name in known(text, path).names}


def test_a_full_title_and_the_title_before_its_colon() -> None:
    assert names(paper("Amos: An Adam-style Optimizer")) == {
        "amos an adam style optimizer": (2, "", UNLESS_COMMON),
        "amos": (3, "Amos", ON_EVIDENCE),
    }


@pytest.mark.parametrize(
    ("stem", "strengths"),
    [
        ("Zebras Run with Lions - A Study", [UNLESS_COMMON, IN_TITLE_CASE]),  # as the title
        ("Zebras Run with Lions", [UNLESS_COMMON, UNLESS_COMMON]),  # what is only its main part stands alone
        ("@key", [UNLESS_COMMON, IN_TITLE_CASE]),
    ],
)
def test_a_file_named_for_the_title_or_its_main_part(stem: str, strengths: list[int]) -> None:
    found = names(paper("Zebras Run with Lions: A Study"), f"Papers/{stem}.md")
    assert [
        found[name][2] for name in ("zebras run with lions a study", "zebras run with lions")
    ] == strengths


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("DiffSBDD: Drugs by Diffusion", {"diffsbdd": (3, "DiffSBDD", STRONG)}),
        ("wav2vec 2.0: A Framework", {"wav2vec 2.0": (3, "wav2vec 2.0", STRONG)}),
        ("Transformer-XH: Extra Hops", {"transformer xh": (3, "Transformer XH", STRONG)}),
        ("Zebra Nets: All There Is", {"zebra nets": (3, "", IN_TITLE_CASE)}),
        ("Graph Nets: All There Is", {"graph nets": (3, "", ON_EVIDENCE)}),
        ("Less is More: Pruning Sets Well", {"less is more": (3, "", ON_EVIDENCE)}),
        ("COVID-19: A Study of It", {"covid 19": (3, "", ON_EVIDENCE)}),
        ("Industry 4.0: A Study of It", {"industry 4.0": (3, "", ON_EVIDENCE)}),
        ("ChatGPT: A Study of It", {"chatgpt": (3, "ChatGPT", ON_EVIDENCE)}),
        ("2001: A Space of It", {}),
        ("SET: Sparse Evolution of It", {}),
        ("Attention: All You Ever Need", {}),
        ("“LazyImp”: Agents That Talk", {"lazyimp": (3, "LazyImp", STRONG)}),
        ("Zebras Run? A Study of It", {"zebras run": (3, "", IN_TITLE_CASE)}),
        ("Zebras Run—A Study of It", {"zebras run": (3, "", IN_TITLE_CASE)}),
        ("Zebra–Lion Teams of the Savanna", {}),
        ("Zebras Run？ A Study of It", {"zebras run": (3, "", IN_TITLE_CASE)}),
        ("Zebra-Lion Teams  : A Study of It", {"zebra lion teams": (3, "", IN_TITLE_CASE)}),
    ],
)
def test_a_main_title(title: str, expected: dict[str, tuple[int, str, int]]) -> None:
    found = names(paper(title))
    assert {name: how for name, how in found.items() if how[0] == 3} == expected


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        ("SET", {"set": (4, "SET", STRONG)}),
        ("residual nets", {"residual nets": (4, "residual nets", STRONG)}),
        ("RN", {"rn": (4, "RN", STRONG)}),
        ("attention", {"attention": (4, "attention", ON_EVIDENCE)}),
        ("GPT-4o", {"gpt 4o": (4, "GPT 4o", STRONG)}),
        ('"2001"', {}),
        ("a title of Some length", {}),
    ],
)
def test_an_alias(alias: str, expected: dict[str, tuple[int, str, int]]) -> None:
    found = names(paper("A Title of Some Length", f"aliases: [{alias}]"))
    assert {name: how for name, how in found.items() if how[0] == 4} == expected


def test_an_alias_that_is_the_title_again_is_no_stronger_than_the_title() -> None:
    assert names(paper("Amos: An Optimizer", "aliases: [Amos]"))["amos"] == (3, "Amos", ON_EVIDENCE)
    assert names(paper("Arithmetic", "aliases: [Arithmetic]"))["arithmetic"][2] == ON_EVIDENCE


def test_a_title_that_is_the_name_of_a_field_is_weak_before_its_colon_only() -> None:
    found = names(paper("Recent Advances in Natural Language Processing: A Survey of All"))
    assert found["recent advances in natural language processing"] == (2, "", ON_EVIDENCE)
    assert found["recent advances in natural language processing a survey of all"][2] == UNLESS_COMMON


def test_a_leading_article_may_be_left_out_of_a_long_title() -> None:
    assert names(paper("The Zebra Net Transformer"))["zebra net transformer"] == (2, "", UNLESS_COMMON)
    assert "zebra net" not in names(paper("A Zebra Net"))


def test_a_cjk_title_has_as_many_words_as_characters() -> None:
    assert names(paper("大语言模型的低秩方法"))["大语言模型的低秩方法"] == (2, "", UNLESS_COMMON)
    assert names(paper("机器学习")).get("机器学习", (0, "", 9))[2] == ON_EVIDENCE


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
    assert found.hints == (
        "obd",
        *("lecun 1990", "lecun (1990)", "lecun et al 1990", "lecun et al (1990)"),
        *("lecun and denker 1990", "lecun and denker (1990)"),
    )
    accents = known(paper("x", "authors: ['Mérimée, Zoé']", "year: 2020")).hints
    assert {"mérimée 2020", "merimee 2020"} < set(accents)
    assert known(paper("x", "authors: ['LeCun, Yann']", "date: 1990-01-01")).hints[0] == "lecun 1990"


def test_stop_words_of_the_configuration_are_no_names() -> None:
    note = note_of("Papers/@k.md", paper("Amos: An Optimizer of Nets"), CONFIG)
    assert [n.folded for n in paper_of(note, frozenset({"amos"})).names] == ["amos an optimizer of nets"]


@pytest.mark.parametrize(
    "word",
    ["DiffSBDD", "FLoRA", "wav2vec", "Llama2", "Llama-3", "Word2Vec", "LLaMA", "iBOT", "Transformer-XH"],
)
def test_a_word_that_can_only_be_a_name(word: str) -> None:
    assert is_distinctive(word)


@pytest.mark.parametrize(
    "word",
    [
        "Amos",
        "SET",
        "attention",
        "Random",
        "",
        "Is",
        "GPT4",
        "COVID-19",
        "GNNs",
        "Web2",
        "Top-5",
        "YouTube",
        "3D",
        "2001",
        "Wi-Fi",
    ],
)
def test_a_word_that_may_be_something_else(word: str) -> None:
    assert not is_distinctive(word)


def test_a_name_is_a_small_value() -> None:
    assert Name("a", 2) == Name("a", 2, "", STRONG)


@pytest.mark.parametrize(
    ("properties", "title"),
    [
        (("Title: One", "title: Two"), "Two"),
        (("title: Two", "TITLE: One"), "Two"),
        (("TITLE: One", "Title: Three"), "Three"),
        (("booktitle: A Book",), "A Book"),
        (("tıtle: None", "tiﬂe: None"), "File"),
        (("title:", "Title: One"), "File"),
        (("title: [First, Second]",), "First"),
    ],
)
def test_a_property_is_read_in_any_case_and_first_as_it_is_called(
    properties: tuple[str, ...], title: str
) -> None:
    text = "\n".join(("---", *properties, "tags: paper", "---", ""))
    note = note_of("Papers/File.md", text, CONFIG)
    assert title_of(note) == known(text).title == title
