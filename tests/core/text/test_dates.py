"""Dates as people write them, and what a heading says about a day."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.calendar_names import cldr_names, names_of
from vaultsync.core.text.calendar_table import TABLE
from vaultsync.core.text.dates import DateReading, iso_date_readings
from vaultsync.core.text.day_headings import DayMark, day_mark, resolve_weekday, weekday_in

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "zh")
SUNDAY = datetime.date(2025, 4, 6)

ONE_DAY = [
    "2025-04-06",
    "2025/4/6",
    "2025.04.06",
    "20250406",
    "06.04.2025",
    "6. 4. 2025",
    "6 April 2025",
    "6. April 2025",
    "6th April 2025",
    "6th of April, 2025",
    "April 6, 2025",
    "April 6th 2025",
    "Apr. 6, 2025",
    "06-Apr-2025",
    "2025-Apr-06",
    "6 avril 2025",
    "6 de abril de 2025",
    "6 aprile 2025",
    "2025年4月6日",
    "Sunday, 6 April 2025",
    "So., 6. April 2025",
    "星期日 2025年4月6日",
    "２０２５-０４-０６",
    "  2025-04-06 ",
]


@pytest.mark.parametrize("text", ONE_DAY)
def test_a_date_in_any_of_the_usual_forms_has_one_reading(text: str) -> None:
    assert iso_date_readings(text, LANGUAGES) == (DateReading("day", "2025-04-06"),)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("03/04/2023", ["2023-03-04", "2023-04-03"]),
        ("03-04-2023", ["2023-03-04", "2023-04-03"]),
        ("13/04/2023", ["2023-04-13"]),
        ("04/13/2023", ["2023-04-13"]),
        ("05/05/2023", ["2023-05-05"]),
        ("03.04.2023", ["2023-04-03"]),
        ("Monday, 03/04/2023", ["2023-04-03"]),
        ("Mar 6 2025", ["2025-03-06"]),
    ],
)
def test_a_date_has_all_the_readings_that_exist(text: str, values: list[str]) -> None:
    assert [reading.value for reading in iso_date_readings(text, LANGUAGES)] == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2025-04-06T14:30", "2025-04-06T14:30:00"),
        ("2025-04-06 14:30:05", "2025-04-06T14:30:05"),
        ("2025-04-06T14:30:05.000", "2025-04-06T14:30:05"),
        ("6 April 2025, 2:30 pm", "2025-04-06T14:30:00"),
        ("6. April 2025 um 14:30 Uhr", "2025-04-06T14:30:00"),
        ("April 6, 2025 at 12:05 AM", "2025-04-06T00:05:00"),
        ("2025年4月6日 14:30", "2025-04-06T14:30:00"),
    ],
)
def test_a_date_with_a_time_is_read_to_the_second(text: str, value: str) -> None:
    assert iso_date_readings(text, LANGUAGES) == (DateReading("time", value),)


@pytest.mark.parametrize(
    ("text", "precision", "value"),
    [
        ("2025", "year", "2025"),
        ("2025-04", "month", "2025-04"),
        ("04/2025", "month", "2025-04"),
        ("April 2025", "month", "2025-04"),
        ("2025年4月", "month", "2025-04"),
    ],
)
def test_less_than_a_day_is_read_as_what_it_is(text: str, precision: str, value: str) -> None:
    assert [(r.precision, r.value) for r in iso_date_readings(text, LANGUAGES)] == [(precision, value)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "April",
        "Sunday",
        "hello 2025",
        "6 Smarch 2025",
        "2026-13-01",
        "31/04/2023",
        "29 Feb 2023",
        "12.12.12",
        "2025-04-06 25:00",
        "2025-04-06 13:00 pm",
        "2025-04-06T10:00Z",
        "2025-04-06T10:00+02:00",
        "2025-04-06T10:00:00.5",
        "Monday, 6 April 2025",
        "6-7 April 2025",
        "10.1000/2025",
        "1.2025.3.4",
    ],
)
def test_what_is_no_date_or_can_not_be_held_has_no_reading(text: str) -> None:
    assert iso_date_readings(text, LANGUAGES) == ()


def test_months_are_read_in_the_configured_languages_only() -> None:
    assert iso_date_readings("6 avril 2025", ["en", "de"]) == ()
    assert iso_date_readings("6 апреля 2025", ["ru"]) == (DateReading("day", "2025-04-06"),)


def test_a_month_that_two_languages_understand_differently_has_two_readings() -> None:
    values = [reading.value for reading in iso_date_readings("1 listopad 2025", ["pl", "hr"])]
    assert values == ["2025-10-01", "2025-11-01"]


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)))
def test_every_day_is_read_back_from_each_unambiguous_form(day: datetime.date) -> None:
    for text in (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day:%d.%m.%Y}",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%A}, {day.day} {day:%b} {day.year}",
        f"{day.year}年{day.month}月{day.day}日",
    ):
        assert iso_date_readings(text, LANGUAGES) == (DateReading("day", day.isoformat()),)


@given(st.text(max_size=40))
def test_no_text_makes_the_readers_raise(text: str) -> None:
    for reading in iso_date_readings(text, LANGUAGES):
        assert iso_date_readings(reading.value, LANGUAGES) == (reading,)
    mark = day_mark(text, LANGUAGES)
    assert mark is None or mark.resolve(SUNDAY) is None or isinstance(mark.resolve(SUNDAY), datetime.date)


@pytest.mark.parametrize(
    ("text", "weekday", "half_day"),
    [
        ("Montag Vormittag", 0, "morning"),
        ("Montagvormittag", 0, "morning"),
        ("Tuesday afternoon", 1, "afternoon"),
        ("Wednesday noon", 2, "afternoon"),
        ("Mittwoch Mittag", 2, "afternoon"),
        ("Mercredi midi", 2, "afternoon"),
        ("周三中午", 2, "afternoon"),
        ("Mo. Nachmittag", 0, "afternoon"),
        ("Do. Vormittag", 3, "morning"),
        ("Day 2 – Wednesday", 2, None),
        ("**Mittwoch**", 2, None),
        ("Samstag", 5, None),
        ("Sonnabend", 5, None),
        ("Mon", 0, None),
        ("Tuesday 9:00–12:30", 1, None),
        ("The Monday evening session", 0, "evening"),
        ("Lundi après-midi", 0, "afternoon"),
        ("jueves por la mañana", 3, "morning"),
        ("lunedì mattina", 0, "morning"),
        ("maandagochtend", 0, "morning"),
        ("segunda-feira", 0, None),
        ("星期一上午", 0, "morning"),
        ("周三 下午", 2, "afternoon"),
        ("Monday, April 7th", 0, None),
    ],
)
def test_a_weekday_heading_is_read_in_any_of_the_languages(
    text: str, weekday: int, half_day: str | None
) -> None:
    assert weekday_in(text, LANGUAGES) == (weekday, half_day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Black Friday effects",
        "Talk: Monday",
        "Sunday drivers and other agents",
        "Monday and Tuesday",
        "So",
        "Do",
        "Do 14:00",
        "May",
        "3 Results",
        "May 5 things",
        "Day 0",
        "Tag",
        "Montag afternoon",
        "2025-04-07 Results",
    ],
)
def test_a_heading_that_says_anything_else_is_no_day(text: str) -> None:
    assert day_mark(text, LANGUAGES) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Montag", "2025-04-07"),
        ("Sunday", "2025-04-06"),
        ("Samstag", "2025-04-12"),
        ("Day 1", "2025-04-06"),
        ("Tag 3", "2025-04-08"),
        ("2. Tag", "2025-04-07"),
        ("第2天", "2025-04-07"),
        ("7. April", "2025-04-07"),
        ("Montag, 7.4.", "2025-04-07"),
        ("Mon 7 Apr", "2025-04-07"),
        ("4月7日", "2025-04-07"),
        ("Monday, 7 April 2025", "2025-04-07"),
        ("07.04.2025", "2025-04-07"),
        ("2024-11-30", "2024-11-30"),
        ("Day 1: Monday", "2025-04-07"),
    ],
)
def test_a_day_heading_leads_to_a_date_within_the_event(text: str, day: str) -> None:
    mark = day_mark(text, LANGUAGES)
    assert mark is not None
    assert mark.resolve(SUNDAY) == datetime.date.fromisoformat(day)


def test_a_weekday_that_contradicts_its_date_leads_nowhere() -> None:
    mark = day_mark("Montag, 8. April 2025", LANGUAGES)
    assert mark == DayMark(weekday=0, iso_date="2025-04-08")
    assert mark.resolve(SUNDAY) is None


def test_a_half_day_alone_names_no_day() -> None:
    assert day_mark("Vormittag", LANGUAGES) == DayMark(half_day="morning")
    assert weekday_in("Vormittag", LANGUAGES) is None
    assert DayMark(half_day="morning").resolve(SUNDAY) is None


def test_without_a_first_day_only_full_dates_are_known() -> None:
    marks = [day_mark(text, LANGUAGES) for text in ("Montag", "7. April", "Day 2", "7 April 2025")]
    assert [mark and mark.resolve(None) for mark in marks] == [None, None, None, datetime.date(2025, 4, 7)]


def test_a_day_after_new_year_belongs_to_the_next_year() -> None:
    mark = day_mark("2 January", LANGUAGES)
    assert mark is not None
    assert mark.resolve(datetime.date(2025, 12, 30)) == datetime.date(2026, 1, 2)


@given(st.integers(0, 6), st.dates())
def test_a_weekday_is_the_first_one_from_the_first_day_on(weekday: int, first: datetime.date) -> None:
    day = resolve_weekday(weekday, first)
    if day is None:
        assert (datetime.date.max - first).days < 6
    else:
        assert day.weekday() == weekday
        assert 0 <= (day - first).days < 7


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(ValueError, match="'xx'"):
        names_of("xx")
    assert names_of("pt-BR").weekdays["terça"] == {1}


def test_names_do_not_depend_on_the_order_in_which_languages_are_read() -> None:
    """Babel's data of one locale leaks into another's when it is read without copying."""
    program = (
        "from vaultsync.core.text.calendar_names import names_of; import json; "
        "print(json.dumps([sorted(names_of(x).months) for x in {}]))"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program.format(order)], check=True, capture_output=True, text=True
        ).stdout
        for order in (["zh", "es"], ["es", "zh"])
    ]
    first, second = map(json.loads, outputs)
    assert first == second[::-1]


def test_the_table_of_names_is_what_cldr_says_today() -> None:
    assert set(TABLE) == set(LANGUAGES)
    for language in LANGUAGES:
        assert names_of(language) == cldr_names(language)


def test_names_of_the_usual_languages_do_not_take_babel() -> None:
    program = (
        "from vaultsync.core.text.calendar_names import names_of; import sys; "
        f"[names_of(language) for language in {LANGUAGES}]; sys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
