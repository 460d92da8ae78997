"""What is asked about runs: fix now, or look; what earlier ones did, and take one back; import a text."""

from __future__ import annotations

import io
import tempfile

import msgspec

from vaultsync.api import values as c
from vaultsync.api.open_notes import look_if_unseen, settle_offers
from vaultsync.api.paths import Refused, checked_note
from vaultsync.core.history.changes import Waiting
from vaultsync.core.history.messages import RUN_TRAILER, rules_of
from vaultsync.core.importers import FORMATS
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.diff import diff_of, lines_changed, text_diff
from vaultsync.core.plan.progress import silent
from vaultsync.daemon.loop import Daemon
from vaultsync.runs.cycle import Report, Request
from vaultsync.runs.listed_runs import listed_runs
from vaultsync.vault.consent import has_consent

SHOWN = 200
"""Changed notes and problems that an answer lists; it counts all."""

LONGEST_DIFFS = 2_000_000
"""Characters of patches in one answer; what is beyond comes without its patch."""

_NO_CONSENT = Waiting("consent", "nobody has agreed yet that rules change notes here", "say yes first")


def run(daemon: Daemon, asked: c.RunRequest) -> c.RunAnswer:
    """Fix these notes, or all, or say what that would do."""
    config = daemon.cycle.vault.config
    paths = None
    if asked.paths is not None:
        paths = frozenset(checked_note(daemon.root, config, path) for path in asked.paths)
    if asked.dry_run:
        look = Request(write=False, only=paths)
        report = daemon.cycle.run(look, paths if daemon.cycle.survey is not None else None)
        return _ran(report, with_diffs=True)
    if not has_consent(daemon.root):
        return _ran(Report(0), waiting=_NO_CONSENT)
    done = daemon.run_now(paths)
    if done is not None:
        return _ran(done)
    trouble = daemon.reporter.trouble
    if trouble is None:
        raise Refused(503, "the run was broken off", "ask again")
    return _ran(Report(0), waiting=Waiting(trouble.state, trouble.message, trouble.hint))


def runs(daemon: Daemon, asked: c.RunsRequest) -> c.RunsAnswer:
    """Earlier runs, the newest first, as git remembers them."""
    git = daemon.cycle.repository_to_look_at()
    if git is None:
        return c.RunsAnswer(())
    listed, _ = listed_runs(git, daemon.cycle.ports.cache, asked.limit)
    return c.RunsAnswer(
        tuple(
            c.EarlierRun(
                one.name,
                one.commit.when.isoformat(timespec="seconds"),
                one.commit.sha,
                one.commit.subject,
                one.notes,
                tuple(rules_of(one.commit.trailers)),
                one.undoes,
                one.undone_by,
                one.changed_since,
            )
            for one in listed
        )
    )


def run_diff(daemon: Daemon, asked: c.NamedRunRequest) -> c.DiffsAnswer:
    """What a run did to notes."""
    from vaultsync.runs.undo import find_run  # not every daemon is asked

    git = daemon.cycle.ports.repository()
    commit = find_run(git, asked.run)
    paths = sorted({change.path for change in git.history.changed(commit.sha) if change.path.endswith(".md")})
    after = git.history.blobs(commit.sha, paths)
    before = git.history.blobs(commit.parents[0], paths) if commit.parents else {}
    changed = []
    for path in paths[:SHOWN]:
        old, new = (side.get(path, b"").decode(errors="replace") for side in (before, after))
        diff = text_diff(path, old if path in before else None, new)
        body = diff.split("\n")[2:]
        added, removed = (sum(line.startswith(sign) for line in body) for sign in "+-")
        changed.append(c.ChangedNote(path, (), added, removed, diff))
    return c.DiffsAnswer(commit.trailers[RUN_TRAILER], tuple(changed))


def run_undo(daemon: Daemon, asked: c.NamedRunRequest) -> c.RunAnswer:
    """Take a run back; what was written since stays. A note that is typed in has to rest before."""
    from vaultsync.runs.undo import find_run, undo

    git = daemon.cycle.ports.repository()
    commit = find_run(git, asked.run)
    typed_in = daemon.changes.leases()
    if busy := [one.path for one in git.history.changed(commit.sha) if one.path in typed_in]:
        raise Refused(409, f"{busy[0]} is being typed in", "take the run back when the note rests")
    settle_offers(daemon)
    cycle = daemon.cycle
    undone = undo(cycle.vault, cycle.ports, asked.run, write=True, progress=silent)
    daemon.reporter.committed(undone.report.commits)
    daemon.changes.touch(change.path for change in undone.report.changes)
    return _ran(undone.report)


def import_text(daemon: Daemon, asked: c.ImportRequest) -> c.ImportAnswer:
    """Make notes of a pasted text; the run that follows links them."""
    from vaultsync.runs.import_order import Order
    from vaultsync.runs.import_sources import options_of, stream_input
    from vaultsync.runs.importing import Importer

    if asked.format is not None and asked.format not in {known.name for known in FORMATS}:
        raise Refused(400, f"there is no format {asked.format}", ", ".join(known.name for known in FORMATS))
    look_if_unseen(daemon)
    if not asked.dry_run:
        settle_offers(daemon)
    cycle = daemon.cycle
    options = msgspec.structs.replace(options_of(cycle.vault.config), name="clipboard")
    with tempfile.TemporaryFile() as spool:
        source = stream_input(
            io.BytesIO(asked.text.encode()), spool, options, asked.format, place="clipboard"
        )
        order = Order(inputs=(source,), write=not asked.dry_run, is_busy=daemon.changes.is_busy)
        done = Importer(cycle.vault, cycle.ports, cycle.run).run(order)
    if done.paths and not asked.dry_run:
        daemon.reporter.committed(done.commits)
        daemon.run_now(done.paths)
    return c.ImportAnswer(
        done.new,
        tuple(note.path for note in done.completed),
        done.unchanged,
        tuple(f"{piece.line}: {piece.reason}" for piece in done.skipped),
        done.problems,
        done.commits,
        done.waiting,
    )


def _ran(report: Report, *, with_diffs: bool = False, waiting: Waiting | None = None) -> c.RunAnswer:
    left = LONGEST_DIFFS if with_diffs else 0
    changed = []
    for change in report.changes[:SHOWN]:
        diff = diff_of(change) if left > 0 else ""
        left -= len(diff)
        changed.append(_changed(change, diff if left > 0 else ""))
    return c.RunAnswer(
        report.run,
        report.notes,
        tuple(changed),
        len(report.changes),
        report.problems[:SHOWN],
        len(report.problems),
        report.commits,
        tuple(sorted({*report.left, *report.postponed})),
        waiting or report.waiting,
    )


def _changed(change: Change, diff: str) -> c.ChangedNote:
    added, removed = lines_changed(change)
    return c.ChangedNote(change.path, change.rules, added, removed, diff)
