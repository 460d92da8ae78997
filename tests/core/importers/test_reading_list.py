"""A reading list: titles, people and addresses in whatever order a person keeps them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from vaultsync.core.importers import Options, parse_whole, reading_list, recognise
from vaultsync.core.importers.person_lines import names_in
from vaultsync.core.importers.reading_list import reference_in
from vaultsync.core.importers.record import PaperRecord

LIST = """\
# To read

Before the conference.

## Windows
- [ ] [Steady Windows for Long Inputs](https://arxiv.org/abs/2101.01234), Alm & Oak, 2021
- *Quiet Models* [[pdf]](https://arxiv.org/pdf/2101.01235v2) [[**code**]](https://github.com/x/y)
- https://openreview.net/forum?id=aBcDeFgHiJ
- 2312.00001
1. Ida Alm, Max Oak. *Trees in the Wood*. ICLR 2021. doi:10.1000/xyz
2. "Leaves of the Trees" by Ida Alm and Max Oak
3. Alm et al. (2020): Roots by the River. arXiv:2002.01234
* Loud Rooms: A Survey — Ida Alm, Eva Fir [acl](https://aclanthology.org/2020.acl-main.1/)
* ask Eva about the third
* [a talk that I liked](https://example.org/talk)
* Wind by Night, I. Alm, M. Oak (2022)
  https://arxiv.org/abs/2203.00001
"""


def test_each_item_is_a_paper_as_far_as_it_says_so() -> None:
    parsed = parse_whole(LIST.encode(), Options(name="list.md"))
    assert [(p.title, p.authors, p.year, p.arxiv or p.doi or p.url, p.line) for p in parsed.records] == [
        ("Steady Windows for Long Inputs", ("Alm", "Oak"), 2021, "2101.01234", 6),
        ("Quiet Models", None, None, "2101.01235", 7),
        ("OpenReview aBcDeFgHiJ", None, None, "https://openreview.net/forum?id=aBcDeFgHiJ", 8),
        ("arXiv 2312.00001", None, None, "2312.00001", 9),
        ("Trees in the Wood", ("Ida Alm", "Max Oak"), 2021, "10.1000/xyz", 10),
        ("Leaves of the Trees", ("Ida Alm", "Max Oak"), None, None, 11),
        ("Roots by the River", ("Alm",), 2020, "2002.01234", 12),
        (
            "Loud Rooms: A Survey",
            ("Ida Alm", "Eva Fir"),
            None,
            "https://aclanthology.org/2020.acl-main.1",
            13,
        ),
        ("Wind by Night", ("I. Alm", "M. Oak"), 2022, "2203.00001", 16),
    ]
    assert [(s.line, s.text) for s in parsed.skipped] == [
        (15, "[a talk that I liked](https://example.org/talk)")
    ]
    assert not parsed.notes


@pytest.mark.parametrize(
    ("item", "title", "people"),
    [
        ("<a href='https://arxiv.org/abs/2101.1'>A Made-up Title Here</a> ```Ida Alm, Max Oak, ICML 2020```",
         "A Made-up Title Here", ("Ida Alm", "Max Oak")),
        ("*The Made-up Title* [[A Journal, 16]](https://example.org/x.pdf)", "The Made-up Title", ()),
        ("Ida Alm, Max Oak: A Made-up Title", "A Made-up Title", ("Ida Alm", "Max Oak")),
        ("Windy by Gu & Dao", "Windy", ("Gu", "Dao")),
        ("A Title: With a Subtitle", "A Title: With a Subtitle", ()),
    ],
)  # fmt: skip
def test_title_and_people_are_told_apart(item: str, title: str, people: tuple[str, ...]) -> None:
    said = reference_in(item)
    assert (said.title, said.names.people if said.names else ()) == (title, people)


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("Ida Alm [1], Max van der Oak [1,2] and Eva Fir*", ("Ida Alm", "Max van der Oak", "Eva Fir")),
        ("Alm, I., Oak, M.", ("I. Alm", "M. Oak")),
        ("Ida Alm (Elsewhere University); 李大山", ("Ida Alm", "李大山")),
        ("Graph Attention Networks", None),
        ("Learning, Planning and Acting", None),
        ("Ida Alm, University of Elsewhere", None),
        ("how to write", None),
    ],
)
def test_a_line_of_names_is_told_from_a_title(line: str, people: tuple[str, ...] | None) -> None:
    found = names_in(line)
    assert (found.people if found else None) == people


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LIST, "reading-list"),
        ("---\ntitle: To read\n---\n" + LIST, "reading-list"),
        ("---\ntags: [conference]\n---\n" + LIST, "markdown"),
        ("# Monday\n" + LIST, "markdown"),
        ("# Some note\n\n- no paper\n- none here either\n", None),
        ("---\ntitle: A note\n---\n\n# Heading\n\ntext\n", None),
    ],
)
def test_a_note_is_a_conference_note_only_if_it_looks_like_one(text: str, expected: str | None) -> None:
    found = recognise(text.encode())
    assert (found.format if found else None) == expected


def test_what_is_not_recognised_is_told_with_what_it_may_be() -> None:
    (problem,) = parse_whole(b"# Some note\n\n- no paper\n").problems
    assert "markdown (a conference note in Markdown), conference (" in problem.hint
    assert "bibtex" not in problem.hint
    (problem,) = parse_whole(b"@@@\n").problems
    assert problem.hint.endswith("bibtex (BibTeX or BibLaTeX)")


@given(st.text(alphabet="aB .,-*_[]()\"'&\n\t|/:0123#<>", max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_as_a_list_without_a_record_that_has_nothing(text: str) -> None:
    for record in parse_whole(text.encode() or b" ", Options(), "reading-list").records:
        assert isinstance(record, PaperRecord)
        assert record.title
        assert record.arxiv or record.doi or record.url or record.authors


@pytest.mark.parametrize(
    "item",
    [
        "https://arxiv.org/abs/2101.01234 · [[arXiv 2101.01234]]",
        "https://arxiv.org/abs/2101.01234 · [[arXiv 2101.01234]], read soon",
        "https://arxiv.org/abs/2101.01234 · [[arXiv 2101.01234]] The Best of All Papers This Year",
        "https://arxiv.org/abs/2101.01234, The Best of All Papers This Year · [[arXiv 2101.01234]]",
        "https://arxiv.org/abs/2101.01234 https://arxiv.org/abs/2101.01235 · [[A]] · [[Papers/B]]",
        "https://arxiv.org/abs/2101.01234 ^keep",
        "https://arxiv.org/abs/2101.01234 · [[arXiv 2101.01234]] ^keep",
        "https://arxiv.org/abs/2101.01234, read soon",
        "https://arxiv.org/abs/2101.01234 a must for the seminar on Monday",
        "https://arxiv.org/abs/2101.01234 ·",
    ],
)
def test_what_is_said_behind_an_address_is_no_title(item: str) -> None:
    assert reference_in(item).title == ""


@pytest.mark.parametrize(
    ("item", "title"),
    [
        (
            "Steady Windows of Houses. Ida Alm, Max Oak. https://arxiv.org/abs/2101.01234 ^b1",
            "Steady Windows of Houses",
        ),
        ("Steady Windows: https://arxiv.org/abs/2101.01234", "Steady Windows"),
        ("https://arxiv.org/abs/2101.01234 Steady Windows for Long Inputs", "Steady Windows for Long Inputs"),
        (
            "[Steady Windows](https://arxiv.org/abs/2101.01234) · [[Steady Windows]], soon ^b",
            "Steady Windows",
        ),
        ("*Steady Windows* https://arxiv.org/abs/2101.01234 · [[Steady Windows]]", "Steady Windows"),
    ],
)
def test_a_title_stays_one_beside_block_ids_and_added_links(item: str, title: str) -> None:
    assert reference_in(item).title == title


def test_the_people_of_an_item_are_looked_for_at_few_places(mocker: MockerFixture) -> None:
    looked = mocker.spy(reading_list, "names_in")
    for piece in ("“a”  by b, ", ", and ", " by Bern", "Alm. "):
        looked.reset_mock()
        reference_in(f"My Title {piece * (reading_list.LONGEST // len(piece))} https://e.org/x")
        assert looked.call_count < 5 * reading_list.TRIED
