"""One turn at the vault: all that a run does around its work.

    lock → what was decided meanwhile → preflight git → finish what an earlier run left → the run's own work

`fix`, `import`, `undo` and `sync` share it. A refusal by git that may be over in the next turn (a hook, a
lock, a time-out) ends the work, and is told as what the turn waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vaultsync.core.config.settings import GitSection
from vaultsync.core.history.changes import MadeCommit, Waiting
from vaultsync.git.repository import Git
from vaultsync.runs.commits import RETRIED, Commits, Uncommitted, refusal
from vaultsync.runs.ports import Ports


class Turn:
    """A run's turn, while it holds the lock. `git` is `None` where the run leaves git out.

    `waiting` says why the work can't begin, or had to end.
    """

    def __init__(self, git: Git | None, commits: Commits | Uncommitted) -> None:
        self.git = git
        self.commits = commits
        self.waiting: Waiting | None = None

    @property
    def ready(self) -> bool:
        """Whether the work may begin, or go on."""
        return self.waiting is None

    @property
    def repository(self) -> Git:
        """The repository, for work that is nothing without one."""
        assert self.git is not None  # noqa: S101  who asks has not left git out
        return self.git

    @property
    def made(self) -> tuple[MadeCommit, ...]:
        """The commits of this turn so far."""
        return tuple(self.commits.made)

    @contextmanager
    def waits_if_refused(self) -> Iterator[None]:
        """End the `with` when git refuses something for now; `waiting` says then what it was."""
        try:
            yield
        except RETRIED as error:
            self.waiting = refusal(error)


@contextmanager
def turn_at(
    ports: Ports, settings: GitSection, *, commit: bool = True, reload: Callable[[], None] = lambda: None
) -> Iterator[Turn]:
    """Have a turn at the vault within the `with`, whose work is only to be done while it is `ready`.

    With `commit` off, git is left out. `reload` is called once the lock is held: what others wrote until then
    counts. A refusal that may pass ends the `with` early. Raises what `ports.lock` and `ports.repository`
    raise, and what the work does.
    """
    with ports.lock():
        reload()
        if commit:
            git = ports.repository()
            commits = Commits(git, ports.disk, settings, ports.journal)
            turn = Turn(git, commits)
            turn.waiting = git.preflight()
            if turn.ready:
                with turn.waits_if_refused():
                    turn.waiting = _finish_move(ports, git)
            if turn.ready:
                with turn.waits_if_refused():
                    commits.follow_case()
                    commits.finish_earlier_runs()
        else:
            turn = Turn(None, Uncommitted())
        with turn.waits_if_refused():
            yield turn


def _finish_move(ports: Ports, git: Git) -> Waiting | None:
    """Finish what a sync that was cut short had begun, if there is such a one."""
    if ports.sync_state is None or ports.sync_state.read().move is None:
        return None
    from vaultsync.runs.moving import finish_move  # with all of the merge, which hardly a run needs

    return finish_move(ports, git)
