"""Whether a commit is what the run did whose name it bears: that name follows from all that the run changed.

A commit that was amended or squashed, that holds a save of the person's, or that somebody else made with our
trailers has another name by rights. `undo` asks before it takes such a one back, `log` marks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from vaultsync.core.history.changes import Commit, FileChange, paths_of
from vaultsync.core.history.messages import RUN_TRAILER
from vaultsync.git.repository import Git
from vaultsync.vault.journal import Run, WrittenFile, digests_of

AT_ONCE = 500
"""Files whose bytes are in memory at a time: a first run may have changed thousands."""


Digests: TypeAlias = tuple[bytes, bytes]
"""What `digests_of` gives."""


def is_what_it_did(commit: Commit, before: Mapping[str, Digests], after: Mapping[str, Digests]) -> bool:
    """Whether the commit bears the name of what it did; these are its files on either side."""
    names = (path for path in sorted(before.keys() | after.keys()) if before.get(path) != after.get(path))
    sides = [(path, before.get(path, _NO_FILE), after.get(path, _NO_FILE)) for path in names]
    base = commit.parents[0] if commit.parents else ""
    files = (WrittenFile(path, old[0], new[0], (), 0, 0, old[1], new[1]) for path, old, new in sides)
    # Runs of earlier versions were named by the bytes, whatever their line ends.
    as_bytes = (WrittenFile(path, old[0], new[0]) for path, old, new in sides)
    return commit.trailers[RUN_TRAILER] in (Run(tuple(files), base).id, Run(tuple(as_bytes), base).id)


_NO_FILE = digests_of(None)


def changed_since(git: Git, runs: Iterable[tuple[Commit, Sequence[FileChange]]]) -> frozenset[str]:
    """The ids of those commits, each given with what it changed, that are not what their run did."""
    sides: dict[str, tuple[Commit, dict[str, Digests], dict[str, Digests]]] = {}
    wanted: list[tuple[str, str, dict[str, Digests]]] = []
    for commit, changes in runs:
        sides[commit.sha] = (commit, {}, {})
        _, before, after = sides[commit.sha]
        for path in paths_of(changes):
            wanted += ((parent, path, before) for parent in commit.parents[:1])
            wanted.append((commit.sha, path, after))
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        found = git.history.blobs_at((rev, path) for rev, path, _ in some)
        for rev, path, side in some:
            if (data := found.get((rev, path))) is not None:
                side[path] = digests_of(data)
    return frozenset(sha for sha, side in sides.items() if not is_what_it_did(*side))
