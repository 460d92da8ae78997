"""What comes while somebody renames or deletes the very note: an edit from another device is never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from devices import Device, devices
from gitrepo import git_env, repo

from vaultsync.git.history import CommitHistory
from vaultsync.runs import moving

__all__ = ["git_env", "repo"]

NOTE = "# A\n\n" + "".join(f"line {number} of the note\n" for number in range(8))
EDITED = NOTE.replace("line 2", "line two")


@pytest.fixture
def two(git_env: Path, tmp_path: Path) -> tuple[Device, Device]:
    """The first device has pushed an edit of `A`, and notes that come before and after it."""
    one, other = devices(tmp_path / "devices", A__md=NOTE, B__md="b\n", Last__md="none\n")
    one.save("edited", A__md=EDITED, Aa__md="new\n", B__md="b, edited\n")
    one.sync()
    return one, other


def meanwhile(device: Device, act: Callable[[], object]) -> None:
    """Sync, and do something as soon as the first file is written."""
    waiting = [act]

    def step(_name: str) -> None:
        if waiting:
            waiting.pop()()

    device.step = step
    device.sync(rules=True)
    device.step = lambda name: None
    assert not waiting


def in_step(one: Device, other: Device) -> dict[str, str]:
    """Sync both; the notes that they have then."""
    for device in (other, one, other):
        done = device.sync(rules=True)
        assert (done.waiting, done.left) == (None, ())
    assert (one.tree, one.status, other.status) == (other.tree, "", "")
    return {path: data.decode() for path, data in one.files().items() if path.endswith(".md")}


REST = {"Aa.md": "new\n", "B.md": "b, edited\n", "Last.md": "none\n"}


def test_a_note_that_is_renamed_meanwhile_is_edited_at_its_new_name(two: tuple[Device, Device]) -> None:
    one, other = two
    meanwhile(other, lambda: (other.path / "A.md").rename(other.path / "New name.md"))
    assert in_step(one, other) == {"New name.md": EDITED, **REST}


def test_a_note_that_is_renamed_and_edited_meanwhile_has_both_edits(two: tuple[Device, Device]) -> None:
    one, other = two

    def act() -> None:
        (other.path / "A.md").unlink()
        other.write("a.md", NOTE.replace("line 6", "line six"))

    meanwhile(other, act)
    assert in_step(one, other) == {"a.md": EDITED.replace("line 6", "line six"), **REST}


def test_a_note_that_is_deleted_meanwhile_stays_with_the_edit(two: tuple[Device, Device]) -> None:
    one, other = two
    meanwhile(other, (other.path / "A.md").unlink)
    assert in_step(one, other) == {"A.md": EDITED, **REST}


def test_a_note_of_which_there_are_two_copies_meanwhile_stays_with_the_edit(
    two: tuple[Device, Device],
) -> None:
    """Nobody knows which of them it is now."""
    one, other = two

    def act() -> None:
        (other.path / "A.md").rename(other.path / "Copy 1.md")
        other.write("Copy 2.md", NOTE)

    meanwhile(other, act)
    assert in_step(one, other) == {"A.md": EDITED, "Copy 1.md": NOTE, "Copy 2.md": NOTE, **REST}


def test_a_note_that_is_deleted_while_only_the_tools_edit_comes_goes(git_env: Path, tmp_path: Path) -> None:
    one, other = devices(tmp_path / "devices", A__md="---\ntags: a, b\n---\ntext\n", Last__md="none\n")
    one.fix()
    one.sync()
    meanwhile(other, (other.path / "A.md").unlink)
    assert in_step(one, other) == {"Last.md": "none\n"}


def test_a_note_that_is_renamed_after_a_sync_was_killed_is_edited_at_its_new_name(
    two: tuple[Device, Device],
) -> None:
    one, other = two
    state = other.ports.sync_state
    assert state is not None
    for step in range(1, 300):
        assert other.sync_killed(step), "no step at which the files were not written yet"
        if state.read().move is not None:
            break
    assert (other.path / "A.md").read_text() == NOTE
    (other.path / "A.md").rename(other.path / "New name.md")
    assert in_step(one, other) == {"New name.md": EDITED, **REST}


@pytest.mark.parametrize("killed", [False, True])
def test_a_note_that_is_edited_while_its_new_name_comes_has_the_edit_there(
    two: tuple[Device, Device], killed: bool
) -> None:
    one, other = two
    one.git("mv", "A.md", "New name.md")
    one.git("rm", "-q", "B.md")
    one.sync()
    mine = NOTE.replace("line 6", "line six")
    if not killed:
        meanwhile(other, lambda: (other.write("A.md", mine), other.write("B.md", "b, and mine\n")))
    else:
        state = other.ports.sync_state
        assert state is not None
        assert next(step for step in range(1, 300) if other.sync_killed(step) and state.read().move)
        other.write("A.md", mine)
        other.write("B.md", "b, and mine\n")
    wanted = {"New name.md": EDITED.replace("line 6", "line six"), "B.md": "b, and mine\n"}
    assert in_step(one, other) == REST | wanted


def test_what_is_edited_after_a_killed_sync_had_written_it_does_not_come_twice(
    git_env: Path, tmp_path: Path
) -> None:
    before, typed = "# A\n\nthe first line\n\n- a bullet\n", "\nthen this was typed\n"
    one, other = devices(tmp_path / "devices", A__md=before, Last__md="none\n")
    one.save("typed", A__md=before + typed)
    one.sync()
    state = other.ports.sync_state
    assert state is not None
    assert next(step for step in range(1, 300) if other.sync_killed(step) and state.read().move)
    # The kill may have come right after the note was written, and the person goes on with what stands there.
    mine = (before + typed).replace("- a bullet\n", "")
    other.write("A.md", mine)
    assert in_step(one, other) == {"A.md": mine, "Last.md": "none\n"}


def test_a_bounded_part_of_what_comes_is_in_memory_at_a_time(
    two: tuple[Device, Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    for name, size in (("Huge.bin", 9000), *((f"{n}.bin", 1000) for n in range(6))):
        one.write(name, f"{name} {'x' * size}")
    one.sync(rules=True)
    monkeypatch.setattr(moving, "_BYTES_AT_ONCE", 2500)
    read: list[int] = []
    blobs = CommitHistory.blobs

    def spied(self: CommitHistory, rev: str, paths: Iterable[str]) -> dict[str, bytes]:
        found = blobs(self, rev, paths)
        read.append(sum(map(len, found.values())))
        return found

    monkeypatch.setattr(CommitHistory, "blobs", spied)
    in_step(one, other)
    assert max(read) < 10_000, "Huge.bin alone"
    assert sorted(read)[-2] <= 2500
    assert {f"{n}.bin" for n in range(6)} < other.files().keys()
