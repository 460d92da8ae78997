"""What a merge by hand left: each file that git calls unmerged, brought together as a sync would have.

It is for `git merge` and `git pull`, with git's merge driver set up or without. A file in which somebody has
resolved the markers already is left as it is.
"""

from __future__ import annotations

import re

import msgspec

from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.core.history.conflict_names import conflict_path
from vaultsync.core.merge.files import merge_file
from vaultsync.files.disk import Rewrite, Stale
from vaultsync.git.parse import BothChanged
from vaultsync.git.repository import Git
from vaultsync.runs.bringing_together import FILE
from vaultsync.runs.ports import Ports

_MARKER = re.compile(rb"^<{7}(?: |\r?$)", re.MULTILINE)


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
    rewrites = []
    if now != data:
        if now is not None and not _MARKER.search(now) and now not in (ours, theirs):
            return Resolved(path, problem="it has been edited since, and has no conflict markers: see to it")
        rewrites.append(Rewrite(path, now, data, tracked=True))
    if other is not None and isinstance(ports.disk.read(beside, whole=True), Problem):
        rewrites.append(Rewrite(beside, None, other, tracked=True))
    outcomes = [outcome for _, outcome in ports.disk.write_many(rewrites)]
    for outcome in (*outcomes, *ports.disk.sync()):
        if isinstance(outcome, Problem):
            raise VaultsyncError(f"{path}: {outcome.message}", outcome.hint)
        if isinstance(outcome, Stale):
            return Resolved(path, problem="it was saved just now; run this again")
    return Resolved(path, beside)
