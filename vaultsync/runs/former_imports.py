"""What earlier imports wrote into a note, as git remembers it: so its properties are known as untouched."""

from __future__ import annotations

from collections.abc import Iterator

from vaultsync.core.history.messages import rules_of
from vaultsync.core.importers.record import RULE
from vaultsync.git.repository import Git

OLDEST = 20
"""Imports of a note that are searched: what an older one wrote counts as a person's."""


class FormerImports:
    """The imports in a repository's history."""

    def __init__(self, git: Git) -> None:
        self._git = git

    def texts(self, path: str) -> Iterator[tuple[str, str]]:
        """The note's texts before and after each import that wrote it, the newest first."""
        history = self._git.history
        found = [run for run in history.runs(path=path) if RULE in rules_of(run.trailers)]
        for run in found[:OLDEST]:
            before = history.blob(run.parents[0], path) if run.parents else None
            after = history.blob(run.sha, path)
            yield (before or b"").decode(errors="replace"), (after or b"").decode(errors="replace")
