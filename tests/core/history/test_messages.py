"""Commit messages: what a person reads in the log, within 72 columns, and what is read back from them."""

from __future__ import annotations

from unicodedata import category, east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.history.changes import FileChange, paths_of
from vaultsync.core.history.messages import (
    PERSON_FIELDS,
    TOOL_FIELDS,
    NoteSummary,
    TemplateError,
    check_template,
    links_of,
    literal,
    person_message,
    rules_of,
    tool_message,
)


def edit(path: str, added: int = 1, removed: int = 0) -> FileChange:
    return FileChange(path, "modified", added=added, removed=removed)


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ([edit("Conferences/ICASSP 2025.md", 12, 3)], "notes: ICASSP 2025 (+12 −3)"),
        ([edit("A.md", 2), edit("B.md", 9, 1)], "notes: B and A (+11 −1)"),
        ([edit("A.md"), edit("B.md"), edit("C.md")], "notes: A, B and C (+3)"),
        (
            [edit("ICASSP 2025.md", 9, 3), edit("Amos.md", 3), edit("x.md"), edit("y.md"), edit("z.md")],
            "notes: ICASSP 2025, Amos and 3 more (+15 −3)",
        ),
        ([FileChange("New.md", "added", added=4)], "notes: add New (+4)"),
        ([FileChange("Gone.md", "deleted", removed=4)], "notes: delete Gone (−4)"),
        ([FileChange("B.md", "renamed", old_path="A.md")], "notes: rename A to B"),
        (
            [FileChange("B.md", "renamed", old_path="A.md"), FileChange("N.md", "added", added=1)],
            "notes: N and B (+1)",
        ),
        ([FileChange("Poster.png", "added", added=-1, removed=-1)], "notes: add Poster.png"),
        ([edit("big.csv", 900), edit("Note.md", 1)], "notes: Note and big.csv (+901)"),
        ([edit("two\nlines.md", 0, 2)], "notes: two�lines (−2)"),
        (
            [edit("A note with a title that by itself is far too long for one line of a log.md", 3)],
            "notes: A note with a title that by itself is far too long for one… (+3)",
        ),
        ([edit("提高" * 20 + ".md", 3)], "notes: " + "提高" * 14 + "提… (+3)"),
    ],
)
def test_subjects_of_a_persons_commit(changes: list[FileChange], subject: str) -> None:
    assert person_message(changes).split("\n")[0] == subject


def test_the_body_lists_each_file_once_there_are_several() -> None:
    assert person_message([edit("A.md")]) == "notes: A (+1)\n"
    changes = [
        edit("B.md", 9, 1),
        FileChange("New.md", "renamed", old_path="Old.md"),
        FileChange("x.png", "deleted", removed=-1),
    ]
    assert person_message(changes) == (
        "notes: B, New and x.png (+9 −1)\n\n- edit B.md (+9 −1)\n- rename Old.md -> New.md\n- delete x.png\n"
    )


def test_a_long_body_ends_with_a_count() -> None:
    lines = person_message([edit(f"{n:05}.md") for n in range(10_000)]).splitlines()
    assert lines[0] == "notes: 00000, 00001 and 9,998 more (+10000)"
    assert lines[-1] == "- and 9,900 more"
    assert len(lines) == 103


@pytest.mark.parametrize(
    ("notes", "subject"),
    [
        ([NoteSummary("c/ICASSP 2025.md", ("link",), 2)], "vaultsync: link 2 papers in ICASSP 2025"),
        ([NoteSummary("A.md", ("link",), 1, 2)], "vaultsync: link 1 paper and unlink 2 papers in A"),
        ([NoteSummary("A.md", ("fm-tags",))], "vaultsync: tidy A"),
        (
            [
                NoteSummary("A.md", ("fm-tags",)),
                NoteSummary("B.md", ("link",), 3),
                NoteSummary("C.md", ("x",)),
            ],
            "vaultsync: link 3 papers in B, tidy 2 notes",
        ),
        ([NoteSummary(f"{n}.md", ("fm-tags",)) for n in range(9)], "vaultsync: tidy 0, 1 and 7 more"),
        (
            [NoteSummary(f"Note with a somewhat longish name number {n}.md", ("fm",)) for n in range(9)],
            "vaultsync: tidy Note with a somewhat longish name number 0 and 8 more",
        ),
    ],
)
def test_subjects_of_a_tools_commit(notes: list[NoteSummary], subject: str) -> None:
    assert tool_message("1a2b", notes).split("\n")[0] == subject


def test_a_tools_message_tells_notes_and_rules_and_is_read_back() -> None:
    notes = [
        NoteSummary("Papers/Amos.md", ("fm-order", "link-back")),
        NoteSummary("ICASSP 2025.md", ("link-in-place",), links_added=2, links_removed=1),
    ]
    message = tool_message("1a2b3c", notes, trailers={"Vaultsync-Undo": "99"})
    assert message == (
        "vaultsync: link 2 papers and unlink 1 paper in ICASSP 2025, tidy 1 note\n\n"
        "- ICASSP 2025.md: link-in-place; 2 links added; 1 link removed\n"
        "- Papers/Amos.md: fm-order, link-back\n\n"
        "Vaultsync-Undo: 99\n"
        "Vaultsync-Rules: fm-order, link-back, link-in-place\n"
        "Vaultsync-Links: +2 -1\n"
        "Vaultsync-Run: 1a2b3c\n"
    )
    trailers = dict(line.split(": ", 1) for line in message.split("\n\n")[-1].splitlines())
    assert links_of(trailers) == (2, 1)
    assert rules_of(trailers) == ("fm-order", "link-back", "link-in-place")


@pytest.mark.parametrize("told", ["", "+1", "+x -1", "1 2", "+1 -"])
def test_trailers_that_somebody_edited_count_no_links(told: str) -> None:
    assert links_of({"Vaultsync-Links": told}) == (0, 0)
    assert rules_of({"Vaultsync-Rules": " , "}) == ()


def test_templates_name_their_fields() -> None:
    person = "{count} notes, {added} in, {removed} out: {notes} {{x}}"
    assert person_message([edit("A.md", 3, 2)], person) == "1 notes, 3 in, 2 out: A {x}\n"
    tool = "sync({run}): {notes} {links}/{unlinks} {rules} {count} {summary}"
    message = tool_message("1a", [NoteSummary("A.md", ("fm-x", "fm-y"), 1)], tool)
    assert message.startswith("sync(1a): A 1/0 fm-x, fm-y 1 link 1 paper in A\n\n- A.md")


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{nodes}", "no field {nodes}; it has {notes}, {count}, {added}, {removed}, {lines}"),
        ("{notes.__class__}", "no field"),
        ("{notes[0]}", "no field"),
        ("{}", "no field"),
        ("{notes!r}", "no field"),
        ("{notes:>900000000}", "no field"),
        ("{notes", "not a message template"),
        ("50 %}", "not a message template"),
        ("  ", "empty"),
    ],
)
def test_a_template_that_cannot_be_filled_says_what_it_may_hold(template: str, told: str) -> None:
    with pytest.raises(TemplateError) as caught:
        check_template(template, PERSON_FIELDS)
    assert told in str(caught.value)
    with pytest.raises(TemplateError):
        person_message([edit("A.md")], template)


def test_a_literal_message_is_kept_whatever_braces_it_has() -> None:
    check_template(literal("{x} }{"), TOOL_FIELDS)
    assert tool_message("1", [NoteSummary("A.md", ("r",))], literal("a {x} }{ b")).startswith(
        "a {x} }{ b\n\n"
    )


def test_paths_of_changes_name_both_sides_of_a_rename_once() -> None:
    assert paths_of([edit("B.md"), FileChange("C.md", "renamed", old_path="A.md"), edit("B.md")]) == [
        "A.md",
        "B.md",
        "C.md",
    ]


change = st.builds(
    FileChange,
    st.text(min_size=1, max_size=90).map(lambda name: name + ".md"),
    st.sampled_from(["added", "modified", "deleted"]),
    added=st.integers(-1, 99_999),
    removed=st.integers(-1, 99_999),
)


@given(st.lists(change, min_size=1, max_size=6))
def test_every_subject_is_one_line_of_72_columns_and_the_same_in_any_order(changes: list[FileChange]) -> None:
    message = person_message(changes)
    subject = message.split("\n")[0]
    shown = [char for char in subject if category(char) != "Mn"]
    assert sum(2 if east_asian_width(char) in "WF" else 1 for char in shown) <= 72
    assert subject.startswith("notes: ")
    assert message.split("\n")[1] == ""
    assert not any(category(char) in ("Cc", "Cs") for char in message if char != "\n")
    unique = {c.path: c for c in changes}
    assert person_message(list(unique.values())) == person_message(list(reversed(unique.values())))
