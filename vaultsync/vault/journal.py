"""What a run has written and git has not committed yet: how the next run knows whose edits it finds.

A run notes down what it is about to write before it writes, and strikes it out once it is committed. After a
kill in between, or a hook that refused the commit, the bytes alone would not tell who made them. The journal
lies in the user's state folder, beside the lock, and is only read and written while that lock is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED, VaultError
from vaultsync.core.note import digest_of
from vaultsync.vault.places import replace_private, state_folder, vault_key


class WrittenFile(msgspec.Struct, frozen=True):
    """What a run did to one file: the digests of its bytes before and after (empty: no file), the rules.

    `lf_before` and `lf_after` are those of the same with every CRLF a line feed, empty where that is no other
    text: git may store the one for the other (`core.autocrlf`, `text=auto`).
    """

    path: str
    before: bytes
    after: bytes
    rules: tuple[str, ...] = ()
    links_added: int = 0
    links_removed: int = 0
    lf_before: bytes = b""
    lf_after: bytes = b""


def file_between(
    path: str, before: bytes | None, after: bytes | None, rules: tuple[str, ...] = ()
) -> WrittenFile:
    """What a run did to a file that had the bytes `before`, and has those `after`; `None` for no file."""
    first, last = digests_of(before), digests_of(after)
    return WrittenFile(path, first[0], last[0], rules, lf_before=first[1], lf_after=last[1])


def digests_of(data: bytes | None) -> tuple[bytes, bytes]:
    """The digest of a file, and that of the same in line feeds: empty for no file, or no other text."""
    if data is None:
        return b"", b""
    in_lf = digest_of(data.replace(b"\r\n", b"\n")) if b"\r\n" in data else b""
    return digest_of(data), in_lf


class Run(msgspec.Struct, frozen=True):
    """A run as its commit will tell it.

    `base` is the commit below it, `message` the person's own subject (empty: the configured one), `undoes`
    the id of the run that it takes back.
    """

    files: tuple[WrittenFile, ...] = msgspec.field(name="deeds")  # as earlier versions call it
    base: str = ""
    message: str = ""
    undoes: str = ""

    @property
    def id(self) -> str:
        """The run's name: 12 hexadecimal digits that follow from what it did, and on what.

        Whether a line ends in CRLF makes no difference: in the commit it may not.
        """
        content = blake2b(self.base.encode(), digest_size=6)
        for file in sorted(self.files, key=lambda file: file.path):
            before, after = file.lf_before or file.before, file.lf_after or file.after
            content.update(file.path.encode() + b"\0" + before + b"\0" + after)
        return content.hexdigest()


class Journal:
    """The journal of the vault at `root`; `folder` replaces the user's state folder."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        place = folder if folder is not None else state_folder() / "journals"
        self.file = place / f"{vault_key(root)}.msgpack"
        self._left_out_file = place / f"{vault_key(root)}.left-out.msgpack"

    def read(self) -> tuple[Run, ...]:
        """The runs that wait for their commit, the oldest first.

        A journal that can't be read counts as empty: then the next run takes the edits for the person's,
        which loses nothing but the credit.
        """
        try:
            return _RUNS.decode(self.file.read_bytes())
        except (OSError, *DAMAGED):
            return ()

    def left_out(self) -> frozenset[str]:
        """The files that were left out of commits, and told of."""
        try:
            return frozenset(_PATHS.decode(self._left_out_file.read_bytes()))
        except (OSError, *DAMAGED):
            return frozenset()

    def note_left_out(self, paths: Iterable[str]) -> None:
        """Keep in mind that the person was told of these. Raises `VaultError` as `write` does."""
        with _told_of_failure(self._left_out_file):
            replace_private(self._left_out_file, msgspec.msgpack.encode(sorted(paths)))

    def write(self, runs: Sequence[Run]) -> None:
        """Replace the journal in one step. Raises `VaultError` when the state folder can't be written."""
        with _told_of_failure(self.file):
            replace_private(self.file, msgspec.msgpack.encode(runs) if runs else b"")


@contextmanager
def _told_of_failure(file: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError as error:
        raise VaultError("a file's name is not UTF-8, so no run can tell of it", "rename it") from error
    except OSError as error:
        raise VaultError(
            f"the journal {file} can't be written: {error.strerror}",
            "check that your state folder is writable and has room",
        ) from error


_RUNS = msgspec.msgpack.Decoder(tuple[Run, ...])
_PATHS = msgspec.msgpack.Decoder(list[str])
