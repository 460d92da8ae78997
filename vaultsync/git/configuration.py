"""What git is configured to in a repository, asked in one process, and the files that can say so.

See git-config(1), "FILES" and "Includes".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from vaultsync.git.process import GitProcess

_OF_REMOTES = re.compile(
    r"(?:branch|credential|http|protocol|remote|ssh|url)\.|core\.(?:sshcommand|gitproxy)$"
)


class Configuration(msgspec.Struct, frozen=True):
    """The settings that count, by their names as git lists them (lower case, but for what stands quoted)."""

    values: dict[str, str]
    files: tuple[Path, ...]

    def text(self, name: str) -> str:
        """A setting's value; empty if it is not set."""
        return self.values.get(name, "")

    def is_on(self, name: str) -> bool:
        """Whether a setting is on, in one of the spellings that git knows."""
        value = self.text(name).lower()
        return value in ("true", "yes", "on") or (value.lstrip("-+").isdecimal() and int(value) != 0)

    @property
    def of_remotes(self) -> dict[str, str]:
        """All that says which remotes there are, and how they are reached and logged in to."""
        return {name: value for name, value in self.values.items() if _OF_REMOTES.match(name)}

    @property
    def excludes_file(self) -> Path:
        """The person's own list of what git ignores; see gitignore(5)."""
        named = self.text("core.excludesfile")
        return Path(os.path.expanduser(named)) if named else _own_folder() / "ignore"

    def identity_is_set(self, who: str) -> bool:
        """Whether a name and an address are set for the `author` or the `committer`.

        If not, git may still find out by itself who commits.
        """
        for what in ("name", "email"):
            said = os.environ.get(f"GIT_{who}_{what}".upper())
            if said is None:
                said = self.values.get(f"{who}.{what}", self.text(f"user.{what}"))
            if not any(map(str.isalnum, said)):  # git takes no name of signs alone
                return False
        return True


def configuration_of(process: GitProcess, git_dir: Path) -> Configuration:
    """The configuration that counts in the folder of `process`, whose repository is at `git_dir`."""
    values: dict[str, str] = {}
    files = [*_usual_files(git_dir)]
    listed = os.fsdecode(process.read("config", "--list", "--show-origin", "-z").out).split("\0")
    for origin, setting in zip(listed[::2], listed[1::2], strict=False):
        name, has_value, value = setting.partition("\n")
        values[name] = value if has_value else "true"
        kind, _, path = origin.partition(":")
        # Git tells its own file by a path from a folder that is not always the one that it works in.
        file = Path(path) if Path(path).is_absolute() else git_dir / "config"
        if kind == "file":
            files.append(file)
        if name == "include.path" or (name.startswith("includeif.") and name.endswith(".path")):
            files.append(file.parent / os.path.expanduser(value))
            if ".onbranch:" in name or "if.onbranch:" in name:
                files.append(git_dir / "HEAD")
    return Configuration(values, tuple(dict.fromkeys(files)))


def _usual_files(git_dir: Path) -> Iterator[Path]:
    """Where settings may stand that don't yet."""
    yield from (git_dir / "config", git_dir / "config.worktree")
    if (common := common_dir(git_dir)) != git_dir:
        yield common / "config"
    if (own := os.environ.get("GIT_CONFIG_GLOBAL")) is not None:
        yield Path(own)
    else:
        yield from (_home() / ".gitconfig", _own_folder() / "config")
    yield Path(os.environ.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig"))


def _home() -> Path:
    return Path(os.path.expanduser("~"))


def _own_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or _home() / ".config") / "git"


def common_dir(git_dir: Path) -> Path:
    """The folder that the worktrees of a repository share; see gitrepository-layout(5), "commondir"."""
    try:
        named = (git_dir / "commondir").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return git_dir
    return git_dir / named.rstrip("\n")
