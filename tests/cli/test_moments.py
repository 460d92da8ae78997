"""Times as a person says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.cli.moments import ago, moment

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "now"),
        (1, "now"),
        (-1, "now"),
        (2, "2 seconds ago"),
        (59, "59 seconds ago"),
        (60, "1 minute ago"),
        (-20, "in 20 seconds"),
        (5 * MINUTE, "5 minutes ago"),
        (HOUR, "60 minutes ago"),
        (2 * HOUR, "2 hours ago"),
        (DAY, "24 hours ago"),
        (3 * DAY, "3 days ago"),
        (14 * DAY, "2 weeks ago"),
        (90 * DAY, "3 months ago"),
        (800 * DAY, "2 years ago"),
        (-3 * DAY, "in 3 days"),
    ],
)
def test_how_long_ago(seconds: float, told: str) -> None:
    assert ago(seconds) == told


@given(st.floats(min_value=2, max_value=3e9))
def test_it_is_a_small_number_of_something(seconds: float) -> None:
    count, unit, _ = ago(seconds).split()
    assert 1 <= int(count) < 90 or unit == "years"
    assert unit.endswith("s") == (int(count) != 1)


def test_a_time_keeps_its_offset() -> None:
    then = datetime.now(UTC) - timedelta(minutes=10)
    assert moment(then.isoformat()) == "10 minutes ago"
