"""Lines for a terminal: broken between words, never wider than it, and nothing lost on the way."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from smallvault import write
from terminal import on_a_terminal, without_bar

from vaultsync.cli.boundary import bare, coloured
from vaultsync.cli.wrapping import beside, columns, wrapped


def test_a_line_is_broken_between_words_and_goes_on_indented() -> None:
    assert wrapped("one two three four", 10) == "one two\n  three\n  four"
    assert wrapped("    one two three", 12) == "    one two\n      three"
    assert wrapped("short", 10) == "short"


def test_each_line_is_broken_by_itself() -> None:
    assert wrapped("a b\n\nccc ddd", 6) == "a b\n\nccc\n  ddd"


def test_a_word_that_is_wider_than_a_line_stays_whole() -> None:
    path = "Conferences/" + "x" * 90 + ".md:12:3"
    assert path in wrapped(f"see {path} for more", 40).split("\n  ")


def test_colours_take_no_room_and_wide_signs_take_two() -> None:
    assert columns(coloured("abc", fg="red")) == 3
    assert columns("提高") == 4
    assert columns("e\u0301") == 1


NOTE = "---\ntitle: A\ndate: 03/04/2023\ntype: paper\n---\n"
LINES = st.lists(st.sampled_from(["a", "bcd", "提高", "x" * 30, "é"]), min_size=1, max_size=20).map(" ".join)


@given(LINES, st.integers(min_value=8, max_value=60))
def test_nothing_is_lost_and_no_line_is_too_wide_unless_it_is_a_single_word(line: str, width: int) -> None:
    broken = wrapped(line, width)
    assert broken.split() == line.split()
    assert all(columns(part) <= width or " " not in part.strip() for part in broken.split("\n"))
    assert bare(broken) == broken


def test_a_problem_on_a_terminal_is_what_and_what_to_do_within_its_width(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {"Papers/A rather long name of a paper.md": NOTE},
    )
    _, screen = on_a_terminal("fix", "-n", cwd=root, COLUMNS="60", NO_COLOR="1")
    lines = without_bar(screen.replace("\r", "")).splitlines()
    assert all(len(line) <= 60 for line in lines), screen
    assert any(line.startswith("Papers/A rather long name of a paper.md:3:7") for line in lines)
    assert any(line.startswith("    write date: 2023-03-04") for line in lines)


def test_a_command_to_copy_stays_one_line() -> None:
    line = '    vaultsync links accept "A note.md" "the words" "Papers/A long title of a paper.md"'
    assert wrapped(f"what it is about, in some words\n{line}", 40).endswith(f"\n{line}")


def test_text_beside_a_head_stays_in_its_column() -> None:
    said = beside("ok    git  ", "one two three four five six seven", 31)
    assert said == "ok    git  one two three four\n           five six seven"
    assert beside("a  ", "short", 80) == "a  short"
