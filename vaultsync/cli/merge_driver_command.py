"""`vaultsync merge-driver`: git's merge driver for notes; it needs no vault, no settings, no consent."""

from __future__ import annotations

from pathlib import Path

import click

from vaultsync.core.errors import Exit, VaultError
from vaultsync.core.merge.files import merge_file

_FILE = click.Path(path_type=Path)


@click.command("merge-driver")
@click.argument("base", type=_FILE)
@click.argument("ours", type=_FILE)
@click.argument("theirs", type=_FILE)
@click.argument("path")
def command(base: Path, ours: Path, theirs: Path, path: str) -> int:
    """Merge OURS and THEIRS, which were made from BASE, into OURS; PATH says what kind of file it is.

    Git runs it so, as `merge.vaultsync.driver`, with %O %A %B %P. The result never has conflict markers:
    where the two don't go together one side's words stand, the exit code is 1, and `vaultsync resolve` leaves
    the other's in a conflict note. Both sides count the same: swapped, they give the same.
    """
    try:
        was, one, other = (file.read_bytes() for file in (base, ours, theirs))
        # Where there is no base git gives an empty file.
        result = merge_file(path, was or None, one, other)
        ours.write_bytes(result.data)
    except OSError as error:
        raise VaultError(f"{error.filename} can't be used: {error.strerror}") from error
    return Exit.CLEAN if result.other is None else Exit.REMAINS
