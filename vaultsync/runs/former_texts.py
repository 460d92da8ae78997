"""What earlier runs left in the notes, as git remembers it: the former links and the former managed blocks.

A link that a run made and that is gone was taken out by the person, and is not made again; a line of a block
that no run wrote was typed by the person, and is not thrown away. Both questions are only asked of notes that
are about to change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from vaultsync.core.history.messages import UNDOES_TRAILER
from vaultsync.core.links.decisions import Decision
from vaultsync.core.links.index import Index
from vaultsync.core.links.obsidian_links import resolve
from vaultsync.core.markdown import Link, managed_blocks, parse_body
from vaultsync.core.plan.change import Change
from vaultsync.core.text.folding import fold_name
from vaultsync.git.repository import Git

OLDEST = 50
"""Runs of a note that are searched for a line of its blocks: an older state nobody brings back."""


REMEMBERED = 500
"""Commits in which a note is looked for that went, while links to it have not followed it yet."""


class LastRuns:
    """The last run that wrote each note: learnt from git at the first question, then only what is new.

    So a question costs the same after ten runs and after ten thousand.
    """

    def __init__(self) -> None:
        self._head = ""
        self._commits: dict[str, str] = {}

    def of(self, path: str, git: Git, head: str) -> str | None:
        """The commit of the last run up to `head` that wrote the note at `path`."""
        if head != self._head:
            runs = git.history.run_files(head, self._head) if self._head else None
            if runs is None:
                self._commits.clear()
                runs = git.history.run_files(head) or []
            for run in reversed(runs):
                self._commits.update(dict.fromkeys(run.paths, run.sha))
            self._head = head
        return self._commits.get(path)


class History:
    """The former texts of notes: at the last commit, and at the last run that wrote them."""

    def __init__(self, git: Git, last_runs: LastRuns) -> None:
        self._git = git
        self._head = git.history.head()
        self._last_runs = last_runs

    def own_lines(self, path: str) -> Callable[[str], bool] | None:
        """A test whether a line stood in the note's blocks when a run left it, if one wrote it.

        An undo doesn't count: what it leaves in a block may have been typed there. The state that it brings
        back is that of an earlier run, so that older ones are asked until one has the line.
        """
        runs = [run for run in self._git.history.runs(path=path) if UNDOES_TRAILER not in run.trailers]
        if not runs:
            return None
        unread = list(reversed(runs[:OLDEST]))
        lines: set[str] = set()

        def own(line: str) -> bool:
            while line.strip() not in lines and unread:
                lines.update(_block_lines(_text(self._git.history.blob(unread.pop().sha, path) or b"")))
            return line.strip() in lines

        return own

    def taken_out(self, changes: Iterable[Change], index: Index) -> list[Decision]:
        """The links that `changes` would make although an earlier state of the note had them already.

        A link was taken out if its words are still where they were: in a line that reads much as it did.
        """
        linking = [c for c in changes if "link-in-place" in c.rules]
        if not linking or self._head is None:
            return []
        committed = self._git.history.blobs(self._head, [c.path for c in linking])
        denied = set()
        for change in linking:
            present = Counter(_linked(change.before.text))
            made = Counter(_linked(change.after.text)) - present
            taken = self._taken(made, _text(committed.get(change.path, b"")), present)
            if len(taken) < len(made) and (last := self._at_last_run(change.path)) is not None:
                taken |= self._taken(made, last, present)
            for link in taken:
                if (paper := resolve(index.files, change.path, link.target)) is not None:
                    denied.add(Decision(change.path, link.words, paper))
        return sorted(denied)

    def _taken(self, made: Counter[_Linked], former: str, present: Counter[_Linked]) -> set[_Linked]:
        """The links among `made` that `former` had in a line like theirs, and that are gone at present."""
        if not made or ("](" not in former and "[[" not in former):
            return set()
        gone = list(Counter(_linked(former)) - present)
        return {
            link
            for link in made
            if any(
                (old.target, old.words) == (link.target, link.words) and _alike(old.line, link.line)
                for old in gone
            )
        }

    def vanished(self, files: Collection[str]) -> Iterator[tuple[str, list[str]]]:
        """The notes that git knows and that are not in `files`, each with a commit that still has it.

        Those of the last commit first, then what the last `REMEMBERED` commits deleted, the latest first.
        Nothing before the first commit.
        """
        if self._head is None:
            return
        yield self._head, [path for path in self._notes_at(self._head) if path not in files]
        for commit in self._git.history.deletions(REMEMBERED):
            if paths := [path for path in commit.paths if _is_note(path) and path not in files]:
                yield f"{commit.sha}^", paths

    def files(self, rev: str) -> Collection[str]:
        """The vault's files at a commit."""
        return self._git.history.files(rev)

    def notes(self, rev: str, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes that notes had at a commit."""
        return self._git.history.blobs(rev, paths)

    def _notes_at(self, rev: str) -> list[str]:
        return [path for path in self.files(rev) if _is_note(path)]

    def made(self, path: str) -> frozenset[str]:
        """The folded words in the note at `path` of which runs had made links."""
        made: set[str] = set()
        for run in self._git.history.runs(path=path):
            after = self._git.history.blob(run.sha, path)
            before = self._git.history.blob(run.parents[0], path) if run.parents else None
            known = {link.words for link in _linked(_text(before or b""))}
            made.update(link.words for link in _linked(_text(after or b"")) if link.words not in known)
        return frozenset(made)

    def _at_last_run(self, path: str) -> str | None:
        """The note's text after the last run that wrote it."""
        sha = self._last_runs.of(path, self._git, self._head) if self._head is not None else None
        blob = self._git.history.blob(sha, path) if sha is not None else None
        return None if blob is None else _text(blob)


def _is_note(path: str) -> bool:
    return path.lower().endswith(".md")


def _block_lines(text: str) -> Iterator[str]:
    """The lines in the managed blocks of a note's text, without the blanks at their ends."""
    for block in managed_blocks(text):
        yield from (line.strip() for line in text[block.inner.start : block.inner.end].split("\n"))


def _text(blob: bytes) -> str:
    return blob.decode("utf-8", errors="replace")


class _Linked(NamedTuple):
    """A link of a note: what it leads to, the folded words it shows, its line as it reads without links."""

    target: str
    words: str
    line: str


def _linked(text: str) -> Iterator[_Linked]:
    by_line: dict[int, list[Link]] = {}
    for link in parse_body(text).links:
        by_line.setdefault(text.rfind("\n", 0, link.span.start) + 1, []).append(link)
    for start, links in by_line.items():
        parts, done = [], start
        for link in links:
            if link.span.start >= done:
                parts += [text[done : link.span.start], _words(link)]
                done = link.span.end
        end = text.find("\n", done)
        line = "".join([*parts, text[done : end if end >= 0 else len(text)]]).strip()
        yield from (_Linked(link.target, fold_name(_words(link)), line) for link in links)


def _words(link: Link) -> str:
    return link.text if link.text is not None else link.target.rpartition("/")[2]


ALIKE = 0.7
"""The share of a line that has to be as it was for its words to be those that were linked."""


def _alike(old: str, new: str) -> bool:
    return old == new or SequenceMatcher(None, old, new, autojunk=False).ratio() >= ALIKE
