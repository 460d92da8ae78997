"""What is known of own commits says what git would say, whoever commits in between."""

from __future__ import annotations

from random import Random

import pytest
from gitrepo import Repo, git_env, repo
from started_gits import gits

from vaultsync.core.history.messages import RUN_TRAILER
from vaultsync.git import own_line
from vaultsync.git.answers import Answers
from vaultsync.git.departures import parents_of
from vaultsync.git.repository import Git

__all__ = ["git_env", "gits", "repo"]


def message(number: int) -> str:
    trailers = f"Vaultsync-Rules: fm-tags, link-gone\n{RUN_TRAILER}: {number:012x}\n"
    return f"vaultsync: tidy\n\n{trailers}" if number % 2 else f"notes: {number}\n"


@pytest.mark.parametrize("vault", ["", "deep/vault/"])
@pytest.mark.parametrize("seed", range(2))
def test_own_commits_tell_what_git_tells(
    repo: Repo, gits: list[str], monkeypatch: pytest.MonkeyPatch, seed: int, vault: str
) -> None:
    monkeypatch.setattr(own_line, "MOST_KEPT", 4)
    random, answers = Random(seed), Answers()
    repo.save("start", **{f"{vault}Start.md": "1\n", "Outside.md": "1\n"})
    git = Git.open(repo.path / vault, answers=answers)
    before = repo.head
    for number in range(12):
        for _ in range(random.choice((1, 1, 2, 6))):
            repo.write(f"{vault}Note {random.randrange(3)}.md", f"{number} {random.random()}\n")
            if random.random() < 0.7:
                names = [f"Note {n}.md" for n in range(3) if (repo.path / vault / f"Note {n}.md").exists()]
                git.commit(names, message(number))
            else:  # somebody else
                repo.save(message(random.randrange(99)), **{"Outside.md": f"{number}\n"})
        if random.random() < 0.15:
            repo.git("reset", "-q", "--hard", "HEAD~1")
        if random.random() < 0.15:
            repo.git("pack-refs", "--all")
        fresh = Git.open(repo.path / vault)
        head = repo.head
        assert git.history.head() == head
        assert git.history.run_files(head, before) == fresh.history.run_files(head, before)
        for count in (3, 50):
            told = parents_of(fresh.repository.process, count, "HEAD")
            assert list(git.history.last_commits(count).items()) == list(told.items())
        before = head


def test_after_own_commits_alone_nothing_is_asked(repo: Repo, gits: list[str]) -> None:
    repo.save("start", Note__md="0\n")
    git = Git.open(repo.path, answers=Answers())
    before = repo.head
    git.history.renames(9)
    for number in range(3):
        repo.write("Note.md", f"{number} more\n")
        made = git.commit(["Note.md"], message(number))
        assert made is not None
    gits.clear()
    head = git.history.head()
    assert head == made.sha
    (run,) = git.history.run_files(head, before) or ()
    assert (run.paths, run.rules, run.gone) == (("Note.md",), ("fm-tags", "link-gone"), False)
    assert git.history.renames(9) == []
    assert git.history.merged_over(before, head) == ""
    assert gits == []


def test_a_message_that_a_hook_changes_counts_as_git_has_it(repo: Repo, gits: list[str]) -> None:
    repo.save("start", Note__md="0\n")
    git = Git.open(repo.path)
    before = repo.head
    repo.hook("commit-msg", f'printf "other\\n\\n{RUN_TRAILER}: 1\\001\\002\\n" > "$1"')
    repo.write("Note.md", "1\n")
    git.commit(["Note.md"], "notes: Note\n")
    gits.clear()
    known = git.history.run_files(repo.head, before)
    assert gits == []
    assert known == Git.open(repo.path).history.run_files(repo.head, before)
    assert [run.paths for run in known or ()] == [("Note.md",)]


def test_a_head_that_names_no_branch_of_its_own_file_is_asked_of_git(repo: Repo) -> None:
    git = Git.open(repo.path)
    assert git.history.head() is None
    head = repo.save("start", Note__md="0\n")
    for command in (["pack-refs", "--all"], ["checkout", "-q", "--detach"]):
        repo.git(*command)
        assert git.history.head() == head
    repo.git("checkout", "-q", "-b", "deep/branch")
    assert git.history.head() == head
    repo.git("symbolic-ref", "refs/heads/alias", "refs/heads/deep/branch")
    repo.git("symbolic-ref", "HEAD", "refs/heads/alias")
    assert git.history.head() == head
    repo.git("worktree", "add", "-q", "-b", "second", str(repo.path / "second"))
    assert Git.open(repo.path / "second").history.head() == head
