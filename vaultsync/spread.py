"""Spread work that only computes over the machine's processors, by forking; the results come back as bytes.

A child has all that its parent has read, without a copy, and so needs no input but the names of its notes. It
sends what it found bit by bit, so that the parent takes over one part while the next ones are worked on, and
what it made on the way goes with it: a parent that only keeps results stays small. Only a process with a
single thread on Linux forks; elsewhere the work is done in turn.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MOST = 8
"""Children at the most: the parent alone takes over what they find, which bounds the gain."""

PART = 250
"""Names whose results are sent together, about: enough to be no burden, few enough to keep all busy."""

Work = Callable[[Sequence[str]], bytes]


def spread(work: Work, names: Sequence[str]) -> Generator[bytes, None, None]:
    """The results of `work` on parts of `names`, in the order in which they come.

    An exception in a child ends it; what it had left is then done here, where the exception is raised in the
    open.
    """
    count = min(MOST, len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1)
    if count < 2 or threading.active_count() > 1:
        yield work(names)
        return
    from multiprocessing.connection import Pipe  # milliseconds that only a large vault pays
    from selectors import EVENT_READ, DefaultSelector

    # Neighbours are alike (one folder, one kind): dealing them out in turn makes equal parts.
    parts = max(count, len(names) // PART)
    with DefaultSelector() as children, uncollected():
        try:
            for first in range(count):
                share = deque(names[i::parts] for i in range(first, parts, count))
                receiver, sender = Pipe(duplex=False)
                pid = _started(work, share, sender)
                sender.close()
                children.register(receiver, EVENT_READ, _Child(pid, receiver, share))
            while children.get_map():
                for key, _ in children.select():
                    child: _Child = key.data
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
                os.kill(key.data.pid, signal.SIGKILL)
                key.data.end()


class _Child:
    """A child at work: the pipe on which its results come, and the parts that it has not sent yet."""

    def __init__(self, pid: int, pipe: Connection, share: deque[Sequence[str]]) -> None:
        self.pid, self.pipe, self.share = pid, pipe, share

    def end(self) -> None:
        self.pipe.close()
        os.waitpid(self.pid, 0)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cyclic garbage meanwhile, for work that makes many values and no cycles to speak of.

    Each search looks at what is there, which grows with the vault: a tenth of the time of a first look. In a
    child it would also copy the pages that are only looked at.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _started(work: Work, share: Sequence[Sequence[str]], sender: Connection) -> int:
    """A child that sends the results of `work` on each part of `share`; gives its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        for part in share:
            sender.send_bytes(work(part))
        status = 0
    finally:
        os._exit(status)  # nothing of the parent's may run here: no buffers, no handlers
