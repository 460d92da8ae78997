"""The vault's lock: one run at a time, also beside real processes, and it says who holds it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from vaultsync.core.errors import VaultError
from vaultsync.vault.lock import VaultBusy, VaultLock

REPO = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from vaultsync.vault.lock import VaultLock
with VaultLock(Path(sys.argv[1]), Path(sys.argv[2])).held(10):
    print("held", flush=True)
    sys.stdin.readline()
"""


def hold(root: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Another process that holds the lock until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPO,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_second_run_is_told_who_holds_the_vault(tmp_path: Path) -> None:
    lock = VaultLock(tmp_path / "vault", tmp_path / "locks")
    with hold(tmp_path / "vault", tmp_path / "locks") as other:
        with pytest.raises(VaultBusy, match=f"process {other.pid}") as caught, lock.held(0):
            pass
        assert caught.value.holder is not None
        assert caught.value.holder.pid == other.pid
        other.communicate(b"\n", timeout=10)
    with lock.held(0):
        holder = lock.holder()
        assert holder is not None
        assert holder.pid == os.getpid()
    assert lock.holder() is None


def test_a_run_waits_for_its_turn(tmp_path: Path) -> None:
    with hold(tmp_path / "vault", tmp_path / "locks") as other:
        assert other.stdin is not None
        other.stdin.close()
        with VaultLock(tmp_path / "vault", tmp_path / "locks").held(10):
            pass
        other.wait(timeout=10)


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    lock = VaultLock(tmp_path / "vault", tmp_path / "locks")
    with hold(tmp_path / "vault", tmp_path / "locks") as other:
        other.kill()
        other.wait(timeout=10)
        assert lock.holder() is None
        with lock.held(5):
            pass


def test_a_vault_by_another_path_has_the_same_lock_and_another_vault_its_own(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "link").symlink_to("vault")
    with VaultLock(tmp_path / "vault", tmp_path / "locks").held(0):
        with pytest.raises(VaultBusy), VaultLock(tmp_path / "link", tmp_path / "locks").held(0):
            pass
        with VaultLock(tmp_path / "other", tmp_path / "locks").held(0):
            pass


def test_a_time_out_is_kept(tmp_path: Path) -> None:
    lock = VaultLock(tmp_path / "vault", tmp_path / "locks")
    with lock.held(0):
        began = time.monotonic()
        with pytest.raises(VaultBusy), VaultLock(tmp_path / "vault", tmp_path / "locks").held(0.1):
            pass
        assert 0.05 < time.monotonic() - began < 5


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    lock = VaultLock(tmp_path / "vault", tmp_path / "locks")
    with pytest.raises(ZeroDivisionError), lock.held(0):
        raise ZeroDivisionError
    with lock.held(0):
        pass


def test_nothing_is_put_into_the_vault(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    with VaultLock(tmp_path / "vault", tmp_path / "locks").held(0):
        assert list((tmp_path / "vault").iterdir()) == []


def test_a_state_folder_that_can_not_be_made_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "locks").write_bytes(b"")
    with (
        pytest.raises(VaultError, match="can't be used"),
        VaultLock(tmp_path / "vault", tmp_path / "locks").held(0),
    ):
        pass


def test_asking_who_holds_it_makes_no_file(tmp_path: Path) -> None:
    assert not VaultLock(tmp_path / "vault", tmp_path / "state").is_held()
    assert not (tmp_path / "state").exists()


def test_who_holds_it_is_told_where_nothing_can_be_written(tmp_path: Path, mocker: MockerFixture) -> None:
    lock = VaultLock(tmp_path / "vault", tmp_path / "state")
    with lock.held(0):
        assert lock.is_held()
        mocker.patch("filelock.FileLock.acquire", side_effect=OSError(errno.EROFS, "Read-only file system"))
        assert lock.is_held()
    assert not lock.is_held()
