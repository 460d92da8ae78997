"""The commits that were made here, as git told of each just after: so that a later question starts no git.

A daemon commits once or twice for each saved note, and asks then which runs are new, and which commits are
the last. As long as nobody else has committed, both answers follow from these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

import msgspec

from vaultsync.git.parse import RunFiles

MOST_KEPT = 2_000
"""Commits that are kept, each of some 500 bytes; after a thousand saves git is asked once more."""

Parents = Mapping[str, tuple[str, ...]]
"""The parents of commits, the newest commit first, as `git rev-list --parents` tells them."""


class OwnCommit(msgspec.Struct, frozen=True):
    """A commit with one parent; `run` is what it tells of itself if it is a run's."""

    sha: str
    parent: str
    run: RunFiles | None


class OwnLine:
    """The last commits made here, and the last ones of the branch, by what was asked of it."""

    def __init__(self) -> None:
        self._commits: dict[str, OwnCommit] = {}
        self._last: dict[int, tuple[str, Parents]] = {}

    def add(self, commit: OwnCommit) -> None:
        """Know of a commit; the oldest is forgotten for it where they are many."""
        self._commits[commit.sha] = commit
        if len(self._commits) > MOST_KEPT:
            del self._commits[next(iter(self._commits))]

    def between(self, since: str, head: str) -> list[OwnCommit] | None:
        """The commits up to `head` on top of `since`, the newest first; `None` if others are among them."""
        found: list[OwnCommit] = []
        while head != since:
            if (commit := self._commits.get(head)) is None:
                return None
            found.append(commit)
            head = commit.parent
        return found

    def last(self, count: int, head: str, ask: Callable[[], Parents]) -> Parents:
        """The last `count` commits up to `head`, from what was asked before if only own ones are new.

        One with a single parent comes right before all that git tells of that parent.
        """
        known = self._last.get(count)
        new = self.between(known[0], head) if known is not None else None
        if known is None or new is None:
            parents = ask()
        else:
            ours = {commit.sha: (commit.parent,) for commit in new}
            parents = dict(islice((ours | dict(known[1])).items(), count))
        self._last[count] = head, parents
        return parents
