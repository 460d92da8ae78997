"""A run that is killed at any moment loses nothing, and the next one finishes its work.

Here are 100 kills; `python -m bench.kill --kills 1000` makes as many as one likes. The other tests see to it
that what counts as harm would be noticed.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import smallvault
from gitrepo import Repo

from bench.measure import PROJECT, agree, environment, make_repository, run, vaultsync
from bench.scene import HELD, Scene

KILLS = 100
SYNC_KILLS = 48
STEPS = (
    "compared", "temp-written", "synced", "named", "exchanged", "checked", "written",
    "writing the journal begins", "writing the journal is done",
    "git add begins", "git add is done", "git commit begins", "git commit is done",
)  # fmt: skip

SYNC_STEPS = (
    "git fetch begins", "git fetch is done", "git merge-tree is done", "git commit-tree is done",
    "writing the sync's state is done", "temp-written", "exchanged", "git update-ref begins",
    "git update-ref is done", "git read-tree is done", "git push begins", "git push is done",
)  # fmt: skip

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="waits for orphans as only Linux can")


def test_no_kill_tears_a_note_loses_an_edit_or_leaves_a_lock_and_the_next_run_converges(tmp_path: Path):
    said = killed(tmp_path, "--kills", str(KILLS), "--seed", "5")
    assert f"{KILLS} kills" in said
    for step in STEPS:
        assert f"\n{step}  " in said, f"no kill at {step!r}:\n{said}"


def test_no_kill_of_a_sync_tears_a_note_loses_an_edit_or_leaves_a_lock_and_the_next_one_goes_on(
    tmp_path: Path,
) -> None:
    """Fetch, merge, write, branch, index, push: one kill right at each step; the bench makes more of them."""
    said = killed(tmp_path, "--sync", "--kills", str(SYNC_KILLS), "--seed", "3")
    assert f"{SYNC_KILLS} kills" in said
    for step in SYNC_STEPS:
        assert f"\n{step}  " in said, f"no kill at {step!r}:\n{said}"


def killed(tmp_path: Path, *options: str) -> str:
    """What the bench says of so many kills."""
    memory = Path("/dev/shm")  # a kill is no power cut: what a disk would have synced makes no difference
    folder = str(memory if memory.is_dir() else tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "bench.kill", *options, "--folder", folder],
        env=environment(tmp_path),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 did harm" in done.stdout
    assert "0 times the next run committed what the killed one had written as the person's" in done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("scene")
    scene = Scene(folder, seed=1)
    vault = scene.copy(folder)
    run(vaultsync("--vault", str(vault), "fix", "--yes"), env=environment(folder), ok=(0, 1))
    scene.done = scene.state(vault)
    return scene


@pytest.fixture
def fixed(scene: Scene, tmp_path: Path) -> Iterator[Path]:
    """A vault after a whole run: nothing is wrong with it."""
    vault = scene.copy(tmp_path)
    run(vaultsync("--vault", str(vault), "fix", "--yes"), env=environment(tmp_path), ok=(0, 1))
    assert not list(scene.wrong_after_kill(vault))
    assert not list(scene.wrong_after_next_run(vault))
    yield vault
    shutil.rmtree(vault)


def test_a_vault_that_no_run_has_touched_counts_as_unharmed_but_not_as_finished(scene: Scene, tmp_path: Path):
    vault = scene.copy(tmp_path)
    assert not list(scene.wrong_after_kill(vault))
    wrong = list(scene.wrong_after_next_run(vault))
    assert "the last commit is not what an unkilled run commits" in wrong


def _tear(scene: Scene, vault: Path) -> None:
    path = vault / rewritten(scene)
    path.write_bytes(path.read_bytes()[:-10])


def _delete(scene: Scene, vault: Path) -> None:
    (vault / rewritten(scene)).unlink()


def _lock(scene: Scene, vault: Path) -> None:
    (vault / ".git" / "index.lock").touch()


def _unstage(scene: Scene, vault: Path) -> None:
    scene.git(vault, "reset", "-q", "--", HELD)


def _forget_the_edits(scene: Scene, vault: Path) -> None:
    scene.git(vault, "update-ref", "refs/heads/main", "HEAD~2")


def _damage(scene: Scene, vault: Path) -> None:
    blob = scene.git(vault, "rev-parse", f"HEAD:{rewritten(scene)}").strip()
    for loose in (vault / ".git" / "objects" / blob[:2]).glob(blob[2:]):
        loose.unlink()


def rewritten(scene: Scene) -> str:
    """A note that a run changes."""
    assert scene.done is not None
    return next(path for path, data in scene.done.notes.items() if scene.old[path] != data)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_tear, "neither the old note nor the new one"),
        (_delete, "other notes than before"),
        (_lock, "a stale lock"),
        (_unstage, "is staged no more"),
        (_forget_the_edits, "what was there is in no commit"),
        (_damage, "git fsck: "),
    ],
)
def test_harm_by_a_kill_is_noticed(scene: Scene, fixed: Path, harm: Callable[[Scene, Path], None], told: str):
    harm(scene, fixed)
    assert told in "\n".join(scene.wrong_after_kill(fixed))


def test_a_temporary_file_that_stays_is_noticed(scene: Scene, fixed: Path):
    (fixed / "Papers" / ".vaultsync-w-01234567.tmp").write_text("x")
    assert ".vaultsync-w-01234567.tmp was left behind" in list(scene.wrong_after_next_run(fixed))


def test_an_uncommitted_or_unfinished_note_is_noticed_after_the_next_run(scene: Scene, fixed: Path):
    path = rewritten(scene)
    (fixed / path).write_bytes(scene.old[path])
    wrong = "\n".join(scene.wrong_after_next_run(fixed))
    assert f"{path} is not as an unkilled run leaves it" in wrong
    assert "git status says" in wrong


KILLED = """
import os, signal, sys
from pathlib import Path
from vaultsync.git.repository import Git
from vaultsync.cli import run

real, note = Git.commit, Path(sys.argv[1])

def commit(self, paths, message, **options):
    if message.startswith("vaultsync: "):  # somebody saves once more before git reads the note
        note.write_text(note.read_text() + "- typed at the last moment\\n")
    return real(self, paths, message, **options)

def killed(self, sha, written):
    os.kill(os.getpid(), signal.SIGKILL)

Git.commit, Git.as_written = commit, killed
run(sys.argv[2:])
"""


def test_a_save_that_a_killed_run_committed_as_its_own_is_marked_and_not_taken_back(tmp_path: Path) -> None:
    """The kill comes after git's commit, and before it is compared with what was written."""
    vault, env = smallvault.write(tmp_path / "vault", agreed=False), environment(tmp_path)
    make_repository(vault, env)
    agree(vault, env)
    note = vault / smallvault.CONFERENCE
    note.write_text(note.read_text() + "- typed before\n")
    argv = [sys.executable, "-c", KILLED, str(note), "--vault", str(vault), "fix", "--yes"]
    done = subprocess.run(argv, env=env, cwd=PROJECT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    repo = Repo(vault)
    text = note.read_text()
    assert text.endswith("- typed at the last moment\n")
    assert "[[DiffSBDD]]" in text
    assert repo.content(smallvault.CONFERENCE) == text  # in the run's commit, as it stands
    for _ in range(2):
        run(vaultsync("--vault", str(vault), "fix"), env=env)
        assert note.read_text() == text
        assert repo.status == ""
    told = msgspec.json.decode(run(vaultsync("--vault", str(vault), "log", "--json"), env=env).out)["data"]
    assert [one["changed_since"] for one in told] == [True]
    undone = run(vaultsync("--vault", str(vault), "undo"), env=env, ok=(2,))
    assert b"is not what that run did" in undone.err
    assert note.read_text() == text
    note.write_text(text + "- and typed on, DiffSBDD\n")  # the note is not blocked
    run(vaultsync("--vault", str(vault), "fix"), env=env)
    assert "notes: ICASSP 2025 (+1)" in repo.git("log", "-2", "--format=%s").splitlines()
    repo.check()
