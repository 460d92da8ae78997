"""`vaultsync init`: a configuration with commented defaults, a git repository, sensible ignore lines."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import click

from vaultsync.cli.options import without_git_option
from vaultsync.cli.output import for_person, say
from vaultsync.core.config.config import CONFIG_PATH
from vaultsync.core.config.settings import default_config
from vaultsync.core.errors import Exit, GitError, VaultError
from vaultsync.files.containment import FileRefused, holds, is_part_of_git, read_inside
from vaultsync.files.presence import is_folder
from vaultsync.git.driver import ATTRIBUTES
from vaultsync.git.repository import Git, NotARepository
from vaultsync.vault.consent import give_consent, has_consent
from vaultsync.vault.find import vault_above
from vaultsync.vault.home import why_no_vault

IGNORED = {
    ".obsidian/workspace.json": ".obsidian/workspace.json",
    ".obsidian/workspace-mobile.json": ".obsidian/workspace-mobile.json",
    ".obsidian/workspaces.json": ".obsidian/workspaces.json",
    ".obsidian/cache": ".obsidian/cache",
    ".trash/": ".trash/note.md",
    ".DS_Store": ".DS_Store",
}
"""What Obsidian and the file manager rewrite all the time, as `.gitignore` lines, each with a path that it is
meant for; the rest of `.obsidian/` belongs to the vault."""


IGNORE_SIZE = 1_000_000
"""Bytes of a `.gitignore` that lines are added to."""


@click.command("init")
@click.argument("folder", metavar="[VAULT]", default=".", type=click.Path(path_type=Path))
@without_git_option("--no-git", "Don't make a git repository.", "--no-git")
@click.option(
    "--yes",
    is_flag=True,
    help="Agree, once for this machine, that rules change its notes; also where nothing of Obsidian's is.",
)
def command(folder: Path, no_git: bool, yes: bool) -> int:
    """Make VAULT (default: this folder) a vault that vaultsync looks after. What exists is never touched."""
    if not is_folder(folder):
        raise VaultError(f"{folder} is not a folder", "make it first, or name another one")
    folder = folder.resolve()
    above = vault_above(folder)
    if above is not None and above != folder:
        raise VaultError(f"{folder} lies in the vault {above}", "a vault holds no other one; run it there")
    if reason := why_no_vault(folder, os.environ):
        raise VaultError(f"{folder} is no vault: {reason}", "name the folder of your notes")
    if not yes and above is None and any(folder.iterdir()) and not _is_meant(folder):
        say("nothing was made; `vaultsync init` asks again")
        return Exit.REMAINS
    made = [] if no_git else _repository(folder)
    made += _config(folder)
    if yes and not has_consent(folder):
        give_consent(folder)
        made.append("a note outside the vault that you agreed to changes of its notes")
    for line in made:
        click.echo(for_person(f"made {line}"))
    if not no_git:
        _check_identity(folder)
    say(
        "next: `vaultsync fix --diff` shows what would change"
        if made
        else "nothing to do: the vault is set up"
    )
    return Exit.CLEAN


def _is_meant(folder: Path) -> bool:
    """Whether somebody means this folder, in which Obsidian has never been."""
    question = f"nothing in {folder} is Obsidian's: there is no .obsidian folder"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise VaultError(question, "if it is your vault all the same: `vaultsync init --yes`")
    return click.confirm(f"{question}. Make it a vault all the same?", err=True)


def _repository(folder: Path) -> list[str]:
    made = []
    try:
        git = Git.open(folder)
    except NotARepository:
        git = Git.init(folder)
        made.append("a git repository")
    ignored = git.worktree.left_out(IGNORED.values())
    missing = [line for line, path in IGNORED.items() if path not in ignored]
    if missing:
        _append(folder / ".gitignore", missing)
        made.append(f".gitignore lines for {', '.join(missing)}")
    if (state := git.driver.state()) == "unnamed":
        _append(folder / ".gitattributes", list(ATTRIBUTES))
    if state != "ready":
        git.driver.set_up()
        what = "a setting of git's" if state == "missing" else ".gitattributes lines and a setting of git's"
        made.append(f"{what}, by which `git merge` merges notes by property, line and word")
    return made


def _append(path: Path, lines: list[str]) -> None:
    """Add lines to a file that may exist, below what it holds and with its line ends."""
    mode = "ab"
    try:
        if path.is_symlink():  # git doesn't read one either (gitattributes(5), gitignore(5))
            raise OSError(errno.ELOOP, "it is a link, which git does not read")
        old = read_inside(path.parent, path.name, IGNORE_SIZE)
    except FileNotFoundError:
        old, mode = b"", "xb"  # which makes no file where a link leads that came with the vault
    except (FileRefused, OSError) as error:
        raise VaultError(f"{path} can't be used: {error}", "lines for it: " + ", ".join(lines)) from None
    end = b"\r\n" if b"\r\n" in old else b"\n"
    glue = end if old and not old.endswith(b"\n") else b""
    try:
        with path.open(mode) as file:
            file.write(glue + b"".join(line.encode() + end for line in lines))
    except OSError as error:
        raise VaultError(
            f"{path} can't be written: {error.strerror}", "lines for it: " + ", ".join(lines)
        ) from None


def _config(folder: Path) -> list[str]:
    config = folder / CONFIG_PATH
    real = os.path.realpath(config.parent)
    if not holds(str(folder), real) or is_part_of_git(os.path.relpath(real, folder)):
        raise VaultError(f"{config.parent} leads out of the vault", "remove that link")
    if config.exists():
        return []
    try:
        config.parent.mkdir(exist_ok=True)
        with config.open("x", encoding="utf-8") as file:
            file.write(default_config())
    except OSError as error:
        raise VaultError(
            f"{config} can't be written: {error.strerror}",
            "make the folder yours and writable, then run `vaultsync init` again",
        ) from None
    return [f"{CONFIG_PATH} (all settings, with their defaults)"]


def _check_identity(folder: Path) -> None:
    waiting = Git.open(folder).preflight()
    if waiting is not None and waiting.state == "identity":
        raise GitError(waiting.message, waiting.hint)
