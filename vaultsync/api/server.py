"""The server: a thread that listens on 127.0.0.1 alone, on a port of the system's choice.

Who may reach it is told by a file in the user's state folder that only the user can read: the address, and a
token that is new at each start. The file comes last and goes first. The thread never touches the vault.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from vaultsync import __version__
from vaultsync.api.contract import API
from vaultsync.api.values import ApiRequest, StatusRequest
from vaultsync.daemon.status import Api

AT_ONCE = 64
"""Connections at a time; what is beyond is told to come again."""

IDLE = 65
"""Seconds that a connection stays open without a request: a little longer than a status may wait."""

START_WITHIN = 30.0
"""Seconds for the thread to import what it needs, and to listen."""

_log = logging.getLogger("vaultsync.api")


class Address(msgspec.Struct, frozen=True):
    """What the token file holds."""

    url: str
    token: str
    pid: int
    vault: str
    version: str
    api: str


class Server:
    """Serves a daemon of the vault at `root` from `start` to `stop`; `file` is the token file.

    `ask` puts a request on the daemon's queue; `latest` gives the number of the newest status, and the status
    as the contract tells it; `started` is called, on the server's thread, once it listens.
    """

    def __init__(
        self,
        root: Path,
        file: Path,
        ask: Callable[[str, ApiRequest], Future[Any]],
        latest: Callable[[], tuple[int, Any]],
        started: Callable[[], object],
    ) -> None:
        self._root, self.file = root, file
        self._ask, self._latest, self._started = ask, latest, started
        self._token = secrets.token_urlsafe(32)  # 256 bits
        self._thread = threading.Thread(target=self._serve, name="vaultsync-api", daemon=True)
        self._stopping = False
        self._server: Any = None
        self._api: Api | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()

    @property
    def api(self) -> Api | None:
        """Where it listens, and its file, once that is there."""
        return self._api

    def start(self) -> None:
        """Begin to serve, in a thread; the file is there once it does."""
        self._thread.start()

    def stop(self) -> None:
        """Take the file away, and end the thread."""
        self._stopping = True
        with suppress(OSError):
            self.file.unlink()
        if self._server is not None:
            self._server.should_exit = self._server.force_exit = True
        self.news()
        self._thread.join(START_WITHIN)
        with suppress(OSError):  # it may just have been written
            self.file.unlink()

    def news(self) -> None:
        """There is another status; from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for waiting in self._waiting:
            waiting.set()
        if self._stopping:
            self._server.ended.set()

    def _serve(self) -> None:
        try:
            self._run()
        except Exception:  # noqa: BLE001  a thread's outer boundary: the daemon goes on without the plugin
            _log.exception("defect: the API has ended")
        finally:
            with suppress(OSError):
                self.file.unlink()

    def _run(self) -> None:
        import uvicorn  # 28 MB and half a second, which only a daemon that serves pays, beside its first look

        from vaultsync.api.app import make_app
        from vaultsync.api.connection import Connection, QuietServer
        from vaultsync.api.gate import Gate

        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
            # With the protocol named, asyncio sends each part of an answer at once, and not after 40 ms.
            listening.bind(("127.0.0.1", 0))
            listening.listen(AT_ONCE)
            port = listening.getsockname()[1]
            config = uvicorn.Config(
                Gate(make_app(self._ask, self._tell_status), port, self._token),
                loop="asyncio",
                http=Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                limit_concurrency=AT_ONCE,
                timeout_keep_alive=IDLE,
                timeout_graceful_shutdown=1,
                h11_max_incomplete_event_size=16_384,
            )
            self._server = QuietServer(config)
            if not self._stopping:
                asyncio.run(self._until_stopped(listening, port))

    async def _until_stopped(self, listening: socket.socket, port: int) -> None:
        self._loop = asyncio.get_running_loop()
        serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.005)
        if not self._stopping and not serving.done():
            url = f"http://127.0.0.1:{port}"
            address = Address(url, self._token, os.getpid(), str(self._root), __version__, API)
            write_privately(self.file, msgspec.json.encode(address))
            self._api = Api(url, str(self.file))
            self._started()
            _log.info("api: %s", url)
        if self._stopping:
            self._server.ended.set()
        await serving

    async def _tell_status(self, asked: StatusRequest) -> Any:
        """The status, once its number isn't `since` any more, or the wait is over."""
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            async with asyncio.timeout(asked.wait):
                while self._latest()[0] == asked.since and not self._stopping:
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            pass  # nothing has changed: the same status once more
        finally:
            self._waiting.discard(changed)
        return self._latest()[1]


def write_privately(file: Path, data: bytes) -> None:
    """Write a file that nobody else can read, in one step, in a folder that nobody else can enter."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name == "posix":
        file.parent.chmod(0o700)
    temp = file.with_suffix(f".{os.getpid()}.tmp")
    temp.unlink(missing_ok=True)
    fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as out:
        out.write(data)
    temp.replace(file)
