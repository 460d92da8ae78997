"""Two devices that merged each other's commits crosswise have two best common ancestors, and renames go on.

That happens where somebody pulls by hand from the other device while the other does the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from devices import Device, devices
from gitrepo import git_env, repo

__all__ = ["git_env", "repo"]

NOTE = "# A\n\n" + "".join(f"line {number} of the note, as it was\n\n" for number in range(12))


@pytest.fixture
def two(git_env: Path, tmp_path: Path) -> tuple[Device, Device]:
    """Each has edited the note `A` and has taken in the other's edit: neither is older than the other."""
    one, other = devices(tmp_path / "devices", A__md=NOTE, B__md="to [[A]]\n", Last__md="none\n")
    edit(one, "A.md", "line 2 of", "line two of")
    edit(other, "A.md", "line 9 of", "line nine of")
    cross(one, other)
    return one, other


def edit(device: Device, name: str, old: str, new: str) -> None:
    text = (device.path / name).read_text()
    assert old in text
    device.write(name, text.replace(old, new))


def cross(*devices: Device) -> None:
    """Each commits what it has, and then merges what the others had at that time, by plain git."""
    for device in devices:
        device.save("edited")
    heads = [device.head for device in devices]
    for device in devices:
        for peer, theirs in zip(devices, heads, strict=True):
            if peer is not device:
                device.git("fetch", "-q", str(peer.path))
                device.git("merge", "-q", "--no-edit", theirs)


def bases(one: Device, other: Device) -> int:
    one.git("fetch", "-q", str(other.path))
    return len(one.git("merge-base", "--all", one.head, other.head).split())


def in_step(one: Device, other: Device) -> None:
    one.save("and more")
    other.save("and more")
    assert bases(one, other) > 1
    for device in (one, other, one, other):
        done = device.sync(rules=True)
        assert (done.waiting, done.left) == (None, ())
    assert (one.tree, one.status, other.status) == (other.tree, "", "")
    assert one.head == other.head


def notes(device: Device) -> list[str]:
    return [path for path in device.files() if path.endswith(".md")]


def with_edits(*numbers: tuple[int, str]) -> str:
    text = NOTE
    for number, word in numbers:
        text = text.replace(f"line {number} of", f"line {word} of")
    return text


CROSSED = ((2, "two"), (9, "nine"))


def test_a_note_renamed_by_one_is_edited_at_its_new_name(two: tuple[Device, Device]) -> None:
    one, other = two
    one.git("mv", "A.md", "One.md")
    edit(one, "One.md", "line 4 of", "line four of")
    edit(other, "A.md", "line 7 of", "line seven of")
    edit(other, "A.md", "line 6 of the note, as it was\n\n", "")
    in_step(one, other)
    assert notes(one) == ["B.md", "Last.md", "One.md"]
    wanted = with_edits(*CROSSED, (4, "four"), (7, "seven"))
    assert one.content("One.md") == wanted.replace("line 6 of the note, as it was\n\n", "")


def test_a_link_to_the_old_name_follows(two: tuple[Device, Device]) -> None:
    one, other = two
    one.git("mv", "A.md", "One.md")
    other.write("New.md", "see [[A]]\n")
    in_step(one, other)
    assert (one.content("New.md"), one.content("B.md")) == ("see [[One]]\n", "to [[One]]\n")
    assert one.content("One.md") == with_edits(*CROSSED)


def test_a_note_that_got_two_names_keeps_one_and_links_to_the_other_follow(
    two: tuple[Device, Device],
) -> None:
    one, other = two
    one.git("mv", "A.md", "One.md")
    edit(one, "One.md", "line 4 of", "line four of")
    one.write("Newer.md", "see [[One]]\n")
    other.git("mv", "A.md", "Two.md")
    edit(other, "Two.md", "line 7 of", "line seven of")
    other.write("New.md", "see [[Two]]\n")
    in_step(one, other)
    assert notes(one) == ["B.md", "Last.md", "New.md", "Newer.md", "Two.md"]
    assert one.content("Two.md") == with_edits(*CROSSED, (4, "four"), (7, "seven"))
    assert {one.content(name) for name in ("New.md", "Newer.md")} == {"see [[Two]]\n"}


@pytest.mark.parametrize("names", [("a.md", "A.MD"), ("a.md", "A.md"), ("a.md", "a.md")])
def test_names_of_another_case_are_names(two: tuple[Device, Device], names: tuple[str, str]) -> None:
    one, other = two
    for device, name in zip(two, names, strict=True):
        if name != "A.md":
            device.git("mv", "A.md", name)
    other.write("New.md", "see [[A]]\n")
    edit(other, names[1], "line 7 of", "line seven of")
    in_step(one, other)
    assert notes(one) == ["B.md", "Last.md", "New.md", "a.md"]
    assert one.content("a.md") == with_edits(*CROSSED, (7, "seven"))
    assert one.content("New.md").casefold() == "see [[a]]\n"


def test_a_note_renamed_and_much_changed_by_one_is_edited_at_its_new_name(two: tuple[Device, Device]) -> None:
    """Git takes it for another note; each commit by itself shows the rename."""
    one, other = two
    one.git("mv", "A.md", "One.md")
    one.save("renamed")
    more = "".join(f"quite another line, number {number} of them\n\n" for number in range(60))
    one.write("One.md", (one.path / "One.md").read_text() + more)
    edit(other, "A.md", "line 7 of", "line seven of")
    in_step(one, other)
    assert notes(one) == ["B.md", "Last.md", "One.md"]
    assert one.content("One.md") == with_edits(*CROSSED, (7, "seven")) + more


def test_a_rename_before_the_merges_crosswise_counts_for_both(git_env: Path, tmp_path: Path) -> None:
    one, other = devices(tmp_path / "devices", A__md=NOTE, Last__md="none\n")
    one.git("mv", "A.md", "One.md")
    edit(other, "A.md", "line 9 of", "line nine of")
    cross(one, other)
    edit(one, "One.md", "line 4 of", "line four of")
    edit(other, "One.md", "line 7 of the note, as it was\n\n", "")
    in_step(one, other)
    assert notes(one) == ["Last.md", "One.md"]
    wanted = with_edits((9, "nine"), (4, "four"))
    assert one.content("One.md") == wanted.replace("line 7 of the note, as it was\n\n", "")


def test_three_that_merged_each_other_crosswise_have_three_bases(git_env: Path, tmp_path: Path) -> None:
    one, other, third = devices(tmp_path / "devices", 3, A__md=NOTE, Last__md="none\n")
    edit(one, "A.md", "line 2 of", "line two of")
    other.git("mv", "A.md", "Other.md")
    edit(third, "A.md", "line 9 of", "line nine of")
    cross(one, other, third)
    assert bases(one, other) == 3
    edit(one, "Other.md", "line nine of", "line number nine of")
    one.git("mv", "Other.md", "One.md")
    edit(other, "Other.md", "line two of", "line number two of")
    in_step(one, other)
    assert notes(one) == ["Last.md", "One.md"]
    assert one.content("One.md") == with_edits((2, "number two"), (9, "number nine"))


def test_merges_crosswise_again_and_again_end_in_the_same(two: tuple[Device, Device]) -> None:
    one, other = two
    for number in (0, 4, 6):
        edit(one, "A.md", f"line {number} of", f"line {number} here of")
        edit(other, "A.md", f"line {number + 1} of", f"line {number + 1} there of")
        cross(one, other)
    one.git("mv", "A.md", "One.md")
    edit(other, "A.md", "line 11 of", "line eleven of")
    in_step(one, other)
    assert notes(one) == ["B.md", "Last.md", "One.md"]
    here, there = [(n, f"{n} here") for n in (0, 4, 6)], [(n, f"{n} there") for n in (1, 5, 7)]
    assert one.content("One.md") == with_edits(*CROSSED, *here, *there, (11, "eleven"))
