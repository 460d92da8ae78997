"""Servers as they are: one that never answers, ssh with a key and without. Nobody is asked, all is told."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from devices import Device, devices
from gitrepo import git_env, repo

from vaultsync.git import process, remote

__all__ = ["git_env", "repo"]

needs_ssh = pytest.mark.skipif(
    shutil.which("sshd") is None or sys.platform == "win32", reason="there is no sshd on this machine"
)


@pytest.fixture
def two(git_env: Path, tmp_path: Path) -> tuple[Device, Device]:
    one, other = devices(tmp_path / "devices", A__md="a\n", B__md="b\n")
    return one, other


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that accepts every connection, and never says a word."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    held.append(server.accept()[0])
            except OSError:
                pass

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in held:
        connection.close()


def test_a_server_that_never_answers_is_told_of_within_half_a_minute() -> None:
    assert remote.ANSWER + process.END_GRACE < 30
    assert remote.STALLED <= remote.ANSWER


@pytest.mark.skipif(sys.platform == "win32", reason="there only the long time-out ends it")
@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:{}/v.git", "git://127.0.0.1:{}/v.git", "ssh://a@b/v.git"]
)
def test_a_server_that_never_answers_is_offline_and_what_was_typed_stays(
    two: tuple[Device, Device], silent: int, address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one, _ = two
    monkeypatch.setattr(remote, "ANSWER", 0.5)
    started = tmp_path / "started"
    hanging = tmp_path / "ssh"
    hanging.write_text(f"#!/bin/sh\necho $$ >> '{started}'\nexec sleep 600\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(hanging))
    one.git("remote", "set-url", "origin", address.format(silent))
    one.write("A.md", "a, edited\n")
    done = one.sync()
    assert done.waiting is not None
    assert done.waiting.state == "offline"
    assert "does not answer" in done.waiting.message
    assert (one.path / "A.md").read_text() == "a, edited\n"
    assert not list((one.path / ".git").rglob("*.lock"))
    for pid in started.read_text().split() if started.exists() else ():
        assert has_ended(pid)


def has_ended(pid: str) -> bool:
    """Whether a process that was told to end has ended; it may not have been waited for."""
    for _ in range(100):
        state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, check=False).stdout
        if not state.strip() or state.startswith(b"Z"):
            return True
        time.sleep(0.05)
    return False


def test_a_command_that_goes_on_speaking_is_not_ended(repo: object, tmp_path: Path) -> None:
    git = process.GitProcess(tmp_path)
    said = "!for i in 1 2 3 4 5 6; do echo $i >&2; sleep 0.3; done; echo done"
    patience = process.Silence(first=1.0, later=1.0)
    done = git.write("-c", f"alias.slow={said}", "slow", silence=patience)
    assert done.out == b"done\n"
    with pytest.raises(process.GitTimedOut):
        git.write("-c", "alias.dumb=!echo begun >&2; sleep 600", "dumb", silence=patience)


class SshServer(NamedTuple):
    """A server of this machine's own: where it is, and how to reach it."""

    port: int
    folder: Path

    @property
    def command(self) -> str:
        """The ssh command of somebody who has the key and knows the server."""
        known = f"-o UserKnownHostsFile={self.folder}/known"
        return f"ssh -F none -i {self.folder}/key {known} -o IdentityAgent=none"

    def address(self, path: Path) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{path}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("key", "host", "stranger"):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(argv, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    public = (folder / "host.pub").read_text()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {public}")
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/key.pub\nPermitRootLogin yes\nPasswordAuthentication yes\nUsePAM no\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd, as root, puts itself apart
    argv = [shutil.which("sshd") or "", "-D", "-e", "-f", str(folder / "config")]
    with open(folder / "log", "wb") as log, subprocess.Popen(argv, stderr=log) as child:
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    assert child.poll() is None, (folder / "log").read_text()
                    time.sleep(0.05)
            yield SshServer(port, folder)
        finally:
            child.terminate()


@needs_ssh
def test_a_sync_over_ssh_brings_and_gives(
    two: tuple[Device, Device], server: SshServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    monkeypatch.setenv("GIT_SSH_COMMAND", server.command)
    for device in two:
        device.git("remote", "set-url", "origin", server.address(device.remote))
    one.write("A.md", "a, edited\n")
    other.write("B.md", "b, edited\n")
    for device in (one, other, one):
        assert device.sync().waiting is None
    assert one.files() == other.files()
    assert one.content("A.md") + one.content("B.md") == "a, edited\nb, edited\n"


@needs_ssh
@pytest.mark.parametrize("without", ["the key", "the server's key"])
def test_a_login_over_ssh_that_would_ask_is_told_and_nobody_is_asked(
    two: tuple[Device, Device], server: SshServer, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    one, _ = two
    if without == "the key":
        (server.folder / "stranger").replace(server.folder / "key")
    else:
        (server.folder / "known").write_text("")
    monkeypatch.setenv("GIT_SSH_COMMAND", server.command)
    one.git("remote", "set-url", "origin", server.address(one.remote))
    one.write("A.md", "a, edited\n")
    done = one.sync()
    assert done.waiting is not None
    assert done.waiting.state == "login"
    assert (one.path / "A.md").read_text() == "a, edited\n"
