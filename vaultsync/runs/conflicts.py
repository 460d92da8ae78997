"""The conflict notes of a vault: which there are, what they disagree on, and their end once it is decided."""

from __future__ import annotations

from functools import partial

import msgspec

from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.core.history.changes import MadeCommit, Waiting
from vaultsync.core.history.conflict_names import conflict_of
from vaultsync.core.merge.conflicts import Side, clashes_between, decided
from vaultsync.core.merge.merged import Clash
from vaultsync.files.disk import Stale, Written
from vaultsync.files.scan import Scan
from vaultsync.git.repository import Git
from vaultsync.runs.limits import ask_deletions
from vaultsync.runs.ports import Ports
from vaultsync.runs.turn import Turn, turn_at
from vaultsync.vault.journal import Run, file_between
from vaultsync.vault.open import Vault


class Conflict(msgspec.Struct, frozen=True):
    """The conflict note at `path`, the file that it belongs to (it may be gone), and where the two differ.

    There are no clashes between files that are no text.
    """

    path: str
    note: str
    is_there: bool
    clashes: tuple[Clash, ...]


class Settled(msgspec.Struct, frozen=True):
    """A conflict note that is gone, the commits of that, and what git waits for instead, if anything.

    `left_out` are files that stay out of the commits.
    """

    conflict: Conflict
    commits: tuple[MadeCommit, ...]
    waiting: Waiting | None
    left_out: tuple[Problem, ...]


def conflicts_in(ports: Ports, scan: Scan | None = None) -> list[Conflict]:
    """All conflict notes of the vault, by the file that they belong to; `scan`: what was just seen of it."""
    found = []
    for path in (scan or ports.disk.scan(None)).others:
        if (note := conflict_of(path)) is not None:
            one, other = (ports.disk.read(name, whole=True) for name in (note, path))
            is_there = isinstance(one, bytes)
            found.append(Conflict(path, note, is_there, _clashes(one, other)))
    return sorted(found, key=lambda conflict: (conflict.note, conflict.path))


def settle_conflict(vault: Vault, ports: Ports, conflict: Conflict, side: Side) -> Settled:
    """Let the file be as `side` says, and its conflict note go, in a commit.

    Raises `VaultsyncError` when that can't be done; then both stand as they were.
    """
    settings = vault.config.git
    with turn_at(ports, settings, commit=settings.commit) as turn:
        if turn.ready:
            notes = len(ports.disk.scan(None).notes)
            allow = partial(
                ask_deletions, notes=notes, limits=vault.config.limits, confirm=lambda summary: False
            )
            held, _ = turn.commits.person(allow, lambda path: False)
            if problem := held.get(conflict.note) or held.get(conflict.path):
                raise VaultsyncError(f"{problem.path}: {problem.message}", problem.hint)
            _settle(ports, turn, conflict, side)
    return Settled(conflict, turn.made, turn.waiting, tuple(turn.commits.problems))


def _settle(ports: Ports, turn: Turn, conflict: Conflict, side: Side) -> None:
    other = _read(ports, conflict.path)
    now = _read(ports, conflict.note) if conflict.is_there else None
    if now is None:
        if side not in ("theirs", "done"):
            raise VaultsyncError(f"{conflict.note} is gone", "`theirs` brings it back, `done` lets both go")
        new = other if side == "theirs" else None
    else:
        base = now if turn.git is None else _when_made(turn.git, conflict) or now
        new = decided(side, conflict.note, base, now, other)
        if new is None:
            raise VaultsyncError(
                f"{conflict.note} was edited where the two differ, or can't hold both",
                "edit it as it should be, then `vaultsync conflicts keep NOTE done`",
            )
    files = [file_between(conflict.path, other, None)]
    if new is not None and new != now:
        files.append(file_between(conflict.note, now, new))
    name = conflict.note.rpartition("/")[2].removesuffix(".md")
    run = Run(tuple(files), turn.commits.head(), f"vaultsync: settle what two devices wrote in {name}")
    turn.commits.announce(run)
    if new is not None and new != now:
        _check(conflict.note, ports.disk.write(conflict.note, now, new))
    _check(conflict.path, ports.disk.delete(conflict.path, other))
    for late in ports.disk.sync():
        _check(late.path, late)
    turn.commits.run(run)


def _when_made(git: Git, conflict: Conflict) -> bytes | None:
    """The file as it was in the commit that brought its conflict note; `None` if no commit did."""
    sha = git.history.added_in(conflict.path)
    return git.history.blob(sha, conflict.note) if sha else None


def _read(ports: Ports, path: str) -> bytes:
    data = ports.disk.read(path, whole=True)
    if isinstance(data, Problem):
        raise VaultsyncError(f"{path}: {data.message}", data.hint)
    return data


def _check(path: str, outcome: Written | Stale | Problem | None) -> None:
    if isinstance(outcome, Problem):
        raise VaultsyncError(f"{path}: {outcome.message}", outcome.hint)
    if isinstance(outcome, Stale):
        raise VaultsyncError(f"{path} was saved just now", "look at it, then run the command again")


def _clashes(note: bytes | Problem, other: bytes | Problem) -> tuple[Clash, ...]:
    if isinstance(note, Problem) or isinstance(other, Problem):
        return ()
    try:
        return clashes_between(note.decode(), other.decode())
    except UnicodeDecodeError:
        return ()
