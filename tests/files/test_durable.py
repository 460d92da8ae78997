"""What was written outlasts a power cut: `vaultsync.files.sync_to_disk`, and how the disk uses it."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from vaultsync.core.errors import Problem
from vaultsync.files import sync_to_disk as durable
from vaultsync.files import system_calls as kernel
from vaultsync.files.disk import RealDisk, Rewrite, Written

MANY = durable.FEW + 3


def new_notes(count: int, folder: str = "") -> list[Rewrite]:
    return [Rewrite(f"{folder}{number}.md", None, b"x\n") for number in range(count)]


def temporary(files: set[str]) -> set[str]:
    return {name for name in files if name.startswith(".vaultsync-")}


def test_many_files_take_one_sync_of_their_file_system_before_the_first_gets_its_name(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    seen: list[set[str]] = []
    mocker.patch(
        "vaultsync.files.sync_to_disk.sync_file_system", lambda folder: seen.append(set(os.listdir(folder)))
    )
    alone = mocker.patch("vaultsync.files.sync_to_disk.os.fsync")
    outcomes = [outcome for _, outcome in RealDisk(tmp_path).write_many(new_notes(MANY))]
    assert all(isinstance(outcome, Written) for outcome in outcomes)
    assert [len(temporary(names)) for names in seen] == [MANY]
    assert not any(name.endswith(".md") for name in seen[0])
    assert alone.call_count == 0
    assert set(os.listdir(tmp_path)) == {f"{number}.md" for number in range(MANY)}


@pytest.mark.parametrize("error", [kernel.Unsupported(), OSError(errno.EIO, "Input/output error")])
def test_where_the_file_system_cannot_be_synced_as_a_whole_each_file_is(
    tmp_path: Path, mocker: MockerFixture, error: Exception
) -> None:
    mocker.patch("vaultsync.files.sync_to_disk.sync_file_system", side_effect=error)
    alone = mocker.patch("vaultsync.files.sync_to_disk.os.fsync")
    outcomes = [outcome for _, outcome in RealDisk(tmp_path).write_many(new_notes(MANY))]
    assert all(isinstance(outcome, Written) for outcome in outcomes)
    assert alone.call_count == MANY


def test_a_few_files_never_wait_for_the_rest_of_the_file_system(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    whole = mocker.patch("vaultsync.files.sync_to_disk.sync_file_system")
    alone = mocker.patch("vaultsync.files.sync_to_disk.os.fsync")
    assert len(list(RealDisk(tmp_path).write_many(new_notes(durable.FEW)))) == durable.FEW
    assert (whole.call_count, alone.call_count) == (0, durable.FEW)


def test_a_file_that_cannot_be_synced_is_a_problem_and_the_others_are_written(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    real, calls = os.fsync, iter(range(100))

    def third_fails(fd: int) -> None:
        if next(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        real(fd)

    mocker.patch("vaultsync.files.sync_to_disk.os.fsync", third_fails)
    outcomes = dict(RealDisk(tmp_path).write_many(new_notes(6)))
    failed = [rewrite.path for rewrite, outcome in outcomes.items() if isinstance(outcome, Problem)]
    assert len(failed) == 1
    assert set(os.listdir(tmp_path)) == {rewrite.path for rewrite in outcomes} - set(failed)


def test_the_folders_that_were_made_are_synced_with_those_that_hold_them(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    synced: list[Path] = []
    mocker.patch(
        "vaultsync.files.disk.sync_folders",
        side_effect=lambda folders: synced.extend(folder.resolve() for folder in folders),
    )
    disk = RealDisk(tmp_path)
    assert isinstance(disk.write("a/b/c.md", None, b"x\n"), Written)
    disk.sync()
    assert sorted(synced) == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has syncfs")
def test_a_file_system_that_is_not_known_to_wait_is_not_trusted(tmp_path: Path) -> None:
    with pytest.raises(kernel.Unsupported):
        kernel.sync_file_system(Path("/proc"))
    with pytest.raises(FileNotFoundError):
        kernel.sync_file_system(tmp_path / "gone")
