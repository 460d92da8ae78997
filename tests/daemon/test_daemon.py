"""The daemon, end to end with real processes, and its loop with a scripted watcher and a clock of the test's.

Nothing here waits for a fixed time: each wait ends when what is waited for has come about.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import smallvault
from conftest import Command
from daemon_thread import Script, Thread
from daemons import PATIENCE, ROOT, daemon, repository, save_by_rename, settings, until
from gitrepo import Repo

from vaultsync.cli.status_command import show
from vaultsync.core.config.settings import WatchSection
from vaultsync.core.note import Note
from vaultsync.core.rules import RULES
from vaultsync.core.rules.rule import Rule
from vaultsync.core.text.spans import TextEdit
from vaultsync.daemon import machine
from vaultsync.daemon import reporting as account
from vaultsync.daemon.changes import Changes
from vaultsync.daemon.hints import WatchState
from vaultsync.daemon.loop import GONE_TICK, Daemon
from vaultsync.daemon.status import AlreadyRunning, Place, Status, Trouble
from vaultsync.files.disk import RealDisk
from vaultsync.runs.cycle import Cycle
from vaultsync.vault.lock import VaultLock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")

BULLET = "- slow, DiffSBDD is the baseline\n"


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """The small vault, in order and committed, with a daemon's settings made for tests."""
    root = smallvault.write(tmp_path / "vault")
    settings(root)
    return root


@pytest.fixture
def repo(vault: Path) -> Repo:
    return repository(vault)


def subjects(repo: Repo) -> list[str]:
    return repo.git("log", "--format=%s").splitlines()


def committed(repo: Repo) -> set[str]:
    """The files in the last commit."""
    return set(repo.git("ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")[:-1])


def tidied(repo: Repo, path: str) -> bool:
    """Whether the last commit has the note as the tool leaves it."""
    return path in committed(repo) and "  - a\n  - b\n" in repo.content(path, "HEAD")


# With real processes


def test_a_note_that_is_saved_is_linked_and_committed_once_it_is_quiet_and_not_before(
    tmp_path: Path, process: Command
) -> None:
    root = tmp_path / "vault"
    shutil.copytree(ROOT / "example_vault", root)
    settings(root, quiet=2.0)
    repo = repository(root)
    assert process("fix", "--yes", "--vault", str(root)).code == 1  # its problems remain
    note, paper = root / "Conferences" / "ICASSP 2025.md", root / "Papers" / "@hu2021lora.md"
    with daemon(root) as running:
        run = running.until_idle()
        assert run["watch"]["how"] == "events"
        assert run["waiting"] is None
        assert run["degraded"] == []
        assert run["problem_count"] > 0
        before, made = note.read_text(encoding="utf-8"), len(subjects(repo))
        typed, known = before, False
        for word in ("a", "new", "bullet", "on", "low-rank", "adaptation:", "DiffSBDD", "2210.13695"):
            typed = typed.rstrip("\n") + (f"\n- {word}\n" if word == "a" else f" {word}\n")
            note.write_text(typed, encoding="utf-8")  # autosaves while typing
            told = running.status()
            assert [p["path"] for p in told["pending"]] in ([], ["Conferences/ICASSP 2025.md"])
            known = known or told["pending_count"] == 1
            assert note.read_text(encoding="utf-8") == typed
            assert len(subjects(repo)) == made
        assert known
        until(lambda: len(subjects(repo)) == made + 2, "two commits")
        told = running.until_idle()
    assert "[[" in note.read_text(encoding="utf-8")[len(before.rstrip("\n")) :]
    assert subjects(repo)[1].startswith("notes: ICASSP 2025 (+")
    assert subjects(repo)[0].startswith("vaultsync: ")
    assert repo.files_of("HEAD~1") == {"Conferences/ICASSP 2025.md"}
    assert repo.content("Conferences/ICASSP 2025.md", "HEAD~1") == typed
    assert [c["whose"] for c in told["last_run"]["commits"]] == ["person", "vaultsync"]
    assert "DiffSBDD" not in paper.read_text(encoding="utf-8")
    assert repo.status == ""


def test_a_save_by_renaming_a_temporary_file_is_one_change_of_the_note(vault: Path, repo: Repo) -> None:
    with daemon(vault) as running:
        made = len(subjects(repo))
        text = (vault / smallvault.CONFERENCE).read_text(encoding="utf-8")
        save_by_rename(vault / smallvault.CONFERENCE, text + "- and 2210.13695 again\n")
        until(lambda: len(subjects(repo)) > made, "a commit")
        running.until_idle()
    assert subjects(repo)[1 if subjects(repo)[0].startswith("vaultsync") else 0].startswith("notes: ICASSP")
    assert "tmp" not in repo.git("log", "--name-only")


def test_the_daemons_own_writes_and_commits_never_wake_it(vault: Path, repo: Repo) -> None:
    with daemon(vault) as running:
        until(lambda: "[[DiffSBDD]]" in (vault / smallvault.CONFERENCE).read_text(encoding="utf-8"), "a link")
        running.until_idle()
        files, head, told = smallvault.contents(vault), repo.head, running.status()
        assert told["last_run"]
        (vault / smallvault.PLAIN).touch()
        (vault / "Later.md").write_text("later\n", encoding="utf-8")
        until(lambda: "Later.md" in committed(repo), "a later change: what came before has settled, too")
        running.until_idle()
    assert repo.git("log", "--name-only", "--format=", f"{head}..").split() == ["Later.md"]
    now = smallvault.contents(vault)
    del now["Later.md"], now[smallvault.PLAIN], files[smallvault.PLAIN]
    assert now == files


def test_a_note_that_is_typed_in_is_neither_written_nor_committed_while_others_are(
    vault: Path, repo: Repo
) -> None:
    settings(vault, quiet=1.5)
    with daemon(vault) as running:
        made = len(subjects(repo))
        new = vault / "Papers" / "Other.md"
        new.write_text("---\ntitle: Rings of Power in Graphs\ntags: paper\n---\n", encoding="utf-8")
        conference = vault / smallvault.CONFERENCE
        typed = conference.read_text(encoding="utf-8") + "## Talk: Two\n- about Rings of Power in Graphs\n"
        while len(subjects(repo)) < made + 2:
            conference.write_text(typed, encoding="utf-8")
            assert "[[Other" not in conference.read_text(encoding="utf-8")
            running.status()
        assert repo.files_of("HEAD") | repo.files_of("HEAD~1") == {"Papers/Other.md"}
        until(lambda: "[[Other|" in conference.read_text(encoding="utf-8"), "the link, once it is quiet")
        running.until_idle()
    assert repo.content(smallvault.CONFERENCE, "HEAD~1") == typed


def test_new_folders_with_notes_and_deleted_and_moved_ones_are_seen(vault: Path, repo: Repo) -> None:
    with daemon(vault) as running:
        for number in range(5):
            deep = vault / f"New {number}" / "deeper"
            deep.mkdir(parents=True)
            (deep / f"n{number}.md").write_text(f"---\ntags: a, b\n---\n{number}\n", encoding="utf-8")
        until(lambda: tidied(repo, "New 4/deeper/n4.md"), "the commit of the new notes, tidied")
        outside = vault.parent / "coming"
        outside.mkdir()
        (outside / "in.md").write_text("---\ntags: a, b\n---\n", encoding="utf-8")
        outside.rename(vault / "came")
        (vault / "New 0").rename(vault / "Old")
        shutil.rmtree(vault / "New 1")
        until(lambda: tidied(repo, "Old/deeper/n0.md"), "the commit of the moved note")
        until(lambda: tidied(repo, "came/in.md"), "the commit of the note that came in")
        running.until_idle()
        told = running.status()
    assert "New 1/deeper/n1.md" not in committed(repo)
    assert "  - a\n  - b\n" in (vault / "came" / "in.md").read_text(encoding="utf-8")
    assert told["watch"]["how"] == "events"
    assert repo.status == ""


def test_a_vault_that_is_polled_is_kept_as_well_and_the_status_says_how(vault: Path, repo: Repo) -> None:
    settings(vault, polling="always")
    with daemon(vault) as running:
        told = running.status()
        assert told["watch"] == {
            **told["watch"], "how": "polling", "why": "the configuration asks for it"
        }  # fmt: skip
        assert told["degraded"] == []
        made = len(subjects(repo))
        (vault / smallvault.PLAIN).write_text("---\ntags: a, b\n---\n", encoding="utf-8")
        until(lambda: len(subjects(repo)) == made + 2, "two commits")


def test_with_fewer_watches_allowed_than_there_are_folders_the_vault_is_polled_and_the_status_says_so(
    vault: Path, repo: Repo
) -> None:
    """The limit is that of a user namespace of the daemon's own: the machine's stays as it is."""
    lowered = ("unshare", "-Ur", "sh", "-c", 'echo 20 >/proc/sys/user/max_inotify_watches && exec "$@"', "sh")
    try:
        subprocess.run([*lowered, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs Linux's user namespaces")
    for number in range(40):
        (vault / f"Folder {number}").mkdir()
    with daemon(vault, through=lowered) as running:
        told = running.status()
        assert told["watch"]["how"] == "polling"
        assert f"20 of {told['watch']['folders']} folders" in told["watch"]["why"]
        assert "the vault is polled: " in told["degraded"][0]
        note = vault / "Folder 39" / "New.md"
        note.write_text("---\ntags: a, b\n---\n", encoding="utf-8")
        until(lambda: "  - a\n" in note.read_text(encoding="utf-8"), "the note is tidied all the same")


def test_sigterm_stops_within_two_seconds_and_nothing_is_left_behind(vault: Path, repo: Repo) -> None:
    with daemon(vault) as running:
        (vault / smallvault.PLAIN).write_text("typed\n", encoding="utf-8")
        assert running.stop() < 2
        assert running.process.returncode == 0
        told = running.status()
        assert told == {"running": False, "vault": str(vault)}
        assert "stop" in running.said().splitlines()[-1]
    assert subjects(repo)[0] != "notes: Home (+1 −1)"


def test_a_commit_whose_hook_never_ends_is_broken_off_when_the_daemon_is_stopped(
    vault: Path, repo: Repo
) -> None:
    with daemon(vault) as running:
        running.until_idle()
        repo.hook("pre-commit", "touch started; sleep 60")
        (vault / smallvault.PLAIN).write_text("typed\n", encoding="utf-8")
        until((vault / "started").exists, "the hook")
        assert running.stop() < 4
    repo.hook("pre-commit", "exit 0")
    assert not list((vault / ".git").rglob("*.lock"))
    with daemon(vault):
        until(lambda: subjects(repo)[0].startswith("notes: "), "the commit, with the next daemon")
    assert repo.content(smallvault.PLAIN) == "typed\n"


def test_who_asks_a_daemon_to_stop_again_and_again_does_not_put_its_end_off(vault: Path, repo: Repo) -> None:
    with daemon(vault) as running:
        repo.hook("pre-commit", "touch started; sleep 60")
        (vault / smallvault.PLAIN).write_text("typed\n", encoding="utf-8")
        until((vault / "started").exists, "the hook")

        def asked_again() -> bool:
            running.signal(signal.SIGINT)
            time.sleep(0.01)
            return running.process.poll() is not None

        until(asked_again, "the end")
        assert running.process.returncode == 0
    repo.hook("pre-commit", "exit 0")


def test_a_failing_hook_is_told_and_tried_again_and_nothing_is_lost(vault: Path, repo: Repo) -> None:
    with daemon(vault) as running:
        made = len(subjects(repo))
        repo.hook("pre-commit", "echo no such luck >&2; exit 1")
        (vault / smallvault.PLAIN).write_text("---\ntags: a, b\n---\n", encoding="utf-8")
        told = running.until_status(lambda s: s["waiting"], "waiting")
        assert told["state"] == "waiting"
        assert told["waiting"]["state"] == "hook"
        assert told["waiting"]["output"] == "no such luck"
        logged = Place(vault).log_file.read_text(encoding="utf-8")
        assert re.search(r"hook refused the commit \(pre-commit\) — see .* — it said: no such luck\n", logged)
        assert len(subjects(repo)) == made
        repo.hook("pre-commit", "exit 0")
        until(lambda: len(subjects(repo)) == made + 2, "both commits")
        assert running.until_idle()["waiting"] is None
    assert repo.content(smallvault.PLAIN, "HEAD~1") == "---\ntags: a, b\n---\n"


def test_a_merge_under_way_is_waited_for(vault: Path, repo: Repo) -> None:
    with daemon(vault) as running:
        made = len(subjects(repo))
        (vault / ".git" / "MERGE_HEAD").write_text(repo.head + "\n", encoding="utf-8")
        (vault / smallvault.PLAIN).write_text("typed\n", encoding="utf-8")
        told = running.until_status(lambda s: s["waiting"], "waiting")
        assert told["waiting"]["state"] == "merge"
        assert "git merge --abort" in told["waiting"]["hint"]
        assert len(subjects(repo)) == made
        (vault / ".git" / "MERGE_HEAD").unlink()
        until(lambda: repo.content(smallvault.PLAIN) == "typed\n", "the commit")


def test_fix_beside_a_running_daemon_takes_turns_with_it(vault: Path, repo: Repo, process: Command) -> None:
    with daemon(vault) as running:
        lock = VaultLock(vault)
        (vault / smallvault.PLAIN).write_text("typed\n", encoding="utf-8")
        with lock.held(5):
            told = running.until_status(lambda s: s["waiting"], "waiting for the lock")
            assert told["waiting"]["state"] == "locked"
        until(lambda: repo.content(smallvault.PLAIN) == "typed\n", "the commit")
        (vault / smallvault.PLAIN).write_text("typed again\n", encoding="utf-8")
        assert process("fix", "--vault", str(vault)).code == 0
        assert repo.content(smallvault.PLAIN) == "typed again\n"
        head = repo.head
        running.until_idle()
        assert repo.head == head


def test_there_is_one_daemon_a_vault(vault: Path, repo: Repo, process: Command) -> None:
    with daemon(vault) as running:
        second = process("daemon", "--vault", str(vault))
        assert second.code == 2
        assert f"process {running.process.pid}" in second.err


def test_sighup_reloads_the_settings_and_a_mistake_in_them_keeps_the_old_ones(
    vault: Path, repo: Repo
) -> None:
    with daemon(vault) as running:
        settings(vault, quiet=0.6)
        running.signal(signal.SIGHUP)
        running.until_status(lambda s: s["quiet"] == 0.6, "the new settings")
        (vault / ".vaultsync" / "config.toml").write_text("[watch]\nquite = 1\n", encoding="utf-8")
        running.signal(signal.SIGHUP)
        told = running.until_status(lambda s: s["degraded"], "the mistake")
        assert "quiet" in told["degraded"][0]
        assert told["quiet"] == 0.6
        (vault / smallvault.PLAIN).write_text("typed\n", encoding="utf-8")
        until(lambda: repo.content(smallvault.PLAIN) == "typed\n", "it goes on with the old ones")
        settings(vault, quiet=0.5)  # without a signal: the next run sees it
        (vault / smallvault.PLAIN).write_text("typed again\n", encoding="utf-8")
        running.until_status(lambda s: s["quiet"] == 0.5 and not s["degraded"], "the mistake is corrected")


def test_detach_returns_when_the_daemon_runs_and_stop_when_it_has_ended(
    vault: Path, repo: Repo, process: Command
) -> None:
    started = process("daemon", "--detach", "--vault", str(vault))
    assert started.code == 0, started.err
    try:
        shown = process("status", "--vault", str(vault))
        assert shown.code == 0
        assert "watching by events" in shown.out
        again = process("daemon", "--detach", "--vault", str(vault))
        assert again.code == 0
        assert "already" in again.err
    finally:
        stopped = process("stop", "--vault", str(vault))
    assert stopped.code == 0
    assert "has stopped" in stopped.err
    assert process("status", "--vault", str(vault)).code == 1
    assert "no daemon" in process("stop", "--vault", str(vault)).err


def test_daemons_that_are_started_at_the_same_time_are_one(vault: Path, repo: Repo) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "vaultsync", "daemon", "--detach", "--vault", str(vault)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        said = [one.communicate(timeout=60)[1] for one in started]
        assert [one.returncode for one in started] == [0, 0, 0], said
        (running,) = {found[1] for text in said if (found := re.search(r"\(process (\d+)\)", text))}
        assert sorted("already" in text for text in said) == [False, True, True], said
        status = Place(vault).running()
        assert status is not None
        assert status.pid == int(running)
    finally:
        subprocess.run([sys.executable, "-m", "vaultsync", "stop", "--vault", str(vault)], check=True)


def test_a_decision_about_a_link_wakes_the_daemon(vault: Path, repo: Repo, process: Command) -> None:
    note = vault / "Other talk.md"
    note.write_text("---\ntitle: Other\ntags: [conference]\n---\n# Rings\n- the ring paper again\n", "utf-8")
    with daemon(vault) as running:
        running.until_idle()
        accepted = process("links", "accept", "Other talk", "ring paper", "DiffSBDD", "--vault", str(vault))
        assert accepted.code == 0, accepted.err
        until(lambda: "[[DiffSBDD|ring paper]]" in note.read_text("utf-8"), "the link")


def test_a_daemon_whose_vault_was_moved_away_still_tells_its_status_and_can_be_stopped(
    vault: Path, repo: Repo, process: Command
) -> None:
    with daemon(vault) as running:
        vault.rename(vault.with_name("elsewhere"))
        assert running.status()["running"]
        done = process("stop", "--vault", str(vault))
        assert done.code == 0, done.err
        assert running.process.wait(PATIENCE) == 0
    never = process("status", "--vault", str(vault.with_name("never")))
    assert never.code == 2
    assert "is not a folder" in never.err


def test_detach_tells_why_the_daemon_did_not_start(vault: Path, process: Command) -> None:
    folder = Path(os.environ["XDG_STATE_HOME"]) / "vaultsync" / "daemon"
    folder.mkdir(parents=True)
    Place(vault).log_file.mkdir()
    failed = process("daemon", "--detach", "--vault", str(vault))
    assert failed.code == 2
    assert "did not start" in failed.err


def test_the_service_manager_is_told_ready_and_stopping(
    vault: Path, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(address))
        receiver.settimeout(PATIENCE)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        with daemon(vault) as running:
            told = receiver.recv(1000)
            running.signal(signal.SIGHUP)
            while b"RELOADING=1" not in told:
                told += receiver.recv(1000)
            running.stop()
            while b"STOPPING=1" not in told:
                told += receiver.recv(1000)
    assert b"READY=1" in told
    assert b"MONOTONIC_USEC=" in told


def test_no_adversarial_save_is_lost_to_a_rewriting_daemon(tmp_path: Path) -> None:
    from bench.saves import soak

    result = soak(tmp_path, saves=1500, seed=1)
    assert result.saves >= 1500
    assert result.rewrites > 5
    assert result.lost == []


# The loop alone, in this process


@pytest.fixture
def threaded(vault: Path, repo: Repo) -> Iterator[Thread]:
    with Thread(vault).running() as thread:
        thread.until_status(lambda s: s.state == "idle" and not s.pending_count, "idle")
        yield thread


def test_a_note_that_a_client_holds_is_left_alone_until_it_is_released(threaded: Thread, repo: Repo) -> None:
    note = threaded.root / smallvault.PLAIN
    threaded.daemon.ask(lambda: threaded.daemon.hold([smallvault.PLAIN], 60)).result()
    note.write_text("---\ntags: a, b\n---\n", encoding="utf-8")
    threaded.script.tell(smallvault.PLAIN)
    told = threaded.until_status(lambda s: s.pending and s.pending[0].held, "held")
    assert told.pending[0].path == smallvault.PLAIN
    other = threaded.root / "Other.md"
    other.write_text("---\ntags: a, b\n---\n", encoding="utf-8")
    threaded.script.tell("Other.md")
    until(lambda: "Other.md" in committed(repo), "the commit of the other note")
    assert repo.content(smallvault.PLAIN) == smallvault.NOTES[smallvault.PLAIN]
    threaded.daemon.ask(lambda: threaded.daemon.release(smallvault.PLAIN)).result()
    until(lambda: "  - a\n" in note.read_text(encoding="utf-8"), "the note is written")


def test_a_held_note_that_should_change_is_changed_once_it_is_released(threaded: Thread, repo: Repo) -> None:
    conference = threaded.root / smallvault.CONFERENCE
    before = conference.read_text(encoding="utf-8")
    threaded.daemon.ask(lambda: threaded.daemon.hold([smallvault.CONFERENCE], 60)).result()
    paper = "Papers/Rings.md"
    (threaded.root / paper).write_text(
        "---\ntitle: Slow Rings of Power\naliases: [the baseline]\ntags: paper\n---\n", encoding="utf-8"
    )
    threaded.script.tell(paper)
    threaded.until_status(lambda s: any(p.held for p in s.pending), "the change waits for its release")
    assert conference.read_text(encoding="utf-8") == before
    threaded.daemon.ask(lambda: threaded.daemon.release(smallvault.CONFERENCE)).result()
    until(lambda: "[[Rings|the baseline]]" in conference.read_text(encoding="utf-8"), "the link")


def test_when_events_were_dropped_a_scan_finds_what_they_would_have_told(
    threaded: Thread, repo: Repo
) -> None:
    (threaded.root / "New.md").write_text("new\n", encoding="utf-8")
    (threaded.root / "picture.png").write_bytes(b"png")
    (threaded.root / smallvault.PLAIN).unlink()
    threaded.script.tell(rescan="the system dropped events")
    until(lambda: "New.md" in committed(repo), "the commit")
    assert "picture.png" in committed(repo)
    assert smallvault.PLAIN not in committed(repo)


def test_a_run_commits_what_it_was_told_of_and_the_first_one_after_a_scan_all_that_there_is(
    threaded: Thread, repo: Repo
) -> None:
    hidden = ".obsidian/workspace.json"
    (threaded.root / hidden).write_text("{}", encoding="utf-8")
    (threaded.root / smallvault.PLAIN).write_text("typed\n", encoding="utf-8")
    threaded.script.tell(smallvault.PLAIN)
    until(lambda: repo.content(smallvault.PLAIN) == "typed\n", "the commit of the note")
    threaded.until_status(lambda s: s.state == "idle" and not s.pending_count, "idle")
    assert hidden not in committed(repo)
    (threaded.root / smallvault.PLAIN).write_text("typed again\n", encoding="utf-8")
    threaded.script.tell(rescan="an hour has passed")
    until(lambda: hidden in committed(repo), "the commit of the settings")
    assert repo.content(smallvault.PLAIN) == "typed again\n"


def test_the_time_in_which_hints_are_gathered_counts_as_quiet(vault: Path) -> None:
    now = 100.0
    script = Script(lambda: None)
    changes = Changes(
        script, RealDisk(vault), lambda: None, lambda path: False, WatchSection(quiet=2.0), lambda: now
    )
    script.tell(smallvault.PLAIN)
    changes.listen(99.5)
    assert changes.next_due() == pytest.approx(1.5)


def test_after_the_machine_slept_all_is_looked_at(
    threaded: Thread, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (threaded.root / "New.md").write_text("new\n", encoding="utf-8")
    awake = machine.clock_offset()
    monkeypatch.setattr(machine, "clock_offset", lambda: awake + 3600)
    threaded.script.tell("nothing.md")
    until(lambda: "New.md" in committed(repo), "the commit")


def test_a_vault_that_vanishes_is_waited_for_and_nothing_is_committed(threaded: Thread, repo: Repo) -> None:
    head = repo.head
    away = threaded.root.with_name("unmounted")
    threaded.root.rename(away)
    threaded.script.tell(rescan="the vault's folder is gone")
    told = threaded.until_status(lambda s: s.waiting is not None, "waiting")
    assert told.waiting is not None
    assert told.waiting.state == "gone"
    away.rename(threaded.root)
    threaded.script.tell(smallvault.PLAIN)
    threaded.until_status(lambda s: s.waiting is None, "it goes on")
    assert repo.head == head
    assert threaded.script.checks > 0


def test_a_vault_whose_disk_was_gone_for_a_moment_is_looked_at_and_watched_again(
    threaded: Thread, repo: Repo
) -> None:
    (threaded.root / "New.md").write_text("new\n", encoding="utf-8")
    threaded.script.lost = True
    threaded.script.tell("nothing.md")
    until(lambda: "New.md" in committed(repo), "the commit")
    assert not threaded.script.lost


def test_waiting_for_a_vault_that_is_gone_costs_next_to_nothing(
    threaded: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = threaded.root.with_name("unmounted")
    (threaded.root / smallvault.PLAIN).write_text("typed\n", encoding="utf-8")
    threaded.script.tell(smallvault.PLAIN)
    threaded.until_status(lambda s: s.pending_count == 1, "a note that will be due")
    threaded.root.rename(away)
    threaded.script.tell(rescan="the vault's folder is gone")
    threaded.until_status(lambda s: s.waiting is not None, "waiting")
    until(lambda: threaded.daemon.reporter.show_at is None, "all is told")
    requests, waits = threaded.daemon._requests, []
    wait = requests.wait

    def at_once(seconds: float) -> None:
        waits.append(seconds)
        wait(seconds if len(waits) > 50 else 0)

    monkeypatch.setattr(requests, "wait", at_once)
    threaded.daemon.ask(lambda: None)
    until(lambda: len(waits) > 50, "50 turns")
    assert set(waits[:50]) == {GONE_TICK}
    away.rename(threaded.root)
    threaded.script.tell(smallvault.PLAIN)
    threaded.until_status(lambda s: s.waiting is None and s.state == "idle", "it goes on")


def test_an_empty_mount_point_in_place_of_the_vault_deletes_nothing(threaded: Thread, repo: Repo) -> None:
    head = repo.head
    away = threaded.root.with_name("unmounted")
    threaded.root.rename(away)
    threaded.root.mkdir()
    threaded.script.tell(smallvault.CONFERENCE, smallvault.PAPER, smallvault.PLAIN)
    threaded.until_status(lambda s: s.waiting is not None, "waiting")
    assert list(threaded.root.iterdir()) == []
    threaded.root.rmdir()
    away.rename(threaded.root)
    threaded.script.tell(rescan="the vault's folder is back")
    threaded.until_status(lambda s: s.waiting is None and s.state == "idle", "it goes on")
    assert repo.head == head


@pytest.mark.defects
def test_a_rule_without_end_is_stopped_in_its_note_and_told_while_the_others_of_the_batch_go_on(
    threaded: Thread, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(note: object, context: object) -> Iterator[TextEdit]:
        assert isinstance(note, Note)
        if "endless" in note.text:
            yield TextEdit(len(note.text), len(note.text), "more\n")

    rule = Rule(
        "x-endless", "Adds a line whenever it looks.", "None.", endless, frozenset(), True, False, (), ()
    )
    monkeypatch.setattr("vaultsync.runs.knowledge.RULES", (*RULES, rule))
    typed = "---\ntags: a, b\n---\nendless\n"
    (threaded.root / smallvault.PLAIN).write_text(typed, encoding="utf-8")
    (threaded.root / "Other.md").write_text("---\ntags: a, b\n---\n", encoding="utf-8")
    threaded.script.tell(smallvault.PLAIN, "Other.md")
    until(lambda: "  - a\n" in (threaded.root / "Other.md").read_text(encoding="utf-8"), "the other note")
    told = threaded.until_status(lambda s: s.state == "idle" and not s.pending_count, "idle")
    assert told.waiting is None
    (problem,) = [p for p in told.problems if p.path == smallvault.PLAIN]
    assert "did not come to rest" in problem.message
    assert (threaded.root / smallvault.PLAIN).read_text(encoding="utf-8") == typed
    assert repo.content(smallvault.PLAIN) == typed
    head = repo.head
    (threaded.root / "Later.md").write_text("later\n", encoding="utf-8")
    threaded.script.tell("Later.md")
    until(lambda: "Later.md" in committed(repo), "a later change: another turn of it would have settled, too")
    threaded.until_status(lambda s: s.state == "idle" and not s.pending_count, "idle")
    assert repo.git("log", "--name-only", "--format=", f"{head}..").split() == ["Later.md"]


@pytest.mark.defects
def test_a_defect_in_one_run_is_told_with_its_traceback_and_the_next_run_does_the_work(
    threaded: Thread, repo: Repo, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run, broken = Cycle.run, [ZeroDivisionError("a defect")]

    def breaks_once(self: Cycle, *args: object, **options: object) -> object:
        if broken:
            raise broken.pop()
        return run(self, *args, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(Cycle, "run", breaks_once)
    (threaded.root / smallvault.PLAIN).write_text("typed\n", encoding="utf-8")
    threaded.script.tell(smallvault.PLAIN)
    until(lambda: repo.content(smallvault.PLAIN) == "typed\n", "the next run does it")
    assert any(r.exc_info and "ZeroDivisionError" in str(r.exc_info[0]) for r in caplog.records)
    assert threaded.until_status(lambda s: s.waiting is None, "over").state != "waiting"


def test_a_run_that_would_change_too_much_asks_and_goes_on_when_it_was_answered(
    vault: Path, repo: Repo, process: Command
) -> None:
    (vault / ".vaultsync" / "config.toml").write_text(
        "[watch]\nquiet = 0.4\n[limits]\nnotes = 2\nshare = 0.1\n", encoding="utf-8"
    )
    for number in range(5):
        (vault / f"{number}.md").write_text("---\ntags: a, b\n---\n", encoding="utf-8")
    with Thread(vault).running() as thread:
        told = thread.until_status(lambda s: s.waiting is not None, "waiting")
        assert told.waiting is not None
        assert told.waiting.state == "limit"
        assert "fix --yes" in told.waiting.hint
        assert process("fix", "--yes", "--vault", str(vault)).code == 0
        thread.script.tell("0.md")
        thread.daemon.reload()
        thread.until_status(lambda s: s.waiting is None and s.state == "idle", "it goes on")


def test_a_link_that_is_denied_beside_a_running_daemon_stays_denied(threaded: Thread, repo: Repo) -> None:
    decisions = threaded.root / ".vaultsync" / "decisions.toml"
    text = f'deny = [\n  ["{smallvault.CONFERENCE}", "diffsbdd", "{smallvault.PAPER}"],\n]\n'
    decisions.write_text(text, encoding="utf-8")
    conference = threaded.root / smallvault.CONFERENCE
    conference.write_text(
        conference.read_text(encoding="utf-8").replace("[[DiffSBDD]]", "DiffSBDD"), encoding="utf-8"
    )
    made = len(subjects(repo))
    threaded.script.tell(smallvault.CONFERENCE)
    until(lambda: len(subjects(repo)) > made, "a commit")
    threaded.until_status(lambda s: s.state == "idle" and not s.pending_count, "idle")
    assert "[[DiffSBDD]]" not in conference.read_text(encoding="utf-8")
    assert "diffsbdd" in decisions.read_text(encoding="utf-8")


def test_a_second_daemon_in_the_same_process_is_refused(threaded: Thread) -> None:
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        Daemon(threaded.root).run()


def test_the_index_is_in_memory_and_the_notes_are_not(threaded: Thread) -> None:
    survey = threaded.daemon.cycle.survey
    assert survey is not None
    assert survey._indexed
    assert survey._notes == {}


def test_the_status_counts_every_note_of_a_large_run_and_names_some(
    threaded: Thread, process: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "SHOWN", 2)
    new = [f"n{number}.md" for number in range(5)]
    for name in new:
        (threaded.root / name).write_text("---\ntags: a, b\n---\n", encoding="utf-8")
    threaded.script.tell(*new)
    told = threaded.until_status(lambda s: s.last_run and s.last_run.changed_count == 5, "the run")
    assert told.last_run is not None
    assert len(told.last_run.changed) == 2
    shown = process("status", "--vault", str(threaded.root))
    assert "5 notes changed" in shown.out


def status_of_seven_problems(threaded: Thread, process: Command) -> str:
    """What `status` prints where seven notes have the same problem."""
    new = [f"n{number}.md" for number in range(7)]
    for name in new:
        (threaded.root / name).write_text("---\na: 1\na: 2\n---\n", encoding="utf-8")
    threaded.script.tell(*new)
    threaded.until_status(lambda s: s.problem_count == 7, "the problems")
    return process("status", "--vault", str(threaded.root)).out


def test_the_status_says_that_there_is_more_than_it_lists_and_where(
    threaded: Thread, process: Command
) -> None:
    shown = status_of_seven_problems(threaded, process)
    assert shown.count("fm-duplicate-keys") == 1
    assert "\n    and 6 more like it, in 7 notes in all\n" in shown


def test_the_status_claims_no_number_of_problems_that_it_does_not_hold(
    threaded: Thread, process: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "SHOWN", 4)
    shown = status_of_seven_problems(threaded, process)
    assert "7 problems for you to look at" in shown
    assert "\n    and at least 3 more like it, in at least 4 notes\n  and more: " in shown


TOLD = Status(
    vault="/notes",
    pid=1,
    version="1",
    state="starting",
    started="2026-11-21T08:00:00+00:00",
    watch=WatchState("events", "", 1, 1, 0),
    quiet=30,
    max_wait=600,
    notes=0,
    pending=(),
    pending_count=0,
    last_run=None,
    problems=(),
    problem_count=0,
    waiting=None,
    degraded=(),
    log="/log",
)


def test_a_daemon_that_is_at_its_first_look_does_not_say_that_the_vault_is_empty(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(TOLD)
    shown = capsys.readouterr().out
    assert "starting: /notes\n" in shown
    assert "the whole vault is being looked at" in shown


@pytest.mark.parametrize(
    ("minutes", "said"), [(10.2, "next in 10 minutes"), (-10, "again as soon as that is over")]
)
def test_a_next_try_is_never_one_of_the_past(
    capsys: pytest.CaptureFixture[str], minutes: float, said: str
) -> None:
    now = datetime.now(UTC)
    due = now + timedelta(minutes=minutes)
    gone = Trouble("gone", "the vault is gone", "", now.isoformat(), 1, due.isoformat())
    show(msgspec.structs.replace(TOLD, waiting=gone))
    assert f"tried 1 time, {said}\n" in capsys.readouterr().out


def test_the_status_file_is_for_its_owner_alone(threaded: Thread) -> None:
    folder = Path(os.environ["XDG_STATE_HOME"]) / "vaultsync" / "daemon"
    modes = {path.name.split(".", 1)[1]: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes["status.json"] == 0o600


def test_a_killed_daemon_counts_as_not_running_and_can_be_started_again(vault: Path, repo: Repo) -> None:
    with daemon(vault) as running:
        running.process.kill()
        running.process.wait()
        assert running.status()["running"] is False
    with daemon(vault) as running:
        assert running.status()["running"] is True


# Consent


def test_without_consent_it_waits_says_how_to_agree_and_goes_on_after_that(
    tmp_path: Path, process: Command
) -> None:
    vault = smallvault.write(tmp_path / "strangers", agreed=False)
    (vault / ".vaultsync").mkdir()
    (vault / ".vaultsync/config.toml").write_text("[watch]\nquiet = 0.2\n", encoding="utf-8")
    repo = Repo(vault)
    repo.git("init", "-q")
    head = repo.save()
    with daemon(vault, looked=False) as running:
        told = running.until_status(lambda s: s["running"] and s["state"] == "waiting", "that it waits")
        assert told["waiting"]["state"] == "consent"
        assert "vaultsync fix --yes" in told["waiting"]["hint"]
        repo.write(smallvault.PAPER, smallvault.NOTES[smallvault.PAPER] + "typed\n")
        shown = process("status", "--vault", str(vault)).out
        assert "nobody has agreed yet" in shown
        assert (repo.head, (vault / smallvault.CONFERENCE).read_text()) == (
            head,
            smallvault.NOTES[smallvault.CONFERENCE],
        )
        assert process("fix", "--yes", "--vault", str(vault)).code == 0
        running.until_idle()
        repo.write(
            smallvault.PAPER,
            (vault / smallvault.PAPER).read_text().replace("tags:\n  - paper", "tags: paper, x"),
        )
        until(lambda: "  - x\n" in (vault / smallvault.PAPER).read_text(), "that the daemon goes on")
