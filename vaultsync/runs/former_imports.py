"""What earlier imports wrote into notes, as git remembers it: so their properties are known as untouched.

Git is asked once which import wrote which note, and for the texts of many notes at a time: a library that is
exported again may refresh each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from vaultsync.core.importers.record import RULE
from vaultsync.git.repository import Git

OLDEST = 20
"""Imports of a note that are searched: what an older one wrote counts as a person's."""

MANY = 1000
"""Notes that are gone whose texts are read at a time."""

TOGETHER = 50
"""Notes whose former texts are read at a time, and held until they are asked for."""


class FormerImports:
    """The imports in a repository's history; `paths` are the notes that will be asked for, in this order."""

    def __init__(self, git: Git, paths: Sequence[str] = ()) -> None:
        self._git, self._paths = git, paths
        self._places = {path: number for number, path in enumerate(paths)}
        self._runs: dict[str, list[str]] | None = None
        self._texts: dict[str, list[tuple[str, str]]] = {}

    def texts(self, path: str) -> Iterator[tuple[str, str]]:
        """The note's texts before and after each import that wrote it, the newest first."""
        if path not in self._texts:
            at = self._places.get(path)
            self._read([path] if at is None else self._paths[at : at + TOGETHER])
        return iter(self._texts.pop(path))

    def gone(self, present: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """The notes that imports made or completed and that are not `present` now, as the last one left them.

        One that an import itself gave another name is not among them.
        """
        if self._runs is None:
            self._runs = self._read_runs()
        last = ((shas[0], path) for path, shas in self._runs.items() if path not in present)
        notes = (place for place in last if place[1].endswith(".md"))
        while some := list(islice(notes, MANY)):
            for (_, path), data in self._git.history.blobs_at(some).items():
                yield path, data

    def _read(self, paths: Sequence[str]) -> None:
        if self._runs is None:
            self._runs = self._read_runs()
        runs = {path: self._runs.get(path, [])[:OLDEST] for path in paths}
        wanted = ((rev, path) for path, shas in runs.items() for sha in shas for rev in (f"{sha}^", sha))
        found = self._git.history.blobs_at(wanted)
        for path, shas in runs.items():
            sides = ((found.get((f"{sha}^", path), b""), found.get((sha, path), b"")) for sha in shas)
            self._texts[path] = [
                (before.decode(errors="replace"), after.decode(errors="replace")) for before, after in sides
            ]

    def _read_runs(self) -> dict[str, list[str]]:
        """The commits of the imports that wrote each note, the newest first."""
        head = self._git.history.head()
        runs = self._git.history.run_files(head) if head is not None else None
        found: dict[str, list[str]] = {}
        for run in runs or ():
            if RULE in run.rules:
                for path in run.paths:
                    found.setdefault(path, []).append(run.sha)
        return found
