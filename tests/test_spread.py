"""Work that is spread over processes gives what work in turn gives, whatever happens to a child."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import pytest
from pytest_mock import MockerFixture

from vaultsync.spread import spread

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


def test_a_child_that_dies_has_its_part_done_again(processors: int) -> None:
    parent = os.getpid()

    def deadly(names: Sequence[str]) -> bytes:
        if os.getpid() != parent:
            os._exit(7)
        return lengths(names)

    assert collected(list(spread(deadly, NAMES))) == sorted(NAMES)


def test_an_exception_is_raised_in_the_open(processors: int) -> None:
    def failing(names: Sequence[str]) -> bytes:
        raise ValueError(names[0])

    with pytest.raises(ValueError, match="n0"):
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


def test_a_failure_of_our_own_part_leaves_no_child_and_no_pipe(
    processors: int, mocker: MockerFixture
) -> None:
    parent, forked = os.getpid(), mocker.spy(os, "fork")

    def failing(names: Sequence[str]) -> bytes:
        if os.getpid() == parent:
            raise ValueError("stopped")
        return b"x" * 300_000  # more than a pipe holds: the child waits for a reader

    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ValueError, match="stopped"):
        list(spread(failing, NAMES))
    assert len(os.listdir("/proc/self/fd")) == before
    assert forked.call_count == processors - 1
    if processors > 1:  # the spy keeps the last child's id
        with pytest.raises(ChildProcessError):
            os.waitpid(forked.spy_return, os.WNOHANG)
