"""The import template, filled in by a process of its own: a vault's template may be a stranger's (P8).

Jinja2's sandbox keeps a template from Python, not from looping for ever or from making a text of gigabytes,
and some of that happens while it is read. So another process reads and fills it in, with limits, and is ended
when it has worked too long: a busy machine makes no template too slow. It is started when the first paper is
filled in, and ends with this one.
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
import weakref
from contextlib import suppress
from threading import Timer
from typing import IO

import msgspec

from vaultsync.core.errors import ConfigError
from vaultsync.core.importers.note_text import Body, template_body
from vaultsync.core.importers.record import PaperRecord
from vaultsync.vault.own_process import PYTHON, environment

SECONDS = 5.0
"""Of the processor for one paper; a template of a page takes a thousandth."""

PATIENCE = 60.0
"""Seconds by the clock: all there is where the system counts no others, as on Windows."""

MEMORY = 1 << 30
"""Bytes of address space; Python with Jinja2 takes a quarter of it."""

LONGEST = 2_000_000
"""Bytes of a body."""

_START = "from vaultsync.runs.template_child import serve; serve({seconds!r})"


class _Answer(msgspec.Struct, frozen=True):
    text: str = ""
    error: str = ""


def limited_body(template: str, seconds: float = SECONDS) -> Body:
    """`template_body`, by another process; the function raises `ConfigError` when a limit is passed, too."""
    child: subprocess.Popen[bytes] | None = None

    def body(paper: PaperRecord) -> str:
        nonlocal child
        if child is None or child.poll() is not None:
            child = _started(template, seconds)
            weakref.finalize(body, _end, child)
        answer = _asked(child, paper, seconds)
        if answer.error:
            raise ConfigError(answer.error)
        return answer.text

    return body


def serve(seconds: float) -> None:
    """The other process: a template on standard input, then papers; an answer for each within `seconds`."""
    _limit_memory()
    read, write = sys.stdin.buffer, sys.stdout.buffer
    template = (_piece(read) or b"").decode()
    body: Body | None = None
    while (asked := _piece(read)) is not None:
        _limit_time(seconds)
        try:
            body = body or template_body(template)
            text = body(msgspec.msgpack.decode(asked, type=PaperRecord))
            answer = _Answer(text) if len(text) <= LONGEST else _Answer(error=_TOO_LONG)
        except ConfigError as error:
            answer = _Answer(error=error.message)
        except MemoryError:
            answer = _Answer(error=_TOO_LONG)
        _tell(write, msgspec.msgpack.encode(answer))


_TOO_LONG = "the import template makes a text without end"


def _started(template: str, seconds: float) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [*PYTHON, "-c", _START.format(seconds=seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    assert child.stdin is not None  # noqa: S101  as asked for
    _tell(child.stdin, template.encode())
    return child


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()


def _asked(child: subprocess.Popen[bytes], paper: PaperRecord, seconds: float) -> _Answer:
    assert child.stdin is not None  # noqa: S101  as asked for
    assert child.stdout is not None  # noqa: S101
    timer = Timer(max(PATIENCE, seconds), child.kill)
    timer.start()
    try:
        with suppress(BrokenPipeError):
            _tell(child.stdin, msgspec.msgpack.encode(paper))
        told = _piece(child.stdout)
    finally:
        timer.cancel()
    if told is None:
        _end(child)
        what = f"the import template can't be filled in for “{paper.title}”"
        return _Answer(error=f"{what}: it takes more than {seconds:g} s, or too much memory")
    return msgspec.msgpack.decode(told, type=_Answer)


def _piece(stream: IO[bytes]) -> bytes | None:
    """One message: its length in four bytes, then itself; None when the other side has ended."""
    head = stream.read(4)
    data = stream.read(int.from_bytes(head)) if len(head) == 4 else b""
    return data if len(head) == 4 and len(data) == int.from_bytes(head) else None


def _tell(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(4) + data)
    stream.flush()


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):  # Windows has none of it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _limit_time(seconds: float) -> None:
    """End this process by a signal once it has worked for so long, in whole seconds, from now on."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), most))
