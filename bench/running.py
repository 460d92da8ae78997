"""A real daemon on a generated vault, for the benches that watch one: started, asked, timed, stopped.

How it does is read from its status file and from /proc, which costs the daemon nothing; asking by `vaultsync
status` would start a process that takes the processor from what is measured.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from bench.measure import agree, vaultsync

PATIENCE = 60.0
"""Seconds for what a daemon does within one."""

_POLL = 0.05


class Use(msgspec.Struct, frozen=True):
    """What a process has used and holds: CPU seconds, those of its children, bytes of memory, and so on."""

    cpu: float
    children: float
    memory: int
    peak: int
    threads: int
    files: int


class Running:
    """A daemon for `vault`, with `settings` as the vault's configuration; `env` as `measure.environment`."""

    def __init__(self, vault: Path, env: Mapping[str, str], settings: str) -> None:
        self.vault = vault
        config = vault / ".vaultsync" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        config.write_text(settings, encoding="utf-8")
        agree(vault, env)
        self._states = Path(env["XDG_STATE_HOME"]) / "vaultsync" / "daemon"
        for old in self._states.glob("*.status.json"):
            old.unlink()
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            vaultsync("daemon", "--vault", str(vault)), env=env, stderr=subprocess.DEVNULL
        )

    def status(self) -> dict[str, Any]:
        """What the daemon tells of itself; empty before it has told anything."""
        for file in self._states.glob("*.status.json"):
            found: dict[str, Any] = msgspec.json.decode(file.read_bytes())
            return found
        return {}

    def until(
        self, met: Callable[[dict[str, Any]], bool], what: str, patience: float = PATIENCE
    ) -> dict[str, Any]:
        """Wait until the status meets a condition, and give it; raises `RuntimeError` if it doesn't."""
        give_up = time.monotonic() + patience
        while not ((told := self.status()) and met(told)):
            if time.monotonic() > give_up or self.process.poll() is not None:
                raise RuntimeError(
                    f"the daemon does not come to {what}: {told.get('state')}, {told.get('waiting')}"
                )
            time.sleep(_POLL)
        return told

    def await_rest(self, patience: float = PATIENCE) -> float:
        """Wait until all is done; gives the seconds since the start."""
        self.until(lambda told: told["state"] == "idle" and not told["pending_count"], "rest", patience)
        return time.perf_counter() - self.began

    def use(self) -> Use:
        """What the daemon has used up to now; see proc(5)."""
        folder = Path("/proc") / str(self.process.pid)
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        own, children = (int(fields[i]) + int(fields[i + 1]) for i in (11, 13))
        lines = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        tick = os.sysconf("SC_CLK_TCK")
        return Use(
            own / tick,
            children / tick,
            int(lines["VmRSS"].split()[0]) * 1024,
            int(lines["VmHWM"].split()[0]) * 1024,
            int(lines["Threads"]),
            len(os.listdir(folder / "fd")),
        )

    def stop(self) -> None:
        """End it as `vaultsync stop` does, and wait until it has ended."""
        self.process.terminate()
        self.process.wait(30)
