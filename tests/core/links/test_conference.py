"""The sessions of conference notes, outlined as people outline them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.links.obsidian_links import resolve_heading
from vaultsync.core.links.sessions import Session, SessionPlaces, sessions_of
from vaultsync.core.markdown import Heading
from vaultsync.core.text.spans import Span

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "zh")


def outline(text: str) -> list[Heading]:
    """The headings of a text that has ATX headings only."""
    headings, start = [], 0
    for line in text.splitlines(keepends=True):
        marks = len(line) - len(line.lstrip("#"))
        if marks:
            bare = line.rstrip("\n")
            begin = start + marks + 1
            headings.append(
                Heading(
                    marks, bare[marks + 1 :], Span(start, start + len(bare)), Span(begin, start + len(bare))
                )
            )
        start += len(line)
    return headings


def sessions(text: str, date: str | None = "2025-04-06") -> tuple[Session, ...]:
    return sessions_of(outline(text), len(text), date=date, languages=LANGUAGES)


def told(text: str, date: str | None = "2025-04-06") -> list[str]:
    """Each session as `kind|title|day half_day`."""
    return [f"{s.kind}|{s.title}|{s.day or ''} {s.half_day or ''}".rstrip() for s in sessions(text, date)]


ICASSP = """\
---
title: ICASSP 2025
---
# Montag Vormittag
## Tutorial: Generative AI and Model Optimization
text
### Sparsity
- SET
### Compression
- low rank
# Dienstag Nachmittag
## Talk: Underwater Communications
## Talk: AI+SP
# Lectures/Orals
# Posters
"""


def test_days_hold_sessions_and_sub_headings_belong_to_their_session() -> None:
    assert told(ICASSP) == [
        "||",
        "|Montag Vormittag|2025-04-07 morning",
        "tutorial|Generative AI and Model Optimization|2025-04-07 morning",
        "|Dienstag Nachmittag|2025-04-08 afternoon",
        "talk|Underwater Communications|2025-04-08 afternoon",
        "talk|AI+SP|2025-04-08 afternoon",
        "lecture|Lectures/Orals|",
        "poster|Posters|",
    ]
    found = sessions(ICASSP)
    assert found[SessionPlaces(found).at(ICASSP.index("SET"))].title == "Generative AI and Model Optimization"
    assert (
        found[SessionPlaces(found).at(ICASSP.index("low rank"))].title
        == "Generative AI and Model Optimization"
    )
    assert found[SessionPlaces(found).at(0)].title == ""
    assert found[SessionPlaces(found).at(len(ICASSP))].title == "Posters"
    tutorial = found[2]
    assert tutorial.path == ("Montag Vormittag", "Tutorial: Generative AI and Model Optimization")
    assert tutorial.anchor == ("Tutorial: Generative AI and Model Optimization",)
    assert tutorial.span.of(ICASSP).startswith("## Tutorial")
    assert tutorial.span.of(ICASSP).endswith("- low rank\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # nothing to go by
        ("", ["||"]),
        ("text\n", ["||"]),
        ("# Welcome\n", ["|Welcome|"]),
        # no days: the top level is the sessions
        (
            "# Talk: A\n## Method\n# Keynote: B\n## Talk: inside\n",
            ["talk|A|", "keynote|B|", "talk|inside|"],
        ),
        # the event's name on top of everything
        ("# ICLR 2023\n## Talk: A\n### Method\n## B\n", ["|ICLR 2023|", "talk|A|", "|B|"]),
        (
            "# ICLR 2023\n## Monday\n### Talk: A\n#### Method\n## Tuesday\n### B\n",
            [
                "|ICLR 2023|",
                "|Monday|2025-04-07",
                "talk|A|2025-04-07",
                "|Tuesday|2025-04-08",
                "|B|2025-04-08",
            ],
        ),
        # days and sessions side by side; what names no kind does not belong to the day
        (
            "# Monday\n# Talk: A\n# Tuesday morning\n# Talk: B\n# Posters\n# Thoughts\n",
            [
                "|Monday|2025-04-07",
                "talk|A|2025-04-07",
                "|Tuesday morning|2025-04-08 morning",
                "talk|B|2025-04-08 morning",
                "poster|Posters|",
                "|Thoughts|",
            ],
        ),
        # groups give their kind to what is below
        (
            "# Posters\n## A\n### Method\n## B\n# Talks\n## C\n",
            ["poster|Posters|", "poster|A|", "poster|B|", "talk|Talks|", "talk|C|"],
        ),
        (
            "# Monday\n## Oral Session 2\n### A\n",
            ["|Monday|2025-04-07", "oral|Oral Session 2|2025-04-07", "oral|A|2025-04-07"],
        ),
        ("# Tuesday: Posters\n## A\n", ["poster|Tuesday: Posters|2025-04-08", "poster|A|2025-04-08"]),
        # one word for one session
        ("# Tutorial\n## Sparsity\n## Compression\n", ["tutorial|Tutorial|"]),
        # a session inside a session names its kind
        ("# Workshop: W\n## Talk: A\n## Break\n", ["workshop|W|", "talk|A|"]),
        # beside the days
        ("# Monday\n## A\n# Ideas\n## B\n", ["|Monday|2025-04-07", "|A|2025-04-07", "|Ideas|", "|B|"]),
        # other ways to tell a day
        ("# Day 2\n## A\n", ["|Day 2|2025-04-07", "|A|2025-04-07"]),
        ("# 8. April\n## A\n", ["|8. April|2025-04-08", "|A|2025-04-08"]),
        # half days below a day, and a half day that has none above it
        (
            "# Montag\n## Nachmittag\n### A\n",
            ["|Montag|2025-04-07", "|Nachmittag|2025-04-07 afternoon", "|A|2025-04-07 afternoon"],
        ),
        ("# Morning\n## A\n# Afternoon\n", ["|Morning|", "|Afternoon|"]),
    ],
)
def test_an_outline_tells_its_sessions(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("heading", "kind", "title"),
    [
        ("Talk: A", "talk", "A"),
        ("**Talk:** A", "talk", "A"),
        ("TALK – A – B", "talk", "A – B"),
        ("Invited Talk: A", "talk", "A"),
        ("Vortrag: A", "talk", "A"),
        ("Poster 12: A", "poster", "A"),
        ("Oral Session 2A: A", "oral", "A"),
        ("[Keynote] A", "keynote", "A"),
        ("报告：A", "talk", "A"),
        ("Tutorial: Part 1: A", "tutorial", "Part 1: A"),
        ("Talk about talks", "", "Talk about talks"),
        ("Problem: A", "", "Problem: A"),
        ("Poster-sized models: A", "", "Poster-sized models: A"),
        ("Talk:", "talk", "Talk:"),
    ],
)
def test_a_heading_names_its_kind_before_a_colon(heading: str, kind: str, title: str) -> None:
    (session,) = sessions(f"# {heading}\n")
    assert (session.kind, session.title, session.path) == (kind, title, (heading,))


def test_without_a_date_a_weekday_is_a_day_without_a_date() -> None:
    for date in (None, "soon", "2025-13-01"):
        found = sessions("# Montag Vormittag\n## Talk: A\n", date)
        assert [(s.day, s.half_day) for s in found] == [(None, "morning")] * 2
    assert told("# Montag\n", "2025-04-06T09:00:00") == ["|Montag|2025-04-07"]


def test_equal_headings_are_told_apart_by_those_above() -> None:
    found = sessions("# Monday\n## Talk: A\n# Tuesday\n## Talk: A\n## Talk: A\n")
    assert [s.anchor for s in found] == [
        ("Monday",),
        ("Talk: A",),
        ("Tuesday",),
        ("Tuesday", "Talk: A"),
        (),
    ]


HEADINGS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(
            ["Monday", "Talk: A", "Talk: B", "Posters", "Notes", "???", "Dienstag Vormittag", "A"]
        ),
    ),
    max_size=14,
)


@given(HEADINGS, st.booleans())
def test_every_offset_is_in_one_session_and_every_anchor_leads_to_its_heading(
    lines: list[tuple[int, str]], text_above: bool
) -> None:
    text = ("above\n" if text_above else "") + "".join(
        f"{'#' * level} {title}\ntext\n" for level, title in lines
    )
    headings = outline(text)
    found = sessions(text)
    assert found
    starts = [s.span.start for s in found]
    assert starts == sorted(set(starts))
    assert starts[0] == 0
    for offset in range(len(text) + 1):
        session = found[SessionPlaces(found).at(offset)]
        assert session.span.start <= offset <= session.span.end
    assert {s.span.start for s in found} >= {h.span.start for h in headings if h.level == 1}
    for session in found:
        if session.anchor:
            index = resolve_heading(headings, "#".join(session.anchor))
            assert index is not None
            assert headings[index].span.start == session.span.start


@given(HEADINGS)
def test_sessions_do_not_depend_on_what_stands_between_the_headings(lines: list[tuple[int, str]]) -> None:
    short = "".join(f"{'#' * level} {title}\n" for level, title in lines)
    long = "".join(f"{'#' * level} {title}\n\nmore and more\n\n" for level, title in lines)
    assert told(short) == told(long)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("# Tuesday - Main Conference\n## Talk: A\n", ["2025-04-08"] * 2),
        (
            "## Day 1 RL Track\n### Cats\n## Day 2 RL Track\n### Dogs\n",
            ["2025-04-07"] * 2 + ["2025-04-08"] * 2,
        ),
        ("# Day One\n# Day Two\n", ["2025-04-07", "2025-04-08"]),
        ("intro\n# Monday\n# Posters\n## Dogs\n", ["", "2025-04-07", "", ""]),
        ("# Tuesday, Dec 4th\n## Talk: A\n", ["", ""]),
        ("# 4 December\n## Talk: A\n", ["", ""]),
        ("## Talk: A\n", ["2025-04-07"]),
        ("# Election Day 2 results\n", ["2025-04-07"]),
    ],
)
def test_what_a_heading_does_not_date_takes_no_date_from_the_first_day(text: str, dates: list[str]) -> None:
    assert [session.date("2025-04-07") for session in sessions(text, "2025-04-07")] == dates


def test_below_a_day_with_a_track_each_heading_is_a_talk() -> None:
    found = sessions("## Day 1 RL Track\n### Cats\n#### Why\n### Dogs\n# Main Track\n## Owls\n", "2025-04-07")
    assert [s.title for s in found] == ["Day 1 RL Track", "Cats", "Dogs", "Main Track", "Owls"]


def test_a_talk_named_like_a_day_below_a_day_is_no_day() -> None:
    found = sessions("# Monday\n## Friday - a Mobile Agent\n", "2025-04-07")
    assert [s.day for s in found] == ["2025-04-07"] * 2


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# Tuesday, 9 April 2025\n", "contradict each other"),
        ("# 4 December\n", "this heading means 2024-12-04, far from the note's date, 2025-04-07"),
        ("# 2024-04-08\n", "this heading means 2024-04-08, far from"),
        ("# Tuesday\n", ""),
    ],
)
def test_a_date_that_contradicts_the_note_is_told(text: str, fault: str) -> None:
    (found,) = sessions(text, "2025-04-07")
    assert fault in found.fault
    assert bool(found.fault) == bool(fault)


def test_a_time_may_stand_before_what_a_heading_is() -> None:
    (found,) = sessions("## 9:00 – 10:30 Talk: Rings\n", "2025-04-07")
    assert (found.kind, found.title) == ("talk", "Rings")
