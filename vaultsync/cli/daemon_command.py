"""`vaultsync daemon`: keep the vault consistent until it is stopped, here or in the background."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from vaultsync.api.handlers import server_for
from vaultsync.cli.options import common_options
from vaultsync.cli.output import say
from vaultsync.cli.wiring import the_vault
from vaultsync.core.errors import Exit, VaultError
from vaultsync.daemon.log import close_log, open_log
from vaultsync.daemon.loop import Daemon
from vaultsync.daemon.status import AlreadyRunning, Place
from vaultsync.vault.own_process import PYTHON, environment

STOP_WITHIN = 1.8
"""Seconds from the signal to the end: then a cycle is broken off, as a kill would, which harms no note."""

START_WITHIN = 60.0
"""Seconds to wait for a daemon in the background to say that it runs."""


@click.command("daemon")
@click.option("--detach", is_flag=True, help="Run in the background; return when it runs.")
@click.option("--quietly", is_flag=True, hidden=True, help="Log to the file alone.")
@common_options
@click.pass_obj
def command(named: str | None, detach: bool, quietly: bool) -> int:
    """Keep the vault consistent while you write, until stopped.

    A note is looked at when nothing has changed it for `[watch] quiet` seconds. `vaultsync status` shows what
    the daemon does, `vaultsync stop` (or SIGTERM, or Ctrl-C) ends it, SIGHUP makes it read its settings.
    """
    vault = the_vault(named)
    place = Place(vault.root)
    if detach:
        return _start_in_background(vault.root, place)
    if (running := place.running()) is not None:
        raise AlreadyRunning(vault.root, running.pid)
    daemon = Daemon(vault.root, place, serve=server_for)
    handlers = open_log(place.log_file, aloud=not quietly)
    try:
        with _signals(daemon):
            daemon.run()
    except KeyboardInterrupt:
        if not daemon.stopping:
            raise
    finally:
        close_log(handlers)
    return Exit.CLEAN


@contextmanager
def _signals(daemon: Daemon) -> Iterator[None]:
    """Let signals ask the daemon to stop or to reload."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        is_first = not daemon.stopping  # who asks again and again mustn't put the end off
        daemon.stop()
        if is_first and sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, STOP_WITHIN)

    def break_off(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    at_terminal = os.isatty(2)

    def reload(_number: int, _frame: FrameType | None) -> None:
        if at_terminal and not os.isatty(2):  # its window was closed, of which the same signal tells
            stop(_number, _frame)
        else:
            daemon.reload()

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop}
    if sys.platform != "win32":
        handlers |= {signal.SIGHUP: reload, signal.SIGALRM: break_off}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            # The process ends with a daemon that was asked to: who asks once more mustn't break that off.
            asked = daemon.stopping and number in (signal.SIGTERM, signal.SIGINT)
            signal.signal(number, signal.SIG_IGN if asked else handler)


def _start_in_background(root: Path, place: Place) -> int:
    if (running := place.running()) is not None:  # as was wanted, so it is no mistake
        say(f"a daemon runs for {root} already (process {running.pid}); its log: {place.log_file}")
        return Exit.CLEAN
    with tempfile.TemporaryFile() as said:  # without a name: somebody else may start one at this moment
        child = subprocess.Popen(
            [*PYTHON, "-m", "vaultsync", "daemon", "--quietly", "--vault", str(root)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd=root.anchor,  # so that it keeps no folder from being moved or unmounted
            env=environment(),
            start_new_session=True,
            creationflags=_APART,
        )
        give_up = time.monotonic() + START_WITHIN
        while time.monotonic() < give_up:
            has_ended = child.poll() is not None
            running = place.running()
            if running is not None and running.pid == child.pid:
                say(f"the daemon runs for {root} (process {child.pid}); its log: {place.log_file}")
                return Exit.CLEAN
            if has_ended and running is not None:
                say(f"a daemon runs for {root} already (process {running.pid}); its log: {place.log_file}")
                return Exit.CLEAN
            if has_ended and not place.is_claimed():
                said.seek(0)
                problem = said.read().decode(errors="replace").strip()
                raise VaultError(
                    f"the daemon did not start: {problem or f'exit code {child.returncode}'}",
                    "`vaultsync doctor` looks for the cause",
                )
            time.sleep(0.05)
    raise VaultError(
        f"the daemon has not started within {START_WITHIN:g} s",
        f"`vaultsync doctor` looks for the cause; its log: {place.log_file}",
    )


# Windows has no sessions: there a process without a console outlives the window that it was started in.
if sys.platform == "win32":
    _APART = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _APART = 0
