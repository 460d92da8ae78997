"""Work that is spread over processes gives what work in turn gives, whatever happens to a child."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from vaultsync.vault.parallel import FIRST, PART, ahead, spread, uncollected

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
    assert len(parts) == (1 if processors == 1 else 1 + processors)
    assert collected(parts) == sorted(NAMES)


def test_what_all_need_is_made_before_there_are_children(mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    made: list[int] = []

    def work(names: Sequence[str]) -> bytes:
        made.append(os.getpid())
        return str(len(set(made))).encode()

    first, *parts = spread(work, NAMES)
    assert first == b"1"
    assert parts == [b"2", b"2"], "each child has what its parent made, and nothing of the other child's"


def test_many_names_come_in_parts_of_bounded_size(processors: int) -> None:
    many = [f"n{i}" for i in range(3000)]
    parts = list(spread(lengths, many))
    assert len(parts) == (1 if processors == 1 else 1 + (3000 - FIRST) // PART)
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
        if NAMES[1] in names:  # none of the first, which are worked on before there is a child
            raise ValueError(names[0])
        return b""

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


def test_of_few_names_few_are_worked_on_before_there_are_children(processors: int) -> None:
    first, *others = map(len, map(bytes.split, spread(lengths, NAMES[:50])))
    assert processors == 1 or (first, len(others)) == (3, processors)


def test_the_parent_does_something_else_while_its_children_are_at_work(mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    gate, opened = os.pipe()
    parent = os.getpid()

    def work(names: Sequence[str]) -> bytes:
        if os.getpid() != parent:
            os.read(gate, 1)  # there is nothing to read before `meanwhile`
        return lengths(names)

    parts = list(spread(work, NAMES, lambda: os.write(opened, b"..")))
    assert collected(parts) == sorted(NAMES)
    os.close(gate)
    os.close(opened)


def test_what_was_made_meanwhile_is_not_searched_for_cycles_at_once() -> None:
    searched: list[int] = []

    def search(phase: str, info: dict[str, int]) -> None:
        searched.append(info["generation"])

    gc.collect()
    gc.callbacks.append(search)
    try:
        with uncollected():
            kept = [[n] for n in range(2 * gc.get_threshold()[0])]
        more = [[n] for n in range(10)]
    finally:
        gc.callbacks.remove(search)
    assert (searched, len(kept) > len(more)) == ([], True)
    assert gc.get_freeze_count() == 0, "later searches go through it"


def test_who_works_alone_does_nothing_meanwhile(mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0})
    meanwhile = mocker.stub()
    assert list(spread(lengths, NAMES, meanwhile)) == [lengths(NAMES)]
    meanwhile.assert_not_called()


@pytest.mark.parametrize("failing", [False, True])
def test_work_that_is_broken_off_leaves_no_child_and_no_pipe(failing: bool, mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1, 2})
    forked = mocker.spy(os, "fork")

    def work(names: Sequence[str]) -> bytes:
        if failing and NAMES[1] in names:
            raise ValueError("stopped")
        return b"x" * 3_000_000  # more than a pipe holds: the child waits for a reader

    before = len(os.listdir("/proc/self/fd"))
    results = spread(work, NAMES)
    if failing:
        with pytest.raises(ValueError, match="stopped"):
            list(results)
    else:
        next(results)
        assert forked.call_count == 0
        next(results)
        results.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert forked.call_count == 3
    with pytest.raises(ChildProcessError):  # the spy keeps the last child's id
        os.waitpid(forked.spy_return, os.WNOHANG)


def numbers(count: int) -> Iterator[tuple[int, str]]:
    return ((i, "x" * (i % 1000)) for i in range(count))


def test_what_is_made_ahead_comes_in_its_order(processors: int) -> None:
    assert list(ahead(lambda: numbers(20_000))) == list(numbers(20_000))
    assert list(ahead(lambda: numbers(1))) == list(numbers(1))
    assert not list(ahead(lambda: numbers(0)))


def test_what_is_made_ahead_is_made_by_a_child(mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    parent = os.getpid()
    (made,) = ahead(lambda: [os.getpid()])
    assert made != parent


@pytest.mark.parametrize("after", [0, 5, 10, 5_000])
def test_what_a_dead_child_had_not_sent_is_made_here(after: int, processors: int) -> None:
    parent = os.getpid()

    def deadly() -> Iterator[tuple[int, str]]:
        for i, text in numbers(10_000):
            if i == after and os.getpid() != parent:
                os._exit(7)
            yield i, text

    assert list(ahead(deadly)) == list(numbers(10_000))


def test_an_exception_comes_after_all_that_was_made_before_it(processors: int) -> None:
    def failing() -> Iterator[int]:
        yield from range(777)
        raise ValueError("stopped")

    made = ahead(failing)
    assert [next(made) for _ in range(777)] == list(range(777))
    with pytest.raises(ValueError, match="stopped"):
        next(made)


def test_a_child_does_all_its_work_itself(mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1})

    def within() -> Iterator[tuple[int, int]]:
        own = os.getpid()
        return ((own, inner) for inner in ahead(lambda: [os.getpid()]))

    ((child, grandchild),) = ahead(within)
    assert child == grandchild != os.getpid()


def test_values_that_nobody_wants_leave_no_child_and_no_pipe(mocker: MockerFixture) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    forked = mocker.spy(os, "fork")
    before = len(os.listdir("/proc/self/fd"))
    made = ahead(lambda: numbers(1_000_000))
    next(made)
    made.close()
    assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(forked.spy_return, os.WNOHANG)


ENDLESS = """
import itertools, os
from vaultsync.vault.parallel import ahead, spread
os.sched_getaffinity = lambda _: {0, 1, 2}
made = MADE
next(made), next(made)  # what is made before there are children, and what they make
print(*open(f"/proc/self/task/{os.getpid()}/children").read().split(), flush=True)
input()
"""


@pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="children are listed by Linux alone"
)
@pytest.mark.parametrize(
    "made",
    [
        "ahead(lambda: itertools.repeat('x' * 1000))",
        "spread(lambda names: b'x' * 300_000, [str(i) for i in range(10_000)])",
    ],
)
def test_children_end_when_their_parent_is_killed(made: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS.replace("MADE", made)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert children
    deadline = time.monotonic() + 10
    while any(map(lives, children)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether a process is at work; one that ended may stay listed until somebody asks for its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
