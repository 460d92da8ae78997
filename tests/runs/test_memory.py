"""What is remembered of earlier runs holds, whatever ran in between: renames, decisions, links taken out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Command
from doubles import MemoryDisk
from gitrepo import Repo
from remembered import (
    CONFERENCE,
    DAILY,
    NOTES,
    OTHER,
    PAPER,
    RENAMED,
    TAKEN_OUT,
    change,
    move,
    repo,
    rest,
    text,
)

from vaultsync.cli.wiring import the_cycle
from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import GitError
from vaultsync.core.links.decisions import Decision
from vaultsync.core.plan.change import Change
from vaultsync.git.process import GitFailed, GitProcess
from vaultsync.runs.cycle import Request
from vaultsync.runs.earlier_runs import Past
from vaultsync.runs.taken_out import TakenOut
from vaultsync.vault.open import open_vault

__all__ = ["repo"]


# Renames


def an_undo(vaultsync: Command, repo: Repo) -> None:
    vaultsync("undo")


def a_fix_of_one_note(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", OTHER)


def a_fix_with_one_rule(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--rule", "fm-tags")


def an_import(vaultsync: Command, repo: Repo) -> None:
    repo.write("list.txt", "arXiv:2302.00009\n")
    vaultsync("import", "list.txt")


def a_fix_beside_a_staged_note(vaultsync: Command, repo: Repo) -> None:
    repo.write(DAILY, text(repo, DAILY) + "one\n")
    repo.git("add", DAILY)
    repo.write(DAILY, text(repo, DAILY) + "two\n")
    vaultsync("fix")
    repo.git("reset", "-q")


def commits_by_hand(vaultsync: Command, repo: Repo) -> None:
    repo.save("the old one goes and the new one comes")
    repo.save("and more", **{"Else.md": "more\n"})


def a_lost_cache(vaultsync: Command, repo: Repo) -> None:
    repo.save()
    vaultsync("fix", OTHER)
    for folder in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        shutil.rmtree(os.environ[folder], ignore_errors=True)


BETWEEN = [
    *(an_undo, a_fix_of_one_note, a_fix_with_one_rule, an_import, a_fix_beside_a_staged_note),
    *(commits_by_hand, a_lost_cache),
]


@pytest.mark.parametrize("cache", [True, False])
def test_a_note_that_comes_back_with_links_of_old_is_followed_by_one_fix(
    vaultsync: Command, repo: Repo, cache: bool
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    kept = text(repo, DAILY)
    (repo.path / DAILY).unlink()
    vaultsync("fix")
    move(repo, PAPER, RENAMED)
    vaultsync("fix")
    rest(repo)
    vaultsync("fix")
    repo.write("Daily/Restored.md", kept + "and [[Never written]]\n")
    if not cache:
        shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    vaultsync("fix")
    assert text(repo, "Daily/Restored.md") == "see [[Pnew]] there\nand [[Never written]]\n"
    assert vaultsync("fix", "--check").code == 0


def test_a_rename_after_a_run_that_was_taken_back_and_again_is_followed(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    vaultsync("undo")
    vaultsync("undo")
    move(repo, PAPER, RENAMED)
    vaultsync("fix")
    assert "[[Pnew|QuxNet7]]" in text(repo, CONFERENCE)


@pytest.mark.parametrize("between", BETWEEN)
def test_a_rename_is_followed_whatever_ran_in_between(
    vaultsync: Command, repo: Repo, between: Callable[[Command, Repo], None]
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "today", "today\n- and VexFormer8 too")
    vaultsync("fix")
    move(repo, PAPER, RENAMED)
    between(vaultsync, repo)
    vaultsync("fix", "--yes")
    assert text(repo, DAILY).startswith("see [[Pnew]] there\n")
    assert "[[Pnew|QuxNet7]]" in text(repo, CONFERENCE)
    assert text(repo, RENAMED).count("saw QuxNet7 today") == 1
    assert vaultsync("fix", "--check").code == 0


@pytest.mark.parametrize("between", BETWEEN)
def test_a_link_that_starts_from_the_folder_of_a_moved_note_is_followed_whatever_ran_in_between(
    vaultsync: Command, repo: Repo, between: Callable[[Command, Repo], None]
) -> None:
    """The note that went is the one with the link: no link leads to its old name."""
    repo.write("Elsewhere/Q.md", "q\n")
    repo.write("Notes/N.md", "by [[../Papers/P|me]] and [a book](../Elsewhere/Q.md)\n")
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "today", "today\n- and VexFormer8 too")
    vaultsync("fix")
    move(repo, "Notes/N.md", "Notes/Old/N.md")
    between(vaultsync, repo)
    vaultsync("fix", "--yes")
    followed = text(repo, "Notes/Old/N.md")
    assert (
        followed.replace("../Papers", "Papers").replace("../../E", "E") == "by [[P|me]] and [a book](Q.md)\n"
    )
    assert vaultsync("fix", "--check").code == 0


@pytest.mark.parametrize("work", ["is_busy", "is_open"])
def test_a_note_that_is_worked_on_beside_the_daemon_follows_a_rename_when_it_has_come_to_rest(
    vaultsync: Command, repo: Repo, work: str
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "today", "today\n- and VexFormer8 too")
    with the_cycle(open_vault(repo.path), lambda stage, done, total: None) as cycle:
        cycle.run(Request())
        move(repo, PAPER, RENAMED)
        repo.write(DAILY, text(repo, DAILY) + "typing\n")
        at_work = Request(**{work: lambda path: path == DAILY})
        cycle.run(at_work, dirty=[PAPER, RENAMED])
        assert "[[Pnew|QuxNet7]]" in text(repo, CONFERENCE)
        assert "[[P]]" in text(repo, DAILY)
        cycle.run(at_work, dirty=[OTHER])
        assert "[[P]]" in text(repo, DAILY)
        cycle.run(Request(), dirty=[DAILY])
    assert text(repo, DAILY) == "see [[Pnew]] there\ntyping\n"


def test_a_note_that_only_the_persons_last_commit_has_is_followed(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    repo.write("Daily/Plan.md", "# Plan\nhello\n")
    repo.write("Daily/Other.md", "see [[Plan]]\n")
    vaultsync("fix")
    move(repo, "Daily/Plan.md", "Daily/Plan B.md")
    vaultsync("fix")
    assert text(repo, "Daily/Other.md") == "see [[Plan B]]\n"


def test_a_rename_is_followed_on_a_device_that_was_not_there(
    vaultsync: Command, repo: Repo, tmp_path: Path
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    move(repo, PAPER, RENAMED)
    vaultsync("fix", OTHER)
    repo.save()
    other = Repo(tmp_path / "other")
    repo.git("clone", "-q", str(repo.path), str(other.path))
    (other.path / ".obsidian").mkdir()
    assert vaultsync("fix", "--yes", cwd=other.path).code == 0
    assert text(other, DAILY) == "see [[Pnew]] there\n"


@pytest.mark.parametrize("followed", [True, False], ids=["with a run between", "with none"])
def test_a_note_that_is_renamed_twice_is_followed_from_either_name(
    vaultsync: Command, repo: Repo, followed: bool
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    move(repo, PAPER, "Papers/A/P.md")
    if followed:
        vaultsync("fix")
    repo.save()
    repo.write("Daily/E.md", "by path [[Papers/A/P]]\n")
    repo.write("Daily/F.md", "by its first path [[Papers/P]]\n")
    repo.save()
    move(repo, "Papers/A/P.md", "Papers/Longer/Q.md")
    vaultsync("fix")
    assert text(repo, DAILY) == "see [[Q]] there\n"
    assert text(repo, "Daily/E.md") == "by path [[Q]]\n"
    assert text(repo, "Daily/F.md") == "by its first path [[Q]]\n"
    assert "[[Q|QuxNet7]]" in text(repo, CONFERENCE)


def test_a_link_that_leads_to_a_namesake_by_now_is_left_alone(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    move(repo, PAPER, RENAMED)
    repo.save()
    repo.write("Daily/P.md", "another\n")
    repo.save()
    vaultsync("fix")
    assert text(repo, DAILY) == "see [[P]] there\n"


def test_what_was_denied_stays_denied_when_the_note_is_renamed_and_something_ran_in_between(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("links", "deny", CONFERENCE, "QuxNet7", PAPER, cwd=repo.path)
    vaultsync("fix", "--yes")
    repo.write("Conferences/D.md", text(repo, CONFERENCE).replace("QuxNet7", "VexFormer8"))
    vaultsync("fix")
    move(repo, CONFERENCE, "Conferences/C2.md")
    vaultsync("undo")
    vaultsync("fix")
    assert TAKEN_OUT in text(repo, "Conferences/C2.md")


@pytest.mark.parametrize("ever", ["--no-commit", "[git] commit"])
def test_a_note_renamed_again_and_again_between_commits_is_followed(
    vaultsync: Command, repo: Repo, ever: str
) -> None:
    vaultsync("fix", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    if ever != "--no-commit":
        repo.write(".vaultsync/config.toml", "[git]\ncommit = false\n")
    options = ["--no-commit"] if ever == "--no-commit" else []
    for old, new in (
        (PAPER, RENAMED),
        (RENAMED, "Archive/Once more.md"),
        ("Archive/Once more.md", "Papers/Z.md"),
    ):
        move(repo, old, new)
        rest(repo)
        assert vaultsync("fix", *options).code == 0
        assert text(repo, DAILY) == f"see [[{Path(new).stem}]] there\n"
        assert TAKEN_OUT in text(repo, CONFERENCE)
        assert f'["{CONFERENCE}", "quxnet7", "{new}"]' in text(repo, DECISIONS_PATH)
    (repo.path / ".vaultsync/config.toml").unlink(missing_ok=True)
    vaultsync("fix")
    assert vaultsync("fix", "--check").code == 0


def test_a_run_without_commits_goes_on_beside_a_repository_that_is_damaged(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", cwd=repo.path)
    for folder in (repo.path / ".git" / "objects").glob("??"):
        shutil.rmtree(folder)
    move(repo, PAPER, RENAMED)
    change(repo, CONFERENCE, "today\n", "today\n- and VexFormer8\n")
    assert vaultsync("fix", "--no-commit").code == 0
    assert "[[R|VexFormer8]]" in text(repo, CONFERENCE)


@pytest.mark.parametrize("lasts", [False, True])
def test_a_history_that_fails_at_any_question_is_unreadable_or_ends_the_run(
    vaultsync: Command, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lasts: bool
) -> None:
    """Without commits: what can't be read from some question on is left out, and the vault is mended.

    One failure in a history that can be read says nothing of what the person took out: nothing is written.
    """
    vaultsync("fix", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    move(repo, OTHER, "Papers/Rnew.md")
    change(repo, CONFERENCE, "today\n", "today\n- and VexFormer8\n")
    asked, fails = 0, 0
    run = GitProcess._run

    def answered(self: GitProcess, *command: Any) -> object:
        nonlocal asked
        asked += 1
        if fails and (asked == fails or (lasts and asked > fails)):
            raise GitFailed("the disk is damaged")
        return run(self, *command)

    monkeypatch.setattr(GitProcess, "_run", answered)
    ended: list[int] = []
    questions = 0
    while fails <= questions:
        copy = Repo(shutil.copytree(repo.path, tmp_path / f"copy {fails}"))
        asked = 0
        code = vaultsync("fix", "--yes", "--no-commit", cwd=copy.path).code
        if fails == 0:
            questions = asked
        if code == 0:
            assert "[[Rnew|VexFormer8]]" in text(copy, CONFERENCE)
            assert fails or TAKEN_OUT in text(copy, CONFERENCE)
        else:
            assert text(copy, CONFERENCE) == text(repo, CONFERENCE)
        ended.append(code)
        fails += 1
    assert questions >= 5
    assert set(ended) == ({0} if lasts else {0, 2})
    assert lasts or ended.count(0) <= 3, "one failure is no reason to go on without a history"


def test_a_history_that_was_asked_ahead_in_vain_is_no_empty_one() -> None:
    """Whoever asks after the error meets it, too."""

    def refused() -> None:
        raise GitError("locked", "")

    past = Past(MemoryDisk({}))
    past.ask(refused)
    past.follow_ahead(())
    with pytest.raises(GitError):
        _ = past.history


# Links that the person took out


def the_paper_is_renamed(repo: Repo) -> None:
    move(repo, PAPER, RENAMED)


def the_conference_note_is_renamed(repo: Repo) -> None:
    move(repo, CONFERENCE, "Conferences/D.md")


def a_namesake_appears(repo: Repo) -> None:
    repo.write("Daily/P.md", "another\n")


def links_are_written_otherwise(repo: Repo) -> None:
    repo.write(".obsidian/app.json", '{"useMarkdownLinks": true, "newLinkFormat": "absolute"}')


MEANWHILE = [
    *(the_paper_is_renamed, the_conference_note_is_renamed, a_namesake_appears),
    links_are_written_otherwise,
]


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("committed", [False, True])
def test_a_link_taken_out_stays_out(
    vaultsync: Command, repo: Repo, meanwhile: Callable[[Repo], None], committed: bool
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    if committed:
        repo.save()
    meanwhile(repo)
    vaultsync("fix", "--yes")
    [conference] = (repo.path / "Conferences").iterdir()
    assert TAKEN_OUT in conference.read_text(encoding="utf-8")
    assert vaultsync("fix", "--check").code == 0


def test_links_taken_out_of_many_notes_are_asked_for_some_notes_at_a_time(
    vaultsync: Command, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One git process for all notes of a first run took longer than any may."""
    conferences = [f"Conferences/C{n}.md" for n in range(5)]
    for path in conferences:
        repo.write(path, text(repo, CONFERENCE))
    vaultsync("fix", "--yes", cwd=repo.path)
    for path in conferences:
        change(repo, path, "[[P|QuxNet7]]", "QuxNet7")
    asked: list[int] = []
    among = TakenOut.among

    def counted(self: TakenOut, changes: Sequence[Change], *others: Any) -> list[Decision]:
        asked.append(len(changes))
        return among(self, changes, *others)

    monkeypatch.setattr(TakenOut, "among", counted)
    monkeypatch.setattr("vaultsync.runs.earlier_runs.AT_ONCE", 2)
    assert vaultsync("fix").code == 0
    assert asked[:3] == [2, 2, 1]
    assert all(TAKEN_OUT in text(repo, path) for path in conferences)


@pytest.mark.parametrize(
    "runs_later", [0, 1, 2], ids=["the last run", "the run before", "the one before that"]
)
@pytest.mark.parametrize("committed", [False, True])
def test_a_link_taken_out_before_an_undo_stays_out(
    vaultsync: Command, repo: Repo, runs_later: int, committed: bool
) -> None:
    for number in range(3):
        change(repo, CONFERENCE, "today", f"today\n- and VexFormer8 too\n## Talk: B{number}\n- more")
        vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    if committed:
        repo.save()
    run = vaultsync("log", "--json").data[runs_later]["run"]
    vaultsync("undo", run)
    for _ in range(2):
        vaultsync("fix")
        assert TAKEN_OUT in text(repo, CONFERENCE)


def a_run_without_the_link_rules(vaultsync: Command, repo: Repo) -> None:
    change(repo, CONFERENCE, "tags:\n  - conference", "tags: conference")
    vaultsync("fix", "--rule", "fm-tags")
    assert "  - conference" in text(repo, CONFERENCE)


def a_run_while_the_link_rules_are_off(vaultsync: Command, repo: Repo) -> None:
    repo.write(".vaultsync/config.toml", "[rules]\nlink-in-place = false\n")
    change(repo, CONFERENCE, "tags:\n  - conference", "tags: conference")
    vaultsync("fix")
    (repo.path / ".vaultsync/config.toml").unlink()


def a_deletion_that_is_followed_while_linking_is_off(vaultsync: Command, repo: Repo) -> None:
    repo.write(".vaultsync/config.toml", "[rules]\nlink-in-place = false\n")
    (repo.path / OTHER).unlink()
    vaultsync("fix")
    assert "- VexFormer8 too\n" in text(repo, CONFERENCE)
    (repo.path / ".vaultsync/config.toml").unlink()


def a_commit_by_hand(vaultsync: Command, repo: Repo) -> None:
    repo.save()


def the_note_is_written_by_runs(vaultsync: Command, repo: Repo) -> None:
    """Runs with the rule that makes links: each would notice the link if it had a reason to make it."""
    for number in range(2):
        repo.write(CONFERENCE, text(repo, CONFERENCE) + f"## Talk: More {number}\n- VexFormer8 too\n")
        vaultsync("fix")
        assert text(repo, CONFERENCE).endswith("\n- [[R|VexFormer8]] too\n")


def runs_while_the_paper_is_away(vaultsync: Command, repo: Repo) -> None:
    gone = text(repo, PAPER)
    (repo.path / PAPER).unlink()
    the_note_is_written_by_runs(vaultsync, repo)
    repo.write(PAPER, gone.split("%%")[0])


def runs_while_a_namesake_is_there(vaultsync: Command, repo: Repo) -> None:
    repo.write("Papers/Twin.md", NOTES[PAPER])
    the_note_is_written_by_runs(vaultsync, repo)
    (repo.path / "Papers/Twin.md").unlink()


def runs_under_another_name_while_the_rule_is_off(vaultsync: Command, repo: Repo) -> None:
    """The note gets a new name, and a run writes it by that name, without a reason to make the link."""
    repo.write(".vaultsync/config.toml", "[rules]\nlink-in-place = false\n")
    vaultsync("fix")
    move(repo, CONFERENCE, "Conferences/Other.md")
    vaultsync("fix")
    repo.save()
    change(repo, "Conferences/Other.md", "tags:\n  - conference", "tags: conference")
    vaultsync("fix")
    assert "  - conference" in text(repo, "Conferences/Other.md")
    (repo.path / ".vaultsync/config.toml").unlink()


def test_a_link_that_a_run_took_out_with_a_deleted_note_comes_back_with_the_note(
    vaultsync: Command, repo: Repo
) -> None:
    """Nobody has taken it out, though linking was off when the note went, and runs wrote the note since."""
    change(repo, CONFERENCE, "today", "today\n- VexFormer8 too")
    vaultsync("fix", "--yes", cwd=repo.path)
    gone = text(repo, OTHER)
    a_deletion_that_is_followed_while_linking_is_off(vaultsync, repo)
    a_run_while_the_link_rules_are_off(vaultsync, repo)
    repo.write(OTHER, gone)
    vaultsync("fix")
    assert "[[R|VexFormer8]] too" in text(repo, CONFERENCE)


@pytest.mark.parametrize(
    "between",
    [
        *(a_run_without_the_link_rules, a_run_while_the_link_rules_are_off, a_commit_by_hand),
        *(a_deletion_that_is_followed_while_linking_is_off, runs_while_the_paper_is_away),
        *(runs_while_a_namesake_is_there, runs_under_another_name_while_the_rule_is_off),
    ],
)
@pytest.mark.parametrize("fresh", [False, True])
def test_a_link_taken_out_stays_out_whatever_ran_in_between(
    vaultsync: Command, repo: Repo, between: Callable[[Command, Repo], None], fresh: bool
) -> None:
    change(repo, CONFERENCE, "today", "today\n- VexFormer8 too")
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    between(vaultsync, repo)
    if fresh:
        shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    vaultsync("fix")
    [conference] = (repo.path / "Conferences").iterdir()
    assert TAKEN_OUT in conference.read_text(encoding="utf-8")
    assert vaultsync("fix", "--check").code == 0


def test_a_link_that_was_taken_out_once_and_made_again_since_is_not_denied_when_its_note_comes_back(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    vaultsync("links", "accept", CONFERENCE, "QuxNet7", PAPER)
    vaultsync("fix")
    assert "[[P|QuxNet7]]" in text(repo, CONFERENCE)
    (repo.path / DECISIONS_PATH).unlink()
    gone = text(repo, PAPER)
    (repo.path / PAPER).unlink()
    vaultsync("fix")
    assert TAKEN_OUT in text(repo, CONFERENCE)
    repo.write(PAPER, gone)
    vaultsync("fix")
    assert "[[P|QuxNet7]]" in text(repo, CONFERENCE)


def a_decision_on_a_renamed_note_is_brought_back(vaultsync: Command, repo: Repo) -> None:
    """By a revert of the run's commit that had followed the rename, after the link was taken out."""
    vaultsync("fix", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    the_conference_note_is_renamed(repo)
    repo.save("moved")
    vaultsync("fix")
    assert f'"{CONFERENCE}"' not in repo.content(DECISIONS_PATH)


def test_a_decision_that_a_revert_by_hand_brings_back_follows_its_note(
    vaultsync: Command, repo: Repo
) -> None:
    a_decision_on_a_renamed_note_is_brought_back(vaultsync, repo)
    decided = text(repo, DECISIONS_PATH)
    rest(repo)
    repo.git("revert", "--no-edit", "HEAD")
    assert f'"{CONFERENCE}"' in text(repo, DECISIONS_PATH)
    vaultsync("fix", "--rule", "link-mentions")
    assert text(repo, DECISIONS_PATH) == decided


def test_a_decision_that_is_brought_back_beside_the_daemon_follows_its_note(
    vaultsync: Command, repo: Repo
) -> None:
    a_decision_on_a_renamed_note_is_brought_back(vaultsync, repo)
    decided = text(repo, DECISIONS_PATH)
    with the_cycle(open_vault(repo.path), lambda stage, done, total: None) as cycle:
        cycle.run(Request())
        repo.git("revert", "--no-edit", "HEAD")
        assert f'"{CONFERENCE}"' in text(repo, DECISIONS_PATH)
        cycle.run(Request(), [DAILY])
    assert text(repo, DECISIONS_PATH) == decided


@pytest.mark.parametrize("undone", [False, True])
def test_a_decision_follows_a_note_whose_new_name_was_never_committed(
    vaultsync: Command, repo: Repo, undone: bool
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    move(repo, PAPER, "Papers/Between.md")
    repo.git("add", "Papers/Between.md")
    repo.write("Papers/Between.md", text(repo, "Papers/Between.md") + "more\n")
    vaultsync("fix")
    assert '"Papers/Between.md"]' in text(repo, DECISIONS_PATH)
    assert "Papers/Between.md" not in repo.git("ls-tree", "-r", "--name-only", "HEAD")
    move(repo, "Papers/Between.md", RENAMED)
    if undone:
        vaultsync("undo")
    vaultsync("fix")
    assert "Between" not in text(repo, DECISIONS_PATH)
    assert f'["{CONFERENCE}", "quxnet7", "{RENAMED}"]' in text(repo, DECISIONS_PATH)
    assert TAKEN_OUT in text(repo, CONFERENCE)
    assert text(repo, DAILY) == ("see [[P]] there\n" if undone else "see [[Pnew]] there\n")


def test_a_link_taken_out_of_a_note_renamed_long_ago_stays_out(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    for old, new in ((CONFERENCE, "Conferences/C2.md"), ("Conferences/C2.md", "Events/C3.md")):
        move(repo, old, new)
        vaultsync("fix")
        repo.save()
    rest(repo)
    vaultsync("fix")
    change(repo, "Events/C3.md", "[[P|QuxNet7]]", "QuxNet7")
    repo.save()
    vaultsync("fix")
    assert TAKEN_OUT in text(repo, "Events/C3.md")


def test_a_link_to_a_note_whose_rename_is_not_committed_yet_stays_out(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    repo.write(PAPER, text(repo, PAPER) + "one\n")
    repo.git("add", PAPER)
    repo.write(PAPER, text(repo, PAPER) + "two\n")
    move(repo, PAPER, RENAMED)
    vaultsync("fix")
    change(repo, CONFERENCE, "[[Pnew|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    assert TAKEN_OUT in text(repo, CONFERENCE)


def the_paper_goes(repo: Repo) -> None:
    (repo.path / PAPER).unlink()


@pytest.mark.parametrize("what", [the_paper_is_renamed, the_paper_goes])
def test_what_an_undo_took_back_of_a_rename_stays_so_with_the_cache_and_without(
    vaultsync: Command, repo: Repo, what: Callable[[Repo], None]
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    before = text(repo, CONFERENCE), text(repo, DAILY)
    what(repo)
    vaultsync("fix")
    assert (text(repo, CONFERENCE), text(repo, DAILY)) != before
    vaultsync("undo")
    change(repo, DAILY, "there", "there, of which more")
    after = text(repo, CONFERENCE), text(repo, DAILY)
    assert (after[0], after[1].replace(", of which more", "")) == before
    rest(repo)
    vaultsync("fix")
    assert (text(repo, CONFERENCE), text(repo, DAILY)) == after
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    assert vaultsync("fix", "--check").code == 0


def test_what_an_undo_took_back_of_a_rename_stays_so_under_the_notes_next_name(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    the_paper_is_renamed(repo)
    vaultsync("fix")
    vaultsync("undo")
    back = text(repo, DAILY)
    assert "[[P" in back
    move(repo, DAILY, "Next name.md")
    rest(repo)
    vaultsync("fix")
    assert text(repo, "Next name.md") == back
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    assert vaultsync("fix", "--check").code == 0
    assert vaultsync("fix").code == 0
    assert text(repo, "Next name.md") == back


def test_a_link_of_a_moved_note_that_an_undo_brought_back_is_kept_off_for_good(
    vaultsync: Command, repo: Repo
) -> None:
    """A run that can't know what the link meant doesn't take it for one in order."""
    repo.write("Notes/N.md", "by [[../Papers/P|me]] or so\n")
    vaultsync("fix", "--yes", cwd=repo.path)
    move(repo, "Notes/N.md", "Notes/Old/N.md")
    vaultsync("fix")
    vaultsync("undo")
    decided = text(repo, DECISIONS_PATH)
    assert "link-renames" in decided
    for _ in range(3):
        vaultsync("fix")
        change(repo, "Notes/Old/N.md", "so", "so on")
        rest(repo)
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    vaultsync("fix")
    assert "by [[../Papers/P|me]] or" in text(repo, "Notes/Old/N.md")
    assert text(repo, DECISIONS_PATH) == decided


def test_an_undo_that_is_undone_keeps_no_rule_off_what_is_news(vaultsync: Command, repo: Repo) -> None:
    """What the person wrote since the run is to be told in its list, whatever was taken back and forth."""
    vaultsync("fix", "--yes", cwd=repo.path)
    repo.write("Conferences/New.md", "---\ntags:\n  - conference\n---\n# Talk\n- more of [[P]] here\n")
    before = {file: file.read_bytes() for file in repo.path.rglob("*.md")}
    vaultsync("undo")
    assert "undone" in text(repo, DECISIONS_PATH)
    vaultsync("undo")
    assert {file: file.read_bytes() for file in repo.path.rglob("*.md")} == before
    assert not (repo.path / DECISIONS_PATH).exists()
    vaultsync("fix")
    assert "more of P here" in text(repo, PAPER)


def test_a_look_decides_nothing_that_the_next_run_would_not_decide_again(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    rest(repo)
    vaultsync("fix")
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    rest(repo)
    vaultsync("fix", "--check")
    assert not (repo.path / DECISIONS_PATH).exists()
    vaultsync("fix")
    assert '["Conferences/C.md", "quxnet7", "Papers/P.md"]' in text(repo, DECISIONS_PATH)
    move(repo, CONFERENCE, "Conferences/C2.md")
    rest(repo)
    vaultsync("fix", "--check")
    vaultsync("fix")
    assert '["Conferences/C2.md", "quxnet7", "Papers/P.md"]' in text(repo, DECISIONS_PATH)
    assert TAKEN_OUT in text(repo, "Conferences/C2.md")


def test_what_is_accepted_counts_for_more_than_what_was_taken_out_before_and_less_than_after(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    assert TAKEN_OUT in text(repo, CONFERENCE)
    vaultsync("links", "accept", CONFERENCE, "QuxNet7", PAPER)
    vaultsync("fix")
    assert "[[P|QuxNet7]]" in text(repo, CONFERENCE)
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    assert TAKEN_OUT in text(repo, CONFERENCE)
    assert vaultsync("fix", "--check").code == 0


def test_an_undone_link_stays_out_beside_a_link_of_the_persons_with_the_same_words(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "today\n", "today\n## Talk: B\n- by hand [[P|QuxNet7]] again\n")
    vaultsync("undo")
    assert TAKEN_OUT in text(repo, CONFERENCE)
    vaultsync("fix")
    assert TAKEN_OUT in text(repo, CONFERENCE)
    assert "- by hand [[P|QuxNet7]] again" in text(repo, CONFERENCE)


# One fix is enough


def test_a_plan_that_meets_a_link_taken_out_forgets_no_news_of_another_note(
    vaultsync: Command, repo: Repo
) -> None:
    repo.write("Conferences/D.md", text(repo, CONFERENCE).replace("saw QuxNet7 today", "other"))
    vaultsync("fix", "--yes", cwd=repo.path)
    rest(repo)
    vaultsync("fix")
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    change(repo, "Conferences/D.md", "- other", "- other\n- [[R|see here]] x")
    vaultsync("fix")
    assert "see here x" in text(repo, OTHER)
    rest(repo)
    assert vaultsync("fix", "--check").code == 0


def test_a_new_title_reaches_each_list_that_shows_it(vaultsync: Command, repo: Repo) -> None:
    change(repo, CONFERENCE, "saw QuxNet7 today", "cited arXiv:2301.00007 there")
    vaultsync("fix", "--yes", cwd=repo.path)
    rest(repo)
    vaultsync("fix")
    change(repo, PAPER, "QuxNet7: Rings of things", "Another Title of Rings")
    vaultsync("fix")
    assert "Another Title of Rings" in text(repo, CONFERENCE)
    rest(repo)
    assert vaultsync("fix", "--check").code == 0
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    assert vaultsync("fix", "--check").code == 0


def test_who_takes_out_the_link_of_a_title_gets_none_over_the_short_name_in_it(
    vaultsync: Command, repo: Repo
) -> None:
    change(repo, CONFERENCE, "saw QuxNet7 today", "saw QuxNet7: Rings of things today")
    vaultsync("fix", "--yes", cwd=repo.path)
    change(repo, CONFERENCE, "[[P|QuxNet7: Rings of things]]", "QuxNet7: Rings of things")
    for _ in range(2):
        vaultsync("fix")
        assert "- saw QuxNet7: Rings of things today\n" in text(repo, CONFERENCE)
    assert vaultsync("fix", "--check").code == 0


@pytest.mark.parametrize("name", [RENAMED, "Papers/p.md", "Archive/Deep/P.md"])
def test_a_link_taken_out_while_the_rule_was_off_stays_out_when_the_paper_has_another_name(
    vaultsync: Command, repo: Repo, name: str
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    repo.write(".vaultsync/config.toml", "[rules]\nlink-in-place = false\n")
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")
    vaultsync("fix")
    (repo.path / DAILY).unlink()
    vaultsync("fix")
    move(repo, PAPER, "Papers/Between.md")
    vaultsync("fix")
    (repo.path / name).parent.mkdir(parents=True, exist_ok=True)
    move(repo, "Papers/Between.md", name)
    vaultsync("fix")
    (repo.path / ".vaultsync/config.toml").unlink()
    for _ in range(2):
        vaultsync("fix")
        assert f"{TAKEN_OUT}\n" in text(repo, CONFERENCE)
