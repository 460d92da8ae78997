"""An end for what never ends: an alarm of the processor's time, which a busy machine doesn't ring sooner."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class OutOfPatience(AssertionError):
    """Raised where something is still at it."""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Let what is done within take so many seconds of the processor; raises `OutOfPatience` then."""

    def out_of_it(number: int, frame: object) -> None:
        raise OutOfPatience(f"not done after {seconds:g} CPU seconds")

    before = signal.signal(signal.SIGVTALRM, out_of_it)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
