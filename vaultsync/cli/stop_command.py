"""`vaultsync stop`: end the vault's daemon."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import click

from vaultsync.cli.options import common_options
from vaultsync.cli.output import say
from vaultsync.cli.which_vault import the_former_root
from vaultsync.core.errors import Exit, VaultError
from vaultsync.daemon.status import Place, was_run

PATIENCE = 15.0
"""Seconds; it takes two, unless a git hook doesn't want to end."""


@click.command("stop")
@common_options
@click.pass_obj
def command(named: str | None) -> int:
    """End the vault's daemon. It finishes the note in hand first."""
    root = the_former_root(named, was_run)
    place = Place(root)
    running = place.running()
    if running is None:
        say(f"no daemon runs for {root}")
        return Exit.CLEAN
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(running.pid, signal.SIGTERM)  # on Windows this ends it at once, which harms no note
    give_up = time.monotonic() + PATIENCE
    while place.running() is not None:
        if time.monotonic() > give_up:
            hint = f"`kill -9 {running.pid}` ends it and harms no note; its log: {running.log}"
            raise VaultError(f"the daemon (process {running.pid}) still runs after {PATIENCE:g} s", hint)
        time.sleep(0.05)
    say(f"the daemon for {root} has stopped")
    return Exit.CLEAN
