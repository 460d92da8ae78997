"""The daemon as a service of the user's: a systemd unit, a launchd agent, or a task of Windows' scheduler.

`service_of` gives the one for a vault on a system as a value: the file, its text, the commands that switch it
on and off. Nothing is done here; `vaultsync service` shows it first and then does it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from xml.sax.saxutils import escape

import msgspec

from vaultsync.vault.places import vault_key

_UNIT = """\
[Unit]
Description=vaultsync keeps the vault {title} consistent
Documentation=man:systemd.service(5)
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=notify
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=10
# The daemon ends within two seconds; its git gets the rest.
TimeoutStopSec=20
KillMode=mixed
Nice=5
IOSchedulingClass=idle

# It reads and writes your vault, and its own files in your home, with your rights and no more of them.
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"""

_AGENT = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>{name}</string>
    <key>ProgramArguments</key>
    <array>
{arguments}
    </array>
    <key>EnvironmentVariables</key>
    <dict>
        <key>PATH</key>
        <string>{path}</string>
    </dict>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ProcessType</key>
    <string>Background</string>
</dict>
</plist>
"""

_TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>vaultsync keeps the vault {title} consistent</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>{user}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


class Service(msgspec.Struct, frozen=True):
    """A service: its `name`, the `file` that defines it and its `text` (in `encoding`), and commands.

    `install` is run after the file is written, `uninstall` before it is removed; `status` tells whether it
    runs. `note` is what the person should know beside.
    """

    system: str
    name: str
    file: Path
    text: str
    encoding: str
    install: tuple[tuple[str, ...], ...]
    uninstall: tuple[tuple[str, ...], ...]
    status: tuple[str, ...]
    note: str = ""


def service_of(
    root: Path, command: Sequence[str], platform: str, environ: Mapping[str, str], home: Path, user: str
) -> Service:
    """The service that runs `command` (the daemon for the vault at `root`) on a system.

    `platform` is Python's name of it (`sys.platform`), `user` the user's number on macOS and name on Windows.
    """
    if platform == "darwin":
        return _launchd(root, command, environ, home, user)
    if platform == "win32":
        return _scheduler(root, command, environ, home, user)
    return _systemd(root, command, environ, home)


def _name(root: PurePath) -> str:
    """A name of the vault that is a file name, a unit name and its own on this machine."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", root.name).strip("-")[:40]
    return "-".join(filter(None, ("vaultsync", plain, vault_key(Path(root))[:6])))


def _systemd(root: Path, command: Sequence[str], environ: Mapping[str, str], home: Path) -> Service:
    name = f"{_name(root)}.service"
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    # The dollar and the percent sign are systemd's own; see systemd.service(5), "Command lines".
    words = " ".join(_systemd_word(word) for word in command)
    title = _one_line(root.name).replace("%", "%%")
    return Service(
        "systemd",
        name,
        config / "systemd" / "user" / name,
        _UNIT.format(title=title, command=words),
        "utf-8",
        (
            ("systemctl", "--user", "daemon-reload"),
            ("systemctl", "--user", "enable", name),
            ("systemctl", "--user", "restart", name),
        ),
        (("systemctl", "--user", "disable", "--now", name),),
        ("systemctl", "--user", "is-active", name),
        "To let it run while you are logged out: loginctl enable-linger",
    )


def _systemd_word(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'


def _launchd(
    root: Path, command: Sequence[str], environ: Mapping[str, str], home: Path, user: str
) -> Service:
    name = f"io.github.{_name(root)}"
    file = home / "Library" / "LaunchAgents" / f"{name}.plist"
    arguments = "\n".join(f"        <string>{escape(word)}</string>" for word in command)
    # An agent gets a PATH without Homebrew's git.
    path = escape(environ.get("PATH", "/usr/bin:/bin"))
    target = f"gui/{user}"
    return Service(
        "launchd",
        name,
        file,
        _AGENT.format(name=escape(name), arguments=arguments, path=path),
        "utf-8",
        (("launchctl", "bootstrap", target, str(file)),),
        (("launchctl", "bootout", f"{target}/{name}"),),
        ("launchctl", "print", f"{target}/{name}"),
        "macOS may ask once whether Python may read the vault's folder.",
    )


def _scheduler(
    root: Path, command: Sequence[str], environ: Mapping[str, str], home: Path, user: str
) -> Service:
    name = _name(root)
    folder = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    file = folder / "vaultsync" / f"{name}.xml"
    program, *rest = command
    arguments = " ".join(_windows_word(word) for word in rest)
    text = _TASK.format(
        title=escape(_one_line(root.name)),
        user=escape(user),
        program=escape(program),
        arguments=escape(arguments),
    )
    return Service(
        "Task Scheduler",
        name,
        file,
        text,
        "utf-16",
        (
            ("schtasks", "/Create", "/F", "/TN", name, "/XML", str(file)),
            ("schtasks", "/Run", "/TN", name),
        ),
        (("schtasks", "/End", "/TN", name), ("schtasks", "/Delete", "/F", "/TN", name)),
        ("schtasks", "/Query", "/TN", name),
    )


def _windows_word(word: str) -> str:
    """One argument for a Windows command line, as the C library there reads it."""
    if word and not re.search(r'[\s"]', word):
        return word
    doubled = re.sub(r'(?<!\\)(\\*)"', r'\1\1\\"', word)
    return '"' + re.sub(r"(?<!\\)(\\+)$", r"\1\1", doubled) + '"'


def _one_line(name: str) -> str:
    return re.sub(r"[\x00-\x1f]+", " ", name)


def is_installed(service: Service) -> bool:
    """Whether the service's file is there as it would be written now."""
    try:
        return service.file.read_bytes() == content_of(service)
    except OSError:
        return False


def content_of(service: Service) -> bytes:
    """The bytes of the service's file."""
    text = service.text.replace("\n", os.linesep) if service.encoding == "utf-16" else service.text
    return text.encode(service.encoding)
