"""The vault's git repository: is it ready, what differs, and the commits of a cycle.

The one adapter between the cycle and git. It never touches what the person staged: a commit takes exactly the
paths that it is given (`commit --only`), and none whose staged state it would overwrite. Paths are
vault-relative POSIX text; the vault may be a folder of a larger repository. Nothing stays open between calls.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vaultsync.core.errors import GitError
from vaultsync.core.history.changes import Commit, Committed, Waiting, paths_of
from vaultsync.git.answers import Answers
from vaultsync.git.as_written import AsWritten, foreign_saves, without_saves
from vaultsync.git.case_renames import CaseRenames
from vaultsync.git.driver import MergeDriver
from vaultsync.git.history import CommitHistory
from vaultsync.git.left_behind import left_behind
from vaultsync.git.locate import (
    NotARepository,
    Repository,
    RepositoryUnusable,
    find_repository,
    make_repository,
)
from vaultsync.git.parse import Tip, replaced_in
from vaultsync.git.preflight import waiting_for
from vaultsync.git.process import (
    LOCK_PATIENCE,
    GitFailed,
    GitMissing,
    GitTimedOut,
    LockHeld,
    failure,
    setting,
    wait_until_gone,
)
from vaultsync.git.under_way import CommitBegun, CommitUnderWay, IndexBehind
from vaultsync.git.worktree import (
    ADD,
    ADDED,
    FROM_STDIN,
    TRIES,
    VANISHED,
    Worktree,
    WorktreeStatus,
    exactly,
    names_in,
)

if TYPE_CHECKING:
    from vaultsync.git.merging import Merging

__all__ = [
    "Commit",
    "Committed",
    "Git",
    "GitFailed",
    "GitMissing",
    "GitTimedOut",
    "HookFailed",
    "LockHeld",
    "NotARepository",
    "PartlyStaged",
    "RepositoryUnusable",
    "Waiting",
    "paths_of",
]

COMMIT_TIMEOUT = 300.0  # seconds, hooks and signature included; a test suite as a hook takes minutes
_MADE = "repository has been updated"  # but not the index (builtin/commit.c)
_NOTHING = re.compile(rb"^(?:nothing|no changes) (?:added )?to commit", re.MULTILINE)
_SIGNING = re.compile(
    r"failed to sign|signing failed|gpg\.|user\.signingkey|Couldn't load public key", re.IGNORECASE
)
_REFUSING = ("pre-commit", "prepare-commit-msg", "commit-msg")
_HOOKS = (*_REFUSING, "post-commit")


class HookFailed(GitFailed):
    """A hook or the signing program refused the commit; `output` is what it said."""


class PartlyStaged(GitError):
    """`paths` have a staged state that a commit of the file would overwrite; nothing was committed."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            f"staged in another state than on the disk: {', '.join(paths)}",
            "commit or unstage them (`git commit`, `git restore --staged`); until then they are left alone",
        )
        self.paths = tuple(paths)


class Git:
    """A vault's repository: its `history`, its `worktree`, and the commits that are made in it.

    `Git.open` finds it, `Git.init` makes one.
    """

    def __init__(self, repository: Repository, patience: float, answers: Answers | None = None) -> None:
        self.repository = repository
        self._answers = answers if answers is not None else Answers()
        self.history = CommitHistory(repository, self._answers.compared, self._answers.own_line)
        self.worktree = Worktree(repository)
        self.driver = MergeDriver(repository)
        self.case_renames = CaseRenames(repository, self.worktree, self._refusal)
        self._process = repository.process
        self._patience = patience
        self._under_way = CommitUnderWay(self.worktree.beside_index("commit"))
        self._tip: Tip | None = None  # as it was after our last commit

    @classmethod
    def open(cls, vault: Path, *, patience: float = LOCK_PATIENCE, answers: Answers | None = None) -> Git:
        """The repository that holds `vault`; a lock is waited for `patience` seconds.

        Who opens it again and again gives `answers`, and git is asked again only what may have changed.

        Raises as `locate.find_repository` does: `NotARepository`, `RepositoryUnusable`, `GitMissing`.
        """
        return cls(find_repository(vault, answers), patience, answers)

    @classmethod
    def init(cls, vault: Path, *, patience: float = LOCK_PATIENCE) -> Git:
        """The repository that holds `vault`, made if there is none. Raises as `open` does."""
        return cls(make_repository(vault), patience)

    @cached_property
    def merging(self) -> Merging:
        """What a sync asks of the repository, and does to it."""
        from vaultsync.git.merging import Merging  # which no other run needs

        return Merging(self.repository, self.worktree)

    def preflight(self) -> Waiting | None:
        """What a commit has to wait for, with what the person can do about it; None if nothing.

        If nothing, the index is mended where a run was killed just as git had committed.
        """
        waiting = waiting_for(self.repository, self._answers, self._patience)
        if waiting is None and (left := self._under_way.left()) is not None:
            self._mend_after_kill(left)
            self.worktree.forget_vanished(left.paths)
        return waiting

    def commit(
        self,
        paths: Iterable[str],
        message: str,
        *,
        author: str | None = None,
        timeout: float = COMMIT_TIMEOUT,
    ) -> Committed | None:
        """Commit exactly `paths` as they are on the disk; None when none differs from the last commit.

        New files, deletions and both paths of a rename may be among them; what git ignores is passed over.
        The rest of the index stays as it is, also when the commit fails. `author` is `Name <mail>`, else
        git's own identity; `timeout` counts seconds, hooks included.

        Raises `PartlyStaged`, `HookFailed`, `LockHeld`, `GitTimedOut`, `GitFailed`.
        """
        wanted = set(paths)
        if not wanted:
            return None
        for tries_left in reversed(range(TRIES)):
            status = self.worktree.status_just_seen(wanted) or self.worktree.known_status(wanted)
            staged = self.worktree.staged(status)
            if partly := sorted(path for path, how in staged.items() if how == "part"):
                raise PartlyStaged(partly)
            if not status.chosen:
                return None
            # Another git that has moved the branch since writes the index last: let it, then read both anew.
            wait_until_gone(self.repository.git_dir / "index.lock", self._patience)
            with self._under_way.noted(status.head, (entry.path for entry in status.chosen)):
                try:
                    done = self._commit(status, message, author, timeout)
                except (GitTimedOut, LockHeld, IndexBehind):
                    raise
                except GitFailed as error:
                    if not self.worktree.status(wanted).chosen:
                        return None  # the person committed or undid the same meanwhile
                    if tries_left and VANISHED.search(error.output) and not isinstance(error, HookFailed):
                        continue
                    raise
                if not done:
                    return None
                self._tip = tip = self.history.tip()
                if (sha := self._made(tip, status.head, message)) is None:
                    return None
                self.worktree.remember_index(status)
                if (hooks := self._hooks()) and tip.sha == sha:
                    named = {os.fsencode(self.repository.name_of(path)) for path in wanted}
                    added = (each for each in replaced_in(tip.raw) if each[0] not in named)
                    self._reset(left_behind(self._process, added))
                return Committed(sha, self._changed_again(sha, wanted, hooks))
        raise AssertionError("the last try returns or raises")

    def as_written(self, sha: str, written: Mapping[str, bytes]) -> AsWritten:
        """Take what somebody saved meanwhile out of our newest commit, as far as that can be.

        `written` are the bytes of its files as the run wrote them. A hook may have changed them too, or have
        passed the commit on already: then it stays as it is.
        """
        tip = self._tip
        listed = tip.raw if tip is not None and tip.sha == sha else self.history.raw(sha)
        suspects = foreign_saves(self.repository, listed, written)
        if not suspects:
            return AsWritten(sha)
        if self._hooks():
            return AsWritten(sha, mixed=tuple(suspects))
        with self.worktree.scratch() as scratch:
            outcome = without_saves(self.repository, scratch, sha, suspects, written)
        self._reset([self.repository.name_of(path) for path in outcome.replaced])
        return outcome

    def stored(self, path: str) -> bytes | None:
        """The bytes of a file in the last commit, as git stores them; None if it isn't there."""
        head = self.history.head()
        entry = self.merging.entry(head, self.repository.name_of(path)) if head is not None else None
        return self.merging.contents([entry[1]])[entry[1]] if entry is not None else None

    def commit_stored(self, path: str, data: bytes, message: str, *, author: str | None = None) -> str | None:
        """Commit a file of the last commit with other bytes, as git stores them, whatever the disk has.

        For a state that the file had for a moment: the disk stays as it is, and what it has more is a change
        like any other. None where a hook would have to see the commit, since it would look at the disk.
        Raises `GitFailed`, also when somebody else commits in this moment.
        """
        head, name = self.history.head(), self.repository.name_of(path)
        entry = self.merging.entry(head, name) if head is not None else None
        if head is None or entry is None or self._hooks():
            return None
        tree = self.merging.tree_with(self.merging.tree_of(head), {name: (entry[0], data)})
        made = self.merging.commit(tree, [head], message, author or "")
        self.merging.move(head, made, f"commit: {message.partition(chr(10))[0]}")
        return made

    def _commit(self, status: WorktreeStatus, message: str, author: str | None, timeout: float) -> bool:
        """Commit the chosen entries; whether git takes any of them.

        The index is as before if that fails.
        """
        new = [entry.path for entry in status.chosen if entry.untracked]
        # Git can't commit the end of a file by a name that is a folder's now; its files bring that about.
        gone = (entry.path for entry in status.chosen if entry.worktree == "D")
        refused = {path for path in gone if self.repository.file(path).is_dir()}
        try:
            if new:
                refused.update(self._mark_new(new, status))
            paths = [entry.path for entry in status.chosen if entry.path not in refused]
            if not paths:
                return False
            specs = exactly(self.worktree.pathspecs(paths, status.rest(paths)))
            by = [f"--author={author}"] if author is not None else []
            with self.worktree.scratch() as scratch:
                text = scratch / "message"
                text.write_text(message, encoding="utf-8", errors="replace", newline="\n")
                # Quiet, or git reads the trees and notes once more to tell how many lines were changed.
                done = self._process.write(
                    "commit", "--only", "--quiet", "--cleanup=whitespace", f"--file={text}", *by, *FROM_STDIN,
                    stdin=specs, ok=(0, 1), timeout=timeout, patience=self._patience,
                    environment=_upkeep(status.head),
                )  # fmt: skip
            if done.code == 1 and not _NOTHING.search(done.out):
                raise failure("commit", done)
        except GitFailed as error:
            if _MADE in error.output:
                self._let_index_follow(status)
                return True
            self._forget(new)
            raise self._refusal(error) from error
        except BaseException:
            self._forget(new)
            raise
        if done.code == 1:  # the file's size is another, its content to git is not: line endings
            self._forget(new)
        return not done.code

    def _let_index_follow(self, status: WorktreeStatus) -> None:
        """Set the index to the commit that git has just made, and could not write it for."""
        paths = [entry.path for entry in status.chosen]
        try:
            self._reset(self.worktree.pathspecs(paths, status.rest(paths)))
        except GitFailed as error:
            raise IndexBehind(error.message, error.hint) from error

    def _made(self, tip: Tip, before: str | None, message: str) -> str | None:
        """The commit that `_commit` made on top of `before`; None if the person took it back at once.

        It is the only one since `before`, nearly always; else the one with our message, or, where a hook
        changed that, the newest.
        """
        if tip.parents == ((before,) if before else ()):
            return tip.sha
        since = self.history.since(before)
        words = message.split()
        ours = (c for c in since if [*c.subject.split(), *c.body.split()] == words)
        made = next(ours, since[0] if since else None)
        if made is None:
            return None
        self._mend(before, made)
        return made.sha

    def _mark_new(self, new: Sequence[str], status: WorktreeStatus) -> list[str]:
        """Tell git of `new` files by an intent to add, which a commit needs; those that it refuses."""
        names = exactly(self.worktree.pathspecs(new, status.rest(new)))
        added = self._process.write("add", *ADD, stdin=names, ok=ADDED, patience=self._patience)
        if added.code == 0:
            return []
        return [entry.path for entry in self.worktree.status(set(new)).chosen if entry.untracked]

    def _forget(self, new: Sequence[str]) -> None:
        """Take back the intents to add that `_commit` made for `new`, and nothing that was staged since."""
        if not new:
            return
        intents = [
            e.path for e in self.worktree.status(set(new)).chosen if (e.index, e.worktree) == (".", "A")
        ]
        if intents:
            names = [self.repository.name_of(path) for path in intents]
            with suppress(LockHeld):  # then they stay intents to add, which the next commit of them takes up
                self._process.write(
                    "update-index", "--force-remove", "-z", "--stdin", stdin=names_in(names),
                    patience=self._patience,
                )  # fmt: skip

    def _refusal(self, error: GitFailed) -> GitFailed:
        """`error` as what it is: git says neither that a hook ended a commit, nor which."""
        if isinstance(error, GitTimedOut | LockHeld):
            return error
        if error.code == 128 and _SIGNING.search(error.output):
            return HookFailed(
                "the commit could not be signed",
                "check `git config user.signingkey` and the agent; the commit is tried again in the next run",
                code=error.code,
                output=error.output,
            )
        if error.code == 1 and (hooks := self._hooks(_REFUSING)):
            return HookFailed(
                f"a hook refused the commit ({' or '.join(hooks)})",
                "see what it said; the notes stay as written, the commit is tried again in the next run",
                code=error.code,
                output=error.output,
            )
        return error

    def _hooks(self, names: Sequence[str] = _HOOKS) -> list[str]:
        """Which of `names` are hooks that git runs."""
        told_by = self.repository.configuration.files
        folder = self._answers.of("hooks", self.history.hooks, lambda _: told_by)
        return [name for name in names if os.access(self.repository.root / folder / name, os.X_OK)]

    def _mend(self, before: str | None, made: Commit) -> None:
        """Undo what our commit did to the index for the paths of a commit that came between.

        `git commit` reads the index before it locks it (2.39, builtin/commit.c, prepare_index): the paths of
        a commit of the person's in that moment fall back to their former state, and the next commit would
        take it back.
        """
        parent = made.parents[0] if made.parents else None
        if parent in (before, None):
            return
        sides = (before or self.repository.empty_tree, parent)
        between = ("diff-tree", "-r", "--raw", "--no-renames", "-z", *sides, "--")
        self._reset(left_behind(self._process, replaced_in(self._process.read(*between).out)))

    def _mend_after_kill(self, left: CommitBegun) -> None:
        """Set the index to the last commit for the paths of a commit whose run was killed."""
        tip = self.history.tip() if self.history.head() is not None else None
        if tip is None or tip.parents != ((left.head,) if left.head else ()):
            return  # it was not made, or somebody has gone on since
        if not self._under_way.index_is_gits(left):
            return
        status = self.worktree.status(set(left.paths))
        stale = [entry.path for entry in status.chosen if entry.index not in ".?"]
        if stale:
            self._reset(self.worktree.pathspecs(stale, status.rest(stale)))

    def _changed_again(self, sha: str, wanted: set[str], hooks: Sequence[str]) -> tuple[str, ...]:
        """Which of the paths just committed differ again by one of `hooks`, or by a git that is at work now.

        A hook that rewrites a note and adds it, adds it to the commit alone: the index keeps the state
        before, which the person's next commit would bring back. So may a git that read the index before ours
        and writes it now. Such an entry is set to what was committed. Else only a save makes a difference.
        Git itself reads the files twice, for the index and for the commit (2.39, builtin/commit.c): a save in
        between leaves an older state in the index, which looks like the person's staging for ever after.
        """
        lock = self.repository.git_dir / "index.lock"
        look = self.worktree.look
        if lock.exists():
            wait_until_gone(lock, self._patience)
        elif not look(wanted, "diff-index", "--cached", "--raw", "-z", sha) and not (
            hooks and look(wanted, "diff-index", "--raw", "-z", sha)
        ):
            return ()  # as nearly always; told in half the time of a status
        status = self.worktree.status(wanted)
        stale = [e for e in status.chosen if e.index not in ".?"]
        if not set(hooks).intersection(_REFUSING):  # the one after a commit adds nothing to it
            stale = [e for e in stale if e.worktree != "." or self.worktree.is_as_before_commit(e)]
        if stale:
            paths = [entry.path for entry in stale]
            self._reset(self.worktree.pathspecs(paths, status.rest(paths)))
            status = self.worktree.status(wanted)
        return tuple(sorted({entry.path for entry in status.chosen}))

    def _reset(self, names: Sequence[str]) -> None:
        """Set the index to the last commit for `names`, which start at the repository's root.

        Our commit is made by then: a lock that stays is no reason to call it failed.
        """
        if names:
            with suppress(LockHeld):
                self._process.write(
                    "reset", "--quiet", *FROM_STDIN, stdin=exactly(names), patience=self._patience
                )


def _upkeep(head: str | None) -> dict[str, str]:
    """Let git look only after one commit in sixteen whether it is time to pack, drawn by the commit below.

    The look is one more process, 2 to 4 ms, and the time comes after some 6,700 objects.
    """
    return {} if (head or "0").startswith("0") else setting("maintenance.auto", "false")
