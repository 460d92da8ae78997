"""What a merge by hand left: each file that git calls unmerged, brought together as a sync would have.

It is for `git merge` and `git pull`, with git's merge driver set up or without. A file in which somebody has
resolved a marker already, or typed, is left as it is.
"""

from __future__ import annotations

import re

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.history.conflict_names import conflict_path
from vaultsync.core.merge.files import merge_file
from vaultsync.files.disk import Rewrite, Stale
from vaultsync.git.parse import BothChanged
from vaultsync.git.repository import Git
from vaultsync.runs.bringing_together import FILE
from vaultsync.runs.ports import Ports

_MARKER = re.compile(rb"^<{7}(?: |\r?$)", re.MULTILINE)
_LABEL = re.compile(rb"^(<{7}|\|{7}|>{7})(?: .*)?$", re.MULTILINE)


class Resolved(msgspec.Struct, frozen=True):
    """What became of one unmerged file: the conflict note that was left, or why it was not touched."""

    path: str
    conflict: str = ""
    problem: str = ""


def resolve_all(ports: Ports) -> list[Resolved]:
    """Bring every unmerged file of the vault together, and tell git so; the commit is the person's."""
    with ports.lock():
        git = ports.repository()
        ports.disk.recover(())
        open_files = git.merging.unmerged()
        stages = [stage for both in open_files for stage in (both.base, both.ours, both.theirs) if stage]
        contents = git.merging.contents(stage.oid for stage in stages)
        found = [_resolve(ports, git, both, contents) for both in open_files]
        done = [name for one in found if not one.problem for name in (one.path, one.conflict) if name]
        git.worktree.stage(done)
        return found


def _is_untouched(git: Git, both: BothChanged, now: bytes) -> bool:
    """Whether a file is as git left it, markers and all: then nobody's words are lost with it."""
    if not _MARKER.search(now):
        return False
    return _without_labels(now) in map(_without_labels, git.merging.conflict_files(both))


def _without_labels(data: bytes) -> bytes:
    """The text with bare markers and LF: the labels are names of branches, and git may write CRLF."""
    return _LABEL.sub(rb"\1", data.replace(b"\r\n", b"\n"))


def _resolve(ports: Ports, git: Git, both: BothChanged, contents: dict[str, bytes]) -> Resolved:
    path = both.name.removeprefix(git.repository.prefix)
    sides = (both.base, both.ours, both.theirs)
    if any(side is not None and side.mode not in FILE for side in sides):
        return Resolved(path, problem="it is a link or a submodule")
    base, ours, theirs = (contents[side.oid] if side is not None else None for side in sides)
    if ours is None or theirs is None:
        data, other = ours if theirs is None else theirs, None
        if data is None:
            return Resolved(path)  # gone on both sides
    else:
        result = merge_file(path, base, ours, theirs)
        data, other = result.data, result.other
    read = ports.disk.read(path, whole=True)
    if isinstance(read, Problem) and read.rule != "file-vanished":
        return Resolved(path, problem=read.message)
    now = read if isinstance(read, bytes) else None
    beside = conflict_path(path, other) if other is not None else ""
    if now != data and now is not None and now not in (ours, theirs) and not _is_untouched(git, both, now):
        how = "still has" if _MARKER.search(now) else "has no"
        todo = f"finish it and `git add` it, or `git checkout --merge -- '{path}'` takes your edits back"
        return Resolved(path, problem=f"it was edited since, and {how} conflict markers: {todo}")
    made = []
    if other is not None and isinstance(ports.disk.read(beside, whole=True), Problem):
        # First: a kill may leave it twice, and never lose it.
        made.append(Rewrite(beside, None, other, tracked=True))
    if now != data:
        made.append(Rewrite(path, now, data, tracked=True))
    for rewrite in made:
        if refused := _write(ports, rewrite):
            if rewrite.path == path and len(made) > 1 and other is not None:
                ports.disk.delete(beside, other)
            return Resolved(path, problem=refused)
    return Resolved(path, beside)


def _write(ports: Ports, rewrite: Rewrite) -> str:
    """Write a file; gives why it could not be written."""
    outcomes = [outcome for _, outcome in ports.disk.write_many([rewrite])]
    for outcome in (*outcomes, *ports.disk.sync()):
        if isinstance(outcome, Problem):
            return outcome.message
        if isinstance(outcome, Stale):
            return "it was saved just now; run this again"
    return ""
