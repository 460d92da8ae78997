"""Requests to the daemon's API that mean harm, for `bench.hostile`: what each of them costs the daemon.

Who sends them would need the token, which only this user can read. Counted are the daemon's CPU seconds (its
threads' and its children's) and how far its memory rises (Linux, /proc).
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.measure import agree, make_repository, vaultsync

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_START = 120.0
"""Seconds for the daemon's first look, on a busy machine."""

Body = Callable[[int], bytes]


class Asked(NamedTuple):
    """The status of an answer, and what it cost the daemon: CPU seconds, megabytes above those before."""

    status: int
    cpu: float
    megabytes: float


def _text(path: str, unit: str) -> Body:
    return lambda n: json.dumps({"path": path, "text": f"---\ntitle: A\n---\n{unit * n}"}).encode()


def requests() -> Iterator[tuple[str, str, str, Body]]:
    """Each with its name, method and route, and how its body grows."""
    bodies: dict[str, Body] = {
        "deep lists": lambda n: b"[" * n + b"]" * n,
        "deep lists, open": lambda n: b"[" * n,
        "deep value": lambda n: b'{"path": ' + b"[" * n + b"]" * n + b"}",
        "deep objects": lambda n: b'{"path":' * n,
        "many keys": lambda n: ("{" + ",".join(f'"k{i}": 1' for i in range(n)) + "}").encode(),
        "one key again": lambda n: ("{" + ",".join('"paths": null' for _ in range(n)) + "}").encode(),
        "digits": lambda n: b'{"seconds": ' + b"9" * n + b"}",
        "escapes": lambda n: b'{"path": "' + b"\\u0061" * n + b'"}',
        "surrogates": lambda n: b'{"path": "' + b"\\ud800" * n + b'"}',
        "no UTF-8": lambda n: b'{"path": "' + b"\xff" * n + b'"}',
        "blanks": lambda n: b" " * n,
        "a long path": lambda n: json.dumps({"path": "a/" * n + "b.md"}).encode(),
        "many paths": lambda n: json.dumps({"paths": [f"{i}.md" for i in range(n)]}).encode(),
    }
    for route in ("/fix", "/hold", "/run", "/accept", "/decide", "/import", "/applied"):
        for name, grow in bodies.items():
            yield f"request {route} {name}", "POST", route, grow
    for name, grow in bodies.items():
        yield f"request /settings {name}", "PATCH", "/settings", grow
    for unit in (
        "[[",
        "- a\n<!-- -->",
        "http://a/(",
        "{",
        "- DiffSBDD is slow\n",
        "# a\n",
        "$",
        "\r",
        "\x00",
        "a ",
    ):
        yield f"request /fix text {unit!r}", "POST", "/fix", _text("Conferences/Event.md", unit)
    for unit in (
        "@string{a = b # c}\n",
        "@article{",
        "arXiv:2210.13695\n",
        "[",
        "TY  - JOUR\n",
        "# Montag\n",
        "{",
    ):
        body: Body = lambda n, u=unit: json.dumps({"text": u * n, "dry_run": True}).encode()  # type: ignore[misc]  # noqa: E731
        yield f"request /import text {unit!r}", "POST", "/import", body
    for unit in ("a/", "%2e%2e/", "%C3%A9", "?a=b&", "%00"):
        yield f"request path {unit!r}", "GET", unit, lambda n: b""


class AskedDaemon:
    """A daemon that is asked."""

    def __init__(self, process: subprocess.Popen[bytes], address: Mapping[str, str]) -> None:
        self.process, self._token = process, address["token"]
        self._port = int(address["url"].rpartition(":")[2])

    def ask(self, method: str, path: str, body: bytes) -> Asked:
        """One request, and what it cost; 0 is the status where the daemon closed the connection."""
        before, low = self._cpu(), self._memory("VmRSS")
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # the peak is counted anew
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            status = 0
        finally:
            connection.close()
        return Asked(status, self._cpu() - before, self._memory("VmHWM") - low)

    def _cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICK

    def _memory(self, name: str) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


@contextmanager
def asked_daemon(root: Path, env: Mapping[str, str]) -> Iterator[AskedDaemon]:
    """A daemon of the vault at `root`, once it listens."""
    make_repository(root, dict(env))
    agree(root, env)
    process = subprocess.Popen(
        vaultsync("daemon", "--vault", str(root)), env=dict(env), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        give_up = time.monotonic() + _START
        state = Path(env["XDG_STATE_HOME"])
        while not (found := [*state.rglob("*api*.json"), *state.rglob("*.api")]):
            if time.monotonic() > give_up or process.poll() is not None:
                raise RuntimeError("the daemon does not listen")
            time.sleep(0.05)
        daemon = AskedDaemon(process, json.loads(found[0].read_bytes()))
        while daemon.ask("GET", "/v1/problems", b"").status != 200:
            if time.monotonic() > give_up:
                raise RuntimeError("the daemon does not answer")
            time.sleep(0.1)
        yield daemon
    finally:
        process.terminate()
        process.wait(60)
