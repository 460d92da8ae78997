"""A command line run on a terminal of its own: what a person sees on the screen."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def on_a_terminal(
    *args: str, cwd: Path, answer: bytes = b"", without: tuple[str, ...] = (), **environ: str
) -> tuple[int, str]:
    """Run a command line on a terminal of its own, without a pager; gives the exit code and the screen."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "GIT_PAGER": "cat", **environ}
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "vaultsync", *args],
        cwd=cwd,
        env={name: value for name, value in variables.items() if name not in without},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    os.write(ours, answer)
    shown = b""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says EIO when the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return child.wait(timeout=20), shown.decode()


def without_bar(shown: str) -> str:
    """What a terminal was shown once the bar of a slow run, on a busy machine of any, was taken away."""
    return shown.rpartition("\x1b[1A\x1b[2K")[2]
