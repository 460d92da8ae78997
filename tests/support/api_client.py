"""A client of the daemon's API, as the plugin is one: it finds the token file, and asks over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from daemons import RealDaemon, until

from vaultsync.daemon.status import Place
from vaultsync.vault.consent import give_consent


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks the daemon of the vault at `root`."""

    def __init__(self, root: Path) -> None:
        self.file = Place(root).api_file
        until(self.file.exists, "the API's file")
        address = json.loads(self.file.read_bytes())
        self.url, self.token = address["url"], address["token"]
        self.port = int(self.url.rpartition(":")[2])

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        token: str | None = None,
    ) -> Answer:
        """One request, with the token unless `headers` say otherwise; a header of None is left out."""
        given: dict[str, Any] = {"Authorization": f"Bearer {token or self.token}"}
        if method in ("POST", "PATCH", "PUT"):
            given["Content-Type"] = "application/json"
        given |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host="Host" in given, skip_accept_encoding=True)
            for name, value in given.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def ask(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:
        """The answer to a request of the contract."""
        data = None if method == "GET" else json.dumps({} if body is None else body).encode()
        answer = self.send(method, f"/v1{path}", data)
        assert answer.status == status, answer
        return answer.json

    def raw(self, data: bytes, *, within: float = 30.0) -> bytes:
        """What comes back for these bytes, until the other side closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=within) as connection:
            connection.sendall(data)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
            return b"".join(parts)


@contextmanager
def served(root: Path, *, consent: bool = True) -> Iterator[tuple[RealDaemon, Client]]:
    """A daemon of the vault at `root`, and a client of it."""
    if consent:
        give_consent(root)
    running = RealDaemon(root)
    try:
        until(lambda: Place(root).last_status() is not None, "a status")
        running.until_status(lambda s: s["running"] and s["state"] != "starting", "the first look")
        yield running, Client(root)
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
        assert running.process.stderr is not None
        running.process.stderr.close()


def in_editor(text: str, edits: list[dict[str, Any]]) -> str:
    """The text after edits, as JavaScript counts it."""
    units = text.encode("utf-16-le")
    for edit in reversed(edits):
        new = edit["text"].encode("utf-16-le")
        units = units[: 2 * edit["from"]] + new + units[2 * edit["to"] :]
    return units.decode("utf-16-le")


def no_other_user_can_read(path: Path) -> bool:
    return os.name != "posix" or path.stat().st_mode & 0o077 == 0
