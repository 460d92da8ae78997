"""The commands of docs/sync.md, run as a reader would: from nothing to two devices that are in step."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from gitrepo import Repo, git_env
from test_docs import ROOT, bin_folder, fences

__all__ = ["bin_folder", "git_env"]

SYNC = ROOT / "docs/sync.md"


@pytest.fixture
def home(git_env: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "reader"
    (home / "Notes/.obsidian").mkdir(parents=True)
    (home / "Shared").mkdir()
    (home / "Notes/A.md").write_text("# A\n\nthe first line\n\nthe end\n")
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(git_env))
    return home


def test_the_commands_lead_to_two_devices_in_step(home: Path, bin_folder: Path) -> None:
    environ = {**os.environ, "HOME": str(home), "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}

    def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-ec", script], cwd=folder, env=environ, check=False, capture_output=True, text=True
        )

    first, second, every_day, conflicts, resolve = (f.text for f in fences(SYNC) if f.language == "sh")
    for script in (first, second):
        done = run(script, home)
        assert done.returncode == 0, done.stdout + done.stderr
    notes, laptop = Repo(home / "Notes"), Repo(home / "Laptop")
    assert (laptop.path / "A.md").read_text() == "# A\n\nthe first line\n\nthe end\n"
    notes.write("A.md", "# A\n\nthe first line, edited here\n\nthe end\n")
    laptop.write("A.md", "# A\n\nthe first line\n\nthe end, edited there\n")
    for folder in (laptop.path, notes.path, laptop.path):
        for line in every_day.splitlines():
            done = run(line, folder)
            assert done.returncode == 0 or "--check" in line, done.stdout + done.stderr
    both = "# A\n\nthe first line, edited here\n\nthe end, edited there\n"
    assert (notes.path / "A.md").read_text() == (laptop.path / "A.md").read_text() == both
    assert notes.head == laptop.head
    for script in (conflicts, resolve):
        done = run(script, laptop.path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_state_that_the_table_names_is_one_that_a_sync_can_end_in() -> None:
    sources = "".join(
        (ROOT / path).read_text(encoding="utf-8")
        for path in ("vaultsync/runs/sync.py", "vaultsync/runs/moving.py", "vaultsync/git/remote.py")
    )
    rows = [line for line in SYNC.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    states = [row.split("`")[1] for row in rows]
    assert len(states) == 8
    for state in states:
        assert f'"{state}"' in sources, state
