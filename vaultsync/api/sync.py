"""What is asked about other devices: sync now, and the notes on which two of them don't agree."""

from __future__ import annotations

from hashlib import blake2b

from vaultsync.api import values as c
from vaultsync.api.open_notes import settle_offers
from vaultsync.api.paths import Refused
from vaultsync.daemon.loop import Daemon
from vaultsync.runs.conflicts import Conflict, conflicts_in, settle_conflict


def sync(daemon: Daemon, _asked: c.EmptyRequest) -> c.SyncAnswer:
    """Look at the remote now; the status says what comes of it."""
    syncing = daemon.parts.syncing
    if (before := syncing.status) is None:
        raise Refused(409, "this vault doesn't sync by itself", "set `[sync] on = true`, or `vaultsync sync`")
    if before.state == "consent":
        raise Refused(409, before.message, before.hint)
    syncing.now()
    status = daemon.reporter.latest[1]
    conflicts = status.conflicts if status is not None else 0
    return c.SyncAnswer(before.state, before.message, before.hint, before.last, conflicts)


def conflicts(daemon: Daemon, _asked: c.EmptyRequest) -> c.ConflictsAnswer:
    """The conflict notes of the vault."""
    return c.ConflictsAnswer(tuple(_entry(one) for one in conflicts_in(daemon.cycle.ports)))


def conflict(daemon: Daemon, asked: c.ConflictRequest) -> c.ConflictEntry:
    """One of them."""
    return _entry(_named(daemon, asked.id))


def keep(daemon: Daemon, asked: c.KeepRequest) -> c.DoneAnswer:
    """Settle a conflict: its note is as the person says, and the conflict note goes, in a commit."""
    found = _named(daemon, asked.id)
    if found.note in daemon.changes.leases():
        raise Refused(409, f"{found.note} is being typed in", "decide when the note rests")
    settle_offers(daemon)
    done = settle_conflict(daemon.cycle.vault, daemon.cycle.ports, found, asked.keep)
    if done.waiting is not None:
        raise Refused(409, done.waiting.message, done.waiting.hint)
    daemon.reporter.committed(done.commits)
    daemon.changes.touch((found.note,))
    daemon.reporter.mark_stale()
    return c.DoneAnswer()


def _named(daemon: Daemon, name: str) -> Conflict:
    found = [one for one in conflicts_in(daemon.cycle.ports) if _id(one) == name]
    if not found:
        raise Refused(404, "there is no such conflict any more")
    return found[0]


def _entry(one: Conflict) -> c.ConflictEntry:
    return c.ConflictEntry(_id(one), one.note, one.path, one.is_there, one.clashes)


def _id(one: Conflict) -> str:
    return blake2b(one.path.encode(errors="surrogateescape"), digest_size=6).hexdigest()
