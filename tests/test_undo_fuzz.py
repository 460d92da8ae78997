"""Edits of every kind between a run and its undo: `bench.undo` on 200 notes, and its judge."""

from __future__ import annotations

from pathlib import Path

from bench.undo import complaints, undo_fuzz


def test_an_undo_after_any_edits_loses_and_doubles_nothing_and_taking_it_back_is_exact(
    tmp_path: Path,
) -> None:
    found, ran, undone = undo_fuzz(tmp_path, notes=200, seed="test")
    assert found == []
    assert ran >= 200
    assert undone >= 150


def test_the_judge_sees_what_an_undo_would_lose_double_or_bring_back() -> None:
    before, run = "- babb1q\n", "- babb1q\n- [[X]] babb2q\n"
    now = run + "- babb3q\n"
    assert complaints("N.md", before, run, now, "- babb1q\n- babb3q\n") == []
    assert complaints("N.md", before, run, now, "- babb1q\n") == ["N.md: lost babb3q"]
    doubled = "- babb1q\n- babb3q\n- babb3q\n"
    assert complaints("N.md", before, run, now, doubled) == ["N.md: doubled or brought back babb3q"]
    back = complaints("N.md", before, run, "- [[X]] babb2q\n", "- babb1q\n")
    assert back == ["N.md: doubled or brought back babb1q"]
    block = "%% vaultsync:begin papers %%\n{}%% vaultsync:end papers %%\n"
    swallowed = complaints("N.md", before, run, now, block.format("- babb1q\n- babb3q\n"))
    assert swallowed == ["N.md: babb1q came into a list", "N.md: babb3q came into a list"]
