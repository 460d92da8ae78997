"""A name in another case: where the file system takes both for one, git alone would never notice it.

Linux tells cases apart; there git is told that it doesn't, and all that the names follow from is the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import CONFERENCE, PAPER, write

from vaultsync.core.history.changes import FileChange
from vaultsync.git import locate
from vaultsync.git.repository import Git

NEW_CONFERENCE = "conferences/icassp 2025.md"
NEW_PAPER = "Papers/diffsbdd.md"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    monkeypatch.setattr(locate, "ignores_case", lambda git_dir: True)
    made = Repo(write(tmp_path / "vault"))
    made.git("init", "-q")
    return made


def rename_all(repo: Repo) -> None:
    """In the Finder, or in Obsidian: two notes, and a folder."""
    (repo.path / PAPER).rename(repo.path / NEW_PAPER)
    (repo.path / "Conferences").rename(repo.path / "conferences")
    (repo.path / "conferences" / Path(CONFERENCE).name).rename(repo.path / NEW_CONFERENCE)


def type_on(repo: Repo) -> None:
    with (repo.path / NEW_CONFERENCE).open("a", encoding="utf-8") as file:
        file.write("## Talk: More\n- DiffSBDD once more\n")


def test_a_rename_is_a_commit_of_the_persons_and_what_a_run_writes_its_own(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", cwd=repo.path)
    rename_all(repo)
    type_on(repo)
    assert vaultsync("fix").code == 0
    run, typed, renamed = repo.git("log", "-3", "--format=%s").splitlines()
    assert renamed == "notes: rename diffsbdd and icassp 2025"
    assert typed == "notes: icassp 2025 (+2)"
    assert run == "vaultsync: link 1 paper in icassp 2025, tidy 1 note"
    assert repo.files_of("HEAD~2") == {CONFERENCE, NEW_CONFERENCE, PAPER, NEW_PAPER}
    assert repo.files_of() == {NEW_CONFERENCE, NEW_PAPER}
    assert repo.status == ""
    assert [one["changed_since"] for one in vaultsync("log", "--json").data] == [False, False]
    text = (repo.path / NEW_CONFERENCE).read_text()
    assert vaultsync("undo").code == 0
    assert (repo.path / NEW_CONFERENCE).read_text() == text.replace("[[diffsbdd|DiffSBDD]]", "DiffSBDD")
    repo.check()


def test_without_a_change_of_the_text_the_rename_alone_is_committed_once(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", cwd=repo.path)
    (repo.path / PAPER).rename(repo.path / NEW_PAPER)
    assert vaultsync("fix").code == 0
    assert repo.git("log", "-1", "--format=%s").strip() == "notes: rename DiffSBDD to diffsbdd"
    head = repo.head
    assert vaultsync("fix").code == 0
    assert repo.head == head
    assert NEW_PAPER in repo.git("ls-tree", "-r", "--name-only", "HEAD")


def test_what_is_staged_stays_staged_under_the_new_name(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    staged = (repo.path / PAPER).read_text() + "staged\n"
    repo.write(PAPER, staged)
    repo.git("add", PAPER)
    (repo.path / PAPER).rename(repo.path / NEW_PAPER)
    repo.write(NEW_PAPER, staged + "and not staged\n")
    assert vaultsync("fix").code == 0
    assert repo.content(NEW_PAPER) + "staged\n" == staged
    assert repo.git("show", f":{NEW_PAPER}") == staged
    assert repo.status == f"MM {NEW_PAPER}\n"


def test_a_hook_sees_the_commit_and_may_refuse_it(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    head = repo.head
    repo.hook("pre-commit", "git diff --cached --name-only --no-renames > seen; test ! -e refuse")
    repo.write("refuse", "")
    (repo.path / PAPER).rename(repo.path / NEW_PAPER)
    code, _, err = vaultsync("fix")
    assert (code, "a hook refused the commit" in err) == (1, True)
    assert (repo.path / "seen").read_text().split() == [PAPER, NEW_PAPER]
    assert repo.head == head
    (repo.path / "refuse").unlink()
    assert vaultsync("fix").code == 0
    assert repo.git("log", "--format=%s", f"{head}..").splitlines()[-1].startswith("notes: rename DiffSBDD")


def test_a_commit_whose_index_did_not_follow_is_finished(repo: Repo) -> None:
    """A kill came between the two."""
    repo.save("one", Old__md="text\n")
    index = (repo.path / ".git" / "index").read_bytes()
    (repo.path / "Old.md").rename(repo.path / "OLD.md")
    git = Git.open(repo.path)
    renames = [FileChange("OLD.md", "renamed", "Old.md")]
    assert git.case_renames.found() == renames
    assert git.case_renames.commit(repo.head, renames, "notes: rename", 10.0) == repo.head
    (repo.path / ".git" / "index").write_bytes(index)
    assert git.case_renames.found() == renames
    assert git.case_renames.commit(repo.head, renames, "notes: rename", 10.0) is None
    assert git.case_renames.found() == []
    assert repo.status == ""


@pytest.mark.skipif(sys.platform != "linux", reason="where names ignore case there can't be two")
def test_two_files_and_what_is_gone_or_a_submodule_are_no_renames(repo: Repo, tmp_path: Path) -> None:
    inner = Repo(tmp_path / "inner")
    inner.path.mkdir()
    inner.git("init", "-q")
    inner.save("inner", Note__md="n\n")
    repo.save("one", A__md="one\n", a__md="other\n", Gone__md="gone\n")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.path), "Sub")
    repo.save("two")
    (repo.path / "Gone.md").unlink()
    (repo.path / "Sub").rename(repo.path / "sub")
    assert Git.open(repo.path).case_renames.found() == []


def test_where_cases_are_told_apart_nothing_is_sought(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.save("one", Old__md="text\n")
    (repo.path / "Old.md").rename(repo.path / "OLD.md")
    monkeypatch.setattr(locate, "ignores_case", lambda git_dir: False)
    assert Git.open(repo.path).case_renames.found() == []
