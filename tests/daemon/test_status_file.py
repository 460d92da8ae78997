"""The daemon's status is true also while its folder takes no new file: a full disk, or a full quota."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from vaultsync.daemon.status import Pending, Place, Status, WatchState
from vaultsync.vault.places import vault_key


def status(root: Path, state: str, *, pending: int = 0) -> Status:
    waiting = tuple(Pending(f"Notes/number {number}.md", "", held=False) for number in range(pending))
    return Status(
        vault=str(root), pid=os.getpid(), version="1", state=state, started="",
        watch=WatchState("polling", "", 0, 0, 0),
        quiet=1.0, max_wait=2.0, notes=3, pending=waiting, pending_count=pending, last_run=None, problems=(),
        problem_count=0, waiting=None, degraded=(), log="",
    )  # fmt: skip


def without_room(root: Path, state: Path) -> None:
    """Let nothing be made under the name that a new status file would have at first."""
    (state / "daemon" / f"{vault_key(root)}.status.{os.getpid()}.tmp").mkdir(parents=True)


def test_without_room_for_a_new_file_the_status_is_written_over_the_last_one(tmp_path: Path) -> None:
    root, place = tmp_path / "vault", Place(tmp_path / "vault", tmp_path / "state")
    with place.claimed():
        place.publish(status(root, "working", pending=3))
        without_room(root, tmp_path / "state")
        place.publish(status(root, "idle"))
        told = place.running()
    assert told is not None
    assert (told.state, told.pending) == ("idle", ())


def test_what_takes_more_room_than_the_last_status_had_leaves_that_whole(tmp_path: Path) -> None:
    root, place = tmp_path / "vault", Place(tmp_path / "vault", tmp_path / "state")
    with place.claimed():
        place.publish(status(root, "working"))
        without_room(root, tmp_path / "state")
        place.publish(status(root, "idle", pending=5000))
    told = place.last_status()
    assert told is not None
    assert msgspec.structs.replace(told, state="working") == status(root, "working")
