"""Days in headings beside other words: what names a day, and what only has a word for one."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.day_headings import day_mark, loose_day_mark

LANGUAGES = ("en", "de", "fr")
MONDAY = datetime.date(2025, 4, 7)


@pytest.mark.parametrize(
    "text",
    [
        "Tuesday - Main Conference",
        "Main Conference Tuesday",
        "Day 2 RL Track",
        "ABCD Day 2",
        "ABCD'25 – Tuesday",
        "Conference day 2",
        "Tuesday | Hall A",
        "Day 2: Keynotes",
        "Dienstag: Hauptkonferenz",
        "Tuesday, 8.4.2025  Posters",
        "2025-04-08 Main Conference",
        "8 April 2025, Workshops",
        "Posters (Tuesday)",
    ],
)
def test_a_day_beside_words_for_an_event(text: str) -> None:
    mark = loose_day_mark(text, LANGUAGES)
    assert mark is not None
    assert mark.resolve(MONDAY) == datetime.date(2025, 4, 8)


@pytest.mark.parametrize(
    "text",
    [
        *("Day Two", "Day II", "Second day", "Zweiter Tag", "am zweiten Tag", "Deuxième jour", "Day #2"),
        *("Day no. 2", "2nd day", "Tuesday 8", "Tuesday 8th", "09:00 Day 2", "9:00–10:30 Tuesday"),
        *("Tuesday 8:30", "Tuesday 8 am", "Tuesday 8 April"),
    ],
)
def test_a_day_as_people_count_them(text: str) -> None:
    mark = day_mark(text, LANGUAGES)
    assert mark is not None
    assert mark.resolve(MONDAY) == datetime.date(2025, 4, 8)


@pytest.mark.parametrize(
    "text",
    [
        *("Black Friday effects", "Sunday School attendance", "Deep Day 1 Learning", "One day workshop"),
        *("Session 2", "May: a study", "Day-ahead markets", "Election Day 2 results", "Poster Session 3"),
        *("Friday the 13th: horror", "First things first", "Morning: coffee", "Workshop Day", ""),
    ],
)
def test_what_names_no_day(text: str) -> None:
    assert (loose_day_mark(text, LANGUAGES), day_mark(text, LANGUAGES)) == (None, None)


def test_a_number_that_no_such_weekday_has_counts_something_else() -> None:
    mark = day_mark("Monday 2", LANGUAGES)  # the second session of Monday
    assert mark is not None
    assert mark.resolve(MONDAY) == MONDAY


@given(st.text(max_size=40))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    mark = loose_day_mark(text, LANGUAGES)
    assert mark is None or mark.resolve(MONDAY) is None or isinstance(mark.resolve(MONDAY), datetime.date)


@pytest.mark.parametrize("first", [datetime.date.min, datetime.date.max], ids=["year 1", "year 9999"])
@pytest.mark.parametrize(
    "text", ["Monday", "Friday", "Tuesday 8", "Day 2", "Day 99", "2 January", "31 December", "2025-04-08"]
)
def test_at_the_ends_of_the_calendar_a_day_is_unknown(text: str, first: datetime.date) -> None:
    """The first day is what a note says of itself, `date: 9999-12-31` say."""
    mark = day_mark(text, LANGUAGES)
    assert mark is not None
    day = mark.resolve(first)
    assert day is None or abs((day - first).days) < 400 or day.year == 2025
