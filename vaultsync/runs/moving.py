"""From one commit to another: first the files of the vault, then the branch, then the index.

Git's own checkout loses what is saved while it works, and leaves half of it when it is killed. Here each file
is written by compare-and-exchange, and a save that comes in between is merged in. The move is noted down
before, and whoever has the next turn finishes one that was cut short (`finish_move`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import Waiting
from vaultsync.core.history.conflict_names import conflict_of, conflict_path
from vaultsync.core.merge.files import merge_file
from vaultsync.core.merge.true_base import may_be_copies
from vaultsync.files.containment import is_part_of_git, is_plain
from vaultsync.files.disk import Disk, Rewrite, Stale
from vaultsync.git.parse import TreeChange
from vaultsync.git.repository import Git
from vaultsync.runs.bringing_together import FILE
from vaultsync.runs.ports import Ports
from vaultsync.vault.sync_state import Move, SyncStateFile

TRIES = 20
"""Looks at a file that is saved again and again while it is to be written."""

# What is in memory at a time: so many files, and so many bytes of them; a larger one goes alone.
_AT_ONCE = 200
_BYTES_AT_ONCE = 50_000_000


def finish_move(ports: Ports, git: Git) -> Waiting | None:
    """Finish a move that was cut short; what keeps it from being finished."""
    if ports.sync_state is None or (move := ports.sync_state.read().move) is None:
        return None
    head = git.history.head() or ""
    if head == move.old:
        return _Moving(ports.disk, git, ports.sync_state).run(move)
    if head == move.new:
        git.merging.index_follows(move.old, move.new)
    # Else somebody has committed since: what was written until then counts as an edit of the notes.
    ports.sync_state.end()
    return None


def move_to(ports: Ports, git: Git, old: str, new: str) -> Waiting | None:
    """Let the vault go from the commit `old` (empty: none) to `new`; what keeps it from that, if anything.

    All of the vault's tracked files have to be as in `old`, but for saves that come in between.
    """
    assert ports.sync_state is not None  # noqa: S101  a vault that is synced has one
    move = Move(old, new)
    moving = _Moving(ports.disk, git, ports.sync_state)
    if (obstacle := moving.obstacle(move)) is not None:
        return obstacle
    ports.sync_state.begin(move)
    return moving.run(move)


class _Moving:
    """One move."""

    def __init__(self, disk: Disk, git: Git, state: SyncStateFile) -> None:
        self._disk, self._git, self._state = disk, git, state
        self._carried: dict[str, bytes] = {}
        self._new_names: dict[str, str] | None = None
        self._new_here: list[str] | None = None  # found in this look at the files

    def obstacle(self, move: Move) -> Waiting | None:
        """What of the move isn't ours to do."""
        for change in self._git.merging.changed(move.old, move.new):
            if not is_plain(change.name):
                return _by_hand(f"the remote has a file that no folder can hold, {change.name}")
            if is_part_of_git(change.name):
                return _by_hand(f"the remote has a file in git's own folder, {change.name}")
            stages = [stage for stage in (change.old, change.new) if stage is not None]
            if not change.name.startswith(self._git.repository.prefix):
                return _by_hand(f"{change.name}, outside of the vault, changed at the remote")
            if any(stage.mode not in FILE for stage in stages):
                return _by_hand(f"{change.name} is a link or a submodule, and changed at the remote")
        return None

    def run(self, move: Move) -> Waiting | None:
        """Write what differs, then let the branch and the index follow."""
        self._disk.recover(())
        changes = self._git.merging.changed(move.old, move.new)
        for part in self._parts(changes):
            if (waiting := self._write(part, move)) is not None:
                return waiting
        gone = _folders(self._path(change) for change in changes if change.new is None)
        self._disk.remove_empty(gone)
        folded = {folder.casefold() for folder in gone}
        kept = _folders(self._path(change) for change in changes if change.new is not None)
        self._disk.spell(folder for folder in kept - gone if folder.casefold() in folded)
        self._git.merging.move(move.old, move.new)
        self._state.end()
        return None

    def _parts(self, changes: Sequence[TreeChange]) -> Iterator[list[TreeChange]]:
        """The changes in their order, in parts that take a bounded part of memory: 200 photos have 4 GB."""
        sizes = self._git.merging.sizes(change.new.oid for change in changes if change.new is not None)
        for each in _in_order(changes):
            part: list[TreeChange] = []
            size = 0
            for change in each:
                more = sizes.get(change.new.oid, 0) if change.new is not None else 0
                if part and (len(part) == _AT_ONCE or size + more > _BYTES_AT_ONCE):
                    yield part
                    part, size = [], 0
                part.append(change)
                size += more
            if part:
                yield part

    def _write(self, changes: Sequence[TreeChange], move: Move) -> Waiting | None:
        left = {self._path(change): change for change in changes}
        new = self._git.history.blobs(move.new, [path for path, c in left.items() if c.new is not None])
        for _ in range(TRIES):
            left, problem = self._try(left, new, move)
            if problem is not None:
                hint = problem.hint or "see to the file; the sync goes on with the next run"
                return Waiting("unwritten", f"{problem.path}: {problem.message}", hint)
            if not left:
                return None
        path = min(left)
        return Waiting("unsettled", f"{path} is being saved again and again", "the next run goes on")

    def _try(
        self, left: dict[str, TreeChange], new: dict[str, bytes], move: Move
    ) -> tuple[dict[str, TreeChange], Problem | None]:
        """Write these files; gives those that somebody saved in this moment, and what can't be written."""
        rewrites: list[Rewrite] = []
        stale: list[str] = []
        meant: dict[str, str] = {}
        self._new_here = None
        for path, change in left.items():
            now = self._read(path)
            if isinstance(now, Problem):
                return {}, now
            wished = new.get(path)
            if wished is None and now is not None:
                if not self._is_old(change, now) and self._carried.get(path) != now:
                    if (carried := self._carry(change, now, move)) is not None:
                        meant |= {rewrite.path: path for rewrite in carried}
                        rewrites += carried
                        self._carried[path] = now
                        stale.append(path)  # it goes once its edit is where it belongs
                    continue
                gone = self._disk.delete(path, now)
                if isinstance(gone, Problem) and gone.rule != "file-vanished":
                    return {}, gone
                if isinstance(gone, Stale):
                    stale.append(path)
            elif wished is not None:
                new_ones = self._rewrites(change, now, wished, move)
                meant |= {rewrite.path: path for rewrite in new_ones}
                rewrites += new_ones
        for rewrite, outcome in self._disk.write_many(rewrites):
            if isinstance(outcome, Problem):
                return {}, outcome
            if isinstance(outcome, Stale):
                stale.append(meant[rewrite.path])
                self._carried.pop(meant[rewrite.path], None)
        for outcome in self._disk.sync():
            if isinstance(outcome, Stale):
                stale.append(meant.get(outcome.path, outcome.path))
                self._carried.pop(stale[-1], None)
        for path, change in left.items():
            before = change.old.mode if change.old is not None else FILE[0]
            if change.new is not None and change.new.mode != before:
                self._disk.set_executable(path, executable=change.new.mode == FILE[1])
        return {path: left[path] for path in stale if path in left}, None

    def _rewrites(self, change: TreeChange, now: bytes | None, new: bytes, move: Move) -> list[Rewrite]:
        """What is to be written so that one file, which stands as `now`, becomes `new`."""
        path = self._path(change)
        if now == new:
            return []
        if now is None:
            return self._anew(change, new, move)
        if self._is_old(change, now):
            return [Rewrite(path, now, new, tracked=True)]
        if change.new is not None and self._git.merging.is_stored_as(change.name, now, change.new.oid):
            return []
        old = self._git.history.blob(move.old, path) if change.old is not None else None
        return self._merged(path, old, now, new)

    def _merged(self, path: str, old: bytes | None, now: bytes, new: bytes) -> list[Rewrite]:
        result = merge_file(path, old, now, new)
        rewrites = [Rewrite(path, now, result.data, tracked=True)] if result.data != now else []
        if result.other is not None:
            beside = conflict_path(path, result.other)
            if self._read(beside) is None:
                rewrites.insert(0, Rewrite(beside, None, result.other, tracked=True))
        return rewrites

    def _anew(self, change: TreeChange, new: bytes, move: Move) -> list[Rewrite]:
        """What is to be written for a file that isn't there: it is new, or was renamed or deleted meanwhile.

        What comes is an edit, which no rename and no deletion may lose; only one of the tool's own goes.
        """
        path = self._path(change)
        old = self._git.history.blob(move.old, path) if change.old is not None else None
        if old is None:
            return [Rewrite(path, None, new, tracked=True)]
        if (renamed := self._renamed(change, old, move)) is not None:
            return self._merged(renamed[0], old, renamed[1], new)
        if self._git.merging.only_runs_changed(move.old, move.new, change.name):
            return []
        return [Rewrite(path, None, new, tracked=True)]

    def _carry(self, change: TreeChange, now: bytes, move: Move) -> list[Rewrite] | None:
        """What is to be written so that an edit of a file that goes is in the file that it became.

        `None` where it became none: then the edited file stays.
        """
        if self._new_names is None:
            self._new_names = self._git.merging.names_since(move.new, move.old)
        target = self._new_names.get(change.name, "").removeprefix(self._git.repository.prefix)
        there = self._read(target) if target else None
        old = self._git.history.blob(move.old, self._path(change))
        return self._merged(target, old, there, now) if isinstance(there, bytes) else None

    def _renamed(self, change: TreeChange, old: bytes, move: Move) -> tuple[str, bytes] | None:
        """The one file that neither commit has and that has the contents of `change`, or most of them."""
        ending = PurePosixPath(change.name).suffix.lower()
        paths = [path for path in self._strangers(move) if PurePosixPath(path).suffix.lower() == ending]
        read = ((path, self._read(path)) for path in paths)
        there = [(path, data) for path, data in read if isinstance(data, bytes)]
        for found in (
            [(path, data) for path, data in there if data == old or self._is_old(change, data)],
            [
                (path, data)
                for path, data in there
                if ending == ".md" and may_be_copies(_text(data), _text(old))
            ],
        ):
            if len(found) == 1:
                return found[0]
        return None

    def _strangers(self, move: Move) -> list[str]:
        """The files of the vault that git knows in neither of the two commits."""
        if self._new_here is None:
            scan = self._disk.scan(None)
            known = {name for commit in (move.old, move.new) for name in self._git.merging.names(commit)}
            new = {*scan.notes, *scan.others} - known
            self._new_here = sorted(path for path in new if conflict_of(path) is None)
        return self._new_here

    def _is_old(self, change: TreeChange, now: bytes) -> bool:
        """Whether the file stands as in the commit that the move leaves."""
        return change.old is not None and self._git.merging.is_stored_as(change.name, now, change.old.oid)

    def _read(self, path: str) -> bytes | Problem | None:
        found = self._disk.read(path, whole=True)
        return None if isinstance(found, Problem) and found.rule == "file-vanished" else found

    def _path(self, change: TreeChange) -> str:
        return change.name.removeprefix(self._git.repository.prefix)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders that hold these files, in other folders too."""
    return {str(folder) for path in paths for folder in PurePosixPath(path).parents} - {"."}


def _in_order(changes: Iterable[TreeChange]) -> list[list[TreeChange]]:
    """What has to go first as a new file needs its name, then new and changed files, then those that go."""
    found = list(changes)
    names = {change.name.lower() for change in found if change.new is not None}
    above = {str(folder) for name in names for folder in PurePosixPath(name).parents}

    def when(change: TreeChange) -> int:
        if change.new is not None:
            return 1
        folded = change.name.lower()
        below = any(str(folder) in names for folder in PurePosixPath(folded).parents)
        return 0 if folded in names or folded in above or below else 2

    return [[change for change in found if when(change) == turn] for turn in range(3)]


def _by_hand(what: str) -> Waiting:
    return Waiting("manual", what, "take it over once by hand: `git pull` in the repository")
