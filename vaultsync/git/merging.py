"""Merging two commits without touching the worktree: git pairs the files, contents are merged elsewhere.

The order of a sync: `bases` says what two commits have in common, `merge` gives the tree in which all that
only one side changed is brought together, and what both changed; `tree_with` puts the merged contents in,
`commit` makes the commit. `move` lets the branch and the index follow once the files are written.

Git merges the same property added in two places "cleanly" into two properties, so no merge of a file's
content is left to it: each driver is one that fails, and git lists each such file with its three stages.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha1, sha256
from urllib.parse import quote

from vaultsync.core.history.messages import MERGE_SUBJECT, RUN_TRAILER
from vaultsync.git.departures import names_since
from vaultsync.git.locate import Repository
from vaultsync.git.parse import (
    BothChanged,
    MergedTrees,
    TreeChange,
    merged_trees_in,
    tree_changes_in,
    unmerged_in,
)
from vaultsync.git.process import GitFailed, settings
from vaultsync.git.worktree import Worktree

_NO_DRIVERS = settings(
    {
        "merge.default": "vaultsync",
        **{f"merge.{name}.driver": "false" for name in ("vaultsync", "union", "text", "binary")},
        "merge.directoryRenames": "false",
        "merge.renames": "true",
    }
)
_STYLES = ("merge", "diff3", "zdiff3")
FOLLOWED = 500
"""Commits of each side whose renames a merge follows."""

_REFLOG = "vaultsync sync"
_NOBODY = {"NAME": "vaultsync", "EMAIL": "vaultsync@localhost", "DATE": "@0 +0000"}


class Merging:
    """The objects and the branch of a vault's repository; `worktree` lends its scratch folder."""

    def __init__(self, repository: Repository, worktree: Worktree) -> None:
        self._repository = repository
        self._process = repository.process
        self._worktree = worktree

    def bases(self, one: str, other: str) -> tuple[str, ...]:
        """The best common ancestors of two commits, sorted; more than one after merges crosswise."""
        found = self._process.read("merge-base", "--all", one, other, ok=(0, 1)).out
        return tuple(sorted(found.decode().split()))

    def knows(self, commit: str) -> bool:
        """Whether the repository has a commit of this id."""
        return self._process.read("cat-file", "-e", f"{commit}^{{commit}}", ok=(0, 1, 128)).code == 0

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` has all commits that `old` has; false too if git no longer knows `old`."""
        return self._process.read("merge-base", "--is-ancestor", old, new, ok=(0, 1, 128)).code == 0

    def merge(self, ours: str, theirs: str) -> MergedTrees:
        """Bring two commits together, all but the contents that both changed. Raises `GitFailed`."""
        done = self._process.read(
            "merge-tree", "--write-tree", "-z", "--messages", ours, theirs, ok=(0, 1), environment=_NO_DRIVERS
        )  # fmt: skip
        if not done.out:  # it ends with 1, too, for a commit that it does not know
            raise GitFailed(f"git merge-tree failed: {done.err.strip()}", output=done.err)
        return merged_trees_in(done.out)

    def unmerged(self) -> list[BothChanged]:
        """The vault's files that a merge by hand left open in the index."""
        listed = self._process.read("ls-files", "--unmerged", "-z", "--", *self._repository.within).out
        return unmerged_in(listed)

    def conflict_files(self, both: BothChanged) -> Iterator[bytes]:
        """What git itself leaves in a text file that it could not merge, in each of its styles of markers.

        As the merge under way does it, and as git makes it anew of the three stages (`git checkout --merge`).
        The labels behind the markers are other ones than in the file.
        """
        sides = (both.ours, both.base, both.theirs)
        if both.ours is not None and both.theirs is not None:
            contents = self.contents(side.oid for side in sides if side is not None)
            with self._worktree.scratch() as scratch:
                files = [scratch / f"{number}" for number in range(len(sides))]
                for file, side in zip(files, sides, strict=True):
                    file.write_bytes(contents[side.oid] if side is not None else b"")
                for style in _STYLES:
                    told = (f"--{style}",) if style != "merge" else ()
                    yield self._process.read(
                        "merge-file", "-p", "-q", *told, *map(str, files), ok=range(128)
                    ).out
        for tree in self._trees_under_way:
            if (found := self.entry(tree, both.name)) is not None:
                yield from self.contents([found[1]]).values()

    @cached_property
    def _trees_under_way(self) -> list[str]:
        """What the merge under way comes to, in each style of markers; each takes all files of the vault."""
        merge = ("--write-tree", "-z", "--no-messages", "HEAD", "MERGE_HEAD")
        styles = (settings({"merge.conflictStyle": style}) for style in _STYLES)
        found = (
            self._process.read("merge-tree", *merge, ok=(0, 1, 128), environment=each) for each in styles
        )
        return [tree for each in found if (tree := os.fsdecode(each.out.partition(b"\0")[0]))]

    def contents(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The bytes of objects, as git stores them."""
        wanted = sorted(set(oids))
        if not wanted:
            return {}
        asked = b"".join(oid.encode() + b"\n" for oid in wanted)
        out = self._process.read("cat-file", "--batch", stdin=asked).out
        found = {}
        at = 0
        for oid in wanted:
            end = out.index(b"\n", at)
            size = int(out[at:end].rpartition(b" ")[2])
            found[oid] = out[end + 1 : end + 1 + size]
            at = end + 2 + size
        return found

    def sizes(self, oids: Iterable[str]) -> dict[str, int]:
        """How many bytes objects have, as git stores them."""
        asked = "".join(f"{oid}\n" for oid in sorted(set(oids))).encode()
        if not asked:
            return {}
        told = self._process.read("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked).out
        found = (line.split(" ") for line in told.decode().splitlines())
        return {oid: int(size) for oid, size in found if size != "missing"}

    def tree_of(self, commit: str) -> str:
        """The id of a commit's tree."""
        return self._process.read("rev-parse", f"{commit}^{{tree}}").out.decode().strip()

    def entry(self, commit: str, name: str) -> tuple[str, str] | None:
        """Mode and object of the file that the repository calls `name`, at a commit."""
        out = self._process.read("ls-tree", "-z", "--full-tree", commit, "--", name).out
        if not out:
            return None
        mode, _, oid = os.fsdecode(out.partition(b"\t")[0]).split(" ")
        return mode, oid

    def names(self, tree: str) -> list[str]:
        """The files of a tree or a commit, as the vault calls them."""
        within = self._repository.within
        out = self._process.read("ls-tree", "-r", "-z", "--name-only", "--full-tree", tree, "--", *within).out
        return [self.in_vault(os.fsdecode(name)) for name in out.split(b"\0")[:-1]]

    def mentioning(self, commit: str, words: Iterable[str]) -> dict[str, tuple[str, bytes]]:
        """Mode and bytes of the vault's notes with one of these in it, in any case, or as an address."""
        wanted = sorted({form for word in words for form in (word, quote(word), quote(word, safe="/:@&"))})
        patterns = [part for word in wanted for part in ("-e", word)]
        within = self._repository.within
        options = ("-z", "--name-only", "--full-name", "-i", "-F")
        out = self._process.read("grep", *options, *patterns, commit, "--", *within, ok=(0, 1)).out
        names = {os.fsdecode(name).removeprefix(f"{commit}:") for name in out.split(b"\0")[:-1]}
        notes = {name for name in names if name.lower().endswith(".md")}
        listed = self._process.read("ls-tree", "-r", "-z", "--full-tree", commit, "--", *within).out
        rows = (os.fsdecode(row).partition("\t") for row in listed.split(b"\0")[:-1])
        found = {name: about.split(" ") for about, _, name in rows if name in notes}
        contents = self.contents(oid for _, _, oid in found.values())
        return {name: (mode, contents[oid]) for name, (mode, _, oid) in found.items()}

    def in_vault(self, name: str) -> str:
        """What the vault calls a file that the repository calls `name`."""
        return name.removeprefix(self._repository.prefix)

    def names_since(self, commit: str, other: str) -> dict[str, str]:
        """The names that files have at `commit`, by those before it left `other`, as commits renamed them."""
        return names_since(self._process, commit, other, FOLLOWED)

    def tree_with(self, tree: str, contents: Mapping[str, tuple[str, bytes] | None]) -> str:
        """The tree with these files instead: mode and bytes by the repository's name, `None` for no file.

        Git refuses names here that must never be written, such as `.git/config`.
        """
        with self._worktree.scratch() as scratch:
            index = {"GIT_INDEX_FILE": str(scratch / "index"), **settings({"core.splitIndex": "false"})}
            self._process.write("read-tree", tree, environment=index)
            if contents:
                files = []
                written = [(name, found) for name, found in sorted(contents.items()) if found is not None]
                for number, (_, (_, data)) in enumerate(written):
                    file = scratch / f"{number}"
                    file.write_bytes(data)
                    files.append(file)
                paths = "".join(f"{file}\n" for file in files).encode(errors="surrogateescape")
                hashed = self._process.write(
                    "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=paths
                )
                oids = hashed.out.decode().split() if files else []
                gone = [name for name, found in contents.items() if found is None]
                lines = [f"0 {'0' * len(tree)}\t{name}\0" for name in sorted(gone)]
                lines += [
                    f"{mode} {oid}\t{name}\0" for oid, (name, (mode, _)) in zip(oids, written, strict=True)
                ]
                told = "".join(lines).encode(errors="surrogateescape")
                self._process.write("update-index", "-z", "--index-info", stdin=told, environment=index)
            return self._process.write("write-tree", environment=index).out.decode().strip()

    def commit(self, tree: str, parents: Sequence[str], message: str, author: str = "") -> str:
        """Make a commit of a tree, without moving any branch; signed if the person signs all commits."""
        signing = self._process.read("config", "--type=bool", "--get", "commit.gpgSign", ok=(0, 1)).out
        sign = ["-S"] if signing.strip() == b"true" else []
        name, _, mail = author.rstrip(">").partition(" <")
        by = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail} if author else {}
        above = [part for parent in parents for part in ("-p", parent)]
        made = self._process.write(
            "commit-tree", *sign, *above, tree, stdin=message.encode(errors="replace"), environment=by
        )  # fmt: skip
        return made.out.decode().strip()

    def passing(self, tree: str, parents: Sequence[str]) -> str:
        """A commit of a tree that no branch will ever have: a step of a merge. It is the same everywhere."""
        who = {f"GIT_{role}_{part}": _NOBODY[part] for role in ("AUTHOR", "COMMITTER") for part in _NOBODY}
        above = [part for parent in parents for part in ("-p", parent)]
        made = self._process.write("commit-tree", "--no-gpg-sign", *above, tree, stdin=b"", environment=who)
        return made.out.decode().strip()

    def changed(self, old: str, new: str) -> list[TreeChange]:
        """The files that differ between two commits (`old` empty: everything), of the whole repository."""
        sides = (old or self._repository.empty_tree, new)
        options = ("-r", "--raw", "--no-renames", "-z", "--no-abbrev")
        return tree_changes_in(self._process.read("diff-tree", *options, *sides).out)

    def is_stored_as(self, name: str, data: bytes, oid: str) -> bool:
        """Whether git stores `data` of the file `name` as the object `oid`, the person's filters included."""
        if _blob_id(data, len(oid)) == oid:
            return True
        asked = self._process.read("hash-object", "--stdin", "--path", name, stdin=data or b"")
        return bool(data) and asked.out.decode().strip() == oid

    def move(self, old: str, new: str, reflog: str = _REFLOG) -> None:
        """Let the branch go from `old` (empty: there is no commit yet) to `new`, and the index with it.

        The branch's own log calls it `reflog`. What is staged of other paths stays. Raises `GitFailed` when
        the branch is no longer at `old`.
        """
        nothing = "0" * len(new)
        self._process.write("update-ref", "-m", reflog, "HEAD", new, old or nothing)
        self.index_follows(old, new)

    def index_follows(self, old: str, new: str) -> None:
        """Set the index to `new` where it has what `old` has; doing it twice changes nothing more."""
        before = old or self._repository.empty_tree
        self._process.write("read-tree", "-i", "-m", before, new)

    def count(self, old: str, new: str) -> int:
        """How many commits `new` has that `old` lacks."""
        spec = f"{old}..{new}" if old else new
        return int(self._process.read("rev-list", "--count", spec).out)

    def only_runs_changed(self, base: str, side: str, name: str) -> bool:
        """Whether from `base` to `side` only runs of the tool changed the file `name`."""
        others = self._process.read(
            "log", "--format=%H", "--max-count=1", "--no-show-signature", "--invert-grep",
            "--extended-regexp", f"--grep=^{RUN_TRAILER}: ", f"{base}..{side}", "--", name,
        ).out  # fmt: skip
        return not others.strip()

    def only_merges(self, old: str, new: str) -> bool:
        """Whether all commits that `new` has and `old` lacks are merges that a sync made."""
        listed = self._process.read("log", "--format=%P%x00%s", "--no-show-signature", f"{old}..{new}").out
        rows = (row.split("\0") for row in listed.decode(errors="replace").splitlines())
        return all(" " in parents and subject.startswith(MERGE_SUBJECT) for parents, subject in rows)

    def fork_point(self, tracking: str, commit: str) -> str:
        """Where `commit` left the remote's branch, by what that had before, too; empty if unknown."""
        found = self._process.read("merge-base", "--fork-point", tracking, commit, ok=(0, 1, 128))
        return found.out.decode().strip() if found.code == 0 else ""


def _blob_id(data: bytes, digits: int) -> str:
    """The id that git gives to a file's bytes; one of 40 digits is a SHA-1 (git-hash-object(1))."""
    hasher = sha1 if digits == 40 else sha256
    return hasher(b"blob %d\0" % len(data) + data).hexdigest()
