"""What the watcher tells the daemon, as values; `watcher` makes them, and it alone needs watchdog."""

from __future__ import annotations

import msgspec


class Hints(msgspec.Struct, frozen=True):
    """What may have changed since the last ones: files, whole folders, or (`rescan` says why) anything."""

    paths: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    rescan: str = ""

    def __bool__(self) -> bool:
        return bool(self.paths or self.folders or self.rescan)


class WatchState(msgspec.Struct, frozen=True):
    """How the vault is watched, for `status`: `how` is "events", "polling" or "stopped", `why` the reason.

    `watched` of `folders` folders were watched at the last `check`; None where the system watches trees.
    """

    how: str
    why: str
    folders: int | None
    watched: int | None
    overflows: int
