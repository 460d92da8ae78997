"""The watcher on a real file system: what gives a hint, what gives none, what happens where it fails."""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from daemons import until

from vaultsync.core.errors import VaultError
from vaultsync.daemon.hints import Hints
from vaultsync.daemon.watcher import Poller, Watcher
from vaultsync.files.scan import Scan

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify")
LIMIT = 10.0


class Watched:
    """A vault under a watcher that gathers all its hints."""

    def __init__(self, root: Path, watcher: Watcher) -> None:
        self.root, self.watcher = root, watcher
        self.paths: set[str] = set()
        self.folders: set[str] = set()
        self.rescans: list[str] = []

    def look(self) -> None:
        hints = self.watcher.take()
        self.paths |= hints.paths
        self.folders |= hints.folders
        self.rescans += [hints.rescan] if hints.rescan else []

    def until(self, condition: Callable[[], object]) -> None:
        """Gather hints until the condition holds; a test that waits in vain says what came instead."""
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, f"{self.paths} {self.folders} {self.rescans} {self.watcher.state}"
            time.sleep(0.01)
            self.look()

    def settle(self) -> None:
        """Wait until all that was done so far has been told: a file made now is told after it."""
        beacon = f"beacon {time.monotonic_ns()}.md"
        (self.root / beacon).write_bytes(b"")
        self.until(lambda: beacon in self.paths)
        self.paths = {path for path in self.paths if not path.startswith("beacon")}

    def fresh(self) -> None:
        self.settle()
        self.paths, self.folders, self.rescans = set(), set(), []


@pytest.fixture(params=["events", "polling"])
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    root = tmp_path / "vault"
    (root / "Papers").mkdir(parents=True)
    (root / "Papers/a.md").write_bytes(b"a")
    watcher = Watcher(root, polling=request.param == "polling", interval=0.02)
    watcher.start()
    assert watcher.state.how == request.param
    yield Watched(root, watcher)
    watcher.stop()


@pytest.fixture
def by_events(tmp_path: Path) -> Iterator[Watched]:
    root = tmp_path / "vault"
    (root / "Papers").mkdir(parents=True)
    watcher = Watcher(root)
    watcher.start()
    yield Watched(root, watcher)
    watcher.stop()


def told_of(watched: Watched, path: str) -> bool:
    """Whether a hint makes the daemon look at `path`: its own, or one of a folder above it."""
    return path in watched.paths or any(path.startswith(f"{folder}/") for folder in watched.folders)


def test_a_save_in_place_gives_a_hint(watched: Watched) -> None:
    (watched.root / "Papers/a.md").write_bytes(b"changed")
    watched.until(lambda: watched.paths == {"Papers/a.md"})


def test_a_save_by_rename_gives_a_hint_of_the_note_alone(watched: Watched) -> None:
    temp = watched.root / "Papers/.a.md.swp"
    temp.write_bytes(b"changed")
    temp.replace(watched.root / "Papers/a.md")
    watched.settle()
    assert watched.paths == {"Papers/a.md"}


def test_a_new_and_a_deleted_note_give_hints(watched: Watched) -> None:
    (watched.root / "neu – 提高.md").write_bytes(b"n")
    watched.until(lambda: "neu – 提高.md" in watched.paths)
    watched.fresh()
    (watched.root / "neu – 提高.md").unlink()
    watched.until(lambda: "neu – 提高.md" in watched.paths)


def test_a_renamed_note_gives_hints_of_both_names(watched: Watched) -> None:
    (watched.root / "Papers/a.md").rename(watched.root / "b.md")
    watched.until(lambda: watched.paths >= {"Papers/a.md", "b.md"})


def test_a_new_folder_with_notes_in_it_is_seen_whole(watched: Watched) -> None:
    for n in range(20):
        folder = watched.root / f"new/{n}/deep"
        folder.mkdir(parents=True)
        (folder / "n.md").write_bytes(b"n")
    watched.until(lambda: all(told_of(watched, f"new/{n}/deep/n.md") for n in range(20)))
    watched.fresh()
    (watched.root / "new/7/deep/n.md").write_bytes(b"later")
    watched.until(lambda: told_of(watched, "new/7/deep/n.md"))


def test_a_folder_that_is_moved_within_the_vault_is_seen_at_both_places(watched: Watched) -> None:
    (watched.root / "Papers").rename(watched.root / "Library")
    watched.until(lambda: told_of(watched, "Papers/a.md") and told_of(watched, "Library/a.md"))
    watched.fresh()
    (watched.root / "Library/a.md").write_bytes(b"later")
    watched.until(lambda: told_of(watched, "Library/a.md"))


def test_a_folder_that_is_moved_in_is_seen_and_watched_from_then_on(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "outside/sub").mkdir(parents=True)
    (tmp_path / "outside/sub/n.md").write_bytes(b"n")
    (tmp_path / "outside").rename(watched.root / "inside")
    watched.until(lambda: told_of(watched, "inside/sub/n.md"))
    watched.fresh()
    (watched.root / "inside/sub/n.md").write_bytes(b"later")
    watched.until(lambda: told_of(watched, "inside/sub/n.md"))


def test_a_folder_that_is_moved_out_gives_a_hint_and_is_no_longer_watched(
    watched: Watched, tmp_path: Path
) -> None:
    (watched.root / "Papers").rename(tmp_path / "gone")
    watched.until(lambda: told_of(watched, "Papers/a.md"))
    watched.watcher.check()
    watched.fresh()
    (tmp_path / "gone/a.md").write_bytes(b"elsewhere")
    watched.settle()
    assert watched.paths == set()


def test_hidden_files_by_products_and_reading_give_no_hint(watched: Watched) -> None:
    for path in (
        ".obsidian/workspace.json",
        ".git/index",
        ".trash/a.md",
        "Papers/.a.md.swp",
        "Papers/4913",
        "Papers/a.md~",
        "Papers/.vaultsync-w-01234567.tmp",
        "Papers/.syncthing.a.md.tmp",
    ):
        (watched.root / path).parent.mkdir(exist_ok=True)
        (watched.root / path).write_bytes(b"x")
    (watched.root / "Papers/a.md").read_bytes()
    os.utime(watched.root / ".obsidian")
    watched.settle()
    assert (watched.paths, watched.folders) == (set(), set())


def test_ignored_folders_give_no_hint(tmp_path: Path) -> None:
    (tmp_path / "Archive").mkdir()
    watcher = Watcher(tmp_path, ignored=lambda path: path.startswith("Archive/"))
    watcher.start()
    watched = Watched(tmp_path, watcher)
    (tmp_path / "Archive/x.md").write_bytes(b"x")
    watched.settle()
    watcher.stop()
    assert watched.paths == set()


def test_the_daemon_is_woken_once_for_many_hints(tmp_path: Path) -> None:
    woken = threading.Semaphore(0)
    watcher = Watcher(tmp_path, wake=woken.release)
    watcher.start()
    watched = Watched(tmp_path, watcher)
    for n in range(50):
        (tmp_path / f"{n}.md").write_bytes(b"x")
    assert woken.acquire(timeout=LIMIT)
    watched.until(lambda: len(watched.paths) == 50)
    watcher.stop()
    assert watcher.take() == Hints()
    assert not watcher.take()


def test_a_vault_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="is gone"):
        Watcher(tmp_path / "nowhere").start()


def test_a_vault_that_goes_and_comes_back_is_watched_again(watched: Watched, tmp_path: Path) -> None:
    watched.root.rename(tmp_path / "unmounted")
    if watched.watcher.state.how == "events":
        watched.watcher.check()
    watched.until(lambda: any("gone" in reason for reason in watched.rescans))
    (tmp_path / "unmounted").rename(watched.root)
    watched.watcher.check()
    watched.until(lambda: len(watched.rescans) >= (1 if watched.watcher.state.how == "events" else 2))
    watched.fresh()
    (watched.root / "Papers/a.md").write_bytes(b"later")
    watched.until(lambda: "Papers/a.md" in watched.paths)


@linux
def test_a_vault_that_was_deleted_and_made_again_is_watched_again(by_events: Watched) -> None:
    (by_events.root / "Papers").rmdir()
    by_events.root.rmdir()
    by_events.until(lambda: by_events.rescans)
    by_events.root.mkdir()
    by_events.watcher.check()
    by_events.fresh()
    (by_events.root / "n.md").write_bytes(b"n")
    by_events.until(lambda: by_events.paths == {"n.md"})


@linux
def test_a_vault_whose_watches_the_kernel_drops_counts_as_lost_until_they_are_made_anew(
    by_events: Watched,
) -> None:
    """As when its disk is unmounted, of which watchdog says nothing, and mounted again."""
    from watchdog.observers.inotify_c import InotifyFD

    assert not by_events.watcher.lost
    kernels = (thread for thread in threading.enumerate() if isinstance(thread, InotifyFD))
    for kernel in kernels:
        for watch in list(kernel._watch_for_wd):
            assert ctypes.CDLL(None).inotify_rm_watch(kernel._inotify_fd, watch) == 0
    by_events.until(lambda: by_events.watcher.lost)
    by_events.watcher.check()
    assert not by_events.watcher.lost
    (by_events.root / "n.md").write_bytes(b"n")
    by_events.until(lambda: "n.md" in by_events.paths)


@linux
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("which", ["tells us", "reads from the kernel"])
def test_a_vault_whose_watching_thread_met_a_defect_counts_as_lost_until_it_is_watched_anew(
    by_events: Watched, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    from watchdog.observers import inotify_c

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        if which == "tells us":
            patch.setattr(by_events.watcher, "_ignored", broken)
        else:
            patch.setattr(inotify_c.InotifyFD, "_parse_event_buffer", broken)
        (by_events.root / "n.md").write_bytes(b"n")
        by_events.until(lambda: by_events.watcher.lost)
    by_events.watcher.check()
    assert not by_events.watcher.lost
    (by_events.root / "later.md").write_bytes(b"n")
    by_events.until(lambda: "later.md" in by_events.paths)


@linux
def test_dropped_events_ask_for_a_scan_and_flood_nobody(
    by_events: Watched, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    log = logging.getLogger("watchdog.observers.inotify_c")
    for _ in range(100):
        log.warning("Inotify queue overflowed; filesystem events were lost")
        log.warning("something else that watchdog repeats")
    by_events.look()
    assert by_events.rescans == ["the system dropped events"]
    assert by_events.watcher.state.overflows == 100
    said = [r.getMessage() for r in caplog.records if r.name == "vaultsync.daemon.watcher"]
    assert said == ["watchdog: something else that watchdog repeats"]
    assert capfd.readouterr().err == ""


@linux
def test_the_real_kernel_s_overflow_is_noticed(by_events: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of the kernel's queue stands still until more has happened than the queue holds."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 50_000:
        pytest.skip("the queue is too long to be filled here")
    from watchdog.observers.inotify_c import InotifyFD

    go_on = threading.Event()
    read = InotifyFD.read_events

    def read_later(self: InotifyFD) -> object:
        go_on.wait(LIMIT)
        return read(self)

    monkeypatch.setattr(InotifyFD, "read_events", read_later)
    (by_events.root / "first.md").write_bytes(b"x")  # the read that waits already gives this one
    by_events.until(lambda: "first.md" in by_events.paths)
    for n in range(limit // 2 + 10):
        os.close(os.open(by_events.root / f"{n % 2}.md", os.O_CREAT | os.O_WRONLY))
        (by_events.root / f"{n % 2}.md").unlink()
    go_on.set()
    by_events.until(lambda: by_events.rescans == ["the system dropped events"])
    (by_events.root / "right after.md").write_bytes(b"n")
    by_events.until(lambda: "right after.md" in by_events.paths)
    by_events.fresh()
    (by_events.root / "Papers/n.md").write_bytes(b"n")
    by_events.until(lambda: "Papers/n.md" in by_events.paths)


def _limited(monkeypatch: pytest.MonkeyPatch, watches: int) -> None:
    """As if the user had only so many inotify watches."""
    from watchdog.observers import inotify_c

    add, left = inotify_c.inotify_add_watch, iter(range(watches))

    def limited(fd: int, path: bytes, mask: int) -> int:
        if next(left, None) is None:
            ctypes.set_errno(errno.ENOSPC)
            return -1
        return add(fd, path, mask)

    monkeypatch.setattr(inotify_c, "inotify_add_watch", limited)


@linux
@pytest.mark.parametrize("watches", [0, 3])
def test_without_enough_watches_the_vault_is_polled_and_the_state_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watches: int
) -> None:
    for n in range(10):
        (tmp_path / f"{n}").mkdir()
    _limited(monkeypatch, watches)
    watcher = Watcher(tmp_path, interval=0.02)
    watcher.start()
    state = watcher.state
    watched = Watched(tmp_path, watcher)
    (tmp_path / "7/n.md").write_bytes(b"n")
    watched.until(lambda: "7/n.md" in watched.paths)
    watcher.stop()
    assert state.how == "polling"
    assert "max_user_watches" in state.why
    assert ("watch limit reached" if watches == 0 else "3 of 11 folders") in state.why


@linux
def test_without_a_kernel_queue_of_its_own_the_vault_is_polled_and_the_right_limit_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As when other programs have taken all that `fs.inotify.max_user_instances` allows."""
    from watchdog.observers import inotify_c

    def refuse() -> int:
        ctypes.set_errno(errno.EMFILE)
        return -1

    monkeypatch.setattr(inotify_c, "inotify_init", refuse)
    caplog.set_level(logging.INFO, "vaultsync.daemon.watcher")
    watcher = Watcher(tmp_path)
    watcher.start()
    state = watcher.state
    watcher.stop()
    assert state.how == "polling"
    assert "max_user_instances" in state.why
    assert "max_user_watches" not in state.why
    assert f"watch: by polling: {state.why}" in caplog.messages


@linux
def test_watches_that_run_out_later_are_noticed_by_the_count(
    by_events: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limited(monkeypatch, 0)
    (by_events.root / "later").mkdir()
    by_events.until(lambda: "later" in by_events.folders)
    by_events.watcher.check()
    assert by_events.watcher.state.how == "polling"
    by_events.look()
    assert by_events.rescans == ["the watches were made anew"]


@linux
def test_a_check_without_a_fault_changes_nothing(by_events: Watched) -> None:
    threads = threading.enumerate()
    by_events.watcher.check()
    by_events.settle()
    state = by_events.watcher.state
    assert (state.how, state.why, state.folders, state.watched) == ("events", "", 2, 2)
    assert by_events.rescans == []
    assert threading.enumerate() == threads


MOUNTS = """\
/dev/vda / ext4 rw 0 0
nas:/home {home} nfs4 rw 0 0
/dev/sdb {local} ext4 rw 0 0
sshfs {ssh} fuse.sshfs rw 0 0
/dev/sdc {ntfs} fuseblk rw 0 0
"""


@linux
@pytest.mark.parametrize(
    ("folder", "kind"),
    [("", "nfs4"), ("local disk", ""), ("local disk/ssh", "fuse.sshfs"), ("ntfs", "")],
)
def test_a_network_file_system_is_polled_and_the_state_names_it(
    tmp_path: Path, folder: str, kind: str
) -> None:
    def escaped(name: str) -> str:
        return str(tmp_path / name).replace(" ", "\\040")

    mounts = tmp_path / "mounts"
    mounts.write_text(
        MOUNTS.format(
            home=tmp_path, local=escaped("local disk"), ssh=escaped("local disk/ssh"), ntfs=escaped("ntfs")
        )
    )
    vault = tmp_path / folder / "vault"
    vault.mkdir(parents=True)
    watcher = Watcher(vault, mounts=mounts)
    watcher.start()
    state = watcher.state
    watcher.stop()
    assert (state.how, kind in state.why) == ("polling" if kind else "events", True)


def test_stopping_leaves_no_thread_no_descriptor_and_no_handler(tmp_path: Path) -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0

    def cycle(polling: bool) -> None:
        watcher = Watcher(tmp_path, polling=polling)
        watcher.start()
        watcher.stop()
        assert watcher.state.how == "stopped"

    cycle(False)
    threads, files = threading.active_count(), open_files()
    for n in range(10):
        cycle(n % 2 == 0)
    assert (threading.active_count(), open_files()) == (threads, files)
    assert logging.getLogger("watchdog").handlers == []
    assert logging.getLogger("watchdog").propagate


def test_a_look_that_fails_is_told_and_the_next_one_sees_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "A.md").write_text("a\n")
    hints: list[tuple[set[str], str]] = []
    told = threading.Event()

    def hint(files: Iterable[str], folders: Iterable[str], rescan: str) -> None:
        hints.append((set(files), rescan))
        told.set()

    poller = Poller(tmp_path, None, 0.01, hint)
    poller.start()
    with monkeypatch.context() as broken:
        broken.setattr("vaultsync.daemon.watcher.scan_vault", fails)
        assert told.wait(10)
    (tmp_path / "B.md").write_text("b\n")
    try:
        until(lambda: any(files == {"B.md"} for files, _ in hints), "the new note was seen")
    finally:
        poller.stop()
    assert any("given up" in rescan for _, rescan in hints)


def fails(*_: object) -> Scan:
    raise ZeroDivisionError
