"""One sync with a remote, and so with other devices: what they did comes here, what was done here goes there.

    fetch → turn (commit the person's edits → merge → files, branch, index) → the rules → push

Only the middle has the vault's lock: a slow network keeps nobody waiting. A push that another device outran
begins anew. Nothing is forced, nothing is lost: what doesn't go together lies beside in a conflict note.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Set
from functools import cached_property, partial

import msgspec

from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.core.history.changes import MadeCommit, Waiting
from vaultsync.core.history.conflict_names import conflict_of
from vaultsync.core.history.messages import merge_message
from vaultsync.git.remote import Remote, RemoteFailed, Upstream
from vaultsync.git.repository import Git
from vaultsync.runs.bringing_together import Together, bring_together
from vaultsync.runs.copies import MergedCopies, merge_copies
from vaultsync.runs.limits import Confirm, ask_deletions
from vaultsync.runs.moving import move_to
from vaultsync.runs.ports import Ports
from vaultsync.runs.request import Report, Request
from vaultsync.runs.turn import Turn, turn_at
from vaultsync.vault.open import Vault

PUSHES = 8
"""Times that a push is tried which another device outran."""

LONGEST_PAUSE = 3.0
"""Seconds at most between two of them; each pause is drawn, so that two devices don't stay in step."""

Fix = Callable[[Request, Iterable[str]], Report]
"""Runs the rules over some notes."""


class SyncOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a sync is asked for. Without `write` it is a look: it asks the remote, and changes nothing here.

    `is_busy` says that somebody is at work on a file; `confirm` is asked before more notes go than `[limits]`
    allows; with `rejoin` a remote whose history was rewritten is merged all the same. With `rules` off nobody
    has agreed yet that rules change these notes. No further push is begun once `stopped`.
    """

    write: bool = True
    rules: bool = True
    rejoin: bool = False
    confirm: Confirm = lambda summary: False
    is_busy: Callable[[str], bool] = lambda path: False
    stopped: Callable[[], bool] = lambda: False
    sleep: Callable[[float], None] = time.sleep


class TwoNames(msgspec.Struct, frozen=True, order=True):
    """A file to which each side gave another name: the one that it has now, and the other one."""

    path: str
    other: str


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """What a sync did, or would do.

    `came` are the files that changed here, `merged` those of them that both sides had changed, `conflicts`
    the conflict notes made now, `left` all that lie in the vault. `renamed` are files to which both sides
    gave another name. `went` counts the commits that the remote got, `waiting` says what keeps the two from
    being in step.
    """

    remote: str = ""
    came: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    renamed: tuple[TwoNames, ...] = ()
    left: tuple[str, ...] = ()
    went: int = 0
    commits: tuple[MadeCommit, ...] = ()
    waiting: Waiting | None = None
    fixed: Report | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def is_in_step(self) -> bool:
        """Whether both sides have the same, and nothing is left to the person."""
        return self.waiting is None and not self.left


class Syncer:
    """Syncs `vault`, once; `fix` runs the rules over the notes that came.

    `run` is the whole of it. The daemon, which must not wait for a network, takes its steps one by one: `ask`
    and `give` speak to the remote and need no lock, `take_in` works here.
    """

    def __init__(self, vault: Vault, ports: Ports, fix: Fix) -> None:
        self.vault = vault
        self._ports, self._fix = ports, fix

    def run(self, order: SyncOrder) -> Synced:
        """Sync. Raises `VaultsyncError` when it can't start; what keeps it waiting is told by the result."""
        try:
            self.ask()
            if not order.write:
                return self._with_left(self._look(self._git, self._remote))
            if self.is_in_step():
                return self._with_left(Synced())
            return self._with_left(self._exchange(order))
        except RemoteFailed as error:
            return self._with_left(Synced(waiting=error.waiting))

    def ask(self) -> None:
        """Ask the remote what it has. Raises `RemoteFailed`, and what opening the repository raises."""
        self._remote.fetch()

    def is_in_step(self) -> bool:
        """Whether there is nothing to do at all, told by one git process."""
        state = self._remote.state()
        quiet = state.is_clean and (state.ahead, state.behind) == (0, 0)
        kept = self._ports.sync_state
        if not quiet or self._ports.journal.read() or kept is None or kept.read().move is not None:
            return False
        kept.saw(f"refs/remotes/{state.upstream}", state.commit)
        return True

    def take_in(self, order: SyncOrder) -> Synced:
        """Commit the person's edits, bring here what the remote has, and let the rules see to it."""
        return self._with_left(self._take_in(order))

    def give(self) -> int:
        """Push what the remote lacks; how many commits these were. Raises `RemoteFailed`."""
        upstream, head = self._remote.upstream(), self._git.history.head()
        if isinstance(upstream, Waiting) or head is None or head == upstream.tip:
            return 0
        count = self._git.merging.count(upstream.tip, head)
        if count:
            self._remote.push(upstream, head)
            if self._ports.sync_state is not None:
                self._ports.sync_state.saw(upstream.tracking, head)
        return count

    def break_off(self) -> None:
        """End what another thread is at in `ask` or `give`: who waits for a network may wait for long."""
        remote = self.__dict__.get("_remote")
        if isinstance(remote, Remote):
            remote.break_off()

    @cached_property
    def _git(self) -> Git:
        return self._ports.repository()

    @cached_property
    def _remote(self) -> Remote:
        return Remote(self._git.repository, self.vault.config.sync.remote)

    def _exchange(self, order: SyncOrder) -> Synced:
        """Merge and push, anew as long as another device was quicker."""
        done = Synced()
        outrun: RemoteFailed | None = None
        for attempt in range(PUSHES):
            try:
                if attempt:
                    pause = min(LONGEST_PAUSE, 0.1 * 2**attempt)
                    order.sleep(pause * (0.5 + secrets.randbelow(1000) / 1000))
                    self.ask()
                done = _both(done, self._take_in(order))
                if done.waiting is not None or not self.vault.config.sync.push:
                    return done
                return msgspec.structs.replace(done, went=self.give())
            except RemoteFailed as error:
                outrun = error
                if error.kind != "outrun" or order.stopped():
                    break
        return msgspec.structs.replace(done, waiting=outrun.waiting if outrun is not None else None)

    def _take_in(self, order: SyncOrder) -> Synced:
        """Bring here what the remote has, and let the rules see to it."""
        done = Synced()
        copies = MergedCopies((), (), (), (), None)
        if self.vault.config.sync.copies:
            copies = merge_copies(self.vault, self._ports, lambda copy: True, order.is_busy)
        with turn_at(self._ports, self.vault.config.git) as turn:
            if turn.ready:
                done = self._merged(turn, self._remote, order)
        waiting = done.waiting or turn.waiting or copies.waiting
        left = (*copies.left_out, *turn.commits.problems, *done.problems)
        told = [*(_told(p, "a copy was not merged: ") for p in copies.problems), *map(_told, left)]
        problems = tuple(dict.fromkeys(told))
        commits = (*copies.commits, *turn.made)
        done = msgspec.structs.replace(done, commits=commits, waiting=waiting, problems=problems)
        notes = [path for path in done.came if path.endswith(".md")]
        if done.waiting is not None or not notes or not order.rules or not self._ports.consent.given():
            return done
        try:
            request = Request(is_busy=order.is_busy, confirm=order.confirm, stopped=order.stopped)
            fixed = self._fix(request, done.came)
        except VaultsyncError as error:
            problem = Problem("", 0, 0, "sync", f"the rules did not run: {error.message}", error.hint)
            return msgspec.structs.replace(done, problems=(*problems, problem))
        return msgspec.structs.replace(
            done, fixed=fixed, commits=(*commits, *fixed.commits), problems=(*problems, *fixed.problems)
        )

    def _merged(self, turn: Turn, remote: Remote, order: SyncOrder) -> Synced:
        limits = self.vault.config.limits
        notes = len(self._ports.disk.scan(None).notes)
        allow = partial(ask_deletions, notes=notes, limits=limits, confirm=order.confirm)
        held, busy = turn.commits.person(allow, order.is_busy)
        done = self._brought_in(turn, remote, order, held.keys(), busy)
        return msgspec.structs.replace(done, problems=tuple(held[path] for path in sorted(held)))

    def _brought_in(
        self, turn: Turn, remote: Remote, order: SyncOrder, held: Set[str], busy: Set[str]
    ) -> Synced:
        """Merge what the remote has, unless it would change what is `held` by git's index, or `busy`."""
        git, upstream = turn.repository, remote.upstream()
        if isinstance(upstream, Waiting):
            return Synced(waiting=upstream)
        ours = turn.commits.head()
        if not upstream.tip:
            return Synced(remote=upstream.remote)
        target = self._target(git, remote, ours, upstream, order)
        if isinstance(target, Waiting):
            return Synced(remote=upstream.remote, waiting=target)
        new, together = target
        came = self._names(git, ours, new)
        if in_work := {path: path in held for path in sorted(held | busy) if path in came}:
            return Synced(remote=upstream.remote, waiting=_in_work(in_work))
        if new != ours and (waiting := move_to(self._ports, git, ours, new)) is not None:
            return Synced(remote=upstream.remote, waiting=waiting)
        if self._ports.sync_state is not None:
            self._ports.sync_state.saw(upstream.tracking, upstream.tip)
        prefix = git.repository.prefix
        merged = sorted(name.removeprefix(prefix) for name in together.merged)
        conflicts = sorted(name.removeprefix(prefix) for name in together.merged.values() if name)
        return Synced(
            remote=upstream.remote,
            came=tuple(came),
            merged=tuple(merged),
            conflicts=tuple(conflicts),
            renamed=_two_names(together, prefix),
        )

    def _target(
        self, git: Git, remote: Remote, ours: str, upstream: Upstream, order: SyncOrder
    ) -> tuple[str, Together] | Waiting:
        """The commit that has both sides, and how they were brought together."""
        merging, theirs = git.merging, upstream.tip
        nothing = Together("")
        if ours == theirs:
            return ours, nothing
        if not ours:
            return theirs, nothing
        if not order.rejoin and self._was_rewritten(git, ours, upstream):
            return _rewritten(upstream)
        bases = merging.bases(ours, theirs)
        if bases == (theirs,):
            return ours, nothing
        if bases == (ours,):
            return theirs, nothing
        if not bases:
            return _shallow() if remote.is_shallow() else _unrelated(upstream)
        together = bring_together(merging, ours, theirs, bases)
        if isinstance(together, Waiting):
            return together
        if together.tree == merging.tree_of(theirs) and merging.only_merges(theirs, ours):
            return theirs, nothing  # both merged the same at the same time: one of the two merges is enough
        prefix = git.repository.prefix
        came = self._names(git, ours, together.tree)
        pairs = together.merged.items()
        merged = {name.removeprefix(prefix): left.removeprefix(prefix) for name, left in pairs}
        renamed = {two.path: two.other for two in _two_names(together, prefix)}
        message = merge_message(upstream.remote, came, merged, renamed)
        author = self.vault.config.git.author
        return merging.commit(together.tree, (ours, theirs), message, author), together

    def _was_rewritten(self, git: Git, ours: str, upstream: Upstream) -> bool:
        """Whether the remote has dropped commits that are here: a merge would bring them back."""
        merging, kept = git.merging, self._ports.sync_state
        seen = kept.read().seen.get(upstream.tracking, "") if kept is not None else ""
        if not seen or not merging.knows(seen):  # the vault may be another clone by now
            seen = merging.fork_point(upstream.tracking, ours)
        if seen in ("", upstream.tip) or merging.is_ancestor(seen, upstream.tip):
            return False
        had = merging.bases(seen, ours)
        return any(not merging.is_ancestor(commit, upstream.tip) for commit in had)

    def _look(self, git: Git, remote: Remote) -> Synced:
        """What would come and go, as far as it is committed."""
        upstream, ours = remote.upstream(), git.history.head() or ""
        if isinstance(upstream, Waiting):
            return Synced(waiting=upstream)
        found = Synced(remote=upstream.remote)
        if not upstream.tip or ours == upstream.tip:
            return msgspec.structs.replace(found, went=git.merging.count(upstream.tip, ours) if ours else 0)
        target = self._target(git, remote, ours, upstream, SyncOrder())
        if isinstance(target, Waiting):
            return msgspec.structs.replace(found, waiting=target)
        new, together = target
        prefix = git.repository.prefix
        return msgspec.structs.replace(
            found,
            came=tuple(self._names(git, ours, new)),
            merged=tuple(sorted(name.removeprefix(prefix) for name in together.merged)),
            conflicts=tuple(sorted(n.removeprefix(prefix) for n in together.merged.values() if n)),
            renamed=_two_names(together, prefix),
            went=git.merging.count(upstream.tip, ours) if ours else 0,
        )

    def _names(self, git: Git, old: str, new: str) -> list[str]:
        """The vault's files that differ between two commits or trees."""
        prefix = git.repository.prefix
        return [change.name.removeprefix(prefix) for change in git.merging.changed(old, new)]

    def _with_left(self, found: Synced) -> Synced:
        others = self._ports.disk.scan(None).others
        left = tuple(path for path in others if conflict_of(path) is not None)
        return msgspec.structs.replace(found, left=left)


def _both(first: Synced, second: Synced) -> Synced:
    """Two attempts of one sync as one."""
    told = [p for p in first.problems if second.fixed is None or p.rule == "sync"]
    return msgspec.structs.replace(
        second,
        came=tuple(sorted({*first.came, *second.came})),
        merged=tuple(sorted({*first.merged, *second.merged})),
        conflicts=tuple(sorted({*first.conflicts, *second.conflicts})),
        renamed=tuple(sorted({*first.renamed, *second.renamed})),
        commits=(*first.commits, *second.commits),
        fixed=second.fixed or first.fixed,
        problems=tuple(dict.fromkeys((*told, *second.problems))),
    )


def _two_names(together: Together, prefix: str) -> tuple[TwoNames, ...]:
    pairs = together.renamed.items()
    return tuple(sorted(TwoNames(*(name.removeprefix(prefix) for name in pair)) for pair in pairs))


def _told(problem: Problem, what: str = "") -> Problem:
    """What is told of a file that stays as it is."""
    message = f"{what}{problem.path}: {problem.message}"
    return Problem(problem.path, problem.line, problem.col, "sync", message, problem.hint)


def _in_work(paths: Mapping[str, bool]) -> Waiting:
    """Why a merge waits for these, of which each is staged in part or else being edited."""
    names = list(paths)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    states = [
        state for state, told in (("being edited", False), ("staged in part", True)) if told in paths.values()
    ]
    return Waiting(
        "unsettled",
        f"{', '.join(names[:3])}{more} changed at the remote, and here it is {' or '.join(states)}",
        "commit it or unstage it, then sync again"
        if any(paths.values())
        else "it is merged once the edits here are finished",
    )


def _rewritten(upstream: Upstream) -> Waiting:
    there = upstream.tracking.removeprefix("refs/remotes/")
    return Waiting(
        "rewritten",
        f"the history of {upstream.remote} was rewritten: commits that are here were dropped there",
        f"if that was right, take it over: `git reset --keep {there}`; "
        "if what is here is right, bring it back: `vaultsync sync --rejoin`",
    )


def _unrelated(upstream: Upstream) -> Waiting:
    return Waiting(
        "unrelated",
        f"the vault here and the one at {upstream.remote} have no commit in common",
        "clone the remote into a new folder, and copy there what only this vault has (docs/sync.md)",
    )


def _shallow() -> Waiting:
    return Waiting(
        "shallow",
        "only a part of the history is here, too little for a merge",
        "get the whole: `git fetch --unshallow`",
    )
