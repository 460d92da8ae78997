"""A link that the person took out stays out, also one that no run ever saw where it was taken out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest
from conftest import Command
from gitrepo import Repo
from remembered import CONFERENCE, PAPER, TAKEN_OUT, change, move, repo, text

from vaultsync.core.config.config import DECISIONS_PATH

__all__ = ["repo"]

ELSEWHERE, RENAMED = "Conferences/E.md", "Events/F.md"
LINKED = "- saw [[P|QuxNet7]] today"
SETTINGS = ".vaultsync/config.toml"


@pytest.fixture
def linked(repo: Repo, vaultsync: Command) -> Repo:
    """A vault in order: the paper is linked in one conference note, and there is another one."""
    repo.write(ELSEWHERE, "---\ntitle: E\ndate: 2025-05-05\ntags:\n  - conference\n---\n# Monday\n- hello\n")
    vaultsync("fix", "--yes", cwd=repo.path)
    assert LINKED in text(repo, CONFERENCE)
    return repo


def nothing(vaultsync: Command, repo: Repo) -> None:
    pass


def by_git(vaultsync: Command, repo: Repo) -> None:
    repo.save()


def by_a_run_that_links_nothing(vaultsync: Command, repo: Repo) -> None:
    repo.write(SETTINGS, "[rules]\nlink-in-place = false\n")
    assert vaultsync("fix").code == 0
    (repo.path / SETTINGS).unlink()


def by_a_run_with_one_rule(vaultsync: Command, repo: Repo) -> None:
    assert vaultsync("fix", "--rule", "fm-tags").code == 0


def the_note_is_renamed(vaultsync: Command, repo: Repo) -> None:
    if (repo.path / ELSEWHERE).exists():
        move(repo, ELSEWHERE, RENAMED)


Commit = Callable[[Command, Repo], None]
COMMITS = [by_git, by_a_run_that_links_nothing, by_a_run_with_one_rule]


def the_other_note(repo: Repo) -> str:
    return ELSEWHERE if (repo.path / ELSEWHERE).exists() else RENAMED


def the_line_is_moved(repo: Repo, line: str = LINKED) -> None:
    change(repo, CONFERENCE, f"{LINKED}\n", "")
    change(repo, the_other_note(repo), "- hello\n", f"- hello\n{line}\n")


def the_link_is_taken_out(repo: Repo) -> None:
    change(repo, the_other_note(repo), "[[P|QuxNet7]]", "QuxNet7")


@pytest.mark.parametrize(
    ("after_the_move", "after_the_removal"),
    [
        *((commit, commit) for commit in COMMITS),
        *((nothing, commit) for commit in (nothing, by_git)),
        (by_git, nothing),
        (by_a_run_that_links_nothing, the_note_is_renamed),
    ],
)
def test_a_line_that_was_moved_into_another_note_and_lost_its_link(
    vaultsync: Command, linked: Repo, after_the_move: Commit, after_the_removal: Commit
) -> None:
    the_line_is_moved(linked)
    after_the_move(vaultsync, linked)
    the_link_is_taken_out(linked)
    after_the_removal(vaultsync, linked)
    vaultsync("fix")
    assert TAKEN_OUT in text(linked, the_other_note(linked))
    assert vaultsync("fix", "--check").code == 0


def test_a_line_that_lost_its_link_on_the_way_where_all_notes_are_looked_at_anew(
    vaultsync: Command, linked: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultsync.runs.taken_out.SEARCHED", 2)
    the_line_is_moved(linked, TAKEN_OUT)
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    vaultsync("fix")
    assert TAKEN_OUT in text(linked, ELSEWHERE)


def test_a_link_of_the_persons_own_that_came_and_went_by_commits(vaultsync: Command, linked: Repo) -> None:
    other = "- read [[P|QuxNet7]] at home"
    change(linked, ELSEWHERE, "- hello\n", f"- hello\n{other}\n")
    linked.save()
    the_link_is_taken_out(linked)
    the_note_is_renamed(vaultsync, linked)
    linked.save()
    vaultsync("fix")
    assert "- read QuxNet7 at home" in text(linked, RENAMED)
    decided = f'["{RENAMED}", "quxnet7", "{PAPER}"]'
    assert decided in text(linked, DECISIONS_PATH)
    vaultsync("links", "accept", RENAMED, "QuxNet7", PAPER)
    vaultsync("fix")
    assert other in text(linked, RENAMED)


def a_line_that_says_the_same_is_typed_elsewhere(vaultsync: Command, repo: Repo) -> None:
    """No more than the paper's name: nobody moved it."""
    change(repo, CONFERENCE, LINKED, "- [[P|QuxNet7]]")
    vaultsync("fix")
    change(repo, CONFERENCE, "- [[P|QuxNet7]]\n", "")
    change(repo, ELSEWHERE, "- hello\n", "- hello\n- QuxNet7\n")


def the_line_is_moved_to_one_note_and_typed_in_another(vaultsync: Command, repo: Repo) -> None:
    the_line_is_moved(repo)
    repo.write("Conferences/G.md", text(repo, ELSEWHERE).replace(LINKED, TAKEN_OUT))


def the_link_was_made_again_later(vaultsync: Command, repo: Repo) -> None:
    """As the person had accepted it; it went with the paper alone, by a run."""
    paper = text(repo, PAPER)
    the_line_is_moved(repo)
    repo.save()
    the_link_is_taken_out(repo)
    repo.save()
    vaultsync("links", "accept", ELSEWHERE, "QuxNet7", PAPER)
    vaultsync("fix")
    assert LINKED in text(repo, ELSEWHERE)
    (repo.path / DECISIONS_PATH).unlink()
    (repo.path / PAPER).unlink()
    vaultsync("fix")
    assert TAKEN_OUT in text(repo, ELSEWHERE)
    repo.write(PAPER, paper.split("%%")[0])


@pytest.mark.parametrize(
    "act",
    [
        a_line_that_says_the_same_is_typed_elsewhere,
        the_line_is_moved_to_one_note_and_typed_in_another,
        the_link_was_made_again_later,
    ],
)
def test_what_nobody_took_out_is_linked(vaultsync: Command, linked: Repo, act: Commit) -> None:
    act(vaultsync, linked)
    vaultsync("fix")
    for note in (linked.path / "Conferences").iterdir():
        said = note.read_text(encoding="utf-8")
        assert "QuxNet7" not in said.replace("[[P|QuxNet7]]", ""), note
    assert not (linked.path / DECISIONS_PATH).exists()
