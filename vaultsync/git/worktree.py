"""How a vault's worktree differs from its last commit, and how paths are named to git.

The looking half of the adapter in `git`: it takes no lock and leaves the index as it is.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal
from zlib import crc32

import msgspec

from vaultsync.core.errors import GitError
from vaultsync.core.history.changes import FileChange, Staged
from vaultsync.git.history import DIFF_OPTIONS
from vaultsync.git.locate import Repository, ignored_paths
from vaultsync.git.parse import StatusEntry, covering, differences_in, entries_in, head_in
from vaultsync.git.process import GitFailed, setting

FROM_STDIN = ("--pathspec-from-file=-", "--pathspec-file-nul")
ADD = ("--intent-to-add", *FROM_STDIN)
ADDED = (0, 1)  # exit codes of `git add`; 1: all but paths outside the sparse checkout
TRIES = 3  # a file that goes between two git commands makes the second fail; then look again
VANISHED = re.compile(r"did not match any file|unable to stat|unable to index file|No such file or directory")

_ONE_BY_ONE = 500  # paths; below it, naming each costs less than finding the folders that cover them
_ARGUMENTS = 24_000 if sys.platform == "win32" else 400_000  # characters of paths on one command line
_EVERYTHING = "."  # the name of the repository's root among pathspecs
_JUST_NOW = 0.5  # seconds; the time that a person takes to answer a question is longer
_SPARSE = "outside the sparse checkout"
# For files that are named git goes through all that it knows, in 20 threads, and then once more without: for
# five of 10,000 notes a status took 6.4 ms with them and 5.0 without, on a busy machine 19 and 12.
_NO_THREADS = setting("core.preloadIndex", "false")


class WorktreeStatus(msgspec.Struct, frozen=True):
    """One look at the worktree: entries that were asked for, the vault's others, the commit below."""

    chosen: tuple[StatusEntry, ...]
    others: tuple[StatusEntry, ...]
    head: str | None

    def rest(self, paths: Collection[str]) -> list[str]:
        """Every path of the look but `paths`: what a name for a whole folder must not reach."""
        kept = set(paths)
        return [entry.path for entry in (*self.chosen, *self.others) if entry.path not in kept]


class Worktree:
    """The files of a vault as git sees them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process = repository.process
        self._prefix = repository.prefix
        # What the index had, before our last commit, of each path of that commit; see `staged_in`.
        self._before: dict[str, str] = {}
        self._seen: tuple[float, tuple[int, int, int] | None, WorktreeStatus] | None = None
        self._unchanged: tuple[float, set[str], dict[str, str]] | None = None
        # By the vault's place: a repository may hold several vaults, and each has a lock of its own.
        self._scratch_folder = repository.git_dir / f"vaultsync-{crc32(os.fsencode(self._prefix)):08x}"

    def changes(self, paths: Iterable[str] | None = None) -> list[FileChange]:
        """How the worktree differs from the last commit, staged or not, sorted by path.

        Untracked files are among it, ignored ones, submodules and nested repositories are not. A file that is
        staged in another state than it has on the disk is always among it, even if the disk agrees with the
        last commit. With `paths`, only those; a rename is seen when both its paths are asked for.
        """
        self._remove_scratch()
        for _ in range(TRIES - 1):
            try:
                return self._changes(paths)
            except GitFailed as error:
                if not VANISHED.search(error.output):
                    raise
        return self._changes(paths)

    def left_out(self, paths: Iterable[str]) -> dict[str, str]:
        """Which of `paths` git will not commit, and why: ignored, in another repository, marked."""
        wanted = list(paths)
        reasons: dict[str, str] = {}
        above = {folder for path in wanted for folder in _folders_of(path)}
        nested = {folder for folder in above if os.path.lexists(self._repository.file(folder) / ".git")}
        for path in wanted:
            inner = next((folder for folder in _folders_of(path) if folder in nested), None)
            if inner is not None:
                reasons[path] = f"{inner}/ is a repository of its own"
        chosen = set(wanted)
        known, hidden = self._just_known(chosen) or self._known(chosen)
        # A file that git knows is not ignored, whatever its name: mostly there is nothing to ask.
        own = [self._repository.name_of(path) for path in wanted if path not in reasons and path not in known]
        if own:
            for path in ignored_paths(self._process, own):
                reasons[path.removeprefix(self._prefix)] = "ignored by git"
        if self._repository.configuration.is_on("core.sparsecheckout"):
            status = self.status(chosen)
            differing = {path for change in self._against_base(status) for path in change.paths}
            reasons |= {e.path: _SPARSE for e in status.chosen if e.untracked and e.path not in differing}
        return reasons | {path: why for path, why in hidden.items() if path in chosen}

    def outside_checkout(self) -> list[str]:
        """The files that git keeps and a sparse checkout leaves out of the worktree, sorted."""
        if not self._repository.configuration.is_on("core.sparsecheckout"):
            return []
        hidden = self._known()[1]
        outside = (path for path, why in hidden.items() if why == _SPARSE)
        return sorted(path for path in outside if not os.path.lexists(self._repository.file(path)))

    def known_status(self, wanted: Collection[str]) -> WorktreeStatus:
        """The status of files that are likely known to git: for a few, new ones are sought last.

        The search goes through whole folders, most of the time that it all takes. What is staged as deleted
        may lie there as a new file all the same.
        """
        if len(wanted) <= _ONE_BY_ONE:
            status = self.status(wanted, untracked="no")
            changed = {entry.path for entry in status.chosen if entry.index != "D"}
            rest = [p for p in wanted if p not in changed and os.path.lexists(self._repository.file(p))]
            if not rest:
                return status
            when, (known, hidden) = time.monotonic(), self._known(rest)
            if known.issuperset(rest):
                self._unchanged = when, known, hidden
                return status
        return self.status(wanted)

    def status_just_seen(self, wanted: Collection[str]) -> WorktreeStatus | None:
        """What has just been seen of some files that all differ; None if it was not, or if that is old.

        Nothing can have been staged since, as the index is the same file. It saves a second look by git of
        the same notes, 5 ms at 10,000 notes and 30 at 100,000.
        """
        if self._seen is None or len(wanted) > _ONE_BY_ONE:
            return None
        (when, index, status), self._seen = self._seen, None
        if time.monotonic() > when + _JUST_NOW or index != self._index_state():
            return None
        chosen = tuple(entry for entry in status.chosen if entry.path in wanted)
        if {entry.path for entry in chosen} != wanted or any(entry.index == "D" for entry in chosen):
            return None
        return WorktreeStatus(chosen, status.others, status.head)

    def look_ahead(self, paths: Collection[str]) -> None:
        """See now of some files what `status_just_seen` will tell, while something else is waited for."""
        if len(paths) <= _ONE_BY_ONE:
            when, index = time.monotonic(), self._index_state()
            self._seen = when, index, self.known_status(paths)

    def _just_known(self, wanted: set[str]) -> tuple[set[str], dict[str, str]] | None:
        """What `known_status` has just found of these files, which were as they are committed; else None.

        Nothing is lost if one was taken out of the index or marked since: what was read of it is in the last
        commit. It saves a third look by git of the same notes.
        """
        if self._unchanged is None:
            return None
        (when, known, hidden), self._unchanged = self._unchanged, None
        return (known, hidden) if time.monotonic() <= when + _JUST_NOW and wanted <= known else None

    def _index_state(self) -> tuple[int, int, int] | None:
        try:
            found = (self._repository.git_dir / "index").stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def status(
        self, wanted: Collection[str] | None, untracked: Literal["all", "no"] = "all"
    ) -> WorktreeStatus:
        """What `git status` says of the vault, parted into `wanted` (None: all there is) and the rest."""
        options = ("--porcelain=v2", "--branch", "--no-ahead-behind", "--no-renames")
        out = self.look(wanted, "status", "-z", *options, f"--untracked-files={untracked}")
        chosen: list[StatusEntry] = []
        others: list[StatusEntry] = []
        for entry in entries_in(out, self._prefix):
            ours = not entry.submodule and not entry.path.endswith("/")
            (chosen if ours and (wanted is None or entry.path in wanted) else others).append(entry)
        return WorktreeStatus(tuple(chosen), tuple(others), head_in(out))

    def look(self, wanted: Collection[str] | None, command: str, *options: str) -> bytes:
        """What a reading command says of `wanted` (None: the vault), and of others too if they are many."""
        if wanted is not None and len(wanted) <= _ONE_BY_ONE:
            named = [self._repository.name_of(path) for path in wanted]
            if sum(map(len, named)) <= _ARGUMENTS:
                return self._process.read(command, *options, "--", *named, environment=_NO_THREADS).out
        return self._process.read(command, *options, "--", *self._repository.within).out

    def stage(self, paths: Collection[str]) -> None:
        """Put files into the index as they stand, deletions too."""
        if paths:
            names = exactly(self._repository.name_of(path) for path in paths)
            self._process.write("add", "--all", *FROM_STDIN, stdin=names)

    def forget_vanished(self, paths: Collection[str]) -> None:
        """Take back intents to add files that are gone since: git would tell each as a deletion for ever."""
        gone = [e.path for e in self.status(set(paths)).chosen if (e.index, e.worktree) == (".", "D")]
        names = [self._repository.name_of(path) for path in gone]
        if names:
            known = self._process.read(
                "ls-tree", "-z", "--name-only", "--full-tree", "HEAD", "--", *names, ok=(0, 128)
            )
            left = "".join(f"{name}\0" for name in names if name not in os.fsdecode(known.out).split("\0"))
            if left:
                removing = ("update-index", "--force-remove", "-z", "--stdin")
                self._process.write(*removing, stdin=left.encode(errors="surrogateescape"))

    def staged(self, status: WorktreeStatus) -> dict[str, Staged]:
        """How much of each chosen path's change the person has staged."""
        return staged_in(status.chosen, self._before)

    def remember_index(self, committed: WorktreeStatus) -> None:
        """Keep in mind what the index had of these entries before our commit of them."""
        self._before = {entry.path: entry.staged_id for entry in committed.chosen}

    def is_as_before_commit(self, entry: StatusEntry) -> bool:
        """Whether the index has the very state of the entry that it had before our last commit."""
        return self._before.get(entry.path) == entry.staged_id

    def _changes(self, paths: Iterable[str] | None) -> list[FileChange]:
        when, index = time.monotonic(), self._index_state()
        status = self.status(None) if paths is None else self.known_status(set(paths))
        self._seen = when, index, status
        status = self._readable(status)
        staged = staged_in((e for e in status.chosen if not e.unmerged), self._before)
        if not staged:
            return []
        found = self._against_base(status)
        changes = {
            change.path: msgspec.structs.replace(
                change, staged=_most(staged.get(p, "no") for p in change.paths)
            )
            for change in found
            if all(path in staged for path in change.paths)
        }
        seen = {path for change in changes.values() for path in change.paths}
        for path, how in staged.items():  # staged, and on the disk as in the last commit
            if how == "part" and path not in seen:
                changes[path] = FileChange(path, "modified", staged=how)
        return [changes[path] for path in sorted(changes)]

    def _readable(self, status: WorktreeStatus) -> WorktreeStatus:
        """The status without files that may not be read: git would give up all the others for one of them."""
        shut = {e.path for e in status.chosen if e.worktree != "D" and self._is_shut(e.path)}
        if not shut:
            return status
        chosen = tuple(entry for entry in status.chosen if entry.path not in shut)
        others = tuple(entry for entry in status.chosen if entry.path in shut)
        return msgspec.structs.replace(status, chosen=chosen, others=(*status.others, *others))

    def _is_shut(self, path: str) -> bool:
        file = self._repository.file(path)
        return os.path.lexists(file) and not file.is_symlink() and not os.access(file, os.R_OK)

    def _against_base(self, status: WorktreeStatus) -> list[FileChange]:
        """The chosen files against the last commit, new ones too, with lines counted and renames found.

        New files are made known to a copy of the index: git then reads them through the person's filters.
        """
        new = [entry.path for entry in status.chosen if entry.untracked]
        environment: dict[str, str] = {}
        found: list[FileChange] = []
        with self.scratch() as scratch:
            if new:
                environment = self._index_copy(scratch / "index")
                names = self.pathspecs(new, status.rest(new))
                self._process.read("add", *ADD, stdin=names_in(names), ok=ADDED, environment=environment)
            # Deletions stand beside additions, so that one command line sees both sides of a rename.
            moved = [e.path for e in status.chosen if e.untracked or "D" in (e.index, e.worktree)]
            paths = dict.fromkeys([*moved, *(e.path for e in status.chosen)])
            named = self.pathspecs(list(paths), status.rest(paths))
            base = status.head or self._repository.empty_tree
            for batch in _batches(named):
                diff = self._process.read(
                    "diff", "--raw", "--numstat", "-z", *DIFF_OPTIONS, base, "--", *batch,
                    environment=environment,
                )  # fmt: skip
                found += differences_in(diff.out, self._prefix)
        return found

    def _index_copy(self, copy: Path) -> dict[str, str]:
        """Copy the index to `copy`; the variables that make git use it."""
        with suppress(FileNotFoundError):  # there is none before the first `git add`
            # With its time: git looks again at files as young as the index.
            shutil.copy2(self._repository.git_dir / "index", copy)
        return {"GIT_INDEX_FILE": str(copy), **setting("core.splitIndex", "false")}

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for what one git command is given in files.

        It lies beside the index, where a later look finds and removes what a killed run has left. Raises
        `GitError` when it can't be written.
        """
        self._remove_scratch()
        try:
            self._scratch_folder.mkdir()
            yield self._scratch_folder
        except OSError as error:
            raise GitError(
                f"{error.filename or self._scratch_folder} can't be written: {error.strerror}",
                "check that the repository's folder is writable and has room",
            ) from error
        finally:
            self._remove_scratch()

    def beside_index(self, name: str) -> Path:
        """A file of the vault's own in the repository's folder."""
        return self._scratch_folder.with_name(f"{self._scratch_folder.name}.{name}")

    def _remove_scratch(self) -> None:
        shutil.rmtree(self._scratch_folder, ignore_errors=True)

    def pathspecs(self, paths: Sequence[str], others: Iterable[str]) -> list[str]:
        """Names, from the repository's root, that reach all of `paths` and none of `others`."""
        if len(paths) <= _ONE_BY_ONE:
            return [self._repository.name_of(path) for path in paths]
        covered = covering(paths, [*others, *self._known()[1]])
        return [(self._prefix + path) if path else (self._prefix or _EVERYTHING) for path in covered]

    def _known(self, wanted: Collection[str] | None = None) -> tuple[set[str], dict[str, str]]:
        """The files that git knows, of `wanted` (None: all) and perhaps others.

        With those among them whose changes it was told not to look at, and by what (git-update-index(1)).
        """
        listed = self.look(wanted, "ls-files", "-v", "-z")
        known, hidden = set(), {}
        for record in listed.split(b"\0")[:-1]:
            tag, path = chr(record[0]), os.fsdecode(record[2:]).removeprefix(self._prefix)
            known.add(path)
            if tag in "Ss":
                hidden[path] = _SPARSE
            elif tag.islower():
                hidden[path] = "marked assume-unchanged"
        return known, hidden


def staged_in(entries: Iterable[StatusEntry], before: Mapping[str, str]) -> dict[str, Staged]:
    """How much of each path's change stands in the index; deleted there but on the disk is `part`.

    An entry that is again as it was `before` our last commit of it was not staged by the person: another git
    had read the index before that commit, and written it after.
    """
    staged: dict[str, Staged] = {}
    for entry in entries:
        how: Staged
        if entry.path in staged:
            how = "part" if staged[entry.path] != "no" else "no"
        elif entry.unmerged:
            how = "part"
        elif entry.index in ".?" or before.get(entry.path) == entry.staged_id:
            how = "no"
        else:
            how = "whole" if entry.worktree == "." else "part"
        staged[entry.path] = how
    return staged


def _most(states: Iterable[Staged]) -> Staged:
    order: tuple[Staged, ...] = ("no", "whole", "part")
    return max(states, key=order.index)


def names_in(paths: Iterable[str]) -> bytes:
    """`paths` as commands read them from standard input with `-z`."""
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def exactly(names: Iterable[str]) -> bytes:
    """Pathspecs that mean just these names, without the global option, which hooks would inherit."""
    specs = (b":(top)" if name == _EVERYTHING else b":(top,literal)" + os.fsencode(name) for name in names)
    return b"".join(spec + b"\0" for spec in specs)


def _batches(paths: Sequence[str]) -> Iterator[list[str]]:
    """`paths` in lists that fit on a command line."""
    batch: list[str] = []
    size = 0
    for path in paths:
        if batch and size + len(path) > _ARGUMENTS:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += len(path) + 1
    if batch:
        yield batch


def _folders_of(path: str) -> list[str]:
    """The folders of the vault that hold `path`, outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]
