"""The bases, kept in step with the settings by each cycle where `[views] bases` asks for it.

They are written beside the notes, in the same run. One that somebody edited is left alone, and told once.
"""

from __future__ import annotations

from vaultsync.core.errors import Problem
from vaultsync.files.disk import Disk, Rewrite, Stale, Written
from vaultsync.git.repository import Git
from vaultsync.vault.open import Vault


class KeptBases:
    """The bases of `vault` in one turn; `problems` are what has to be said of them."""

    def __init__(self, vault: Vault, disk: Disk, git: Git | None) -> None:
        self.problems: list[Problem] = []
        self._vault, self._disk, self._git = vault, disk, git
        self._rewrites: list[Rewrite] | None = None

    def rewrites(self) -> list[Rewrite]:
        """What has to be written; nothing without the setting, or if all is as it should be."""
        if self._rewrites is None and self._vault.config.views.bases:
            from vaultsync.core.views.bases import base_texts  # which only this setting asks for

            texts = base_texts(self._vault.config)
            found = (self._rewrite(path, text.encode()) for path, text in texts.items())
            self._rewrites = [rewrite for rewrite in found if rewrite is not None]
        return self._rewrites or []

    def write(self) -> None:
        """Write it, once in a turn."""
        if not (rewrites := self.rewrites()):
            return
        from vaultsync.runs.views import Ownership  # with all that views need

        owner = Ownership(self._vault.root, self._git)
        for rewrite in rewrites:
            outcome = self._disk.write(rewrite.path, rewrite.expected, rewrite.new)
            if isinstance(outcome, Written):
                owner.wrote([(rewrite.path, rewrite.new)])
            elif not isinstance(outcome, Stale):  # saved just now: the next run looks at it again
                self.problems.append(outcome)
        self._rewrites = []

    def _rewrite(self, path: str, wanted: bytes) -> Rewrite | None:
        read = self._disk.read(path)
        if isinstance(read, Problem) and read.rule != "file-vanished":
            self.problems.append(read)
            return None
        present = read if isinstance(read, bytes) else None
        if present == wanted:
            return None
        from vaultsync.runs.views import Ownership, edited  # with all that views need

        owner = Ownership(self._vault.root, self._git)
        if present is not None and not owner.is_ours(path, present):
            if owner.tell_once(path, present):
                self.problems.append(edited(path))
            return None
        return Rewrite(path, present, wanted)
