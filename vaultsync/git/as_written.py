"""A commit of a run's edits holds what the run wrote, and nothing that the person saved meanwhile.

Git reads the files itself when it commits them, some milliseconds after they were written. What somebody
saved in between would stand in the run's commit, and go when the run is taken back. Such a commit is replaced
by one with the run's own bytes, as long as nobody has built on it; the save is then a change like any other.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from vaultsync.git.locate import Repository
from vaultsync.git.parse import replaced_in
from vaultsync.git.process import GitFailed

_SIGNED = re.compile(rb"^gpgsig", re.MULTILINE)


class AsWritten(msgspec.Struct, frozen=True):
    """The commit to go by now; `replaced` are the files whose save was given back, `mixed` where it stays."""

    sha: str
    replaced: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()


def foreign_saves(repository: Repository, listed: bytes, written: Mapping[str, bytes]) -> dict[str, str]:
    """Which files of a commit, `listed` as raw, differ from the bytes that were `written`, with their mode.

    Line endings and filters make differences too; `without_saves` tells these apart.
    """
    modes = dict(zip(listed.split(b"\0")[1::2], listed.split(b"\0")[::2], strict=False))
    found = {}
    for name, _, new in replaced_in(listed):
        path = os.fsdecode(name).removeprefix(repository.prefix)
        if path in written and new != _blob_id(written[path], len(new)):
            found[path] = modes[name].split(b" ")[1].decode()
    return found


def without_saves(
    repository: Repository, scratch: Path, sha: str, suspects: Mapping[str, str], written: Mapping[str, bytes]
) -> AsWritten:
    """Replace the commit that is checked out by one in which the `suspects` are as `written`.

    The files go through the person's filters again, from a worktree of their own in the folder `scratch`.
    Where the commit is signed or no longer the newest one, it stays, and its files are `mixed`.
    """
    process = repository.process
    tree = scratch / "tree"
    for path, mode in suspects.items():
        file = tree / repository.name_of(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written[path])
        file.chmod(0o755 if mode == "100755" else 0o644)
    names = b"".join(os.fsencode(repository.name_of(path)) + b"\0" for path in suspects)
    own = {"GIT_INDEX_FILE": str(scratch / "written"), "GIT_WORK_TREE": str(tree)}
    process.read("read-tree", sha, environment=own)
    process.read("update-index", "--add", "-z", "--stdin", stdin=names, environment=own)
    made = process.read("write-tree", environment=own).out.strip()
    commit = process.read("cat-file", "commit", sha).out
    was = commit.partition(b"\n")[0].removeprefix(b"tree ")
    if made == was:
        return AsWritten(sha)
    if _SIGNED.search(commit.partition(b"\n\n")[0]):
        return AsWritten(sha, mixed=tuple(suspects))
    text = commit.replace(was, made, 1)
    new = process.read("hash-object", "-t", "commit", "-w", "--stdin", stdin=text).out.decode().strip()
    try:
        process.write("update-ref", "-m", "commit: without what was saved meanwhile", "HEAD", new, sha)
    except GitFailed:  # somebody has committed on top of it
        return AsWritten(sha, mixed=tuple(suspects))
    return AsWritten(new, tuple(suspects))


def _blob_id(data: bytes, length: int) -> str:
    """The id that git gives to these bytes as they are: SHA-1, or SHA-256 in a repository that uses it."""
    make = hashlib.sha256 if length == 64 else hashlib.sha1
    return make(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
