"""One vault on two devices: what each did is on both after a sync, and nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest
from devices import Device, devices
from gitrepo import git_env, repo

from vaultsync.core.history.conflict_names import conflict_of
from vaultsync.runs.conflicts import conflicts_in, settle_conflict
from vaultsync.runs.copies import merge_copies
from vaultsync.runs.sync import Synced, SyncOrder, TwoNames
from vaultsync.vault.open import open_vault

__all__ = ["git_env", "repo"]

NOTE = "---\ntitle: A\n---\n# A\nthe first line of the note\n\nthe second line, some way off\n\nthe end\n"
LOOK = SyncOrder(write=False)


def in_step(*all_of_them: Device, rounds: int = 3) -> None:
    """Sync until nobody has news, and check that all have the same then."""
    for _ in range(rounds):
        for device in all_of_them:
            assert device.sync().waiting is None
    assert len({device.tree for device in all_of_them}) == 1
    for device in all_of_them:
        assert device.status == ""
        device.check()


@pytest.fixture
def two(git_env: Path, tmp_path: Path) -> tuple[Device, Device]:
    one, other = devices(tmp_path / "devices", A__md=NOTE, B__md="b\n", C__md="c\n")
    return one, other


def test_what_one_device_did_comes_to_the_other_as_it_is(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("A.md", NOTE.replace("the end", "THE END"))
    one.write("Deep/New note.md", "new\r\n")
    one.write("picture.png", b"\x89PNG\0\xff")
    (one.path / "B.md").unlink()
    sent = one.sync()
    assert (sent.came, sent.went, sent.waiting) == ((), 1, None)
    got = other.sync()
    assert got.came == ("A.md", "B.md", "Deep/New note.md", "picture.png")
    assert got.commits == ()
    assert other.files() == one.files()
    assert other.head == one.head
    assert other.status == ""
    again = other.sync()
    assert again == Synced()


def test_one_note_edited_on_both_devices_has_both_edits(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("A.md", NOTE.replace("the first line", "the very first line"))
    other.write("A.md", NOTE.replace("the end", "the real end"))
    one.sync()
    done = other.sync()
    assert done.merged == ("A.md",)
    assert done.conflicts == ()
    both = NOTE.replace("the first line", "the very first line").replace("the end", "the real end")
    assert other.content("A.md") == both
    assert other.git("log", "-1", "--format=%s%n%b", "HEAD").splitlines()[0] == (
        "vaultsync: merge 1 note from origin"
    )
    assert len(other.git("log", "-1", "--format=%P").split()) == 2
    in_step(one, other)
    assert (one.path / "A.md").read_text() == both


def test_one_property_added_on_both_devices_stands_once(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("A.md", NOTE.replace("title: A\n", "title: A\nyear: 2025\nstatus: read\n"))
    other.write("A.md", NOTE.replace("title: A\n", "status: read\ntitle: A\n"))
    one.sync()
    other.sync()
    assert other.content("A.md").count("status:") == 1
    in_step(one, other)


def test_what_does_not_go_together_lies_beside_and_the_note_stays_whole(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("A.md", NOTE.replace("the end", "an end that has been written by the first one"))
    other.write("A.md", NOTE.replace("the end", "quite another end"))
    one.sync()
    done = other.sync()
    assert len(done.conflicts) == 1
    assert conflict_of(done.conflicts[0]) == "A.md"
    assert done.left == done.conflicts
    assert not done.is_in_step
    kept, beside = other.content("A.md"), other.content(done.conflicts[0])
    assert {"an end that has been written by the first one", "quite another end"} == {
        line for text in (kept, beside) for line in text.splitlines() if "end" in line and "line" not in line
    }
    assert "<<<" not in kept + beside
    in_step(one, other)
    assert (one.path / done.conflicts[0]).read_text() == beside


def test_a_note_deleted_here_and_edited_there_stays(two: tuple[Device, Device]) -> None:
    one, other = two
    (one.path / "B.md").unlink()
    other.write("B.md", "b, and more\n")
    one.sync()
    other.sync()
    in_step(one, other)
    assert (one.path / "B.md").read_text() == "b, and more\n"


def test_a_note_that_only_the_tool_had_edited_goes_with_its_deletion(two: tuple[Device, Device]) -> None:
    one, other = two
    one.save("a note that a rule repairs", D__md="---\ntags: a, b\n---\ntext\n")
    one.sync()
    other.sync()
    other.fix()
    assert other.content("D.md") != one.content("D.md")
    (one.path / "D.md").unlink()
    one.sync()
    other.sync()
    in_step(one, other)
    assert not (one.path / "D.md").exists()


def test_a_note_renamed_here_and_edited_there_is_edited_at_its_new_name(two: tuple[Device, Device]) -> None:
    one, other = two
    one.git("mv", "A.md", "Renamed.md")
    other.write("A.md", NOTE.replace("the end", "the END"))
    one.sync()
    other.sync()
    in_step(one, other)
    assert set(one.files()) == {".obsidian/app.json", "B.md", "C.md", "Renamed.md"}
    assert "the END" in one.content("Renamed.md")


def test_a_note_renamed_on_both_devices_has_one_of_the_names_and_both_edits(
    two: tuple[Device, Device],
) -> None:
    one, other = two
    (one.path / "A.md").unlink()
    one.write("One.md", NOTE.replace("the first line", "the very first line"))
    (other.path / "A.md").unlink()
    other.write("Two.md", NOTE.replace("the end", "the END"))
    one.sync()
    done = other.sync()
    assert done.renamed == (TwoNames("Two.md", "One.md"),)
    assert "Two.md: changed on both sides; the other side called it One.md" in other.git("log", "-1")
    in_step(one, other)
    names = set(one.files()) - {".obsidian/app.json", "B.md", "C.md"}
    assert names == {"Two.md"}
    text = one.content("Two.md")
    assert "the very first line" in text
    assert "the END" in text


def test_two_new_notes_of_one_name_are_both_kept(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("New.md", "cats and dogs and mice\n")
    other.write("New.md", "an entirely different text about trains\n")
    one.sync()
    other.sync()
    in_step(one, other)
    texts = {data for path, data in one.files().items() if path.startswith("New")}
    assert texts == {b"cats and dogs and mice\n", b"an entirely different text about trains\n"}


def test_decisions_of_both_devices_hold(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write(".vaultsync/decisions.toml", 'accept = [\n  ["A.md", "x", "B.md"],\n]\n')
    other.write(".vaultsync/decisions.toml", 'deny = [\n  ["A.md", "y", "C.md"],\n]\n')
    one.sync()
    other.sync()
    in_step(one, other)
    text = one.content(".vaultsync/decisions.toml")
    assert '["A.md", "x", "B.md"]' in text
    assert '["A.md", "y", "C.md"]' in text


def test_staged_and_unfinished_work_stays_as_it_is(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("B.md", "b from there\n")
    one.sync()
    other.write("C.md", "staged\n")
    other.git("add", "C.md")
    other.write("C.md", "staged, and typed on\n")
    before = other.staged
    assert other.sync().came == ("B.md",)
    assert other.staged == before
    assert (other.path / "C.md").read_text() == "staged, and typed on\n"
    assert (other.path / "B.md").read_text() == "b from there\n"


def test_a_note_that_is_being_typed_in_waits_and_loses_nothing(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("B.md", "b from there\n")
    one.sync()
    other.write("B.md", "b half\n")
    order = SyncOrder(is_busy=lambda path: path == "B.md", rules=False)
    done = other.sync(order)
    assert done.waiting is not None
    assert done.waiting.state == "unsettled"
    assert (other.path / "B.md").read_text() == "b half\n"
    in_step(one, other)


def test_a_look_tells_what_would_come_and_go_and_changes_nothing(two: tuple[Device, Device]) -> None:
    one, other = two
    one.save("here", B__md="b from one\n")
    one.sync()
    other.save("there", C__md="c from other\n")
    before = (other.files(), other.head, other.index)
    look = other.sync(LOOK)
    assert (look.came, look.went, look.waiting) == (("B.md",), 1, None)
    assert (other.files(), other.head, other.index) == before


def test_a_device_without_a_commit_of_its_own_gets_everything(two: tuple[Device, Device]) -> None:
    one, _ = two
    new = Device(one.path.with_name("third"), one.remote)
    new.path.mkdir()
    new.git("init", "-q", "--initial-branch=main")
    new.git("remote", "add", "origin", str(one.remote))
    assert new.sync().waiting is None
    assert new.files() == one.files()
    assert new.status == ""


def test_the_first_push_to_an_empty_remote_sets_what_the_branch_follows(
    git_env: Path, tmp_path: Path
) -> None:
    (one,) = devices(tmp_path / "devices", 1, A__md=NOTE)
    one.git("push", "-q", "origin", ":main", ok=False)
    one.git("branch", "--unset-upstream")
    one.git("update-ref", "-d", "refs/remotes/origin/main")
    bare = tmp_path / "new.git"
    one.git("init", "-q", "--bare", "--initial-branch=main", str(bare))
    one.git("remote", "set-url", "origin", str(bare))
    done = one.sync()
    assert (done.waiting, done.went) == (None, 1)
    assert one.git("rev-parse", "--abbrev-ref", "@{upstream}").strip() == "origin/main"


def test_both_devices_that_merged_the_same_commits_apart_end_with_one_merge(
    two: tuple[Device, Device],
) -> None:
    one, other = two
    one.save("one", B__md="b from one\n")
    other.save("other", C__md="c from other\n")
    one.git("push", "-q", "origin", "main:one")
    other.git("push", "-q", "origin", "main:other")
    one.git("fetch", "-q", "origin", "other:refs/remotes/origin/main", "-f")
    one.git("update-ref", "refs/remotes/origin/main", other.head)
    subject = "vaultsync: merge 1 note from origin"
    one.git("merge", "-q", "-m", subject, other.head)
    other.git("fetch", "-q", "origin", "one")
    other.git("merge", "-q", "-m", subject, "FETCH_HEAD")
    assert one.tree == other.tree
    assert one.head != other.head
    one.git("push", "-q", "origin", "main")
    done = other.sync()
    assert (done.waiting, done.went) == (None, 0)
    assert other.head == one.head
    in_step(one, other)


def test_rules_see_to_what_came_and_the_other_device_has_nothing_to_add(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("Tags.md", "---\ntags: a, b\n---\ntext\n")
    one.sync()
    done = other.sync(rules=True)
    assert done.fixed is not None
    assert [change.path for change in done.fixed.changes] == ["Tags.md"]
    assert done.went == 1
    head = other.head
    for _ in range(2):
        one.sync(rules=True)
        other.sync(rules=True)
    assert one.head == other.head == head


def test_the_rules_of_a_vault_that_nobody_agreed_to_change_do_not_run(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("Tags.md", "---\ntags: a, b\n---\ntext\n")
    one.sync()
    assert other.sync(rules=False).fixed is None
    assert other.content("Tags.md") == "---\ntags: a, b\n---\ntext\n"


def test_nothing_to_do_costs_three_git_processes_beside_the_fetch(
    two: tuple[Device, Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaultsync.git.process import GitProcess

    one, _ = two
    one.sync()
    run, commands = GitProcess._run, []

    def counted(self: GitProcess, command: str, *rest: object) -> object:
        commands.append(command)
        return run(self, command, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(GitProcess, "_run", counted)
    assert one.sync() == Synced()
    commands.remove("fetch")
    assert len(commands) <= 3, commands


PAPER = "---\ntitle: Deep Networks with Stochastic Depth\ntags:\n  - paper\n---\n"
TALK = "---\ntags:\n  - conference\ndate: 2025-04-07\n---\n# Monday\n\n## A talk\n\n- on {}\n- and the rest\n"


@pytest.fixture
def linking(git_env: Path, tmp_path: Path) -> tuple[Device, Device]:
    """Two devices with a conference note and a paper that it mentions."""
    one, other = devices(tmp_path / "devices", Talk__md=TALK.format("something else"), Paper__md=PAPER)
    return one, other


def test_a_link_that_a_merge_drops_is_no_refusal_of_the_persons(linking: tuple[Device, Device]) -> None:
    one, other = linking
    mention = TALK.format("Deep Networks with Stochastic Depth")
    one.save("mentioned", Talk__md=mention)
    one.sync()
    other.sync()
    one.fix()
    assert "[[Paper|" in one.content("Talk.md")
    one.sync()
    other.write("Talk.md", mention.replace("Depth", "Depth, which I liked"))
    assert other.sync().merged == ("Talk.md",)  # the person's words stay, the link gives way
    assert "[[Paper|" not in other.content("Talk.md").partition("%%")[0]
    other.fix()
    in_step(one, other)
    one.fix()
    one.sync(rules=True)
    other.sync(rules=True)
    assert ", which I liked" in one.content("Talk.md")
    for device in (one, other):
        assert "deny" not in "".join(
            text.decode() for path, text in device.files().items() if path.endswith("decisions.toml")
        )
    assert "[[Paper|" in one.content("Talk.md")


def test_a_link_that_somebody_took_out_on_a_device_without_vaultsync_stays_out(
    linking: tuple[Device, Device],
) -> None:
    one, phone = linking
    one.save("mentioned", Talk__md=TALK.format("Deep Networks with Stochastic Depth"))
    one.fix()
    one.sync()
    phone.git("pull", "-q", "--no-rebase")
    phone.save("on the phone", Talk__md=phone.content("Talk.md").replace("[[Paper|", "").replace("]]", ""))
    phone.git("push", "-q")
    one.write("Other.md", "meanwhile\n")
    one.sync(rules=True)
    one.fix()
    assert "[[" not in one.content("Talk.md").partition("%%")[0]
    assert "deny" in (one.path / ".vaultsync/decisions.toml").read_text()


def test_runs_of_both_devices_are_known_and_one_of_the_other_can_be_taken_back(
    linking: tuple[Device, Device],
) -> None:
    from vaultsync.git.repository import Git
    from vaultsync.runs.undo import undo
    from vaultsync.vault.open import open_vault

    one, other = linking
    one.save("mentioned", Talk__md=TALK.format("Deep Networks with Stochastic Depth"))
    other.save("tags", Tags__md="---\ntags: a, b\n---\ntext\n")
    one.fix()
    other.fix()
    one.sync()
    other.sync()
    one.sync()
    runs = Git.open(one.path).history.runs()
    assert len(runs) == len(Git.open(other.path).history.runs()) >= 2
    [foreign] = [run for run in runs if "Tags" in run.subject]
    done = undo(
        open_vault(one.path.resolve()), one.ports, foreign.sha, write=True, progress=lambda *step: None
    )
    assert done.report.waiting is None
    assert one.content("Tags.md") == "---\ntags: a, b\n---\ntext\n"
    in_step(one, other)
    assert other.content("Tags.md") == "---\ntags: a, b\n---\ntext\n"


def test_a_vault_that_was_cloned_anew_at_the_same_place_syncs_on(two: tuple[Device, Device]) -> None:
    """What the remote of before had is kept by the place; this repository has no such commit."""
    one, other = two
    one.write("A.md", NOTE.replace("the end", "THE END"))
    in_step(one, other)
    kept = other.ports.sync_state
    assert kept is not None
    [tracking] = kept.read().seen
    kept.saw(tracking, "1" * 40)
    other.write("B.md", "typed\n")
    one.write("C.md", "typed too\n")
    in_step(one, other)
    assert kept.read().seen[tracking] == other.head


def test_what_is_staged_in_part_is_told_with_what_to_do(two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("B.md", "staged\n")
    one.git("add", "B.md")
    one.write("B.md", "staged\nand more\n")
    told = "B.md: partly staged in git, so it was neither committed nor changed"
    for _ in range(2):
        done = one.sync()
        assert [(p.message, p.hint) for p in done.problems] == [(told, "commit or unstage it")]
        assert done.waiting is None
    other.save("edited there", B__md="b\nthere\n", C__md="c, edited\n")
    other.sync()
    done = one.sync()
    assert done.waiting is not None
    assert done.waiting.message == "B.md changed at the remote, and here it is staged in part"
    assert done.waiting.hint == "commit it or unstage it, then sync again"
    one.git("commit", "-q", "-m", "both", "B.md")
    in_step(one, other)


def test_what_stays_out_of_the_commits_is_told_by_the_run_that_leaves_it_out(
    two: tuple[Device, Device],
) -> None:
    one, _ = two
    one.write("id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n")
    [problem] = one.sync().problems
    assert problem.message.startswith("id_ed25519: left out of git: ")
    assert problem.rule == "sync"
    assert one.sync().problems == ()
    one.write("private.pem", "-----BEGIN RSA PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n")
    copy = "A.sync-conflict-20251126-120000-ABCDEFG.md"
    one.write(copy, NOTE.replace("the end", "the END"))
    vault = open_vault(one.path.resolve())
    merged = merge_copies(vault, one.ports, lambda copy: True, lambda path: False)
    assert [problem.path for problem in merged.left_out] == ["private.pem"]
    one.write("A (conflict 1a2b3c4).md", NOTE)
    one.write("second.pem", "-----BEGIN RSA PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n")
    [conflict] = conflicts_in(one.ports)
    settled = settle_conflict(vault, one.ports, conflict, "ours")
    assert [problem.path for problem in settled.left_out] == ["second.pem"]
