"""Conflict notes on the command line, a merge by hand, and git's merge driver."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Command
from devices import Device, devices
from gitrepo import git_env, repo
from pytest_mock import MockerFixture

from vaultsync.core.history.conflict_names import conflict_of
from vaultsync.files.disk import Rewrite
from vaultsync.files.problems import problem
from vaultsync.git.process import GitProcess
from vaultsync.runs.resolving import resolve_all

__all__ = ["git_env", "repo"]

NOTE = "# A\n\nthe first line\n\nthe end\n"
OURS = NOTE.replace("the end", "an end that one wrote, and a long one")
THEIRS = NOTE.replace("the end", "quite another")


@pytest.fixture
def two(git_env: Path, tmp_path: Path) -> tuple[Device, Device]:
    one, other = devices(tmp_path / "devices", A__md=NOTE, B__md="b\n")
    return one, other


@pytest.fixture
def clashed(two: tuple[Device, Device]) -> Device:
    """A device on which a sync has left a conflict note."""
    one, other = two
    one.write("A.md", OURS)
    other.write("A.md", THEIRS)
    one.sync()
    other.sync()
    return other


def text(device: Device, name: str) -> str:
    return (device.path / name).read_text()


def conflict_notes(device: Device) -> list[str]:
    return [name for name in device.files() if conflict_of(name)]


def test_conflicts_are_listed_shown_and_told_as_json(vaultsync: Command, clashed: Device) -> None:
    [path] = conflict_notes(clashed)
    listed = vaultsync("conflicts", cwd=clashed.path)
    assert listed.code == 1
    assert listed.out == f"A.md: 1 clash\n  {path}\n"
    shown = vaultsync("conflicts", "show", "A", cwd=clashed.path)
    assert "ours   | an end that one wrote, and a long one\n" in shown.out
    assert "theirs | quite another\n" in shown.out
    [told] = json.loads(vaultsync("conflicts", "--json", cwd=clashed.path).out)["data"]["conflicts"]
    assert (told["note"], told["path"]) == ("A.md", path)
    assert told["clashes"][0]["other"] == "quite another"
    assert json.loads(vaultsync("conflicts", "show", "A", "--json", cwd=clashed.path).out)["data"] == {
        "conflicts": [told]
    }
    assert "write `conflicts show --json`" in vaultsync("conflicts", "--json", "show", cwd=clashed.path).out


@pytest.mark.parametrize(
    ("side", "wanted"),
    [
        ("ours", OURS),
        ("theirs", THEIRS),
        ("both", OURS + "quite another\n"),
        ("done", OURS),
    ],
)
def test_what_is_kept_is_committed_and_the_conflict_note_goes(
    vaultsync: Command, clashed: Device, side: str, wanted: str
) -> None:
    done = vaultsync("conflicts", "keep", "A.md", side, cwd=clashed.path)
    assert done.code == 0
    assert clashed.content("A.md") == wanted
    assert conflict_notes(clashed) == []
    assert clashed.status == ""
    assert clashed.git("log", "-1", "--format=%s").strip() == "vaultsync: settle what two devices wrote in A"
    assert vaultsync("conflicts", cwd=clashed.path).code == 0
    undone = vaultsync("undo", cwd=clashed.path)
    assert (undone.code, "left alone" in undone.err) == (0, False)
    assert len(conflict_notes(clashed)) == 1


def test_a_note_that_was_edited_since_keeps_that(vaultsync: Command, clashed: Device) -> None:
    clashed.write("A.md", OURS.replace("the first line", "the first line, edited"))
    assert vaultsync("conflicts", "keep", "[[A]]", "theirs", cwd=clashed.path).code == 0
    assert clashed.content("A.md") == THEIRS.replace("the first line", "the first line, edited")


def test_without_a_terminal_a_side_has_to_be_named(vaultsync: Command, clashed: Device) -> None:
    done = vaultsync("conflicts", "keep", cwd=clashed.path)
    assert done.code == 2
    assert "ours, theirs, both or done" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
@pytest.mark.parametrize(
    ("answer", "wanted", "code"),
    [(b"o\n", OURS, 0), (b"t\n", THEIRS, 0), (b"maybe\nb\n", OURS + "quite another\n", 0), (b"s\n", OURS, 1)],
    ids=["ours", "theirs", "both, after an answer that is none", "skip"],
)
def test_on_a_terminal_each_conflict_is_shown_and_asked_about(
    clashed: Device, answer: bytes, wanted: str, code: int
) -> None:
    from terminal import on_a_terminal

    ended, screen = on_a_terminal("conflicts", "keep", cwd=clashed.path, answer=answer)
    assert ended == code
    assert "A.md: 1 clash" in screen
    assert "an end that one wrote, and a long one" in screen
    assert "quite another" in screen
    assert "(o)urs, (t)heirs, (b)oth, (d)one, (s)kip" in screen
    assert text(clashed, "A.md") == wanted
    assert bool(conflict_notes(clashed)) == bool(code)
    assert clashed.status == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
def test_who_leaves_the_question_has_decided_nothing(clashed: Device) -> None:
    from terminal import on_a_terminal

    before = clashed.files()
    ended, _ = on_a_terminal("conflicts", "keep", cwd=clashed.path, answer=b"\x04")
    assert ended == 130
    assert clashed.files() == before


def test_a_note_that_icloud_may_have_copied_is_only_told(
    vaultsync: Command, two: tuple[Device, Device]
) -> None:
    one, _ = two
    one.write("A.md", NOTE + "one more\n")
    one.write("A 2.md", NOTE + "one more, edited on a tablet\n")
    one.write("B 2.md", "a note of its own\n")
    told = vaultsync("conflicts", cwd=one.path)
    assert told.code == 0
    assert told.out == "much the same as another note, perhaps a copy that iCloud left:\n  A 2.md\n"
    assert vaultsync("conflicts", "--json").data["perhaps"] == [{"path": "A 2.md", "note": "A.md"}]
    vaultsync("conflicts", "merge")
    assert text(one, "A 2.md").endswith("edited on a tablet\n")


def test_rules_and_links_leave_a_conflict_note_alone(vaultsync: Command, clashed: Device) -> None:
    [path] = conflict_notes(clashed)
    typed = "---\ntags: a, b\n---\n" + clashed.content(path)
    clashed.write(path, typed)
    vaultsync("fix", "--yes", cwd=clashed.path)
    assert text(clashed, path) == typed


def test_a_name_means_the_copies_of_one_note_only(vaultsync: Command, two: tuple[Device, Device]) -> None:
    one, _ = two
    copies = {name: f"{name}.sync-conflict-20251126-120000-ABCDEFG.md" for name in ("BERT", "HuBERT")}
    one.save("notes", BERT__md="x\n", HuBERT__md="y\n")
    for copy in copies.values():
        one.write(copy, "z\n")
    for wrong in ("ERT", "", "Typo"):
        said = vaultsync("conflicts", "merge", wrong, cwd=one.path)
        assert said.code == 2
        assert "has no copies" in said.err
    vaultsync("conflicts", "merge", "BERT", cwd=one.path)
    assert not (one.path / copies["BERT"]).exists()
    assert (one.path / copies["HuBERT"]).exists()


def test_why_a_copy_was_not_merged_is_said(vaultsync: Command, two: tuple[Device, Device]) -> None:
    one, _ = two
    (one.path / ".gitignore").write_text("*.sync-conflict-*\n")
    copy = "A.sync-conflict-20251126-120000-ABCDEFG.md"
    one.write(copy, "z\n")
    said = vaultsync("conflicts", "merge", cwd=one.path)
    assert said.code == 1
    assert "git ignores it" in said.out
    assert copy in said.out
    assert "nothing was merged" in said.err
    assert text(one, copy) == "z\n"


@pytest.mark.parametrize("driver", [False, True])
def test_a_merge_by_hand_is_finished_with_nothing_lost(
    vaultsync: Command, two: tuple[Device, Device], driver: bool
) -> None:
    one, other = two
    if driver:
        other.write(".gitattributes", "*.md merge=vaultsync\n")
        other.save("attributes")
        other.sync()
        one.sync()
        python = f"'{sys.executable}' -P -m vaultsync merge-driver %O %A %B %P"
        other.git("config", "merge.vaultsync.driver", python)
    one.write("A.md", OURS)
    one.write("B.md", "b, from one\n")
    one.sync()
    other.save("by hand", A__md=THEIRS)
    other.git("pull", "-q", "--no-rebase", ok=False)
    assert other.git("ls-files", "--unmerged") != ""
    assert ("<<<<<<<" in text(other, "A.md")) is not driver
    done = vaultsync("resolve", cwd=other.path)
    assert done.code == 1  # the conflict note is left to the person
    assert "A.md: merged; what does not go together is in A (conflict" in done.out
    [path] = conflict_notes(other)
    assert {text(other, "A.md"), text(other, path)} == {OURS, THEIRS}
    other.git("commit", "-q", "--no-edit")
    assert other.status == ""
    assert text(other, "B.md") == "b, from one\n"
    assert vaultsync("resolve", cwd=other.path).code == 0


def test_what_somebody_has_resolved_by_hand_stays(vaultsync: Command, two: tuple[Device, Device]) -> None:
    one, other = two
    one.write("A.md", OURS)
    one.sync()
    other.save("by hand", A__md=THEIRS)
    other.git("pull", "-q", "--no-rebase", ok=False)
    other.write("A.md", NOTE.replace("the end", "resolved by hand"))
    done = vaultsync("resolve", cwd=other.path)
    assert done.code == 1
    assert "no conflict markers" in done.out
    assert "resolved by hand" in text(other, "A.md")


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_what_somebody_has_half_resolved_stays_and_what_git_left_does_not(
    vaultsync: Command, two: tuple[Device, Device], style: str
) -> None:
    one, other = two
    middle = "".join(f"line {number}\n" for number in range(20))
    one.write("A.md", f"first\n{middle}last\n")
    one.sync()
    other.sync()
    one.write("A.md", f"first, of one\n{middle}last, of one\n")
    one.sync()
    other.save("by hand", A__md=f"first, of the other\n{middle}last, of the other\n")
    other.git("config", "merge.conflictStyle", style)
    other.git("pull", "-q", "--no-rebase", ok=False)
    left = text(other, "A.md")
    assert left.count("<<<<<<<") == 2
    first_hunk = left[: left.index("line 0")]
    typed = left.replace(first_hunk, "MY OWN CAREFUL WORDS\n")
    for edited in (typed, left.replace("line 5", "line 5, and more"), left.replace("line 5\n", "")):
        other.write("A.md", edited)
        done = vaultsync("resolve", cwd=other.path)
        assert done.code == 1
        assert "it was edited since" in done.out
        assert text(other, "A.md") == edited
    other.git("checkout", "--merge", "--", "A.md")
    done = vaultsync("resolve", cwd=other.path)
    assert "A.md: merged" in done.out
    assert "<<<<<<<" not in text(other, "A.md")


def test_a_file_that_cannot_be_written_keeps_no_other_from_being_resolved(
    vaultsync: Command, two: tuple[Device, Device], mocker: MockerFixture
) -> None:
    one, other = two
    for name in ("A.md", "B.md", "C.md"):
        one.write(name, f"{name}, of one\n")
    one.sync()
    other.save("by hand", A__md="a, of the other\n", B__md="b, of the other\n", C__md="c, of the other\n")
    other.git("pull", "-q", "--no-rebase", ok=False)
    ports = other.ports
    write_many = ports.disk.write_many

    def all_but_b(rewrites: list[Rewrite]) -> Iterator[tuple[str, object]]:
        for rewrite in rewrites:
            if rewrite.path == "B.md":
                yield rewrite.path, problem("B.md", "file-permission", "vaultsync may not use this file")
            else:
                yield from write_many([rewrite])

    mocker.patch.object(ports.disk, "write_many", all_but_b)
    found = {one.path: one.problem for one in resolve_all(ports)}
    assert found == {"A.md": "", "B.md": "vaultsync may not use this file", "C.md": ""}
    assert "<<<<<<<" in text(other, "B.md")
    unmerged = other.git("ls-files", "--unmerged")
    assert "B.md" in unmerged
    assert "A.md" not in unmerged


def test_what_git_left_of_many_files_is_made_once(
    vaultsync: Command, two: tuple[Device, Device], mocker: MockerFixture
) -> None:
    one, other = two
    names = [f"{number}.md" for number in range(4)]
    for device in (one, other):
        for name in names:
            device.write(name, f"{name}\nof {device.path.name}\n")
        if device is one:
            device.sync()
    other.git("add", "-A")
    other.git("commit", "-q", "-m", "by hand")
    other.git("pull", "-q", "--no-rebase", ok=False)
    for name in names:
        other.write(name, text(other, name) + "and typed on\n")
    asked = mocker.spy(GitProcess, "read")
    found = resolve_all(other.ports)
    assert all("it was edited since" in each.problem for each in found)
    assert sum(call.args[1] == "merge-tree" for call in asked.call_args_list) == 3


def test_init_sets_the_driver_up_and_doctor_says_where_a_clone_lacks_it(
    vaultsync: Command, two: tuple[Device, Device]
) -> None:
    one, other = two
    assert vaultsync("init", str(one.path)).code == 0
    assert "*.md merge=vaultsync" in text(one, ".gitattributes")
    assert "merge-driver %O %A %B %P" in one.git("config", "merge.vaultsync.driver")
    one.sync()
    other.sync()
    assert other.git("config", "merge.vaultsync.driver", ok=False) == ""
    before = (other.path / ".git/config").read_bytes()
    (other.path / ".git/config.lock").touch()  # another git is at work on it, which a look needn't wait for
    checks = vaultsync("doctor", "--json", cwd=other.path).data
    driver = next(check for check in checks if check["name"] == "merge driver")
    assert (driver["state"], driver["todo"]) == ("warn", "set it up: vaultsync init")
    assert checks[-1]["name"] == "plugin"
    assert (other.path / ".git/config").read_bytes() == before
    (other.path / ".git/config.lock").unlink()
    assert vaultsync("init", str(other.path)).code == 0
    assert "merge-driver %O %A %B %P" in other.git("config", "merge.vaultsync.driver")


def driven(folder: Path, base: bytes, ours: bytes, theirs: bytes, path: str) -> tuple[int, bytes]:
    for name, data in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "vaultsync", "merge-driver", "base", "ours", "theirs", path],
        cwd=folder,
        check=False,
        capture_output=True,
    )
    return done.returncode, (folder / "ours").read_bytes()


@pytest.mark.parametrize(
    ("base", "one", "other", "path", "code"),
    [
        (NOTE, NOTE.replace("first", "very first"), THEIRS, "A.md", 0),
        (NOTE, OURS, THEIRS, "Folder/A.md", 1),
        ("", "a new note\n", "another new note of this name\n", "New.md", 1),
        ('{"a": 1}', '{"a": 1, "b": 2}', '{"a": 1, "c": 3}', "data.json", 0),
    ],
)
def test_the_merge_driver_gives_the_same_with_its_sides_swapped(
    tmp_path: Path, base: str, one: str, other: str, path: str, code: int
) -> None:
    here = driven(tmp_path, base.encode(), one.encode(), other.encode(), path)
    there = driven(tmp_path, base.encode(), other.encode(), one.encode(), path)
    assert here == there
    assert here[0] == code
    assert b"<<<<<<<" not in here[1]


def test_the_merge_driver_needs_no_vault_and_tells_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "vaultsync", "merge-driver", "no", "such", "files", "A.md"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode not in (0, 1)
    assert "no can't be used" in done.stderr


def test_a_sync_says_which_of_two_names_stays(vaultsync: Command, two: tuple[Device, Device]) -> None:
    one, other = two
    one.git("mv", "A.md", "One.md")
    other.git("mv", "A.md", "Two.md")
    one.sync()
    other.save("renamed")
    for arguments, stays, goes in ((["--check"], "would stay", "would go"), ([], "stays", "goes")):
        told = vaultsync("sync", *arguments, cwd=other.path)
        assert f"both sides renamed a note: Two.md {stays}, One.md {goes}\n" in told.out
