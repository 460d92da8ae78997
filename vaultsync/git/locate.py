"""Finds the repository that a vault belongs to, or makes one, and decides how git is run in it.

The first step of everything with git: a repository that can't take the vault's notes is refused here, with
what to do about it, before anything is read or written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

import msgspec

from vaultsync.core.errors import GitError
from vaultsync.core.text.arguments import as_argument
from vaultsync.git.answers import Answers
from vaultsync.git.configuration import Configuration, common_dir, configuration_of
from vaultsync.git.process import GitProcess, ssh_command

_EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


class NotARepository(GitError):
    """The vault is in no git repository."""

    can_go_without = True


class RepositoryUnusable(GitError):
    """There is a repository, but not one that the vault can be committed to."""

    can_go_without = True


class Repository(msgspec.Struct, frozen=True):
    """Where a vault's history is kept: the worktree, and the vault's prefix in it (empty, or with a `/`).

    `git_dir` is the worktree's own, also for one of several worktrees; `empty_tree` is the id of the
    state before the first commit.
    """

    process: GitProcess
    root: Path
    prefix: str
    git_dir: Path
    empty_tree: str
    configuration: Configuration

    def name_of(self, path: str) -> str:
        """The repository's name of a vault's path. Raises `ValueError` for one that leaves the vault."""
        if path.startswith("/") or "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
            raise ValueError(f"not a path inside the vault: {path!r}")
        return self.prefix + path

    def file(self, path: str) -> Path:
        """Where a path of the vault is on the disk."""
        return self.root / self.prefix / path

    @property
    def ignores_case(self) -> bool:
        """Whether names that differ in case alone are one file's here, by git's own probe."""
        return ignores_case(self.git_dir)

    @property
    def refs_are_files(self) -> bool:
        """Whether each ref is a file of its own, so that a look at it tells what git would say of it."""
        return self.configuration.text("extensions.refstorage") in ("", "files")

    @property
    def within(self) -> tuple[str, ...]:
        """Pathspecs that mean the vault: none if it is the whole repository."""
        return (self.prefix,) if self.prefix else ()


def find_repository(vault: Path, answers: Answers | None = None) -> Repository:
    """The repository that holds `vault`; with `answers` the known one, if all is as it was.

    Raises `NotARepository`; `RepositoryUnusable` for a bare repository, one of another owner, a submodule
    that is not checked out, and a vault that git ignores; `GitMissing`.
    """
    if not vault.is_dir():
        raise NotARepository(f"{vault} is not a folder")
    vault = vault.resolve()
    if answers is None:
        return _found(vault)
    folders = (vault, *vault.parents)

    def depends_on(found: Repository) -> Iterable[Path]:
        yield from (folder / ".git" for folder in folders)
        common = common_dir(found.git_dir)
        yield from (found.git_dir, common / "objects", common / "refs")
        yield from found.configuration.files
        if found.prefix:  # whether the repository around the vault ignores it
            yield from (folder / ".gitignore" for folder in folders)
            yield from (common / "info" / "exclude", found.configuration.excludes_file)

    return answers.of(f"repository of {vault}", lambda: _found(vault), depends_on)


_NO_BARE = "safe.bareRepository=explicit"
"""A clone can bring folders and files along that are laid out as a bare repository, with a configuration that
names programs: git must not take the vault, or a folder above it, for one (git-config(1), promise P8)."""


def _found(vault: Path) -> Repository:
    finder = GitProcess(vault, config=(_NO_BARE,))
    # Folder names may hold line feeds: the one answer that can have some comes last.
    asked = (
        "--is-bare-repository",
        "--is-inside-git-dir",
        "--show-object-format",
        "--show-cdup",
        "--absolute-git-dir",
    )
    found = finder.read("rev-parse", *asked, ok=(0, 128))
    if found.code:
        raise _not_opened(vault, found.err)
    answers = os.fsdecode(found.out).removesuffix("\n").split("\n", 4)
    if "true" in answers[:2]:
        raise _without_worktree(vault)
    object_format, up, git_dir = answers[2:]
    root = Path(os.path.normpath(vault / up))
    configuration = configuration_of(finder, Path(git_dir))
    _refuse_other_worktree(vault, root, configuration)
    relative = vault.relative_to(root).as_posix()
    prefix = "" if relative == "." else f"{relative}/"
    environment = _environment(root, configuration.text("core.sshcommand"))
    process = GitProcess(root, config=_settings(Path(git_dir)), environment=environment)
    empty_tree = _EMPTY_TREES[object_format]
    found_here = Repository(process, root, prefix, Path(git_dir), empty_tree, configuration)
    if prefix:
        _refuse_foreign_folder(found_here, vault)
    return found_here


def beginning_of(file: Path) -> bytes:
    """How a file of git's begins; empty where the disk doesn't give it: git says what it makes of that.

    A pipe or a device in its place is no file, and never waited for.
    """
    try:
        fd = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return b""
    try:
        return os.read(fd, 1000) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(fd)


def make_repository(vault: Path) -> Repository:
    """The repository that holds `vault`, made if there is none; on `main` unless `init.defaultBranch` is set.

    Raises as `find_repository` does: a repository that is there but can't be used is not papered over.
    """
    try:
        return find_repository(vault)
    except NotARepository:
        maker = GitProcess(vault.resolve())
    configured = maker.read("config", "--get", "init.defaultBranch", ok=(0, 1)).out.strip()
    maker.write("init", "--quiet", *([] if configured else ["--initial-branch=main"]))
    return find_repository(vault)


def ignored_paths(process: GitProcess, paths: Iterable[str]) -> list[str]:
    """Which of `paths`, from the repository's root, git ignores and does not track.

    `git check-ignore` knows no literal pathspecs; `./` keeps a name from being read as magic.
    """
    asked = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
    plain = {"GIT_LITERAL_PATHSPECS": "0"}
    ignored = process.read("check-ignore", "-z", "--stdin", stdin=asked, ok=(0, 1), environment=plain).out
    return [os.fsdecode(name[2:]) for name in ignored.split(b"\0")[:-1]]


def _refuse_other_worktree(vault: Path, root: Path, configuration: Configuration) -> None:
    """Raise `RepositoryUnusable` when the repository's files are those of another folder, by its own word."""
    named = configuration.text("core.worktree")
    if not vault.is_relative_to(root):
        raise RepositoryUnusable(
            f"the repository of {vault} keeps the files of {root}, not those of the vault",
            "see `git config --show-origin core.worktree`, and take that line out if it is not meant",
        )
    if named and GitProcess(root, config=(_NO_BARE,)).read("rev-parse", "--git-dir", ok=(0, 128)).code:
        raise RepositoryUnusable(
            f"the repository of {vault} keeps the files of {root}, in which no git finds it",
            "see `git config --show-origin core.worktree`, and take that line out if it is not meant",
        )


def _refuse_foreign_folder(repository: Repository, vault: Path) -> None:
    """Raise `RepositoryUnusable` when the repository above the vault would not take its notes."""
    process, folder = repository.process, repository.prefix.rstrip("/")
    if process.read("rev-parse", "--quiet", "--verify", f":{folder}", ok=(0, 1, 128)).code == 0:
        raise RepositoryUnusable(
            f"{vault} is a submodule that is not checked out",
            "check it out with `git submodule update --init`",
        )
    if ignored_paths(process, [folder]) and not process.read("ls-files", "-z", "--", repository.prefix).out:
        raise RepositoryUnusable(
            f"{vault} is ignored by the git repository in {repository.root}",
            "make it a repository of its own (`git init` in it), or change .gitignore",
        )


def _without_worktree(vault: Path) -> RepositoryUnusable:
    return RepositoryUnusable(
        f"{vault} lies in a bare repository, or inside a `.git` folder",
        "a vault needs a worktree: clone the repository, or `git init` in the vault's folder",
    )


def _not_opened(vault: Path, said: str) -> GitError:
    if "not a git repository (or any" in said:
        if os.path.lexists(vault / ".git") and not os.access(vault / ".git", os.R_OK | os.X_OK):
            return RepositoryUnusable(
                f"the repository in {vault / '.git'} may not be read",
                "check its owner and mode",
            )
        return NotARepository(
            f"{vault} is not in a git repository",
            "make it one with `vaultsync init`",
        )
    if "safe.bareRepository" in said:
        return _without_worktree(vault)
    if "dubious ownership" in said:
        return RepositoryUnusable(
            f"git refuses the repository of {vault}: it belongs to another user",
            f"if you trust it: git config --global --add safe.directory {as_argument(str(vault))}",
        )
    return RepositoryUnusable(f"git can't use the repository of {vault}: {said.strip()}")


def ignores_case(git_dir: Path) -> bool:
    """Whether the file system of a repository takes names for one that differ in case alone."""
    return (git_dir / "hEaD").exists()


def _settings(git_dir: Path) -> tuple[str, ...]:
    """Settings that what we parse and write depends on, over whatever the person's configuration says."""
    # Anew: a vault moves between file systems by copy, its `core.ignoreCase` with it.
    return (
        f"core.ignoreCase={str(ignores_case(git_dir)).lower()}",
        "core.abbrev=no",
        "core.quotePath=false",
        "color.ui=false",
        "core.useReplaceRefs=false",  # `undo` gives back what was committed, whatever stands in for it
        "diff.mnemonicPrefix=false",
        "diff.noPrefix=false",
        "i18n.commitEncoding=UTF-8",
        "index.sparse=false",  # git 2.39 crashes on a sparse index with an intent to add
        "log.follow=false",
        "merge.conflictStyle=merge",
        "trailer.separators=:",
    )


def _environment(root: Path, configured_ssh: str) -> dict[str, str]:
    """No question is ever asked; no repository above `root` is taken for the vault's if its own goes."""
    ceilings = [str(root.parent), *filter(None, [os.environ.get("GIT_CEILING_DIRECTORIES")])]
    environment = {"GIT_TERMINAL_PROMPT": "0", "GIT_CEILING_DIRECTORIES": os.pathsep.join(ceilings)}
    command = ssh_command(configured_ssh)
    return environment | ({"GIT_SSH_COMMAND": command} if command else {})
