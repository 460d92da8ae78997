"""Answers of git that are kept: what the next cycle does not ask again, and what makes it ask again."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from gitrepo import Repo, git_env, repo
from started_gits import gits

from vaultsync.git.answers import YOUNG, Answers, _variables
from vaultsync.git.locate import NotARepository
from vaultsync.git.process import _own_variables_only
from vaultsync.git.repository import Git
from vaultsync.vault.own_process import environment

__all__ = ["git_env", "gits", "repo"]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files of now count as old ones: a clock that goes ahead of them."""
    ahead = time.time
    monkeypatch.setattr("vaultsync.git.answers.time.time", lambda: ahead() + YOUNG + 60)


def opened(repo: Repo, answers: Answers) -> Git:
    git = Git.open(repo.path, answers=answers, patience=0.1)
    assert git.preflight() is None
    return git


def test_a_repository_in_which_nothing_changed_is_opened_and_ready_without_any_git(
    repo: Repo, gits: list[str], later: None
) -> None:
    repo.save("one", Note__md="1\n")
    answers = Answers()
    first = opened(repo, answers)
    assert gits == ["rev-parse", "config", "ls-files"]
    gits.clear()
    assert opened(repo, answers).repository is first.repository
    assert gits == []


def test_what_changed_this_very_moment_is_asked_again(repo: Repo, gits: list[str]) -> None:
    repo.save("one", Note__md="1\n")
    answers = Answers()
    opened(repo, answers)
    gits.clear()
    opened(repo, answers)
    assert gits == ["rev-parse", "config", "ls-files"]


@pytest.mark.parametrize(
    "change",
    [
        lambda repo: repo.git("config", "core.sshCommand", "other"),
        lambda repo: repo.git("config", "--global", "core.sshCommand", "other"),
        lambda repo: repo.write("../included", "[core]\n\tsshCommand = other\n"),
        lambda repo: os.environ.update(
            GIT_CONFIG_GLOBAL=str(repo.write("../mine", "[core]\nsshCommand = other"))
        ),
    ],
    ids=["the repository's", "the person's", "an included file that comes", "another file named"],
)
def test_a_setting_that_changes_counts_at_once(
    repo: Repo, git_env: Path, later: None, change: Callable[[Repo], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(git_env))  # so that it is set back
    repo.git("config", "--global", "include.path", str(repo.path.parent / "included"))
    repo.save("one", Note__md="1\n")
    answers = Answers()
    assert opened(repo, answers).repository.configuration.text("core.sshcommand") == ""
    change(repo)
    found = Git.open(repo.path, answers=answers).repository
    assert found.configuration.text("core.sshcommand") == "other"


def test_a_repository_that_goes_or_is_made_anew_is_noticed(repo: Repo, later: None, tmp_path: Path) -> None:
    repo.save("one", Note__md="1\n")
    answers = Answers()
    first = opened(repo, answers)
    (repo.path / ".git").rename(tmp_path / "away")
    with pytest.raises(NotARepository):
        Git.open(repo.path, answers=answers)
    repo.git("init", "-q", "--object-format=sha256")
    assert opened(repo, answers).repository.empty_tree != first.repository.empty_tree


def test_a_repository_inside_the_known_one_is_noticed(repo: Repo, later: None) -> None:
    inner = Repo(repo.path / "Vault")
    inner.write("Note.md", "1\n")
    repo.save("one")
    answers = Answers()
    assert opened(inner, answers).repository.prefix == "Vault/"
    inner.git("init", "-q")
    assert opened(inner, answers).repository.prefix == ""


def test_a_vault_that_comes_to_be_ignored_is_noticed(repo: Repo, later: None) -> None:
    inner = Repo(repo.path / "Vault")
    inner.write("Note.md", "1\n")
    answers = Answers()
    opened(inner, answers)
    repo.write(".gitignore", "Vault/\n")
    with pytest.raises(Exception, match="ignored"):
        Git.open(inner.path, answers=answers)


def test_paths_that_come_to_be_unmerged_are_waited_for(repo: Repo, later: None) -> None:
    repo.save("one", Note__md="1\n")
    repo.write("Note.md", "stashed\n")
    repo.git("stash", "-q")
    repo.save("two", Note__md="2\n")
    answers = Answers()
    git = opened(repo, answers)
    repo.git("stash", "pop", ok=False)
    waiting = git.preflight()
    assert waiting is not None
    assert waiting.state == "unmerged"
    repo.git("checkout", "-q", "--ours", "Note.md")
    repo.git("add", "Note.md")
    assert git.preflight() is None


def test_a_folder_of_hooks_that_is_named_later_counts(repo: Repo, later: None) -> None:
    repo.save("one", Note__md="1\n")
    answers = Answers()
    assert opened(repo, answers).history.hooks().endswith(".git/hooks")
    repo.git("config", "core.hooksPath", "mine")
    assert opened(repo, answers).history.hooks() == "mine"


@pytest.mark.parametrize(
    ("said", "on"),
    [
        ("true", True),
        ("Yes", True),
        ("on", True),
        ("1", True),
        ("-1", True),
        ("", False),
        ("no", False),
        ("0", False),
    ],
)
def test_a_switch_is_read_as_git_reads_it(repo: Repo, said: str, on: bool) -> None:
    repo.git("config", "x.y", said)
    assert Git.open(repo.path).repository.configuration.is_on("x.y") == on
    assert repo.git("config", "--type=bool", "x.y").strip() == str(on).lower()


def test_a_switch_without_a_value_and_values_of_many_lines_are_read(repo: Repo) -> None:
    with open(repo.path / ".git" / "config", "a", encoding="utf-8") as config:
        config.write('[x]\n\tbare\n\tlong = "a\\nb = c"\n[x "Sub.Section"]\n\tKey = v\n')
    found = Git.open(repo.path).repository.configuration
    assert found.is_on("x.bare")
    assert found.text("x.long") == "a\nb = c"
    assert found.text("x.Sub.Section.key") == "v"


@pytest.mark.parametrize(
    ("config", "variables", "ready"),
    [
        ("[user]\nname = A\nemail = a@b", {}, True),
        ("[user]\nname = ,.;\nemail = a@b", {}, False),
        ("[user]\nname = A\nuseConfigOnly = true", {}, False),
        ("[user]\nuseConfigOnly = true", {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b"}, False),
        (
            "[author]\nname = A\nemail = a@b\n[committer]\nname = C\nemail = c@d\n"
            "[user]\nuseConfigOnly = true",
            {},
            True,
        ),
        ("[user]\nname = A\nemail = a@b", {"GIT_COMMITTER_NAME": ""}, False),
    ],
)
def test_who_commits_is_known_exactly_when_git_says_so(
    repo: Repo,
    git_env: Path,
    monkeypatch: pytest.MonkeyPatch,
    config: str,
    variables: dict[str, str],
    ready: bool,
) -> None:
    git_env.write_text(config)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    waiting = Git.open(repo.path).preflight()
    assert (waiting is None) == ready
    repo.write("a.md", "a\n")
    repo.git("add", "a.md")
    done = repo.git("commit", "-qm", "m", ok=False)
    assert (repo.git("rev-parse", "--verify", "-q", "HEAD", ok=False) != "") == ready, done


@pytest.mark.parametrize("ask", [_variables, environment])
def test_what_is_asked_of_the_environment_while_another_thread_starts_git_is_the_whole_of_it(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Mapping[str, str]]
) -> None:
    """A daemon's sync starts git in a thread of its own; variables that git must not get are out then."""
    monkeypatch.setenv("GIT_EDITOR", "ed")
    monkeypatch.setenv("GIT_SSH", "ssh")
    before, told = ask(), []
    asking = threading.Thread(target=lambda: told.append(ask()))
    with _own_variables_only():
        assert "GIT_EDITOR" not in os.environ
        asking.start()
        asking.join(0.05)
    asking.join(10)
    assert told == [before]
