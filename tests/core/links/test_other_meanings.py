"""A declared acronym is taken at its word, unless the note itself shows that it means something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linking import paper, run, talk

from vaultsync.core.links.other_meanings import spelled_out

NOTE, ZEBRA = "Conferences/ICASSP 2025.md", "Papers/Zebra.md"
ALIAS = ("aliases: [ZSP]",)


def after(body: str, *properties: str, title: str = "Zebra Stripes for Open Plains") -> str:
    body_of_paper = "Of spotted prey.\n"
    done = run({ZEBRA: paper(title, *(properties or ALIAS), body=body_of_paper), NOTE: talk(body)})
    assert run(done.files).changed == frozenset()
    return done.files[NOTE].partition("## Talk: Rings\n")[2].partition("\n%% vaultsync")[0]


def reasons(body: str, *properties: str) -> list[str]:
    reading = run({ZEBRA: paper("Zebra Stripes for Open Plains", *properties), NOTE: talk(body)}).index
    found = reading.reading_at(NOTE)
    assert found is not None
    return [choice.reason for choice in found.suggestions]


@pytest.mark.parametrize(
    "body",
    [
        "- on ZSP, at last\n",
        "- the ZSP benchmark, and the ZSP data set\n",
        "- zebra stripe prediction (ZSP) is what ZSP does\n",
        "- ZSP (zebra stripes in plains) again\n",
        "- zero pronouns (ZP), and ZSP\n",
        "- as said (ZSP)\n",
        "- zany spotted prey (ZSP), so ZSP\n",  # of which the abstract speaks
    ],
)
def test_an_acronym_that_nothing_speaks_against_is_linked(body: str) -> None:
    assert "[[Zebra|ZSP]]" in after(body)


@pytest.mark.parametrize(
    "body",
    [
        "- Zero Shot Parsing (ZSP) is hard, and ZSP is slow\n",
        "- zero-shot parsing (“ZSP”), so ZSP\n",
        "- ZSP (zero-shot parsing); later ZSP\n",
        "- zonal stripes of power (ZSP), so ZSP\n",  # one word of three
        "- zebra stripes in plains (ZSP), but Zero Shot Parsing (ZSP), so ZSP\n",  # both
        "- they call it **Zero Shot for Parsing** (ZSP); ZSP is slow\n",
    ],
)
def test_one_that_the_note_spells_out_otherwise_is_only_suggested(body: str) -> None:
    assert after(body) == body
    assert reasons(body, *ALIAS) == ["an acronym, which the note spells out as something else"]


@pytest.mark.parametrize(
    ("properties", "linked"),
    [
        (("year: 2024",), True),
        (("year: 2025",), True),
        (("year: 2026",), False),
        (("year: 2026", "arxiv: 2503.00001"), True),  # as a preprint it was there
        (("year: 2025", "arxiv: 2506.00001"), False),
        (("date: 2026-01-02",), False),
        (("year: soon",), True),
    ],
)
def test_a_note_that_is_older_than_the_paper_does_not_mean_it_by_an_acronym(
    properties: tuple[str, ...], linked: bool
) -> None:
    body = "- compared on ABC, ZSP and DEF\n"
    assert ("[[Zebra|ZSP]]" in after(body, *ALIAS, *properties)) == linked
    told = reasons(body, *ALIAS, *properties)
    assert (told == []) == linked
    assert all("older than the paper" in reason for reason in told)


@pytest.mark.parametrize(("date", "linked"), [("2025/4/6", False), ("2026/1/2", True), ("spring", True)])
def test_of_a_date_that_is_not_tidy_the_year_counts(date: str, linked: bool) -> None:
    note = talk("- ZSP again\n", date=date)
    done = run({ZEBRA: paper("Zebra Stripes for Open Plains", *ALIAS, "arxiv: 2601.00001"), NOTE: note})
    assert date in note
    assert ("[[Zebra|ZSP]]" in done.files[NOTE]) == linked


def test_other_evidence_outweighs_what_speaks_against_it() -> None:
    body = "- Zero Shot Parsing (ZSP), see Zebra Stripes for Open Plains, ZSP for short\n"
    assert "(ZSP)" not in after(body, *ALIAS)
    assert "[[" in after(body, *ALIAS)


def test_a_name_with_small_letters_is_no_acronym() -> None:
    assert "[[Zebra|ZeSP]]" in after("- ZeSP again\n", "aliases: [ZeSP]", "year: 2026")


def test_a_link_under_such_an_acronym_stays_and_is_listed() -> None:
    body = "- Zero Shot Parsing, and [[Zebra|ZSP]] (zero-shot parsing)\n- ZSP (zero-shot parsing)\n"
    done = run({ZEBRA: paper("Zebra Stripes for Open Plains", *ALIAS), NOTE: talk(body)})
    assert "[[Zebra|ZSP]]" in done.files[NOTE]
    reading = done.index.reading_at(NOTE)
    assert reading is not None
    assert [choice.reason for choice in reading.doubtful] == [
        "linked, but an acronym, which the note spells out as something else"
    ]


@given(st.text(st.sampled_from("ABab (),;\n-of "), max_size=60))
def test_an_acronym_is_spelled_out_by_words_that_begin_with_its_letters(text: str) -> None:
    for acronym, phrases in spelled_out(text, 0).items():
        for words in phrases:
            assert "".join(word[0] for word in words) == "".join(filter(str.isalpha, acronym))
