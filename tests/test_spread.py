"""Work that is spread over processes gives what work in turn gives, whatever happens to a child."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from vaultsync.spread import PART, spread

NAMES = [f"n{i}" for i in range(101)]


def lengths(names: Sequence[str]) -> bytes:
    return " ".join(names).encode()


def collected(parts: Sequence[bytes]) -> list[str]:
    return sorted(name for part in parts for name in part.decode().split())


@pytest.fixture(params=[1, 2, 5])
def processors(request: pytest.FixtureRequest, mocker: MockerFixture) -> int:
    mocker.patch("os.sched_getaffinity", return_value=set(range(request.param)))
    return int(request.param)


def test_every_name_is_worked_on_once(processors: int) -> None:
    parts = list(spread(lengths, NAMES))
    assert len(parts) == processors
    assert collected(parts) == sorted(NAMES)


def test_many_names_come_in_parts_of_bounded_size(processors: int) -> None:
    many = [f"n{i}" for i in range(3000)]
    parts = list(spread(lengths, many))
    assert len(parts) == (1 if processors == 1 else 3000 // PART)
    assert collected(parts) == sorted(many)


def test_a_child_that_dies_has_its_part_done_again(processors: int) -> None:
    parent = os.getpid()

    def deadly(names: Sequence[str]) -> bytes:
        if os.getpid() != parent:
            os._exit(7)
        return lengths(names)

    assert collected(list(spread(deadly, NAMES))) == sorted(NAMES)


def test_a_child_that_dies_in_a_message_has_what_it_did_not_send_done_again(mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    parent = os.getpid()
    many = [f"n{i}" for i in range(4 * PART)]

    def torn(names: Sequence[str]) -> bytes:
        if os.getpid() != parent and names[0] == many[3]:
            pipe = max(int(fd) for fd in os.listdir("/proc/self/fd") if is_pipe(fd))
            os.write(pipe, b"\x00\x00\x10\x00half")
            os._exit(7)
        return lengths(names)

    assert collected(list(spread(torn, many))) == sorted(many)


def is_pipe(fd: str) -> bool:
    try:
        return Path(f"/proc/self/fd/{fd}").readlink().name.startswith("pipe:")
    except FileNotFoundError:  # the one that listed them
        return False


def test_an_exception_is_raised_in_the_open(processors: int) -> None:
    def failing(names: Sequence[str]) -> bytes:
        raise ValueError(names[0])

    with pytest.raises(ValueError, match=r"n\d"):
        list(spread(failing, NAMES))


def test_a_result_larger_than_a_pipe_comes_whole(processors: int) -> None:
    assert (
        sum(len(part) for part in spread(lambda names: b"x" * 300_000 * len(names), NAMES[:10])) == 3_000_000
    )


def test_a_process_with_threads_does_not_fork(mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    fork = mocker.patch("os.fork")
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert list(spread(lengths, NAMES)) == [lengths(NAMES)]
    finally:
        stop.set()
        thread.join()
    fork.assert_not_called()


@pytest.mark.parametrize("failing", [False, True])
def test_work_that_is_broken_off_leaves_no_child_and_no_pipe(failing: bool, mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1, 2})
    forked = mocker.spy(os, "fork")

    def work(names: Sequence[str]) -> bytes:
        if failing and NAMES[0] in names:
            raise ValueError("stopped")
        return b"x" * 300_000  # more than a pipe holds: the child waits for a reader

    before = len(os.listdir("/proc/self/fd"))
    results = spread(work, NAMES)
    if failing:
        with pytest.raises(ValueError, match="stopped"):
            list(results)
    else:
        next(results)
        results.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert forked.call_count == 3
    with pytest.raises(ChildProcessError):  # the spy keeps the last child's id
        os.waitpid(forked.spy_return, os.WNOHANG)
