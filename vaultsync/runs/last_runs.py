"""Which run wrote a note last, as git remembers it: asked once, and from then on only for what is new."""

from __future__ import annotations

from itertools import pairwise

from vaultsync.git.repository import Git

LINKING, UNLINKING = "link-in-place", "link-gone"
"""The rules that make links of words, and words of links: a run by the first notices what was taken out."""


class LastRuns:
    """The last runs that wrote each note: learnt from git at the first question, then only what is new.

    So a question costs the same after ten runs and after ten thousand.
    """

    def __init__(self) -> None:
        self._head = ""
        self._commits: dict[str, str] = {}
        self._linking: dict[str, list[str]] = {}  # and those that unlinked since
        self._undos: dict[str, str] = {}

    def of(self, path: str, git: Git, head: str) -> list[str]:
        """The last run up to `head` that wrote the note at `path`, and the last one that linked, as commits.

        What an undo leaves, or a run for which linking was switched off, says nothing of the links that the
        person had taken out before.
        """
        self._learn(git, head)
        found = [*([self._commits[path]] if path in self._commits else ()), *self._linking.get(path, ())[-1:]]
        return list(dict.fromkeys(found))

    def between(self, path: str, git: Git, head: str) -> list[tuple[str, str]]:
        """The runs after which a person may have taken out links that no run noticed, each with its next one.

        The last that linked the note at `path`, and those that only unlinked it since.
        """
        self._learn(git, head)
        return list(pairwise(self._linking.get(path, ())))

    @property
    def are_any(self) -> bool:
        """Whether a run is known at all, after a question."""
        return bool(self._commits)

    def undo_of(self, path: str, git: Git, head: str) -> str | None:
        """The commit of the last undo up to `head` that wrote the note at `path`."""
        self._learn(git, head)
        return self._undos.get(path)

    def _learn(self, git: Git, head: str) -> None:
        if head != self._head:
            runs = git.history.run_files(head, self._head) if self._head else None
            if runs is None:
                self._commits.clear()
                self._linking.clear()
                self._undos.clear()
                runs = git.history.run_files(head) or []
            for run in reversed(runs):
                self._commits.update(dict.fromkeys(run.paths, run.sha))
                if run.undoes:
                    self._undos.update(dict.fromkeys(run.paths, run.sha))
                elif not run.rules or LINKING in run.rules:
                    self._linking.update((path, [run.sha]) for path in run.paths)
                elif UNLINKING in run.rules:
                    for path in run.paths:
                        self._linking.setdefault(path, []).append(run.sha)
            self._head = head
