"""A run is killed just as git has committed: the next run mends the index that git left, and no other one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from gitrepo import Repo, git_env, repo

from vaultsync.git.repository import Git, GitFailed

__all__ = ["git_env", "repo"]


class Killed(BaseException):
    """What a kill is to a test."""


@pytest.fixture
def killed(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Commit a note that is saved between git's two reads of it, and die before the index is mended."""

    def die(self: Git, sha: str, wanted: set[str], hooks: object) -> None:
        old = repo.git("hash-object", "-w", "--stdin", stdin=b"as git read it first\n").strip()
        repo.git("update-index", "--cacheinfo", f"100644,{old},a.md")
        raise Killed

    def run() -> None:
        repo.save(a__md="one\n", b__md="b\n")
        repo.write("a.md", "typed\n")
        with monkeypatch.context() as patched:
            patched.setattr(Git, "_changed_again", die)
            with pytest.raises(Killed):
                Git.open(repo.path).commit(["a.md"], "notes: a")

    return run


def left(repo: Repo) -> list[Path]:
    return list((repo.path / ".git").glob("vaultsync-*"))


def test_a_note_that_a_killed_run_left_as_if_staged_is_free_again(
    repo: Repo, killed: Callable[[], None]
) -> None:
    killed()
    repo.write("a.md", "typed on\n")
    assert [change.staged for change in Git.open(repo.path).worktree.changes()] == ["part"]
    git = Git.open(repo.path)
    assert git.preflight() is None
    assert [change.staged for change in git.worktree.changes()] == ["no"]
    assert repo.staged == ""
    assert git.commit(["a.md"], "notes: a again") is not None
    assert repo.content("a.md") == "typed on\n"
    assert left(repo) == []


@pytest.mark.parametrize("later", [60, -86_400], ids=["a minute later", "after the clock was set back"])
def test_what_the_person_has_staged_since_stays(repo: Repo, killed: Callable[[], None], later: float) -> None:
    killed()
    repo.write("a.md", "staged by hand\n")
    repo.git("add", "a.md")
    index = repo.path / ".git" / "index"
    os.utime(index, (index.stat().st_mtime + later,) * 2)
    staged = repo.staged
    assert staged
    Git.open(repo.path).preflight()
    assert repo.staged == staged
    assert left(repo) == []


def test_after_another_commit_nothing_is_mended(repo: Repo, killed: Callable[[], None]) -> None:
    killed()
    repo.write("b.md", "more\n")
    repo.git("commit", "-q", "--only", "-m", "by hand", "b.md")
    staged = repo.staged
    Git.open(repo.path).preflight()
    assert repo.staged == staged


@pytest.mark.parametrize("data", [b"", b"\x00", b"[]", b"\xff" * 100])
def test_a_damaged_note_of_it_is_passed_over_and_goes(repo: Repo, data: bytes) -> None:
    repo.save(a__md="one\n")
    git = Git.open(repo.path)
    file = git.worktree.beside_index("commit")
    file.write_bytes(data)
    assert git.preflight() is None
    assert left(repo) == []


def test_a_commit_that_is_made_or_refused_leaves_no_note_of_it(repo: Repo) -> None:
    repo.save(a__md="one\n")
    repo.write("a.md", "two\n")
    assert Git.open(repo.path).commit(["a.md"], "notes: a") is not None
    assert left(repo) == []
    repo.hook("pre-commit", "exit 1")
    repo.write("a.md", "three\n")
    with pytest.raises(Exception, match="hook"):
        Git.open(repo.path).commit(["a.md"], "notes: a")
    assert left(repo) == []


def test_an_intent_to_add_of_a_killed_run_goes_when_its_file_was_moved_away(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.save(a__md="one\n", gone__md="g\n")
    repo.write("new.md", "new\n")

    def die(self: Git, *args: object, **options: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Git, "_changed_again", die)
        with pytest.raises(Killed):
            Git.open(repo.path).commit(["new.md"], "notes: new")
    repo.git("reset", "-q", "--soft", "HEAD^")
    repo.git("reset", "-q")
    repo.git("add", "-N", "new.md")
    (repo.path / "new.md").rename(repo.path / "moved.md")
    (repo.path / "gone.md").unlink()
    assert Git.open(repo.path).preflight() is None
    assert repo.status == " D gone.md\n?? moved.md\n"
    assert left(repo) == []


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let git commit, and then fail to write the index, as on a failing disk; so do other commands named."""
    real, folder = shutil.which("git"), tmp_path / "bin"

    def fail(others: str) -> None:
        folder.mkdir()
        said = 'echo "fatal: repository has been updated, but unable to write" >&2; exit 128'
        (folder / "git").write_text(
            f"""#!/bin/sh
            case " $* " in
            *" commit "*)
                cp -p .git/index .git/index.was; "{real}" "$@"; mv .git/index.was .git/index; {said};;
            *" {others} "*) echo "fatal: unable to write new index file" >&2; exit 128;;
            esac
            exec "{real}" "$@"
            """
        )
        (folder / "git").chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    return fail


def test_a_commit_whose_index_could_not_be_written_is_made_and_the_index_follows(
    repo: Repo, failing: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.save(a__md="one\n", b__md="b\n")
    repo.write("a.md", "typed\n")
    repo.write("new.md", "new\n")
    monkeypatch.chdir(repo.path)
    failing("no other")
    done = Git.open(repo.path).commit(["a.md", "new.md"], "notes: a")
    assert done is not None
    assert done.sha == repo.head
    assert repo.status == ""


def test_an_index_that_can_not_follow_at_once_does_in_the_next_run(
    repo: Repo, failing: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.save(a__md="one\n", b__md="b\n")
    repo.write("a.md", "typed\n")
    monkeypatch.chdir(repo.path)
    before = repo.head
    usual = os.environ["PATH"]
    failing("reset")
    with pytest.raises(GitFailed, match="index"):
        Git.open(repo.path).commit(["a.md"], "notes: a")
    monkeypatch.setenv("PATH", usual)
    assert repo.head != before
    assert repo.staged != ""
    repo.write("a.md", "typed on\n")
    git = Git.open(repo.path)
    assert git.preflight() is None
    assert [change.staged for change in git.worktree.changes()] == ["no"]
    assert left(repo) == []
