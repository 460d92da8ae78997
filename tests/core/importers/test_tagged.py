"""RIS, PubMed and EndNote exports, and the wrapper objects and cards that other programs give."""

from __future__ import annotations

import pytest

from vaultsync.core.importers import Options, parse_whole, recognise
from vaultsync.core.importers.record import PaperRecord

RIS = """\
TY  - JOUR
AU  - Alm, Ida
AU  - Oak, Max, Jr.
TI  - Steady Windows for <i>Long</i> Inputs
T2  - Journal of Windows
DA  - 2021/03/12/
PY  - 2021
DO  - https://doi.org/10.1000/XYZ
AB  - One line
and another.
KW  - windows
KW  - deep glass
N1  - read it
SN  - 1234-5678
VL  - 3
ER  - \x20

TY  - CONF
TI  - Quiet Models
AU  - Fir, Eva
UR  - https://arxiv.org/abs/2101.01234
TY  - BOOK
T1  - Never Ended
SN  - 978-3-16-148410-0
"""
PUBMED = """\
PMID- 123
OWN - NLM
DP  - 2021 May 17
TI  - Steady Windows for
      Long Inputs.
AID - 10.1000/xyz [doi]
FAU - Alm, Ida
AU  - Alm I
CN  - Window Group
JT  - Journal of Windows

PMID- 124
DP  - 2021 May-Jun
TI  - Quiet Models
"""
ENDNOTE = """\
%0 Journal Article
%T Steady Windows
%A Alm, Ida
%A Oak, Max
%D 2021
%R 10.1000/xyz
%K windows

%0 Book
%T Quiet Models
"""


def read(text: str, name: str) -> tuple[PaperRecord, ...]:
    found = recognise(text.encode())
    assert found is not None
    assert found.format == name
    parsed = parse_whole(text.encode(), Options(name="x"))
    assert not parsed.problems
    return parsed.records


def test_a_ris_record_gives_all_that_it_states_and_one_without_an_end_costs_no_other() -> None:
    first, second, third = read(RIS, "ris")
    assert first == PaperRecord(
        title="Steady Windows for Long Inputs",
        authors=("Ida Alm", "Max Oak Jr."),
        year=2021,
        date="2021-03-12",
        doi="10.1000/xyz",
        venue="Journal of Windows",
        abstract="One line and another.",
        tags=("windows", "deep-glass"),
        notes=("read it",),
        unused=("VL",),
        source="x",
        line=1,
    )
    assert (second.title, second.arxiv, second.line) == ("Quiet Models", "2101.01234", 18)
    assert (third.title, third.isbn) == ("Never Ended", "978-3-16-148410-0")


def test_a_pubmed_export_is_read_with_each_person_once() -> None:
    first, second = read(PUBMED, "pubmed")
    assert (first.title, first.authors) == ("Steady Windows for Long Inputs.", ("Ida Alm", "Window Group"))
    assert (first.doi, first.date, first.venue) == ("10.1000/xyz", "2021-05-17", "Journal of Windows")
    assert first.url == "https://pubmed.ncbi.nlm.nih.gov/123/"
    assert (second.year, second.date) == (2021, None)


def test_an_endnote_export_is_read() -> None:
    first, second = read(ENDNOTE, "endnote")
    assert (first.title, first.authors, first.year) == ("Steady Windows", ("Ida Alm", "Max Oak"), 2021)
    assert (first.doi, first.tags, second.title) == ("10.1000/xyz", ("windows",), "Quiet Models")


@pytest.mark.parametrize(
    "text",
    [
        '{"items": [{"title": "T", "id": "a"}, {"title": "U"}]}',
        '{"version": 1, "name": "x",\n "anything": [{"title": "T", "id": "a"}, {"title": "U"}]}',
        '{"a": {"title": "T"}, "b": {"title": "U"}}',
    ],
)
def test_json_in_a_wrapper_object_is_its_items(text: str) -> None:
    parsed = parse_whole(text.encode())
    assert [p.title for p in parsed.records] == ["T", "U"]
    assert not parsed.problems


def test_a_single_json_item_is_no_wrapper() -> None:
    (paper,) = parse_whole(b'{"title": "T", "author": [{"literal": "Ida Alm"}]}').records
    assert paper.authors == ("Ida Alm",)


CARDS = """\
Daily Papers
by AK and the research community

Jan 2

Submitted by
iam
54

Steady Windows for Long Inputs

Elsewhere University
·
5 authors
2

Submitted by
max
-

Quiet Models

·
3 authors
"""


def test_the_daily_page_s_cards_are_papers_and_nothing_else() -> None:
    parsed = parse_whole(CARDS.encode(), Options(name="hf.txt"))
    assert [(p.title, p.author_count, p.line) for p in parsed.records] == [
        ("Steady Windows for Long Inputs", 5, 10),
        ("Quiet Models", 3, 21),
    ]
    assert not parsed.problems
    assert not parsed.skipped


def test_a_note_that_only_begins_like_a_date_of_submission_is_kept() -> None:
    text = (
        "TY  - GEN\nTI  - Steady Windows\nN1  - submitted: 2021-06\n"
        "N1  - submitted: to a journal first, and rejected\nN1  - 2021-06-17\nER  - \n"
    )
    (found,) = parse_whole(text.encode(), Options(name="one.ris")).records
    assert found.date == "2021-06"
    assert found.notes == ("submitted: to a journal first, and rejected", "2021-06-17")
