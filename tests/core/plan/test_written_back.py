"""When what was mended counts as written back: the arithmetic of `core.plan.wars`, on plain values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.config.config import Config
from vaultsync.core.links.decisions import Fault
from vaultsync.core.note import note_of
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.places import Mend
from vaultsync.core.plan.wars import TIMES, WINDOW, Mended, counted, still_counting, written_back

FAULT = Fault("N.md", "fm-tags", "tags")
MEND = Mend(FAULT, b"sign", "tags: [a]")


def change(before: str, after: str, *mends: Mend) -> Change:
    notes = (note_of("N.md", text, Config()) for text in (before, after))
    return Change("N.md", *notes, ("fm-tags",), frozenset(mends))


def play(states: list[tuple[str, float]]) -> list[bool]:
    """Mend each state, unless that was written back too often; says of each whether it was mended."""
    known: dict[str, Mended] = {}
    found = []
    for text, now in states:
        wrong = "tags: a" in text
        planned = [change(text, text.replace("tags: a", "tags: [a]"), MEND)] if wrong else []
        known = still_counting(known, planned, {"N.md": note_of("N.md", text, Config()).digest}, now)
        mended = wrong and not written_back(known, planned, now)
        if mended:
            known = counted(known, planned, now)
        found.append(mended)
    return found


def test_the_third_time_in_a_row_is_one_too_many() -> None:
    assert play([(f"tags: a\n{n}\n", n) for n in range(5)]) == [True, True, False, False, False]


def test_a_change_that_leaves_the_place_in_order_begins_anew() -> None:
    states = ["tags: a\n1", "tags: a\n2", "tags: [a]\n3", "tags: a\n4", "tags: a\n5", "tags: a\n6"]
    assert play([(text, n) for n, text in enumerate(states)]) == [True, True, False, True, True, False]


def test_what_comes_back_late_begins_anew() -> None:
    late = WINDOW + 1
    assert all(play([(f"tags: a\n{n}\n", n * late) for n in range(6)]))
    assert not all(play([(f"tags: a\n{n}\n", n * WINDOW) for n in range(3)]))


def test_a_clock_that_was_set_back_counts_as_it_stands() -> None:
    assert play([(f"tags: a\n{n}\n", -60.0 * n) for n in range(3)]) == [True, True, False]


def test_what_still_stands_was_not_written_back() -> None:
    known: dict[str, Mended] = {}
    text = ""
    for n in range(5):
        planned = [change(f"{text}tags: a\n{n}", f"{text}tags: [a]\n{n}", MEND)]
        assert not written_back(known, planned, float(n))
        known, text = counted(known, planned, float(n)), f"{text}tags: [a]\n{n}"


def test_the_tools_own_to_and_fro_is_none() -> None:
    known: dict[str, Mended] = {}
    for n in range(6):
        there = change("x\n", "x\ntags: [a]\n", MEND)
        assert not written_back(known, [there], float(n))
        known = counted(known, [there], float(n))
        back = change("x\ntags: [a]\n", "x\n", Mend(FAULT, b"gone", ""))
        known = counted(known, [back], float(n))


@given(st.lists(st.tuples(st.sampled_from(["tags: a", "tags: [a]", "x"]), st.integers(0, 3 * 86_400))))
def test_a_rule_never_mends_more_than_so_often_in_a_row(moves: list[tuple[str, int]]) -> None:
    now, states = 0.0, []
    for number, (text, wait) in enumerate(moves):
        now += wait
        states.append((f"{text}\n{number}", now))
    mended, row, last = play(states), 0, 0.0
    for (text, moment), was in zip(states, mended, strict=True):
        if "tags: a" not in text:
            row = 0
        elif was:
            row = row + 1 if row and moment - last <= WINDOW else 1
            assert row <= TIMES
            last = moment
