"""Commits of exactly the paths asked for, in every state that a person's files and staging can be in."""

from __future__ import annotations

import os
import re
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gitrepo import Repo, git_env, repo

from vaultsync.core.errors import GitError
from vaultsync.core.history.changes import FileChange
from vaultsync.git.process import GitProcess
from vaultsync.git.repository import (
    Git,
    GitFailed,
    GitTimedOut,
    HookFailed,
    LockHeld,
    PartlyStaged,
    paths_of,
)

__all__ = ["git_env", "repo"]


def commit(repo: Repo, *paths: str, message: str = "notes: test") -> str | None:
    made = Git.open(repo.path, patience=1).commit(paths, message)
    return made and made.sha


def changes(repo: Repo, *paths: str) -> dict[str, FileChange]:
    found = Git.open(repo.path).worktree.changes(paths or None)
    assert [change.path for change in found] == sorted(change.path for change in found)
    return {change.path: change for change in found}


@contextmanager
def everything_kept(repo: Repo) -> Iterator[None]:
    """The index, what is staged, the worktree's status, HEAD and the stash are in the end as they were."""

    def look() -> tuple[str, ...]:
        return repo.index, repo.staged, repo.status, repo.git("rev-parse", "-q", "--verify", "HEAD", ok=False)

    before = look()
    yield
    assert look() == before
    assert repo.git("stash", "list") == ""


# What differs


def test_changes_tell_kind_and_lines_of_each_file(repo: Repo) -> None:
    repo.save("one", Edited__md="a\nb\nc\n", Gone__md="x\ny\n", Old__md="1\n2\n3\n4\n", Same__md="s\n")
    repo.write("Edited.md", "a\nB\nc\nd\n")
    (repo.path / "Gone.md").unlink()
    (repo.path / "Old.md").rename(repo.path / "New.md")
    repo.write("Image.png", b"\x89PNG\0\0")
    repo.write("Papers/Fresh.md", "one\ntwo\n")
    assert list(changes(repo).values()) == [
        FileChange("Edited.md", "modified", added=2, removed=1),
        FileChange("Gone.md", "deleted", added=0, removed=2),
        FileChange("Image.png", "added", added=-1, removed=-1),
        FileChange("New.md", "renamed", old_path="Old.md"),
        FileChange("Papers/Fresh.md", "added", added=2),
    ]
    assert changes(repo, "Gone.md", "Papers/Fresh.md").keys() == {"Gone.md", "Papers/Fresh.md"}
    assert changes(repo, "New.md")["New.md"].kind == "added"


def test_a_clean_repository_has_no_changes(repo: Repo) -> None:
    assert changes(repo) == {}
    repo.save("one", Note__md="n\n")
    assert changes(repo) == {}
    os.utime(repo.path / "Note.md", (1, 1))
    assert changes(repo) == {}


def test_looking_changes_nothing_in_the_git_folder(repo: Repo) -> None:
    repo.save("one", Note__md="n\n")
    repo.write("Note.md", "m\n")
    repo.write("New.md", "m\n")
    git = Git.open(repo.path)

    def files() -> dict[str, tuple[int, bytes]]:
        found = [path for path in sorted((repo.path / ".git").rglob("*")) if path.is_file()]
        found = [
            path for path in found if not path.match("objects/e6/9de29*")
        ]  # the empty file, for an intent
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in found}

    before = files()
    assert len(git.worktree.changes()) == 2
    assert git.preflight() is None
    assert git.worktree.left_out(["Note.md"]) == {}
    assert files() == before


def test_the_persons_own_settings_do_not_change_what_is_read(repo: Repo, git_env: Path) -> None:
    git_env.write_text(
        git_env.read_text()
        + "[color]\n\tui = always\n[status]\n\trenames = copies\n\tshowUntrackedFiles = no\n"
        "\trelativePaths = true\n[core]\n\tquotePath = true\n\tabbrev = 4\n"
        "[diff]\n\trenames = false\n\tnoprefix = true\n\trelative = true\n"
        "[log]\n\tshowSignature = true\n[trailer]\n\tseparators = =\n"
        "[commit]\n\tcleanup = scissors\n\tverbose = true\n[i18n]\n\tcommitEncoding = latin1\n"
    )
    repo.save("one", Old__md="1\n2\n3\n4\n")
    (repo.path / "Old.md").rename(repo.path / "Über.md")
    found = changes(repo)
    assert found == {"Über.md": FileChange("Über.md", "renamed", old_path="Old.md")}
    sha = commit(repo, *paths_of(found.values()), message="# Über\n\nbody −\n\nVaultsync-Run: 1a\n")
    assert sha == repo.head
    [run] = Git.open(repo.path).history.runs()
    assert (run.sha, run.subject, run.body) == (sha, "# Über", "body −\n\nVaultsync-Run: 1a")
    assert run.trailers == {"Vaultsync-Run": "1a"}


# Commits of files in every state


def test_the_first_commit_of_a_repository(repo: Repo) -> None:
    repo.write("Note.md", "n\n")
    repo.write("Later.md", "l\n")
    sha = commit(repo, "Note.md")
    assert sha == repo.head
    assert repo.files_of() == {"Note.md"}
    assert repo.status == "?? Later.md\n"


def test_nothing_that_differs_gives_no_commit(repo: Repo) -> None:
    head = repo.save("one", Note__md="n\n")
    os.utime(repo.path / "Note.md", (1, 1))
    assert commit(repo) is None
    assert commit(repo, "Note.md", "Not there.md") is None
    assert repo.head == head


def test_exactly_the_paths_asked_for_are_committed(repo: Repo) -> None:
    repo.save("one", A__md="a\n", B__md="b\n", C__md="c\n", D__md="d\n")
    for name in ("A.md", "B.md", "New.md", "Other.md"):
        repo.write(name, "changed\n")
    (repo.path / "C.md").unlink()
    (repo.path / "D.md").unlink()
    assert commit(repo, "A.md", "New.md", "C.md", message="Über: ’x’ 🎉\n\nbody\n") == repo.head
    assert repo.files_of() == {"A.md", "New.md", "C.md"}
    assert repo.git("log", "-1", "--format=%B") == "Über: ’x’ 🎉\n\nbody\n\n"
    assert repo.status == " M B.md\n D D.md\n?? Other.md\n"


def test_a_rename_is_committed_by_both_its_paths(repo: Repo) -> None:
    repo.save("one", Old__md="1\n2\n3\n")
    (repo.path / "Old.md").rename(repo.path / "New.md")
    assert commit(repo, *paths_of(changes(repo).values())) is not None
    assert repo.git("show", "--format=", "--name-status", "-M") == "R100\tOld.md\tNew.md\n"
    assert repo.status == ""


@pytest.mark.parametrize("recorded", ["true", "false"])
def test_a_rename_by_case_alone(repo: Repo, recorded: str) -> None:
    repo.save("one", Note__md="1\n2\n3\n")
    repo.git("config", "core.ignoreCase", recorded)  # as copied from another file system
    (repo.path / "Note.md").rename(repo.path / "note.md")
    found = changes(repo)
    assert found == {"note.md": FileChange("note.md", "renamed", old_path="Note.md")}
    assert commit(repo, *paths_of(found.values())) is not None
    assert repo.git("ls-tree", "--name-only", "HEAD") == "note.md\n"
    assert repo.status == ""


def test_a_note_that_becomes_a_folder_and_back(repo: Repo) -> None:
    repo.save("one", Topic="1\n", Other__md="o\n")
    (repo.path / "Topic").unlink()
    repo.write("Topic/Note.md", "2\n")
    assert commit(repo, *paths_of(changes(repo).values())) is not None
    assert repo.files_of() == {"Topic", "Topic/Note.md"}
    (repo.path / "Topic" / "Note.md").unlink()
    (repo.path / "Topic").rmdir()
    repo.write("Topic", "3\n")
    assert commit(repo, *paths_of(changes(repo).values())) is not None
    assert repo.status == ""


def test_a_link_in_place_of_a_note_is_a_change_of_type(repo: Repo) -> None:
    repo.save("one", Note__md="1\n", Target__md="t\n")
    (repo.path / "Note.md").unlink()
    (repo.path / "Note.md").symlink_to("Target.md")
    assert changes(repo)["Note.md"].kind == "typechange"
    assert commit(repo, "Note.md") is not None
    assert repo.status == ""


ODD_NAMES = [
    ":(top)*",
    ":!Note.md",
    ":",
    ":^x.md",
    "*.md",
    "[a-z]?.md",
    "-rf.md",
    " two  spaces .md",
    "\"quoted\" 'twice'.md",
    "back\\slash.md",
    "line\nfeed.md",
    "tab\tstop.md",
    "# Heading.md",
    "🎉 Überraschung 提高.md",
    unicodedata.normalize("NFD", "Müller.md"),
    unicodedata.normalize("NFC", "Müller.md"),
    "Papers/@key [x]/a.md",
    os.fsdecode(b"not utf-8 \xff.md"),
]


def test_each_odd_name_is_just_a_name(repo: Repo) -> None:
    repo.save("one", Note__md="n\n", x__md="x\n")
    for name in [*ODD_NAMES, "Note.md", "x.md"]:
        repo.write(name, f"{name!a}\n")
    assert changes(repo).keys() == {*ODD_NAMES, "Note.md", "x.md"}
    for name in ODD_NAMES:
        assert changes(repo, name).keys() == {name}
        assert commit(repo, name) is not None, name
        assert repo.files_of() == {name}
    assert repo.status == " M Note.md\n M x.md\n"
    for name in ODD_NAMES:
        repo.write(name, "again\n")
    git = Git.open(repo.path)
    made = git.commit(ODD_NAMES, "all at once")
    assert made is not None
    assert repo.files_of() == set(ODD_NAMES)
    assert git.history.blobs("HEAD~1", ODD_NAMES) == {name: f"{name!a}\n".encode() for name in ODD_NAMES}
    assert {change.path for change in git.history.changed(made.sha)} == set(ODD_NAMES)
    assert git.history.files().keys() == {*ODD_NAMES, "Note.md", "x.md"}


@pytest.mark.parametrize(
    "path", ["../outside.md", "/etc/passwd", "a/../b.md", "", "a//b.md", "./a.md", "a\0b"]
)
def test_a_path_that_leaves_the_vault_is_a_mistake_of_the_caller(repo: Repo, path: str) -> None:
    with pytest.raises(ValueError, match="not a path inside the vault"):
        Git.open(repo.path).commit([path], "m")


def test_ignored_files_are_no_changes_and_are_passed_over(repo: Repo) -> None:
    repo.save("one", __gitignore=".obsidian/workspace*\nprivate/\n")
    repo.write(".obsidian/workspace.json", "{}")
    repo.write("private/Diary.md", "d\n")
    repo.write("Note.md", "n\n")
    git = Git.open(repo.path)
    assert [change.path for change in git.worktree.changes()] == ["Note.md"]
    asked = [".obsidian/workspace.json", "private/Diary.md", "Note.md"]
    assert git.worktree.left_out(asked) == dict.fromkeys(asked[:2], "ignored by git")
    assert git.commit(asked, "m") is not None
    assert repo.files_of() == {"Note.md"}


def test_a_file_marked_assume_unchanged_stays_as_the_person_wants_it(repo: Repo) -> None:
    repo.save("one", Local__md="l\n", Note__md="n\n")
    repo.git("update-index", "--assume-unchanged", "Local.md")
    repo.write("Local.md", "only here\n")
    repo.write("Note.md", "m\n")
    assert commit(repo, "Local.md", "Note.md") is not None
    assert repo.files_of() == {"Note.md"}
    assert repo.content("Local.md") == "l\n"
    left = Git.open(repo.path).worktree.left_out(["Local.md", "Note.md"])
    assert left == {"Local.md": "marked assume-unchanged"}
    assert repo.git("ls-files", "-v", "Local.md") == "h Local.md\n"


@pytest.mark.parametrize("index", ["--no-sparse-index", "--sparse-index"])
def test_a_sparse_checkout_loses_nothing_that_is_not_checked_out(repo: Repo, index: str) -> None:
    repo.write("In/a.md", "a\n")
    repo.write("Out/b.md", "b\n")
    repo.save("one")
    repo.git("sparse-checkout", "set", "--cone", index, "In")
    assert not (repo.path / "Out").exists()
    assert changes(repo) == {}
    repo.write("In/a.md", "changed\n")
    repo.write("In/new.md", "new\n")
    assert commit(repo, *changes(repo)) is not None
    assert repo.files_of() == {"In/a.md", "In/new.md"}
    assert repo.content("Out/b.md") == "b\n"
    outside = "outside the sparse checkout"
    assert Git.open(repo.path).worktree.left_out(["In/a.md", "Out/b.md"]) == {"Out/b.md": outside}


@pytest.mark.parametrize("index", ["--no-sparse-index", "--sparse-index"])
def test_a_new_note_outside_the_sparse_checkout_is_left_to_the_person(repo: Repo, index: str) -> None:
    repo.write("In/a.md", "a\n")
    repo.write("Out/b.md", "b\n")
    repo.save("one")
    repo.git("sparse-checkout", "set", "--cone", index, "In")
    repo.write("In/new.md", "new\n")
    repo.write("Out/new.md", "new\n")
    assert changes(repo).keys() == {"In/new.md"}
    with everything_kept(repo):
        assert commit(repo, "Out/new.md") is None
    assert commit(repo, "In/new.md", "Out/new.md") is not None
    assert repo.files_of() == {"In/new.md"}
    assert repo.status == "?? Out/new.md\n"
    left = Git.open(repo.path).worktree.left_out(["In/new.md", "Out/new.md"])
    assert left == {"Out/new.md": "outside the sparse checkout"}


def test_a_repository_inside_the_vault_is_left_alone(repo: Repo, tmp_path: Path) -> None:
    repo.save("one", Note__md="n\n")
    nested = Repo(repo.path / "Nested")
    nested.path.mkdir()
    nested.git("init", "-q")
    nested.save("inner", Inner__md="i\n")
    repo.git("submodule", "add", "-q", str(nested.path), "Sub")
    repo.git("commit", "-qm", "submodule", "--", "Sub", ".gitmodules")
    for name in ("Note.md", "Nested/Inner.md", "Sub/Inner.md"):
        repo.write(name, "changed\n")
    git = Git.open(repo.path)
    assert [change.path for change in git.worktree.changes()] == ["Note.md"]
    assert git.worktree.left_out(["Note.md", "Nested/Inner.md", "Sub/Inner.md"]) == {
        "Nested/Inner.md": "Nested/ is a repository of its own",
        "Sub/Inner.md": "Sub/ is a repository of its own",
    }
    assert git.commit(["Note.md"], "m") is not None
    assert repo.files_of() == {"Note.md"}


def test_clean_and_smudge_filters_do_their_work(repo: Repo) -> None:
    """As git-lfs does: what is stored is another thing than what lies on the disk."""
    repo.git("config", "filter.rot.clean", "tr a-z n-za-m")
    repo.git("config", "filter.rot.smudge", "tr a-z n-za-m")
    repo.git("config", "filter.rot.required", "true")
    repo.save("one", __gitattributes="*.md filter=rot\n")
    repo.write("Note.md", "hello\nworld\n")
    assert changes(repo) == {"Note.md": FileChange("Note.md", "added", added=2)}
    assert commit(repo, "Note.md") is not None
    assert repo.content("Note.md") == "uryyb\njbeyq\n"
    assert Git.open(repo.path).history.blob("HEAD", "Note.md") == b"hello\nworld\n"
    assert repo.status == ""


def test_a_filter_that_fails_stops_the_commit_and_leaves_everything(repo: Repo) -> None:
    repo.git("config", "filter.bad.clean", "echo no such server >&2; exit 1")
    repo.git("config", "filter.bad.required", "true")
    repo.save("one", Note__md="n\n")
    repo.write(".gitattributes", "*.png filter=bad\n")
    repo.write("Image.png", "x")
    repo.write("Note.md", "m\n")
    with everything_kept(repo), pytest.raises(GitFailed) as caught:
        commit(repo, "Image.png", "Note.md")
    assert "no such server" in caught.value.output


def test_line_endings_are_stored_as_autocrlf_says_and_kept_on_the_disk(repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.write("Note.md", b"a\r\nb\r\n")
    assert commit(repo, "Note.md") is not None
    assert repo.content("Note.md") == "a\nb\n"
    assert (repo.path / "Note.md").read_bytes() == b"a\r\nb\r\n"
    git = Git.open(repo.path)
    assert git.history.blob("HEAD", "Note.md") == b"a\r\nb\r\n"
    repo.write("Note.md", b"a\r\nB\r\n")
    assert git.worktree.changes() == [FileChange("Note.md", "modified", added=1, removed=1)]
    assert git.commit(["Note.md"], "m") is not None
    repo.write("Note.md", b"a\nB\n")  # the same to git
    assert git.commit(["Note.md"], "m") is None


# The person's staging


def test_what_the_person_staged_stays_staged_beside_a_commit(repo: Repo) -> None:
    repo.save(
        "one",
        Whole__md="1\n",
        Part__md="1\n",
        Gone__md="1\n",
        Cached__md="1\n",
        Moved__md="1\n2\n3\n",
        Note__md="n\n",
    )
    repo.write("Whole.md", "2\n")
    repo.write("Part.md", "2\n")
    repo.write("New.md", "new\n")
    repo.git("add", "Whole.md", "Part.md", "New.md")
    repo.write("Part.md", "2\n3\n")
    repo.git("rm", "-q", "Gone.md")
    repo.git("rm", "-q", "--cached", "Cached.md")
    repo.git("mv", "Moved.md", "There.md")
    repo.write("Intent.md", "later\n")
    repo.git("add", "-N", "Intent.md")
    repo.write("Note.md", "changed\n")
    repo.write("Fresh.md", "fresh\n")
    states = {path: change.staged for path, change in changes(repo).items()}
    assert states == {
        "Cached.md": "part",
        "Fresh.md": "no",
        "Gone.md": "whole",
        "Intent.md": "no",
        "New.md": "whole",
        "Note.md": "no",
        "Part.md": "part",
        "There.md": "whole",
        "Whole.md": "whole",
    }
    index, staged = repo.index, repo.staged
    assert commit(repo, "Note.md", "Fresh.md") is not None
    assert repo.files_of() == {"Note.md", "Fresh.md"}
    assert repo.staged == staged
    ours = re.compile(r"[^\0]*\t(Note|Fresh)\.md\0")
    assert ours.sub("", repo.index) == ours.sub("", index)
    assert " A Intent.md\n" in repo.status


def test_a_wholly_staged_note_can_be_committed_and_the_index_is_the_same(repo: Repo) -> None:
    repo.save("one", Note__md="1\n", Gone__md="1\n", Moved__md="1\n2\n3\n")
    repo.write("Note.md", "2\n")
    repo.write("New.md", "2\n")
    repo.git("add", "Note.md", "New.md")
    repo.git("rm", "-q", "Gone.md")
    repo.git("mv", "Moved.md", "There.md")
    index = repo.index
    assert commit(repo, *paths_of(changes(repo).values())) is not None
    assert repo.index == index
    assert repo.status == ""


@pytest.mark.parametrize(
    "state", ["edited since", "deleted since", "taken back", "out of the index", "new and gone"]
)
def test_a_partly_staged_note_is_never_committed(repo: Repo, state: str) -> None:
    repo.save("one", Note__md="1\n", Other__md="o\n")
    repo.write("Note.md", "2\n")
    repo.write("Other.md", "p\n")
    path = "Note.md"
    if state == "out of the index":
        repo.git("rm", "-q", "--cached", "Note.md")
    elif state == "new and gone":
        path = "New.md"
        repo.write(path, "n\n")
        repo.git("add", path)
        (repo.path / path).unlink()
    else:
        repo.git("add", "Note.md")
        if state == "deleted since":
            (repo.path / "Note.md").unlink()
        else:
            repo.write("Note.md", "1\n" if state == "taken back" else "3\n")
    assert changes(repo)[path].staged == "part"
    with everything_kept(repo), pytest.raises(PartlyStaged) as caught:
        commit(repo, path, "Other.md")
    assert caught.value.paths == (path,)
    assert path in str(caught.value)


def test_an_intent_to_add_is_committed_when_asked_for(repo: Repo) -> None:
    repo.save("one", Other__md="o\n")
    repo.write("Note.md", "n\n")
    repo.write("Later.md", "n\n")
    repo.git("add", "-N", "Note.md", "Later.md")
    assert changes(repo)["Note.md"] == FileChange("Note.md", "added", added=1)
    assert commit(repo, "Note.md") is not None
    assert repo.status == " A Later.md\n"


@pytest.mark.parametrize("setting", ["index.version=4", "core.splitIndex=true", "core.untrackedCache=true"])
def test_every_form_of_index_is_kept(repo: Repo, setting: str) -> None:
    name, value = setting.split("=")
    repo.git("config", name, value)
    repo.save("one", Note__md="1\n", Staged__md="1\n")
    if setting == "index.version=4":
        repo.git("update-index", "--index-version", "4")
    repo.write("Staged.md", "2\n")
    repo.git("add", "Staged.md")
    repo.write("Note.md", "2\n")
    repo.write("New.md", "new\n")
    staged = repo.staged
    shared = sorted((repo.path / ".git").glob("sharedindex.*"))
    assert bool(shared) == (name == "core.splitIndex")
    assert changes(repo).keys() == {"New.md", "Note.md", "Staged.md"}
    assert sorted((repo.path / ".git").glob("sharedindex.*")) == shared
    assert commit(repo, "Note.md", "New.md") is not None
    assert repo.files_of() == {"Note.md", "New.md"}
    assert repo.staged == staged


def test_a_vault_in_a_folder_of_a_larger_repository_commits_only_the_vault(repo: Repo) -> None:
    repo.write("Vault/Note.md", "1\n")
    repo.write("code.py", "1\n")
    repo.save("one")
    for name in ("Vault/Note.md", "Vault/New.md", "code.py", "Vaulted.md", "new.py"):
        repo.write(name, "2\n")
    repo.git("add", "new.py")
    (repo.path / "Vault" / "Moved in.md").write_text("m\n")
    git = Git.open(repo.path / "Vault")
    found = git.worktree.changes()
    assert [change.path for change in found] == ["Moved in.md", "New.md", "Note.md"]
    assert git.commit(paths_of(found), "vaultsync: x\n\nVaultsync-Run: 1\n") is not None
    assert repo.files_of() == {"Vault/Note.md", "Vault/New.md", "Vault/Moved in.md"}
    assert repo.status == " M code.py\nA  new.py\n?? Vaulted.md\n"
    assert git.history.files().keys() == {"Note.md", "New.md", "Moved in.md"}
    assert git.history.blob("HEAD", "Note.md") == b"2\n"
    repo.save("elsewhere", code__py="3\n")
    assert [run.subject for run in git.history.runs()] == ["vaultsync: x"]
    assert [change.path for change in git.history.changed("HEAD~1")] == ["Moved in.md", "New.md", "Note.md"]


def test_one_of_several_worktrees_commits_to_its_own_branch(repo: Repo, tmp_path: Path) -> None:
    main = repo.save("one", Note__md="1\n")
    second = Repo(tmp_path / "second")
    repo.git("worktree", "add", "-q", str(second.path), "-b", "second")
    second.write("Note.md", "2\n")
    second.write("New.md", "2\n")
    assert commit(second, *changes(second)) == second.head
    assert second.files_of() == {"Note.md", "New.md"}
    assert (repo.head, repo.status, second.status) == (main, "", "")


def test_hundreds_of_notes_are_named_by_their_folders_and_nothing_else_comes_along(repo: Repo) -> None:
    repo.write("Papers/Local.md", "1\n")
    repo.write("Mixed/Staged.md", "1\n")
    repo.save("one")
    repo.git("update-index", "--assume-unchanged", "Papers/Local.md")
    repo.write("Papers/Local.md", "only here\n")
    repo.write("Mixed/Staged.md", "2\n")
    repo.git("add", "Mixed/Staged.md")
    repo.write("Mixed/Staged.md", "3\n")
    repo.write("Mixed/Not asked.md", "x\n")
    nested = Repo(repo.path / "Nested")
    nested.path.mkdir()
    nested.git("init", "-q")
    nested.save("inner", Inner__md="i\n")
    wanted = [f"{folder}/{number}.md" for folder in ("Papers", "Mixed", "Deep/er") for number in range(200)]
    for name in wanted:
        repo.write(name, f"{name}\n")
    assert changes(repo).keys() >= set(wanted)
    staged = repo.staged
    assert commit(repo, *wanted) is not None
    assert repo.files_of() == set(wanted)
    assert repo.staged == staged
    assert repo.status == "MM Mixed/Staged.md\n?? Mixed/Not asked.md\n?? Nested/\n"
    for name in wanted:
        repo.write(name, "again\n")
    assert len(changes(repo, *wanted)) == 600
    assert commit(repo, *wanted) is not None
    assert repo.files_of() == set(wanted)
    assert repo.content("Papers/Local.md") == "1\n"


@pytest.mark.parametrize("prefix", ["", "Vault/"])
def test_a_first_commit_of_hundreds_of_notes_takes_them_all(repo: Repo, prefix: str) -> None:
    names = [f"{prefix}{number % 7}/{number}.md" for number in range(600)]
    for name in names:
        repo.write(name, f"{name}\n")
    if prefix:
        repo.write("code.py", "1\n")
    git = Git.open(repo.path / prefix)
    assert git.commit(paths_of(git.worktree.changes()), "m") is not None
    assert repo.files_of() == set(names)
    assert repo.status == ("?? code.py\n" if prefix else "")
    for name in names:
        (repo.path / name).unlink()
    assert git.commit(paths_of(git.worktree.changes()), "m") is not None
    assert repo.git("ls-files") == ""


# Hooks, signatures, locks


def test_a_hook_that_refuses_is_told_with_its_output_and_leaves_everything(repo: Repo) -> None:
    repo.save("one", Note__md="1\n", Staged__md="1\n")
    repo.write("Staged.md", "2\n")
    repo.git("add", "Staged.md")
    repo.write("Intent.md", "i\n")
    repo.git("add", "-N", "Intent.md")
    repo.write("Note.md", "2\n")
    repo.write("New.md", "new\n")
    repo.hook("pre-commit", "echo to the person; echo 'line 3 is wrong' >&2; exit 1")
    with everything_kept(repo), pytest.raises(HookFailed) as caught:
        commit(repo, "Note.md", "New.md", "Intent.md")
    assert "pre-commit" in caught.value.message
    assert "line 3 is wrong" in caught.value.output
    assert "to the person" in caught.value.output
    (repo.path / ".git/hooks/pre-commit").unlink()
    assert commit(repo, "Note.md", "New.md") is not None


def test_hooks_live_where_core_hooks_path_says(repo: Repo) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    repo.hook("commit-msg", "grep -q magic $1 || { echo no magic >&2; exit 1; }", folder=".githooks")
    repo.write("Note.md", "n\n")
    with pytest.raises(HookFailed, match="commit-msg") as caught:
        commit(repo, "Note.md")
    assert caught.value.output == "no magic\n"
    assert commit(repo, "Note.md", message="magic") is not None


def test_hooks_see_the_world_as_in_the_persons_own_commit(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    repo.hook("pre-commit", "env > env.txt; git ls-files '*.md' > matched.txt")
    repo.write("Note.md", "n\n")
    assert commit(repo, "Note.md") is not None
    seen = (repo.path / "env.txt").read_text()
    assert "GIT_LITERAL_PATHSPECS" not in seen
    assert "GIT_OPTIONAL_LOCKS" not in seen
    assert "LC_CTYPE=C.UTF-8\n" in seen
    assert (repo.path / "matched.txt").read_text() == "Note.md\n"


def test_a_hook_that_rewrites_and_adds_leaves_no_staged_reversal(repo: Repo) -> None:
    repo.save("one", Note__md="1\n", Staged__md="1\n")
    repo.write("Staged.md", "2\n")
    repo.git("add", "Staged.md")
    staged = repo.staged
    repo.hook("pre-commit", "for f in Note.md New.md; do echo tidied >> $f; git add $f; done")
    repo.write("Note.md", "2\n")
    repo.write("New.md", "new\n")
    made = Git.open(repo.path).commit(["Note.md", "New.md"], "m")
    assert made is not None
    assert made.changed == ()
    assert repo.content("Note.md") == "2\ntidied\n"
    assert repo.staged == staged
    assert repo.status == "M  Staged.md\n"


def test_a_hook_that_rewrites_the_commit_alone_leaves_no_staged_reversal(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.hook(
        "pre-commit",
        "tidy=$(echo tidied | git hash-object -w --stdin); git update-index --cacheinfo 100644,$tidy,Note.md",
    )
    repo.write("Note.md", "2\n")
    made = Git.open(repo.path).commit(["Note.md"], "m")
    assert made is not None
    assert made.changed == ("Note.md",)
    assert (repo.content("Note.md"), repo.staged) == ("tidied\n", "")


def test_what_is_staged_while_a_hook_runs_after_the_commit_stays_staged(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.hook("post-commit", "echo 3 > Note.md; git add Note.md")
    repo.write("Note.md", "2\n")
    made = Git.open(repo.path).commit(["Note.md"], "m")
    assert made is not None
    assert made.changed == ("Note.md",)
    assert repo.status == "M  Note.md\n"


def test_a_lock_that_stays_after_the_commit_does_not_hide_the_commit(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.hook("pre-commit", "echo tidied >> Note.md; git add Note.md")
    repo.hook("post-commit", "touch .git/index.lock")
    repo.write("Note.md", "2\n")
    git = Git.open(repo.path, patience=0.2)
    made = git.commit(["Note.md"], "m")
    assert made is not None
    assert made.sha == repo.head
    (repo.path / ".git/index.lock").unlink()
    (repo.path / ".git/hooks/post-commit").unlink()
    assert repo.content("Note.md") == "2\ntidied\n"


def test_a_hook_that_rewrites_without_adding_is_told_by_path(repo: Repo) -> None:
    repo.hook("post-commit", "echo generated >> Note.md")
    repo.write("Note.md", "1\n")
    repo.write("Other.md", "1\n")
    made = Git.open(repo.path).commit(["Note.md", "Other.md"], "m")
    assert made is not None
    assert made.changed == ("Note.md",)
    assert repo.content("Note.md") == "1\n"


def test_a_hook_that_takes_too_long_is_ended_with_all_it_started(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.hook("pre-commit", "echo $$ > pids; (sleep 600 & echo $! >> pids; wait)")
    repo.write("Note.md", "2\n")
    repo.write("New.md", "2\n")
    git = Git.open(repo.path)
    with everything_kept_but(repo, "pids"), pytest.raises(GitTimedOut, match="longer than 1 s"):
        git.commit(["Note.md", "New.md"], "m", timeout=1)
    for pid in (repo.path / "pids").read_text().split():
        assert not alive(int(pid))
    assert not (repo.path / ".git/index.lock").exists()


@contextmanager
def everything_kept_but(repo: Repo, name: str) -> Iterator[None]:
    repo.write(".git/info/exclude", f"{name}\n")
    with everything_kept(repo):
        yield


def alive(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True


def test_a_process_that_a_hook_leaves_behind_does_not_hide_the_commit(repo: Repo) -> None:
    repo.hook("post-commit", "sleep 5 & echo $! > .git/left-behind")
    repo.write("Note.md", "1\n")
    sha = Git.open(repo.path).commit(["Note.md"], "m", timeout=1)
    os.kill(int((repo.path / ".git/left-behind").read_text()), 15)
    assert sha is not None
    assert sha.sha == repo.head


def test_a_signature_that_fails_is_told_and_leaves_everything(repo: Repo) -> None:
    signer = repo.write(".git/signer", "#!/bin/sh\necho 'gpg: no secret key' >&2\nexit 2\n")
    signer.chmod(0o755)
    repo.save("one", Note__md="1\n")
    repo.git("config", "gpg.program", str(signer))
    repo.git("config", "commit.gpgSign", "true")
    repo.write("Note.md", "2\n")
    repo.write("New.md", "2\n")
    with everything_kept(repo), pytest.raises(HookFailed, match="signed") as caught:
        commit(repo, "Note.md", "New.md")
    assert "failed to sign" in caught.value.output


def test_the_author_can_be_another_the_committer_is_the_person(repo: Repo) -> None:
    repo.write("Note.md", "1\n")
    Git.open(repo.path).commit(["Note.md"], "m", author="vaultsync <tool@example.org>")
    assert repo.git("log", "-1", "--format=%an <%ae>, %cn") == "vaultsync <tool@example.org>, Ada Person\n"


def test_a_held_lock_is_waited_for_then_told_never_deleted(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.write("Note.md", "2\n")
    repo.write("New.md", "2\n")
    lock = repo.write(".git/index.lock", "")
    before = repo.status
    with pytest.raises(LockHeld) as caught:
        Git.open(repo.path, patience=0.3).commit(["Note.md", "New.md"], "m")
    assert str(lock) in str(caught.value)
    assert lock.exists()
    assert repo.status == before
    threading.Timer(0.5, lock.unlink).start()
    assert Git.open(repo.path, patience=30).commit(["Note.md", "New.md"], "m") is not None


def test_a_held_lock_of_the_branch_leaves_the_index_as_it_was(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.write("Note.md", "2\n")
    repo.write("New.md", "2\n")
    lock = repo.write(".git/refs/heads/main.lock", "")
    with everything_kept(repo), pytest.raises(LockHeld):
        Git.open(repo.path, patience=0.3).commit(["Note.md", "New.md"], "m")
    lock.unlink()


def test_a_file_that_goes_while_it_is_committed_does_not_stop_the_others(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.save("one", Note__md="1\n")
    repo.write("Note.md", "2\n")
    gone = repo.write("Gone.md", "2\n")
    git = Git.open(repo.path)
    write = git._process.write

    def late(command: str, *args: str, **options: object) -> object:
        gone.unlink(missing_ok=True)
        return write(command, *args, **options)  # type: ignore[arg-type]  # passes on what it was given

    monkeypatch.setattr(git._process, "write", late)
    assert git.commit(["Note.md", "Gone.md"], "m") is not None
    assert repo.files_of() == {"Note.md"}
    assert repo.status == ""


def test_a_person_committing_at_the_same_time_loses_nothing(repo: Repo) -> None:
    repo.save("one", Note__md="0\n", Mine__md="0\n")
    git = Git.open(repo.path, patience=20)
    stop = threading.Event()
    done: list[int] = []

    def person() -> None:
        while not stop.is_set():
            repo.write("Mine.md", f"{len(done)}\n")
            while repo.content("Mine.md") != f"{len(done)}\n":
                repo.git("commit", "-qm", f"by hand {len(done)}", "--", "Mine.md", ok=False)
            done.append(len(done))

    thread = threading.Thread(target=person)
    thread.start()
    try:
        for number in range(1, 9):
            repo.write("Note.md", f"{number}\n")
            assert git.commit(["Note.md"], f"tool {number}") is not None
    finally:
        stop.set()
        thread.join()
    subjects = repo.git("log", "--format=%s").splitlines()
    assert [s for s in subjects if s.startswith("tool")] == [f"tool {n}" for n in range(8, 0, -1)]
    assert [s for s in subjects if s.startswith("by hand")] == [f"by hand {n}" for n in done[:0:-1]]
    assert (repo.content("Note.md"), repo.content("Mine.md")) == ("8\n", f"{done[-1]}\n")
    assert git.worktree.changes(["Mine.md"]) == []


def test_a_commit_that_comes_between_is_not_taken_back_by_the_index(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git's race, played slowly: our commit read the index before the person's commit wrote it."""
    repo.save("one", Note__md="0\n", Mine__md="0\n", Gone__md="g\n", Staged__md="s\n")
    repo.write("Staged.md", "t\n")
    repo.git("add", "Staged.md")
    staged = repo.staged
    git = Git.open(repo.path)
    write = git._process.write

    def race(command: str, *args: str, **options: object) -> object:
        if command != "commit":
            return write(command, *args, **options)  # type: ignore[arg-type]  # passes on what it was given
        former = repo.git("ls-files", "--stage", "Mine.md", "Gone.md")
        repo.write("Mine.md", "1\n")
        repo.write("New.md", "1\n")
        (repo.path / "Gone.md").unlink()
        repo.git("add", "-N", "New.md")
        repo.git("commit", "-qm", "by hand", "--", "Mine.md", "New.md", "Gone.md")
        done = write(command, *args, **options)  # type: ignore[arg-type]  # passes on what it was given
        repo.git("update-index", "--force-remove", "New.md")
        repo.git("update-index", "--index-info", stdin=former.encode())
        return done

    repo.write("Note.md", "1\n")
    monkeypatch.setattr(git._process, "write", race)
    assert git.commit(["Note.md"], "tool") is not None
    assert repo.staged == staged
    assert repo.status == "M  Staged.md\n"


def test_a_commit_of_the_persons_right_after_ours_is_not_taken_for_ours(repo: Repo) -> None:
    repo.save("one", Note__md="1\n", Mine__md="1\n")
    repo.hook(
        "post-commit",
        "git log -1 --format=%s | grep -q 'by hand' && exit\n"
        "echo 2 > Mine.md; git commit -qm 'by hand' -- Mine.md",
    )
    repo.write("Note.md", "2\n")
    made = Git.open(repo.path).commit(["Note.md"], "  notes:   Note\n\n\n\nand a body  \n")
    assert made is not None
    assert made.sha == repo.git("rev-parse", "HEAD^").strip()
    assert repo.git("log", "-2", "--format=%B").split("\n") == [
        "by hand", "", "  notes:   Note", "", "and a body", "", "",
    ]  # fmt: skip
    assert repo.status == ""


def test_a_commit_whose_message_a_hook_rewrites_is_known_all_the_same(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.hook("commit-msg", "echo 'TICKET-7: something else' > $1")
    repo.write("Note.md", "2\n")
    made = Git.open(repo.path).commit(["Note.md"], "notes: Note")
    assert made is not None
    assert made.sha == repo.head


def test_a_commit_that_is_taken_back_at_once_was_not_made(repo: Repo) -> None:
    head = repo.save("one", Note__md="1\n")
    repo.hook("post-commit", "git reset -q HEAD^")
    repo.write("Note.md", "2\n")
    assert commit(repo, "Note.md") is None
    assert (repo.head, repo.status) == (head, " M Note.md\n")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The git commands that the adapter starts from now on."""
    commands: list[tuple[str, ...]] = []
    run = GitProcess._run

    def counted(self: GitProcess, command: str, args: tuple[str, ...], *others: object) -> object:
        commands.append((command, *args))
        return run(self, command, args, *others)  # type: ignore[arg-type]  # passes on what it was given

    monkeypatch.setattr(GitProcess, "_run", counted)
    return commands


def test_a_commit_starts_four_gits_no_search_for_new_files_and_no_summary(
    repo: Repo, started: list[tuple[str, ...]]
) -> None:
    repo.save("one", Note__md="1\n")
    repo.write("Note.md", "2\n")
    git = Git.open(repo.path)
    started.clear()
    assert git.commit(["Note.md"], "m") is not None
    assert [command for command, *_ in started] == ["status", "commit", "diff-tree", "diff-index"]
    assert "--untracked-files=no" in started[0]
    assert "--quiet" in started[1]


def test_a_commit_takes_the_status_that_was_just_seen_unless_somebody_staged_since(
    repo: Repo, started: list[tuple[str, ...]]
) -> None:
    repo.save("one", Note__md="1\n", Other__md="1\n")
    git = Git.open(repo.path)
    for number, staged in enumerate((False, True)):
        repo.write("Note.md", f"seen {number}\n")
        repo.write("Other.md", f"seen {number}\n")
        assert [change.path for change in git.worktree.changes(["Note.md", "Other.md"])] == [
            "Note.md",
            "Other.md",
        ]
        if staged:
            repo.git("add", "Note.md")
            repo.write("Note.md", "and more\n")
            with pytest.raises(PartlyStaged):
                git.commit(["Note.md"], "m")
        else:
            started.clear()
            assert git.commit(["Note.md"], "m") is not None
            assert [command for command, *_ in started] == ["commit", "diff-tree", "diff-index"]
            assert repo.files_of() == {"Note.md"}


def test_a_repository_with_hooks_is_looked_at_after_the_commit(
    repo: Repo, started: list[tuple[str, ...]]
) -> None:
    repo.save("one", Note__md="1\n")
    repo.git("config", "core.hooksPath", "of\nmine")
    repo.hook("post-commit", "true", folder="of\nmine")
    repo.write("Note.md", "2\n")
    git = Git.open(repo.path)
    started.clear()
    assert git.commit(["Note.md"], "m") is not None
    assert [command for command, *_ in started] == [
        "status",
        "commit",
        "diff-tree",
        "rev-parse",  # where the hooks are, since it is set
        "diff-index",
        "diff-index",
    ]


def test_a_first_commit_and_new_notes_among_known_ones_are_searched_for(
    repo: Repo, started: list[tuple[str, ...]]
) -> None:
    git = Git.open(repo.path)
    for number in range(2):
        repo.write("Note.md", f"{number}\n")
        repo.write(f"New {number}.md", "n\n")
        started.clear()
        made = git.commit(["Note.md", f"New {number}.md"], "m")
        assert made is not None
        assert made.sha == repo.head
        assert repo.files_of() == {"Note.md", f"New {number}.md"}
        gits = ["status", "ls-files", "status", "add", "commit", "diff-tree", "diff-index"]
        assert [command for command, *_ in started] == gits


def test_git_is_let_pack_after_some_commits_and_never_where_the_person_forbids_it(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = repo.path / ".git" / "trace"
    monkeypatch.setattr("vaultsync.git.process.KEPT_PREFIXES", ("GIT_TRACE2",))
    monkeypatch.setenv("GIT_TRACE2", str(trace))
    git = Git.open(repo.path)

    def looked(number: int) -> bool:
        trace.write_text("")
        repo.write("Note.md", f"{number}\n")
        assert git.commit(["Note.md"], "m") is not None
        return "maintenance run --auto" in trace.read_text()

    assert looked(0)  # the first commit of a repository
    for number in range(1, 40):
        drawn = repo.head.startswith("0")
        assert looked(number) == drawn
    repo.git("config", "maintenance.auto", "false")
    assert not any(looked(number) for number in range(40, 80))


def test_what_a_killed_run_left_in_the_git_folder_goes_and_nothing_is_left_elsewhere(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "scratch"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    repo.save("one", Note__md="1\n")
    git = Git.open(repo.path)
    repo.hook("commit-msg", "ls -d .git/vaultsync-???????? > .git/seen")
    repo.write("Note.md", "2\n")
    assert git.commit(["Note.md"], "m") is not None
    folder = repo.path / (repo.path / ".git/seen").read_text().strip()
    assert not folder.exists()
    folder.mkdir()
    for name in ("message", "index", "index.lock"):
        (folder / name).write_text("left by a killed run")
    repo.write("New.md", "2\n")
    assert [change.path for change in git.worktree.changes()] == ["New.md"]
    assert not folder.exists()
    assert list(elsewhere.iterdir()) == []


def test_two_vaults_of_a_repository_do_not_share_their_files_for_git(repo: Repo) -> None:
    for name in ("One", "Two"):
        repo.write(f"{name}/Note.md", "1\n")
    repo.hook("commit-msg", "ls -d .git/vaultsync-???????? >> .git/seen")
    for name in ("One", "Two"):
        assert Git.open(repo.path / name).commit(["Note.md"], "m") is not None
    assert len(set((repo.path / ".git/seen").read_text().splitlines())) == 2


def test_a_git_folder_that_cannot_be_written_is_told(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.write("Note.md", "2\n")
    git = Git.open(repo.path)
    folder = git.worktree._scratch_folder
    folder.write_text("a file in the way")
    with pytest.raises(GitError, match=f"{folder} can't be written: File exists"):
        git.commit(["Note.md"], "m")
    folder.unlink()


def test_an_index_written_back_by_another_git_is_not_taken_for_staging(repo: Repo) -> None:
    repo.save("one", Note__md="0\n")
    repo.write("Note.md", "1\n")
    repo.write("New.md", "1\n")
    git = Git.open(repo.path)
    assert git.commit(["Note.md", "New.md"], "tool") is not None
    former = repo.git("rev-parse", "HEAD^:Note.md").strip()
    repo.git("update-index", "--cacheinfo", f"100644,{former},Note.md")
    repo.git("update-index", "--force-remove", "New.md")
    repo.write("Note.md", "2\n")
    assert {change.path: change.staged for change in git.worktree.changes()} == {"Note.md": "no"}
    assert git.commit(["Note.md"], "tool again") is not None
    assert repo.content("Note.md") == "2\n"
    repo.write("Note.md", "3\n")
    repo.git("add", "Note.md")
    repo.write("Note.md", "4\n")
    assert git.worktree.changes(["Note.md"])[0].staged == "part"  # this the person did


def test_many_cycles_leave_no_child_and_no_open_file(repo: Repo) -> None:
    cycles = int(os.environ.get("VAULTSYNC_GIT_CYCLES", "20"))
    git = Git.open(repo.path)

    def held() -> tuple[list[str], int]:
        children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
        return children, len(os.listdir("/proc/self/fd"))

    repo.hook("commit-msg", "! grep -q refuse $1")
    before = held()
    for number in range(cycles):
        repo.write("Note.md", f"{number}\n")
        repo.write(f"New {number}.md", "n\n")
        assert git.preflight() is None
        found = git.worktree.changes()
        with pytest.raises(HookFailed):
            git.commit(paths_of(found), "refuse")
        assert git.commit(paths_of(found), f"cycle\n\nVaultsync-Run: {number}\n") is not None
        assert git.history.runs(limit=1)[0].trailers["Vaultsync-Run"] == str(number)
        assert git.history.blob("HEAD", "Note.md") == f"{number}\n".encode()
    assert held() == before


# A save in the moment of a commit


def save_as_git_reads(repo: Repo, note: str, line: str) -> None:
    """The next time that git reads the note for a commit, somebody appends a line right after."""
    mark = repo.path.parent / "read once"
    repo.write(".git/info/attributes", "*.md filter=moment\n")
    script = repo.write(
        ".git/moment.sh",
        f"#!/bin/sh\ncat\n[ -e '{mark}' ] && exit 0\n: > '{mark}'\nsleep 0.05\n"
        f"printf '{line}\\n' >> '{repo.path / note}'\n",
    )
    script.chmod(0o755)
    repo.git("config", "filter.moment.clean", str(script))


def test_a_save_between_the_two_times_that_git_reads_a_note_does_not_look_staged(repo: Repo) -> None:
    """`git commit --only` reads each file for the index and once more for the commit (git 2.39)."""
    repo.save("one", Note__md="1\n")
    repo.write("Note.md", "1\n2\n")
    save_as_git_reads(repo, "Note.md", "typed meanwhile")
    for git in (Git.open(repo.path), Git.open(repo.path)):  # the next one is another process's
        git.commit(["Note.md"], "m")
        assert repo.staged == ""
        assert [change.staged for change in git.worktree.changes()] in ([], ["no"])
    assert repo.git("show", "HEAD:Note.md") == "1\n2\ntyped meanwhile\n"


def test_what_the_person_had_staged_of_other_notes_stays_staged(repo: Repo) -> None:
    repo.save("one", Note__md="1\n", Other__md="1\n")
    repo.write("Other.md", "1\nstaged\n")
    repo.git("add", "Other.md")
    repo.write("Other.md", "1\nstaged\nand not\n")
    staged = repo.staged
    repo.write("Note.md", "1\n2\n")
    save_as_git_reads(repo, "Note.md", "typed meanwhile")
    Git.open(repo.path).commit(["Note.md"], "m")
    assert repo.staged == staged


@pytest.mark.parametrize("attributes", ["", "*.md text eol=crlf\n", "*.md working-tree-encoding=UTF-16LE\n"])
def test_a_save_in_the_commit_of_a_run_is_taken_out_of_it_again(repo: Repo, attributes: str) -> None:
    repo.save("one", Note__md="1\n", Other__md="o\n")
    repo.write(".git/info/attributes", attributes)
    git = Git.open(repo.path)
    coded = "utf-16-le" if "16" in attributes else "utf-8"
    end = "\r\n" if "crlf" in attributes else "\n"
    ours = f"1{end}ours{end}".encode(coded)
    repo.write("Note.md", ours + f"typed{end}".encode(coded))  # before git reads it
    repo.write("Other.md", f"o{end}ours{end}".encode(coded))
    other = (repo.path / "Other.md").read_bytes()
    made = git.commit(["Note.md", "Other.md"], "vaultsync: x")
    assert made is not None
    kept = git.as_written(made.sha, {"Note.md": ours, "Other.md": other})
    assert kept.replaced
    assert kept.mixed == ()
    assert repo.head == kept.sha
    assert repo.git("show", "HEAD:Note.md").split() == ["1", "ours"]
    assert repo.git("show", "HEAD:Other.md").split() == ["o", "ours"]
    assert repo.git("log", "-1", "--format=%s %an").strip() == "vaultsync: x Ada Person"
    assert repo.staged == ""
    assert [change.path for change in git.worktree.changes()] == ["Note.md"]
    assert git.history.blob("HEAD", "Note.md") == ours


def test_a_commit_that_is_as_it_was_written_stays_the_very_same(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.write(".git/info/attributes", "*.md text eol=crlf\n")
    repo.write("Note.md", "1\r\n2\r\n")
    repo.write("New.md", "n\r\n")
    git = Git.open(repo.path)
    made = git.commit(["Note.md", "New.md"], "m")
    assert made is not None
    kept = git.as_written(made.sha, {"Note.md": b"1\r\n2\r\n", "New.md": b"n\r\n"})
    assert (kept.sha, kept.replaced, kept.mixed) == (repo.head, (), ())


def test_a_commit_on_which_somebody_has_built_keeps_the_save_and_says_so(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.write("Note.md", "1\nours\ntyped\n")
    git = Git.open(repo.path)
    made = git.commit(["Note.md"], "m")
    assert made is not None
    top = repo.save("by hand", Other__md="o\n")
    kept = git.as_written(made.sha, {"Note.md": b"1\nours\n"})
    assert (kept.sha, kept.mixed) == (made.sha, ("Note.md",))
    assert repo.head == top


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"core.autocrlf": "true", "core.safecrlf": "true"}, "core.safecrlf"),
        ({"filter.gone.clean": "no-such-program", "filter.gone.required": "true"}, "^filter"),
    ],
)
def test_a_commit_that_the_persons_own_settings_refuse_says_what_to_do(
    tmp_path: Path, settings: dict[str, str], hint: str
) -> None:
    repo = Repo(tmp_path)
    repo.git("init", "-q")
    repo.save(Note__md="old\n")
    for name, value in settings.items():
        repo.git("config", name, value)
    repo.write(".gitattributes", "*.md filter=gone\n" if "filter" in hint else "")
    repo.write("Note.md", "new\n")
    with pytest.raises(GitFailed) as refused:
        Git.open(tmp_path).commit(["Note.md"], "notes: Note")
    assert hint in refused.value.hint
