"""Names that differ only in case between the disk and git, where the file system takes both for one.

On macOS and Windows git goes on using the name that it knows when a note or a folder is renamed to another
case. What a run writes would then bear a name that no commit has: it would go with the person's edits, and
could not be taken back. So such a rename is committed before anything else, and git's names are the disk's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from vaultsync.core.history.changes import FileChange
from vaultsync.git.locate import Repository
from vaultsync.git.process import GitFailed
from vaultsync.git.worktree import Worktree

_SUBMODULE = b"160000"  # it is a repository of its own, and named in `.gitmodules` too


class CaseRenames:
    """Those of a vault; `worktree` lends its scratch folder, `refusal` says what a failed commit is."""

    def __init__(
        self, repository: Repository, worktree: Worktree, refusal: Callable[[GitFailed], GitFailed]
    ) -> None:
        self._repository, self._process, self._worktree = repository, repository.process, worktree
        self._refusal = refusal

    def found(self) -> list[FileChange]:
        """The files that git knows by a name which the disk writes in another case; sorted by path.

        Nothing on a file system that tells cases apart: there it is a rename like any other.
        """
        if not self._repository.ignores_case:
            return []
        listed = self._process.read("ls-files", "--stage", "-z", "--", *self._repository.within).out
        records = (record.partition(b"\t") for record in listed.split(b"\0")[:-1])
        known = {os.fsdecode(name): None for about, _, name in records if not about.startswith(_SUBMODULE)}
        folders = _Folders(self._repository)
        skip = len(self._repository.prefix)
        renamed = ((name[skip:], folders.name_of(name[skip:])) for name in known)
        found = [
            FileChange(new, "renamed", old)
            for old, new in renamed
            if new is not None and new != old and self._repository.name_of(new) not in known
        ]
        return sorted({change.path: change for change in found}.values(), key=lambda change: change.path)

    def commit(self, head: str, renames: Sequence[FileChange], message: str, timeout: float) -> str | None:
        """Commit the new names, with hooks and all, and let the index have them; what is staged stays staged.

        Gives the commit; None where the last one has none of the old names. Raises as `Git.commit` does.
        """
        name_of = self._repository.name_of
        names = {name_of(change.old_path or change.path): name_of(change.path) for change in renames}
        made = None
        with self._worktree.scratch() as scratch:
            own = {"GIT_INDEX_FILE": str(scratch / "renamed")}
            self._process.read("read-tree", head, environment=own)
            if self._rename(names, own):
                text = scratch / "message"
                text.write_text(message, encoding="utf-8", errors="replace", newline="\n")
                options = ("--quiet", "--cleanup=whitespace", f"--file={text}")
                try:
                    self._process.write("commit", *options, timeout=timeout, environment=own)
                except GitFailed as error:
                    raise self._refusal(error) from error
                made = self._process.read("rev-parse", "HEAD").out.decode().strip()
        self._rename(names, {})
        return made

    def _rename(self, names: Mapping[str, str], environment: Mapping[str, str]) -> bool:
        """Give entries of an index their new names; whether there were any."""
        listed = self._process.read("ls-files", "--stage", "-z", environment=environment).out
        lines = []
        for record in listed.split(b"\0")[:-1]:
            about, _, name = record.partition(b"\t")
            mode, oid, stage = about.split(b" ")
            new = names.get(os.fsdecode(name))
            if new is not None and stage == b"0":
                lines.append(b"0 %s\t%s\0" % (b"0" * len(oid), name))
                lines.append(b"%s %s\t%s\0" % (mode, oid, os.fsencode(new)))
        if lines:
            told = b"".join(lines)
            self._process.write("update-index", "-z", "--index-info", stdin=told, environment=environment)
        return bool(lines)


class _Folders:
    """How names are written on the disk; each folder is listed once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._listed: dict[str, dict[str, str] | None] = {}
        self._names: dict[str, str | None] = {"": ""}

    def name_of(self, path: str) -> str | None:
        """The path as the disk writes it; None if it isn't there."""
        if path in self._names:
            return self._names[path]
        folder, _, last = path.rpartition("/")
        above = self._entries(folder)
        shown = above.get(last) or above.get(last.casefold()) if above is not None else None
        parent = self._names[folder]
        found = None if shown is None or parent is None else f"{parent}/{shown}" if parent else shown
        self._names[path] = found
        return found

    def _entries(self, folder: str) -> dict[str, str] | None:
        """The names in a folder, each by itself and in one case; None if there is no such folder."""
        if folder not in self._listed:
            self._listed[folder] = None
            place = self.name_of(folder)
            with suppress(OSError):
                names = os.listdir(self._repository.file(place)) if place is not None else []
                self._listed[folder] = {name.casefold(): name for name in names} | {n: n for n in names}
        return self._listed[folder]
