"""A commit of ours under way, noted down beside the index, for the run after one that was killed.

Git writes the index as it commits; what somebody saved in that moment leaves an older state there, which is
mended once git is done (`repository.Git.commit`). A kill in between, or a disk that fails, would leave a note
that looks as if the person had staged it, for ever: so the next run mends it, by what was noted down before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED
from vaultsync.git.process import GitFailed

MOMENT = 2.0
"""Seconds from the commit within which git writes the index; a later state is somebody else's."""


class IndexBehind(GitFailed):
    """The commit was made, and the index could not follow: the next run lets it."""


class CommitBegun(msgspec.Struct, frozen=True):
    """The commit that was checked out before (empty: none), and the paths, none of them staged in part.

    `index` tells the index of that moment from each later one; empty if there was none.
    """

    head: str
    paths: tuple[str, ...]
    index: tuple[int, ...] = ()


class CommitUnderWay:
    """The note of it, in `file`; what can't be written only matters after a kill."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._noted = 0.0  # when the run that was killed began its commit

    @contextmanager
    def noted(self, head: str | None, paths: Iterable[str]) -> Iterator[None]:
        """Note down a commit while it is made, and the index is put in order; a break-off leaves the note."""
        with suppress(OSError, UnicodeEncodeError):  # no room, or a name that no note can have
            begun = CommitBegun(head or "", tuple(paths), self._index_state())
            self._file.write_bytes(msgspec.msgpack.encode(begun))
        try:
            yield
        except IndexBehind:
            raise
        except Exception:
            self._end()
            raise
        self._end()

    def left(self) -> CommitBegun | None:
        """What a run that was killed has left; the file is gone then."""
        try:
            self._noted = self._file.stat().st_mtime
            data = self._file.read_bytes()
            self._file.unlink()
            return msgspec.msgpack.decode(data, type=CommitBegun)
        except (OSError, *DAMAGED):
            return None

    def _end(self) -> None:
        with suppress(OSError):
            self._file.unlink()

    def index_is_gits(self, left: CommitBegun) -> bool:
        """Whether the index is as before the commit, or as git's last one wrote it, and nobody did since.

        The latter only within the time of that commit: a clock that was set back since would make any index
        look older.
        """
        if left.index and left.index == self._index_state():
            return True
        folder = self._file.parent
        try:
            committed = (folder / "logs" / "HEAD").stat().st_mtime
            written = (folder / "index").stat().st_mtime
            return self._noted - MOMENT <= written <= committed + MOMENT
        except OSError:
            return False

    def _index_state(self) -> tuple[int, ...]:
        try:
            found = (self._file.parent / "index").stat()
        except OSError:
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns
