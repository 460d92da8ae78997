"""A note that has two names on two devices keeps one of them, and the links to the other one follow.

The name that goes, goes in the merge: no other commit tells of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from devices import Device, devices
from gitrepo import git_env, repo

__all__ = ["git_env", "repo"]

NOTE = "# A\n\nthe first line of the note\n\nthe second line\n\nwith one more line that nobody ever changes\n"


@pytest.fixture
def two(git_env: Path, tmp_path: Path) -> tuple[Device, Device]:
    one, other = devices(
        tmp_path / "devices", A__md=NOTE, B__md="to [[A]]\n", C__md="also to [[A]]\n", Last__md="none\n"
    )
    return one, other


def named(device: Device, name: str, linking: str) -> None:
    """Rename `A` as Obsidian does, which rewrites the links; here there is one in the note `linking`."""
    device.git("mv", "A.md", f"{name}.md")
    for note in ("B.md", "C.md"):
        device.write(note, device.content(note).replace("[[A]]", f"[[{name}]]"))
    device.write(linking, f"one more, to [[{name}]]\n")


def links(device: Device) -> set[str]:
    return {
        link.partition("]]")[0]
        for path, data in device.files().items()
        if path.endswith(".md")
        for link in data.decode().split("[[")[1:]
    }


def test_links_to_the_name_that_goes_in_a_sync_follow(two: tuple[Device, Device]) -> None:
    one, other = two
    named(one, "One", "Of one.md")
    named(other, "Two", "Of two.md")
    one.sync()
    for device in (other, one, other):
        assert device.sync(rules=True).waiting is None
    assert links(one) == links(other) == {"Two"}
    assert one.content("Of one.md") == "one more, to [[Two]]\n"
    assert one.tree == other.tree
    assert one.head == other.head


def test_links_that_come_later_from_a_device_that_knew_the_other_name_follow(
    git_env: Path, tmp_path: Path
) -> None:
    one, other, late = devices(tmp_path / "devices", 3, A__md=NOTE, B__md="to [[A]]\n", C__md="also [[A]]\n")
    named(one, "One", "Of one.md")
    one.sync()
    late.sync()
    named(other, "Two", "Of two.md")
    for device in (other, one):
        device.sync(rules=True)
    late.write("Late.md", "see [[One]]\n")
    for _ in range(2):
        for device in (late, other, one):
            assert device.sync(rules=True).waiting is None
    assert links(late) == {"Two"}
    assert len({device.head for device in (one, other, late)}) == 1


def test_links_follow_a_rename_that_a_merge_by_hand_brought(two: tuple[Device, Device]) -> None:
    """`git pull` stops at the two names; the person keeps the other one's, or gives the note a third one."""
    one, other = two
    for name in ("One", "Three"):
        named(one, "One", "Of one.md")
        one.save("one")
        one.git("push", "-q")
        named(other, "Two", "Of two.md")
        other.save("two")
        other.git("pull", "-q", "--no-rebase", ok=False)
        kept = other.path / f"{name}.md"
        (other.path / "Two.md").rename(kept)
        for note in ("One.md", "A.md"):
            if note != kept.name:
                (other.path / note).unlink(missing_ok=True)
        for note in ("B.md", "C.md"):
            other.write(note, f"to [[{name}]]\n")
        other.save("merged by hand")
        assert len(other.git("log", "-1", "--format=%P").split()) == 2
        other.fix()
        assert links(other) == {name}, name
        assert other.content("Of two.md") == f"one more, to [[{name}]]\n"
        other.git("push", "-q")
        one.git("pull", "-q", "--no-rebase")
        one.fix()
        assert (one.tree, one.status) == (other.tree, "")
        if name == "One":
            for device in (one, other):
                device.git("reset", "-q", "--hard", device.git("rev-list", "--max-parents=0", "HEAD").strip())
            one.git("push", "-q", "--force")
            other.git("fetch", "-q")


def test_a_link_that_was_taken_out_stays_out_when_its_note_got_its_name_in_a_merge(
    git_env: Path, tmp_path: Path
) -> None:
    """What a run linked is known again by the note that it meant: under the name that went in the merge."""
    title = "Residual Learning of Very Deep Things"
    paper = f"---\ntitle: {title}\ntags:\n  - paper\n---\n" + "a line of my own on it\n" * 20
    talk = "---\ntags:\n  - conference\n---\n# Talk\n- they used {} a lot, as we do here\n"
    one, other = devices(tmp_path / "devices", A__md=paper, Talk__md=talk.format(title), Last__md="none\n")
    one.git("mv", "A.md", "One.md")
    one.fix()
    assert f"[[One|{title}]]" in one.content("Talk.md")
    other.git("mv", "A.md", "Two.md")
    one.sync()
    other.sync()
    one.sync()
    assert (one.path / "Two.md").exists()
    assert not (one.path / "One.md").exists()
    assert f"[[Two|{title}]]" in one.content("Talk.md")
    one.save("taken out", Talk__md=one.content("Talk.md").replace(f"[[Two|{title}]]", title))
    one.fix()
    assert "[[" not in one.content("Talk.md").partition("%%")[0]
    assert f'["Talk.md", "{title.lower()}", "Two.md"]' in one.content(".vaultsync/decisions.toml")


TITLE = "Residual Learning of Very Deep Things"
PAPER = f"---\ntitle: {TITLE}\ntags:\n  - paper\n---\ntext of it\n"


@pytest.fixture
def listed(git_env: Path, tmp_path: Path) -> tuple[Device, Device]:
    """On the first device the paper has another name and a list longer than itself: git takes it for new."""
    talk = f"---\ntags:\n  - conference\n---\n# Talk\n- they used {TITLE} a lot, as we do here\n"
    one, other = devices(tmp_path / "devices", A__md=PAPER, Talk__md=talk, Last__md="none\n")
    one.git("mv", "A.md", "One.md")
    one.fix()
    first = one.git("rev-list", "--max-parents=0", "HEAD").strip()
    assert "A\tOne.md" in one.git("diff", "--name-status", "--find-renames", first, "HEAD")
    one.sync()
    return one, other


def notes(device: Device) -> set[str]:
    return {path for path in device.files() if path.endswith(".md")}


def test_a_note_renamed_and_much_changed_here_and_edited_there_is_one_note(
    listed: tuple[Device, Device],
) -> None:
    one, other = listed
    other.write("A.md", f"{PAPER}and more of the other device\n")
    other.sync()
    one.sync()
    assert notes(one) == notes(other) == {"One.md", "Talk.md", "Last.md"}
    assert one.content("One.md").startswith(f"{PAPER}and more of the other device\n")
    assert "Mentioned in" in one.content("One.md")
    assert (one.tree, one.status, other.status) == (other.tree, "", "")


def test_a_note_that_has_two_names_and_was_much_changed_keeps_one(listed: tuple[Device, Device]) -> None:
    one, other = listed
    (other.path / "A.md").unlink()
    other.write("Two.md", PAPER.replace("text of it", "the text of it"))
    done = other.sync()
    assert [(two.path, two.other) for two in done.renamed] == [("Two.md", "One.md")]
    for device in (one, other, one):
        assert device.sync(rules=True).waiting is None
    assert notes(one) == notes(other) == {"Two.md", "Talk.md", "Last.md"}
    assert one.content("Two.md").startswith(PAPER.replace("text of it", "the text of it"))
    assert links(one) == {f"Two|{TITLE}", "Talk#Talk|Talk"}
    assert one.head == other.head


def test_a_note_renamed_and_much_changed_here_and_deleted_there_stays(listed: tuple[Device, Device]) -> None:
    one, other = listed
    (other.path / "A.md").unlink()
    other.sync()
    one.sync()
    assert notes(one) == notes(other) == {"One.md", "Talk.md", "Last.md"}
    assert one.tree == other.tree


def test_another_note_that_has_the_new_name_there_stays_one_of_its_own(listed: tuple[Device, Device]) -> None:
    one, other = listed
    other.write("A.md", f"{PAPER}and more of the other device\n")
    other.write("One.md", "# One\n\nquite another note, of other words\n")
    other.sync()
    one.sync()
    assert "and more of the other device" in one.content("A.md")
    words = "".join(data.decode() for path, data in one.files().items() if path.endswith(".md"))
    assert "quite another note" in words
    assert "Mentioned in" in words
    assert one.tree == other.tree


def test_links_to_the_old_name_of_a_note_that_both_edited_follow(two: tuple[Device, Device]) -> None:
    """Its content is another one by now, so nothing but the merge knows it again."""
    one, other = two
    one.git("mv", "A.md", "One more.md")
    one.write("One more.md", NOTE.replace("the first", "the very first"))
    other.write("A.md", f"{NOTE}\nand a last one\n")
    other.write("Plain.md", "to [[a#A|it]], [it](A.md), `[[A]]` and [[B]]\n")
    other.write("Off.md", "---\nvaultsync: ignore\n---\nalso [[A]]\n")
    in_step(one, other)
    assert one.content("Plain.md") == "to [[One more#A|it]], [it](One%20more.md), `[[A]]` and [[B]]\n"
    assert links(one) == {"One more", "One more#A|it", "A", "B"}
    assert one.content("Off.md").endswith("also [[One more]]\n")


def test_links_to_a_name_that_goes_follow_in_notes_that_only_one_device_has(
    two: tuple[Device, Device],
) -> None:
    one, other = two
    one.git("mv", "A.md", "One.md")
    one.write("One.md", NOTE.replace("the first", "the very first"))
    one.write("Of one.md", "see [[One]]\n")
    other.git("mv", "A.md", "Two.md")
    other.write("Two.md", f"{NOTE}\nand a last one\n")
    other.write("Of two.md", "see [[Two]], not [[One]]\n")
    in_step(one, other)
    assert (one.content("Of one.md"), one.content("Of two.md")) == (
        "see [[Two]]\n",
        "see [[Two]], not [[One]]\n",
    )


def test_a_link_that_leads_to_the_note_in_another_case_stays(two: tuple[Device, Device]) -> None:
    one, other = two
    one.git("mv", "A.md", "a.md")
    one.write("a.md", NOTE.replace("the first", "the very first"))
    other.write("A.md", f"{NOTE}\nand a last one\n")
    in_step(one, other)
    assert (one.content("B.md"), "A.md" in one.files()) == ("to [[A]]\n", False)


def in_step(one: Device, other: Device) -> None:
    one.save()
    other.save()
    for device in (one, other, one, other):
        done = device.sync(rules=True)
        assert (done.waiting, done.left, done.problems) == (None, (), ())
    assert (one.tree, one.status, other.status) == (other.tree, "", "")
