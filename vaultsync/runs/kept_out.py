"""Which new files of a vault a run leaves out of its commits, with the reason; for `commits` and `doctor`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import FileChange
from vaultsync.core.history.keep_out import why_kept_out
from vaultsync.files.disk import Disk
from vaultsync.files.placeholders import stands_for
from vaultsync.files.problems import ELSEWHERE

RULE = "kept-out"


def kept_out(disk: Disk, changes: Iterable[FileChange], most: int) -> dict[str, str]:
    """The new files among the changes that stay out, and why; what somebody staged is theirs to decide."""
    reasons = {}
    for change in changes:
        if change.staged != "no" or change.kind not in ("added", "renamed"):
            continue
        info = disk.info(change.path)
        size = 0 if isinstance(info, Problem) else info.size
        reason = why_kept_out(change.path, size, b"", most)
        if not reason and not change.path.lower().endswith(".md"):
            data = disk.read(change.path)
            reason = why_kept_out(change.path, size, data if isinstance(data, bytes) else b"", most)
        if reason:
            reasons[change.path] = reason
    return reasons


def of_files_here(disk: Disk, changes: Sequence[FileChange]) -> Sequence[FileChange]:
    """The changes without those that a sync service made by keeping a file elsewhere: it is not deleted.

    Its placeholder is no file of the vault's either.
    """
    return [
        change
        for change in changes
        if not stands_for(change.path.rpartition("/")[2])
        and not (change.kind == "deleted" and _is_elsewhere(disk, change.path))
        and not (change.old_path is not None and _is_elsewhere(disk, change.old_path))
    ]


def _is_elsewhere(disk: Disk, path: str) -> bool:
    info = disk.info(path)
    return isinstance(info, Problem) and info.rule == ELSEWHERE


def without(changes: Iterable[FileChange], kept: dict[str, str]) -> Sequence[FileChange]:
    """The changes without the files that stay out; one that was moved there is gone."""
    rest = []
    for change in changes:
        if change.path not in kept:
            rest.append(change)
        elif change.old_path is not None:
            rest.append(FileChange(change.old_path, "deleted", removed=max(change.removed, 0)))
    return rest


def problem_of_kept_out(path: str, reason: str) -> Problem:
    """What to tell of such a file, once."""
    message = f"left out of git: {reason}"
    return Problem(path, 0, 0, RULE, message, "list it in .gitignore, or `git add` it if it belongs there")
