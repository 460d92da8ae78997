"""Permissions, as they are and as they change, for a user whom they bind: root would pass them by.

Where the tests run as root, vaultsync is started without root's leave to pass mode bits by (capabilities(7)).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Outcome
from daemons import daemon, settings, until
from gitrepo import Repo
from smallvault import CONFERENCE, PAPER, write

_BOUND = "-dac_override,-dac_read_search"
_SETPRIV = ["setpriv", f"--bounding-set={_BOUND}", f"--inh-caps={_BOUND}"]

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or (os.geteuid() == 0 and shutil.which("setpriv") is None),
    reason="no mode bits, or nothing that makes root obey them",
)


def bound(*args: str, vault: Path) -> Outcome:
    """A command line of somebody whom mode bits bind."""
    command = [sys.executable, "-m", "vaultsync", "--vault", str(vault), *args]
    done = subprocess.run(
        [*(_SETPRIV if os.geteuid() == 0 else []), *command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(write(tmp_path / "vault"))
    made.git("init", "-q")
    return made


def _state(_repo: Repo) -> Path:
    return Path(os.environ["XDG_STATE_HOME"]) / "vaultsync"


@pytest.mark.parametrize(
    ("place", "mode", "said"),
    [
        (lambda repo: repo.path / CONFERENCE, 0o444, "read-only"),
        (lambda repo: repo.path / CONFERENCE, 0, "file-permission"),
        (lambda repo: repo.path / "Papers", 0o555, PAPER),
        (lambda repo: repo.path / "Papers", 0, "Papers"),
        (lambda repo: repo.path / "Conferences", 0o555, CONFERENCE),
        (lambda repo: repo.path / ".git", 0o555, ".git"),
        (lambda repo: repo.path / ".git" / "objects", 0o555, "objects"),
        (lambda repo: repo.path / ".git", 0, ".git"),
        (_state, 0o555, "state folder"),
        (_state, 0, "state folder"),
    ],
    ids=lambda value: f"{value:o}" if isinstance(value, int) else None,
)
def test_what_may_not_be_written_is_told_nothing_is_lost_and_then_all_goes_on(
    repo: Repo, place: Callable[[Repo], Path], mode: int, said: str
) -> None:
    before = {path: (repo.path / path).read_bytes() for path in (CONFERENCE, PAPER)}
    shut = place(repo)
    usual = shut.stat().st_mode
    shut.chmod(mode)
    try:
        code, out, err = bound("fix", "--yes", vault=repo.path)
    finally:
        shut.chmod(usual)
    assert code in (1, 2), err
    assert "Traceback" not in err
    assert said in out + err
    if code == 2:
        assert before == {path: (repo.path / path).read_bytes() for path in before}
    code, out, err = bound("fix", "--yes", vault=repo.path)
    assert (code, "Traceback" in err) == (0, False), out + err
    assert "[[DiffSBDD]]" in (repo.path / CONFERENCE).read_text()
    assert repo.git("status", "--porcelain") == ""
    history = repo.git("log", "-p", "--format=")
    assert all(line in history for data in before.values() for line in data.decode().splitlines())


def test_permissions_that_change_between_two_runs_change_nothing_else(repo: Repo) -> None:
    assert bound("fix", "--yes", vault=repo.path).code == 0
    note = repo.path / CONFERENCE
    with note.open("a", encoding="utf-8") as file:
        file.write("- DiffSBDD once more, and typed by hand\n")
    note.chmod(0o440)
    text = note.read_bytes()
    code, out, _ = bound("fix", vault=repo.path)
    assert (code, note.read_bytes()) == (0, text), out  # there is nothing to write, and it is committed
    assert repo.git("show", f"HEAD:{CONFERENCE}").encode().rstrip() == text.rstrip()
    assert note.stat().st_mode & 0o777 == 0o440


@pytest.mark.parametrize(
    ("place", "mode"),
    [
        (lambda repo: repo.path / CONFERENCE, 0),
        (lambda repo: repo.path / "Conferences", 0o555),
        (lambda repo: repo.path / "Conferences", 0),
        (lambda repo: repo.path / ".git", 0o555),
    ],
    ids=["note", "folder-read-only", "folder", "git"],
)
def test_permissions_that_go_and_come_back_under_a_daemon_keep_nothing_from_being_done(
    repo: Repo, place: Callable[[Repo], Path], mode: int
) -> None:
    settings(repo.path, quiet=0.4)
    assert bound("fix", "--yes", vault=repo.path).code == 0
    note, shut, head = repo.path / CONFERENCE, place(repo), repo.head
    typed = "## Talk: More\n- DiffSBDD once more\n"
    with daemon(repo.path, through=_SETPRIV if os.geteuid() == 0 else []) as running:
        usual = shut.stat().st_mode
        with note.open("a", encoding="utf-8") as file:
            file.write(typed)
        shut.chmod(mode)
        try:
            running.until_status(lambda told: told["problem_count"] or told["waiting"], "the refusal told")
        finally:
            shut.chmod(usual)
        text = typed.replace("DiffSBDD", "[[DiffSBDD]]")
        until(lambda: text in repo.content(CONFERENCE), "the link, in a commit", within=60)
        assert running.until_idle()["problem_count"] == 0
        running.stop()
        assert "Traceback" not in running.said()
    assert repo.status == ""
    for commit in repo.git("rev-list", f"{head}..").split():  # what can't be read is not taken for gone
        assert "slow, DiffSBDD is the baseline" in repo.content(PAPER, commit)
    assert typed in repo.content(
        CONFERENCE, repo.git("log", "-1", "--format=%H", "--grep=^notes: ICASSP").strip()
    )
