"""A clock that is set forward or back, between runs and under a running daemon: all goes on as it did."""

from __future__ import annotations

from pathlib import Path

import pytest
import smallvault
from conftest import Command
from daemons import daemon, repository, settings, until
from gitrepo import Repo
from shifted_clock import CAN_SHIFT, ShiftedClock
from smallvault import CONFERENCE

from vaultsync.vault.consent import give_consent

pytestmark = pytest.mark.skipif(not CAN_SHIFT, reason="the library is Linux's, and built with cc")

DAY = 86_400
JUMPS = (400 * DAY, -400 * DAY, -30, 0, 5)
"""A machine without a battery for its clock, a wrong time zone, a correction by some seconds."""


@pytest.fixture
def clock(tmp_path: Path) -> ShiftedClock:
    return ShiftedClock(tmp_path / "clock")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    root = smallvault.write(tmp_path / "vault")
    settings(root, quiet=0.2)
    give_consent(root)
    return repository(root)


def type_talk(repo: Repo, clock: ShiftedClock, number: int) -> str:
    """Save a talk that names a paper, as an editor does under this clock."""
    note = repo.path / CONFERENCE
    line = f"- talk {number}: DiffSBDD\n"
    fresh = note.with_name("fresh.tmp")
    fresh.write_text(note.read_text() + f"## Talk: {number}\n{line}")
    clock.touch(fresh)
    fresh.replace(note)
    return line


def linked(line: str) -> str:
    return line.replace("DiffSBDD", "[[DiffSBDD]]")


def test_a_daemon_goes_on_while_its_clock_jumps(
    repo: Repo, clock: ShiftedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        for name, value in clock.environment.items():
            patched.setenv(name, value)
        with daemon(repo.path) as running:
            for number, seconds in enumerate(JUMPS):
                clock.set(seconds)
                line = linked(type_talk(repo, clock, number))
                until(lambda line=line: line in repo.content(CONFERENCE), f"talk {number}")  # type: ignore[misc]
                told = running.until_idle()
                assert told["running"]
                assert told["waiting"] is None
            running.stop()
            assert running.process.returncode == 0
    years = {int(line[:4]) for line in repo.git("log", "--format=%cI").splitlines()}
    assert len(years) >= 2  # it was this clock that git and vaultsync went by
    assert repo.status == ""
    text = repo.content(CONFERENCE)
    assert all(linked(f"- talk {number}: DiffSBDD\n") in text for number in range(len(JUMPS)))


def test_runs_are_told_and_taken_back_in_their_order_whatever_the_clock_said(
    process: Command, repo: Repo, clock: ShiftedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []
    with monkeypatch.context() as patched:
        for name, value in clock.environment.items():
            patched.setenv(name, value)
        for number, seconds in enumerate(JUMPS[:3]):
            clock.set(seconds)
            type_talk(repo, clock, number)
            texts.append((repo.path / CONFERENCE).read_text())
            code, out, err = process("fix", "--yes", cwd=repo.path)
            assert code == 0, out + err
            assert process("fix", cwd=repo.path).err.startswith("nothing to do")
            assert repo.status == ""
        runs = process("log", "--json", cwd=repo.path).data
        assert [run["changed_since"] for run in runs] == [False] * 3
        assert [run["commit"] for run in runs] == repo.git(
            "log", "--topo-order", "--format=%H", "--grep=^Vaultsync-Run: "
        ).split()
        assert process("undo", cwd=repo.path).code == 0
    assert (repo.path / CONFERENCE).read_text() == texts[-1]
