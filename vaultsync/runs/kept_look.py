"""What `fix --check` tells of a vault, kept, and told again while the vault stays as it was.

Who tries vaultsync looks several times before the first `fix --yes`, and each look at a vault that was never
mended plans a change in nearly all notes: at 10,000 notes 50 seconds of the processor. What a look finds
follows from the notes and the other files' names, from the settings and decisions, from what git's history
tells, and from what was mended here before. Where anything was, nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import msgspec

from vaultsync.core.errors import GitError, Problem
from vaultsync.core.links.decisions import Decision
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.diff import ToldChange, told
from vaultsync.git.sparse import may_be_sparse
from vaultsync.runs.cycle import Cycle, Report, Request
from vaultsync.vault.kept_values import KeptValues

NAME = "look"


class KeptLook(msgspec.Struct, frozen=True, array_like=True):
    """A report without the texts of the changes; empty of a look that is not worth keeping."""

    notes: int = 0
    changes: tuple[ToldChange, ...] = ()
    problems: tuple[Problem, ...] = ()
    accepted: tuple[Problem, ...] = ()
    denied: tuple[Decision, ...] = ()

    def report(self, only: frozenset[str] | None) -> Report:
        """The report of a look of which `only` the changes of some notes are wanted."""
        changes = tuple(change for change in self.changes if only is None or change.path in only)
        return Report(
            self.notes, problems=self.problems, denied=self.denied, accepted=self.accepted, told=changes
        )


def look(cycle: Cycle, request: Request) -> Report:
    """What `cycle.run` gives for a look; without the texts of changes if an earlier look has found it."""
    if request.rules is not None or _has_other_news(cycle):
        return cycle.run(request)
    values = KeptValues(cycle.ports.cache)
    former = values.former(NAME, KeptLook)
    # Not asked where nothing is kept: a look at a vault in order is not to cost a second scan.
    if former is not None and former.changes:
        cycle.known.past.ask(cycle.repository_to_look_at)
        if (kept := values.get(NAME, KeptLook, _standing(cycle))) is not None:
            return kept.report(request.only)
    report = cycle.run(request)
    if report.changes and request.only is None and not report.defects:
        found = KeptLook(
            report.notes, tuple(_told(report.changes)), report.problems, report.accepted, report.denied
        )
        values.keep(NAME, found, _standing(cycle))
    elif former is not None:
        values.keep(NAME, KeptLook(), _standing(cycle))  # what came in between is not known of the former one
    return report


def _told(changes: Iterable[Change]) -> Iterator[ToldChange]:
    for change in changes:
        yield told(change)
        change.aside_again()  # the texts of 10,000 notes took 100 MB


def _has_other_news(cycle: Cycle) -> bool:
    """Whether a look may find something else though no note, no decision and no commit is another one."""
    mendings = cycle.ports.mendings
    return (mendings is not None and mendings.are_any) or may_be_sparse(cycle.vault.root)


def _standing(cycle: Cycle) -> bytes | None:
    """What tells the vault, as it stands or was just looked at, from any other one."""
    notes = cycle.known.standing()
    try:
        history = cycle.known.past.history if notes is not None else None
    except GitError:
        return None
    commit = f"at {history.head}" if history is not None else ""
    return blake2b(notes + commit.encode(), digest_size=16).digest() if notes is not None else None
