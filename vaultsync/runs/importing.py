"""Importing into a vault: what is given becomes notes, written and committed.

    inputs ──importers──> records ──merge, with the vault's notes──> actions ──disk──> notes ──git──> commit

The pure half is `core.importers`; this is its shell. New notes are only ever made where there is none.
Before a note that is there is completed, a cycle over just these notes commits what the person typed in
them, so that the commit of the import holds nothing else; it also repairs paper notes that can't be read,
which may be what is imported. The links to what was imported are made by the cycle that the caller runs next.

A large import is a pipeline over processes (`spread.ahead`): one child reads a file while its records are
compared here, another one plans the notes while those before them are written. Of a large file no text stays
in memory. What grows are the keys by which records are one paper (`importers.same.Groups`), and of each note
its path and digest, for the journal, the commit and the report: a page of 100 MB, 105,000 records, took 84 MB
to plan, 135 to write and 169 to commit, the cycle that links afterwards 374; a small import takes some 60.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from vaultsync.core.config.kinds import PLAIN
from vaultsync.core.errors import GitError, Problem
from vaultsync.core.frontmatter.property_edits import CannotEdit
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.history.changes import Waiting
from vaultsync.core.importers.actions import Action, Complete, LinkItems, NewNote, StaysAway, Unchanged
from vaultsync.core.importers.commit_subject import import_subject
from vaultsync.core.importers.completion import complete_text, not_taken_out, own_properties
from vaultsync.core.importers.conference_markdown import came_from
from vaultsync.core.importers.list_links import with_links
from vaultsync.core.importers.planning import Source, Sources, Target, known_papers, plan_import, survey
from vaultsync.core.importers.record import RULE, Item, Skipped
from vaultsync.core.importers.same_paper import Known
from vaultsync.core.note import digest_of
from vaultsync.core.plan.planner import MANY
from vaultsync.core.plan.progress import Progress, silent
from vaultsync.files.disk import Disk, Rewrite, Stale, Written
from vaultsync.git.repository import Git
from vaultsync.runs.former_imports import FormerImports
from vaultsync.runs.import_order import LINKS, Completed, Imported, Order
from vaultsync.runs.import_sources import move_to_done
from vaultsync.runs.import_target import target_of
from vaultsync.runs.known_notes import known_by_title, known_gone, known_notes, stubs_in
from vaultsync.runs.ports import Ports
from vaultsync.runs.request import Report, Request
from vaultsync.runs.turn import Turn, turn_at
from vaultsync.vault.journal import Run, WrittenFile, file_between
from vaultsync.vault.open import Vault
from vaultsync.vault.parallel import ahead, uncollected

BATCH = 1000
"""Notes that are noted down in the journal and written at a time."""


class Importer:
    """Imports into `vault`; `fix` runs a cycle over some of its notes."""

    def __init__(
        self,
        vault: Vault,
        ports: Ports,
        fix: Callable[[Request], Report],
        progress: Progress = silent,
    ) -> None:
        self.vault = vault
        self._ports, self._fix = ports, fix
        self._disk = ports.disk
        self._progress = progress

    def run(self, order: Order) -> Imported:
        """Import; raises `VaultsyncError` if it can't start; what is wrong with a record is reported."""
        with uncollected():
            return self._run(order)

    def _run(self, order: Order) -> Imported:
        work = self._planned(order)
        settings = self.vault.config.git
        if not order.write:
            work.to_complete()
            work.imports = _former_imports(self._ports, work.refreshed) if settings.commit else None
            deque(work.rewrites(), maxlen=0)
            return work.report()
        existing = work.to_complete()
        if typed_in := sorted(filter(order.is_busy, existing)):
            return Imported(waiting=_typed_in(typed_in))
        if first := existing.union(path for path in work.unread() if not order.is_busy(path)):
            those = frozenset(first)
            report = self._fix(
                Request(
                    only=those,
                    commit=order.commit,
                    confirm=order.confirm,
                    follows=those,
                    is_busy=order.is_busy,
                )
            )
            if report.waiting is not None:
                return Imported(waiting=report.waiting)
            if report.changes:
                work = self._planned(order)
                existing = work.to_complete()
        with turn_at(self._ports, settings, commit=order.commit and settings.commit) as turn:
            if not turn.ready:
                return Imported(commits=turn.made, waiting=turn.waiting)
            commits = turn.commits
            if turn.git is not None and existing:
                work.held = _held(turn.git, existing)
                work.imports = FormerImports(turn.git, work.refreshed)
            work.follows_links = turn.git is not None
            base = commits.head()
            work.write(lambda files: commits.announce(Run(tuple(files), base)))
            work.move_to_done(self.vault.root)
            run = Run(tuple(work.written), base, work.subject(settings.tool_message))
            if work.written:
                commits.announce(run)  # a hook may refuse it; then the next cycle commits it by this name
            commits.run(run)
        return work.report(turn)

    def _planned(self, order: Order) -> _Import:
        known, attachments = known_notes(self._disk, self.vault.config, self._progress)
        sources = [given.items for given in order.inputs]
        if order.fetcher is not None:
            sources = [order.fetcher.completing(source) for source in (*sources, stubs_in(known))]
            sources.append(order.fetcher.searching(known_by_title(known)))
        target = target_of(self.vault, attachments)
        lists = {note.path for note in known if note.kind == PLAIN}  # what others mention, the rules link
        paths = [given.note if given.note in lists else "" for given in order.inputs]
        again = frozenset(index for index, given in enumerate(order.inputs) if given.again)
        gone = self._gone(known) if again else ()
        counted = [self._counted(source) for source in sources]
        seen = survey(counted, known, target.attachment, paths, gone, again)
        return _Import(order, seen, known, target, self._disk, self._progress)

    def _gone(self, known: Sequence[Known]) -> tuple[Known, ...]:
        """The papers that imports made notes of, and that have none now."""
        if (imports := _former_imports(self._ports, ())) is None:
            return ()
        gone = imports.gone({note.path for note in known})
        return known_gone(gone, known, self.vault.config)

    def _counted(self, source: Source) -> Source:
        """The source, telling how far it was read; but not again when it is read along with the writing."""
        shown = False

        def items() -> Iterator[Item]:
            nonlocal shown
            shows, shown = not shown, True
            for done, item in enumerate(source()):
                if shows and not done % 100:
                    self._progress("reading", done, 0)
                yield item

        return items


class _Import:
    """One import under way: its plan, and what has become of it so far."""

    def __init__(
        self,
        order: Order,
        seen: Sources,
        known: Sequence[Known],
        target: Target,
        disk: Disk,
        progress: Progress,
    ) -> None:
        self._order, self._seen, self._known, self._target = order, seen, known, target
        self._disk, self._progress = disk, progress
        refused = (i for i, problem in enumerate(seen.refused) if problem is not None)
        self.refused = seen.bare.union(refused)
        self.held: dict[str, str] = {}
        self.imports: FormerImports | None = None
        self.refreshed: tuple[str, ...] = ()  # the notes of which `imports` are asked, in their order
        self.follows_links = False  # a cycle follows a rename by what git remembers
        self.new: dict[str, str] = {}  # path to kind
        self.conferences: dict[str, str] = {}  # the new ones, by path
        self.completed: dict[str, tuple[str, ...]] = {}
        self.renamed: dict[str, tuple[str, bytes]] = {}  # old path to the new one, with the note's bytes
        self.unchanged: list[str] = []
        self.away: list[str] = []
        self.skipped: list[Skipped] = []
        self.problems: list[Problem] = []
        self.written: list[WrittenFile] = []
        self.failed = False

    def to_complete(self) -> frozenset[str]:
        """The notes that will be completed; told by another pass, which most imports don't need."""
        if not known_papers(self._seen):
            return frozenset(self._seen.lists.values())
        actions = plan_import(self._seen, self._known, self._target)
        found = [(a.path, a.again or bool(a.refresh)) for a in actions if isinstance(a, Complete)]
        self.refreshed = tuple(path for path, refresh in found if refresh)
        return frozenset((*(path for path, _ in found), *self._seen.lists.values()))

    def unread(self) -> Iterator[str]:
        """The paper notes that may be one of these papers, once the rules have repaired them."""
        papers = self._known if self._seen.records else ()
        return (known.path for known in papers if known.unread and known.kind == "paper")

    def write(self, announce: Callable[[Sequence[WrittenFile]], None] = lambda files: None) -> None:
        """Write all notes; `announce` is told all files up to the next `BATCH` before these are written."""
        rewrites = self.rewrites()
        while batch := list(islice(rewrites, BATCH)):
            files = {rewrite.path: _written_file(rewrite) for rewrite in batch}
            announce([*self.written, *files.values()])
            for rewrite, outcome in self._disk.write_many(batch):
                if isinstance(outcome, Written):
                    self.written.append(files[rewrite.path])
                    continue
                self._not_written(outcome)
        self._rename()
        for late in self._disk.sync():
            self.written = [file for file in self.written if file.path != late.path]
            self._not_written(late)

    def _rename(self) -> None:
        """Give the stubs whose title is known by now the names that it makes."""
        by_path = {file.path: file for file in self.written}
        for path, (target, new) in self.renamed.items():
            file = by_path.get(path)
            if file is None:
                continue
            moved = self._disk.move(path, target, new)
            if not isinstance(moved, Written):
                reason = moved.message if isinstance(moved, Problem) else moved.reason
                self.problems.append(Problem(path, 0, 0, RULE, f"it was completed, not renamed: {reason}"))
                continue
            self.written.remove(file)
            self.written += (
                WrittenFile(path, file.before, b"", (RULE,)),
                WrittenFile(target, b"", file.after, (RULE,)),
            )
            self.completed[target] = self.completed.pop(path)

    def _not_written(self, outcome: Stale | Problem) -> None:
        self.failed = True
        self.new.pop(outcome.path, None)
        self.completed.pop(outcome.path, None)
        if not isinstance(outcome, Problem):
            outcome = _again(outcome.path, f"not written: {outcome.reason}")
        self.problems.append(outcome)

    def move_to_done(self, root: Path) -> None:
        """Move what was imported out of the inbox, unless a note of it could not be written."""
        for index, given in enumerate(self._order.inputs):
            if not given.inbox or index in self.refused or self.failed:
                continue
            data = self._disk.read(given.inbox)
            moved = move_to_done(root, given.inbox)
            if isinstance(moved, Problem):
                self.problems.append(moved)
            elif isinstance(data, bytes):  # else it is too large to be looked at, and left to the next cycle
                digest = digest_of(data)
                self.written += (
                    WrittenFile(given.inbox, digest, b"", (RULE,)),
                    WrittenFile(moved, b"", digest, (RULE,)),
                )

    def rewrites(self) -> Iterator[Rewrite]:
        """What is to be written; everything else is taken down as it comes along."""
        for done, action in enumerate(self._actions()):
            if not done % 50:
                self._progress("importing", done, self._seen.records)
            match action:
                case NewNote(path, text, kind):
                    self.new[path] = kind
                    if kind == "conference":
                        self.conferences[path] = text
                    self._order.show(path, None, text)
                    yield Rewrite(path, None, text.encode())
                case Complete():
                    yield from self._completion(action)
                case LinkItems():
                    yield from self._linked_list(action)
                case Unchanged(path, text):
                    self._not_new(path, text)
                case StaysAway(path):
                    self.away.append(path)
                case Skipped():
                    self.skipped.append(action)
                case _:
                    self.problems.append(action)

    def _not_new(self, path: str, text: str) -> None:
        there = self.conferences.get(path) or (self._disk.read(path) if text else b"")
        if isinstance(there, bytes):
            there = there.decode(errors="replace")
        if isinstance(there, str) and came_from(there, text):
            self.unchanged.append(path)
            return
        reason = "a note of this name is there already, and it is another text: the new one was left out"
        self.problems.append(Problem(path, 0, 0, RULE, reason, "import it under another --name"))

    def _actions(self) -> Iterator[Action]:
        """The plan; of many notes, the next ones are made while those before them are written."""

        def plan() -> Iterator[Action]:
            return plan_import(self._seen, self._known, self._target)

        return plan() if self._seen.records < MANY else ahead(plan)

    def _completion(self, action: Complete) -> Iterator[Rewrite]:
        path = action.path
        try:
            if path in self.held:
                raise CannotEdit(self.held[path], 0)
            before = self._disk.read(path)
            if isinstance(before, Problem):
                self.failed = True
                self.problems.append(before)
                return
            text = before.decode()
            action, refresh = self._allowed(action, text)
            after = complete_text(text, action.properties, self._target.order, action.body, refresh)
        except (CannotEdit, UnicodeDecodeError) as error:
            self.failed = True
            self.problems.append(_again(path, f"it was not completed: {error}"))
            return
        if after == text:  # somebody filled it in meanwhile
            self.unchanged.append(path)
            return
        self.completed[path] = (*action.properties, *(key for key in refresh if key not in action.properties))
        self._order.show(path, text, after)
        if action.renamed and self.follows_links:
            self.renamed[path] = (action.renamed, after.encode())
        yield Rewrite(path, before, after.encode())

    def _linked_list(self, action: LinkItems) -> Iterator[Rewrite]:
        """A reading list of the vault, with links to the notes of its items."""
        before = self._disk.read(action.path)
        if isinstance(before, Problem) or action.path in self.held:
            reason = before.message if isinstance(before, Problem) else self.held[action.path]
            self.problems.append(_again(action.path, f"its items were not linked: {reason}"))
            return
        text = before.decode(errors="surrogateescape")
        after = with_links(action.path, text, action.listed, action.links)
        if after != text:
            self.completed[action.path] = (LINKS,)
            self._order.show(action.path, text, after)
            yield Rewrite(action.path, before, after.encode(errors="surrogateescape"))

    def _allowed(self, action: Complete, text: str) -> tuple[Complete, dict[str, Value]]:
        """What of an action may be done by what git knows, and the properties that it refreshes.

        Those that no person has touched since an import wrote them are refreshed; what was taken out since is
        not put in again unasked.
        """
        if self.imports is None or not (action.refresh or action.again):
            return action, {}
        former = list(self.imports.texts(action.path))
        own = own_properties(text, former, action.refresh)
        if action.again:
            left = not_taken_out(text, former, action.properties)
            named = "title" in left or "title" not in action.properties
            body, renamed = (action.body, action.renamed) if named else ("", "")
            action = msgspec.structs.replace(action, properties=left, body=body, renamed=renamed)
        return action, {key: value for key, value in action.refresh.items() if key in own}

    def subject(self, template: str) -> str:
        """The subject of the import's commit."""
        names = [given.name for i, given in enumerate(self._order.inputs) if i not in self.refused]
        return import_subject(template, list(self.new.values()), len(self.completed), names)

    def report(self, turn: Turn | None = None) -> Imported:
        """What has come of it, or would."""
        return Imported(
            new=tuple(self.new),
            completed=tuple(Completed(path, keys) for path, keys in self.completed.items()),
            unchanged=tuple(self.unchanged),
            skipped=tuple(self.skipped),
            away=tuple(self.away),
            problems=(*self.problems, *(turn.commits.problems if turn is not None else ())),
            commits=turn.made if turn is not None else (),
            refused=self.refused,
            merged=self._seen.merged,
            left_out=self._seen.unused,
            waiting=turn.waiting if turn is not None else None,
        )


def _former_imports(ports: Ports, paths: Sequence[str]) -> FormerImports | None:
    try:
        return FormerImports(ports.repository(), paths)
    except GitError:
        return None  # a look at a vault without a repository


def _held(git: Git, paths: frozenset[str]) -> dict[str, str]:
    """Which of the notes must not be completed, as git lacks what the person typed there, and why."""
    unsaved = paths & {path for change in git.worktree.changes() for path in change.paths}
    held = dict.fromkeys(unsaved, "it is staged in part, or was saved just now")
    reasons = git.worktree.left_out(sorted(paths))
    return held | {path: f"git would not keep what it was before ({why})" for path, why in reasons.items()}


def _again(path: str, message: str) -> Problem:
    return Problem(path, 0, 0, RULE, message, "put the note in order, then import the source again")


def _typed_in(paths: Sequence[str]) -> Waiting:
    return Waiting("unsettled", f"{', '.join(paths)} is being edited", "it is completed when you are done")


def _written_file(rewrite: Rewrite) -> WrittenFile:
    return file_between(rewrite.path, rewrite.expected, rewrite.new, (RULE,))
