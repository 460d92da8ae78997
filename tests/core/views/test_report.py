"""The report: well formed, readable by everybody, complete, and of what is private nothing."""

from __future__ import annotations

import itertools

import pytest
from htmlpage import Page
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.config.config import Config
from vaultsync.core.links.index import Index
from vaultsync.core.markdown.layout import lay_out
from vaultsync.core.note import note_of
from vaultsync.core.views.days import day_text, days_text
from vaultsync.core.views.inline import inline_html
from vaultsync.core.views.report import report_html
from vaultsync.core.views.report_markdown import report_markdown
from vaultsync.core.views.report_style import DARK, LIGHT
from vaultsync.core.views.sheets import (
    ConferenceSheet,
    DaySheet,
    PaperSheet,
    SessionSheet,
    Talked,
    conference_sheet,
    paper_sheet,
)

LORA = PaperSheet(
    "Papers/LoRA.md", "LoRA: Low-Rank", ("Edward Hu", "Yelong Shen"), venue="ICLR 2022", arxiv="2106.09685"
)
NASTY = st.text(
    st.sampled_from("ab <>&\"'|[]{}$\\`*_~=#%!-中文שלום٣é\u202e\u2028\t") | st.characters(codec="utf-8"),
    max_size=30,
)
PAPERS = st.builds(
    PaperSheet,
    st.text("abc", min_size=1, max_size=2),
    NASTY,
    st.lists(NASTY, max_size=8).map(tuple),
    venue=NASTY,
    url=st.one_of(NASTY, st.just("javascript:alert(1)"), st.just('https://e.org/"><script>')),
    doi=st.sampled_from(["", '10.1/a"b<c']),
)
SESSIONS = st.builds(
    SessionSheet,
    NASTY,
    st.just(()),
    st.just(""),
    st.lists(st.builds(Talked, PAPERS, st.lists(NASTY, max_size=2).map(tuple)), min_size=1, max_size=3).map(
        tuple
    ),
)
CONFERENCES = st.builds(
    ConferenceSheet,
    st.just("c.md"),
    NASTY,
    st.sampled_from(["", "2025-04-06", "soon"]),
    st.just(""),
    NASTY,
    NASTY,
    st.lists(
        st.builds(
            DaySheet, st.sampled_from(["", "2025-04-07"]), st.lists(SESSIONS, max_size=2).map(tuple), NASTY
        ),
        max_size=2,
    ).map(tuple),
    st.lists(st.tuples(st.sampled_from(["arxiv", "doi", "acl", "openreview"]), NASTY), max_size=2).map(tuple),
)
ALLOWED = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "p",
        "nav",
        "ul",
    ),
    *(
        "ol",
        "li",
        "a",
        "main",
        "article",
        "section",
        "blockquote",
        "code",
        "span",
        "em",
        "strong",
        "s",
        "mark",
    ),
    *("sub", "sup"),
}


@settings(max_examples=200, deadline=None)
@given(st.lists(CONFERENCES, min_size=1, max_size=2))
def test_whatever_the_notes_say_the_page_is_well_formed_and_loads_nothing(
    found: list[ConferenceSheet],
) -> None:
    text = report_html(found)
    page = Page(text)
    assert page.faults == []
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert {name for _, attributes in page.tags for name in attributes} <= {
        *("lang", "charset", "http-equiv", "content", "name", "dir", "id", "class", "href", "rel"),
        *("aria-label", "aria-labelledby"),
    }
    for link in page.all("a"):
        assert link["href"].startswith(("#", "https://", "http://")), "no script, no file"
    assert report_html(found) == text, "the same bytes each time"


@settings(max_examples=100, deadline=None)
@given(st.lists(CONFERENCES, min_size=1, max_size=2))
def test_whatever_the_notes_say_the_markdown_has_no_html(found: list[ConferenceSheet]) -> None:
    layout = lay_out(report_markdown(found))
    assert [*layout.html_tags, *layout.html_blocks] == []


@settings(max_examples=100, deadline=None)
@given(st.lists(CONFERENCES, min_size=1, max_size=3))
def test_headings_go_down_a_level_at_a_time_and_each_link_inside_leads_somewhere(
    found: list[ConferenceSheet],
) -> None:
    page = Page(report_html(found))
    assert page.levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(page.levels))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"][1:] for link in page.all("a") if link["href"].startswith("#")} <= set(ids)


@given(NASTY)
def test_a_quote_is_shown_as_it_is_whatever_it_holds(quote: str) -> None:
    page = Page(f"<p>{inline_html(quote)}</p>")
    assert page.faults == []
    assert {tag for tag, _ in page.tags} <= ALLOWED


@pytest.mark.parametrize(
    ("quote", "html"),
    [
        ("a **bold** and *slanted* word", "a <strong>bold</strong> and <em>slanted</em> word"),
        ("`x < y` and <b>no</b>", "<code>x &lt; y</code> and &lt;b&gt;no&lt;/b&gt;"),
        ("2*3*4 and snake_case_name", "2<em>3</em>4 and snake_case_name"),
        (r"not \*this\*", "not *this*"),
        ("H<sub>2</sub>O", "H<sub>2</sub>O"),
        ("an $\\alpha^2$ law", 'an <span class="math">α²</span> law'),
        ("**never closed", "**never closed"),
        ("==marked== and ~~gone~~", "<mark>marked</mark> and <s>gone</s>"),
        ("*a **b* c**", "<em>a **b</em> c**"),
        ("$5 and $6", "$5 and $6"),
    ],
)
def test_emphasis_code_and_math_are_shown(quote: str, html: str) -> None:
    assert inline_html(quote) == html


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("name", ["text", "faint", "link"])
def test_every_text_has_a_contrast_of_seven_to_one(theme: dict[str, str], name: str) -> None:
    low, high = sorted((luminance(theme["page"]), luminance(theme[name])))
    assert (high + 0.05) / (low + 0.05) >= 7


PRIVATE = """\
---
title: 'LoRA: Low-Rank Adaptation'
aliases: [secret-alias]
authors: [Edward Hu]
status: read
rating: 1
boss: secret-property
source: [secret-source]
tags: [paper, secret-tag]
---
secret-body %% secret-comment %%
"""
CONFERENCE = """\
---
title: ICASSP 2025
tags: [conference, secret-tag]
date: 2025-04-06
budget: secret-property
---
# Montag
## Talk: *Fine* tuning
- [[LoRA]] is small %% secret-comment %%, and <!-- secret-html --> fast
%%
[[LoRA]] secret-hidden
%%
- secret-line of nothing in particular
- arXiv:2210.13695 has no note
"""


def sheet(text: str = CONFERENCE) -> ConferenceSheet:
    config = Config()
    paper = note_of("Papers/LoRA.md", PRIVATE, config)
    note = note_of("Conferences/ICASSP 2025.md", text, config)
    notes = {paper.path: paper, note.path: note}
    index = Index(config, notes.get)
    index.put(paper)
    index.put(note)
    index.refresh()
    return conference_sheet(note, index.reading(note), lambda path: paper_sheet(notes[path]))


@pytest.mark.parametrize("write", [report_html, report_markdown])
def test_nothing_private_leaks(write: object) -> None:
    text = write([sheet()])  # type: ignore[operator]
    assert "LoRA: Low-Rank Adaptation" in text
    assert "is small, and" in text
    assert "2210.13695" in text
    assert "secret" not in text
    assert "%%" not in text


def test_the_page_tells_day_session_paper_words_and_what_is_missing() -> None:
    page = Page(report_html([sheet()]))
    for part in (
        *(
            "ICASSP 2025",
            "Monday, 7 April 2025",
            "Talk: Fine tuning",
            "LoRA: Low-Rank Adaptation",
            "Edward Hu",
        ),
        *("is small, and fast", "Named, but without a note arXiv:2210.13695", "References"),
    ):
        assert part in page.shown, part
    assert page.all("html") == [{"lang": "en"}]


HEAD = "---\ntags: [conference]\ndate: 2025-04-06\n---\n"


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("# ICASSP\n## RL Track\n### Small\n- [[LoRA]]\n## Vision Track\n### Fast\n- [[LoRA]]\n",
         ["RL Track", "Vision Track"]),
        ("# RL Track\n## A\n- [[LoRA]]\n# Vision Track\n## B\n- [[LoRA]]\n", ["RL Track", "Vision Track"]),
        ("## Small models\n- [[LoRA]]\n## Fast ones\n- [[LoRA]]\n", ["Sessions"]),
        ("# ICASSP\n## Small models\n- [[LoRA]]\n", ["Sessions"]),
        ("# Montag\n## Talk: A\n- [[LoRA]]\n# Home\n- [[LoRA]]\n", ["Monday, 7 April 2025", "Without a day"]),
    ],
)  # fmt: skip
def test_sessions_of_no_known_day_stand_below_the_heading_that_they_have(
    text: str, titles: list[str]
) -> None:
    lines = report_markdown([sheet(HEAD + text)]).splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == [*titles, "References"]


def test_a_paper_of_two_conferences_is_one_reference() -> None:
    days = (DaySheet("", (SessionSheet("S", (), "", (Talked(LORA, ("said",)),)),)),)
    found = [ConferenceSheet(f"{n}.md", f"C{n}", "", "", "", "", days, ()) for n in (1, 2)]
    page = Page(report_html(found))
    assert page.shown.count("Edward Hu and Yelong Shen. LoRA: Low-Rank. ICLR 2022. arXiv:2106.09685") == 1
    assert report_markdown(found).count("1. Edward Hu and Yelong Shen") == 1


def test_sixty_papers_take_less_than_three_hundred_kilobytes() -> None:
    papers = [
        PaperSheet(f"{n}.md", f"Paper {n} " + "title " * 15, ("Ida Alm",) * 6, venue="V") for n in range(60)
    ]
    talked = tuple(Talked(paper, ("word " * 60, "other " * 60)) for paper in papers)
    sessions = tuple(
        SessionSheet(f"Session {n}", (), "2025-04-07", talked[n * 6 : n * 6 + 6]) for n in range(10)
    )
    text = report_html(
        [ConferenceSheet("c.md", "C", "", "", "", "", (DaySheet("2025-04-07", sessions),), ())]
    )
    assert len(text.encode()) <= 300_000


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2025-04-06", "2025-04-11", "6–11 April 2025"),
        ("2026-04-30", "2026-05-04", "30 April – 4 May 2026"),
        ("2025-12-30", "2026-01-02", "30 December 2025 – 2 January 2026"),
        ("2025-04-06", "", "6 April 2025"),
        ("2025-04-06", "2025-04-06", "6 April 2025"),
        ("spring", "", "spring"),
        ("", "2025-04-06", ""),
    ],
)
def test_days_are_named_as_people_do(first: str, last: str, text: str) -> None:
    assert days_text(first, last) == text
    assert day_text("2025-04-07") == "Monday, 7 April 2025"
