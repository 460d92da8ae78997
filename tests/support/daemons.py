"""Real daemons for tests: started as a process on a vault of the test's own, watched through `status`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gitrepo import Repo

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


def until(condition: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
    """Wait until `condition` gives something true, and give that."""
    give_up = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < give_up, f"not within {within} s: {what}"
        time.sleep(0.02)
    return found


class RealDaemon:
    """A `vaultsync daemon` process for the vault at `root`."""

    def __init__(self, root: Path, *options: str, through: Sequence[str] = ()) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [*through, *self._command("daemon"), *options], env=self._environment(), stderr=subprocess.PIPE
        )

    def _command(self, name: str) -> list[str]:
        return [sys.executable, "-m", "vaultsync", name, "--vault", str(self.root)]

    @staticmethod
    def _environment() -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT)}

    def status(self) -> dict[str, Any]:
        """What `vaultsync status --json` tells."""
        done = subprocess.run(
            [*self._command("status"), "--json"], env=self._environment(), capture_output=True, check=False
        )
        told: dict[str, Any] = json.loads(done.stdout)["data"]
        assert done.returncode == (0 if told["running"] else 1)
        return told

    def until_status(self, condition: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """Wait until the status meets the condition, and give it."""
        give_up = time.monotonic() + PATIENCE
        while not condition(told := self.status()):
            assert time.monotonic() < give_up, f"{what}: {told}"
            assert self.process.poll() is None, f"the daemon has ended: {self.said()}"
        return told

    def until_idle(self) -> dict[str, Any]:
        return self.until_status(
            lambda s: s["running"] and s["state"] == "idle" and not s["pending_count"], "idle"
        )

    def said(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> float:
        """Stop it as a service manager does; gives the seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        return time.monotonic() - began


@contextmanager
def daemon(
    root: Path, *options: str, through: Sequence[str] = (), looked: bool = True
) -> Iterator[RealDaemon]:
    """A daemon that has `looked` at the whole vault, and is gone after the `with`.

    `through` is a command that starts the one that follows it.
    """
    running = RealDaemon(root, *options, through=through)
    try:
        if looked:
            running.until_idle()
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
        assert running.process.stderr is not None
        running.process.stderr.close()


def repository(root: Path) -> Repo:
    """A repository of the vault with all that stands in it committed."""
    repo = Repo(root)
    repo.git("init", "-q")
    repo.save("as found")
    return repo


def settings(root: Path, **watch: float | str) -> None:
    """Write the vault's configuration: `[watch]`."""
    values = {"quiet": 0.4, **watch}
    lines = [f"{k} = {json.dumps(v)}\n" for k, v in values.items()]
    (root / ".vaultsync").mkdir(exist_ok=True)
    (root / ".vaultsync" / "config.toml").write_text("[watch]\n" + "".join(lines), encoding="utf-8")


def save_by_rename(path: Path, text: str) -> None:
    """Save as editors do that write a temporary file and rename it over the note."""
    temp = path.with_name(f"{path.name}.tmp.1234")
    temp.write_text(text, encoding="utf-8")
    temp.replace(path)
