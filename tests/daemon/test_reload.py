"""What a daemon does not forget, and does not fall over, when settings are read again or the vault goes.

A look at the whole vault takes notes as they are then. What somebody saved just before it must wait all the
same, whether a hint told of it or not: no hint does in these tests.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import smallvault
from daemon_thread import Script, Thread
from daemons import repository, settings, until
from gitrepo import Repo

from vaultsync.core.config.settings import SyncSection
from vaultsync.core.errors import VaultError
from vaultsync.daemon.changes import Changes
from vaultsync.daemon.inbox_import import Intake
from vaultsync.daemon.reporting import Reporter
from vaultsync.daemon.status import Status
from vaultsync.daemon.syncing import Syncing
from vaultsync.daemon.used_settings import SettingsChanged
from vaultsync.runs import inbox
from vaultsync.runs.cycle import Cycle
from vaultsync.runs.import_sources import Input
from vaultsync.vault.lock import VaultBusy
from vaultsync.vault.open import Vault

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="an open folder can't be renamed there")

HALF = "---\ntag: half\n---\nhalf typed"
LONG_AGO = 1_000_000_000


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """The small vault, committed, whose notes are old, and in which a note is left alone for an hour."""
    root = smallvault.write(tmp_path / "vault")
    settings(root, quiet=3600.0, max_wait=7200.0)
    for path in root.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return root


@pytest.fixture
def repo(vault: Path) -> Repo:
    return repository(vault)


@pytest.fixture
def threaded(vault: Path, repo: Repo) -> Iterator[Thread]:
    with Thread(vault).running() as thread:
        thread.until_status(is_idle, "idle")
        yield thread


def is_idle(status: Status) -> bool:
    """Whether the whole vault has been looked at, and nothing keeps the daemon from its work."""
    return status.state == "idle" and status.waiting is None


def waits(status: Status, path: str = "Half.md") -> bool:
    """Whether the daemon is idle, and leaves the note alone."""
    return is_idle(status) and path in [pending.path for pending in status.pending]


def assert_untouched(repo: Repo, path: str = "Half.md") -> None:
    assert (repo.path / path).read_text(encoding="utf-8") == HALF
    assert path not in repo.git("ls-files")


def reloaded(thread: Thread, quiet: float) -> None:
    """Read settings again that are others, so that the status shows which ones are in use."""
    settings(thread.root, quiet=quiet, max_wait=7200.0)
    thread.daemon.reload()


# What is half typed


def test_a_note_that_was_saved_before_the_start_waits_as_does_a_file_in_the_inbox(
    vault: Path, repo: Repo
) -> None:
    (vault / "Half.md").write_text(HALF, encoding="utf-8")
    (vault / "Inbox").mkdir()
    for name in ("half", "whole"):
        (vault / "Inbox" / f"{name}.bib").write_text(f"@article{{{name}, title = {{On {name} papers}}}}\n")
    os.utime(vault / "Inbox/whole.bib", (LONG_AGO, LONG_AGO))
    with Thread(vault).running() as thread:
        told = thread.until_status(waits, "the first look")
        assert waits(told, "Inbox/half.bib")
    assert_untouched(repo)
    assert (vault / "Inbox/half.bib").exists()
    assert not (vault / "Inbox/whole.bib").exists()


@pytest.mark.parametrize("times", ["now", "long ago", "in the future"])
def test_a_note_that_was_saved_just_before_a_reload_waits(threaded: Thread, repo: Repo, times: str) -> None:
    half = threaded.root / "Half.md"
    half.write_text(HALF, encoding="utf-8")
    if times != "now":
        moment = LONG_AGO if times == "long ago" else half.stat().st_mtime + 86_400
        os.utime(half, (moment, moment))
    reloaded(threaded, 3000.0)
    threaded.until_status(lambda s: waits(s) and s.quiet == 3000.0, "the look after the reload")
    assert_untouched(repo)


def test_a_note_that_was_saved_while_the_vault_was_away_waits(threaded: Thread, repo: Repo) -> None:
    away = threaded.root.with_name("unmounted")
    threaded.root.rename(away)
    threaded.script.tell(rescan="the vault's folder is gone")
    threaded.until_status(lambda s: s.waiting is not None, "waiting")
    threaded.daemon.ask(threaded.daemon._forget).result()  # so that nothing is known but the files' times
    (away / "Half.md").write_text(HALF, encoding="utf-8")
    away.rename(threaded.root)
    threaded.script.tell(rescan="the vault's folder is back")
    threaded.until_status(waits, "the look after it came back")
    assert_untouched(repo)


def test_a_note_that_was_saved_before_a_run_that_failed_waits_in_the_next_one(
    threaded: Thread, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, broken = Cycle.run, [ZeroDivisionError("a defect")]

    def breaks_once(self: Cycle, *args: object, **options: object) -> object:
        if broken:
            (threaded.root / "Half.md").write_text(HALF, encoding="utf-8")
            raise broken.pop()
        return run(self, *args, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(Cycle, "run", breaks_once)
    threaded.daemon.reload()
    threaded.until_status(waits, "the look after the failure")
    assert not broken
    assert_untouched(repo)


def test_a_client_that_asks_for_something_right_after_a_reload_lets_nothing_count_as_settled(
    threaded: Thread, repo: Repo
) -> None:
    from vaultsync.api.open_notes import look_if_unseen

    def reload_and_look() -> None:
        threaded.daemon.take_settings()
        look_if_unseen(threaded.daemon)

    (threaded.root / "Half.md").write_text(HALF, encoding="utf-8")
    threaded.daemon.ask(reload_and_look).result()
    threaded.until_status(waits, "the look after the reload")
    assert_untouched(repo)


def test_a_note_that_somebody_asks_to_be_seen_to_now_does_not_wait(threaded: Thread, repo: Repo) -> None:
    (threaded.root / "Half.md").write_text(HALF, encoding="utf-8")
    threaded.daemon.ask(lambda: threaded.daemon.run_now(None)).result()
    assert "tags:\n  - half\n" in repo.content("Half.md", "HEAD")


def test_what_the_tool_wrote_itself_does_not_wait_after_a_reload(threaded: Thread, repo: Repo) -> None:
    note = threaded.root / "New.md"
    note.write_text("---\ntag: whole\n---\n", encoding="utf-8")
    threaded.daemon.ask(lambda: threaded.daemon.run_now(["New.md"])).result()
    assert "tags:" in note.read_text(encoding="utf-8")
    reloaded(threaded, 3000.0)
    told = threaded.until_status(lambda s: is_idle(s) and s.quiet == 3000.0, "the look after the reload")
    assert told.pending == ()


# A vault that is gone


def test_settings_that_are_read_again_while_the_vault_is_gone_are_read_once_it_is_back(
    threaded: Thread,
) -> None:
    away = threaded.root.with_name("unmounted")
    threaded.root.rename(away)
    threaded.daemon.reload()
    told = threaded.until_status(lambda s: s.waiting is not None, "waiting")
    assert told.waiting is not None
    assert told.waiting.state == "gone"
    assert told.quiet == 3600.0  # those of a vault, not the defaults
    settings(away, quiet=3000.0)
    away.rename(threaded.root)
    threaded.daemon.ask(lambda: None)
    threaded.until_status(lambda s: is_idle(s) and s.quiet == 3000.0, "it goes on with the new ones")
    assert threaded.script.is_watching


def test_a_vault_that_goes_between_two_steps_of_a_reload_ends_nothing(
    threaded: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = [VaultError("the vault is gone")]

    def start(script: Script) -> None:
        if missing:
            raise missing.pop()
        script.is_watching = True

    monkeypatch.setattr(Script, "start", start)
    monkeypatch.setattr("vaultsync.daemon.loop.GONE_TICK", 0.01)
    reloaded(threaded, 3000.0)
    threaded.until_status(lambda s: is_idle(s) and s.quiet == 3000.0, "it goes on with the new ones")
    assert not missing
    assert threaded.script.is_watching


def test_a_vault_that_goes_in_the_middle_of_a_run_ends_nothing(
    threaded: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, run, steps = threaded.root.with_name("unmounted"), Cycle.run, ["goes"]

    def goes(self: Cycle, *args: object, **options: object) -> object:
        if steps:
            threaded.root.rename(away)
            steps.pop()
            raise SettingsChanged  # as the turn finds: a vault that is gone has none
        return run(self, *args, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(Cycle, "run", goes)
    threaded.daemon.ask(lambda: threaded.daemon.todo.look_at(None)).result()
    threaded.until_status(lambda s: s.waiting is not None and s.waiting.state == "gone", "waiting")
    away.rename(threaded.root)
    threaded.daemon.ask(lambda: None)
    threaded.until_status(is_idle, "it goes on")


# Defects, and the end


@pytest.mark.parametrize(
    ("where", "what"),
    [(Changes, "scan"), (Intake, "files"), (Intake, "run"), (Reporter, "publish"), (Syncing, "work")],
)
def test_a_defect_in_any_part_of_a_turn_is_told_and_ends_nothing(
    threaded: Thread,
    repo: Repo,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: type,
    what: str,
) -> None:
    does, broken = getattr(where, what), [ZeroDivisionError("a defect")]

    def breaks_once(self: object, *args: object) -> object:
        if broken:
            raise broken.pop()
        return does(self, *args)

    monkeypatch.setattr(where, what, breaks_once)
    (threaded.root / "New.md").write_text("new\n", encoding="utf-8")
    os.utime(threaded.root / "New.md", (LONG_AGO, LONG_AGO))
    threaded.daemon.ask(lambda: setattr(threaded.daemon.changes, "scan_at", 0.0)).result()
    until(lambda: what == "run" or not broken, "the defect")
    reloaded(threaded, 0.1)
    until(lambda: "New.md" in repo.git("ls-files"), "it goes on")
    threaded.until_status(is_idle, "it goes on")
    assert not broken
    assert any(r.exc_info and "ZeroDivisionError" in str(r.exc_info[0]) for r in caplog.records)


def test_the_log_says_why_a_daemon_ended(
    vault: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start(_script: Script) -> None:
        raise VaultError("the vault can't be watched", "look at its disk")

    monkeypatch.setattr(Script, "start", start)
    with pytest.raises(VaultError, match="can't be watched"):
        Thread(vault).daemon.run()
    assert "end: the vault can't be watched\n  look at its disk" in caplog.text


def test_a_vault_that_is_in_use_when_a_sync_wants_it_is_not_read_anew(
    threaded: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = [VaultBusy(threaded.root, None)]
    work = Syncing.work

    def busy_once(self: Syncing) -> bool:
        if busy:
            raise busy.pop()
        return work(self)

    survey = threaded.daemon.cycle.survey
    assert survey is not None
    failed = []
    monkeypatch.setattr(Syncing, "failed", lambda self, error: failed.append(error))
    monkeypatch.setattr(Syncing, "work", busy_once)
    threaded.daemon.ask(lambda: None)
    until(lambda: failed, "the sync")
    assert threaded.daemon.ask(lambda: threaded.daemon.cycle.survey).result() is survey
    assert not threaded.daemon.todo.whole


def test_an_offer_to_an_editor_outlives_a_reload(threaded: Thread, repo: Repo) -> None:
    daemon = threaded.daemon
    typed = "---\ntags: a, b\n---\n"
    (threaded.root / smallvault.PLAIN).write_text(typed, encoding="utf-8")
    offered = daemon.ask(lambda: daemon.parts.editing.offer(smallvault.PLAIN, typed)).result()
    assert offered.run
    reloaded(threaded, 3000.0)
    threaded.until_status(lambda s: is_idle(s) and s.quiet == 3000.0, "the look after the reload")
    assert daemon.ask(lambda: list(daemon.parts.editing.offers)).result() == [smallvault.PLAIN]
    assert repo.content(smallvault.PLAIN, "HEAD") == typed


def test_the_syncs_are_those_from_before_a_reload(threaded: Thread) -> None:
    """Only that they are handed on; `test_daemon_sync` says what becomes of them."""
    before = threaded.daemon.parts.syncing
    before._settings = SyncSection(on=True)
    threaded.daemon.ask(lambda: setattr(before, "left", ("a conflict note",))).result()
    reloaded(threaded, 3000.0)
    threaded.until_status(lambda s: is_idle(s) and s.quiet == 3000.0, "the look after the reload")
    assert threaded.daemon.parts.syncing is not before
    assert threaded.daemon.parts.syncing.left == ("a conflict note",)


def test_a_file_of_the_inbox_that_meets_a_defect_keeps_neither_notes_nor_other_files_from_their_work(
    threaded: Thread, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, tried = inbox.inbox_input, []

    def fails_at_one(vault: Vault, path: str) -> Input:
        tried.append(path)
        if path == "Inbox/b.bib":
            raise RecursionError
        return reading(vault, path)

    monkeypatch.setattr(inbox, "inbox_input", fails_at_one)
    folder = threaded.root / "Inbox"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.bib").write_text(f"@article{{{name}, title = {{On {name}, a paper of ours}}}}\n")
        os.utime(folder / f"{name}.bib", (LONG_AGO, LONG_AGO))
    reloaded(threaded, 0.1)
    told = threaded.until_status(
        lambda s: is_idle(s) and not s.pending_count and s.quiet == 0.1, "it goes on without the file"
    )
    assert sorted(path.name for path in folder.glob("*.bib")) == ["b.bib"]
    assert sorted(path.name for path in folder.glob("done/*")) == ["a.bib", "c.bib"]
    assert [p.message for p in told.problems if p.path == "Inbox/b.bib"] == [
        "it was not imported, by a defect of vaultsync: RecursionError()"
    ]
    assert tried.count("Inbox/b.bib") == 2  # with the others, and alone
