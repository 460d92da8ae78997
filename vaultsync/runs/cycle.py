"""The one cycle behind `fix`, the daemon and the plugin (design, section 3).

Lock → preflight git → commit what an earlier run left → scan, read, index, plan, guard → commit the person's
edits → write → commit the tool's.

The person's edits are committed after the plan is made and before anything is written: what a write compares
with is then what was read *and* committed. A note that changed in between fails the comparison, and is read,
planned and committed again in another round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial

import msgspec

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import GitError, Problem, VaultsyncError
from vaultsync.core.history.changes import Waiting
from vaultsync.core.links.decisions import Decision, Decisions, parse_decisions
from vaultsync.core.note import Note, digest_of
from vaultsync.core.plan.change import Change, Plan
from vaultsync.core.plan.planner import own_check, plan_notes
from vaultsync.core.rules import RULES
from vaultsync.core.rules.rule import Rule
from vaultsync.files.disk import Disk, Rewrite, Stale, Written
from vaultsync.git.repository import Git
from vaultsync.runs.commits import RETRIED, Commits, joined_files, refusal, written_file
from vaultsync.runs.earlier_runs import Past
from vaultsync.runs.limits import ask_deletions, ask_first, ask_share, refuse_empty
from vaultsync.runs.request import ROUNDS, Report, Request, Stopped
from vaultsync.vault.cache import Cache
from vaultsync.vault.journal import Journal, Run, WrittenFile
from vaultsync.vault.open import Vault
from vaultsync.vault.parallel import spread
from vaultsync.vault.survey import Progress, Survey

__all__ = ["ROUNDS", "Cycle", "Report", "Request", "Stopped"]


class Cycle:
    """A vault with what it takes to run cycles over it: a disk, a repository or none, a lock.

    `repository` opens the vault's repository, or raises `GitError`. The survey is kept between cycles; the
    journal between processes.
    """

    def __init__(
        self,
        vault: Vault,
        disk: Disk,
        repository: Callable[[], Git],
        lock: Callable[[], AbstractContextManager[object]],
        journal: Journal,
        cache: Cache | None = None,
        progress: Progress = lambda stage, done, total: None,
    ) -> None:
        self.vault, self.disk, self._cache = vault, disk, cache
        self.repository, self.lock, self.journal = repository, lock, journal
        self._progress = progress
        self._decided: bytes | None = None
        self._past = Past(disk)
        self.survey: Survey | None = None

    def run(self, request: Request, dirty: Iterable[str] | None = None) -> Report:
        """One cycle over the vault, or over the notes that may have changed since the last one.

        Raises `VaultsyncError` when it can't start; what is wrong with single notes is reported.
        """
        rules = _rules(request)
        if not request.write:
            self._past.ask(lambda: self._repository_to_look_at(request))
            plan, denied = self._plan(self._survey(dirty, request)[0], rules, request)
            self._seen.unwritten(c.path for c in plan.changes)
            self._save(request)
            return self._report(plan.changes, denied=denied)
        with self.lock():
            self.reload_decisions()
            if not (request.commit and self.vault.config.git.commit):
                self._past.ask(None)
                return self._fix(None, None, dirty, rules, request)
            git = self.repository()
            if (waiting := git.preflight()) is not None:
                return Report(0, waiting=waiting)
            commits = Commits(git, self.disk, self.vault.config.git, self.journal)
            try:
                commits.finish_earlier_runs()
            except RETRIED as error:
                return Report(0, commits=tuple(commits.made), waiting=refusal(error))
            self._past.ask(lambda: git)
            return self._fix(git, commits, dirty, rules, request)

    def read(self) -> Survey:
        """The survey with its whole index brought up to date, for commands that only want to look."""
        self._past.ask(None)
        self.survey = Survey(self.vault, self.disk, self._cache, self._past.former_lines, self._progress)
        self.survey.scan(whole=True)
        self.survey.index.refresh()
        return self.survey

    def decide(self, change: Callable[[Decisions], Decisions]) -> None:
        """Change and write what the person decided about links; the next run acts on it."""
        with self.lock():
            self.reload_decisions()
            self.vault = msgspec.structs.replace(self.vault, decisions=change(self.vault.decisions))
            if self.survey is not None:
                self.survey.index.decide(self.vault.decisions)
            self._write_decisions(self._decisions_rewrite())
            if self.disk.sync():
                raise VaultsyncError(f"{DECISIONS_PATH} was saved just now", "look at it, and try again")

    def reload_decisions(self) -> None:
        """Take over the decisions as they are now: `links` and `undo` write them beside a running daemon."""
        data = self.disk.read(DECISIONS_PATH)
        self._decided = data if isinstance(data, bytes) else None
        decisions = parse_decisions(data.decode(errors="replace")) if isinstance(data, bytes) else Decisions()
        if decisions != self.vault.decisions:
            self.vault = msgspec.structs.replace(self.vault, decisions=decisions)
            if self.survey is not None:
                self.survey.index.decide(decisions)

    def _fix(
        self,
        git: Git | None,
        commits: Commits | None,
        dirty: Iterable[str] | None,
        rules: Sequence[Rule],
        request: Request,
    ) -> Report:
        changed = None if dirty is None else frozenset(dirty)
        todo, failed = self._survey(changed, request, recover=True)
        notes, limits = len(self._seen.files), self.vault.config.limits
        refuse_empty(self._seen.files, git)
        allow = partial(ask_deletions, notes=notes, limits=limits, confirm=request.confirm)
        run = Run((), message=request.message)
        waiting: Waiting | None = None
        agreed = False
        done: dict[str, Change] = {}
        denied: list[Decision] = []
        postponed: set[str] = set()
        for left in reversed(range(request.rounds)):
            plan, newly_denied = self._plan(todo, rules, request)
            agreed = agreed or (
                ask_first(git, plan.changes, notes, request.begin)
                or ask_share(plan.changes, notes, limits, request.confirm)
            )
            postponed |= {c.path for c in plan.changes if request.is_busy(c.path)}
            if request.stopped():
                raise Stopped
            held: dict[str, Problem] = {}
            if commits is not None:
                among = (
                    None
                    if changed is None or request.wide
                    else {*changed, *(c.path for c in plan.changes), DECISIONS_PATH}
                )
                try:
                    held, busy = commits.person(allow, request.is_busy, among)
                except RETRIED as error:
                    waiting = refusal(error)
                    self._seen.unwritten(c.path for c in plan.changes)
                    break
                postponed |= busy
            free = [c for c in plan.changes if c.path not in held and c.path not in postponed]
            if commits is not None:
                held |= commits.unprotected(c.path for c in free)
                free = [c for c in free if c.path not in held]
            decided = self._decisions_rewrite()
            if commits is not None and (free or decided):
                written = [*map(written_file, free), *map(_written_file, decided)]
                base = run.base or commits.head()
                run = msgspec.structs.replace(run, base=base, files=joined_files(run.files, written))
                commits.announce(run)
            self._write_decisions(decided)
            denied += newly_denied
            stale = self._write(free, request, done, failed)
            failed += (held[c.path] for c in plan.changes if c.path in held)
            self._seen.unwritten(c.path for c in plan.changes if c.path not in done)
            if not stale:
                break
            if not left:
                failed += map(_busy, stale)
                postponed.update(stale)
                break
            todo = self._seen.look_again(stale)
        changes = [done[path] for path in sorted(done)]
        run_id = ""
        if commits is not None and run.files and waiting is None:
            try:
                run_id = commits.run(run)
            except RETRIED as error:
                waiting = refusal(error)
        self._save(request)
        if commits is None:
            return self._report(changes, failed, denied, postponed)
        report = self._report(changes, [*failed, *commits.problems], denied, postponed)
        return msgspec.structs.replace(report, commits=tuple(commits.made), waiting=waiting, run=run_id)

    # What is known of the vault

    @property
    def _seen(self) -> Survey:
        assert self.survey is not None  # noqa: S101  every path to here has made one
        return self.survey

    def _survey(
        self, dirty: Iterable[str] | None, request: Request, *, recover: bool = False
    ) -> tuple[set[str], list[Problem]]:
        """Bring the survey up to date; gives the notes to plan, and what an earlier run had left behind."""
        if self.survey is not None and dirty is not None:
            survey, todo = self.survey, self.survey.look_again(dirty)
        else:
            survey = Survey(self.vault, self.disk, self._cache, self._past.former_lines, self._progress)
            self.survey = survey
            todo = survey.scan(is_busy=request.is_busy, check=own_check(survey.index, _rules(request)))
        saved: list[Problem] = []
        if recover and survey.leftovers:
            found = self.disk.recover(survey.leftovers)
            survey.leftovers = ()
            saved = [problem for one in found for problem in _kept(one)]
            again = {path for one in found if isinstance(one, Stale) for path in (one.path, *one.kept)}
            if DECISIONS_PATH in again:
                self.reload_decisions()
            todo |= survey.look_again(sorted(path for path in again if not path.startswith(".")))
        return todo, saved

    def _save(self, request: Request) -> None:
        """Keep what was found for the next run; one with some of the rules can't say what is at rest."""
        if request.rules is None:
            self._seen.save()

    def _plan(self, todo: set[str], rules: Sequence[Rule], request: Request) -> tuple[Plan, list[Decision]]:
        """The plan, without the links that the person took out before: those are denied."""
        survey = self._seen
        self._progress("planning", 0, 0)
        todo = todo | self._follow()

        def load(path: str) -> Note | None:
            if request.stopped():
                raise Stopped
            return survey.note(path)

        plan = plan_notes(survey.index, rules, todo, load, spread, survey.at_rest)
        if denied := self._past.taken_out(plan.changes, survey):
            self.vault = msgspec.structs.replace(self.vault, decisions=self.vault.decisions.deny(denied))
            survey.unwritten(c.path for c in plan.changes)
            survey.index.decide(self.vault.decisions)
            plan = plan_notes(survey.index, rules, todo, load, spread, survey.at_rest)
        survey.planned(plan)
        if request.only is not None:
            others = [c.path for c in plan.changes if c.path not in request.only]
            survey.unwritten(others)
            plan = msgspec.structs.replace(
                plan, changes=tuple(c for c in plan.changes if c.path in request.only)
            )
        return plan, denied

    def _follow(self) -> set[str]:
        """Learn what became of notes that are gone since the last run; gives those that may link to them."""
        naming, decisions = self._past.follow(self._seen, self.vault)
        if decisions != self.vault.decisions:
            self.vault = msgspec.structs.replace(self.vault, decisions=decisions)
            self._seen.index.decide(decisions)
        return naming

    # Writing

    def _write(
        self, changes: Sequence[Change], request: Request, done: dict[str, Change], failed: list[Problem]
    ) -> list[str]:
        """Write the changes; gives the notes that weren't what had been read."""
        by_path = {c.path: c for c in changes}
        rewrites = [Rewrite(c.path, c.before.encode(), c.after.encode()) for c in changes]
        stale: list[str] = []
        for count, (rewrite, outcome) in enumerate(self.disk.write_many(rewrites)):
            if not count % 20:
                self._progress("writing", count, len(rewrites))
            if isinstance(outcome, Written):
                change = by_path[rewrite.path]
                self._seen.wrote(change.after, outcome.info)
                if (earlier := done.get(change.path)) is not None:
                    rules = tuple(dict.fromkeys((*earlier.rules, *change.rules)))
                    change = msgspec.structs.replace(change, rules=rules)
                done[change.path] = change
            elif isinstance(outcome, Stale):
                stale.append(rewrite.path)
                failed += _kept(outcome)
            else:
                failed.append(outcome)
            if request.stopped():
                break
        for late in self.disk.sync():
            failed += _kept(late)
            if isinstance(late, Stale) and late.path != DECISIONS_PATH:  # which the next run reads anew
                stale.append(late.path)
                done.pop(late.path, None)
        return stale

    def _decisions_rewrite(self) -> list[Rewrite]:
        before = parse_decisions(self._decided.decode(errors="replace")) if self._decided else Decisions()
        if before == self.vault.decisions:
            return []
        return [Rewrite(DECISIONS_PATH, self._decided, self.vault.decisions.to_toml().encode())]

    def _write_decisions(self, rewrites: Sequence[Rewrite]) -> None:
        """Before any note, so that a run that is killed doesn't forget what the person refused."""
        for rewrite in rewrites:
            outcome = self.disk.write(rewrite.path, rewrite.expected, rewrite.new)
            if not isinstance(outcome, Written):
                raise VaultsyncError(f"{rewrite.path} can't be written", str(outcome))
            self._decided = rewrite.new

    # Git

    def _repository_to_look_at(self, request: Request) -> Git | None:
        """The repository for a look, which does without one."""
        folders = (self.vault.root, *self.vault.root.parents)
        if not request.commit or not any((folder / ".git").exists() for folder in folders):
            return None
        try:
            return self.repository()
        except GitError:
            return None

    def _report(
        self,
        changes: Sequence[Change],
        failed: Sequence[Problem] = (),
        denied: Sequence[Decision] = (),
        postponed: Iterable[str] = (),
    ) -> Report:
        problems = self._seen.problems()
        return Report(
            len(self._seen.files),
            tuple(changes),
            tuple(sorted({*problems, *failed}) if failed else problems),
            tuple(denied),
            postponed=tuple(sorted(postponed)),
        )


def _rules(request: Request) -> list[Rule]:
    return [r for r in RULES if request.rules is None or r.id in request.rules]


def _written_file(rewrite: Rewrite) -> WrittenFile:
    before = digest_of(rewrite.expected) if rewrite.expected is not None else b""
    return WrittenFile(rewrite.path, before, digest_of(rewrite.new))


def _kept(stale: Stale | Problem) -> list[Problem]:
    """What to tell of copies that were kept because a note was saved within the moment of its rewriting."""
    if isinstance(stale, Problem):
        return [stale]
    message = f"it was saved while it was rewritten ({stale.reason}); an older save is in this copy"
    return [
        Problem(copy, 0, 0, "copy", f"{message} of {stale.path}", "compare the two, then delete the copy")
        for copy in stale.kept
    ]


def _busy(path: str) -> Problem:
    return Problem(
        path, 0, 0, "busy", "it kept changing while it was worked on", "the next run looks at it again"
    )
