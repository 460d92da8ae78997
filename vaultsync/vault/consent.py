"""Whether somebody on this machine agreed that rules change the notes of a vault (design, section 5).

The answer lies in the user's state folder, never in the vault or its git log: those may be a stranger's, and
a vault must not agree for its reader. A machine on which an earlier version of vaultsync ran has agreed; as
that left no record, the first run that takes the vault's lock writes one, before the lock file is there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED, Exit, VaultError, VaultsyncError
from vaultsync.core.text.as_json import as_json
from vaultsync.vault.places import replace_private, state_folder, vault_key


class _Record(msgspec.Struct, frozen=True):
    """What is kept: the vault's folder, for people who look into the file, and whether they agreed."""

    vault: str
    given: bool


def has_consent(root: Path, folder: Path | None = None) -> bool:
    """Whether rules may change notes of the vault at `root`; `folder` replaces the user's state folder."""
    state = folder if folder is not None else state_folder()
    file = _file(root, state)
    if (record := _read(file)) is None:
        was_run_before = _was_run_before(root, state)
        # A process of today may have made its record, and then its lock file, since the first look.
        if (record := _read(file)) is None:
            return was_run_before
    return record.given


def give_consent(root: Path, folder: Path | None = None) -> None:
    """Keep the yes, for good. Raises `VaultError` when the state folder can't be written."""
    state = folder if folder is not None else state_folder()
    if (record := _read(_file(root, state))) is None or not record.given:
        _write(root, state, given=True)


class NoConsent(VaultsyncError):
    """Nobody on this machine has agreed that rules change the notes of this vault."""

    exit_code = Exit.REMAINS

    def __init__(self) -> None:
        super().__init__(
            "nobody has agreed yet that vaultsync changes the notes of this vault; nothing was written",
            "`vaultsync fix --diff` shows what would change, `vaultsync fix --yes` agrees, once for good",
        )


class Consent:
    """The answer for the vault at `root`, as a run asks for it and keeps it."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self._root, self._folder = root, folder

    def given(self) -> bool:
        """Whether rules may change notes."""
        return has_consent(self._root, self._folder)

    def require(self) -> None:
        """Raise `NoConsent` if rules may not change notes."""
        if not self.given():
            raise NoConsent

    def give(self) -> None:
        """Keep the yes. Raises `VaultError`."""
        give_consent(self._root, self._folder)


def note_first_use(root: Path, folder: Path | None = None) -> None:
    """Record that nobody was asked yet, or that an earlier version was at work here: before the first lock.

    Without this a lock file of today would look like one of yesterday. Raises `VaultError` as `give_consent`.
    """
    state = folder if folder is not None else state_folder()
    file = _file(root, state)
    if file.exists():
        return
    # Whoever is first tells it: then a lock file that is there by now can't be one of today's.
    record = as_json(_Record(str(root), _was_run_before(root, state)))
    with suppress(FileExistsError), _told(file):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(record)


def _was_run_before(root: Path, state: Path) -> bool:
    """Whether a version that didn't ask wrote notes here: each of its runs left a lock file behind."""
    key = vault_key(root)
    return (state / "locks" / f"{key}.lock").exists() or (state / "daemon" / f"{key}.status.json").exists()


def _file(root: Path, state: Path) -> Path:
    return state / "consent" / f"{vault_key(root)}.json"


def _read(file: Path) -> _Record | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Record)
    except FileNotFoundError:
        return None
    except (OSError, *DAMAGED):
        return _Record("", given=False)  # in doubt nobody agreed; asking again costs a keystroke


def _write(root: Path, state: Path, *, given: bool) -> None:
    file = _file(root, state)
    with _told(file):
        replace_private(file, as_json(_Record(str(root), given)))


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise VaultError(
            f"{file}, which keeps whether you agreed, can't be written: {error.strerror}",
            "check that your state folder is writable and has room",
        ) from error
