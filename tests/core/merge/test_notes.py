"""The three-way merge of notes: what both sides did is there, once; and it is the same from both sides."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.markdown import parse_body
from vaultsync.core.merge.merged import Clash, Merged
from vaultsync.core.merge.notes import merge_note

BLOCK = "%% vaultsync:begin papers %%\n{}%% vaultsync:end papers %%\n"


def merged(base: str | None, one: str, other: str) -> Merged:
    """The merge, which has to be the same with its sides swapped."""
    result = merge_note(base, one, other)
    assert merge_note(base, other, one) == result
    return result


def front(*lines: str) -> str:
    return "---\n" + "".join(f"{line}\n" for line in lines) + "---\n"


@pytest.mark.parametrize(
    ("base", "one", "other", "expected"),
    [
        ("a\nb\n", "a1\nb\n", "a\nb1\n", "a1\nb1\n"),
        ("a\n", "a\n- 10:15 x\n", "a\n- 9:30 y\n", "a\n- 9:30 y\n- 10:15 x\n"),
        ("a\n", "a\nsaid\nthis\n", "a\nsaid\n", "a\nsaid\nthis\n"),
        ("# Log\n", "# Log\n## Mon\nx\n", "# Log\n## Mon\ny\n", "# Log\n## Mon\nx\ny\n"),
        ("a\n", "a\n\npara one\n", "a\n\npara two\n", "a\n\npara one\n\npara two\n"),
        ("- [ ] call Ann\n", "- [x] call Ann\n", "- [ ] call Ann back\n", "- [x] call Ann back\n"),
        ("- a b\n", "\t- a b\n", "- a b c\n", "\t- a b c\n"),
        ("use DSB now ok\n", "use [[P|DSB]] now ok\n", "use DSB then ok\n", "use [[P|DSB]] then ok\n"),
        ("use DSB ok\n", "use [[P|DSB]] ok\n", "use DSBs ok\n", "use DSBs ok\n"),
        ("one two\n\nmid\n", "mid\n\none two\n", "one two 3\n\nmid\n", "mid\n\none two 3\n"),
        ("x\ny\nz\n", "z\n", "x\ny\nz\nw\n", "z\nw\n"),
        ("a\r\nb\r\n", "a\r\nb\r\nc\r\n", "a\nb\n", "a\nb\nc\n"),
        ("a\nb\n", "\ufeffa\nb\n", "a\nb\nc\n", "\ufeffa\nb\nc\n"),
        ("a\nb\n", "a\nb", "a1\nb\n", "a1\nb"),
        (front("k: 1"), front("k: 1", "a: 2"), front("k: 1", "b: 3"), front("k: 1", "a: 2", "b: 3")),
        ("x\n", front("a: 1") + "x\n", front("a: 1", "b: 2") + "x\n", front("a: 1", "b: 2") + "x\n"),
        (
            front("tags: [a, b]", "k: 'x' # why"),
            front("tags: [b, c]", "k: 'x' # why"),
            front("tags: [a, b, d]", "k: 'x' # why"),
            front("tags: [b, c, d]", "k: 'x' # why"),
        ),
        (
            front("updated: 2025-01-01T10:00", "a: 1"),
            front("updated: 2025-01-03T10:00", "a: 2"),
            front("updated: 2025-01-02T10:00", "a: 1"),
            front("updated: 2025-01-03T10:00", "a: 2"),
        ),
        (front("b: 1", "a: 2"), front("a: 2", "b: 1"), front("b: 1", "a: 3"), front("a: 3", "b: 1")),
        (
            "x\n\n" + BLOCK.format("- [[P]]\n"),
            BLOCK.format("- [[P]]\n") + "\nx\n",
            "x\n\n" + BLOCK.format("- [[P]]\n- [[Q]]\n"),
            BLOCK.format("- [[P]]\n- [[Q]]\n") + "\nx\n",
        ),
        (None, "# T\n- a\n", "# T\n- b\n", "# T\n- a\n- b\n"),
        (None, front("a: 1") + "x\n", front("a: 1", "b: 2") + "x\n", front("a: 1", "b: 2") + "x\n"),
    ],
)
def test_what_goes_together_is_merged(base: str | None, one: str, other: str, expected: str) -> None:
    assert merged(base, one, other) == Merged(expected)


@pytest.mark.parametrize(
    ("base", "one", "other", "kept", "left"),
    [
        ("one two three\n", "one two 3\n", "one two four or five\n", "one two four or five\n", "one two 3\n"),
        ("a\nb\nc\n", "a\nc\n", "a\nb and more\nc\n", "a\nb and more\nc\n", "a\nc\n"),
        ("# T\nx\n# U\n", "# U\n", "# T\nx\nnew\n# U\n", "# T\nx\nnew\n# U\n", "# U\n"),
        (front("a: 1"), front("a: 2"), front("a: 3"), front("a: 3"), front("a: 2")),
        (front("a: 1", "b: 1"), front("b: 1"), front("a: 2", "b: 1"), front("a: 2", "b: 1"), front("b: 1")),
        (None, "quite\nother words\n", "a text\n", "quite\nother words\n", "a text\n"),
    ],
)
def test_what_does_not_is_left_to_the_person_and_the_note_stays_whole(
    base: str | None, one: str, other: str, kept: str, left: str
) -> None:
    result = merged(base, one, other)
    assert (result.text, result.other) == (kept, left)
    assert len(result.clashes) == 1


def test_the_two_texts_of_a_clash_differ_in_nothing_else() -> None:
    result = merged("a\nthe old way\nc\nd\n", "a1\nthe new way\nc\nd\n", "a\nthe other, longer way\nc\nd1\n")
    assert result.text == "a1\nthe other, longer way\nc\nd1\n"
    assert result.other == "a1\nthe new way\nc\nd1\n"
    assert result.clashes == (Clash(2, 2, "the other, longer way\n", "the new way\n"),)


def test_a_moved_section_in_which_the_other_side_made_a_contradiction_stands_once() -> None:
    section = ["## S", "alpha beta gamma delta", "one line of it", "epsilon zeta eta theta"]
    rest = ["## T", "something else here", "and more of it"]
    base = "".join(f"{line}\n" for line in (*section, *rest))
    one = "".join(f"{line}\n" for line in (*rest, *section[:2], section[3]))
    other = base.replace("one line of it", "one line, quite rewritten, of that")
    result = merged(base, one, other)
    for text in (result.text, result.other or ""):
        assert max(text.count(line) for line in (*section, *rest)) == 1
    assert "one line, quite rewritten, of that" in result.text


def test_two_versions_of_one_new_passage_are_not_both_kept() -> None:
    pasted = "We show that the model learns these words from few examples.\n"
    result = merged("a\n", "a\n" + pasted, "a\n" + pasted.replace("few", "very few"))
    assert result.text.count("We show") == 1
    assert result.other is not None


@pytest.mark.parametrize("end", ["\n", "\n\n\n", "more\n"])
def test_one_passage_that_both_sides_brought_stands_once_whatever_else_they_did(end: str) -> None:
    base = "# A\n\nfirst\n\n### B\n\nlast of it\n\n\n"
    passage = "### New\n\nsome words\n\nand others\n\n"
    one = base.replace("### B", f"{passage}### B")
    other = base.replace("first\n\n", f"first\n\n{passage}").rstrip("\n") + f"\n{end}"
    merged = merge_note(base, one, other)
    assert merged.other is None
    assert merged.text.count("some words") == 1
    assert merged == merge_note(base, other, one)


@given(st.data())
def test_an_addition_of_both_sides_stands_once_wherever_a_diff_puts_it(data: st.DataObject) -> None:
    word = st.sampled_from(["", "", "a", "b"])
    base = data.draw(st.lists(word, min_size=1, max_size=8))
    added = [*data.draw(st.lists(word, max_size=3)), "new words", *data.draw(st.lists(word, max_size=3))]
    at = data.draw(st.integers(0, len(base)))
    one = [*base[:at], *added, *base[at:]]
    other = [*one, "an end of its own"]
    merged = merge_note(*("".join(f"{line}\n" for line in lines) for lines in (base, one, other)))
    assert merged.text.count("new words") == 1


def test_a_block_of_both_sides_stands_once_and_keeps_what_was_typed_into_it() -> None:
    result = merged(
        "x\n\n" + BLOCK.format("- [[P]]\n"),
        "x\n\n" + BLOCK.format("- [[P]]\n- [[Q]]\n"),
        "x\n\n" + BLOCK.format("- [[P]]\nmy own words\n"),
    )
    assert result.other is None
    assert result.text.count("vaultsync:begin") == result.text.count("vaultsync:end") == 1
    assert "my own words" in result.text


def test_markers_of_git_that_stand_in_a_note_are_text_as_any_other() -> None:
    text = "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"
    assert merged(text, text + "c\n", "d\n" + text) == Merged("d\n" + text + "c\n")


# Edits of which each brings words that nobody else has


WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa".split()
LINES = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join),
    st.sampled_from(["", "", "- item", "## Talk", "Comment:", "```", "> quoted", "| a | b |"]),
)
BASES = st.lists(LINES, max_size=12)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["insert", "delete", "edit", "move", "append", "property", "item", "retitle", "block"]
        ),
        st.integers(0, 100),
        st.integers(0, 100),
    ),
    max_size=5,
)
HEAD = {"title": "Old", "tags": ["x", "y"]}


def edited(lines: list[str], acts: list[tuple[str, int, int]], side: str) -> str:
    """The note after one side's acts; each brings a token `SIDE1q` of its own."""
    lines, properties = list(lines), dict(HEAD)
    for number, (act, at, to) in enumerate(acts):
        token = f"{side}{number}q"
        here = at % (len(lines) + 1)
        if act == "insert":
            lines.insert(here, f"new {token} words")
        elif act == "append":
            lines.append(f"- {10 + to % 12}:15 {token}")
        elif act == "property":
            properties[token] = token
        elif act == "item":
            tags = properties["tags"]
            assert isinstance(tags, list)
            properties["tags"] = [*tags, token]
        elif act == "retitle":
            properties["title"] = token
        elif act == "block":
            if "```" in lines or "%% vaultsync:begin papers %%" in lines:
                continue  # in code it would be none, and a run makes no second one
            lines += ["", "%% vaultsync:begin papers %%", f"- [[{token}]]", "%% vaultsync:end papers %%"]
        elif here < len(lines):
            line = lines.pop(here)
            if act == "edit":
                words = line.split(" ")
                words.insert(to % (len(words) + 1), token)
                lines.insert(here, " ".join(words))
            elif act == "move":
                lines.insert(to % (len(lines) + 1), line)
    return written(properties, lines)


def written(properties: dict[str, object], lines: list[str]) -> str:
    head = []
    for key, value in properties.items():
        head += [f"{key}:", *(f"  - {x}" for x in value)] if isinstance(value, list) else [f"{key}: {value}"]
    return front(*head) + "".join(f"{line}\n" for line in lines)


def repeated(text: str) -> int:
    """How many managed blocks of a note stand in it for a second time."""
    return sum(fault.fault == "repeated" for fault in parse_body(text, 0).marker_problems)


TOKEN = re.compile(r"[AB]\d+q")


@given(BASES, ACTS, ACTS)
@settings(max_examples=400, deadline=None)
def test_no_word_of_either_side_is_lost_or_doubled(
    lines: list[str], ours: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]]
) -> None:
    base, one, other = written(HEAD, lines), edited(lines, ours, "A"), edited(lines, theirs, "B")
    result = merged(base, one, other)
    texts = [result.text] + ([result.other] if result.other is not None else [])
    for text in texts:
        # The lists of the tool's own blocks are sums of both, and made anew: they may repeat nothing either.
        counts = Counter(TOKEN.findall(text))
        for token, count in counts.items():
            assert count <= max(one.count(token), other.count(token))
        read = parse_front_matter(text)
        assert read is not None
        assert read.error is None
        assert read.duplicates == ()
        assert repeated(text) <= repeated(one) + repeated(other)
        assert not re.search("^(<<<<<<<|=======|>>>>>>>)", text, re.MULTILINE)
    said = set(TOKEN.findall("".join(texts)))
    assert {*TOKEN.findall(one), *TOKEN.findall(other)} <= said
    if result.other is None and not any(act == "delete" for act, *_ in (*ours, *theirs)):
        assert not Counter(re.findall("[a-z]+", base)) - Counter(re.findall("[a-z]+", result.text + " Old"))


@given(BASES, ACTS, ACTS)
@settings(max_examples=150, deadline=None)
def test_a_side_that_did_nothing_or_the_same_changes_nothing(
    lines: list[str], ours: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]]
) -> None:
    base, one, other = written(HEAD, lines), edited(lines, ours, "A"), edited(lines, theirs, "B")
    assert merged(base, one, one) == merged(None, one, one) == Merged(one)
    assert merged(base, base, one) == Merged(one)
    result = merged(base, one, other)
    if result.other is None:  # what has been merged in is there already
        assert merged(one, result.text, one) == Merged(result.text)


TEXT = st.text(st.sampled_from("ab -:#[]|>\n\r\t\"'\ufeff\x00%"), max_size=40)


@given(TEXT, TEXT, TEXT, st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_three_texts_merge_without_an_error_and_alike_from_both_sides(
    base: str, one: str, other: str, fresh: bool
) -> None:
    head = "---\na: 1\n"
    merged(None if fresh else base, one, other)
    merged(head + base, head + one, head + other)
