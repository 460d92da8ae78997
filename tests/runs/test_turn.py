"""One turn at the vault: what goes before the work of a run, and what ends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from doubles import MemoryDisk
from gitrepo import Repo, git_env, repo

from vaultsync.core.config.settings import GitSection
from vaultsync.core.note import digest_of
from vaultsync.git.process import GitFailed
from vaultsync.git.repository import Git, GitTimedOut, HookFailed, LockHeld
from vaultsync.runs.commits import RETRIED, refusal
from vaultsync.runs.ports import Ports
from vaultsync.runs.turn import turn_at
from vaultsync.vault.consent import Consent
from vaultsync.vault.journal import Journal, Run, WrittenFile

__all__ = ["git_env", "repo"]


class Told(list[str]):
    """What happened, in its order."""

    @contextmanager
    def lock(self) -> Iterator[None]:
        self.append("locked")
        yield
        self.append("unlocked")


def ports(repo: Repo, told: Told, folder: Path) -> Ports:
    def opened() -> Git:
        told.append("opened")
        return Git.open(repo.path)

    disk = MemoryDisk({path.name: path.read_bytes() for path in repo.path.glob("*.md")})
    return Ports(repo.path, disk, opened, told.lock, Journal(repo.path, folder), Consent(repo.path))


def test_the_decisions_are_read_under_the_lock_and_before_git_is_asked(repo: Repo, tmp_path: Path) -> None:
    repo.save("first", Note__md="text\n")
    told = Told()
    with turn_at(
        ports(repo, told, tmp_path / "state"), GitSection(), reload=lambda: told.append("reloaded")
    ) as turn:
        assert turn.ready
        told.append("worked")
    assert told == ["locked", "reloaded", "opened", "worked", "unlocked"]


def test_a_turn_without_git_opens_no_repository_and_commits_nothing(repo: Repo, tmp_path: Path) -> None:
    told = Told()
    with turn_at(ports(repo, told, tmp_path / "state"), GitSection(), commit=False) as turn:
        assert turn.git is None
        assert turn.commits.run(Run(())) == ""
    assert "opened" not in told
    assert turn.made == ()


def test_a_merge_under_way_is_waited_for_and_what_was_left_stays_in_the_journal(
    repo: Repo, tmp_path: Path
) -> None:
    repo.save("first", Note__md="text\n")
    mine = ports(repo, Told(), tmp_path / "state")
    left = Run((WrittenFile("Note.md", b"", digest_of(b"text\n")),))
    mine.journal.write([left])
    (repo.path / ".git" / "MERGE_HEAD").write_text(repo.head + "\n")
    with turn_at(mine, GitSection()) as turn:
        assert turn.waiting is not None
        assert turn.waiting.state == "merge"
    assert mine.journal.read() == (left,)


def test_what_an_earlier_run_left_is_committed_before_the_work_begins(repo: Repo, tmp_path: Path) -> None:
    repo.save("first", Note__md="text\n")
    mine = ports(repo, Told(), tmp_path / "state")
    repo.write("Note.md", "by a run\n")
    disk = MemoryDisk({"Note.md": b"by a run\n"})
    mine = Ports(repo.path, disk, mine.repository, mine.lock, mine.journal, mine.consent)
    left = Run((WrittenFile("Note.md", digest_of(b"text\n"), digest_of(b"by a run\n")),), repo.head)
    mine.journal.write([left])
    with turn_at(mine, GitSection()) as turn:
        assert [made.run for made in turn.made] == [left.id]
        assert repo.content("Note.md", "HEAD") == "by a run\n"
    assert mine.journal.read() == ()


@pytest.mark.parametrize("kind", RETRIED)
def test_a_refusal_that_may_pass_ends_the_work_and_is_what_the_turn_waits_for(
    repo: Repo, tmp_path: Path, kind: type[GitFailed]
) -> None:
    class Special(kind):  # type: ignore[misc,valid-type]  # a refusal of a kind of its own is one of its kind
        pass

    with turn_at(ports(repo, Told(), tmp_path / "state"), GitSection()) as turn:
        raise Special("not now", "later", output=" said\n")
    assert turn.waiting is not None
    assert (turn.waiting.message, turn.waiting.hint, turn.waiting.output) == ("not now", "later", "said")


def test_a_failure_that_will_not_pass_is_no_reason_to_wait(repo: Repo, tmp_path: Path) -> None:
    with turn_at(ports(repo, Told(), tmp_path / "state"), GitSection()) as turn:
        pass
    with pytest.raises(GitFailed, match="broken"), turn.waits_if_refused():
        raise GitFailed("broken")
    assert turn.ready


def test_each_kind_of_refusal_has_a_state_of_its_own() -> None:
    assert [refusal(kind("x")).state for kind in (HookFailed, LockHeld, GitTimedOut)] == [
        "hook",
        "lock",
        "slow",
    ]
