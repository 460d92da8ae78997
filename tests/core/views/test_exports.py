"""Exports: valid for their readers, and the same papers again when they are imported."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.config.config import Config
from vaultsync.core.importers import parse
from vaultsync.core.importers.record import Options, PaperRecord, collect
from vaultsync.core.note import note_of
from vaultsync.core.views.bibtex_export import bibtex, escaped
from vaultsync.core.views.csl_export import csl_json, person
from vaultsync.core.views.references import citation_keys
from vaultsync.core.views.ris_export import ris
from vaultsync.core.views.sheets import PaperSheet, paper_sheet

FORMATS = {"bibtex": bibtex, "csl-json": csl_json, "ris": ris}

LORA = PaperSheet(
    "Papers/LoRA.md",
    "LoRA: Low-Rank Adaptation of Large Language Models",
    ("Edward J. Hu", "Ludwig van Beethoven", "Yann LeCun"),
    year="2021",
    date="2021-06-17",
    venue="ICLR 2022",
    arxiv="2106.09685",
    doi="10.48550/arxiv.2106.09685",
    url="https://openreview.net/forum?id=nZeVKeeFYf9",
    citekey="hu2021lora",
    status="read",
    rating="5",
)


def again(form: str, papers: Sequence[PaperSheet]) -> list[PaperRecord]:
    """The papers as an import of their export reads them."""
    text = FORMATS[form](papers, citation_keys(papers))
    parsed = collect(parse([text.encode()], Options(), form))
    assert parsed.problems == ()
    assert parsed.skipped == ()
    return list(parsed.records)


def facts(paper: PaperSheet, keys: dict[str, str]) -> dict[str, object]:
    return {
        "title": paper.title,
        "authors": paper.authors or None,
        "authors_cut": paper.authors_cut and bool(paper.authors),
        "year": int(paper.year or paper.date[:4]) if paper.year or paper.date else None,
        "citekey": keys[paper.path],
        **{name: getattr(paper, name) or None for name in ("date", "venue", "arxiv", "doi", "isbn", "url")},
    }


@pytest.mark.parametrize("form", FORMATS)
def test_a_paper_comes_back_as_it_was(form: str) -> None:
    (record,) = again(form, [LORA])
    expected = facts(LORA, citation_keys([LORA]))
    assert {name: getattr(record, name) for name in expected} == expected


WORDS = st.sampled_from(
    [
        "Quotes",
        '"here"',
        "and",
        "100%",
        "A&B",
        "x_i",
        "#1",
        "{braces}",
        "~",
        "^",
        "\\",
        "a--b",
        "---",
        "``",
        "''",
        "<b>",
        "&amp;",
        "|",
        "[x]",
        "$5",
        "中文标题",
        "한국어",
        "שלום",
        "مرحبا",
        "é",
        "naïve",
        "'tis",
        "?`",
        "@x",
        "C++",
        "C#",
        "e=mc^2",
        "…",
        "“q”",
        "–",
        "the",
        "of",
        "Models:",
        "(2020)",
        "*a*",
        "`code`",
        ",,",
        "1/2",
    ]
)
TITLES = st.lists(WORDS, min_size=1, max_size=6).map(lambda words: f"T {' '.join(words)}")
NAMES = st.sampled_from(
    [
        "Edward J. Hu",
        "Ludwig van Beethoven",
        "Yann LeCun",
        "OpenAI",
        "王小明",
        "José García",
        "Søren Kierkegaard",
        "Åsa Öberg",
        "Zaid al-Hakim",
        "Martin Luther King Jr.",
        "Jean de La Fontaine",
        "Anna-Lena Müller",
    ]
)
SHEETS = st.builds(
    PaperSheet,
    st.just("p.md"),
    TITLES,
    st.lists(NAMES, max_size=4, unique=True).map(tuple),
    year=st.sampled_from(["", "1989", "2025"]),
    authors_cut=st.booleans(),
    date=st.sampled_from(["", "2025-01-31", "2025-02", "2021-06-17", "1988-12"]),
    venue=st.sampled_from(["", "ICLR 2022", "Nature Communications", "Proc. of A & B", "arXiv"]),
    arxiv=st.sampled_from(["", "2106.09685", "math/0211159"]),
    doi=st.sampled_from(["", "10.1000/a_b(c)", "10.1038/s41467-018-04316-3"]),
    isbn=st.sampled_from(["", "978-3-16-148410-0"]),
    url=st.sampled_from(["", "https://example.org/a_b~c?d=1&e=%20#f"]),
)


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=150, deadline=None)
@given(paper=SHEETS)
def test_whatever_a_title_holds_it_comes_back(form: str, paper: PaperSheet) -> None:
    if form == "bibtex":  # where libraries have HTML's entities, and `import` reads them as such
        paper = msgspec.structs.replace(paper, title=paper.title.replace("&amp;", "&"))
    (record,) = again(form, [paper])
    expected = facts(paper, citation_keys([paper]))
    assert {name: getattr(record, name) for name in expected} == expected


def test_keys_are_the_papers_own_or_made_of_what_is_known_and_never_twice() -> None:
    papers = [
        PaperSheet("c.md", "The Same Words", ("Ida Alm",), year="2020"),
        PaperSheet("b.md", "The Same Wonder", ("Ola Alm",), year="2020"),
        PaperSheet("a.md", "x", citekey="alm2020same"),
        PaperSheet("d.md", "中文"),
        PaperSheet("e.md", "A Study of Łódź", ("Zoë Müller",)),
    ]
    keys = citation_keys(papers)
    assert keys == {
        "a.md": "alm2020same",
        "b.md": "alm2020samea",
        "c.md": "alm2020sameb",
        "d.md": "paper",
        "e.md": "mullerstudy",
    }
    assert citation_keys(papers[::-1]) == keys


@given(st.lists(SHEETS, max_size=8))
def test_keys_are_ascii_and_differ_without_regard_to_case(papers: list[PaperSheet]) -> None:
    named = [
        PaperSheet(f"{n}.md", paper.title, paper.authors, year=paper.year) for n, paper in enumerate(papers)
    ]
    keys = list(citation_keys(named).values())
    assert len({key.casefold() for key in keys}) == len(named)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", key) for key in keys)


def test_a_preprint_s_date_neither_replaces_the_year_nor_is_lost() -> None:
    paper = msgspec.structs.replace(LORA, year="2022")
    keys = citation_keys([paper])
    assert "year = {2022}" in bibtex([paper], keys)
    assert json.loads(csl_json([paper], keys))[0]["issued"] == {"date-parts": [[2022]]}
    assert "PY  - 2022\n" in ris([paper], keys)
    for form in FORMATS:
        (record,) = again(form, [paper])
        assert (record.year, record.date, record.notes, record.unused) == (2022, "2021-06-17", (), ())


def test_entities_that_a_web_page_left_are_what_they_stand_for() -> None:
    text = "---\ntitle: Search &amp; Rescue &lt;b&gt;\nauthors:\n  - O&#39;Hara\nvenue: A &amp; B\n---\n"
    sheet = paper_sheet(note_of("p.md", text, Config()))
    assert (sheet.title, sheet.authors, sheet.venue) == ("Search & Rescue <b>", ("O'Hara",), "A & B")
    assert r"title = {{Search \& Rescue \textless{}b\textgreater{}}}" in bibtex([sheet], {"p.md": "k"})


def test_what_is_the_readers_own_is_never_exported() -> None:
    for form, write in FORMATS.items():
        text = write([LORA], citation_keys([LORA]))
        assert "rating" not in text.lower(), form
        assert "status" not in text.lower(), form


def test_math_in_a_title_stays_math_and_all_else_is_text() -> None:
    assert escaped("$k$-means in 5 $ & $\\alpha_{1}$") == r"$k$-means in 5 \$ \& $\alpha_{1}$"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Edward J. Hu", {"given": "Edward J.", "family": "Hu"}),
        ("Ludwig van Beethoven", {"given": "Ludwig", "non-dropping-particle": "van", "family": "Beethoven"}),
        ("Maria de la Cruz", {"given": "Maria", "non-dropping-particle": "de la", "family": "Cruz"}),
        ("Martin Luther King Jr.", {"given": "Martin Luther", "family": "King", "suffix": "Jr."}),
        ("Cruz, Maria", {"given": "Maria", "family": "Cruz"}),
        ("OpenAI", {"literal": "OpenAI"}),
        ("王小明", {"literal": "王小明"}),
        ("Smith and Sons Ltd", {"literal": "Smith and Sons Ltd"}),
    ],
)
def test_a_name_is_parted_only_where_its_form_says_how(name: str, parts: dict[str, str]) -> None:
    assert person(name) == parts


def test_the_kinds_of_entries_follow_the_venue() -> None:
    venues = ["", "arXiv", "ICLR 2022", "Nature Communications", "IEEE Transactions on Signal Processing"]
    papers = [PaperSheet(f"{n}.md", f"T{n}", venue=venue) for n, venue in enumerate(venues)]
    kinds = re.findall(r"^@(\w+)\{", bibtex(papers, citation_keys(papers)), re.MULTILINE)
    assert kinds == ["misc", "article", "inproceedings", "article", "article"]
    items = json.loads(csl_json(papers, citation_keys(papers)))
    assert [item["type"] for item in items] == [
        *("article", "article", "paper-conference", "article-journal", "article-journal")
    ]


@pytest.mark.parametrize("write", FORMATS.values())
def test_nothing_mentioned_is_an_empty_library(write: Callable[..., str]) -> None:
    assert write([], {}).strip() in ("", "[]")
