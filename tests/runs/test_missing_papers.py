"""What `links --missing` shows beside identifiers: titles with their people, as a reading list."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from hypothesis import given
from hypothesis import strategies as st
from linking import paper, talk
from smallvault import write

from vaultsync.core.importers.reading_list import reference_in
from vaultsync.runs.missing_papers import PaperCandidate, paper_candidates_in

NOTE = "Conferences/ICASSP 2025.md"


@pytest.mark.parametrize(
    ("text", "title", "authors"),
    [
        ("Mamba by Gu & Dao is fast", "Mamba", ("Gu", "Dao")),
        ("new: Striped Zebra Nets, by Ida Alm and Max Oak.", "Striped Zebra Nets", ("Ida Alm", "Max Oak")),
        ("“A study of zebra nets” (Alm and Oak, 2021)", "A study of zebra nets", ("Alm", "Oak")),
        ('I. Alm, M.Oak: "Fourier Rings", nice', "Fourier Rings", ("I. Alm", "M. Oak")),
        ('Alm et al. "Where zebras sleep" ACL 2020', "Where zebras sleep", ("Alm",)),
        ("„Streifen der Nacht“ von Alm, Oak und Elm", "Streifen der Nacht", ("Alm", "Oak", "Elm")),
        ("Rings – Zebra Rings by van der Berg & Oak", "Zebra Rings", ("van der Berg", "Oak")),
    ],
)
def test_a_title_beside_its_people_is_a_candidate(text: str, title: str, authors: tuple[str, ...]) -> None:
    assert [(said.title, said.authors) for said in paper_candidates_in(text)] == [(title, authors)]


@pytest.mark.parametrize(
    "text",
    [
        "Talk by Gu & Dao",
        "Invited Talk by Ida Alm and Max Oak",
        "Slides by Alm & Oak",
        "a good one by Alm & Oak",
        "better results by Training Longer and Larger",
        "Enriching Zebra Maps by Combining Texts and Further Information",
        'he said "this is great" and left with Ida Alm and Max Oak',
        "“zebra”, said Alm",
        "Zebra Nets by Google",
        "Zebra Nets by Alm & Oak, arXiv:2106.09685",
    ],
)
def test_what_else_stands_beside_people_is_none(text: str) -> None:
    assert list(paper_candidates_in(text)) == []


def test_the_year_is_that_of_the_same_citation() -> None:
    first, second = sorted(paper_candidates_in("Mamba by Gu & Dao; “A study of zebras” (Alm, Oak, 2021)"))
    assert (first.title, first.year) == ("A study of zebras", 2021)
    assert (second.title, second.year) == ("Mamba", None)


NAMES = st.sampled_from(["Alm", "Oak", "I. Alm", "Ida Alm", "van der Berg", "O'Neill-Elm", "Müller"])


@given(
    st.text(st.characters(blacklist_characters="“”\n\\`<>[]", blacklist_categories=("C",)), min_size=2),
    st.lists(NAMES, min_size=2, max_size=4, unique=True),
    st.booleans(),
    st.none() | st.integers(1900, 2099),
)
def test_a_candidate_as_it_is_listed_is_read_as_what_it_is(
    title: str, authors: list[str], cut: bool, year: int | None
) -> None:
    listed = PaperCandidate("N.md", 1, 1, title, tuple(authors), cut, year).as_listed
    said = reference_in(listed.removeprefix("- "))
    if said.sure:  # an identifier in the title makes another line of it
        assert said.names is not None
        assert said.title == " ".join(title.split())
        assert (said.names.people, said.names.cut, said.year) == (tuple(authors), cut, year)


@pytest.mark.parametrize("size", [1_000, 2_000])
def test_long_lines_are_gone_through_once(size: int) -> None:
    assert list(paper_candidates_in("Alm, " * (size // 5) + "“" * 9 + " by " * 99)) == []


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    body = "- Mamba by Gu & Dao, and arXiv:2106.09685\n- Mamba by Gu & Dao\n- Zebra Stripes by Alm & Oak\n"
    known = {"Papers/Zebra.md": paper("Zebra Stripes: Of Day and Night")}
    root = write(tmp_path / "vault", {NOTE: talk(body), **known})
    monkeypatch.chdir(root)
    return root


def test_candidates_are_shown_and_what_was_imported_is_missing_no_more(
    vaultsync: Command, vault: Path
) -> None:
    code, out, err = vaultsync("links", "--missing")
    assert code == 0
    assert out == "arXiv:2106.09685\n"  # what a pipe takes unasked
    assert "- “Mamba” by Gu and Dao" in err
    assert f"{NOTE}:10:3" in err
    assert "Zebra" not in err  # of which there is a note
    listed = vaultsync("links", "--candidates").out
    assert listed == "- “Mamba” by Gu and Dao\n"
    (found,) = vaultsync("links", "--candidates", "--json").data["candidates"]
    assert (found["title"], found["authors"], found["line"]) == ("Mamba", ["Gu", "Dao"], 10)
    (vault.parent / "list.txt").write_text(listed, encoding="utf-8")
    code, out, err = vaultsync("import", str(vault.parent / "list.txt"), "--yes", "--no-commit")
    assert code == 0, err
    assert (vault / "Papers/Mamba.md").is_file()
    assert vaultsync("links", "--candidates").out == ""
    again = vaultsync("import", str(vault.parent / "list.txt"), "--yes", "--no-commit")
    assert "0 new, 0 completed, 1 unchanged" in again.err
