"""What a daemon says is one line an event, whatever a file's name holds: a name may be a stranger's."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path

import pytest

from vaultsync.daemon.log import OneLine, notify

NAME = "a\nMAINPID=1\r\nb\x1b[2Jc\u2028d\x85e\u202ef\tg.md"
"""A file's name in which are line ends of all kinds, and signs that steer a terminal."""


def test_a_name_with_line_ends_stays_on_the_line_of_its_event() -> None:
    record = logging.LogRecord("vaultsync", logging.INFO, "", 1, "run: %s", (f"notes: {NAME}",), None)
    line = OneLine().format(record)
    assert line.splitlines() == [line]
    assert line.isprintable() or set(filter(lambda char: not char.isprintable(), line)) == {"\t"}


@pytest.mark.skipif(sys.platform != "linux", reason="systemd's own way")
def test_a_name_with_line_ends_is_no_further_order_to_the_service_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        receiver.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify("READY=1", f"STATUS=waiting: {NAME}")
        told = receiver.recv(1000).decode()
    assert told.split("\n")[0] == "READY=1"
    assert len(told.splitlines()) == 2
