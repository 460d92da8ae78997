"""Reads what git prints for programs: NUL-separated, never for people, never quoted.

The forms are those of git-status(1) "Porcelain Format Version 2", git-diff(1) "Raw output format" and
`--numstat -z`, git-cat-file(1) "BATCH OUTPUT". File names are bytes to git; here they are decoded as Python
decodes file names, so that they compare equal to what a scan of the disk gives.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from vaultsync.core.history.changes import Commit, FileChange, Kind
from vaultsync.core.history.messages import RULES_TRAILER, RUN_TRAILER, UNDOES_TRAILER, rules_of

# One record: fields ended by NUL, so that a message of many lines stays one field.
LOG_FORMAT = "%H%x00%P%x00%ct%x00%an <%ae>%x00%s%x00%b%x00%(trailers:only=true,unfold=true)"
_LOG_FIELDS = 7
RUN_FILES_FORMAT = "%x01%m%H" + "".join(
    f"%x00%(trailers:key={key},valueonly,separator=%x2C)"
    for key in (RUN_TRAILER, UNDOES_TRAILER, RULES_TRAILER)
)

TIP_FORMAT = "%H%x00%P%x00" + "".join(
    f"%(trailers:key={key},valueonly,separator=%x2C)%x00"
    for key in (RUN_TRAILER, UNDOES_TRAILER, RULES_TRAILER)
)
"""What is asked of the commit that is checked out, before its files."""

LATEST = int(datetime(9998, 12, 31, tzinfo=UTC).timestamp())
"""A commit may claim any time, one of the year 3170843 say. Later ones than this count as this, so that each
has a day in every time zone."""

_KINDS: dict[str, Kind] = {"A": "added", "M": "modified", "D": "deleted", "R": "renamed", "T": "typechange"}


class RunFiles(msgspec.Struct, frozen=True):
    """A run's commit, and the files that it changed; `gone` if it is no longer part of the branch.

    `undoes`: it took another run back. `rules` are the ids of those that had something to do.
    """

    sha: str
    paths: tuple[str, ...]
    gone: bool
    undoes: bool = False
    rules: tuple[str, ...] = ()


class Tip(msgspec.Struct, frozen=True):
    """The commit that is checked out, and its files as `replaced_in` reads them; of a merge it tells none.

    `run` is what it tells of itself if it is a run's, with the files of the whole repository.
    """

    sha: str
    parents: tuple[str, ...]
    raw: bytes
    run: RunFiles | None = None


class StatusEntry(msgspec.Struct, frozen=True):
    """One path of `git status`: `index` and `worktree` are the letters of the XY field, `?` for untracked.

    `staged_id` is the object in the index, empty if the index has none.
    """

    path: str
    index: str
    worktree: str
    staged_id: str = ""
    submodule: bool = False
    unmerged: bool = False

    @property
    def untracked(self) -> bool:
        """Whether git doesn't know the file yet."""
        return self.index == "?"


def entries_in(out: bytes, prefix: str) -> list[StatusEntry]:
    """The entries of `git status --porcelain=v2 -z --no-renames`; each path loses its `prefix`."""
    skip = len(os.fsencode(prefix))
    entries = []
    for record in out.split(b"\0"):
        kind = record[:1]
        if kind == b"?":
            entries.append(StatusEntry(os.fsdecode(record[2 + skip :]), "?", "?"))
        elif kind == b"1":
            _, xy, submodule, *_, staged, path = record.split(b" ", 8)
            staged_id = staged.decode() if staged.strip(b"0") else ""
            name, nested = os.fsdecode(path[skip:]), submodule[:1] == b"S"
            entries.append(StatusEntry(name, chr(xy[0]), chr(xy[1]), staged_id, nested))
        elif kind == b"u":
            _, xy, *_, path = record.split(b" ", 10)
            entries.append(StatusEntry(os.fsdecode(path[skip:]), chr(xy[0]), chr(xy[1]), unmerged=True))
    return entries


def differences_in(out: bytes, prefix: str) -> list[FileChange]:
    """The files of `git diff --raw --numstat -z -M`; each path loses its `prefix`.

    All raw records come first, then all counts.
    """
    skip = len(os.fsencode(prefix))
    fields = iter(out.split(b"\0"))
    kinds: dict[bytes, tuple[Kind, bytes | None]] = {}
    counts: list[tuple[bytes, int, int]] = []
    for field in fields:
        if field.startswith(b":"):
            path, kind, source = _kind_in(field, fields)
            kinds[path] = kind, source
        elif field:
            added, removed, path = field.split(b"\t", 2)
            if not path:  # a rename: both names follow as fields of their own
                next(fields)
                path = next(fields)
            counts.append((path, _count(added), _count(removed)))
    found = []
    for path, added_lines, removed_lines in counts:
        kind, source = kinds[path]
        old_path = None if source is None else os.fsdecode(source[skip:])
        found.append(FileChange(os.fsdecode(path[skip:]), kind, old_path, added_lines, removed_lines))
    return found


def changes_in(out: bytes, prefix: str) -> list[FileChange]:
    """The files of `git diff --raw -z -M`, without counts of lines; each path loses its `prefix`."""
    skip = len(os.fsencode(prefix))
    fields = iter(out.split(b"\0")[:-1])
    found = []
    for field in fields:
        path, kind, source = _kind_in(field, fields)
        old_path = None if source is None else os.fsdecode(source[skip:])
        found.append(FileChange(os.fsdecode(path[skip:]), kind, old_path))
    return found


def _kind_in(record: bytes, names: Iterator[bytes]) -> tuple[bytes, Kind, bytes | None]:
    """What a raw record tells, whose one or two `names` follow: the path, the kind, and its old path."""
    letter = record.rpartition(b" ")[2][:1].decode()
    old = next(names)
    path, source = (next(names), old) if letter == "R" else (old, None)
    return path, _KINDS[letter], source


class BranchState(msgspec.Struct, frozen=True):
    """Where the branch stands by `git status --branch`: its commit, empty before the first, and its upstream.

    `ahead` and `behind` count commits against the upstream, -1 where there is nothing to count against;
    `is_clean` says that the vault is as in the commit.
    """

    commit: str
    upstream: str
    ahead: int
    behind: int
    is_clean: bool


def branch_state_in(out: bytes) -> BranchState:
    """The answer of `git status --porcelain=v2 --branch --ahead-behind -z`."""
    records = [os.fsdecode(record) for record in out.split(b"\0") if record]
    told = dict(record[2:].split(" ", 1) for record in records if record.startswith("# "))
    commit = told.get("branch.oid", "(initial)")
    ahead, _, behind = told.get("branch.ab", "").partition(" ")
    counted = ahead[1:].isdecimal() and behind[1:].isdecimal()
    return BranchState(
        "" if commit == "(initial)" else commit,
        told.get("branch.upstream", ""),
        int(ahead[1:]) if counted else -1,
        int(behind[1:]) if counted else -1,
        all(record.startswith("# ") for record in records),
    )


def head_in(out: bytes) -> str | None:
    """The commit of `git status --porcelain=v2 --branch -z`; None before the first one."""
    commit = out.partition(b"\0")[0].removeprefix(b"# branch.oid ").decode()
    return None if commit == "(initial)" else commit


def tip_in(out: bytes) -> Tip:
    """The answer of `git diff-tree --always --raw -z` in `TIP_FORMAT`."""
    *told, raw = out.split(b"\0", 5)
    raw = raw.lstrip(b"\0\n")
    ids, parents, run, undoes, rules = (field.decode(errors="replace").strip() for field in told)
    paths = tuple(name.decode(errors="surrogateescape") for name, *_ in replaced_in(raw)) if run else ()
    found = RunFiles(ids, paths, False, bool(undoes), rules_of({RULES_TRAILER: rules})) if run else None
    return Tip(ids, tuple(parents.split()), raw, found)


def replaced_in(out: bytes) -> list[tuple[bytes, str, str]]:
    """The paths of `git diff-tree --raw --no-renames -z`, each with its object before and after."""
    fields = out.split(b"\0")[:-1]
    replaced = []
    for about, path in zip(fields[::2], fields[1::2], strict=True):
        _, _, old, new, _ = about.decode().split(" ")
        replaced.append((path, old, new))
    return replaced


def filtered_in(out: bytes, mark: bytes) -> list[bytes]:
    """The contents that `git cat-file --batch --filters` gave, where the name `mark` followed each object.

    The sizes in the answer are those before the filters: only the answer to `mark`, which names nothing,
    tells where a content ends.
    """
    parts = out.split(b"\n" + mark + b" missing\n")[:-1]
    return [part.partition(b"\n")[2] for part in parts]


def ids_in(out: bytes, names: Sequence[bytes]) -> list[tuple[str, str]]:
    """The answers of `git cat-file --batch-check`, in the order of `names`: id and type, empty if missing."""
    found = []
    at = 0
    for name in names:
        missing = name + b" missing\n"
        if out.startswith(missing, at):
            at += len(missing)
            found.append(("", ""))
            continue
        line_end = out.index(b"\n", at)
        oid, kind, _ = out[at:line_end].decode().split(" ")
        found.append((oid, kind))
        at = line_end + 1
    return found


def commits_in(out: bytes) -> list[Commit]:
    """The commits of `git log -z` in `LOG_FORMAT`, newest first."""
    fields = out.decode("utf-8", "replace").split("\0")
    commits = []
    for at in range(0, len(fields) - _LOG_FIELDS + 1, _LOG_FIELDS):
        sha, parents, when, author, subject, body, trailers = fields[at : at + _LOG_FIELDS]
        pairs = (line.partition(": ") for line in trailers.splitlines())
        commits.append(
            Commit(
                sha=sha,
                parents=tuple(parents.split()),
                when=_moment(when),
                author=author,
                subject=subject,
                body=body.strip("\n"),
                trailers={name: value for name, colon, value in pairs if colon},
            )
        )
    return commits


def _moment(seconds: str) -> datetime:
    """The time of a commit (git's `%ct`); the epoch where a broken commit says none."""
    return datetime.fromtimestamp(min(int(seconds), LATEST) if seconds.isdecimal() else 0, UTC)


def run_files_in(out: bytes, prefix: str) -> list[RunFiles]:
    """The commits of `git log -z --name-only` in `RUN_FILES_FORMAT` that have the trailer, newest first."""
    found = []
    for record in f"\0{out.decode(errors='surrogateescape')}".split("\0\1")[1:]:
        side_and_sha, trailer, undoes, rules, *names = record.split("\0")
        paths = [name.removeprefix("\n").removeprefix(prefix) for name in names if name]
        if trailer:
            sha, gone = side_and_sha[1:], side_and_sha[0] == "<"
            found.append(RunFiles(sha, tuple(paths), gone, bool(undoes), rules_of({RULES_TRAILER: rules})))
    return found


def covering(wanted: Iterable[str], others: Iterable[str]) -> list[str]:
    """The fewest names, of files or of whole folders, that reach all of `wanted` and none of `others`.

    The empty name reaches everything. Git compares each file with each name: 10,000 new notes, named one by
    one, took 0.7 s to add and 1.3 s to commit, ten times as many a hundred times that.
    """
    blocked: set[str] = set()
    for other in others:
        blocked.update(_folders_above(other))
    chosen: set[str] = set()
    for path in wanted:
        chosen.add(next((folder for folder in _folders_above(path) if folder not in blocked), path))
    return sorted(chosen)


def _folders_above(path: str) -> Iterator[str]:
    """The folders that hold `path`, outermost first: "", "Papers", "Papers/2025"."""
    yield ""
    at = path.find("/")
    while at > 0:
        yield path[:at]
        at = path.find("/", at + 1)


def _count(field: bytes) -> int:
    return -1 if field == b"-" else int(field)


class Stage(msgspec.Struct, frozen=True):
    """One side of a file in a merge: its mode and its object."""

    mode: str
    oid: str


class BothChanged(msgspec.Struct, frozen=True):
    """A file that a merge of trees left open, by the name that it has there; a side without it is `None`."""

    name: str
    base: Stage | None
    ours: Stage | None
    theirs: Stage | None


class MergeMessage(msgspec.Struct, frozen=True):
    """What `git merge-tree` says of some files: `kind` as `CONFLICT (rename/rename)`, for programs."""

    names: tuple[str, ...]
    kind: str
    text: str


class MergedTrees(msgspec.Struct, frozen=True):
    """The answer of `git merge-tree`: the merged tree, the files that it left open, and what it says."""

    tree: str
    open: tuple[BothChanged, ...]
    messages: tuple[MergeMessage, ...]


def merged_trees_in(out: bytes) -> MergedTrees:
    """The answer of `git merge-tree --write-tree -z --messages`."""
    fields = [os.fsdecode(field) for field in out.split(b"\0")]
    tree, rest = fields[0], iter(fields[1:])
    stages: dict[str, dict[str, Stage]] = {}
    for field in rest:
        if not field:
            break
        about, _, name = field.partition("\t")
        mode, oid, stage = about.split(" ")
        stages.setdefault(name, {})[stage] = Stage(mode, oid)
    messages = []
    for count in rest:
        if not count.isdecimal():
            break
        names = tuple(next(rest) for _ in range(int(count)))
        messages.append(MergeMessage(names, next(rest), next(rest).rstrip("\n")))
    left = (BothChanged(name, of.get("1"), of.get("2"), of.get("3")) for name, of in sorted(stages.items()))
    return MergedTrees(tree, tuple(left), tuple(messages))


def unmerged_in(out: bytes) -> list[BothChanged]:
    """The answer of `git ls-files --unmerged -z`."""
    stages: dict[str, dict[str, Stage]] = {}
    for record in out.split(b"\0")[:-1]:
        about, _, name = os.fsdecode(record).partition("\t")
        mode, oid, stage = about.split(" ")
        stages.setdefault(name, {})[stage] = Stage(mode, oid)
    return [BothChanged(name, of.get("1"), of.get("2"), of.get("3")) for name, of in sorted(stages.items())]


class TreeChange(msgspec.Struct, frozen=True):
    """A file that differs between two trees, by the repository's name; a side without it is `None`."""

    name: str
    old: Stage | None
    new: Stage | None


def tree_changes_in(out: bytes) -> list[TreeChange]:
    """The answer of `git diff-tree -r --raw --no-renames -z --no-abbrev`."""
    fields = [os.fsdecode(field) for field in out.split(b"\0")[:-1]]
    found = []
    for about, name in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old, new, _ = about.lstrip(":").split(" ")
        sides = (
            None if not oid.strip("0") else Stage(mode, oid)
            for mode, oid in ((old_mode, old), (new_mode, new))
        )
        found.append(TreeChange(name, *sides))
    return found
