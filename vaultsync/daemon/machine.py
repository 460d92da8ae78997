"""What the daemon asks of the machine itself: its clocks, whether a folder is still the same, memory.

Small questions with an answer for each system, kept apart from the loop that asks them.
"""

from __future__ import annotations

import gc
import stat
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

SLEPT = 5.0
"""Seconds by which `clock_offset` changes only when the machine slept, or a clock was set."""


def time_in(seconds: float = 0.0) -> str:
    """The time in so many seconds, as ISO 8601."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def clock_offset() -> float:
    """How far the clock that counts a machine's sleep is ahead of the one that doesn't."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
    return time.time() - time.monotonic()


def identity_of(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another of its name, as a mount point without its disk is; None: no folder."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else None


def give_memory_back() -> None:
    """Return to the system what a whole scan took for the notes' texts, which the index doesn't keep."""
    gc.collect()
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl has not
        if trim is not None:
            trim(0)
