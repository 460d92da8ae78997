"""A person who commits beside `vaultsync fix`: neither fails, nothing is lost.

Here for a few seconds; `python -m bench.beside --seconds 60` goes on for as long as one likes.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

import bench.beside
from bench.beside import together

SECONDS = 4.0


def test_a_person_and_fix_commit_in_loops_and_neither_fails_nor_loses_an_edit(tmp_path: Path) -> None:
    found = together(tmp_path, SECONDS, seed=1)
    assert found.wrong == []
    assert found.by_hand >= 5
    assert found.runs >= 2
    assert found.by_run >= 1


def test_an_edit_that_is_lost_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fix, times = bench.beside._fix, count()

    def forgetful(vault: Path, env: dict[str, str]) -> list[str]:
        found = fix(vault, env)
        for path in (vault / "Conferences").glob("Event 0.md"):
            path.write_text(f"---\ntags:\n  - conference\n---\nforgotten {next(times)} times\n")
        return found

    monkeypatch.setattr(bench.beside, "_fix", forgetful)
    found = together(tmp_path, 1.0, seed=1)
    assert any("stands 0 times in the note" in what for what in found.wrong)
    assert any("git status says  M" in what for what in found.wrong)
