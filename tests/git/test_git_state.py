"""Finding a repository and the preflight: each state of a repository, made by real git commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from gitrepo import Repo, git_env, repo

from vaultsync.git.locate import find_repository
from vaultsync.git.repository import Git, GitMissing, NotARepository, RepositoryUnusable

__all__ = ["git_env", "repo"]


def waits(repo: Repo) -> str | None:
    waiting = Git.open(repo.path, patience=0.1).preflight()
    if waiting is None:
        return None
    assert waiting.message
    assert waiting.hint
    return waiting.state


def two_branches(repo: Repo) -> None:
    """`main` and `side`, each with its own text in Note.md."""
    repo.save("base", Note__md="base\n", Other__md="other\n")
    repo.git("switch", "-qc", "side")
    repo.save("theirs", Note__md="theirs\n")
    repo.git("switch", "-q", "main")
    repo.save("ours", Note__md="ours\n")


# Finding the repository


def test_a_folder_in_no_repository_is_told_of_init_and_of_the_way_to_go_without_git_that_there_is(
    git_env: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotARepository) as caught:
        Git.open(tmp_path)
    assert "vaultsync init" in str(caught.value)
    assert "leave git out" not in str(caught.value)
    caught.value.or_without("--no-commit once")
    assert str(caught.value).endswith("make it one with `vaultsync init`, or leave git out: --no-commit once")


def test_a_folder_that_is_not_there_is_not_a_repository(git_env: Path, tmp_path: Path) -> None:
    with pytest.raises(NotARepository, match="not a folder"):
        Git.open(tmp_path / "gone")


def test_init_makes_a_repository_on_main(git_env: Path, tmp_path: Path) -> None:
    git_env.write_text(git_env.read_text().replace("defaultBranch = main", ""))
    git = Git.init(tmp_path)
    assert (tmp_path / ".git").is_dir()
    assert Repo(tmp_path).git("symbolic-ref", "HEAD") == "refs/heads/main\n"
    assert git.history.head() is None


def test_init_keeps_the_branch_name_that_the_person_configured(git_env: Path, tmp_path: Path) -> None:
    git_env.write_text(git_env.read_text().replace("= main", "= trunk"))
    Git.init(tmp_path)
    assert Repo(tmp_path).git("symbolic-ref", "HEAD") == "refs/heads/trunk\n"


def test_init_in_a_folder_of_a_repository_makes_no_second_one(repo: Repo) -> None:
    folder = repo.path / "Vault"
    folder.mkdir()
    assert Git.init(folder).repository.prefix == "Vault/"
    assert not (folder / ".git").exists()


def test_the_vault_may_be_reached_through_a_symbolic_link(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repo.path)
    git = Git.open(tmp_path / "link")
    assert git.repository.root == repo.path.resolve()
    assert git.repository.prefix == ""


def test_a_folder_name_with_line_feeds_and_magic_is_a_vault_too(repo: Repo) -> None:
    folder = repo.path / ":(top)*\nnotes"
    folder.mkdir()
    repo.write(":(top)*\nnotes/a.md", "a\n")
    repo.write("outside.md", "b\n")
    git = Git.open(folder)
    assert [change.path for change in git.worktree.changes()] == ["a.md"]
    assert git.commit(["a.md"], "m") is not None
    assert repo.files_of() == {":(top)*\nnotes/a.md"}


@pytest.mark.parametrize("place", ["Vault", "Vault/Notes"])
def test_files_of_a_clone_that_are_laid_out_as_a_repository_are_not_taken_for_one(
    repo: Repo, tmp_path: Path, place: str
) -> None:
    planted, ran = repo.path / "Vault", tmp_path / "ran"
    for folder in ("Notes", "objects", "refs"):
        (planted / folder).mkdir(parents=True)
    (planted / "HEAD").write_text("ref: refs/heads/main\n")
    (planted / "config").write_text(
        f'[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\nfsmonitor = "touch {ran}; false"\n'
    )
    Repo(planted).git("status")
    assert ran.exists()  # git itself, asked there, runs what it names
    ran.unlink()
    with pytest.raises(RepositoryUnusable, match="bare repository, or inside"):
        find_repository(repo.path / place)
    assert find_repository(repo.path).root == repo.path.resolve()
    assert not ran.exists()


def test_a_bare_repository_is_refused(git_env: Path, tmp_path: Path) -> None:
    Repo(tmp_path).git("init", "-q", "--bare")
    with pytest.raises(RepositoryUnusable, match="bare"):
        Git.open(tmp_path)


def test_the_git_folder_itself_is_no_vault(repo: Repo) -> None:
    with pytest.raises(RepositoryUnusable, match="bare repository, or inside"):
        Git.open(repo.path / ".git")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_another_owner_names_safe_directory(repo: Repo) -> None:
    for path in (repo.path, repo.path / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(RepositoryUnusable) as caught:
        Git.open(repo.path)
    assert "safe.directory" in caught.value.hint
    with pytest.raises(RepositoryUnusable):
        Git.init(repo.path)
    for path in (repo.path, repo.path / ".git"):
        os.chown(path, 0, 0)


def test_a_git_file_that_leads_nowhere_is_refused_and_not_papered_over(git_env: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all\n")
    for way in (Git.open, Git.init):
        with pytest.raises(RepositoryUnusable, match="nowhere"):
            way(tmp_path)


@pytest.mark.parametrize("where", ["elsewhere", "."])
def test_a_repository_that_keeps_the_files_of_another_folder_is_refused(
    repo: Repo, tmp_path: Path, where: str
) -> None:
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    repo.save("first", Note__md="a\n")
    repo.git("config", "core.worktree", str(tmp_path / where))
    with pytest.raises(RepositoryUnusable, match="keeps the files of"):
        Git.open(repo.path)


def test_what_was_committed_is_read_whatever_stands_in_for_it(repo: Repo) -> None:
    repo.save("first", Note__md="what was typed\n", Other__md="something else\n")
    repo.git("replace", "HEAD:Note.md", "HEAD:Other.md")
    assert repo.git("show", "HEAD:Note.md") == "something else\n"
    assert Git.open(repo.path).stored("Note.md") == b"what was typed\n"


def test_a_vault_that_the_repository_around_it_ignores_is_refused(repo: Repo) -> None:
    repo.write("Vault/a.md", "a\n")
    repo.save("ignore", __gitignore="Vault/\n")
    with pytest.raises(RepositoryUnusable, match="ignored"):
        Git.open(repo.path / "Vault")


def test_an_ignored_vault_with_notes_added_by_force_is_taken(repo: Repo) -> None:
    repo.write("Vault/a.md", "a\n")
    repo.save("ignore", __gitignore="Vault/\n")
    repo.git("add", "-f", "Vault/a.md")
    repo.git("commit", "-qm", "by force")
    repo.write("Vault/a.md", "b\n")
    assert [change.path for change in Git.open(repo.path / "Vault").worktree.changes()] == ["a.md"]


def test_a_submodule_is_a_vault_of_its_own_but_not_before_it_is_checked_out(
    repo: Repo, tmp_path: Path
) -> None:
    inner = Repo(tmp_path / "inner")
    inner.path.mkdir()
    inner.git("init", "-q")
    inner.save("inner", Note__md="n\n")
    repo.save("outer")
    repo.git("submodule", "add", "-q", str(inner.path), "Vault")
    repo.save("with a submodule")
    assert Git.open(repo.path / "Vault").repository.root == (repo.path / "Vault").resolve()
    repo.git("submodule", "deinit", "-q", "Vault")
    with pytest.raises(RepositoryUnusable, match="submodule"):
        Git.open(repo.path / "Vault")


def test_a_repository_that_goes_away_is_not_replaced_by_the_one_above(repo: Repo) -> None:
    vault = Repo(repo.path / "Vault")
    vault.path.mkdir()
    vault.git("init", "-q")
    vault.save("inner", Note__md="n\n")
    git = Git.open(vault.path)
    (vault.path / ".git").rename(repo.path / "moved")
    vault.write("Note.md", "changed\n")
    with pytest.raises(Exception, match="not a git repository"):
        git.worktree.changes()
    assert repo.git("ls-files") == ""


def test_variables_of_a_calling_hook_do_not_lead_to_its_repository(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "-q")
    repo.write("Note.md", "n\n")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git" / "index"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'user.name=Mallory'")
    git = Git.open(repo.path)
    assert git.commit(["Note.md"], "mine") is not None
    assert os.environ["GIT_DIR"] == str(other.path / ".git")
    for name in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_LITERAL_PATHSPECS",
        "GIT_CONFIG_PARAMETERS",
    ):
        monkeypatch.delenv(name)
    assert repo.files_of() == {"Note.md"}
    assert repo.git("log", "--format=%an") == "Ada Person\n"
    assert other.git("for-each-ref") == ""


def test_no_git_on_the_path_is_told_as_such(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(GitMissing, match="not installed"):
        Git.open(repo.path)


# Preflight


def test_a_quiet_repository_waits_for_nothing(repo: Repo) -> None:
    assert waits(repo) is None  # before the first commit
    repo.save("one", Note__md="n\n")
    repo.write("Note.md", "changed\n")
    repo.git("add", "-A")
    assert waits(repo) is None


def test_a_conflicting_merge(repo: Repo) -> None:
    two_branches(repo)
    repo.git("merge", "side", ok=False)
    assert waits(repo) == "merge"


def test_a_clean_merge_that_is_not_committed(repo: Repo) -> None:
    two_branches(repo)
    repo.git("merge", "--no-commit", "-s", "ours", "side")
    assert waits(repo) == "merge"


@pytest.mark.parametrize("backend", ["--apply", "--merge"])
def test_a_rebase(repo: Repo, backend: str) -> None:
    two_branches(repo)
    repo.git("rebase", backend, "side", ok=False)
    assert waits(repo) == "rebase"
    repo.git("rebase", "--abort")
    assert waits(repo) is None


def test_a_rebase_that_stopped_for_an_edit(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.save("one", Note__md="1\n")
    repo.save("two", Note__md="2\n")
    monkeypatch.setenv("GIT_SEQUENCE_EDITOR", "sed -i s/^pick/edit/")
    repo.git("rebase", "-i", "HEAD^")
    assert waits(repo) == "rebase"


def test_a_cherry_pick(repo: Repo) -> None:
    two_branches(repo)
    repo.git("cherry-pick", "side", ok=False)
    assert waits(repo) == "cherry-pick"


def test_a_cherry_pick_of_several_between_two_of_them(repo: Repo) -> None:
    two_branches(repo)
    repo.git("switch", "-q", "side")
    repo.save("more", More__md="m\n")
    repo.git("switch", "-q", "main")
    repo.git("cherry-pick", "side~1", "side", ok=False)
    repo.write("Note.md", "settled\n")
    repo.git("add", "Note.md")
    repo.git("commit", "-qm", "picked by hand")
    assert not (repo.path / ".git" / "CHERRY_PICK_HEAD").exists()
    assert waits(repo) == "cherry-pick"


def test_a_revert(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.save("two", Note__md="2\n")
    repo.save("three", Note__md="3\n")
    repo.git("revert", "--no-edit", "HEAD^", ok=False)
    assert waits(repo) == "revert"


def test_a_bisection(repo: Repo) -> None:
    for number in range(4):
        repo.save(str(number), Note__md=f"{number}\n")
    repo.git("bisect", "start", "HEAD", "HEAD~3")
    assert waits(repo) == "bisect"


def test_patches_being_applied(repo: Repo) -> None:
    two_branches(repo)
    patch = repo.git("format-patch", "--stdout", "side~1..side")
    repo.git("am", "-3", ok=False, stdin=patch.encode())
    assert waits(repo) == "am"


def test_a_detached_head(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.git("checkout", "-q", "--detach")
    assert waits(repo) == "detached"


def test_unmerged_paths_without_a_merge(repo: Repo) -> None:
    repo.save("one", Note__md="1\n")
    repo.write("Note.md", "stashed\n")
    repo.git("stash", "-q")
    repo.save("two", Note__md="2\n")
    repo.git("stash", "pop", ok=False)
    git = Git.open(repo.path)
    waiting = git.preflight()
    assert waiting is not None
    assert waiting.state == "unmerged"
    assert "Note.md" in waiting.message
    assert repo.git("stash", "list").count("\n") == 1


def test_a_missing_identity(repo: Repo, git_env: Path) -> None:
    git_env.write_text("[user]\n\tuseConfigOnly = true\n")
    waiting = Git.open(repo.path).preflight()
    assert waiting is not None
    assert waiting.state == "identity"
    assert "user.email" in waiting.hint


def test_a_held_lock_is_waited_for_and_never_deleted(repo: Repo) -> None:
    lock = repo.write(".git/index.lock", "")
    git = Git.open(repo.path, patience=0.2)
    waiting = git.preflight()
    assert waiting is not None
    assert waiting.state == "locked"
    assert str(lock) in waiting.message
    assert lock.exists()
    patient = Git.open(repo.path, patience=30)
    threading.Timer(0.3, lock.unlink).start()
    assert patient.preflight() is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGBUS, and lets no mapped file shrink")
def test_a_git_that_ends_since_a_note_shrank_under_it_is_asked_again(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.save("base", Note__md="base\n")
    git = Git.open(repo.path)
    real, folder, hurt = shutil.which("git"), tmp_path / "bin", tmp_path / "hurt"
    folder.mkdir()
    script = f'case "$*" in *" diff"*) [ -e "{hurt}" ] || {{ touch "{hurt}"; kill -BUS $$; }};; esac'
    (folder / "git").write_text(f'#!/bin/sh\n{script}\nexec "{real}" "$@"\n', encoding="utf-8")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    repo.write("Note.md", "edited\n")
    assert [change.path for change in git.worktree.changes()] == ["Note.md"]
    assert hurt.exists()


def test_a_file_of_gits_that_the_disk_does_not_give_is_no_defect(repo: Repo) -> None:
    two_branches(repo)
    (repo.path / ".git/sequencer/todo").mkdir(parents=True)
    assert waits(repo) == "cherry-pick"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among files")
def test_a_pipe_in_the_place_of_a_file_of_gits_is_not_waited_for(repo: Repo) -> None:
    repo.save("base", Note__md="base\n")
    (repo.path / ".git/sequencer").mkdir()
    os.mkfifo(repo.path / ".git/sequencer/todo")
    assert waits(repo) == "cherry-pick"


def test_one_of_several_worktrees_has_states_of_its_own(repo: Repo, tmp_path: Path) -> None:
    two_branches(repo)
    second = Repo(tmp_path / "second")
    repo.git("worktree", "add", "-q", str(second.path), "side")
    second.git("merge", "main", ok=False)
    assert waits(second) == "merge"
    assert waits(repo) is None


def test_start_up_does_not_import_gitpython(git_env: Path) -> None:
    script = "import sys; from vaultsync.git import repository; sys.exit('git' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_what_says_how_remotes_are_reached_is_told_apart_from_the_rest(repo: Repo) -> None:
    before = find_repository(repo.path).configuration.of_remotes
    repo.git("config", "user.name", "Somebody Else")
    repo.git("config", "core.editor", "ed")
    assert find_repository(repo.path).configuration.of_remotes == before
    of_remotes = {
        "core.sshcommand": "ssh -v",
        "remote.origin.url": "ssh://there/notes.git",
        "branch.main.remote": "origin",
        "url.https://there/.insteadof": "there:",
        "credential.helper": "store",
        "http.https://there.proxy": "http://proxy",
    }
    for name, value in of_remotes.items():
        repo.git("config", name, value)
    assert find_repository(repo.path).configuration.of_remotes == {**before, **of_remotes}
