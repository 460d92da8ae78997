"""Standard streams that are closed or full, or of an encoding that spells no names, as services have them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Command
from smallvault import CONFERENCE, write

from vaultsync import cli
from vaultsync.core.errors import Exit

needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")


def in_a_shell(line: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell in which `vs` is the program."""
    return subprocess.run(
        ["sh", "-c", f'vs() {{ "$PYTHON" -P -m vaultsync "$@"; }}; {line}'],
        cwd=cwd,
        env={**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("command", "closed"),
    [
        ("fix --no-commit", "<&-"),
        ("fix --no-commit", "<&- >&- 2>&-"),
        ("rules", ">&-"),
        ("no-such-command --json", "2>&-"),
    ],
)
def test_a_closed_stream_leads_nowhere(command: str, closed: str, tmp_path: Path) -> None:
    vault = write(tmp_path)
    done = in_a_shell(f"vs {command} {closed}", vault)
    assert done.returncode == (2 if command.startswith("no-such") else 0), done.stderr
    assert "Traceback" not in done.stderr
    if command.startswith("fix"):
        assert "tags:\n  - conference" in (vault / CONFERENCE).read_text()


@needs_dev_full
@pytest.mark.parametrize("command", ["rules", "config --json", "fix --check", "--help"])
def test_results_that_found_no_room_are_told(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(write(tmp_path))
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert cli.run(command.split()) == Exit.USAGE
    assert "standard output can't be written: No space left on device" in capsys.readouterr().err


@needs_dev_full
def test_a_full_disk_behind_standard_error_ends_no_work(
    vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = write(tmp_path)
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stderr", full)
        assert vaultsync("fix", "--no-commit", cwd=vault).code == Exit.CLEAN
        assert vaultsync("no-such-command").code == Exit.USAGE
    assert "tags:\n  - conference" in (vault / CONFERENCE).read_text()


def test_a_locale_of_another_encoding_is_left_once_whatever_python_was_told(tmp_path: Path) -> None:
    (write(tmp_path) / "ü").mkdir()
    line = '"$PYTHON" -P -X utf8=0 -m vaultsync config vault.ignore --vault ü'
    done = in_a_shell(line, tmp_path, LC_ALL="C", PYTHONCOERCECLOCALE="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "/ü\n" in done.stdout


def test_a_process_starts_itself_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object) -> None:
        raise AssertionError("it started itself again")

    monkeypatch.setattr(os, "execv", start)
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")
    with pytest.raises(AssertionError):
        cli._speak_utf8()
    cli._speak_utf8()
    assert cli._AGAIN not in os.environ, "its own children may do the same"
