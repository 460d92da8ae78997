"""Copies that other sync tools left are merged by the version that they were made from; nothing is lost."""

from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path

import pytest
from devices import Device, devices
from gitrepo import git_env, repo
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import Waiting
from vaultsync.core.history.copy_names import copy_of
from vaultsync.core.merge.true_base import common_lines, may_be_copies, true_base
from vaultsync.files.disk import RealDisk
from vaultsync.runs.copies import MergedCopies, copies_in, merge_copies
from vaultsync.runs.cycle import Cycle
from vaultsync.runs.sync import Syncer, SyncOrder
from vaultsync.vault.open import open_vault

__all__ = ["git_env", "repo"]

OLD = "# A\n\nthe first line\n\nthe second line, some way off\n\nthe end\n"
NEWER = OLD.replace("the end", "the end, and more since")


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("N/A.sync-conflict-20251126-120000-ABCDEFG.md", "N/A.md"),
        ("A (Conflicted copy Laptop 202511261200).md", "A.md"),
        ("A (Ann's conflicted copy 2025-11-26).md", "A.md"),
        ("A (conflicted copy 2025-11-26 120000).md", "A.md"),
        ("A_conflict-20251126-120000.md", "A.md"),
        ("A 2.md", None),
        ("A (conflict 1a2b3c4).md", None),
        ("A.md", None),
    ],
)
def test_copies_are_known_by_their_names(name: str, note: str | None) -> None:
    assert copy_of(name) == note


def test_the_base_is_the_version_that_is_most_like_the_copy() -> None:
    versions = [OLD, NEWER]
    assert true_base(OLD.replace("first", "very first"), versions) == OLD
    assert true_base(NEWER.replace("first", "very first"), versions) == NEWER
    assert true_base("x", []) is None


lines = st.lists(st.sampled_from("abcd"), max_size=12)


@given(lines, lines)
def test_the_longest_common_subsequence_is_as_long_as_by_the_table(one: list[str], other: list[str]) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, j in itertools.product(range(len(one)), range(len(other))):
        longer = max(table[i][j + 1], table[i + 1][j])
        table[i + 1][j + 1] = table[i][j] + 1 if one[i] == other[j] else longer
    assert common_lines(one, other) == table[-1][-1]


def test_of_very_many_lines_it_is_counted_how_many_both_have_in_bounded_memory() -> None:
    one = [f"line {number}" for number in range(30_000)]
    other = ["new", *one[:100], *(f"other {number}" for number in range(12_000)), *one[15_000:-1], "end"]
    tracemalloc.start()
    try:
        assert common_lines(one, other) == 100 + 14_999
        assert common_lines(one, one) == 30_000
        assert common_lines(one, [*one[:9], "x", *one[9:]]) == 30_000
        assert tracemalloc.get_traced_memory()[1] < 10_000_000, "a bit for each two lines would be 56 MB"
    finally:
        tracemalloc.stop()


def test_what_a_template_gives_to_two_notes_makes_neither_a_copy() -> None:
    head = "---\ntags: [day]\nplace:\nmood:\n---\n"
    assert not may_be_copies(f"{head}walked\nslept\nread\n", f"{head}swam\nate\nsang\n")
    assert may_be_copies(OLD, OLD.replace("the end", "another end"))
    assert may_be_copies("x\n", "x\n")


def test_a_line_that_the_version_was_first_to_bring_and_the_copy_lacks_is_no_deletion() -> None:
    versions = ["# A\n", OLD]
    assert true_base(OLD.replace("the end\n", ""), versions) == OLD.replace("the end\n", "")


@pytest.fixture
def one(git_env: Path, tmp_path: Path) -> Device:
    (made,) = devices(tmp_path / "devices", 1, A__md=OLD, B__md="b\n")
    made.save("newer", A__md=NEWER)
    return made


def merged(device: Device, busy: str = "") -> MergedCopies:
    vault = open_vault(device.path.resolve())
    return merge_copies(vault, device.ports, lambda copy: True, lambda path: path == busy)


NAME = "A.sync-conflict-20251126-120000-ABCDEFG.md"


def test_a_copy_of_an_older_version_keeps_the_newer_words(one: Device) -> None:
    one.write(NAME, OLD.replace("the first line", "the first line, edited elsewhere"))
    done = merged(one)
    assert [copy.path for copy in done.merged] == [NAME]
    assert done.conflicts == ()
    assert one.content("A.md") == NEWER.replace("the first line", "the first line, edited elsewhere")
    assert not (one.path / NAME).exists()
    assert one.content(NAME, "HEAD~1").startswith("# A")  # a commit holds it
    assert one.status == ""
    assert copies_in(one.ports.disk.scan()) == []


def test_copies_are_looked_for_once_and_without_any_nothing_is_begun(
    one: Device, mocker: MockerFixture
) -> None:
    ports, scans = one.ports, mocker.spy(RealDisk, "scan")
    one.write("B.md", "b, not committed\n")
    vault = open_vault(one.path.resolve())
    assert merge_copies(vault, ports, lambda copy: True, lambda path: False).meant == 0
    assert (scans.call_count, one.status) == (1, " M B.md\n")
    one.write(NAME, OLD.replace("first", "very first"))
    assert merge_copies(vault, ports, lambda copy: True, lambda path: False).meant == 1
    assert (scans.call_count, one.status) == (2, "")


def test_what_does_not_go_together_is_left_in_a_conflict_note(one: Device) -> None:
    one.write(NAME, OLD.replace("the end", "quite another end"))
    done = merged(one)
    [beside] = done.conflicts
    assert {"the end, and more since", "quite another end"} == {
        text.splitlines()[-1] for text in (one.content("A.md"), one.content(beside))
    }


def test_a_note_that_is_being_typed_in_waits(one: Device) -> None:
    one.write(NAME, OLD.replace("first", "very first"))
    one.write("A.md", NEWER + "typing\n")
    assert merged(one, busy="A.md").merged == ()
    assert (one.path / NAME).exists()
    assert (one.path / "A.md").read_text() == NEWER + "typing\n"


def test_a_copy_that_is_saved_while_it_is_merged_stays_with_what_is_new(
    one: Device, mocker: MockerFixture
) -> None:
    copied = OLD.replace("the first line", "the first line, edited elsewhere")
    one.write(NAME, copied)
    vault, ports = open_vault(one.path.resolve()), one.ports
    sync = ports.disk.sync

    def saved_meanwhile() -> object:
        (one.path / NAME).write_text(copied + "and more\n")
        return sync()

    mocker.patch.object(ports.disk, "sync", saved_meanwhile)
    done = merge_copies(vault, ports, lambda copy: True, lambda path: False)
    assert done.merged == ()
    assert (one.path / NAME).read_text() == copied + "and more\n"
    assert one.content("A.md") == NEWER.replace("the first line", "the first line, edited elsewhere")
    (one.path / NAME).unlink()  # by the person
    one.sync()
    assert "vaultsync" not in one.git("log", "-1", "--format=%s", "--", NAME)


def test_a_sync_merges_copies_only_if_it_is_told_to(one: Device) -> None:
    one.write(NAME, OLD.replace("first", "very first"))
    one.sync()
    assert (one.path / NAME).exists()
    one.write(".vaultsync/config.toml", "[sync]\ncopies = true\n")
    one.sync()
    assert not (one.path / NAME).exists()
    assert "very first" in one.content("A.md")


def test_a_sync_tells_of_a_copy_that_it_could_not_merge_and_why(one: Device, mocker: MockerFixture) -> None:
    one.write(".vaultsync/config.toml", "[sync]\ncopies = true\n")
    one.write(NAME, OLD.replace("first", "very first"))
    ports = one.ports
    read = ports.disk.read

    def refusing(path: str, **how: bool) -> bytes | Problem:
        return (
            Problem(path, 0, 0, "file-error", "it can't be read", "look at it")
            if path == NAME
            else read(path, **how)
        )

    mocker.patch.object(ports.disk, "read", refusing)
    vault = open_vault(one.path.resolve())
    done = Syncer(vault, ports, Cycle(vault, ports).run).run(SyncOrder())
    assert (one.path / NAME).exists()
    told = [problem for problem in done.problems if problem.rule == "sync"]
    assert [(p.path, p.message, p.hint) for p in told] == [
        (NAME, f"a copy was not merged: {NAME}: it can't be read", "look at it")
    ]


def test_a_sync_whose_copies_have_to_wait_says_for_what(one: Device, mocker: MockerFixture) -> None:
    waiting = Waiting("hook", "a hook refused the commit", "see what it said")
    mocker.patch("vaultsync.runs.sync.merge_copies", return_value=MergedCopies((), (), (), (), waiting))
    one.write(".vaultsync/config.toml", "[sync]\ncopies = true\n")
    assert one.sync().waiting == waiting
