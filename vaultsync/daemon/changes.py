"""Which files of the vault changed, and which of them somebody is still at work on.

It stands between the watcher, whose hints are only a reason to look, and the daemon's loop, which runs a
cycle over what has settled. A hint of a note that holds the very bytes which the tool read or wrote last is
no change: so the daemon's own writes never wake it again.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Protocol

from vaultsync.core.config.settings import WatchSection
from vaultsync.core.errors import Problem
from vaultsync.daemon.hints import Hints, WatchState
from vaultsync.daemon.settling import Settler, Unsettled
from vaultsync.files.debris import is_debris
from vaultsync.files.disk import Disk
from vaultsync.runs.request import Report
from vaultsync.vault.survey import Survey

FOLDER_PAUSE = 1.0
"""Seconds from the first hint of a new or moved folder to the scan that looks into it."""

REFUSED = frozenset({"file-permission", "file-error", "file-read-only", "disk-full"})
"""Problems that end without a word: a permission, a network, or room on the disk that is there again."""

RETRY = 5.0
"""Seconds until what was refused is looked at again; each time twice as many."""

_SCAN_SHARE = 20
"""A scan for folders' sake comes no sooner than this many times what the last one took."""

_log = logging.getLogger("vaultsync.daemon")


class Source(Protocol):
    """Where hints come from: `vaultsync.daemon.watcher.Watcher`, or a script in a test."""

    @property
    def state(self) -> WatchState:
        """How the vault is watched."""

    @property
    def lost(self) -> bool:
        """Whether the system has ceased to watch the vault, without a word."""

    def start(self) -> None:
        """Begin to watch; raises `VaultError` without a vault."""

    def stop(self) -> None:
        """Stop watching."""

    def take(self) -> Hints:
        """The hints since the last call."""

    def check(self) -> None:
        """Compare what is watched with what is there, and repair what is wrong."""


class Changes:
    """The changed files of a vault until they have settled. One thread owns it.

    `survey` gives what is known of the vault, `None` while nothing is; `ignored` tells files that are none of
    our business; `clock` counts seconds.
    """

    def __init__(
        self,
        source: Source,
        disk: Disk,
        survey: Callable[[], Survey | None],
        ignored: Callable[[str], bool],
        settings: WatchSection,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = source
        self._disk, self._survey, self._ignored, self._clock = disk, survey, ignored, clock
        self._settings = settings
        self._settler = Settler(settings.quiet, settings.max_wait)
        self._took = 0.0
        self._pause = 0.0  # until the next look at what was refused; 0 while nothing is
        self._earlier: Survey | None = None
        self._is_first = True
        self.scan_at = clock() + self._until_next_scan()

    def __len__(self) -> int:
        return len(self._settler)

    def __contains__(self, path: str) -> bool:
        return path in self._settler

    def adopt(self, earlier: Changes) -> None:
        """Take over what waits, who holds what, and what was known, from before the settings changed.

        To be called once the new source listens: `leave_unsettled` finds what was saved between the two.
        """
        now = self._clock()
        earlier.listen()
        waiting = earlier.waiting()
        touched = [(moment, note.path) for note in waiting for moment in (note.first, note.last)]
        for moment, path in sorted(touched):
            self._settler.touch(path, moment)
        for path, until in earlier.leases().items():
            self._settler.hold(path, until, now)
        self._earlier = earlier.known

    @property
    def known(self) -> Survey | None:
        """What was known when the notes were looked at that somebody had been at work on, if ever."""
        return self._earlier if self._is_first else self._survey()

    def forget(self) -> None:
        """Nobody knows any more what was known."""
        self._earlier, self._is_first = None, True

    def touch(self, paths: Iterable[str]) -> None:
        """These files change just now."""
        now = self._clock()
        for path in paths:
            self._settler.touch(path, now)

    def leave_unsettled(self, others: Iterable[str] = ()) -> None:
        """Before a look at the whole vault: keep out of it what was saved just now, hint or no hint.

        Such a look takes each note that isn't known to be unsettled for what it is then. What differs from
        the last look waits; where nothing is known, and of `others` (what waits in the inbox), what was saved
        so lately that somebody may be at it. Raises `VaultError` if the vault is gone.
        """
        self.listen()
        survey = self.known
        self._earlier, self._is_first = None, False
        found = self._recent(others)
        if survey is not None:
            found = survey.changed_files().union(path for path in found if path not in survey.files)
        self.touch(path for path in sorted(found) if _is_text(path) and path not in self._settler)

    def _recent(self, others: Iterable[str]) -> set[str]:
        """The files that were saved less than the quiet time ago, or after now by a clock set back since."""
        scan = self._disk.scan(self._ignored)
        infos = [*scan.notes.values(), *map(self._disk.info, {*scan.others, *others})]
        since = (time.time() - self._settings.quiet) * 1e9
        return {info.path for info in infos if not isinstance(info, Problem) and info.mtime_ns > since}

    def settle(self, paths: Iterable[str] | None) -> None:
        """Take these notes, or all, for settled, but for those that somebody types in."""
        now = self._clock()
        waiting = [w.path for w in self.waiting()] if paths is None else paths
        self._settler.drop(path for path in waiting if not self._settler.held(path, now))

    def hold(self, path: str, seconds: float) -> None:
        """Somebody types in this note, and has it for himself for so long."""
        now = self._clock()
        self._settler.hold(path, now + seconds, now)

    def release(self, path: str) -> None:
        """Nobody types in this note any more."""
        self._settler.release(path, self._clock())

    def leases(self) -> dict[str, float]:
        """The notes that are held, and until when."""
        return self._settler.leases(self._clock())

    def listen(self, since: float | None = None) -> None:
        """Take the watcher's hints in; they count from `since`, when the first of them came (now)."""
        hints = self.source.take()
        if not hints:
            return
        now = self._clock() if since is None else since
        survey = self._survey()
        for path in hints.paths:
            if _is_text(path) and (path in self._settler or survey is None or survey.has_changed(path)):
                self._settler.touch(path, now)
        if hints.folders:
            self._scan_by(now + max(FOLDER_PAUSE, self._took * _SCAN_SHARE))
        if hints.rescan:
            _log.info("scan: %s", hints.rescan)
            self._scan_by(now)

    def is_busy(self, path: str) -> bool:
        """Whether somebody may still be at work on this file: it is neither to be written nor committed.

        A note that isn't as it was last looked at counts, even if the watcher has not reported it yet.
        """
        self.listen()
        now = self._clock()
        if path in self._settler or self._settler.held(path, now):
            return True
        survey = self._survey()
        if survey is None or not self._is_note(path):
            return False
        known, found = survey.files.get(path), self._disk.info(path)
        if found == known or (known is None and isinstance(found, Problem)) or not survey.has_changed(path):
            return False
        self._settler.touch(path, now)
        return True

    def due(self) -> tuple[str, ...]:
        """The files that have settled; they are forgotten here."""
        return self._settler.due(self._clock())

    def next_due(self) -> float | None:
        """Seconds until a file has settled; None while nothing waits."""
        return self._settler.next_due(self._clock())

    def moments(self) -> Iterator[float]:
        """When the next scan is due, and a file will have settled."""
        yield self.scan_at
        if (due := self.next_due()) is not None:
            yield self._clock() + due

    def waiting(self) -> tuple[Unsettled, ...]:
        """What hasn't settled, in the order in which it will."""
        return self._settler.waiting(self._clock())

    def scan(self) -> None:
        """Look for changes of which no hint told; raises `VaultError` if the vault is gone."""
        began = self._clock()
        self.source.check()
        self.listen()
        survey = self._survey()
        if survey is not None:
            found = survey.changed_files() | survey.restless
            self.touch(path for path in found if _is_text(path) and path not in self._settler)
        self._took = self._clock() - began
        self.scan_at = self._clock() + self._until_next_scan()

    def ran(self, report: Report) -> None:
        """A cycle has ended. What it left for later is due again once it has settled.

        What could not be read or written is sought again by itself, ever less often.
        """
        self.touch(path for path in report.postponed if path not in self._settler)
        if not any(problem.rule in REFUSED for problem in report.problems):
            self._pause = 0.0
        elif not self._pause:
            self._pause = RETRY
            self._scan_by(self._clock() + self._pause)

    def _scan_by(self, moment: float) -> None:
        self.scan_at = min(self.scan_at, moment)

    def _until_next_scan(self) -> float:
        """The configured seconds, give or take a tenth, so that many vaults don't scan at one time."""
        self._pause = min(2 * self._pause, self._settings.rescan)
        seconds = self._pause or self._settings.rescan
        return seconds * (0.9 + secrets.randbelow(2000) / 10_000)

    def _is_note(self, path: str) -> bool:
        """Whether the survey has, or would have, the file at `path` among its notes."""
        parts = path.split("/")
        return (
            PurePosixPath(path).suffix.lower() == ".md"
            and not any(part.startswith(".") for part in parts)
            and not is_debris(parts[-1])
            and not self._ignored(path)
            and _is_text(path)
        )


def _is_text(path: str) -> bool:
    """Whether a name is UTF-8; one that isn't is a problem that each whole scan tells of."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
