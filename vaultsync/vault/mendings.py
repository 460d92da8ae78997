"""What rules mended lately on this machine, as long as it may be written back: a file of the state folder.

`core.plan.wars` says what follows from it. Lost or damaged it counts as empty: then a war takes two more
commits to be seen. It is read and written while the vault's lock is held, and nothing of it stays in memory:
what a first run mended in 10,000 notes is 5 MB here, which are read in 5 ms and took 18 MB as values.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED, VaultError
from vaultsync.core.links.decisions import Fault
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.wars import Count, Mended, counted, is_long_ago, still_counting, written_back
from vaultsync.vault.places import replace_private, state_folder, vault_key


class MendingsFile:
    """What was mended in the vault at `root`; `folder` replaces the user's state folder, `clock` the time."""

    def __init__(
        self, root: Path, folder: Path | None = None, clock: Callable[[], float] | None = None
    ) -> None:
        place = folder if folder is not None else state_folder() / "mendings"
        self.file = place / f"{vault_key(root)}.msgpack"
        self._clock = clock if clock is not None else time.time

    def written_back(self, changes: Collection[Change]) -> frozenset[Fault]:
        """The faults in planned changes that others write back each time."""
        if not any(change.mends for change in changes):
            return frozenset()
        known, _ = self._read()
        return written_back(_opened(known, (change.path for change in changes)), changes, self._clock())

    def looked(self, changes: Iterable[Change], digests: Mapping[str, bytes]) -> None:
        """Take over a plan for notes that have these digests. Raises `VaultError`."""
        known, data = self._read()
        now = self._clock()
        over = [
            path
            for path, kept in known.items()
            if digests.get(path, kept.digest) != kept.digest or is_long_ago(kept.when, now)
        ]
        if over:
            left = still_counting(_opened(known, over), changes, digests, now)
            self._write(_with(known, over, left), data)

    def wrote(self, changes: Collection[Change]) -> None:
        """Take over what was written. Raises `VaultError` when the state folder can't be written."""
        if any(change.mends for change in changes):
            known, data = self._read()
            paths = [change.path for change in changes]
            self._write(_with(known, paths, counted(_opened(known, paths), changes, self._clock())), data)

    def forget(self, notes: Collection[str] | None) -> None:
        """Begin to count anew in these notes, or in all. Raises `VaultError`."""
        known, data = self._read()
        self._write({} if notes is None else _with(known, notes, {}), data)

    def _read(self) -> tuple[dict[str, _Kept], bytes]:
        """What was mended, and the bytes that say so; nothing if they can't be read."""
        try:
            data = self.file.read_bytes()
            return (_DECODER.decode(data) if data else {}), data
        except (OSError, *DAMAGED):
            return {}, b""

    def _write(self, known: Mapping[str, _Kept], before: bytes) -> None:
        try:
            data = msgspec.msgpack.encode(known) if known else b""
            if data != before:
                replace_private(self.file, data)
        except UnicodeEncodeError as error:
            raise VaultError("a file's name is not UTF-8, so no run can tell of it", "rename it") from error
        except OSError as error:
            raise VaultError(
                f"{self.file} can't be written: {error.strerror}",
                "check that your state folder is writable and has room",
            ) from error


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """What was mended in a note, as it stands in the file: only few notes of a run are looked into."""

    digest: bytes
    when: float
    counts: msgspec.Raw


def _opened(known: Mapping[str, _Kept], paths: Iterable[str]) -> dict[str, Mended]:
    """Those of what was mended that are asked for, as values; what is damaged counts as never mended."""
    found = {}
    for path in paths:
        if (kept := known.get(path)) is not None:
            with suppress(*DAMAGED):
                found[path] = Mended(kept.digest, kept.when, _COUNTS.decode(kept.counts))
    return found


def _with(
    known: Mapping[str, _Kept], paths: Collection[str], mended: Mapping[str, Mended]
) -> dict[str, _Kept]:
    """What is known, with what was `mended` in place of what was known of these paths."""
    gone = set(paths) - mended.keys()
    now = {
        path: _Kept(one.digest, one.when, msgspec.Raw(msgspec.msgpack.encode(one.counts)))
        for path, one in mended.items()
    }
    return {path: kept for path, kept in {**known, **now}.items() if path not in gone}


_DECODER = msgspec.msgpack.Decoder(dict[str, _Kept])
_COUNTS = msgspec.msgpack.Decoder(dict[bytes, Count])
