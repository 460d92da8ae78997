"""What is given to an import: files, standard input, identifiers, each as items that can be read twice.

It stands between the command line or the inbox and `importing`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

import msgspec

from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.core.importers import finished, parse, read_through
from vaultsync.core.importers.bibtex import Raw
from vaultsync.core.importers.identifier_list import stub
from vaultsync.core.importers.planning import Source
from vaultsync.core.importers.record import Item, Options, Skipped, UnusableSource
from vaultsync.files import containment
from vaultsync.files.containment import HeldFolders, open_inside
from vaultsync.files.problems import outside, problem_of
from vaultsync.files.system_calls import rename_new
from vaultsync.vault.parallel import ahead

CHUNK = 1 << 18
"""Bytes that are read of a source at a time."""

LARGEST_STREAM = 1 << 30
"""Bytes that are taken of standard input, a pipe or a device, which may have no end (`/dev/zero`) and is kept
until the import is done: far more than a list of papers has."""

LARGE = 1 << 19
"""Bytes of a file from which on another process reads it ahead: some 500 records."""

DONE = "done"
"""The subfolder of the inbox to which imported files go."""


class SourceError(VaultsyncError):
    """A source can't be read, or changed while it was."""


class Input(msgspec.Struct, frozen=True):
    """One thing to import: its items, which may be asked for twice, and its name in the commit's message.

    `inbox` is its vault-relative path if it lies in the vault's inbox, `note` if it is a note of the vault;
    `path` is what problems call it. `again`: it is read whenever it changes, nobody asks for it just now.
    """

    name: str
    items: Source
    inbox: str = ""
    path: str = ""
    note: str = ""
    again: bool = False


def options_of(config: Config) -> Options:
    """What a vault's settings say about any source."""
    return Options(languages=tuple(config.links.languages), records=config.imports.records)


def file_input(
    path: Path,
    options: Options,
    format_name: str | None = None,
    *,
    place: str = "",
    inbox: str = "",
    note: str = "",
    within: Path | None = None,
) -> Input:
    """The file at `path`; problems call it `place`. Raises `SourceError` if it can't be opened.

    With `within` it must lie in that folder when it is read. A pipe can't be read twice: give it to
    `stream_input`.
    """
    shown = place or str(path)
    first = opened(path, shown, within)
    with first:
        identity = _identity(first)

    def read() -> Iterator[Item | Raw]:
        with opened(path, shown, within) as file:
            if _identity(file) != identity:
                raise SourceError(f"{shown} changed while it was imported", "import it once more")
            yield from read_through(_chunks(file, shown), options, format_name)

    def items() -> Iterator[Item]:
        found = read() if identity[1] < LARGE else ahead(read)
        return _placed(finished(found, options), options, shown)

    return Input(options.name, items, inbox, shown, note)


def stream_input(
    stream: IO[bytes], spool: IO[bytes], options: Options, format_name: str | None = None, *, place: str = ""
) -> Input:
    """Standard input or a pipe, kept in the temporary file `spool`, which the caller closes in the end."""
    shown = place or options.place
    taken = 0
    for chunk in _chunks(stream, shown):
        taken += len(chunk)
        if taken > LARGEST_STREAM:
            raise SourceError(
                f"{shown} has more than {LARGEST_STREAM >> 20} MB, and perhaps no end",
                "import a larger list from a file",
            )
        try:
            spool.write(chunk)
        except OSError as error:
            raise SourceError(
                f"{shown} can't be kept in a temporary file: {error.strerror}", "free room, or set TMPDIR"
            ) from None

    def items() -> Iterator[Item]:
        spool.seek(0)
        yield from _placed(parse(_chunks(spool, shown), options, format_name), options, shown)

    return Input(options.name or "standard input", items)


def identifiers_input(values: Sequence[str], options: Options) -> Input:
    """Identifiers that a person typed, each a stub."""
    return Input("", lambda: (stub(value, options) for value in values))


def beginning_of(path: Path, place: str = "") -> bytes:
    """The first bytes of a file, by which its format is recognised. Raises `SourceError`."""
    with opened(path, place or str(path)) as file:
        return next(_chunks(file, place or str(path)), b"")


def move_to_done(root: Path, path: str) -> str | Problem:
    """Move a file of the inbox to its `done`, never over another one; gives its new path.

    A `done` that is a link out of the vault is a problem, and the file stays.
    """
    old = PurePosixPath(path)
    folder = old.parent / DONE
    folders = HeldFolders(root)
    number = 1
    try:
        folders.make(folder.as_posix())
        while True:
            new = folder / (old.name if number == 1 else f"{old.stem} ({number}){old.suffix}")
            source, target = folders.at(path), folders.at(new.as_posix())
            if source is None or target is None:
                return outside(path if source is None else new.as_posix())
            try:
                rename_new(source, target)
            except FileExistsError:
                number += 1
            else:
                return new.as_posix()
    except (containment.FileRefused, OSError) as error:
        return problem_of(path, error)
    finally:
        folders.close()


def opened(path: Path, shown: str, within: Path | None = None) -> BinaryIO:
    """The file, pipe or device at `path`, to be read. Raises `SourceError`."""
    try:
        file = path.open("rb") if within is None else open_inside(within, path)
    except IsADirectoryError:
        raise SourceError(f"{shown} is a folder", "name the files in it") from None
    except containment.FileRefused as error:
        raise SourceError(f"{shown}: {error.message}", error.hint) from None
    except OSError as error:
        raise SourceError(f"{shown} can't be read: {error.strerror}") from None
    return file


def _identity(file: BinaryIO) -> tuple[int, ...]:
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{file.name} is no file")
    return status.st_ino, status.st_size, status.st_mtime_ns


def _chunks(file: IO[bytes], shown: str) -> Iterator[bytes]:
    try:
        while chunk := file.read(CHUNK):
            yield chunk
    except OSError as error:
        raise SourceError(f"{shown} can't be read: {error.strerror}") from None


def _placed(items: Iterable[Item], options: Options, place: str) -> Iterator[Item]:
    """The items with `place` in their problems: a path finds a file, by which a note needn't call it."""
    for item in items:
        match item:
            case Problem():
                yield _at(item, options, place)
            case UnusableSource(problem):
                yield UnusableSource(_at(problem, options, place))
            case Skipped():
                yield msgspec.structs.replace(item, place=place)
            case _:
                yield item


def _at(problem: Problem, options: Options, place: str) -> Problem:
    return msgspec.structs.replace(problem, path=place) if problem.path == options.place else problem
