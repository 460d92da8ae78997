"""Who the API answers: the checklist of its safety, point by point, with a real client and a real daemon."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from urllib.parse import quote

import pytest
import smallvault
from api_client import Answer, Client, no_other_user_can_read, served
from conftest import GIT_CONFIG
from daemons import PATIENCE, RealDaemon, repository, settings

from vaultsync.api import connection, gate
from vaultsync.api.contract import ROUTES
from vaultsync.api.server import Server
from vaultsync.daemon.status import Place
from vaultsync.vault.consent import give_consent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("gate")
    (home / ".gitconfig").write_text(GIT_CONFIG, encoding="utf-8")
    return home


def live_in(home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("HOME", str(home))
    patch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
        patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))


@pytest.fixture(autouse=True)
def _at_home(_isolated: None, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home of the one daemon, for each test."""
    live_in(home, monkeypatch)


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[tuple[Path, RealDaemon, Client]]:
    """One daemon for all of these tests, which change nothing."""
    with pytest.MonkeyPatch.context() as patch:
        live_in(home, patch)
        root = smallvault.write(home / "vault")
        repository(root)
        with served(root) as (daemon, client):
            yield root, daemon, client


@pytest.fixture
def client(running: tuple[Path, RealDaemon, Client]) -> Client:
    return running[2]


def failed_with(answer: Answer, status: int) -> bool:
    assert set(answer.json) == {"error", "hint"}
    assert answer.json["error"]
    return answer.status == status


def test_it_listens_on_this_machine_alone(client: Client) -> None:
    assert client.url == f"http://127.0.0.1:{client.port}"
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)} - {"127.0.0.1", "::1"}
    for address in others:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as other:
            other.settimeout(2)
            assert other.connect_ex((address, client.port)) != 0
    if sys.platform == "linux":
        hexed = f"0100007F:{client.port:04X}"
        tables = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
        listening = [line.split()[1] for line in tables.splitlines() if line.split()[3] == "0A"]
        assert [entry for entry in listening if entry.endswith(f":{client.port:04X}")] == [hexed]


OTHER_HOSTS = (
    *("evil.example", "127.0.0.1", "localhost", "127.0.0.1:1"),
    *("localhost.evil.example:{port}", "[::1]:{port}"),
)


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_another_host_is_refused_even_with_the_token(client: Client, host: str) -> None:
    answer = client.send("GET", "/v1/status", headers={"Host": host.format(port=client.port)})
    assert failed_with(answer, 421)


def test_two_hosts_or_none_are_refused(client: Client) -> None:
    for hosts in (b"", b"Host: 127.0.0.1:%d\r\nHost: evil.example\r\n" % client.port):
        said = client.raw(b"GET /v1/status HTTP/1.1\r\n%sConnection: close\r\n\r\n" % hosts)
        assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 421"))
    said = client.raw(b"GET /v1/status HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n" % client.token.encode())
    assert said.startswith(b"HTTP/1.1 421")


def test_both_names_of_this_machine_do(client: Client) -> None:
    for host in ("127.0.0.1", "localhost", "LOCALHOST"):
        answer = client.send("GET", "/v1/status", headers={"Host": f"{host}:{client.port}"})
        assert answer.status == (200 if host.islower() or host[0] == "1" else 421)


OTHER_ORIGINS = (
    *("null", "", "capacitor://localhost", "http://localhost", "https://localhost"),
    *("http://127.0.0.1:{port}", "https://obsidian.md", "app://obsidian.md.evil.example"),
    "app://obsidian.md, null",
)


@pytest.mark.parametrize("origin", OTHER_ORIGINS)
def test_another_origin_is_refused_even_with_the_token(client: Client, origin: str) -> None:
    answer = client.send("GET", "/v1/status", headers={"Origin": origin.format(port=client.port)})
    assert failed_with(answer, 403)


def test_obsidian_is_let_in(client: Client) -> None:
    assert client.send("GET", "/v1/status", headers={"Origin": "app://obsidian.md"}).status == 200


@pytest.mark.parametrize("origin", [None, "app://obsidian.md", "https://evil.example"])
def test_nobody_may_ask_before_asking(client: Client, origin: str | None) -> None:
    headers = {"Access-Control-Request-Method": "POST", "Origin": origin}
    answer = client.send("OPTIONS", "/v1/fix", headers=headers)  # type: ignore[arg-type]  # None: left out
    assert failed_with(answer, 403)
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
@pytest.mark.parametrize("token", [None, "Bearer", "Bearer x", "Basic {token}", "Bearer {token}x", "{token}"])
def test_each_route_wants_the_token(client: Client, route: object, token: str | None) -> None:
    path = "/v1" + route.path.replace("{run}", "abcdef")  # type: ignore[attr-defined]  # a Route
    headers = {"Authorization": token.format(token=client.token) if token else None}
    body = None if route.method == "GET" else b"{}"  # type: ignore[attr-defined]
    answer = client.send(route.method, path, body, headers)  # type: ignore[attr-defined, arg-type]
    assert failed_with(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_in_the_address_is_none(client: Client) -> None:
    for name in ("token", "access_token", "authorization"):
        answer = client.send(
            "GET",
            f"/v1/status?{name}={client.token}",
            headers={"Authorization": None},  # type: ignore[dict-item]
        )
        assert answer.status == 401


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/json, text/plain", "json"]
)
def test_a_page_that_posts_without_asking_is_refused(client: Client, kind: str | None) -> None:
    answer = client.send("POST", "/v1/pause", b'{"seconds": 1}', {"Content-Type": kind})  # type: ignore[dict-item]
    assert failed_with(answer, 415)


def test_a_body_has_its_limit_whether_it_says_its_length_or_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_many = gate.LARGEST_BODY + 1
    head = (
        f"POST /v1/fix HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\nAuthorization: Bearer {client.token}\r\n"
        "Content-Type: application/json\r\n"
    )
    said = client.raw(f"{head}Content-Length: {too_many}\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 413")
    with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        chunk = b"%x\r\n" % (1 << 20) + b" " * (1 << 20) + b"\r\n"
        said = b""
        try:
            for _ in range(too_many // (1 << 20) + 2):
                connection.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has answered, and reads no more
        try:
            said = connection.recv(65536)
        except ConnectionResetError:
            said = b"HTTP/1.1 413"  # the answer was lost with the connection
    assert said.startswith(b"HTTP/1.1 413")
    assert client.ask("GET", "/status")["state"]


def test_headers_have_their_limit(client: Client) -> None:
    said = client.raw(b"GET /v1/status HTTP/1.1\r\nX: " + b"x" * 100_000)
    assert said.startswith(b"HTTP/1.1 400") or said == b""


def test_no_answer_may_be_stored_or_says_who_serves(client: Client) -> None:
    for answer in (
        client.send("GET", "/v1/status"),
        client.send("GET", "/v1/nothing"),
        client.send("GET", "/v1/status", headers={"Authorization": None}),  # type: ignore[dict-item]
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == "application/json"
        assert not {"server", "x-powered-by", "set-cookie"} & set(answer.headers)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_token_file_is_the_users_alone_and_complete(running: tuple[Path, RealDaemon, Client]) -> None:
    root, daemon, client = running
    file = Place(root).api_file
    assert file == client.file
    assert no_other_user_can_read(file)
    assert no_other_user_can_read(file.parent)
    assert root not in file.parents
    address = json.loads(file.read_bytes())
    assert set(address) == {"url", "token", "pid", "vault", "version", "api"}
    assert address["pid"] == daemon.process.pid
    assert address["vault"] == str(root)
    assert len(address["token"]) >= 43  # 256 bits in base 64
    assert not list(file.parent.glob("*.tmp"))
    assert not [
        path for path in root.rglob("*") if path.is_file() and client.token.encode() in path.read_bytes()
    ]


def test_status_says_where_the_api_is_and_not_the_token(running: tuple[Path, RealDaemon, Client]) -> None:
    _, daemon, client = running
    shown = daemon.until_status(lambda s: s["api"], "the API")
    assert shown["api"] == {"url": client.url, "token_file": str(client.file)}
    assert client.token not in json.dumps(shown)


def test_nothing_of_a_request_is_logged(running: tuple[Path, RealDaemon, Client]) -> None:
    root, _, client = running
    client.ask("GET", "/problems?path=Secret%20Plan.md")
    client.send("GET", "/v1/status", headers={"Authorization": "Bearer wrong-token-in-a-log"})
    log = Place(root).log_file.read_text(encoding="utf-8")
    assert "Secret" not in log
    assert client.token not in log
    assert "wrong-token" not in log


OUTSIDE = (
    *("../outside.md", "/etc/passwd", "Papers/../../outside.md", "Papers//x.md", ".obsidian/app.json"),
    *(
        ".obsidian/x.md",
        "Papers/.hidden.md",
        "Papers\\..\\x.md",
        "C:\\x.md",
        "Home.txt",
        "x\0.md",
        "Out/x.md",
        "Papers/x (conflict 1a2b3c4).md",
    ),
)


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_out_of_the_notes(
    running: tuple[Path, RealDaemon, Client], path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root, _, client = running
    if not (root / "Out").is_symlink():
        outside = tmp_path_factory.mktemp("outside")
        (outside / "x.md").write_text("DiffSBDD, 2210.13695\n", encoding="utf-8")
        (root / "Out").symlink_to(outside)
    for method, route, body in (
        ("POST", "/fix", {"path": path, "text": "x"}),
        ("POST", "/fix", {"path": path, "text": "DiffSBDD, 2210.13695\n", "apply": True}),
        ("POST", "/applied", {"path": path, "digest": "0" * 64, "run": "0" * 12}),
        ("POST", "/run", {"paths": [path]}),
        ("POST", "/run", {"paths": [path], "dry_run": True}),
        ("POST", "/decide", {"source": path, "name": "x", "paper": path, "decision": "deny"}),
    ):
        assert client.ask(method, route, body, status=403)["error"]
    client.ask(
        "POST", "/hold", {"paths": [path], "open": [path], "seconds": 1}
    )  # of it there is nothing to hold
    for route in ("/problems?path=", "/suggestions?path=", "/mentions?path=", "/why?at=0&path="):
        assert client.ask("GET", route + quote(path), status=403)["error"]


def test_who_does_not_come_to_the_point_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEADERS_WITHIN", 0.2)
    monkeypatch.setattr(gate, "BODY_WITHIN", 0.2)
    file, started = tmp_path / "api.json", threading.Event()
    server = Server(tmp_path, file, lambda name, asked: Future(), lambda: (0, None), started.set)
    server.start()
    try:
        assert started.wait(PATIENCE)
        address = json.loads(file.read_bytes())
        port = int(address["url"].rpartition(":")[2])
        head = (
            f"POST /v1/resume HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {address['token']}\r\nContent-Length: 2\r\n\r\n"
        )
        for said, answer in (
            (b"", b""),
            (b"GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1", b""),
            (head.encode() + b"{", b"HTTP/1.1 408"),
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as one:
                one.sendall(said)
                try:
                    assert one.recv(12) == answer
                except ConnectionResetError:
                    assert answer == b""
    finally:
        server.stop()
    assert not file.exists()


@pytest.mark.parametrize("said", [b"", b"GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1"])
def test_many_connections_that_ask_for_nothing_keep_nobody_out(client: Client, said: bytes) -> None:
    idle = [socket.create_connection(("127.0.0.1", client.port), timeout=30) for _ in range(200)]
    try:
        for one in idle:
            with contextlib.suppress(OSError):  # closed already, to make room
                one.sendall(said)
        assert [client.send("GET", "/v1/status").status for _ in range(5)] == [200] * 5
    finally:
        for one in idle:
            one.close()


def test_who_has_no_token_keeps_no_place(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=PATIENCE) as one:
        one.sendall(f"GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: one.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 401")


def test_with_the_api_off_there_is_none(tmp_path: Path) -> None:
    root = smallvault.write(tmp_path / "vault")
    settings(root)
    give_consent(root)
    with (root / ".vaultsync" / "config.toml").open("a", encoding="utf-8") as file:
        file.write("[api]\non = false\n")
    repository(root)
    daemon = RealDaemon(root)
    try:
        shown = daemon.until_idle()
        assert shown["api"] is None
        assert not Place(root).api_file.exists()
        config = root / ".vaultsync" / "config.toml"
        config.write_text(config.read_text(encoding="utf-8").replace("false", "true"), encoding="utf-8")
        daemon.signal(signal.SIGHUP)
        daemon.until_status(lambda s: s["api"], "the API, once it is on")
        assert Place(root).api_file.exists()
    finally:
        daemon.stop()
        assert daemon.process.stderr is not None
        daemon.process.stderr.close()


def test_each_start_has_a_token_of_its_own_and_takes_it_away(tmp_path: Path) -> None:
    root = smallvault.write(tmp_path / "vault")
    repository(root)
    tokens = set()
    for _ in range(2):
        with served(root) as (daemon, client):
            tokens.add(client.token)
            assert daemon.stop() < 15
            assert not client.file.exists()
    assert len(tokens) == 2
