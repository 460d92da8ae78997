"""Works in step: each one's first step, then each one's second, and what each comes to."""

from __future__ import annotations

import pytest

from vaultsync.core.links.in_step import Steps, in_step


def test_each_step_is_taken_by_all_before_the_next_and_each_work_ends_when_it_ends() -> None:
    taken: list[tuple[str, int]] = []

    def work(name: str, steps: int) -> Steps[str]:
        for step in range(steps):
            taken.append((name, step))
            yield
        return name.upper()

    assert in_step([work("a", 2), work("b", 0), work("c", 3)]) == ["A", "B", "C"]
    assert taken == [("a", 0), ("c", 0), ("a", 1), ("c", 1), ("c", 2)]
    assert in_step([]) == []


def test_what_goes_wrong_in_one_is_raised() -> None:
    def work() -> Steps[None]:
        yield
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        in_step([work()])
