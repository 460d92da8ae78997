"""A cycle's commits: what an earlier run left, the person's edits, then the run's own.

It stands between the cycle and `git`: which paths belong to whom, what must be left alone, what a refusal by
git means. A commit that git refuses for a reason that passes (a hook, a signature, a lock, a time-out) raises
one of `RETRIED`; nothing is lost by trying again in the next cycle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress

import msgspec

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.config.settings import GitSection
from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import FileChange, MadeCommit, Waiting, paths_of
from vaultsync.core.history.messages import UNDOES_TRAILER, NoteSummary, literal, person_message, tool_message
from vaultsync.core.links.block_memory import Writer
from vaultsync.core.links.managed_blocks import marker_repairs
from vaultsync.core.markdown import managed_blocks, parse_body
from vaultsync.core.note import Note, digest_of
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.planner import MANY
from vaultsync.core.text.spans import TextEdit, apply_edits
from vaultsync.files.disk import Disk
from vaultsync.git.repository import Git, GitFailed, GitTimedOut, HookFailed, LockHeld, PartlyStaged
from vaultsync.runs.kept_out import kept_out, of_files_here, problem_of_kept_out, without
from vaultsync.vault.journal import Journal, Run, WrittenFile, digests_of
from vaultsync.vault.parallel import spread

COMPARED = 64_000_000
"""Bytes of written files that are kept to be compared with their commit; a large import holds more."""

RETRIED = (HookFailed, LockHeld, GitTimedOut)
"""Refusals that may be over in the next cycle."""


class Commits:
    """The commits of one cycle, `made` so far. `problems` tells of notes that git or a hook left odd."""

    def __init__(self, git: Git, disk: Disk, settings: GitSection, journal: Journal) -> None:
        self.made: list[MadeCommit] = []
        self.problems: list[Problem] = []
        self._git, self._disk, self._settings, self._journal = git, disk, settings, journal
        self._left: list[Run] = []
        self._announced: tuple[Run, ...] = ()
        self._kept: set[str] = set()  # what has just been committed

    def head(self) -> str:
        """The commit that is checked out, empty before the first one."""
        return self.made[-1].sha if self.made else self._git.history.head() or ""

    def follow_case(self) -> None:
        """Commit the names of files that are written in another case now, where git can't tell them apart.

        Raises one of `RETRIED`.
        """
        renames = self._git.case_renames.found()
        if not renames or (head := self._git.history.head()) is None:
            return
        message = person_message(renames, self._settings.person_message)
        made = self._git.case_renames.commit(head, renames, message, self._settings.timeout)
        if made is not None:
            self.made.append(MadeCommit("person", made, _subject(message)))

    def finish_earlier_runs(self) -> None:
        """Commit what earlier runs wrote and could not commit, as far as it stands as they wrote it.

        What the person has edited since goes with the person's edits. Raises one of `RETRIED`.
        """
        for run in self._journal.read():
            self._commit_run(run)
        self._journal.write(self._left)

    def person(
        self,
        allow: Callable[[Sequence[FileChange]], None],
        is_busy: Callable[[str], bool],
        among: Collection[str] | None = None,
    ) -> tuple[dict[str, Problem], set[str]]:
        """Commit what the person changed, but not the paths that they are still at work on (`is_busy`).

        Only what is `among` some paths is looked at: a look at a whole vault costs more, the larger it is.
        What the run itself has written so far is not the person's, as long as it stands as it was written.
        `allow` sees the changes before, and may raise. Gives what may not be written now: with a problem each
        the paths that are staged in part, which a commit would sweep up, and those left for later. Raises one
        of `RETRIED`.
        """
        changes = self._without_kept_out(self._git.worktree.changes(among))
        held = {path for c in changes if c.staged == "part" for path in c.paths}
        busy = {path for c in changes for path in c.paths if is_busy(path)}
        own = (file for run in (*self._left, *self._announced) for file in run.files)
        apart = held | busy | {file.path for file in self._standing(own)}
        whole = [c for c in changes if apart.isdisjoint(c.paths)]
        allow(whole)
        while whole:
            message = person_message(whole, self._settings.person_message)
            try:
                made = self._git.commit(paths_of(whole), message, timeout=self._settings.timeout)
            except PartlyStaged as error:  # the person has staged them since
                held.update(error.paths)
                whole = [c for c in whole if held.isdisjoint(c.paths)]
                continue
            if made is not None:
                self.made.append(MadeCommit("person", made.sha, _subject(message)))
                self._kept.update({path for c in whole for path in c.paths}.difference(made.changed))
            break
        return {path: _staged(path) for path in held}, busy

    def _without_kept_out(self, changes: Sequence[FileChange]) -> Sequence[FileChange]:
        """The changes that may go into git unasked; each file that may not is told once."""
        changes = of_files_here(self._disk, changes)
        kept = kept_out(self._disk, changes, self._settings.max_file)
        if not kept:
            return changes
        known = self._journal.left_out()
        if new := kept.keys() - known:
            self.problems += (problem_of_kept_out(path, kept[path]) for path in sorted(new))
            self._journal.note_left_out(known | new)
        return without(changes, kept)

    def unprotected(self, paths: Iterable[str]) -> dict[str, Problem]:
        """Which of `paths` git doesn't keep: what the person typed there would be in no commit."""
        wanted = [path for path in paths if path not in self._kept]
        reasons = self._git.worktree.left_out(wanted) if wanted else {}
        return {path: _unprotected(path, reason) for path, reason in reasons.items()}

    def announce(self, run: Run) -> None:
        """Note down what is about to be written."""
        self._announced = (run,)
        self._journal.write([*self._left, run])

    def look_ahead(self) -> None:
        """Ask git now of what was announced and is written, while the disk waits for late saves anyway.

        That is a git process less within the commit. Who saves or stages meanwhile is seen all the same.
        """
        paths = {file.path for run in self._announced for file in run.files if file.after != file.before}
        if paths:
            with suppress(GitFailed):  # then the commit asks, and says why it can't
                self._git.worktree.look_ahead(paths)

    def run(self, run: Run) -> str:
        """Commit what a run wrote; gives its id, empty if there was nothing. Raises one of `RETRIED`."""
        done = self._commit_run(run)
        self._journal.write(self._left)
        return done

    def run_beneath(self, run: Run, path: str, data: bytes) -> str:
        """Commit a run's one file as it was before more was typed in it: these bytes, as git stores them.

        Gives the run's id, empty where that can't be done.
        """
        chosen = msgspec.structs.replace(run, base=self.head())
        message = self._message(chosen)
        made = self._git.commit_stored(path, data, message, author=self._settings.author or None)
        if made is None:
            return ""
        self.made.append(MadeCommit("vaultsync", made, _subject(message), chosen.id))
        return chosen.id

    def _commit_run(self, run: Run) -> str:
        """Commit the files of `run` that stand as it left them, and keep in mind those that have to wait."""
        files, written = self._as_written(file for file in run.files if file.after != file.before)
        waiting: list[WrittenFile] = []
        done = ""
        while files:
            chosen = msgspec.structs.replace(run, files=tuple(files), base=self.head())
            message = self._message(chosen)
            try:
                made = self._git.commit(
                    [file.path for file in files],
                    message,
                    author=self._settings.author or None,
                    timeout=self._settings.timeout,
                )
            except PartlyStaged as error:
                waiting += (file for file in files if file.path in error.paths)
                files = [file for file in files if file.path not in error.paths]
                continue
            if made is not None:
                done = chosen.id
                kept = self._git.as_written(made.sha, written)
                self.made.append(MadeCommit("vaultsync", kept.sha, _subject(message), done))
                left = {path for path in made.changed if path.endswith(".md")} - {*kept.replaced}
                inside = {path for path in kept.mixed if path.endswith(".md")} - {*kept.replaced, *left}
                self.problems += map(_rewritten, sorted(left))
                self.problems += map(_rewritten_inside, sorted(inside))
            break
        if waiting:
            self._left.append(msgspec.structs.replace(run, files=tuple(waiting)))
        return done

    def _message(self, run: Run) -> str:
        template = self._settings.tool_message
        trailers: dict[str, str] = {}
        notes = [file for file in run.files if file.path.endswith(".md")]
        if not notes:
            others = [file.path for file in run.files if file.path != DECISIONS_PATH]
            what = f"write {' and '.join(others[:2])}" if others else "remember what was decided"
            template = f"vaultsync: {literal(what)}"
        if run.undoes:
            template = f"vaultsync: undo run {run.undoes} in {{notes}}"
            trailers = {UNDOES_TRAILER: run.undoes}
        if run.message:
            template = literal(run.message)
        summaries = [NoteSummary(f.path, f.rules, f.links_added, f.links_removed) for f in notes or run.files]
        return tool_message(run.id, summaries, template, trailers)

    def _as_written(self, files: Iterable[WrittenFile]) -> tuple[list[WrittenFile], dict[str, bytes]]:
        """The files that stand as they were written and that git takes, and what they hold, up to `COMPARED`.

        What git ignores is in no commit, and so no part of what the run is called by.
        """
        standing, written, size = [], {}, 0
        for file, data in self._present(files):
            standing.append(file)
            size += len(data or b"")
            if data is not None and size <= COMPARED:
                written[file.path] = data
        if any(file.path == DECISIONS_PATH for file in standing):
            ignored = self._git.worktree.left_out([DECISIONS_PATH])
            standing = [file for file in standing if file.path not in ignored]
        return standing, written

    def _standing(self, files: Iterable[WrittenFile]) -> Iterator[WrittenFile]:
        """Those files that nobody has changed since."""
        return (file for file, _ in self._present(files))

    def _present(self, files: Iterable[WrittenFile]) -> Iterator[tuple[WrittenFile, bytes | None]]:
        written = list(files)
        present = self._disk.read_many(file.path for file in written)
        for file, (_, found) in zip(written, present, strict=True):
            data = found if isinstance(found, bytes) else None
            if (b"" if data is None else digest_of(data)) == file.after:
                yield file, data


class Uncommitted:
    """In the place of `Commits` for a run without git: it holds nothing back, and remembers nothing."""

    def __init__(self) -> None:
        self.made: list[MadeCommit] = []
        self.problems: list[Problem] = []

    def head(self) -> str:
        """There is no commit."""
        return ""

    def person(
        self,
        _allow: Callable[[Sequence[FileChange]], None],
        _is_busy: Callable[[str], bool],
        _among: Collection[str] | None = None,
    ) -> tuple[dict[str, Problem], set[str]]:
        """Nothing is committed, so nothing is held or in the way."""
        return {}, set()

    def unprotected(self, _paths: Iterable[str]) -> dict[str, Problem]:
        """Who leaves git out doesn't ask what it keeps."""
        return {}

    def announce(self, _run: Run) -> None:
        """No later run will commit it."""

    def look_ahead(self) -> None:
        """Nothing will be asked of git."""

    def run(self, _run: Run) -> str:
        """No commit, no id."""
        return ""

    def run_beneath(self, _run: Run, _path: str, _data: bytes) -> str:
        """No commit, no id."""
        return ""


def written_files(changes: Sequence[Change]) -> list[WrittenFile]:
    """What planned changes will have done, by path. They are put aside: as texts 10,000 took 60 MB.

    To count the links of 100,000 notes takes a minute, and so is shared out.
    """
    by_path = {change.path: change for change in changes}

    def work(paths: Sequence[str]) -> bytes:
        return msgspec.msgpack.encode([_counted(by_path[path]) for path in paths])

    parts = spread(work, list(by_path)) if len(changes) >= MANY else [work(list(by_path))]
    files = [file for part in parts for file in _FILES.decode(part)]
    for change in changes:  # also where another process has counted
        change.put_aside()
    return sorted(files, key=lambda file: file.path)


def _counted(change: Change) -> WrittenFile:
    file = written_file(change)
    change.put_aside()
    return file


_FILES = msgspec.msgpack.Decoder(list[WrittenFile])


def written_file(change: Change) -> WrittenFile:
    """What a planned change will have done once it is written."""
    added, removed = links_changed(change)
    old, new = change.before, change.after
    lf = (digests_of(note.encode())[1] if "\r\n" in note.text else b"" for note in (old, new))
    return WrittenFile(change.path, old.digest, new.digest, change.rules, added, removed, *lf)


def links_changed(change: Change) -> tuple[int, int]:
    """How many links a change adds and takes away; a paper's list of its mentions doesn't count.

    That list tells again what stands in the notes that mention the paper.
    """
    before, after = _without_mentions(change.before), _without_mentions(change.after)
    if all(before.count(mark) == after.count(mark) for mark in ("[[", "](")):
        return 0, 0
    old = Counter(link.target for link in parse_body(before).links)
    new = Counter(link.target for link in parse_body(after).links)
    return (new - old).total(), (old - new).total()


def _without_mentions(note: Note) -> str:
    """The note's text without the list of its mentions, also where that has lost one of its markers."""
    repairs = marker_repairs(note, lambda path, line: Writer.UNKNOWN)
    text, blocks = note.text, note.managed[0]
    if edits := [edit for edit in repairs if isinstance(edit, TextEdit)]:
        text = apply_edits(text, edits)
        blocks = managed_blocks(text, note.body_start)
    spans = [block.span for block in blocks if block.name == "mentions"]
    return apply_edits(text, [TextEdit(span.start, span.end, "") for span in spans])


def joined_files(earlier: Iterable[WrittenFile], newer: Iterable[WrittenFile]) -> tuple[WrittenFile, ...]:
    """The files of two rounds of a run as one: a note that was written twice counts from its first state."""
    written = {file.path: file for file in earlier}
    for file in newer:
        if (first := written.get(file.path)) is not None and first.after == file.before:
            file = msgspec.structs.replace(
                file,
                before=first.before,
                lf_before=first.lf_before,
                rules=tuple(dict.fromkeys((*first.rules, *file.rules))),
                links_added=first.links_added + file.links_added,
                links_removed=first.links_removed + file.links_removed,
            )
        written[file.path] = file
    return tuple(written[path] for path in sorted(written))


def refusal(error: GitFailed) -> Waiting:
    """What a refused commit waits for."""
    states = {HookFailed: "hook", LockHeld: "lock", GitTimedOut: "slow"}
    state = next(name for kind, name in states.items() if isinstance(error, kind))
    return Waiting(state, error.message, error.hint, error.output.strip())


def _subject(message: str) -> str:
    return message.partition("\n")[0]


def _staged(path: str) -> Problem:
    return Problem(
        path,
        0,
        0,
        "staged",
        "partly staged in git, so it was neither committed nor changed",
        "commit or unstage it",
    )


def _unprotected(path: str, reason: str) -> Problem:
    return Problem(
        path,
        0,
        0,
        "unprotected",
        f"not changed, since git would not keep what it was before ({reason})",
        "bring it under git, or list it in `[vault] ignore`; `fix --no-commit` changes it all the same",
    )


def _rewritten(path: str) -> Problem:
    return Problem(
        path,
        0,
        0,
        "hook",
        "it changed again when it was committed: a git hook rewrites it, or you saved it just then",
        "the next run commits that as an edit of yours",
    )


def _rewritten_inside(path: str) -> Problem:
    return Problem(
        path,
        0,
        0,
        "hook",
        "the run's commit holds more than this run wrote: a git hook added it, or you saved it just then",
        "nothing is lost; `vaultsync undo` asks before it takes that commit back",
    )
