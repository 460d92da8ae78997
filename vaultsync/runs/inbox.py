"""The inbox: a folder of the vault whose files are imported, and then moved to its subfolder `done`.

Beside it the files of `[import] watch`, which another program writes again and again: they stay where they
are, and are imported whenever they have changed. An entry that is gone from one never takes a note along, and
what was taken back or deleted of an earlier import stays away until somebody imports it by hand.

Notes and whatever else Obsidian itself shows (images, PDFs, canvases) are left alone: people take notes in
their inbox, and a Markdown file there is a note of the vault already, which the rules tidy where it stands.
A file that can't be imported stays, with a problem that says why; it is tried again when it has changed.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

import msgspec

from vaultsync.core.errors import ConfigError, Problem
from vaultsync.core.importers.record import RULE
from vaultsync.files.debris import is_debris
from vaultsync.files.presence import is_open_file
from vaultsync.files.problems import is_utf8, not_utf8
from vaultsync.runs.import_order import Imported, Order
from vaultsync.runs.import_sources import DONE, Input, SourceError, file_input, options_of
from vaultsync.runs.importing import Importer
from vaultsync.vault.consent import has_consent
from vaultsync.vault.open import Vault
from vaultsync.vault.watched import Stamp, Watched

_OBSIDIAN = frozenset(
    f".{suffix}"
    for suffix in (
        "md base canvas avif bmp gif jpeg jpg png svg webp flac m4a mp3 ogg wav webm 3gp mkv mov mp4 ogv pdf"
    ).split()
)
"""What Obsidian shows (help.obsidian.md, "Accepted file formats")."""


class Inbox:
    """The inbox of the importer's vault, with a memory of the files that could not be imported.

    `has_more` says that a run has left some of them to the next one.
    """

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self._failed: dict[str, tuple[tuple[int, ...], tuple[Problem, ...]]] = {}
        self.has_more = self._singly = False
        self._tried: dict[str, tuple[int, ...]] = {}
        self._watched = Watched(importer.vault.root)
        self._imported = self._watched.read()  # what is watched, as it was imported last

    def has_imported(self, path: str) -> bool:
        """Whether the watched file at `path` is still as it was when it was imported."""
        return self._imported.get(path) == _stamp(self._importer.vault.root / path)

    def run(self, order: Order) -> Imported:
        """Import what lies in the inbox and is settled; the order's own inputs are not looked at.

        Files wait that `order.is_busy` says are still being worked on. Raises what `Importer.run` raises,
        but for what is wrong with a file or the template, which is a problem.
        """
        vault = self._importer.vault
        watched = watched_files(vault)
        found = {path: _stamp(vault.root / path) for path in (*inbox_files(vault), *watched)}
        stamps = {path: stamp for path, stamp in found.items() if stamp and stamp != self._imported.get(path)}
        self._failed = {p: known for p, known in self._failed.items() if stamps.get(p) == known[0]}
        waiting = [p for p in stamps if p not in self._failed and not order.is_busy(p)]
        self.has_more = self._singly and len(waiting) > 1
        waiting = waiting[:1] if self._singly else waiting
        self._tried = {path: stamps[path] for path in waiting}
        known = [problem for path in sorted(self._failed) for problem in self._failed[path][1]]
        known += left_lying(vault)
        inputs: list[Input] = []
        for path in waiting:
            try:
                inputs.append(watched_input(vault, path) if path in watched else inbox_input(vault, path))
            except SourceError as error:
                known.append(self._failure(path, stamps[path], error))
        if not inputs:
            return Imported(problems=tuple(known))
        try:
            report = self._importer.run(msgspec.structs.replace(order, inputs=tuple(inputs)))
        except (ConfigError, SourceError) as error:
            # The template, or a file that is being written after all: a daemon's cycle needn't wait for it.
            known.append(Problem(vault.config.vault.inbox, 0, 0, RULE, error.message, error.hint))
            return Imported(problems=tuple(known))
        done = [path for path in waiting if path not in self._failed]
        if report.waiting is None:
            known += self._note_down({path: stamps[path] for path in done if path in watched}, order)
        for index in report.refused:
            if index < len(inputs):
                path = inputs[index].path
                own = tuple(problem for problem in report.problems if problem.path == path)
                self._failed[path] = (stamps[path], own)
        self._singly = self.has_more
        return msgspec.structs.replace(report, problems=(*known, *report.problems))

    def met_defect(self, error: Exception) -> None:
        """A run ended by a defect of ours: the next ones take a file each, and leave the one at fault."""
        self._singly = True
        for path, stamp in self._tried.items() if len(self._tried) == 1 else ():
            what = f"it was not imported, by a defect of vaultsync: {error!r}"
            hint = "report it, with what the daemon's log has of it"
            self._failed[path] = (stamp, (Problem(path, 0, 0, RULE, what, hint),))

    def _note_down(self, stamps: dict[str, Stamp], order: Order) -> list[Problem]:
        """Remember what was imported; a look imports nothing."""
        if not stamps or not order.write:
            return []
        self._imported.update(stamps)
        try:
            self._watched.keep(self._imported)
        except OSError as error:
            what = f"it was imported, which can't be kept in the state folder: {error.strerror or error}"
            return [Problem(min(stamps), 0, 0, RULE, what, "it is imported again when the daemon starts")]
        return []

    def _failure(self, path: str, stamp: tuple[int, ...], error: SourceError) -> Problem:
        problem = Problem(path, 0, 0, RULE, error.message, error.hint)
        self._failed[path] = (stamp, (problem,))
        return problem


def inbox_files(vault: Vault) -> list[str]:
    """The files that wait in the vault's inbox, vault-relative and sorted; none if it is turned off."""
    return [path for path in _listed(vault) if is_utf8(path)]


def watched_files(vault: Vault) -> list[str]:
    """The files of `[import] watch` that are there; none before somebody agreed to the vault's settings."""
    watch = vault.config.imports.watch
    if not watch or not has_consent(vault.root):
        return []
    return [path for path in watch if is_open_file(vault.root / path)]


def watched_input(vault: Vault, path: str) -> Input:
    """A watched file as an input; it stays where it is."""
    given = msgspec.structs.replace(options_of(vault.config), name=PurePosixPath(path).name)
    found = file_input(vault.root / path, given, place=path, within=vault.root)
    return msgspec.structs.replace(found, again=True)


def left_lying(vault: Vault) -> list[Problem]:
    """What of the inbox is not imported for its name or its place: folders with files for it, odd names."""
    folder = vault.config.vault.inbox.strip("/")
    found = [not_utf8(path) for path in _listed(vault) if not is_utf8(path)]
    for name in _entries(vault.root / folder, folders=True) if _is_there(vault) else ():
        inner = [one for one in _entries(vault.root / folder / name) if _is_imported(one)]
        if inner and name != DONE and not name.startswith(".") and is_utf8(name):
            files = "1 file" if len(inner) == 1 else f"{len(inner)} files"
            what = f"this folder holds {files} to import, and folders of the inbox are not looked into"
            found.append(Problem(f"{folder}/{name}", 0, 0, RULE, what, f"move them to {folder}/ itself"))
    return found


def _listed(vault: Vault) -> list[str]:
    folder = vault.config.vault.inbox.strip("/")
    names = _entries(vault.root / folder) if _is_there(vault) else []
    return [f"{folder}/{name}" for name in names if _is_imported(name)]


def _is_there(vault: Vault) -> bool:
    return vault.inbox is not None and vault.inbox.resolve().is_relative_to(vault.root)


def _entries(place: Path, *, folders: bool = False) -> list[str]:
    """The names of a folder's own files, or of the folders in it, sorted; no link is followed."""
    try:
        with os.scandir(place) as entries:
            return sorted(
                entry.name
                for entry in entries
                if (entry.is_dir if folders else entry.is_file)(follow_symlinks=False)
            )
    except OSError:  # gone just now, or `vaultsync doctor` tells of it
        return []


def inbox_input(vault: Vault, path: str) -> Input:
    """The file at `path` in the inbox as an input."""
    given = msgspec.structs.replace(options_of(vault.config), name=PurePosixPath(path).name)
    return file_input(vault.root / path, given, place=path, inbox=path, within=vault.root)


def in_inbox(vault: Vault, file: Path) -> str:
    """The vault-relative path of `file` if it waits in the inbox, else empty."""
    real = file.resolve()
    path = real.relative_to(vault.root).as_posix() if real.is_relative_to(vault.root) else ""
    return path if path and path in inbox_files(vault) else ""


def note_of_vault(vault: Vault, file: Path) -> str:
    """The vault-relative path of `file` if it is a note of the vault, else empty."""
    real = file.resolve()
    path = real.relative_to(vault.root).as_posix() if real.is_relative_to(vault.root) else ""
    return path if path.endswith(".md") and not path.startswith(".") else ""


def _is_imported(name: str) -> bool:
    hidden = name.startswith(".") or is_debris(name)
    return not hidden and PurePosixPath(name).suffix.lower() not in _OBSIDIAN


def _stamp(file: Path) -> tuple[int, ...]:
    """What tells one state of a file from another; empty when it is gone, or may not be looked at."""
    try:
        status = file.lstat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, stat.S_IFMT(status.st_mode)
