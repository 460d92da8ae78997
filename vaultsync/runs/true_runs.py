"""Whether a commit is what the run did whose name it bears: that name follows from all that the run changed.

A commit that was amended or squashed, that holds a save of the person's, or that somebody else made with our
trailers has another name by rights. `undo` asks before it takes such a one back, `log` marks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from vaultsync.core.history.changes import Commit, FileChange, paths_of
from vaultsync.core.history.messages import RUN_TRAILER
from vaultsync.core.note import digest_of
from vaultsync.git.repository import Git
from vaultsync.vault.journal import Run, WrittenFile

AT_ONCE = 500
"""Files whose bytes are in memory at a time: a first run may have changed thousands."""


def is_what_it_did(commit: Commit, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> bool:
    """Whether the commit bears the name of what it did; these are digests of its files on either side."""
    files = tuple(
        WrittenFile(path, before.get(path, b""), after.get(path, b""))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    )
    base = commit.parents[0] if commit.parents else ""
    return Run(files, base).id == commit.trailers[RUN_TRAILER]


def changed_since(git: Git, runs: Iterable[tuple[Commit, Sequence[FileChange]]]) -> frozenset[str]:
    """The ids of those commits, each given with what it changed, that are not what their run did."""
    sides: dict[str, tuple[Commit, dict[str, bytes], dict[str, bytes]]] = {}
    wanted: list[tuple[str, str, dict[str, bytes]]] = []
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
                side[path] = digest_of(data)
    return frozenset(sha for sha, side in sides.items() if not is_what_it_did(*side))
