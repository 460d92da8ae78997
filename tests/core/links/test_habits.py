"""A vault's habits: what most notes share is no fault, and less than that is none of its habits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.config.config import Config
from vaultsync.core.links.habits import (
    NOTES,
    OTHERS,
    SHARE,
    DateForm,
    DateHabits,
    OrderHabits,
    date_forms,
    form_of,
    order_of,
)
from vaultsync.core.note import note_of

SLASHES: DateForm = ("note", "created", "Y/0/0")
ISO: DateForm = ("note", "created", "Y-0-0")


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("2025/4/6", "Y/0/0"),
        ("2025/11/26", "Y/0/0"),
        ("3/4/2025", "0/0/Y"),
        ("Thursday, November 26th 2026, 6:22:11 pm", "a, a 0a Y, 0:0:0 a"),
        ("6  April 2025", "0 a Y"),
        ("2025-04-06T14:30", "Y-0-0a0:0"),
    ],
)
def test_a_form_is_that_of_all_dates_written_so(written: str, form: str) -> None:
    assert form_of(written) == form


def test_only_texts_with_digits_in_properties_that_hold_dates_have_a_form() -> None:
    text = "---\nDate: 2025/4/6\ncreated: 2025\nmodified: soon\ntitle: 1/2/3\n---\n"
    note = note_of("N.md", text, Config())
    assert date_forms(note, Config().date_names("note")) == (("note", "date", "Y/0/0"),)
    assert date_forms(note_of("N.md", "text", Config()), {"date"}) == ()


def test_a_habit_needs_five_notes_and_four_fifths() -> None:
    habits = DateHabits()
    for number in range(NOTES - 1):
        assert habits.put(f"{number}.md", (SLASHES,)) == set()
    assert not habits.has(SLASHES)
    assert habits.put("4.md", (SLASHES,)) == {f"{number}.md" for number in range(NOTES)}
    assert habits.has(SLASHES)
    assert habits.put("5.md", (ISO,)) == set()  # five of six
    assert habits.has(SLASHES)
    assert habits.put("6.md", (ISO,)) == {f"{number}.md" for number in range(NOTES)}
    assert not habits.has(SLASHES)
    habits.put("6.md", ())
    assert habits.has(SLASHES)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.lists(st.sampled_from([SLASHES, ISO]), unique=True)), max_size=40
    )
)
def test_what_is_told_of_changed_habits_is_all_that_changed(moves: list[tuple[int, list[DateForm]]]) -> None:
    habits, known = DateHabits(), {}
    for number, forms in moves:
        before = {form for form in (SLASHES, ISO) if habits.has(form)}
        told = habits.put(f"{number}.md", tuple(forms))
        known[f"{number}.md"] = forms
        for form in (SLASHES, ISO):
            count = sum(form in of for of in known.values())
            every = sum(len(of) for of in known.values())
            assert habits.has(form) == (count >= NOTES and count >= SHARE * every)
        changed = before ^ {form for form in (SLASHES, ISO) if habits.has(form)}
        assert told == {path for path, of in known.items() if changed & set(of)}


def test_the_order_of_most_notes_is_the_order() -> None:
    habits, default = OrderHabits(), ["title", "authors", "year", "tags"]
    for number in range(NOTES):
        habits.put(f"{number}.md", ("paper", "year", "title", OTHERS))
    assert habits.order("paper", default) == ["year", "title", "authors", "tags"]
    assert habits.order("conference", default) == default
    assert habits.has("paper", "title", OTHERS)
    habits.put("0.md", ())
    assert habits.order("paper", default) == default


def test_an_order_names_only_what_the_kind_names() -> None:
    note = note_of("Papers/N.md", "---\nYear: 1\nmine: 2\ntitle: T\n---\n", Config())
    assert order_of(note, ["title", "year"]) == ("paper", "year", OTHERS, "title")
    assert order_of(note, []) == ()


@given(st.lists(st.tuples(st.integers(0, 8), st.permutations(["a", "b", OTHERS])), max_size=30))
def test_the_habits_follow_from_the_notes_and_not_from_their_history(
    moves: list[tuple[int, list[str]]],
) -> None:
    habits, known = OrderHabits(), {}
    for number, order in moves:
        habits.put(f"{number}.md", ("paper", *order))
        known[f"{number}.md"] = ("paper", *order)
    fresh = OrderHabits()
    for path, of in known.items():
        fresh.put(path, of)
    for one in ("a", "b", OTHERS):
        for other in ("a", "b", OTHERS):
            assert habits.has("paper", one, other) == fresh.has("paper", one, other)


class ByCounting:
    """What `DateHabits` says, found by counting all notes each time."""

    def __init__(self) -> None:
        self.notes: dict[str, tuple[DateForm, ...]] = {}

    def has(self, form: DateForm) -> bool:
        alike = [one for forms in self.notes.values() for one in forms if one[:2] == form[:2]]
        return alike.count(form) >= NOTES and alike.count(form) >= SHARE * len(alike)


FORMS = tuple(("note", name, form) for name in ("created", "date") for form in ("Y/0/0", "Y-0-0", "0 a Y"))


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.lists(st.sampled_from(FORMS), max_size=2).map(tuple)), max_size=60
    )
)
def test_habits_are_those_that_counting_finds(steps: list[tuple[int, tuple[DateForm, ...]]]) -> None:
    habits, counted = DateHabits(), ByCounting()
    for number, forms in steps:
        path = f"{number}.md"
        before = {form for form in FORMS if counted.has(form)}
        counted.notes[path] = forms
        changed = before ^ {form for form in FORMS if counted.has(form)}
        concerned = {user for user, known in counted.notes.items() if changed & {*known}}
        assert habits.put(path, forms) == concerned
        assert [habits.has(form) for form in FORMS] == [counted.has(form) for form in FORMS]


class Counted(str):
    """A kind that counts how often it is looked up."""

    lookups = 0

    def __hash__(self) -> int:
        Counted.lookups += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)


def test_as_many_forms_as_notes_take_no_time_that_grows_with_both() -> None:
    habits, kind = DateHabits(), Counted("note")
    for number in range(2_000):
        habits.put(f"{number}.md", ((kind, "date", f"0 {'a' * number}"),))
    assert Counted.lookups < 50 * 2_000


def test_a_text_that_is_too_long_for_a_date_has_no_form() -> None:
    note = note_of("N.md", f"---\ndate: {'1 a ' * 40}\n---\n", Config())
    assert date_forms(note, {"date"}) == ()
