"""The daemon's parts that depend on the vault's settings: made together, and made anew when these change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from vaultsync.core.errors import GitError, VaultsyncError
from vaultsync.daemon.changes import Changes, Source
from vaultsync.daemon.clients import Clients
from vaultsync.daemon.inbox_import import Intake
from vaultsync.daemon.reporting import View
from vaultsync.daemon.requests import Requests
from vaultsync.daemon.syncing import Syncing
from vaultsync.daemon.watcher import Watcher
from vaultsync.runs.cycle import Cycle
from vaultsync.runs.editing import Editing
from vaultsync.runs.ports import Lock, Ports, open_ports
from vaultsync.runs.sync import Syncer
from vaultsync.vault.consent import has_consent
from vaultsync.vault.open import Vault

if TYPE_CHECKING:
    from vaultsync.core.plan.progress import Progress

MakeSource = Callable[[Vault, Callable[[], None]], Source]
"""Makes the source of hints for a vault and a function that wakes the loop."""


class Parts(msgspec.Struct, frozen=True):
    """What the loop works with, under one state of the settings."""

    vault: Vault
    ports: Ports
    cycle: Cycle
    changes: Changes
    editing: Editing
    intake: Intake
    syncing: Syncing
    view: View

    def is_busy(self, path: str) -> bool:
        """Whether somebody is at work on a file, in an editor or otherwise."""
        return path in self.editing.offers or self.changes.is_busy(path)

    def prepare_git(self) -> None:
        """Let a merge by hand merge notes, too, where the vault's `.gitattributes` asks for it."""
        if not self.vault.config.git.commit:
            return
        with suppress(GitError):  # whatever is wrong with git, the first cycle tells
            driver = self.ports.repository().driver
            if driver.state() == "missing":
                driver.set_up()

    def adopt(self, earlier: Parts) -> None:
        """Take over, from the parts under other settings, all that is no matter of settings."""
        self.changes.adopt(earlier.changes)
        self.editing.adopt(earlier.editing)
        self.syncing.adopt(earlier.syncing)

    def close(self) -> None:
        """Stop watching, and let go of the cache."""
        self.changes.source.stop()
        self.ports.close()


def make_parts(
    vault: Vault,
    lock: Lock,
    requests: Requests,
    clients: Clients,
    *,
    make_source: MakeSource,
    woken: Callable[[], None],
    stopping: Callable[[], bool],
    progress: Progress,
    clock: Callable[[], float],
) -> Parts:
    """The parts for `vault`. `woken` is called on the loop's thread when hints have come."""
    config = vault.config
    ports = open_ports(vault, lock)
    cycle = Cycle(vault, ports, progress)

    source = make_source(vault, lambda: requests.put(woken))
    changes = Changes(source, ports.disk, lambda: cycle.survey, config.ignored, config.watch, clock)
    editing = Editing(cycle, clock)
    intake = Intake(cycle, changes.is_busy, stopping)

    def is_busy(path: str) -> bool:
        return path in editing.offers or changes.is_busy(path)

    def reached_by() -> object:
        try:
            return ports.repository().repository.configuration.of_remotes
        except VaultsyncError:  # the sync itself tells what is wrong
            return None

    syncing = Syncing(
        config.sync,
        lambda: Syncer(vault, ports, cycle.run),
        requests.put,
        is_busy,
        lambda: has_consent(vault.root),
        reached_by,
        stopping,
        clock,
    )
    view = View(vault, changes, ports.cache, lambda: cycle.survey, clients, syncing)
    return Parts(vault, ports, cycle, changes, editing, intake, syncing, view)


def system_source(vault: Vault, wake: Callable[[], None]) -> Source:
    """The source of hints that a daemon has: the system's own."""
    config = vault.config
    ignored = config.ignored if config.vault.ignore else None
    return Watcher(vault.root, ignored=ignored, polling=config.watch.polling == "always", wake=wake)
