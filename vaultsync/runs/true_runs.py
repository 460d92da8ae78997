"""Whether a commit is what the run did whose name it bears: that name follows from all that the run changed.

A commit that was amended or squashed, that holds a save of the person's, or that somebody else made with our
trailers has another name by rights. `undo` asks before it takes such a one back, `log` marks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from vaultsync.core.errors import DAMAGED
from vaultsync.core.history.changes import Commit, FileChange, paths_of
from vaultsync.core.history.messages import RUN_TRAILER
from vaultsync.git.repository import Git
from vaultsync.vault.cache import Cache
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


def changed_since(
    git: Git, runs: Sequence[tuple[Commit, Sequence[FileChange]]], cache: Cache | None
) -> frozenset[str]:
    """The ids of those commits, each given with what it changed, that are not what their run did.

    A commit that once was what its run did stays that, so `cache` keeps its id: to read all that a first run
    of 10,000 notes wrote takes 2 CPU-s.
    """
    known = _known(cache)
    new = [(commit, changes) for commit, changes in runs if commit.sha not in known]
    found = {sha: is_what_it_did(*side) for sha, side in _sides(git, new).items()}
    true = known.union(sha for sha, is_true in found.items() if is_true)
    if cache is not None and true != known:
        cache.keep(_NAME, msgspec.msgpack.encode(sorted(true)))
    return frozenset(found.keys() - true)


_NAME = "true runs"


def _known(cache: Cache | None) -> frozenset[str]:
    data = cache.kept(_NAME) if cache is not None else None
    try:
        return _IDS.decode(data) if data is not None else frozenset()
    except DAMAGED:  # of another version: they are read again
        return frozenset()


_IDS = msgspec.msgpack.Decoder(frozenset[str])


def _sides(
    git: Git, runs: Iterable[tuple[Commit, Sequence[FileChange]]]
) -> dict[str, tuple[Commit, dict[str, Digests], dict[str, Digests]]]:
    """Each commit by its id, with what its files were before it and are in it."""
    sides: dict[str, tuple[Commit, dict[str, Digests], dict[str, Digests]]] = {}
    wanted: list[tuple[str, str, dict[str, Digests]]] = []
    for commit, changes in runs:
        sides[commit.sha] = (commit, {}, {})
        _, before, after = sides[commit.sha]
        # One side after the other: of many notes git lists the whole commit, and the last list alone is kept.
        for rev, side in (*((parent, before) for parent in commit.parents[:1]), (commit.sha, after)):
            wanted += ((rev, path, side) for path in paths_of(changes))
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        found = git.history.blobs_at((rev, path) for rev, path, _ in some)
        for rev, path, side in some:
            if (data := found.get((rev, path))) is not None:
                side[path] = digests_of(data)
    return sides
