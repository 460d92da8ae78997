"""What a cycle knows of its vault, and keeps between cycles: the notes, the decisions, earlier runs.

It stands between the cycle and the vault: it is brought up to date, and plans.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import Problem
from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.note import Note
from vaultsync.core.plan.change import Change, Plan
from vaultsync.core.plan.planner import plan_notes
from vaultsync.core.plan.progress import Progress
from vaultsync.core.plan.rule_pass import own_check
from vaultsync.core.rules import RULES, asked_for
from vaultsync.core.rules.rule import Rule
from vaultsync.files.containment import is_hidden
from vaultsync.files.disk import Stale
from vaultsync.files.problems import outside_checkout
from vaultsync.runs.earlier_runs import Past
from vaultsync.runs.ports import Ports
from vaultsync.runs.request import Request, Stopped
from vaultsync.vault.decided import Decided
from vaultsync.vault.first_look import Tell, untold
from vaultsync.vault.open import Vault, fingerprint
from vaultsync.vault.parallel import spread
from vaultsync.vault.survey import Survey

if TYPE_CHECKING:
    from vaultsync.core.plan.examples import RuleExample
    from vaultsync.runs.link_suggestions import Suggester


OPT_IN = frozenset(rule.id for rule in RULES if rule.opt_in)
"""The rules that are off by default."""


class Knowledge:
    """What is known of `vault`: its `survey` once there was a look, what was `decided`, what is `past`."""

    def __init__(self, vault: Vault, ports: Ports, progress: Progress) -> None:
        self.vault = vault
        self.survey: Survey | None = None
        self.past = Past(ports.disk)
        self.decided = Decided(ports.disk, vault.decisions, self._tell)
        self.consent, self.mendings = ports.consent, ports.mendings
        self._ports, self._progress = ports, progress

    @cached_property
    def suggester(self) -> Suggester:
        """What suggests links, note by note."""
        from vaultsync.runs.link_suggestions import Suggester  # which only clients ask for

        return Suggester()

    @property
    def seen(self) -> Survey:
        """The survey, after a look."""
        assert self.survey is not None  # noqa: S101  every path to here has made one
        return self.survey

    def read(self) -> Survey:
        """The survey with its whole index brought up to date, for those that only want to look."""
        self.past.ask(None)
        self.survey = self._new_survey()
        self.survey.scan(whole=True)
        self.survey.index.refresh()
        return self.survey

    def read_about(self, notes: Collection[str]) -> Survey:
        """The survey for those that look at these notes and at their papers.

        When no note has changed since the last run, what that found of these notes will do, whichever other
        files came; else, or where it read none of them for papers, it is as from `read`.
        """
        self.past.ask(None)
        self.survey = survey = self._new_survey()
        known = survey.glance() is not None and all(map(survey.recall, notes))
        return survey if known else self.read()

    def glance(self) -> bytes | None:
        """What tells the notes as they stand from any others (`Survey.standing`), none of which is read."""
        return self._new_survey().glance()

    def standing(self) -> bytes | None:
        """What tells the notes and other files as they stand from any others, if all can be read."""
        survey = self._new_survey() if self.survey is None else self.survey
        standing = survey.glance() if self.survey is None else survey.standing()
        return standing if not survey.unreadable else None

    def look(
        self, dirty: Iterable[str] | None, request: Request, *, recover: bool = False
    ) -> tuple[set[str], list[Problem]]:
        """Bring the survey up to date; gives the notes to plan, and what an earlier run had left behind.

        `dirty` are the only files that may have changed since the last look, if there was one.
        """
        if self.survey is not None and dirty is not None:
            survey, todo = self.survey, self.survey.look_again(dirty)
        else:
            asked = frozenset(request.rules or ())
            self.survey = survey = self._new_survey(asked)
            check = own_check(survey.index, self._rules(request))
            tell, ahead = self._telling(request), self._follow_ahead
            todo = survey.scan(is_busy=request.is_busy, check=check, tell=tell, meanwhile=ahead)
            if asked.intersection(OPT_IN) - self.vault.config.on:
                # What is kept of earlier runs says nothing of what these rules mend, nor of the habits of the
                # vault that silence them.
                todo |= survey.look_again(sorted(survey.files.keys() - todo))
        saved: list[Problem] = []
        if recover and survey.leftovers:
            found = self._ports.disk.recover(survey.leftovers)
            survey.leftovers = ()
            saved = [problem for one in found for problem in kept_copies(one)]
            again = {path for one in found if isinstance(one, Stale) for path in (one.path, *one.kept)}
            if DECISIONS_PATH in again:
                self.decided.reload()
            todo |= survey.look_again(sorted(path for path in again if not path.startswith(".")))
        self._leave_out(self.past.outside_checkout(self.vault.root))
        return todo, saved

    def _follow_ahead(self) -> None:
        """Ask which notes are gone, where the plan of this survey will ask."""
        if self.seen.may_miss_notes:
            self.past.follow_ahead(self.seen.files)

    def _leave_out(self, paths: Iterable[str]) -> None:
        """Notes that git keeps and a sparse checkout leaves out are not gone; one problem tells of all."""
        names = (path for path in paths if path.lower().endswith(".md") and not is_hidden(path))
        notes = [p for p in names if p not in self.seen.files and not self.vault.config.ignored(p)]
        if notes:
            self.seen.unreadable[notes[0]] = outside_checkout(notes)

    def plan(self, todo: set[str], request: Request) -> tuple[Plan, list[Decision]]:
        """The plan, without the links that the person took out before, and what others write back each time.

        Gives these links, which are denied from now on.
        While a note can't be read, no link is made or changed: what seems to be the only paper of a name may
        have another one beside it, what seems to be gone may be there.
        """
        survey = self.seen
        rules = self._rules(request)
        if survey.unread:
            rules = [rule for rule in rules if not rule.id.startswith("link-")]
        else:
            todo = todo | self._follow(todo)

        def load(path: str) -> Note | None:
            if request.stopped():
                raise Stopped
            return survey.note(path)

        def share(work: Callable[[Sequence[str]], bytes], names: Sequence[str]) -> Iterable[bytes]:
            """`spread`, of which each process has the parsed notes of one part in memory, and not of all."""

            def work_on(part: Sequence[str]) -> bytes:
                result = work(part)
                survey.let_go(part)
                return result

            return spread(work_on, names)

        plan = plan_notes(survey.index, rules, todo, load, share, survey.at_rest, self._progress)
        denied: set[Decision] = set()
        read_again: set[str] = set()
        moving: set[str] = set()
        while True:
            changes = [c for c in plan.changes if c.path not in moving]
            found = denied.union(self.past.taken_out(changes, survey))
            decisions = self.decisions_on(changes, found)
            about = decisions.notes_unlike(self.decided.now)
            if not about:
                break
            survey.unwritten(c.path for c in plan.changes)
            # What was committed or saved since a note was read looks as if somebody had taken it back.
            if changed := {path for path in about & survey.files.keys() if survey.has_changed(path)}:
                moving |= changed & read_again  # so their writes fail, too: the next round sees to them
                survey.look_again(sorted(changed))
                read_again |= changed
                todo = todo | changed
            else:
                self.decided.decide(decisions)
                denied = found
            # What the first plan has looked at was reached by news that the index tells only once, and where
            # a title is linked no longer, the short name in it may be next.
            plan = plan_notes(
                survey.index, rules, todo | plan.looked, load, share, survey.at_rest, self._progress
            )
        survey.planned(plan)
        survey.unsettled(plan.defects)  # each run tells of them, until there is a version that is mended
        if survey.unread:
            survey.unsettled(plan.looked)
        else:
            self.decided.decide(self.decided.now.release(plan.in_order))
        if (only := self._only(request)) is not None:
            survey.unwritten(c.path for c in plan.changes if c.path not in only)
            plan = msgspec.structs.replace(plan, changes=tuple(c for c in plan.changes if c.path in only))
        return plan, sorted(denied)

    def examples(self, changes: Sequence[Change]) -> list[RuleExample]:
        """What each rule did in the planned changes, in one note each."""
        from vaultsync.core.plan.examples import rule_examples  # which only the first run shows

        return rule_examples(self.seen.index, RULES, changes)

    def decisions_on(self, changes: Sequence[Change], denied: Iterable[Decision]) -> Decisions:
        """The decisions as they are once these changes are planned, and links denied."""
        now = self.decided.now.deny(denied)
        return now.contest(self.mendings.written_back(changes)) if self.mendings is not None else now

    def count(self, plan: Plan, request: Request) -> None:
        """Take a plan over that is about to be written: which faults came back, which didn't.

        One with some of the rules can't say of the others' faults whether they did.
        """
        if self.mendings is not None and len(self._rules(request)) == len(RULES):
            self.mendings.looked(plan.changes, self.seen.digests(plan.looked))

    def undecide(self, before: Decisions) -> None:
        """Take back what a look decided, since it writes no decisions; the next run has to find it anew."""
        changed = self.decided.now.notes_unlike(before)
        self.decided.decide(before)
        self.seen.unsettled(changed)

    def save(self, request: Request) -> None:
        """Keep what was found for the next run; one with some of the rules can't say what is at rest."""
        if len(self._rules(request)) == len(RULES):
            now, then = self.decided.now, self.vault.decisions
            # The cache was opened under the decisions of that time, which may come back: by hand, or by git.
            anew = fingerprint(self.vault.of_settings, now.to_toml()) if now != then else ""
            self.seen.save(anew, done=request.write)

    def _rules(self, request: Request) -> Sequence[Rule]:
        if request.follows is not None and not self.consent.given():
            return [rule for rule in RULES if rule.linked]
        return RULES if request.rules is None else asked_for(request.rules)

    def _telling(self, request: Request) -> Tell:
        """Tells of what is left to the person, once it is found."""
        only, accepts = request.only, self.vault.config.accepts

        def tell(problems: Iterable[Problem]) -> None:
            request.tell([p for p in problems if (only is None or p.path in only) and not accepts(p)])

        return untold if request.tell is untold else tell

    def _only(self, request: Request) -> set[str] | frozenset[str] | None:
        """The notes that may be written; `None`: all."""
        if request.only is not None or request.follows is None or self.consent.given():
            return request.only
        index = self.seen.index
        return request.follows.union(*map(index.linked_with, request.follows))

    def _new_survey(self, asked: Collection[str] = ()) -> Survey:
        vault = msgspec.structs.replace(self.vault, config=self.vault.config.asked(asked))
        return Survey(
            vault,
            self.decided.now,
            self._ports.disk,
            self._ports.cache,
            self.past.former_lines,
            self._progress,
        )

    def _follow(self, todo: Collection[str]) -> set[str]:
        """Learn what became of notes that are gone since the last run; gives those that may link to them."""
        naming, decisions = self.past.follow(self.seen, self.vault.config, self.decided.now, todo)
        self.decided.decide(decisions)
        return naming

    def _tell(self, decisions: Decisions) -> None:
        if self.survey is not None:
            self.survey.index.decide(decisions)


def kept_copies(stale: Stale | Problem) -> list[Problem]:
    """What to tell of copies that were kept because a note was saved within the moment of its rewriting."""
    if isinstance(stale, Problem):
        return [stale]
    message = f"it was saved while it was rewritten ({stale.reason}); an older save is in this copy"
    return [
        Problem(copy, 0, 0, "copy", f"{message} of {stale.path}", "compare the two, then delete the copy")
        for copy in stale.kept
    ]
