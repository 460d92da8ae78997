"""The daemon's loop alone, in a thread of the test's, with a watcher that says what the test tells it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from daemons import PATIENCE, until

from vaultsync.daemon.hints import Hints, WatchState
from vaultsync.daemon.loop import Daemon
from vaultsync.daemon.status import Status
from vaultsync.vault.open import Vault


class Script:
    """A watcher that gives the hints that a test tells it."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self.next = Hints()
        self.checks = 0
        self.lost = False
        self.is_watching = False
        self.state = WatchState("events", "", 1, 1, 0)

    def start(self) -> None:
        self.is_watching = True

    def stop(self) -> None:
        self.is_watching = False

    def check(self) -> None:
        self.checks += 1
        self.lost = False

    def take(self) -> Hints:
        hints, self.next = self.next, Hints()
        return hints

    def tell(self, *paths: str, folders: frozenset[str] = frozenset(), rescan: str = "") -> None:
        self.next = Hints(frozenset(paths), folders, rescan)
        self.wake()


class Thread:
    """A daemon in a thread, with its script."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.scripts: list[Script] = []
        self.daemon = Daemon(root, watcher=self._script)
        self.place = self.daemon.place
        self._thread = threading.Thread(target=self._run)
        self.error: BaseException | None = None

    def _script(self, _vault: Vault, wake: Callable[[], None]) -> Script:
        self.scripts.append(Script(wake))
        return self.scripts[-1]

    def _run(self) -> None:
        try:
            self.daemon.run()
        except BaseException as error:
            self.error = error
            raise

    @property
    def script(self) -> Script:
        return self.scripts[-1]

    def until_status(self, condition: Callable[[Status], object], what: str) -> Status:
        def met() -> Status | None:
            status = self.place.last_status()
            return status if status is not None and condition(status) else None

        found = until(met, what)
        assert isinstance(found, Status)
        return found

    @contextmanager
    def running(self) -> Iterator[Thread]:
        self._thread.start()
        try:
            yield self
        finally:
            self.daemon.stop()
            self._thread.join(PATIENCE)
        assert self.error is None
