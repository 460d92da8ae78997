"""The merge on a small run of `bench.merge`: two-sided edits of all its kinds, those held out included."""

from __future__ import annotations

import pytest

from bench.merge import Answer, Case, cases, judge, measure, vaultsync
from bench.merge_fresh import FRESH
from bench.merge_held_out import HELD_OUT
from bench.merge_kinds import KINDS, Kind


@pytest.mark.parametrize("kinds", [KINDS, HELD_OUT, FRESH], ids=["made with", "held out", "fresh"])
def test_nothing_is_lost_doubled_or_merged_wrongly_and_nearly_all_is_right(kinds: dict[str, Kind]) -> None:
    found = list(cases(kinds, each=8, seed="test"))
    measured = measure(vaultsync, found)
    assert measured.harm == 0
    assert measured.counts["right"] >= 0.98 * len(found)


def test_the_judge_sees_each_fault() -> None:
    case = Case("k", "a\n", "a\nbadafa1q\n", "a\nbadafa2q\n", {"a\nbadafa1q\nbadafa2q\n"}, True)
    assert judge(case, Answer("a\nbadafa1q\nbadafa2q\n")) == "right"
    assert judge(case, Answer("a\nbadafa2q\nbadafa1q\n")) == "wrong"
    assert judge(case, Answer("a\nbadafa1q\n")) == "lost"
    assert judge(case, Answer("a\nbadafa1q\nbadafa1q\nbadafa2q\n")) == "doubled"
    assert judge(case, Answer("a\nbadafa1q\n", "a\nbadafa2q\n")) == "needless"
    assert judge(case, Answer("<<<<<<< a\nbadafa1q\n=======\nbadafa2q\n>>>>>>> b\n")) == "needless"
    assert judge(case, Answer("---\na: 1\na: 2\n---\nbadafa1q\nbadafa2q\n")) == "broken"
