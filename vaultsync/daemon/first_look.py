"""A look at many notes, in a process of its own that leaves what it found in the cache.

The daemon watches with threads, so it can't fork to share the work; and what a process once took for the
texts of all notes, it hardly gives back. `fix --check` does the same look on all processors, and goes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress

from vaultsync.core.plan.planner import MANY
from vaultsync.runs.ports import Ports
from vaultsync.vault.cache import differences
from vaultsync.vault.open import Vault
from vaultsync.vault.own_process import PYTHON, environment

_TICK = 0.1  # seconds between two looks at whether the daemon shall stop


def survey_in_child_process(vault: Vault, ports: Ports, stopped: Callable[[], bool]) -> None:
    """Let another process fill the cache, if it lacks many of the vault's notes.

    It ends early once `stopped`. Whatever else comes of it, a cycle reads what the cache doesn't know, and
    tells what is wrong.
    """
    config = vault.config
    notes = ports.disk.scan(config.ignored if config.vault.ignore else None).notes
    known = ports.cache.load().entries if ports.cache is not None else {}
    if len(differences(known, notes).read) < MANY:
        return
    with subprocess.Popen(
        [*PYTHON, "-m", "vaultsync", "--vault", str(vault.root), "fix", "--check"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as look:
        while look.poll() is None:
            if stopped():
                look.terminate()
            with suppress(subprocess.TimeoutExpired):
                look.wait(_TICK)
