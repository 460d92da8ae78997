"""The daemon syncs by itself: what it made goes to the other device, what that one made comes here."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from daemons import daemon, until
from devices import Device, devices
from gitrepo import git_env, repo

from vaultsync.core.config.settings import SyncSection
from vaultsync.daemon.status import Place
from vaultsync.daemon.syncing import LOGIN_PAUSE, LONGEST_PAUSE, Syncing
from vaultsync.git.remote import RemoteFailed
from vaultsync.runs.sync import Synced, SyncOrder
from vaultsync.vault.consent import give_consent

__all__ = ["git_env", "repo"]

SETTINGS = "[watch]\nquiet = 0.2\n[sync]\non = true\nevery = 5\n"


@pytest.fixture
def two(git_env: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Device, Device]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    one, other = devices(tmp_path / "devices", A__md="a\n", B__md="b\n")
    one.write(".vaultsync/config.toml", SETTINGS)
    one.save("settings")
    one.sync()
    other.sync()
    return one, other


def test_what_is_saved_here_is_at_the_remote_soon_and_what_is_there_comes(
    two: tuple[Device, Device],
) -> None:
    one, other = two
    give_consent(one.path.resolve())
    with daemon(one.path) as running:
        one.write("A.md", "a, saved on one\n")
        until(lambda: other.sync().came == ("A.md",), "the note at the other device")
        other.write("B.md", "b, saved on other\n")
        other.sync()
        until(lambda: (one.path / "B.md").read_text() == "b, saved on other\n", "the note came")
        told = running.until_status(lambda s: s["sync"]["state"] == "in step", "in step")
        assert told["sync"]["last"]
        assert told["waiting"] is None
    assert one.status == ""
    assert one.head == other.head


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("reloads", [0, 2])
def test_a_daemon_that_stops_while_a_remote_keeps_it_waiting_leaves_no_git_behind(
    two: tuple[Device, Device], tmp_path: Path, reloads: int
) -> None:
    one, _ = two
    give_consent(one.path.resolve())
    ssh, pid_file = tmp_path / "ssh", tmp_path / "pid"
    ssh.write_text(
        f'#!/bin/sh\necho $$ >"{pid_file}.new" && mv "{pid_file}.new" "{pid_file}"\nexec sleep 600\n'
    )
    ssh.chmod(0o755)
    one.git("config", "core.sshCommand", str(ssh))
    one.git("config", "ssh.variant", "simple")
    one.git("remote", "set-url", "origin", "ssh://nobody@remote.invalid/notes.git")
    with daemon(one.path) as running:
        until(pid_file.exists, "the remote is asked")
        log = Place(one.path.resolve()).log_file
        for number in range(reloads):
            running.signal(signal.SIGHUP)
            until(lambda n=number: log.read_text().count("settings: read again") > n, "the reload")
        running.stop()
        assert running.process.returncode == 0
        until(lambda: not is_running(int(pid_file.read_text())), "the end of what it had started")


def is_running(pid: int) -> bool:
    """Whether the process is there, and no zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_settings_of_a_vault_that_nobody_trusts_send_nothing_anywhere(two: tuple[Device, Device]) -> None:
    one, other = two
    with daemon(one.path, looked=False) as running:
        told = running.until_status(lambda s: s.get("sync"), "a state")
        assert told["sync"]["state"] == "consent"
        assert "agreed" in told["sync"]["message"]
    assert other.sync() == Synced()


class Scripted:
    """A syncer whose remote does what the test says."""

    def __init__(self, ask: Callable[[], None]) -> None:
        self.ask = ask
        self.taken = 0

    def is_in_step(self) -> bool:
        return True

    def take_in(self, order: SyncOrder) -> Synced:
        raise AssertionError("there is nothing to take in")

    def give(self) -> int:
        raise AssertionError("there is nothing to give")


class Clockwork:
    """A `Syncing` on a clock of the test's, whose posts are done at once by `run`."""

    def __init__(self, ask: Callable[[], None], *, trusted: bool = True) -> None:
        self.now, self.asked, self.remote = 1000.0, 0, "address"
        self.posted: list[Callable[[], None]] = []
        self.arrived = threading.Event()

        def counted() -> None:
            self.asked += 1
            ask()

        def post(job: Callable[[], None]) -> None:
            self.posted.append(job)
            self.arrived.set()

        self._make = lambda settings: Syncing(
            settings,
            lambda: Scripted(counted),  # type: ignore[arg-type,return-value]
            post,
            lambda path: False,
            lambda: trusted,
            lambda: self.remote,
            lambda: False,
            lambda: self.now,
        )

        self.syncing = self._make(SyncSection(on=True, every=300.0))

    def reload(self, every: float = 300.0) -> None:
        """The settings are read again."""
        earlier, self.syncing = self.syncing, self._make(SyncSection(on=True, every=every))
        self.syncing.adopt(earlier)

    def listen(self) -> None:
        """Wait until the thread that speaks to the remote has told how it went."""
        assert self.arrived.wait(10)
        self.arrived.clear()
        while self.posted:
            self.posted.pop(0)()

    def run(self) -> None:
        """Go to the next moment and do all that is due."""
        moment = self.syncing.next_moment
        assert moment is not None
        self.now = max(self.now, moment)
        while self.syncing.work():
            if self.syncing.next_moment is None:
                self.listen()


def failing(kind: str) -> Callable[[], None]:
    def ask() -> None:
        raise RemoteFailed(kind, "no", "said")  # type: ignore[arg-type]

    return ask


def test_a_remote_that_is_away_is_asked_less_and_less_often() -> None:
    clock = Clockwork(failing("offline"))
    pauses = []
    for _ in range(12):
        before = clock.now
        clock.run()
        pauses.append(clock.syncing.next_moment - clock.now)  # type: ignore[operator]
        assert clock.now >= before
    assert clock.asked == 12
    assert pauses[0] < 10
    assert pauses[-1] > LONGEST_PAUSE / 2
    assert clock.syncing.status is not None
    assert (clock.syncing.status.state, clock.syncing.status.tries) == ("offline", 12)


def test_a_defect_while_the_network_is_asked_is_told_and_not_the_last_sync() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    answers: list[Callable[[], None]] = [broken, lambda: None]
    clock = Clockwork(lambda: answers.pop(0)())
    clock.run()
    assert clock.syncing.status is not None
    assert clock.syncing.status.state == "defect"
    assert "ZeroDivisionError" in clock.syncing.status.message
    clock.run()
    assert clock.syncing.status.state == "in step"


def test_a_refused_login_is_not_tried_again_for_an_hour() -> None:
    clock = Clockwork(failing("login"))
    clock.run()
    clock.now += LOGIN_PAUSE * 0.7
    clock.syncing.soon()  # new commits are no reason to try the login again
    assert not clock.syncing.work()
    assert clock.asked == 1


def test_a_reload_of_the_settings_is_no_reason_to_try_a_refused_login_again() -> None:
    clock = Clockwork(failing("login"))
    clock.run()
    moment, told = clock.syncing.next_moment, clock.syncing.status
    for _ in range(3):
        clock.now += 60
        clock.reload()
        assert not clock.syncing.work()
    assert clock.asked == 1
    assert clock.syncing.next_moment == moment
    assert clock.syncing.status is not None
    assert told is not None
    assert clock.syncing.status.tries == told.tries
    assert clock.syncing.status.since == told.since
    clock.run()
    assert clock.asked == 2
    assert clock.syncing.status.tries == 2


@pytest.mark.parametrize("change", ["settings", "remote"])
def test_other_settings_of_the_sync_or_of_its_remote_are_tried_at_once(change: str) -> None:
    clock = Clockwork(failing("login"))
    clock.run()
    if change == "remote":
        clock.remote = "another address"
    clock.reload(every=300.0 if change == "remote" else 600.0)
    assert clock.syncing.work()
    clock.listen()
    assert clock.asked == 2


def test_a_reload_while_the_remote_is_asked_waits_for_its_answer_and_goes_on_with_it() -> None:
    answering = threading.Event()
    clock = Clockwork(lambda: answering.wait(10))  # type: ignore[arg-type,return-value]
    assert clock.syncing.work()
    clock.reload()
    clock.reload()
    assert clock.syncing.next_moment is None
    assert not clock.syncing.work()
    answering.set()
    clock.listen()
    assert clock.syncing.work()
    assert clock.asked == 1
    assert clock.syncing.status is not None
    assert clock.syncing.status.state == "in step"


def test_what_was_asked_with_other_settings_is_asked_again_once_the_answer_is_there() -> None:
    answering = threading.Event()
    clock = Clockwork(lambda: answering.wait(10))  # type: ignore[arg-type,return-value]
    assert clock.syncing.work()
    clock.reload(every=600.0)
    clock.reload(every=600.0)
    assert not clock.syncing.work()
    answering.set()
    clock.listen()
    clock.reload(every=600.0)  # the answer isn't lost when it was not looked at yet
    assert clock.syncing.work()
    assert clock.asked == 1
    clock.run()
    assert clock.asked == 2


def test_what_is_over_is_forgotten_and_the_usual_pace_goes_on() -> None:
    answers = [failing("offline"), lambda: None]
    clock = Clockwork(lambda: answers.pop(0)())
    clock.run()
    clock.run()
    assert clock.syncing.status is not None
    assert clock.syncing.status.state == "in step"
    assert clock.syncing.status.tries == 0
    assert 200 < clock.syncing.next_moment - clock.now < 400  # type: ignore[operator]


def test_a_commit_here_brings_the_next_sync_on() -> None:
    clock = Clockwork(lambda: None)
    clock.run()
    clock.syncing.soon()
    assert clock.syncing.next_moment is not None
    assert clock.syncing.next_moment - clock.now < 5


def test_nobody_is_asked_before_somebody_agreed() -> None:
    clock = Clockwork(lambda: None, trusted=False)
    assert not clock.syncing.work()
    assert clock.asked == 0
