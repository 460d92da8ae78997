"""The person's decisions about links while a run works: as they count, and as they stand in their file.

Both change in a run: a link that the person took out counts as denied from the plan on, and is written before
the notes are. All who need the decisions in force ask here, and the index is told of each change.
"""

from __future__ import annotations

from collections.abc import Callable

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.errors import VaultsyncError
from vaultsync.core.links.decisions import Decisions, parse_decisions
from vaultsync.files.disk import Disk, Rewrite, Written


class Decided:
    """The decisions in force, `now`; `tell` is told when they become other ones."""

    def __init__(self, disk: Disk, now: Decisions, tell: Callable[[Decisions], None]) -> None:
        self.now = now
        self._disk, self._tell = disk, tell
        self._on_disk: bytes | None = None

    def decide(self, decisions: Decisions) -> None:
        """From now on these count; `write` them too."""
        if decisions != self.now:
            self.now = decisions
            self._tell(decisions)

    def reload(self) -> None:
        """Take over the file as it is now: `links` and `undo` write it beside a running daemon."""
        data = self._disk.read(DECISIONS_PATH)
        self._on_disk = data if isinstance(data, bytes) else None
        self.decide(_parsed(self._on_disk))

    def rewrites(self) -> list[Rewrite]:
        """What has to be written; nothing if the file says the same."""
        if _parsed(self._on_disk) == self.now:
            return []
        return [Rewrite(DECISIONS_PATH, self._on_disk, self.now.to_toml().encode())]

    def write(self) -> None:
        """Write the file, if it says something else. Raises `VaultsyncError` when that fails."""
        for rewrite in self.rewrites():
            outcome = self._disk.write(rewrite.path, rewrite.expected, rewrite.new)
            if not isinstance(outcome, Written):
                raise VaultsyncError(f"{rewrite.path} can't be written", str(outcome))
            self._on_disk = rewrite.new


def _parsed(data: bytes | None) -> Decisions:
    return parse_decisions(data.decode(errors="replace")) if data is not None else Decisions()
