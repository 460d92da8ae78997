"""Spread work that only computes over the machine's processors, by forking.

A child has all that its parent has read, without a copy, and so needs no input but, say, the names of its
notes. It sends what it found bit by bit, so that the parent takes over one part while the next ones are
worked on, and what it made on the way goes with it: a parent that only keeps results stays small. `spread`
shares many notes out, `ahead` makes what comes in an order while its taker is busy with what came before.
Only a process with a single thread on Linux forks; elsewhere the work is done in turn.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MOST = 8
"""Children at the most: the parent alone takes over what they find, which bounds the gain."""

PART = 100
"""Names whose results are sent together, about: enough to be no burden, few enough to keep all busy, and to
tell at least twice a second how far the work has come."""

FIRST = 10
"""Names that are worked on before the children start, from all over the names: neighbours are of one kind."""

ONE_IN = 20
"""Of fewer names one in so many is worked on first: nobody else works meanwhile."""

ROOM = 1 << 20
"""Bytes that wait in a child's pipe: what Linux grants anybody (pipe(7))."""

AHEAD = 2_000_000
"""Bytes of values that are made ahead, about: more notes than an import writes between two syncs."""

_is_child = False

Work = Callable[[Sequence[str]], bytes]
Value = TypeVar("Value")

Meanwhile = Callable[[], object]
"""Done by the parent while its children are at work."""


def nothing() -> None:
    """The `Meanwhile` of a parent that only waits."""


def spread(work: Work, names: Sequence[str], meanwhile: Meanwhile = nothing) -> Generator[bytes, None, None]:
    """The results of `work` on parts of `names`, in the order in which they come.

    An exception in a child ends it; what it had left is then done here, where the exception is raised in the
    open. `meanwhile` is done here while children are at work, if there are any.
    """
    count = _processors()
    if count < 2:
        yield work(names)
        return
    from selectors import EVENT_READ, DefaultSelector  # milliseconds that only a large vault pays

    # What any of them needs (patterns, tables of words) is made here, once, and not by each child.
    step = max(len(names) // FIRST, min(len(names), ONE_IN), 1)
    yield work(names[::step])
    names = [name for at, name in enumerate(names) if at % step]
    # Neighbours are alike (one folder, one kind): dealing them out in turn makes equal parts.
    parts = max(count, len(names) // PART)
    with DefaultSelector() as children, uncollected():
        try:
            for first in range(count):
                share = deque[Sequence[str]](names[i::parts] for i in range(first, parts, count))
                child = _Child(map(work, share.copy()), share)
                children.register(child.pipe, EVENT_READ, child)
            meanwhile()
            while children.get_map():
                for key, _ in children.select():
                    child = key.data
                    try:
                        data = child.pipe.recv_bytes()
                    except (
                        EOFError,
                        OSError,
                    ):  # it has done its share, or it died
                        children.unregister(child.pipe)
                        child.end()
                        yield from map(work, child.share)
                    else:
                        child.share.popleft()
                        yield data
        finally:  # work failed, or nobody wants the rest: no child and no pipe stays behind
            for key in list(children.get_map().values()):
                key.data.end(at_once=True)


def ahead(make: Callable[[], Iterable[Value]]) -> Generator[Value, None, None]:
    """The values of `make()`, in their order, made by a child while those before them are at work here.

    `make` has to give the same each time: when the child dies, or an exception ends it, the rest is made
    here, where the exception is raised in the open. What it changes besides, it changes in the child alone.
    """
    if _processors() < 2:
        yield from make()
        return
    import pickle  # a millisecond that only a large import pays

    taken = 0
    child = _Child(_packed(make))
    try:
        while True:
            try:
                data = child.pipe.recv_bytes()
            except (EOFError, OSError):
                break
            if not data:
                return
            part: list[Value] = pickle.loads(data)  # noqa: S301  what our own child has packed
            taken += len(part)
            yield from part
    finally:
        child.end(at_once=True)
    yield from islice(make(), taken, None)


def _packed(make: Callable[[], Iterable[object]]) -> Iterator[bytes]:
    """The values of `make()` in parts, and nothing after the last one."""
    import pickle

    rest, count = iter(make()), 10
    while part := list(islice(rest, count)):
        data = pickle.dumps(part, pickle.HIGHEST_PROTOCOL)
        yield data
        count = max(1, min(10 * count, count * AHEAD // len(data)))
    yield b""


def _processors() -> int:
    """How many processes can be at work at once: one, where it wouldn't do to fork, or in a child."""
    if sys.platform != "linux" or _is_child or threading.active_count() > 1:
        return 1
    return min(MOST, len(os.sched_getaffinity(0)))


class _Child:
    """A child that sends `messages`: the pipe on which they come, and the parts that it has not sent yet."""

    def __init__(self, messages: Iterable[bytes], share: deque[Sequence[str]] | None = None) -> None:
        from multiprocessing.connection import Pipe

        self.pipe, sender = Pipe(duplex=False)
        _widen(self.pipe)
        self.share = share if share is not None else deque()
        self._pid = _started(messages, sender, self.pipe)
        sender.close()

    def end(self, *, at_once: bool = False) -> None:
        """Wait for its end, or bring it about."""
        self.pipe.close()
        if at_once:
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _widen(pipe: Connection) -> None:
    """Let a child go on while its parent does something else: a part of 100 notes fills three usual pipes."""
    import fcntl  # which Windows lacks, where nothing forks

    with suppress(OSError):  # the system grants no more
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, ROOM)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cyclic garbage meanwhile, for work that makes many values and no cycles to speak of.

    Each search looks at what is there, which grows with the vault: a tenth of the time of a first look. In a
    child it would also copy the pages that are only looked at. What was made meanwhile counts as old after,
    so that the next search for what is new leaves it out: that took 45 ms at 10,000 notes, at once.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.unfreeze()  # all there is counts as old now, none of which was gone through
            gc.enable()


def _started(messages: Iterable[bytes], sender: Connection, receiver: Connection) -> int:
    """A child that sends `messages`, which it makes one by one; gives its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    global _is_child
    _is_child = True
    status = 1
    try:
        receiver.close()  # or it would not notice, while it sends, that its parent is gone
        for message in messages:
            sender.send_bytes(message)
        status = 0
    finally:
        os._exit(status)  # nothing of the parent's may run here: no buffers, no handlers
