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


def open_closed_streams() -> None:
    """Let standard streams that are closed (`<&-`) lead nowhere, as git does.

    Python has None for them, and a file that is opened next would take the number of one.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        os.set_inheritable(number, True)
        mode = "w" if number else "r"
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  as they are


def refused_output() -> OSError | None:
    """Why standard output could not take all that was printed, on a full disk say; None if it took it."""
    return sys.stdout.refused if isinstance(sys.stdout, _Guarded) else None


@contextmanager
def readers_end_it() -> Iterator[None]:
    """Within, a reader who has seen enough ends the `with`; what was not read yet is dropped."""
    stream = sys.stdout
    if not isinstance(stream, _Guarded):
        yield
        return
    stream.reader_ends_it = True
    try:
        yield
        stream.flush()
    except BrokenPipeError:
        stream.drop()
    finally:
        stream.reader_ends_it = False


def unguarded(stream: TextIO) -> TextIO:
    """The stream behind the boundary, for a progress bar, which moves the cursor and shows nobody's text."""
    return stream.stream if isinstance(stream, _Guarded) else stream


class _Guarded:
    """A text stream whose `write` shows what it is given."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.reader_ends_it = False  # a pager's reader, who only wanted to look
        self.refused: OSError | None = None

    def write(self, text: str) -> int:
        parts = _OURS.split(text)
        parts[::2] = map(shown, parts[::2])
        parts[1::2] = map(_meant, parts[1::2])
        with self._or_nobody():
            self.stream.write("".join(parts))
        return len(text)

    def flush(self) -> None:
        with self._or_nobody():
            self.stream.flush()

    def writelines(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.write(line)

    @contextmanager
    def _or_nobody(self) -> Iterator[None]:
        """A reader that has seen enough (`| head`) ends no work, nor does a full disk; the rest is lost."""
        try:
            yield
        except BrokenPipeError:
            if self.reader_ends_it:
                raise
            self.drop()
        except OSError as error:
            self.refused = error
            self.drop()

    def drop(self) -> None:
        """Let nobody get what comes now, and what still waits to be read."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)
        self.stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _meant(marked: str | None) -> str:
    if marked is None:
        return ""  # a colour that click took out
    return chr(int(marked[1:-1], 16)) if marked.startswith("=") else marked
