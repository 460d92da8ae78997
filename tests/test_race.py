"""A short `bench.race`: daemons, commands, a person's git and editors at two devices, all at once."""

from __future__ import annotations

from pathlib import Path

from bench.race import Race


def test_in_a_race_of_all_that_works_at_a_vault_nothing_is_lost_blocked_or_miscredited(
    tmp_path: Path,
) -> None:
    race = Race(tmp_path, seed=3)
    race.run(seconds=3)
    assert race.wrong() == []
    assert all(editor.typed for editor in race.editors)
