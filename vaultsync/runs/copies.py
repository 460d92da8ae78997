"""Copies that other sync tools left: merged into their note by the version that they were made from.

A copy goes only after a commit holds it. What doesn't go together is left in a conflict note of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import MadeCommit, Waiting
from vaultsync.core.history.conflict_names import conflict_path
from vaultsync.core.history.copy_names import copy_of, numbered_of
from vaultsync.core.merge.files import merge_file
from vaultsync.core.merge.true_base import may_be_copies, true_base
from vaultsync.files.disk import Rewrite, Stale
from vaultsync.files.problems import problem
from vaultsync.files.scan import Scan
from vaultsync.git.repository import Git
from vaultsync.runs.limits import ask_deletions
from vaultsync.runs.ports import Ports
from vaultsync.runs.turn import Turn, turn_at
from vaultsync.vault.journal import Run, WrittenFile, file_between
from vaultsync.vault.open import Vault

VERSIONS = 100
"""Versions of a note in history that are compared with a copy."""


class Copy(msgspec.Struct, frozen=True):
    """A copy that another tool left, and the note that it is one of."""

    path: str
    note: str


class MergedCopies(msgspec.Struct, frozen=True):
    """The copies that are gone, the conflict notes that were made, the commits, what git waits for.

    `meant` counts the copies that were to be merged, `left_out` are files that stay out of the commits.
    """

    merged: tuple[Copy, ...]
    conflicts: tuple[str, ...]
    problems: tuple[Problem, ...]
    commits: tuple[MadeCommit, ...]
    waiting: Waiting | None
    meant: int = 0
    left_out: tuple[Problem, ...] = ()


def copies_in(scan: Scan) -> list[Copy]:
    """The copies of notes in the vault whose note is there, sorted by path."""
    found = ((path, copy_of(path)) for path in scan.others)
    return [Copy(path, note) for path, note in sorted(found) if note is not None and note in scan.notes]


def maybe_copies_in(ports: Ports, scan: Scan) -> list[Copy]:
    """Notes that may be copies which iCloud left, by their names and by how much they share; only told."""
    notes = scan.notes
    found = ((path, numbered_of(path)) for path in sorted(notes))
    return [
        Copy(path, note)
        for path, note in found
        if note is not None and note in notes and _share_much(ports, path, note)
    ]


def _share_much(ports: Ports, *paths: str) -> bool:
    found = [ports.disk.read(path) for path in paths]
    texts = [data.decode(errors="replace") for data in found if isinstance(data, bytes)]
    return len(texts) == len(paths) and may_be_copies(*texts)


def merge_copies(
    vault: Vault, ports: Ports, chosen: Callable[[Copy], bool], is_busy: Callable[[str], bool]
) -> MergedCopies:
    """Merge the `chosen` copies of notes that nobody is at work on, after a commit that holds them."""
    scan = ports.disk.scan(None)
    meant = [copy for copy in copies_in(scan) if chosen(copy)]
    if not meant:
        return MergedCopies((), (), (), (), None)
    work = _Merging(ports)
    with turn_at(ports, vault.config.git) as turn:
        if turn.ready:
            notes = len(scan.notes)
            limits = vault.config.limits
            allow = partial(ask_deletions, notes=notes, limits=limits, confirm=lambda summary: False)
            held, busy = turn.commits.person(allow, is_busy)
            out_of_bounds = {*held, *busy}
            tracked = turn.repository.history.files()
            for copy in meant:
                if copy.path in out_of_bounds or copy.note in out_of_bounds:
                    continue
                if copy.path in tracked:
                    work.merge(turn.repository, turn, copy)
                else:
                    work.problems.append(_ignored(copy.path))
    return MergedCopies(
        tuple(work.merged),
        tuple(work.conflicts),
        tuple(work.problems),
        turn.made,
        turn.waiting,
        len(meant),
        tuple(turn.commits.problems),
    )


def _ignored(path: str) -> Problem:
    hint = "take the line that means it out of .gitignore, or merge the two by hand"
    return problem(path, "git-untracked", "git ignores it, so no commit would hold it", hint)


class _Merging:
    """What has come of it so far."""

    def __init__(self, ports: Ports) -> None:
        self.merged: list[Copy] = []
        self.conflicts: list[str] = []
        self.problems: list[Problem] = []
        self._disk = ports.disk

    def merge(self, git: Git, turn: Turn, copy: Copy) -> None:
        """Merge one copy; what goes wrong with it is a problem, and the copy stays."""
        now, other = (self._disk.read(path, whole=True) for path in (copy.note, copy.path))
        for found in (now, other):
            if isinstance(found, Problem):
                self.problems.append(found)
        if isinstance(now, Problem) or isinstance(other, Problem):
            return
        result = merge_file(copy.note, _base(git, copy.note, other), now, other)
        beside = conflict_path(copy.note, result.other) if result.other is not None else ""
        rewrites = [Rewrite(beside, None, result.other)] if result.other is not None else []
        if result.data != now:
            rewrites.append(Rewrite(copy.note, now, result.data))
        files = [_written(rewrite) for rewrite in rewrites]
        files.append(file_between(copy.path, other, None))
        name = copy.note.rpartition("/")[2].removesuffix(".md")
        run = Run(tuple(files), turn.commits.head(), f"vaultsync: merge a copy of {name}")
        turn.commits.announce(run)
        outcomes = [outcome for _, outcome in self._disk.write_many(rewrites)]
        failed = [one for one in (*outcomes, *self._disk.sync()) if isinstance(one, Problem | Stale)]
        if failed:  # saved just now, say: the copy stays, and so is merged the next time
            self.problems += (one for one in failed if isinstance(one, Problem))
            return
        raced = self._disk.delete(copy.path, other)
        if raced is None:
            self.merged.append(copy)
        else:  # saved just now, say: the note has what the copy had, and gets the rest the next time
            self.problems += (raced,) if isinstance(raced, Problem) else ()
            run = msgspec.structs.replace(run, files=run.files[:-1])
        self._disk.sync()
        if run.files:
            turn.commits.run(run)
        if beside:
            self.conflicts.append(beside)


def _written(rewrite: Rewrite) -> WrittenFile:
    return file_between(rewrite.path, rewrite.expected, rewrite.new)


def _base(git: Git, note: str, copy: bytes) -> bytes | None:
    try:
        text = copy.decode()
        shas = reversed(git.history.versions(note, VERSIONS))
        blobs = (git.history.blob(sha, note) for sha in shas)
        base = true_base(text, [blob.decode() for blob in blobs if blob is not None])
    except UnicodeDecodeError:
        return None
    return None if base is None else base.encode()
