"""Devices on which people do anything, and syncs that die anywhere: all end with the same, nothing is lost.

A few examples of what `python -m bench.sync --examples 1000` does at length.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from gitrepo import git_env
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bench.sync import ACTS, World, saves

__all__ = ["git_env"]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills are played in a fork")

MEMORY = Path("/dev/shm")  # a kill is no power cut: what a disk would have synced makes no difference

numbers = st.integers(0, 2)
places = st.integers(0, 9_999)


class Devices(RuleBasedStateMachine):
    """Two or three devices; each rule is one thing that somebody does, or a sync."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="sync-", dir=MEMORY if MEMORY.is_dir() else None))

    @initialize(count=st.integers(2, 3))
    def begin(self, count: int) -> None:
        self.world = World(self.folder, count)

    @rule(act=st.sampled_from(sorted(ACTS)), number=numbers, where=places)
    def act(self, act: str, number: int, where: int) -> None:
        getattr(self.world, act)(number, where)

    @rule(act=st.sampled_from(sorted(ACTS)), number=numbers, where=places)
    def act_again(self, act: str, number: int, where: int) -> None:
        getattr(self.world, act)(number, where)

    @rule(number=numbers)
    def sync(self, number: int) -> None:
        self.world.sync(number)

    @rule(number=numbers, where=places)
    def die(self, number: int, where: int) -> None:
        self.world.kill(number, where)

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                assert list(self.world.wrong_when_settled()) == []
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def test_whatever_people_do_all_devices_end_with_the_same_and_nothing_is_lost(git_env: Path) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    limits = settings(
        max_examples=12,
        stateful_step_count=14,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Devices, settings=limits)


def test_a_word_that_is_lost_or_doubled_would_be_noticed(git_env: Path, tmp_path: Path) -> None:
    world = World(tmp_path / "world", 2)
    world.append(0, 0)
    world.append(0, 1)
    assert list(world.wrong_when_settled()) == []
    first, second = sorted(world.alive)
    for file in world.devices[0].path.rglob("*.md"):
        text = file.read_text()
        if first in text:
            file.write_text(text.replace(first, "gone") + "<<<<<<< ours\n")
        if second in text:
            file.write_text(text + f"{second}\n")
    found = "\n".join(world.wrong_when_settled())
    assert f"lost: {first}" in found
    assert f"{second} twice" in found
    assert "a conflict marker" in found


def test_a_sync_that_dies_at_each_of_its_steps_is_finished_by_the_next(git_env: Path, tmp_path: Path) -> None:
    memory = Path(tempfile.mkdtemp(prefix="sync-", dir=MEMORY if MEMORY.is_dir() else tmp_path))
    try:
        world = World(memory / "world", 2)
        at, died = 3, 0
        while at < 130:
            world.append(0, at)
            world.insert(0, at + 1)
            world.sync(0)
            world.insert(1, at)
            world.append(1, at + 2)
            died += world.devices[1].sync_killed(at, rules=True)
            at += 9
        assert died >= 8
        assert list(world.wrong_when_settled()) == []
    finally:
        shutil.rmtree(memory, ignore_errors=True)


def test_no_save_is_lost_while_notes_come(git_env: Path, tmp_path: Path) -> None:
    made, lost = saves(tmp_path / "saves", 150, seed=7)
    assert made >= 150
    assert lost == 0
