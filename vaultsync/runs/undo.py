"""`vaultsync undo`: take a run back, as a run of its own, with all that a cycle does around its writes.

Its turn at the vault (`turn`) → read, merge → commit the person's edits → write → keep the rules off what was
taken back → commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.core.history.changes import Commit
from vaultsync.core.history.messages import RUN_TRAILER, UNDOES_TRAILER
from vaultsync.core.links.decisions import Decision, Decisions, Fault, parse_decisions
from vaultsync.core.merge.blocks import block_lines
from vaultsync.core.merge.take_back import links_taken_out, take_back, without_run
from vaultsync.core.note import Note, digest_of, note_of, read_note
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.planner import PASSES
from vaultsync.core.plan.progress import Progress
from vaultsync.core.rules import RULES
from vaultsync.files.disk import Disk, Rewrite, Stale, Written
from vaultsync.git.repository import Git
from vaultsync.runs.commits import joined_files, links_changed
from vaultsync.runs.knowledge import Knowledge
from vaultsync.runs.limits import ask_deletions, refuse_empty
from vaultsync.runs.ports import Ports
from vaultsync.runs.request import ROUNDS, Report, Request
from vaultsync.runs.true_runs import is_what_it_did
from vaultsync.runs.turn import Turn, turn_at
from vaultsync.vault.journal import Run, WrittenFile, digests_of, file_between
from vaultsync.vault.open import Vault

RULE = "undo"

_LISTING = frozenset(rule.id for rule in RULES if rule.linked and rule.place)
"""The rules that write a list as one whole."""

SEARCHED = 20
"""Runs that are searched for the last one that wrote more than decisions."""


class ChangedSince(VaultsyncError):
    """The commit bears a run's name, but isn't what that run did."""

    def __init__(self, commit: Commit) -> None:
        name = commit.trailers[RUN_TRAILER]
        super().__init__(
            f"the commit {commit.sha[:7]} is called run {name}, but is not what that run did: it was amended,"
            " squashed, holds a save of yours, or never was vaultsync's",
            f"see `git show {commit.sha[:7]}`; `vaultsync undo {name} --yes` takes all of it back",
        )


class Undone(msgspec.Struct, frozen=True):
    """The run that was taken back, and what that did or would do; the problems are what had to stay.

    `kept_off` are the places at which rules leave the notes alone from now on.
    """

    commit: Commit
    report: Report
    kept_off: tuple[Fault, ...] = ()

    @property
    def run(self) -> str:
        """The id of the run that was taken back."""
        return self.commit.trailers[RUN_TRAILER]


def find_run(git: Git, name: str) -> Commit:
    """The run that a person means: the last one, or by the start of its id or of its commit's id.

    One that only remembered a decision is not what somebody calls the last run. Raises `VaultsyncError` if
    there is none, or more than one.
    """
    runs = git.history.runs(limit=None if name else SEARCHED)
    if not runs:
        raise VaultsyncError(
            "there is no run to take back", "only what vaultsync has committed can be undone"
        )
    if not name:
        return next((run for run in runs if _wrote_files(git, run)), runs[0])
    found = [run for run in runs if run.trailers[RUN_TRAILER].startswith(name) or run.sha.startswith(name)]
    if not found:
        raise VaultsyncError(f"there is no run {name}", "`vaultsync log` lists the runs")
    if len({run.trailers[RUN_TRAILER] for run in found}) > 1:
        raise VaultsyncError(f"more than one run starts with {name}", "`vaultsync log` lists the runs")
    return found[0]


def _wrote_files(git: Git, run: Commit) -> bool:
    paths = {path for change in git.history.changed(run.sha) for path in change.paths}
    return bool(paths - {DECISIONS_PATH})


def undo(
    vault: Vault,
    ports: Ports,
    name: str,
    *,
    write: bool,
    progress: Progress,
    confirm: Callable[[VaultsyncError], bool] = lambda doubt: False,
) -> Undone:
    """Take back the run that `name` means (empty: the last one); with `write` off say what that would do.

    `confirm` is asked about a commit that is not what its run did (`ChangedSince`), which is raised unless it
    says yes. Raises `VaultsyncError` when it can't start; what had to stay is reported.
    """
    known = Knowledge(vault, ports, progress)
    if not write:
        git = ports.repository()
        commit = find_run(git, name)
        work = _TakingBack(known, ports.disk, git, commit)
        steps = work.steps(work.paths)
        return Undone(commit, work.report(steps))
    with turn_at(ports, vault.config.git, reload=known.decided.reload) as turn:
        git = turn.repository
        # What the turn has just committed may be the run that the person sees as the last one.
        commit = find_run(git, name)
        if turn.ready:
            work = _TakingBack(known, ports.disk, git, commit)
            doubt = None if work.is_what_it_did() else ChangedSince(commit)
            if doubt is not None and not confirm(doubt):
                raise doubt
            return Undone(commit, work.undo(turn), work.kept_off)
    return Undone(commit, Report(0, commits=turn.made, waiting=turn.waiting))


class _Step(msgspec.Struct, frozen=True):
    """What becomes of one file: the bytes that were read and those to write, `None` for no file."""

    path: str
    expected: bytes | None
    new: bytes | None
    change: Change | None = None

    @property
    def written(self) -> WrittenFile:
        links = links_changed(self.change) if self.change is not None else (0, 0)
        file = file_between(self.path, self.expected, self.new)
        return msgspec.structs.replace(file, links_added=links[0], links_removed=links[1])


class _TakingBack:
    """The taking back of one run: the files that it changed, as it left them and as they were before."""

    def __init__(self, known: Knowledge, disk: Disk, git: Git, commit: Commit) -> None:
        self._known, self._disk, self._git, self._commit = known, disk, git, commit
        self._config = known.vault.config
        changed = git.history.changed(commit.sha)
        self.paths = sorted({path for change in changed for path in change.paths} - {DECISIONS_PATH})
        names = [*self.paths, DECISIONS_PATH]
        self._base = git.history.blobs(commit.sha, names)
        self._theirs = git.history.blobs(commit.parents[0], names) if commit.parents else {}
        self._problems: dict[str, list[Problem]] = {}
        self._done: dict[str, _Step] = {}
        self._denied: set[Decision] = set()
        self._kept_off: set[Fault] = set()
        self._before = known.decided.now

    @property
    def kept_off(self) -> tuple[Fault, ...]:
        """What rules leave alone from now on, since they would do again what was taken back."""
        return tuple(sorted(self._kept_off))

    def is_what_it_did(self) -> bool:
        """Whether the commit is the very one that the run made: its name follows from all that it changed."""
        sides = (
            {path: digests_of(data) for path, data in side.items()} for side in (self._theirs, self._base)
        )
        return is_what_it_did(self._commit, *sides)

    def steps(self, paths: Sequence[str]) -> list[_Step]:
        """What is to be done to these files as they are now; what can't be done becomes a problem."""
        steps = (self._step(path) for path in paths)
        return [step for step in steps if step is not None and step.expected != step.new]

    def report(self, steps: Sequence[_Step], turn: Turn | None = None) -> Report:
        """What was done, or would be."""
        problems = [p for found in self._problems.values() for p in found]
        return Report(
            len(self.paths),
            tuple(step.change for step in steps if step.change is not None),
            tuple(sorted({*problems, *(turn.commits.problems if turn is not None else ())})),
            tuple(sorted(self._denied)),
            turn.made if turn is not None else (),
            turn.waiting if turn is not None else None,
        )

    def undo(self, turn: Turn) -> Report:
        """Write and commit. Raises one of `RETRIED` if the person's edits could not be committed."""
        commits = turn.commits
        survey = self._known.read()
        index = survey.index
        refuse_empty(survey.files, self._git)
        self._before = self._known.decided.now
        self._known.past.ask(lambda: self._git)
        # With an undo its decisions go, too: then the rules are where they were before it.
        wanted = self._wanted() if UNDOES_TRAILER not in self._commit.trailers else None
        limits = self._config.limits
        allow = partial(ask_deletions, notes=len(survey.files), limits=limits, confirm=lambda summary: False)
        run = Run((), self._git.history.head() or "", undoes=self._commit.trailers[RUN_TRAILER])
        todo: Sequence[str] = self.paths
        for left in reversed(range(ROUNDS)):
            steps = self.steps(todo)
            held, _ = commits.person(allow, lambda path: False)
            held |= commits.unprotected(step.path for step in steps if step.path not in held)
            self._problems |= {step.path: [held[step.path]] for step in steps if step.path in held}
            steps = [step for step in steps if step.path not in held]
            for step in steps:
                if step.change is not None and step.new is not None:
                    self._denied.update(links_taken_out(step.change.before, step.change.after, index))
            decided = self._decided(steps)
            run = msgspec.structs.replace(
                run, files=joined_files(run.files, [s.written for s in decided + steps])
            )
            commits.announce(run)
            todo = self._write(decided + steps)
            if not todo:
                break
            if not left:
                self._problems |= {path: [_busy(path)] for path in todo}
        if wanted is not None:
            self._keep_off(wanted)
        if decided := self._decided(list(self._done.values())):
            files = joined_files(run.files, [step.written for step in decided])
            run = msgspec.structs.replace(run, files=files)
            commits.announce(run)
            self._problems |= {path: [_busy(path)] for path in self._write(decided)}
        done = ""
        with turn.waits_if_refused():
            done = commits.run(run)
        return msgspec.structs.replace(self.report(list(self._done.values()), turn), run=done)

    def _wanted(self, *, of_run: bool = False) -> frozenset[Fault]:
        """What the next run would mend in the notes, if nothing changes; all, or what is `of_run`."""
        known, now = self._known, self._known.decided.now
        known.seen.unsettled(self.paths)  # so that renames are followed as by a run that knows nothing yet
        plan, _ = known.plan({path for path in self.paths if path in known.seen.files}, Request())
        known.undecide(now)
        known.seen.unwritten(change.path for change in plan.changes)
        return frozenset(
            fault
            for change in plan.changes
            if change.path in self.paths
            for fault in change.undone
            if not (of_run and fault.rule in _LISTING and self._is_other_news(change))
        )

    def _is_other_news(self, change: Change) -> bool:
        """Whether the note's lists would only lose lines of which the run had taken none.

        A note that was deleted since is why, not the run.
        """
        gone, new = _lines_differing(change.before.text, change.after.text)
        sides = (self._theirs.get(change.path), self._base.get(change.path))
        taken, _ = _lines_differing(*((side or b"").decode(errors="replace") for side in sides))
        return not new and not gone & taken

    def _keep_off(self, wanted: frozenset[Fault]) -> None:
        """Find what the next run would do again, and was not `wanted` before: its rules keep off."""
        known = self._known
        known.seen.look_again(path for path in self._done if path != DECISIONS_PATH)
        for _ in range(PASSES):
            known.decided.decide(self._decisions_now())
            again = self._wanted(of_run=True) - wanted - self._kept_off
            if not again:
                break
            self._kept_off |= again

    def _step(self, path: str) -> _Step | None:
        base, theirs = self._base.get(path), self._theirs.get(path)
        self._problems.pop(path, None)
        read = self._disk.read(path)
        ours = read if isinstance(read, bytes) else None
        if isinstance(read, Problem) and read.rule != "file-vanished":
            return self._stays(path, read)
        if ours == theirs:
            return None
        if reason := _obstacle(ours, base, theirs, is_note=path.lower().endswith(".md")):
            return self._stays(path, _problem(path, reason))
        if ours is None or base is None or theirs is None or ours == base:
            return self._whole(path, ours, theirs)
        notes = [read_note(path, data, self._config) for data in (base, ours, theirs)]
        for note in notes:
            if isinstance(note, Problem):
                return self._stays(path, note)
        return self._merged(*(note for note in notes if isinstance(note, Note)))

    def _whole(self, path: str, ours: bytes | None, theirs: bytes | None) -> _Step:
        """Put the file back as it was before the run; one that isn't there shows as an empty note."""
        before, after = (read_note(path, data or b"", self._config) for data in (ours, theirs))
        if isinstance(before, Note) and isinstance(after, Note):
            return _Step(path, ours, theirs, Change(path, before, after, ()))
        return _Step(path, ours, theirs)

    def _merged(self, base: Note, ours: Note, theirs: Note) -> _Step:
        path, result = ours.path, take_back(base, ours, theirs)
        if result.clashes:
            message = "what the run did here stays: this place was edited since"
            self._problems[path] = [Problem(path, line, 1, RULE, message) for line in result.clashes]
        after = note_of(path, result.text, self._config)
        return _Step(path, ours.encode(), after.encode(), Change(path, ours, after, ()))

    def _stays(self, path: str, problem: Problem) -> _Step | None:
        """The file is left as it is, for the reason that the problem tells."""
        self._problems[path] = [problem]
        return None

    def _decided(self, steps: Sequence[_Step]) -> list[_Step]:
        """The decisions after this: links that go are denied; taking back an undo takes its denials back."""
        new = self._decisions_now()
        read = self._disk.read(DECISIONS_PATH)
        expected = read if isinstance(read, bytes) else None
        data = new.to_toml().encode() or None
        if (new == self._before and not self._kept_off) or not steps or data == expected:
            return []
        return [_Step(DECISIONS_PATH, expected, data)]

    def _decisions_now(self) -> Decisions:
        new = self._before.deny(self._denied)
        if UNDOES_TRAILER in self._commit.trailers:
            before, after = (self._decisions(side) for side in (self._theirs, self._base))
            new = without_run(new, before, after)
        return new.undo(self._kept_off)

    def _decisions(self, side: dict[str, bytes]) -> Decisions:
        return parse_decisions(side.get(DECISIONS_PATH, b"").decode(errors="replace"))

    def _write(self, steps: Sequence[_Step]) -> list[str]:
        """Write; gives the paths that weren't as they had been read."""
        disk, by_path = self._disk, {step.path: step for step in steps}
        outcomes: list[tuple[str, Written | Stale | Problem | None]] = [
            (s.path, disk.delete(s.path, s.expected))
            for s in steps
            if s.new is None and s.expected is not None
        ]
        rewrites = [Rewrite(s.path, s.expected, s.new) for s in steps if s.new is not None]
        outcomes += ((rewrite.path, outcome) for rewrite, outcome in disk.write_many(rewrites))
        for path, outcome in outcomes:
            if isinstance(outcome, Problem):
                self._problems[path] = [outcome]
            elif not isinstance(outcome, Stale):
                self._done[path] = by_path[path]
        stale = [path for path, outcome in outcomes if isinstance(outcome, Stale)]
        for late in disk.sync():
            if isinstance(late, Problem):
                self._problems[late.path] = [late]
            else:
                stale.append(late.path)
                self._done.pop(late.path, None)
        return stale


def _lines_differing(before: str, after: str) -> tuple[Counter[str], Counter[str]]:
    """The lines of the lists of a note that are gone, and those that are new."""
    old, now = (Counter(block_lines(text).split("\n")) for text in (before, after))
    return old - now, now - old


def _digest(data: bytes | None) -> bytes:
    return b"" if data is None else digest_of(data)


def _obstacle(ours: bytes | None, base: bytes | None, theirs: bytes | None, *, is_note: bool) -> str:
    """Why a file has to stay as it is now; empty if it needn't."""
    if ours == base:
        return ""
    if ours is None:
        return "it is gone, or has another name now"
    if theirs is None:
        return "the run made it, and it was edited since"
    if base is None:
        return "the run deleted it, and there is another one now"
    return "" if is_note else "it was edited since"


def _problem(path: str, reason: str) -> Problem:
    return Problem(path, 0, 0, RULE, f"left as it is: {reason}")


def _busy(path: str) -> Problem:
    return _problem(path, "it kept changing while the run was taken back")
