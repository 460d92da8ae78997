"""Every test runs cut off from the machine: its own home, caches and git identity, no vault from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
from hypothesis import HealthCheck, settings

from vaultsync.core.errors import Problem
from vaultsync.core.plan import planner
from vaultsync.files.disk import RealDisk

ROOT = Path(__file__).parent.parent

# No test fails by chance, or because the machine is busy: the same examples each time, and no clock.
# `--hypothesis-profile=explore` draws others.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")

# Nor because it works in the background, where a shell has interruptions ignored by all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

GIT_CONFIG = """\
[user]
\tname = Ada Person
\temail = ada@example.org
[init]
\tdefaultBranch = main
[gc]
\tauto = 0
[protocol "file"]
\tallow = always
"""


@pytest.fixture(scope="session")
def bare_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that holds a git identity and nothing else."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(GIT_CONFIG, encoding="utf-8")
    return home


@pytest.fixture(autouse=True)
def _isolated(
    bare_home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment of a newcomer's machine, whatever the one that runs the tests is like."""
    for name in [n for n in os.environ if n.startswith(("GIT_", "VAULTSYNC_")) or n in ("NO_COLOR", "EMAIL")]:
        monkeypatch.delenv(name)
    own = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("HOME", str(bare_home))
    monkeypatch.setenv("USERPROFILE", str(bare_home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(bare_home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(own / kind.lower()))


@pytest.fixture(autouse=True)
def _no_rule_fails(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A note that is left alone because a rule failed at it fails the test, unless it is about that."""
    if "defects" in request.keywords:
        return

    def raised(path: str, reason: str) -> Problem:
        raise AssertionError(f"{path}: {reason}")

    monkeypatch.setattr(planner, "_defect", raised)


class Outcome(NamedTuple):
    """What a command line did: its exit code, its results, what it told the person."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What a command printed with `--json`, out of its envelope."""
        told = json.loads(self.out)
        assert set(told) == {"vaultsync", "data"}
        assert told["vaultsync"] == 1
        return told["data"]


class Command(Protocol):
    def __call__(self, *args: str, cwd: Path | None = None) -> Outcome: ...


@pytest.fixture
def vaultsync(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command line in this process, through the outer boundary that sets the exit code."""
    from vaultsync.cli import run

    def call(*args: str, cwd: Path | None = None) -> Outcome:
        if cwd is not None:
            monkeypatch.chdir(cwd)
        capsys.readouterr()
        code = run(list(args))
        return Outcome(code, *capsys.readouterr())

    return call


class LateSave(Protocol):
    def __call__(self, note: str, line: str) -> None: ...


@pytest.fixture
def late_save(monkeypatch: pytest.MonkeyPatch) -> LateSave:
    """Appends a line to a note once, in place, into the file that has just been replaced and read."""

    def arrange(note: str, line: str) -> None:
        lines = [line]
        park = RealDisk._park

        def park_then_save(self: RealDisk, temp: Path) -> None:
            park(self, temp)
            if lines and self._parked[-1][2].path.rpartition("/")[2] == note:
                with temp.open("a", encoding="utf-8") as file:
                    file.write(lines.pop())

        monkeypatch.setattr(RealDisk, "_park", park_then_save)

    return arrange


@pytest.fixture
def process() -> Command:
    """Runs a command line as a process of its own, as a shell would, with nobody at the keyboard."""

    def call(*args: str, cwd: Path | None = None) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "vaultsync", *args],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return call
