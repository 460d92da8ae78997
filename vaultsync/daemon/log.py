"""What the daemon says while it runs: its log, one line an event, and its word to the service manager.

The log goes to standard error, where systemd's journal or a terminal takes it, and to a file in the user's
state folder, which never takes more than `KEPT + 1` times `SIZE` bytes.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from vaultsync.core.errors import VaultsyncError
from vaultsync.core.text.shown import one_line, shown

SIZE = 1_000_000
KEPT = 3


class OneLine(logging.Formatter):
    """`2026-11-20T08:15:00+0100 INFO run: …`, with a traceback after it only where there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the library's name
        """One line, whatever a file's name holds."""
        lines = (line.strip() for line in record.message.splitlines())
        record.message = " — ".join(line for line in lines if line)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry, a traceback too."""
        return shown(super().format(record))


class _PrivateFile(RotatingFileHandler):
    """A log that nobody else may read: it names notes."""

    def _open(self) -> TextIOWrapper:
        fd = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(os.fdopen(fd, "ab"), self.encoding, self.errors)


def open_log(file: Path, *, aloud: bool) -> list[logging.Handler]:
    """Send the log of the package to `file`, and to standard error if `aloud`; gives the handlers."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handlers: list[logging.Handler] = [
        _PrivateFile(file, maxBytes=SIZE, backupCount=KEPT, encoding="utf-8", errors="backslashreplace")
    ]
    if aloud:
        handlers.append(logging.StreamHandler(sys.stderr))
    logger = logging.getLogger("vaultsync")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for handler in handlers:
        handler.setFormatter(OneLine())
        logger.addHandler(handler)
    return handlers


def close_log(handlers: list[logging.Handler]) -> None:
    """Undo `open_log`."""
    for handler in handlers:
        logging.getLogger("vaultsync").removeHandler(handler)
        handler.close()


@contextmanager
def end_logged() -> Iterator[None]:
    """Log the error that ends what is done within the `with`."""
    logger = logging.getLogger("vaultsync.daemon")
    try:
        yield
    except VaultsyncError as error:
        logger.error("end: %s", error)
        raise
    except Exception:
        logger.exception("defect: the daemon ends")
        raise


def notify(*states: str) -> None:
    """Tell the service manager `READY=1` and the like, if one asked for it (sd_notify(3)); never fails.

    A state is one line, whatever file's name it tells of: a line is an order to the service manager.
    `RELOADING=1` is sent with the time that systemd wants beside it.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return
    if "RELOADING=1" in states:
        states = (*states, f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
    name = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(name)
        sender.sendall("\n".join(map(one_line, states)).encode(errors="backslashreplace"))
