"""A note's names that no commit ever had are known as long as something speaks of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from remembered import CONFERENCE, DAILY, PAPER, RENAMED, TAKEN_OUT, change, move, repo, rest, text

from vaultsync.cli.wiring import the_cycle
from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import Problem
from vaultsync.files.disk import RealDisk
from vaultsync.runs.cycle import Request
from vaultsync.vault.open import open_vault

__all__ = ["repo"]

BETWEEN = "Papers/Between.md"


def a_name_that_no_commit_has(vaultsync: Command, repo: Repo) -> None:
    """The paper was renamed, and is staged in part since; its link in a conference note is denied."""
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    repo.write(PAPER, text(repo, PAPER) + "one\n")
    repo.git("add", PAPER)
    repo.write(PAPER, text(repo, PAPER) + "two\n")
    move(repo, PAPER, BETWEEN)
    vaultsync("fix")
    move(repo, BETWEEN, "Papers/Again.md")
    vaultsync("fix")
    assert '"Papers/Again.md"]' in text(repo, DECISIONS_PATH)
    rest(repo)
    vaultsync("fix")


def links_are_written_otherwise(vaultsync: Command, repo: Repo) -> None:
    repo.write(".obsidian/app.json", '{"newLinkFormat": "absolute"}')


def a_rule_is_switched_off(vaultsync: Command, repo: Repo) -> None:
    repo.write(".vaultsync/config.toml", "[rules]\nfm-tags = false\n")


def a_decision_by_hand(vaultsync: Command, repo: Repo) -> None:
    repo.write(DECISIONS_PATH, text(repo, DECISIONS_PATH).replace("# What", "# That is what"))


def a_look(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--check")


def a_look_at_links(vaultsync: Command, repo: Repo) -> None:
    vaultsync("links")


def a_status(vaultsync: Command, repo: Repo) -> None:
    vaultsync("status")


def other_settings_and_a_look(vaultsync: Command, repo: Repo) -> None:
    links_are_written_otherwise(vaultsync, repo)
    a_look(vaultsync, repo)
    a_look_at_links(vaultsync, repo)


@pytest.mark.parametrize(
    "between",
    [
        *(links_are_written_otherwise, a_rule_is_switched_off, a_decision_by_hand),
        *(a_look, a_look_at_links, a_status, other_settings_and_a_look),
    ],
)
def test_a_decision_follows_whatever_empties_the_cache_or_looks_at_the_vault(
    vaultsync: Command, repo: Repo, between: Callable[[Command, Repo], None]
) -> None:
    a_name_that_no_commit_has(vaultsync, repo)
    move(repo, "Papers/Again.md", RENAMED)
    between(vaultsync, repo)
    vaultsync("fix")
    decided = text(repo, DECISIONS_PATH)
    assert f'["{CONFERENCE}", "quxnet7", "{RENAMED}"]' in decided
    assert "Again" not in decided
    assert TAKEN_OUT in text(repo, CONFERENCE)
    assert vaultsync("fix", "--check").code == 0


@pytest.mark.parametrize("under_git", [True, False])
def test_a_note_that_is_busy_during_a_rename_without_commits_follows_it_later(
    vaultsync: Command, repo: Repo, under_git: bool
) -> None:
    repo.write("Daily/Plan.md", "a plan of mine\n")
    if not under_git:
        shutil.rmtree(repo.path / ".git")
    repo.write(".vaultsync/config.toml", "[git]\ncommit = false\n")
    repo.write("Daily/E.md", "see [[Plan]] there\n")
    vaultsync("fix", "--yes", cwd=repo.path)
    with the_cycle(open_vault(repo.path), lambda stage, done, total: None) as cycle:
        cycle.run(Request())
        move(repo, "Daily/Plan.md", "Daily/Plan B.md")
        repo.write("Daily/E.md", text(repo, "Daily/E.md") + "typing\n")
        at_work = Request(is_busy=lambda path: path == "Daily/E.md")
        cycle.run(at_work, dirty=["Daily/Plan.md", "Daily/Plan B.md"])
        assert "[[Plan]]" in text(repo, "Daily/E.md")
        cycle.run(Request(), dirty=["Daily/E.md"])
    assert text(repo, "Daily/E.md") == "see [[Plan B]] there\ntyping\n"


def test_a_folder_that_is_ignored_from_now_on_is_not_gone(vaultsync: Command, repo: Repo) -> None:
    shutil.rmtree(repo.path / ".git")
    repo.write(".vaultsync/config.toml", "[git]\ncommit = false\n")
    vaultsync("fix", "--yes", cwd=repo.path)
    assert "[[P|QuxNet7]]" in text(repo, CONFERENCE)
    repo.write(".vaultsync/config.toml", '[git]\ncommit = false\n[vault]\nignore = ["Papers"]\n')
    repo.write("Copies/P2.md", text(repo, PAPER))
    before = text(repo, CONFERENCE)
    vaultsync("fix")
    assert text(repo, CONFERENCE) == before
    assert text(repo, DAILY) == "see [[P]] there\n"


@pytest.mark.parametrize("names", [[RENAMED], [BETWEEN, "Archive/Q.md"]])
@pytest.mark.parametrize("what", [PAPER, CONFERENCE])
def test_a_link_taken_out_stays_out_where_no_commit_has_the_names_of_its_notes(
    vaultsync: Command, repo: Repo, what: str, names: list[str]
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    repo.write(".vaultsync/config.toml", "[git]\ncommit = false\n")
    name = what
    for new in names:
        move(repo, name, new)
        vaultsync("fix")
        rest(repo)
        vaultsync("fix")
        name = new
    paper, conference = (name, CONFERENCE) if what == PAPER else (PAPER, name)
    link = f"[[{Path(paper).stem}|QuxNet7]]"
    change(repo, conference, link, "QuxNet7")
    vaultsync("fix")
    assert TAKEN_OUT in text(repo, conference)
    assert f'["{conference}", "quxnet7", "{paper}"]' in text(repo, DECISIONS_PATH)


def test_a_decision_follows_a_rename_that_mere_looks_saw_first(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    move(repo, CONFERENCE, "Conferences/Other.md")
    for _ in range(2):
        vaultsync("fix", "--check")
        assert '["Conferences/Other.md"' not in text(repo, DECISIONS_PATH)
    vaultsync("fix")
    assert '["Conferences/Other.md"' in text(repo, DECISIONS_PATH)


def test_a_note_that_is_never_written_has_no_other_read_again(
    vaultsync: Command, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look has all notes read where one is gone; not because one of them waits for its change."""
    monkeypatch.setattr("vaultsync.vault.cache.RACY_NS", 0)  # the test's files are no older
    repo.write("Gone.md", "It went with a commit.\n")
    for n in range(20):
        repo.write(f"Other {n}.md", "See [[Nothing]].\n")
    repo.save()
    (repo.path / "Gone.md").unlink()
    repo.save()
    repo.write(".gitignore", "Kept back.md\n")
    repo.write("Conferences/Kept back.md", text(repo, CONFERENCE))
    assert "Conferences/Kept back.md" in vaultsync("fix", "--yes", cwd=repo.path).out
    read: list[str] = []
    read_many = RealDisk.read_many

    def counted(self: RealDisk, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Problem]]:
        read.extend(paths := list(paths))
        return read_many(self, paths)

    monkeypatch.setattr(RealDisk, "read_many", counted)
    assert "Conferences/Kept back.md" in vaultsync("fix", "--check").out
    assert {path for path in read if path.startswith("Other")} == set()
    (repo.path / "Other 1.md").unlink()
    vaultsync("fix", "--check")
    assert {path for path in read if path.startswith("Other")} != set()
