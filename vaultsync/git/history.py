"""What a repository remembers of a vault: notes as they were, the tool's runs.

The reading half of the adapter in `git`; nothing here takes a lock or changes a file of the repository.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from secrets import token_hex

import msgspec

from vaultsync.core.errors import GitError
from vaultsync.core.history.changes import Commit, FileChange
from vaultsync.core.history.messages import RUN_TRAILER
from vaultsync.git.configuration import common_dir
from vaultsync.git.departures import (
    Changed,
    Compared,
    Departure,
    changed,
    deletions,
    nothing_went,
    parents_of,
    renames,
)
from vaultsync.git.locate import Repository, beginning_of
from vaultsync.git.own_line import OwnCommit, OwnLine, Parents
from vaultsync.git.parse import (
    LOG_FORMAT,
    RUN_FILES_FORMAT,
    TIP_FORMAT,
    RunFiles,
    Tip,
    changes_in,
    commits_in,
    filtered_in,
    ids_in,
    replaced_in,
    run_files_in,
    tip_in,
)

# Against the person's own configuration: what is parsed must not depend on it.
DIFF_OPTIONS = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--ignore-submodules=all",
    "--find-renames=50%",
    "-l1000",
    "--diff-algorithm=myers",
)
_LOG = ("-z", f"--format={LOG_FORMAT}", "--encoding=UTF-8", "--no-show-signature", "--no-color")
_FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RAW = ("-r", "--root", "--raw", "--no-renames", "-z")

INDEX = ":0"
"""In the place of a commit: what is staged."""

_NAMED = 100
"""Files that are named to git; of more it is asked for all, as it compares each name with each file."""

_PAGE = 50  # commits that one `git log` asks for when only a few runs are wanted


class CommitHistory:
    """Reads the history of the vault that `repository` holds.

    `compared` and `own_line` are what is known from earlier questions, and kept for later ones.
    """

    def __init__(
        self, repository: Repository, compared: Compared | None = None, own_line: OwnLine | None = None
    ) -> None:
        self._compared: Compared = compared if compared is not None else {}
        self._own_line = own_line if own_line is not None else OwnLine()
        self._files: tuple[str, Mapping[str, str]] = "", {}
        self._repository = repository
        self._process = repository.process
        self._prefix = repository.prefix

    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""
        if (read := self._head_in_files()) is not None:
            return read
        found = self._process.read("rev-parse", "--quiet", "--verify", "HEAD^{commit}", ok=(0, 1))
        return found.out.decode().strip() or None

    def tip(self) -> Tip:
        """What is checked out. Raises `GitFailed` before the first commit."""
        shown = ("--always", f"--format={TIP_FORMAT}", "--encoding=UTF-8", "--no-show-signature")
        tip = tip_in(self._process.read("diff-tree", *_RAW, *shown, "HEAD").out)
        if len(tip.parents) == 1:
            if all(new.strip("0") for _, _, new in replaced_in(tip.raw)):
                nothing_went(self._compared, self._repository.within, tip.sha, tip.parents[0])
            self._own_line.add(OwnCommit(tip.sha, tip.parents[0], self._in_vault(tip.run)))
        return tip

    def _head_in_files(self) -> str | None:
        """What is checked out, if its branch is a file of its own, as after each commit; no process."""
        if not self._repository.refs_are_files:
            return None
        branch = beginning_of(self._repository.git_dir / "HEAD")
        if not branch.startswith(b"ref: refs/heads/") or b"\0" in branch:
            return None
        name = os.fsdecode(branch.removeprefix(b"ref: ").rstrip(b"\n"))
        sha = os.fsdecode(beginning_of(common_dir(self._repository.git_dir) / name).rstrip(b"\n"))
        return sha if _FULL_ID.fullmatch(sha) else None

    def _in_vault(self, run: RunFiles | None) -> RunFiles | None:
        """A run with the files of the vault alone; `None` if it has none there."""
        if run is None or not self._prefix:
            return run
        paths = tuple(p.removeprefix(self._prefix) for p in run.paths if p.startswith(self._prefix))
        return msgspec.structs.replace(run, paths=paths) if paths else None

    def last_commits(self, count: int) -> Parents:
        """The last so many commits, with their parents; fails before the first one."""
        if (head := self._head_in_files()) is None:
            return parents_of(self._process, count, "HEAD")
        return self._own_line.last(count, head, lambda: parents_of(self._process, count, head))

    def raw(self, sha: str) -> bytes:
        """The files of a commit, as `parse.replaced_in` reads them."""
        return self._process.read("diff-tree", *_RAW, "--no-commit-id", sha).out

    def hooks(self) -> str:
        """The folder of the hooks: where `core.hooksPath` says, or git keeps them."""
        configuration = self._repository.configuration
        if not configuration.text("core.hookspath"):
            return str(common_dir(self._repository.git_dir) / "hooks")
        asked = self._process.read("rev-parse", "--git-path", "hooks").out
        return os.fsdecode(asked).removesuffix("\n")

    def blob(self, rev: str, path: str) -> bytes | None:
        """What a checkout of `path` at `rev` would put on the disk; None if there is no such file."""
        return self.blobs(rev, [path]).get(path)

    def blobs(self, rev: str, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes of each of `paths` that is a file at `rev`, line endings and filters as in a checkout.

        Two git processes whatever the number of paths.
        """
        wanted = list(paths)
        if not wanted:
            return {}
        commit = rev if rev == INDEX else self._commit_id(rev)
        return {path: data for (_, path), data in self.blobs_at((commit, path) for path in wanted).items()}

    def blobs_at(self, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """The same for files of several commits: each place is a commit's full id and a path."""
        asked = list(dict.fromkeys(places))
        blobs = {place: f"{oid} {self._repository.name_of(place[1])}" for place, oid in self._ids_at(asked)}
        if not blobs:
            return {}
        mark = token_hex(16).encode()  # a name of no object: its answer ends the content before it
        # A note that is the same at two commits is read once.
        distinct = dict.fromkeys(blobs.values())
        told = (blob.encode(errors="surrogateescape") + b"\0" + mark for blob in distinct)
        batch = self._process.read("cat-file", "--batch", "--filters", "-z", stdin=_ended_by_nul(told))
        contents = dict(zip(distinct, filtered_in(batch.out, mark), strict=True))
        return {place: contents[blob] for place, blob in blobs.items()}

    def _ids_at(self, asked: Sequence[tuple[str, str]]) -> list[tuple[tuple[str, str], str]]:
        """Of these places those that have a file, each with its object id."""
        count = Counter(commit for commit, _ in asked)
        many = [commit for commit, names in count.items() if names > _NAMED and _FULL_ID.fullmatch(commit)]
        found: list[tuple[tuple[str, str], str]] = []
        for commit in many:
            files = self._listed(commit)
            places = (place for place in asked if place[0] == commit)
            found += ((place, oid) for place in places if (oid := files.get(place[1])) is not None)
        if few := [place for place in asked if place[0] not in many]:
            names = (f"{commit}:{self._repository.name_of(path)}" for commit, path in few)
            encoded = [name.encode(errors="surrogateescape") for name in names]
            checked = self._process.read("cat-file", "--batch-check", "-z", stdin=_ended_by_nul(encoded))
            ids = zip(few, ids_in(checked.out, encoded), strict=True)
            found += ((place, oid) for place, (oid, kind) in ids if kind == "blob")
        return found

    def _listed(self, commit: str) -> Mapping[str, str]:
        """All files of a commit; those of one are kept, as git is asked for many notes some at a time.

        For each name it goes through the name's folder: 15,000 notes of one folder took it minutes.
        """
        if self._files[0] != commit:
            self._files = commit, self.files(commit)
        return self._files[1]

    def files(self, rev: str = "HEAD") -> dict[str, str]:
        """Each file of the vault at `rev` with its object id; files of submodules are not among them."""
        within = self._repository.within
        listed = self._process.read("ls-tree", "-r", "-z", "--full-tree", self._commit_id(rev), "--", *within)
        files = {}
        for record in listed.out.split(b"\0")[:-1]:
            about, _, name = record.partition(b"\t")
            _, kind, oid = about.decode().split(" ")
            if kind == "blob":
                files[name.decode(errors="surrogateescape").removeprefix(self._prefix)] = oid
        return files

    def only_staged(self) -> list[str]:
        """The vault's files that git's index has and the last commit hasn't."""
        found = self._process.read(
            "diff-index", "--cached", "--name-only", "--no-renames", "--diff-filter=A", "-z", "HEAD", "--",
            *self._repository.within,
        ).out  # fmt: skip
        names = (name.decode(errors="surrogateescape") for name in found.split(b"\0")[:-1])
        return [name.removeprefix(self._prefix) for name in names]

    def runs(self, limit: int | None = None, path: str | None = None) -> list[Commit]:
        """The tool's own commits, newest first: those with a run's trailer, of `path` if one is given.

        Those of both sides of a merge, also where the merge took a path from one of them.
        """
        runs: list[Commit] = []
        if self.head() is None:
            return runs
        within = (
            [self._repository.name_of(path)] if path is not None else [self._prefix] if self._prefix else []
        )
        page = [f"--max-count={_PAGE}"] if limit is not None else []
        skip = 0
        while limit is None or len(runs) < limit:
            log = self._process.read(
                "log", *_LOG, "--full-history", "--extended-regexp", f"--grep=^{RUN_TRAILER}: ",
                f"--skip={skip}", *page, "HEAD", "--", *within,
            )  # fmt: skip
            commits = commits_in(log.out)
            runs += (commit for commit in commits if RUN_TRAILER in commit.trailers)
            skip += _PAGE
            if limit is None or len(commits) < _PAGE:
                break
        return runs[:limit]

    def written(self, path: str, most: int) -> list[tuple[str, str]]:
        """What the last so many runs wrote to the file at `path`, the newest first.

        That is the object that was there before, empty if there was none, and the one that was written.
        """
        if self.head() is None:
            return []
        log = self._process.read(
            "log", "-z", "--format=", "--raw", "--no-abbrev", "--no-renames", "--full-history",
            "--no-show-signature", "--extended-regexp", f"--grep=^{RUN_TRAILER}: ",
            f"--max-count={most}", "HEAD", "--", self._repository.name_of(path),
        )  # fmt: skip
        return [
            (old if old.strip("0") else "", new) for _, old, new in replaced_in(log.out) if new.strip("0")
        ]

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Whether `of` was made on top of `commit`, or is the same; both are full ids."""
        if self._own_line.between(commit, of) is not None:
            return True
        return self._process.read("merge-base", "--is-ancestor", commit, of, ok=(0, 1)).code == 0

    def run_files(self, head: str, since: str = "") -> list[RunFiles] | None:
        """The runs up to `head` with the files that they changed, newest first; with `since` those after it.

        None if `head` lacks runs that `since` had, or if git knows `since` no longer.
        """
        if since and (own := self._own_line.between(since, head)) is not None:
            return [commit.run for commit in own if commit.run is not None]
        log = self._process.read(
            "log", "-z", "--full-history", f"--format={RUN_FILES_FORMAT}", "--name-only", "--no-renames",
            "--left-right", "--no-show-signature", "--extended-regexp", f"--grep=^{RUN_TRAILER}: ",
            f"{since}...{head}" if since else head, "--", *self._repository.within,
            ok=(0, 128) if since else (0,),
        )  # fmt: skip
        runs = run_files_in(log.out, self._prefix)
        return None if log.code or any(run.gone for run in runs) else runs

    def deletions(self, commits: int) -> list[Departure]:
        """The files that each of the last so many commits deleted, merges among them, the newest first."""
        within, last = self._repository.within, self.last_commits(commits)
        return deletions(self._process, within, self._prefix, last, self._compared)

    def renames(self, commits: int) -> list[tuple[str, str]]:
        """The files that the last so many commits renamed, old and new name, the newest first."""
        within, last = self._repository.within, self.last_commits(commits)
        found = renames(self._process, within, self._prefix, last, self._compared)
        return [(old, new) for one in found for old, new in one.files.items() if new is not None]

    def changed_files(self, commits: Parents, paths: Collection[str] = ()) -> list[Changed]:
        """The files that each of these commits with one parent changed; of `paths` alone if there are any."""
        few = [self._repository.name_of(path) for path in paths] if len(paths) <= _NAMED else []
        found = changed(self._process, self._repository.within, self._prefix, commits, few, self._compared)
        return [one for one in found if one.path in paths] if paths else found

    def commit_at(self, rev: str) -> Commit:
        """The commit that `rev` names. Raises `GitError` if there is none."""
        log = self._process.read("log", *_LOG, "--max-count=1", self._commit_id(rev), "--")
        return commits_in(log.out)[0]

    def since(self, rev: str | None) -> list[Commit]:
        """The commits of the branch on top of `rev` (None: all), the newest first, without merged ones."""
        log = self._process.read("log", *_LOG, "--first-parent", f"{rev}..HEAD" if rev else "HEAD", "--")
        return commits_in(log.out)

    def changed(self, rev: str) -> list[FileChange]:
        """What the commit changed in the vault, against its first parent; lines are not counted.

        To count them git compares all texts: 0.7 CPU-s of the 10,000 notes of a first run.
        """
        before, after = self._sides(rev)
        within = self._repository.within
        diff = self._process.read("diff", "--raw", "-z", *DIFF_OPTIONS, before, after, "--", *within)
        return changes_in(diff.out, self._prefix)

    def versions(self, path: str, limit: int) -> list[str]:
        """The last commits that changed the file at `path`, the newest first."""
        found = self._process.read(
            "log", "--full-history", f"--max-count={limit}", "--format=%H", "--no-show-signature",
            "HEAD", "--", self._repository.name_of(path),
        ).out  # fmt: skip
        return found.decode().split()

    def merged_over(self, sha: str, head: str) -> str:
        """The last merge up to `head` that brought `sha` together with commits without it; empty if none.

        What such a merge dropped of `sha` nobody took out.
        """
        if self._own_line.between(sha, head) is not None:  # none of these is a merge
            return ""
        merges = self._process.read(
            "rev-list", "--merges", "--ancestry-path", "--parents", f"{sha}..{head}", ok=(0, 128)
        ).out  # fmt: skip
        for line in merges.decode().splitlines():
            merge, *parents = line.split(" ")
            if any(not self.is_ancestor(sha, parent) for parent in parents):
                return merge
        return ""

    def added_in(self, path: str) -> str:
        """The last commit that brought the file at `path`, merges included; empty if none did."""
        found = self._process.read(
            "log", "-m", "--diff-filter=A", "--no-renames", "--max-count=1", "--format=%H",
            "--no-show-signature", "HEAD", "--", self._repository.name_of(path),
        ).out  # fmt: skip
        return found.decode().split("\n", 1)[0].strip()

    def _sides(self, rev: str) -> tuple[str, str]:
        commit = self.commit_at(rev)
        return (commit.parents or (self._repository.empty_tree,))[0], commit.sha

    def _commit_id(self, rev: str) -> str:
        """The full id of a commit that a person or a caller names; never read as an option."""
        if _FULL_ID.fullmatch(rev):
            return rev
        name = f"{rev}^{{commit}}".encode(errors="surrogateescape")
        found = self._process.read(
            "cat-file", "--batch-check", "-z", stdin=_ended_by_nul([name]), ok=(0, 128)
        )
        if found.code == 0 and not found.out.startswith((name + b" missing", name + b" ambiguous")):
            return found.out.split(b" ", 1)[0].decode()
        raise GitError(f"there is no one commit named {rev}", "`vaultsync log` lists the runs")


def _ended_by_nul(names: Iterable[bytes]) -> bytes:
    return b"".join(name + b"\0" for name in names)
