"""`vaultsync service` with a real `systemd --user`, started for the test, and gone with it.

A user's manager wants a system that was booted with systemd. In a container it is given what it looks for in
a mount namespace of its own; a process namespace takes all that it started along when the test ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from daemons import ROOT, repository, settings
from smallvault import CONFERENCE, write

CGROUPS = Path("/sys/fs/cgroup/systemd" if Path("/sys/fs/cgroup/systemd").is_dir() else "/sys/fs/cgroup")

SCRIPT = r"""
set -eu
echo $$ > "$CGROUP/cgroup.procs"
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR"
systemd --user > "$HOME/manager.log" 2>&1 &
for _ in $(seq 100); do systemctl --user is-system-running > "$HOME/ready" 2>&1 && break; sleep 0.1; done
grep -qE 'running|degraded' "$HOME/ready" || { echo "no manager: $(cat "$HOME/ready")"; exit 77; }
vaultsync fix --yes > "$HOME/agreed" 2>&1
vaultsync service install --yes > "$HOME/installed"
unit=$(basename "$HOME"/.config/systemd/user/*.service)
show() { systemctl --user show "$unit" -p "$1" --value; }
echo "installed: $(show ActiveState) $(show Type) $(show NotifyAccess)"
vaultsync service status | tail -n 1
printf '## Talk: Noise\n- DiffSBDD at night\n' >> "$NOTE"
for _ in $(seq 150); do grep -q '\[\[DiffSBDD\]\] at night' "$NOTE" && break; sleep 0.1; done
tail -n 1 "$NOTE"
before=$(show MainPID)
systemctl --user reload "$unit"
[ "$(show MainPID)" = "$before" ] && echo "reloaded: the same process"
kill -9 "$before"
for _ in $(seq 50); do [ "$(show SubState)" = auto-restart ] && break; sleep 0.1; done
echo "killed: $(show SubState)"
systemctl --user restart "$unit"
systemctl --user stop "$unit" && echo "stopped: $(show Result)"
vaultsync service uninstall > /dev/null && echo "left: $(ls "$HOME/.config/systemd/user")"
"""


@pytest.fixture
def cgroup(tmp_path: Path) -> Iterator[Path]:
    """A control group of the test's own; without the right to make one there is no manager to try it with."""
    group = CGROUPS / f"vaultsync-test-{os.getpid()}"
    if sys.platform != "linux" or os.geteuid() or not all(map(shutil.which, ("systemd", "unshare"))):
        pytest.skip("needs Linux with systemd, and root for a manager of the test's own")
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error.strerror}")
    yield group
    for folder in sorted(group.rglob("*/"), reverse=True):
        with suppress(OSError):
            folder.rmdir()
    group.rmdir()


def test_systemd_starts_reloads_restarts_and_stops_the_daemon(cgroup: Path, tmp_path: Path) -> None:
    root = write(tmp_path / "my vault's ö")
    settings(root, quiet=0.4)
    repository(root)
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    program = home / "bin/vaultsync"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m vaultsync "$@"\n')
    program.chmod(0o755)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DBUS_"))},
        "HOME": str(home),
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_RUNTIME_DIR": "/run/user/0",
        "CGROUP": str(cgroup),
        "NOTE": str(root / CONFERENCE),
        "PYTHONPATH": str(ROOT),
    }
    apart = "unshare --mount --pid --fork --kill-child --mount-proc --propagation private".split()
    done = subprocess.run(
        [*apart, "bash", "-c", SCRIPT],
        cwd=root,
        env=environ,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip(done.stdout)
    assert done.stdout.splitlines() == [
        "installed: active notify main",
        "it runs",
        "- [[DiffSBDD]] at night",
        "reloaded: the same process",
        "killed: auto-restart",
        "stopped: success",
        "left: ",
    ], done.stderr
