"""The one cycle behind `fix`, the daemon and the plugin (design, section 3).

Its turn at the vault (`turn`) → scan, read, index, plan (`knowledge`) → ask, commit the person's edits,
write, commit the tool's (`fixing`). A look plans without a turn, and leaves all as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import GitError, Problem, VaultsyncError
from vaultsync.core.links.decisions import Decisions
from vaultsync.core.plan.progress import Progress, silent
from vaultsync.runs.knowledge import Knowledge
from vaultsync.runs.ports import Ports
from vaultsync.runs.request import ROUNDS, Report, Request, Stopped
from vaultsync.vault.open import Vault
from vaultsync.vault.survey import Survey

if TYPE_CHECKING:
    from vaultsync.git.repository import Git
    from vaultsync.runs.fixing import Fixing
    from vaultsync.runs.turn import Turn

__all__ = ["ROUNDS", "Cycle", "Report", "Request", "Stopped"]


class Cycle:
    """A vault and its ports, with what is known of it: enough to run cycles over it.

    The survey is kept between cycles; the journal, and what the cache holds, between processes.
    """

    def __init__(self, vault: Vault, ports: Ports, progress: Progress = silent) -> None:
        self.vault, self.ports = vault, ports
        self._progress = progress
        self._known = Knowledge(vault, ports, progress)

    @property
    def known(self) -> Knowledge:
        """All that is known of the vault."""
        return self._known

    @property
    def survey(self) -> Survey | None:
        """What is known of the vault's notes, once there was a look."""
        return self._known.survey

    def forget(self) -> None:
        """Look at everything anew the next time."""
        self._known.survey = None

    def run(self, request: Request, dirty: Iterable[str] | None = None) -> Report:
        """One cycle over the vault, or over the notes that may have changed since the last one.

        Raises `VaultsyncError` when it can't start; what is wrong with single notes is reported.
        """
        if not request.write:
            return self._look(request, dirty)
        from vaultsync.runs.fixing import Fixing  # all that writes and commits, which a look does without
        from vaultsync.runs.turn import turn_at

        settings = self.vault.config.git
        commit = request.commit and settings.commit
        with turn_at(self.ports, settings, commit=commit, reload=self._known.decided.reload) as turn:
            if turn.ready:
                # Who makes no commits has a history all the same, which tells what was renamed or taken out.
                self._known.past.ask(
                    (lambda: turn.git) if commit else self.repository_to_look_at, needed=commit
                )
                fixing = Fixing(self._known, self.ports.disk, turn, request, self._progress)
                fixing.run(dirty)
                return self._report(fixing, turn)
        return Report(0, commits=turn.made, waiting=turn.waiting)

    def prepare(self) -> None:
        """Do now, after a look at the whole vault, what the next saved note shouldn't wait for.

        That is the index, and what git remembers of earlier runs: half a second where these are some hundred.
        """
        if self.survey is not None:
            self.survey.look_again(())
            self.survey.index.prepare()
            self._known.past.ask(self.repository_to_look_at)
            self._known.past.ask_ahead()

    def read(self) -> Survey:
        """The survey with its whole index brought up to date, for commands that only want to look."""
        return self._known.read()

    def read_about(self, notes: Collection[str]) -> Survey:
        """The survey for commands that only want to look at these notes, and at their papers."""
        return self._known.read_about(notes)

    def decide(self, change: Callable[[Decisions], Decisions]) -> None:
        """Change and write what the person decided; the next run acts on it."""
        with self.ports.lock():
            self._decide(change)

    def retry(self, notes: Collection[str] | None) -> None:
        """In these notes, or everywhere, rules work again where they kept off; the next run does it."""
        with self.ports.lock():
            self._decide(lambda decisions: decisions.retry(notes))
            if self.ports.mendings is not None:
                self.ports.mendings.forget(notes)

    def _decide(self, change: Callable[[Decisions], Decisions]) -> None:
        decided = self._known.decided
        decided.reload()
        decided.decide(change(decided.now))
        decided.write()
        if self.ports.disk.sync():
            raise VaultsyncError(
                f"{DECISIONS_PATH} was saved just now", "look at it, then run the command again"
            )

    def _look(self, request: Request, dirty: Iterable[str] | None) -> Report:
        known = self._known
        known.past.ask(self.repository_to_look_at, needed=request.commit)
        todo = known.look(dirty, request)[0]
        before = known.decided.now
        plan, denied = known.plan(todo, request)
        known.seen.unwritten(c.path for c in plan.changes)
        known.undecide(before)
        known.save(request)
        problems, accepted = self._problems()
        return Report(
            len(known.seen.files),
            plan.changes,
            problems,
            tuple(denied),
            accepted=accepted,
            defects=tuple(plan.defects.values()),
        )

    def repository_to_look_at(self) -> Git | None:
        """The repository for a look, which does without one."""
        folders = (self.vault.root, *self.vault.root.parents)
        if not any((folder / ".git").exists() for folder in folders):
            return None
        try:
            return self.ports.repository()
        except GitError:
            return None

    def _report(self, fixing: Fixing, turn: Turn) -> Report:
        seen = self._known.seen
        problems, accepted = self._problems()
        if failed := [*fixing.failed, *turn.commits.problems]:
            problems = tuple(sorted({*problems, *failed}))
        return Report(
            len(seen.files),
            tuple(fixing.done[path] for path in sorted(fixing.done)),
            problems,
            tuple(fixing.denied),
            turn.made,
            turn.waiting,
            tuple(sorted(fixing.postponed)),
            fixing.run_id,
            tuple(sorted(fixing.left - fixing.postponed)),
            accepted,
            tuple(fixing.defects.values()),
        )

    def _problems(self) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
        """What is wrong with the vault's notes: what is left to the person, and what the person accepted."""
        found, config = self._known.seen.problems(), self.vault.config
        accepted = tuple(filter(config.accepts, found)) if config.accept else ()
        left = (p for p in found if not config.accepts(p)) if accepted else found
        return tuple(left), accepted
