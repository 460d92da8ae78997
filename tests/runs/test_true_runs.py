"""Whether commits are what their runs did: what is read for that, and how often."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import write
from started_gits import gits

__all__ = ["gits"]


@pytest.fixture
def large(vaultsync: Command, tmp_path: Path) -> Repo:
    """A vault whose one run changed fourteen notes."""
    repo = Repo(write(tmp_path / "vault"))
    repo.git("init", "-q")
    for number in range(12):
        repo.write(f"Papers/P{number}.md", f"---\ntitle: P{number}\ntags: paper\n---\n")
    vaultsync("fix", cwd=repo.path)
    return repo


def test_of_a_large_run_each_side_is_listed_once_however_many_parts_it_is_read_in(
    vaultsync: Command, large: Repo, gits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed for each part anew, the work grew with the square of the vault."""
    monkeypatch.setattr("vaultsync.git.history._NAMED", 1)
    monkeypatch.setattr("vaultsync.runs.true_runs.AT_ONCE", 4)
    assert [run["changed_since"] for run in vaultsync("log", "--json", cwd=large.path).data] == [False]
    assert gits.count("ls-tree") == 2
    assert gits.count("cat-file") >= 6


def test_a_run_that_was_found_true_is_not_read_again(
    vaultsync: Command, large: Repo, gits: list[str]
) -> None:
    first = vaultsync("log", "--json", cwd=large.path).out
    assert gits.count("cat-file") == 2
    gits.clear()
    assert vaultsync("log", "--json", cwd=large.path).out == first
    assert gits == ["rev-parse", "config", "log", "log", "diff"]


def test_a_run_that_is_not_what_it_did_is_told_as_such_each_time(vaultsync: Command, large: Repo) -> None:
    assert "not what this run did" not in vaultsync("log", cwd=large.path).out
    large.write("Mine.md", "typed by hand\n")
    large.git("add", "Mine.md")
    large.git("commit", "-q", "--amend", "--no-edit")
    for _ in range(2):
        assert vaultsync("log", cwd=large.path).out.count("not what this run did: amended") == 1


def test_a_damaged_memory_of_true_runs_counts_as_none(
    vaultsync: Command, large: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = vaultsync("log", "--json", cwd=large.path).out
    monkeypatch.setattr("vaultsync.vault.cache.Cache.kept", lambda self, name: b"\xc1")
    assert vaultsync("log", "--json", cwd=large.path).out == told
