"""The service files, for each system, and what `vaultsync service` does with them."""

from __future__ import annotations

import plistlib
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from conftest import Command

from vaultsync.daemon.service import Service, content_of, is_installed, service_of

ODD = '/home/ada/My "old" Vault 100% $HOME & <co> äöü'
COMMAND = ["/opt/py thon/bin/vaultsync", "daemon", "--vault", ODD]


def service(platform: str, home: Path, root: str = ODD) -> Service:
    return service_of(
        Path(root), [*COMMAND[:-1], root], platform, {"PATH": "/opt/homebrew/bin:/bin"}, home, "501"
    )


def test_the_unit_starts_the_daemon_of_a_vault_with_an_odd_name(tmp_path: Path) -> None:
    found = service("linux", tmp_path)
    line = next(line for line in found.text.splitlines() if line.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart=").replace("$$", "$").replace("%%", "%"))
    assert words == COMMAND
    assert "Type=notify" in found.text
    assert found.file.parent == tmp_path / ".config" / "systemd" / "user"
    assert found.name.isascii()
    assert " " not in found.name


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    found = service_of(tmp_path, [sys.executable, "-c", "pass"], "linux", {}, tmp_path, "0")
    file = tmp_path / found.name
    file.write_bytes(content_of(found))
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(file)], capture_output=True, text=True, check=False
    )
    assert found.name not in done.stderr


def test_the_agent_is_a_property_list_that_starts_the_daemon_with_the_persons_path(tmp_path: Path) -> None:
    found = service("darwin", tmp_path)
    agent = plistlib.loads(content_of(found))
    assert agent["ProgramArguments"] == COMMAND
    assert agent["EnvironmentVariables"]["PATH"] == "/opt/homebrew/bin:/bin"
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    assert found.file == tmp_path / "Library" / "LaunchAgents" / f"{agent['Label']}.plist"
    assert found.install == (("launchctl", "bootstrap", "gui/501", str(found.file)),)


def test_the_task_starts_the_daemon_without_a_time_limit_and_on_batteries(tmp_path: Path) -> None:
    root = r"C:\Users\Ada\My Vault & more"
    found = service("win32", tmp_path, root)
    task = ET.fromstring(content_of(found).decode("utf-16"))
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert task.findtext(".//t:Exec/t:Command", namespaces=space) == COMMAND[0]
    assert task.findtext(".//t:Exec/t:Arguments", namespaces=space) == f'daemon --vault "{root}"'
    assert task.findtext(".//t:ExecutionTimeLimit", namespaces=space) == "PT0S"
    assert task.findtext(".//t:DisallowStartIfOnBatteries", namespaces=space) == "false"


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_two_vaults_of_one_name_have_two_services(platform: str, tmp_path: Path) -> None:
    one, other = (service(platform, tmp_path, f"/home/ada/{where}/Vault") for where in ("a", "b"))
    assert one.name != other.name
    assert one == service(platform, tmp_path, "/home/ada/a/Vault")


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `systemctl` that notes down what it is asked, and says that all units run once one was started."""
    log, folder = tmp_path / "asked", tmp_path / "bin"
    folder.mkdir()
    program = folder / "systemctl"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {log}\ncase "$*" in\n'
        f"*is-active*) test -e {log}.on;;\n*restart*) touch {log}.on;;\n*disable*) rm -f {log}.on;;\nesac\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "platform", "linux")
    return log


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    return root


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for systemctl is a shell script")
def test_install_shows_then_installs_and_a_second_time_changes_nothing(
    vault: Path, systemctl: Path, vaultsync: Command
) -> None:
    shown = vaultsync("service", "install", "--show", "--vault", str(vault))
    assert shown.code == 0
    assert "ExecStart=" in shown.out
    assert not systemctl.exists()
    done = vaultsync("service", "install", "--yes", "--vault", str(vault))
    assert done.code == 0, done.err
    asked = systemctl.read_text(encoding="utf-8")
    assert [line.split()[1] for line in asked.splitlines()] == ["daemon-reload", "enable", "restart"]
    file = Path(done.out.split("\n", 1)[0].removeprefix("# "))
    written = file.stat().st_mtime_ns
    again = vaultsync("service", "install", "--yes", "--vault", str(vault))
    assert again.code == 0
    assert "it is installed and runs" in again.err
    assert file.stat().st_mtime_ns == written
    assert "restart" not in systemctl.read_text(encoding="utf-8").removeprefix(asked)
    told = vaultsync("service", "status", "--vault", str(vault))
    assert told.code == 0
    assert "it runs" in told.out


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for systemctl is a shell script")
def test_uninstall_ends_and_removes_the_service_and_a_second_time_says_that_none_is_there(
    vault: Path, systemctl: Path, vaultsync: Command
) -> None:
    done = vaultsync("service", "install", "--yes", "--vault", str(vault))
    file = Path(done.out.split("\n", 1)[0].removeprefix("# "))
    assert vaultsync("service", "uninstall", "--vault", str(vault)).code == 0
    assert not file.exists()
    assert "disable --now" in systemctl.read_text(encoding="utf-8")
    assert "no service" in vaultsync("service", "uninstall", "--vault", str(vault)).err
    assert vaultsync("service", "status", "--vault", str(vault)).code == 1


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for systemctl is a shell script")
def test_a_service_manager_that_refuses_is_told_with_its_words(
    vault: Path, systemctl: Path, vaultsync: Command
) -> None:
    (systemctl.parent / "bin" / "systemctl").write_text(
        "#!/bin/sh\necho Failed to connect to bus >&2\nexit 1\n", encoding="utf-8"
    )
    done = vaultsync("service", "install", "--yes", "--vault", str(vault))
    assert done.code == 2
    assert "Failed to connect to bus" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for systemctl is a shell script")
def test_nobody_at_the_keyboard_means_no(vault: Path, systemctl: Path, process: Command) -> None:
    assert process("service", "install", "--vault", str(vault)).code != 0
    assert not systemctl.exists() or "enable" not in systemctl.read_text(encoding="utf-8")


def test_a_file_of_another_version_is_not_up_to_date(tmp_path: Path) -> None:
    found = service("linux", tmp_path)
    assert not is_installed(found)
    found.file.parent.mkdir(parents=True)
    found.file.write_bytes(content_of(found))
    assert is_installed(found)
    found.file.write_text("[Unit]\n", encoding="utf-8")
    assert not is_installed(found)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for systemctl is a shell script")
def test_the_service_of_a_vault_that_is_gone_can_still_be_uninstalled(
    vault: Path, systemctl: Path, vaultsync: Command
) -> None:
    done = vaultsync("service", "install", "--yes", "--vault", str(vault))
    file = Path(done.out.split("\n", 1)[0].removeprefix("# "))
    shutil.rmtree(vault)
    assert vaultsync("service", "status", "--vault", str(vault)).code == 0
    assert vaultsync("service", "uninstall", "--vault", str(vault)).code == 0
    assert not file.exists()
    assert "is not a folder" in vaultsync("service", "uninstall", "--vault", str(vault)).err
