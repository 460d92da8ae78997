"""Nothing is concluded about a person from a note that has changed since it was read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import smallvault
from conftest import Command
from daemons import repository, settings
from gitrepo import Repo

from vaultsync.cli.wiring import the_cycle
from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import Committed
from vaultsync.core.text.editor_edits import text_digest
from vaultsync.files.disk import RealDisk
from vaultsync.git.repository import Git
from vaultsync.runs.editing import Editing
from vaultsync.runs.request import Request
from vaultsync.vault.consent import give_consent
from vaultsync.vault.open import open_vault

NOTE = smallvault.CONFERENCE
NEW = "Papers/EquiFold.md"


@pytest.fixture
def repo(tmp_path: Path, vaultsync: Command) -> Repo:
    """The small vault, in order, whose rules somebody agreed to."""
    root = smallvault.write(tmp_path / "vault")
    settings(root)
    assert vaultsync("fix", "--yes", "--no-commit", "--vault", str(root)).code == 0
    give_consent(root.resolve())
    return repository(root)


@pytest.mark.parametrize("dirty", [(), (NOTE,), (smallvault.PLAIN,), None])
def test_edits_of_an_editor_that_a_run_commits_by_the_journal_are_not_taken_out(
    repo: Repo, dirty: tuple[str, ...] | None
) -> None:
    with the_cycle(open_vault(repo.path), lambda stage, done, total: None) as cycle:
        cycle.run(Request())
        editing = Editing(cycle, time.monotonic)
        typed = repo.content(NOTE) + "## Talk: More\n- as slow as DiffSBDD\n"
        repo.write(NOTE, typed)
        offered = editing.offer(NOTE, typed)
        assert offered.plan.change is not None
        after = offered.plan.change.after.text
        repo.write(NOTE, after)
        reached = () if dirty is None else (*dirty, *offered.plan.reached)
        report = cycle.run(Request(is_open=lambda path: path == NOTE), None if dirty is None else reached)
        assert report.denied == ()
        done = editing.applied(NOTE, offered.run, text_digest(after))
        assert done.ours
        (commit,) = done.commits
        assert commit in report.commits
        assert cycle.run(Request()).denied == ()
    assert repo.content(NOTE) == after
    assert "deny" not in _decisions(repo)
    assert repo.status == ""


@pytest.mark.parametrize("how", ["typed on", "typed on, the journal gone", "at a save"])
def test_edits_are_a_run_whatever_happens_to_their_note_at_any_moment_of_the_commit(
    how: str, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each look of ours in turn, and at git's, the file holds more, or half of a save (and then more)."""
    moment, more, file = 0, "", repo.path / NOTE

    def happens() -> None:
        nonlocal moment
        moment -= 1
        if moment == 0:
            file.write_text("" if how == "at a save" else more, "utf-8")

    def read(disk: RealDisk, path: str, name: str, limit: int) -> bytes | Problem:
        if path == NOTE:
            happens()
        data = real_read(disk, path, name, limit)
        if path == NOTE and moment == 0 and how == "at a save":
            file.write_text(more, "utf-8")
        return data

    def commit(git: Git, *args: Any, **options: Any) -> Committed | None:
        happens()
        made = real_commit(git, *args, **options)
        if moment == 0:
            file.write_text(more, "utf-8")
        return made

    real_read, real_commit = RealDisk._read, Git.commit
    with the_cycle(open_vault(repo.path), lambda stage, done, total: None) as cycle:
        cycle.run(Request())
        editing = Editing(cycle, time.monotonic)
        monkeypatch.setattr(RealDisk, "_read", read)
        monkeypatch.setattr(Git, "commit", commit)
        for number in range(1, 20):
            typed = file.read_text("utf-8") + f"## Talk: No. {number}\n- as slow as DiffSBDD\n"
            repo.write(NOTE, typed)
            offered = editing.offer(NOTE, typed)
            assert offered.plan.change is not None
            after = offered.plan.change.after.text
            repo.write(NOTE, after)
            if how == "typed on, the journal gone":
                cycle.ports.journal.write([])
            moment, more = number, f"{after}- and typed on {number}\n"
            done = editing.applied(NOTE, offered.run, text_digest(after))
            is_over, moment = moment > 0, 0
            made = done.commits if done.ours else editing.finish()
            assert [one.whose for one in made] == ["vaultsync"], (number, done)
            assert repo.git("show", f"{made[0].sha}:{NOTE}") == after, number
            assert NOTE not in editing.offers
            assert file.read_text("utf-8") == (after if is_over else more)
            if is_over:
                break
        assert 4 <= number < 19


def test_what_another_process_has_just_linked_is_not_taken_out(repo: Repo) -> None:
    with the_cycle(open_vault(repo.path), lambda stage, done, total: None) as daemon:
        repo.write(NOTE, repo.content(NOTE) + "## Talk: More\n- EquiFold folds loops\n")
        daemon.run(Request())
        repo.write(NEW, "---\ntitle: 'EquiFold: Folding of Loops'\ntags:\n  - paper\n---\n")
        with the_cycle(open_vault(repo.path), lambda stage, done, total: None) as other:
            assert NOTE in {change.path for change in other.run(Request()).changes}
        assert "[[EquiFold]]" in repo.content(NOTE)
        report = daemon.run(Request(), (NEW,))  # the hint of the conference note has not come yet
        assert (report.denied, report.changes) == ((), ())
    assert "[[EquiFold]]" in repo.content(NOTE)
    assert "deny" not in _decisions(repo)
    assert "contested" not in _decisions(repo)


def test_a_link_that_was_taken_out_is_denied_all_the_same(repo: Repo) -> None:
    with the_cycle(open_vault(repo.path), lambda stage, done, total: None) as daemon:
        repo.write(NOTE, repo.content(NOTE) + "## Talk: More\n- EquiFold folds loops\n")
        repo.write(NEW, "---\ntitle: 'EquiFold: Folding of Loops'\ntags:\n  - paper\n---\n")
        daemon.run(Request())
        repo.write(NOTE, repo.content(NOTE).replace("[[EquiFold]]", "EquiFold"))
        assert len(daemon.run(Request(), (NOTE,)).denied) == 1
    assert "[[EquiFold]]" not in repo.content(NOTE)


def _decisions(repo: Repo) -> str:
    file = repo.path / ".vaultsync" / "decisions.toml"
    return file.read_text(encoding="utf-8") if file.exists() else ""
