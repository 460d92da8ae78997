"""The output boundary: whatever a command prints passes here, to a terminal and to a pipe alike.

What steers a terminal is spelled out (`core.text.shown`), but for the colours that `styled` puts in itself,
and but for a patch that goes into a file or a pipe: it has to be what it was, byte for byte, as git's is.
Both bear a mark that no file's name or content can know.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

import click

from vaultsync.core.text.shown import STEERING, shown

_MARK = f"\0{os.urandom(8).hex()}"
_OURS = re.compile(rf"{_MARK}(\x1b\[[0-9;]*m|=[0-9a-f]+;)?")


def coloured(text: str, **style: Any) -> str:
    """`text` in a style of `click.style`, which the boundary lets through."""
    before, _, after = click.style("\0", **style).partition("\0")
    return f"{_MARK}{before}{text}{_MARK}{after}"


def as_patch(text: str) -> str:
    """A patch for `git apply`, whose every sign the boundary lets through."""
    return STEERING.sub(lambda found: f"{_MARK}={ord(found[0]):x};", text)


def bare(text: str) -> str:
    """`text` without our colours: what takes up room on a terminal."""
    return _OURS.sub("", text)


@contextmanager
def guarded_output() -> Iterator[None]:
    """Let nothing but text and our own colours out of standard output and standard error."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", _Guarded(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def unguarded(stream: TextIO) -> TextIO:
    """The stream behind the boundary, for a progress bar, which moves the cursor and shows nobody's text."""
    return stream.stream if isinstance(stream, _Guarded) else stream


class _Guarded:
    """A text stream whose `write` shows what it is given."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        parts = _OURS.split(text)
        parts[::2] = map(shown, parts[::2])
        parts[1::2] = map(_meant, parts[1::2])
        self.stream.write("".join(parts))
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _meant(marked: str | None) -> str:
    if marked is None:
        return ""  # a colour that click took out
    return chr(int(marked[1:-1], 16)) if marked.startswith("=") else marked
