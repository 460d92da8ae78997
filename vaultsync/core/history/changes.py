"""Values of a vault's git history: what differs, what was committed, what a commit has to wait for.

The shell's `git` module makes them, the core's `messages` tells them to a person. Paths are vault-relative
POSIX text, as they stand on the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["added", "modified", "deleted", "renamed", "typechange"]
Staged = Literal["no", "whole", "part"]


class FileChange(msgspec.Struct, frozen=True):
    """One file that differs between two states of the vault.

    `added` and `removed` count lines; both are -1 for a file that git holds to be binary. `staged` says how
    much of the change stands in the person's index: nothing (`no`, also for an intent to add), all of it
    (`whole`), or another state than the one on the disk (`part`), which a commit of the file would overwrite.
    """

    path: str
    kind: Kind
    old_path: str | None = None
    added: int = 0
    removed: int = 0
    staged: Staged = "no"

    @property
    def paths(self) -> tuple[str, ...]:
        """Each path that a commit of this change has to name: a rename has two."""
        return (self.path,) if self.old_path is None else (self.old_path, self.path)


class Commit(msgspec.Struct, frozen=True):
    """One commit; `when` is the committer's time, `trailers` has the last value of each trailer."""

    sha: str
    parents: tuple[str, ...]
    when: datetime
    author: str
    subject: str
    body: str
    trailers: Mapping[str, str]


class Committed(msgspec.Struct, frozen=True):
    """A commit just made, and those of its paths that differ again: a hook or the person changed them."""

    sha: str
    changed: tuple[str, ...] = ()


class Waiting(msgspec.Struct, frozen=True):
    """Why git is not ready for a commit: a short name of the state, the state in words, and what ends it.

    `output` is what a hook or git itself said when it refused.
    """

    state: str
    message: str
    hint: str
    output: str = ""


def paths_of(changes: Iterable[FileChange]) -> list[str]:
    """Each path that a commit of `changes` has to name, sorted, once."""
    return sorted({path for change in changes for path in change.paths})


class MadeCommit(msgspec.Struct, frozen=True):
    """A commit of a cycle: whose edits (`person` or `vaultsync`), its id, its subject, the run's id."""

    whose: str
    sha: str
    subject: str
    run: str = ""
