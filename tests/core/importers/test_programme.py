"""A conference programme: each line is a day, a session, a talk or something of these, and none is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.importers import Options, parse_whole, recognise
from vaultsync.core.importers.actions import NewNote
from vaultsync.core.importers.planning import Target, plan_import, survey
from vaultsync.core.importers.programme import ProgrammeDay, read_programme
from vaultsync.core.importers.programme_forms import day_of, is_session, slot_of
from vaultsync.core.importers.programme_table import programme_lines

FLAT = """\
Monday, 7 April 2025

09:00–10:30 Session 1: Speech (Room A)
Chair: Eva Fir
09:00 Steady Windows for Long Inputs
Ida Alm, Max Oak
09:20 Quiet Models for Loud Rooms
Eva Fir and Max Oak (Elsewhere University)
10:30–11:00 Coffee Break
11:00–12:00 Keynote: The Long View
Ida Alm
14:00–15:30 Poster Session 2
Trees in the Wood
Max Oak
Leaves of the Trees
Ida Alm, Eva Fir and others
Tuesday, 8 April 2025
09:00 - 10:00 Oral Session 2A: Trees
    Roots
        I. Alm
"""
BLOCKS = """\
Day: 2025/04/07
-------------
Session 1A
-------------
Time   : 10:40 - 12:20
Title  : 1A: Speech (Long Papers)

Chair  : Eva Fir

10:40AM - 11:05AM
1A-1
Steady Windows for Long Inputs
Ida Alm [1] and Max Oak [2]
[1] University of Elsewhere
[2] Home

11:05 AM - 11:30 AM

1A-2
Session 1A - JX-12: Quiet Models, by Day
Max Oak, Eva Fir, and Ida Alm

12:20 PM - 1:00 PM

Lunch
"""
TABLE = """\
Monday
10:00-11:00\t1A: Speech\t1B: Trees
10:00-10:30\t12: Steady Windows, by Ida Alm\t14: Roots by the River, by Max Oak and Eva Fir
10:30-11:00\t13: Quiet Models, by Eva Fir\t15: Leaves, by Max Oak

| Time | Title | Speakers | Room |
|---|---|---|---|
| 16:00 | A Last Talk | Ida Alm, Max Oak | Room 5 |
"""


def outline(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each session's and talk's time, title and people; a session's title has a `#`."""
    found = []
    for day in days_of(text):
        for session in day.sessions:
            found.append((session.slot.shown if session.slot else "", f"# {session.title}", ()))
            for talk in session.talks:
                people = talk.names.people if talk.names else ()
                found.append((talk.slot.shown if talk.slot else "", talk.title, people))
    return found


def days_of(text: str) -> list[ProgrammeDay]:
    return read_programme(programme_lines(enumerate(text.splitlines(), 1)), ("en", "de"))


def test_a_flat_programme_is_read_by_its_times_and_names() -> None:
    assert outline(FLAT) == [
        ("09:00–10:30", "# Session 1: Speech", ()),
        ("09:00", "Steady Windows for Long Inputs", ("Ida Alm", "Max Oak")),
        ("09:20", "Quiet Models for Loud Rooms", ("Eva Fir", "Max Oak")),
        ("10:30–11:00", "# Coffee Break", ()),
        ("11:00–12:00", "# Keynote: The Long View", ()),
        ("14:00–15:30", "# Poster Session 2", ()),
        ("", "Trees in the Wood", ("Max Oak",)),
        ("", "Leaves of the Trees", ("Ida Alm", "Eva Fir")),
        ("09:00–10:00", "# Oral Session 2A: Trees", ()),
        ("", "Roots", ("I. Alm",)),
    ]


def test_a_programme_in_blocks_is_read_by_its_labels_and_numbers() -> None:
    assert outline(BLOCKS) == [
        ("10:40–12:20", "# Session 1A: Speech (Long Papers)", ()),
        ("10:40 AM–11:05 AM", "Steady Windows for Long Inputs", ("Ida Alm", "Max Oak")),
        ("11:05 AM–11:30 AM", "Quiet Models, by Day", ("Max Oak", "Eva Fir", "Ida Alm")),
        ("12:20 PM–1:00 PM", "# Lunch", ()),
    ]
    (first, second) = days_of(BLOCKS)[0].sessions[0].talks
    assert (first.number, first.more) == ("1A-1", ["[1] University of Elsewhere", "[2] Home"])
    assert second.number == "1A-2 JX-12"


def test_a_table_is_read_track_by_track_and_by_its_columns() -> None:
    assert outline(TABLE) == [
        ("10:00–11:00", "# 1A: Speech", ()),
        ("10:00–10:30", "Steady Windows", ("Ida Alm",)),
        ("10:30–11:00", "Quiet Models", ("Eva Fir",)),
        ("10:00–11:00", "# 1B: Trees", ()),
        ("10:00–10:30", "Roots by the River", ("Max Oak", "Eva Fir")),
        ("10:30–11:00", "Leaves", ("Max Oak",)),
        ("16:00", "# A Last Talk", ()),
    ]


def test_it_becomes_a_note_of_days_sessions_and_talks_with_their_times() -> None:
    (note,) = parse_whole(FLAT.encode(), Options(title="Made-up Days")).notes
    assert (note.title, note.date) == ("Made-up Days", "2025-04-07")
    assert (
        "\n# Monday, 7 April 2025\n\n## Session 1: Speech\n\n09:00–10:30, Room A\nChair: Eva Fir\n\n"
        "### Steady Windows for Long Inputs\n\n09:00\nIda Alm, Max Oak\n" in note.text
    )


def test_with_papers_each_talk_with_authors_is_a_record_and_linked_in_the_note() -> None:
    parsed = parse_whole(FLAT.encode(), Options(title="Made-up Days", papers=True))
    assert [(p.title, p.authors_cut, p.venue) for p in parsed.records][3:] == [
        ("Leaves of the Trees", True, "Made-up Days"),
        ("Roots", False, "Made-up Days"),
    ]
    items = [*parsed.records, *parsed.notes]
    planned = list(plan_import(survey([lambda: items], ()), (), Target()))
    texts = {a.path: a.text for a in planned if isinstance(a, NewNote)}
    assert "### Roots\n\n[[Roots|Paper]] · I. Alm\n" in texts["Conferences/Made-up Days.md"]
    assert "authors:\n  - I. Alm\n" in texts["Papers/Roots.md"]


def test_what_only_the_person_knows_is_asked_for_and_never_guessed() -> None:
    undated = FLAT.replace(" 2025", "")
    assert [p.message for p in parse_whole(undated.encode()).problems] == [
        "this programme doesn't say its name (--name) and its first day (--date)"
    ]
    assert parse_whole(undated.encode(), Options(title="X", date="2025-04-07")).notes[0].date == "2025-04-07"


@pytest.mark.parametrize("text", [FLAT, BLOCKS * 2, TABLE])
def test_a_programme_is_recognised(text: str) -> None:
    found = recognise(text.encode())
    assert found is not None
    assert found.format == "programme"


@pytest.mark.parametrize(
    "text",
    [
        "# Monday\n\n## Talk: X\n\n09:00 came late\n\n09:10 better\n\n09:20 a\n\n09:30 b\n",
        "Minutes\n09:00 we met\nand talked\n",
    ],
)
def test_a_note_with_times_is_no_programme(text: str) -> None:
    found = recognise(text.encode())
    assert found is None or found.format != "programme"


@pytest.mark.parametrize(
    ("text", "shown", "begin", "end", "rest"),
    [
        ("9.30 - 10.15 Uhr: X", "9:30–10:15", 570, 615, "X"),
        ("1:00 PM – 2:30 PM", "1:00 PM–2:30 PM", 780, 870, ""),
        ("11:00-1:00pm Y", "11:00–1:00 pm", 660, 780, "Y"),
        ("14h05 Z", "14:05", 845, None, "Z"),
    ],
)
def test_times_are_read_in_any_usual_form(
    text: str, shown: str, begin: int, end: int | None, rest: str
) -> None:
    slot, left = slot_of(text)
    assert slot is not None
    assert (slot.shown, slot.begin, slot.end, left) == (shown, begin, end, rest)


def test_what_is_no_time_day_or_session_is_none() -> None:
    assert slot_of("25:00 x")[0] is None
    assert slot_of("3.14 is pi")[0] is None
    assert day_of("Monday effects on Sunday", ("en",)) == ""
    assert not is_session("What Poster Printers Know")


@given(st.lists(st.sampled_from(FLAT.splitlines() + BLOCKS.splitlines() + TABLE.splitlines()), max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_word_of_a_title_or_name_is_lost_in_any_order(lines: list[str]) -> None:
    text = "\n".join(lines)
    parsed = parse_whole(text.encode() or b"x", Options(title="N", date="2025-04-07"), "programme")
    said = " ".join(note.text for note in parsed.notes)
    for word in ("Steady", "Quiet", "Roots", "Leaves", "Fir", "Alm", "Oak", "Lunch"):
        assert len(re.findall(word, said)) >= len(re.findall(word, text))
