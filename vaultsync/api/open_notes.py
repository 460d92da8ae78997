"""What is asked about notes that are open in an editor: fixes for their text, and to be left alone."""

from __future__ import annotations

from vaultsync.api import values as c
from vaultsync.api.paths import Refused, checked_note
from vaultsync.core.note import unfit_for_edits
from vaultsync.core.text.editor_edits import editor_edits, text_digest
from vaultsync.daemon.loop import Daemon
from vaultsync.files.containment import too_large
from vaultsync.runs.cycle import Request
from vaultsync.runs.editing import EditorWaits, Offered
from vaultsync.vault.consent import has_consent


def fix(daemon: Daemon, asked: c.FixRequest) -> c.FixAnswer:
    """The edits to an open note's text; with `apply`, what the person typed is committed before."""
    vault = daemon.cycle.vault
    path = checked_note(vault.root, vault.config, asked.path)
    digest = text_digest(asked.text)
    if asked.digest is not None and asked.digest != digest:
        raise Refused(409, "the text is not the one of this digest", "it changed: ask again")
    size = len(asked.text.encode())
    if size > vault.config.limits.note_size:
        refused = too_large(size, vault.config.limits.note_size)
        raise Refused(413, f"{path}: {refused.message}", refused.hint)
    if (unfit := unfit_for_edits(path, asked.text.encode())) is not None:
        raise Refused(413, f"{path}: {unfit.message}", unfit.hint)
    look_if_unseen(daemon)
    if daemon.cycle.known.seen.has_changed(path):
        daemon.changes.touch((path,))  # the fix takes note of this save, and the watcher's hint comes later
    waiting: EditorWaits = "" if has_consent(vault.root) else "consent"
    if not waiting and daemon.clients.is_paused:
        waiting = "paused"
    if asked.apply and not waiting:
        offered = daemon.parts.editing.offer(path, asked.text)
    else:
        offered = Offered(daemon.parts.editing.look(path, asked.text), "", waiting)
    plan = offered.plan
    daemon.todo.reached.update(plan.reached)
    if plan.change is None:
        daemon.clients.took(path)
        if asked.apply:  # the editor has paused, and has nothing to do: what was typed may settle
            daemon.release(path)
    reading = daemon.cycle.known.seen.index.reading_at(path)
    edits = () if offered.waiting == "consent" else editor_edits(asked.text, plan.edits)
    after = plan.change.after.text if plan.change is not None and edits else asked.text
    return c.FixAnswer(
        path,
        digest,
        edits,
        text_digest(after),
        offered.run,
        plan.change.rules if plan.change is not None and edits else (),
        tuple(problem for problem in plan.problems if not daemon.cycle.vault.config.accepts(problem)),
        (*reading.suggestions, *reading.ambiguous) if reading is not None else (),
        offered.waiting,
        offered.hint,
    )


def applied(daemon: Daemon, asked: c.AppliedRequest) -> c.AppliedAnswer:
    """The editor has made the edits, and saved."""
    path = checked_note(daemon.root, daemon.cycle.vault.config, asked.path)
    look_if_unseen(daemon)
    done = daemon.parts.editing.applied(path, asked.run, asked.digest)
    daemon.release(path)
    daemon.clients.took(path)
    daemon.reporter.committed(done.commits)
    return c.AppliedAnswer(done.ours, done.commits, done.reason)


def hold(daemon: Daemon, asked: c.HoldRequest) -> c.DoneAnswer:
    """Notes that are typed in, and notes that are open.

    Of files that vaultsync doesn't look at there is nothing to hold, and they keep no other from being held:
    who types in an ignored note has others open.
    """
    daemon.hold([path for path in asked.paths if _is_ours(daemon, path)], asked.seconds)
    if asked.open is not None:
        ours = [path for path in asked.open if _is_ours(daemon, path)]
        daemon.clients.open(ours, asked.seconds, asked.client)
    return c.DoneAnswer()


def settle_offers(daemon: Daemon) -> None:
    """Commit what editors made of offers, before a command of a client's takes it for the person's."""
    daemon.reporter.committed(tuple(daemon.parts.editing.finish()))


def look_if_unseen(daemon: Daemon) -> None:
    """Have a look at the vault if nothing is known of it: nobody agreed yet, or settings are new just now."""
    if daemon.cycle.survey is None:
        daemon.cycle.run(Request(write=False))


def _is_ours(daemon: Daemon, path: str) -> bool:
    """Whether a note is one that vaultsync would look at."""
    try:
        checked_note(daemon.root, daemon.cycle.vault.config, path)
    except Refused:
        return False
    return True
