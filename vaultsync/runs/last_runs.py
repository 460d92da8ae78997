"""Which runs wrote a note, as git remembers them, and which links were taken out in between.

Asked once, and from then on only for what is new.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from vaultsync.core.links.shown_links import ShownLink, unlinked
from vaultsync.git.repository import Git

LINKING, UNLINKING = "link-in-place", "link-gone"
"""The rules that make links of words, and words of links: a run by the first notices what was taken out."""


OLDEST = 50
"""Runs of a note between which it is looked for links that were taken out."""

AT_ONCE = 100
"""Pairs of runs whose texts are read together: some ten megabytes of long notes."""

Pair = tuple[str, str, str]
"""A note's path, a run that wrote it, and the next one that did, as commits."""

Place = tuple[str, str]
"""A commit and a path."""


class LastRuns:
    """The last runs that wrote each note: learnt from git at the first question, then only what is new.

    So a question costs the same after ten runs and after ten thousand.
    """

    def __init__(self) -> None:
        self._head = ""
        self._all: set[str] = set()
        self._runs: dict[str, list[str]] = {}
        self._linking: dict[str, str] = {}  # or that unlinked since
        self._undos: dict[str, str] = {}
        self._unlinked: dict[Pair, tuple[str, tuple[ShownLink, ...]]] = {}

    def of(self, path: str, git: Git, head: str) -> list[str]:
        """The last run up to `head` that wrote the note at `path`, and the last one that linked, as commits.

        What an undo leaves, or a run for which linking was switched off, says nothing of the links that the
        person had taken out before.
        """
        self.learn(git, head)
        linking = [self._linking[path]] if path in self._linking else []
        return list(dict.fromkeys((*self._runs.get(path, ())[-1:], *linking)))

    def between(self, path: str, git: Git, head: str) -> list[tuple[str, str]]:
        """The runs that wrote the note at `path`, each with its next one, the latest first.

        In between a person may have taken out links that no run noticed.
        """
        self.learn(git, head)
        return list(pairwise(self._runs.get(path, ())[-OLDEST:]))[::-1]

    def first(self, path: str, git: Git, head: str) -> str | None:
        """The first run that is known to have written the note at `path`."""
        self.learn(git, head)
        return next(iter(self._runs.get(path, ())), None)

    def unlinked(self, pair: Pair) -> tuple[str, tuple[ShownLink, ...]]:
        """The links that were taken out of a note between two runs, and the commit that still has them.

        Of pairs that `learn_unlinked` has seen.
        """
        return self._unlinked[pair]

    def learn_unlinked(self, git: Git, pairs: Iterable[Pair], others: Iterable[Place]) -> dict[Place, bytes]:
        """Learn what was taken out between these runs; gives the bytes of `others`, which are read with them.

        What a merge dropped for the sake of the other side's words nobody has taken out, nor what one branch
        had and another one had not.
        """
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._unlinked]
        asked = list(others)
        found: dict[Place, bytes] = {}
        for start in range(0, max(len(new), 1), AT_ONCE):
            some = new[start : start + AT_ONCE]
            places = [(rev, path) for path, sha, following in some for rev in (sha, f"{following}^")]
            blobs = git.history.blobs_at((*asked, *places))
            found.update((place, blobs[place]) for place in asked if place in blobs)
            asked = []
            for path, sha, following in some:
                before, after = (_text(blobs.get((rev, path))) for rev in (sha, f"{following}^"))
                rev, gone = sha, unlinked(before, after)
                if gone and not git.history.is_ancestor(sha, following):
                    gone = ()
                elif gone and (merge := git.history.merged_over(sha, following)):
                    rev, gone = merge, unlinked(_text(git.history.blob(merge, path)), after)
                self._unlinked[path, sha, following] = rev, gone
        return found

    @property
    def are_any(self) -> bool:
        """Whether a run is known at all, after a question."""
        return bool(self._runs)

    def is_run(self, commit: str) -> bool:
        """Whether the commit is known to be a run's, after a question."""
        return commit in self._all

    def undo_of(self, path: str, git: Git, head: str) -> str | None:
        """The commit of the last undo up to `head` that wrote the note at `path`."""
        self.learn(git, head)
        return self._undos.get(path)

    def learn(self, git: Git, head: str) -> None:
        """Ask git for what is new up to `head`."""
        if head != self._head:
            runs = git.history.run_files(head, self._head) if self._head else None
            if runs is None:
                runs = git.history.run_files(head) or []  # before all is forgotten: it may fail
                self._all.clear()
                self._runs.clear()
                self._linking.clear()
                self._undos.clear()
            self._all.update(run.sha for run in runs)
            for run in reversed(runs):
                for path in run.paths:
                    self._runs.setdefault(path, []).append(run.sha)
                if run.undoes:
                    self._undos.update(dict.fromkeys(run.paths, run.sha))
                elif not run.rules or LINKING in run.rules or UNLINKING in run.rules:
                    self._linking.update(dict.fromkeys(run.paths, run.sha))
            self._head = head


def _text(blob: bytes | None) -> str:
    return (blob or b"").decode(errors="replace")
