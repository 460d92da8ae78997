"""What Obsidian's reader (the npm package `yaml`) takes is valid, and what it refuses is reported.

Each case was found by `bench/two_readers.py`, which compares the two on made-up blocks.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.frontmatter.block import FrontMatter, comments_in, parse_front_matter
from vaultsync.core.frontmatter.yaml_values import Value, emit_flow


def read(block: str) -> FrontMatter:
    front = parse_front_matter(f"---\n{block}\n---\nText\n")
    assert front is not None
    return front


@pytest.mark.parametrize(
    ("block", "values"),
    [
        ("a: [b:?]", {"a": ["b:?"]}),
        ("a: [b:?c, d] # e", {"a": ["b:?c", "d"]}),
        ("a:\n  -\tb\n  - \t c", {"a": ["b", "c"]}),
        ("a:\n-\t- b", None),
        ('a: "b\n  c"\nd: 1', {"a": "b c", "d": 1}),
        ("a: [b,\n  c\n]", {"a": ["b", "c"]}),
        ("a:\n  - [b,\n    c]", {"a": [["b", "c"]]}),
        ('{"a": "b\nc"}', {"a": "b c"}),
        ("a: 'b' #c", {"a": "b"}),
        ("a: b#c", {"a": "b#c"}),
        ("a: |\n  -\tb\nc:\n  -\td", {"a": "-\tb\n", "c": ["d"]}),
    ],
)
def test_what_obsidians_reader_takes_is_read_alike(block: str, values: dict[str, Value] | None) -> None:
    front = read(block)
    assert (front.values() if front.error is None else None) == values
    if values is not None:
        comments_in(f"---\n{block}\n---\nText\n", front)


@pytest.mark.parametrize(
    ("block", "line", "message"),
    [
        ('a: "b\nc"\nd: 1', 3, "the next line of a quoted text has to be indented"),
        ("a:\n  b: 'c\n  d'", 4, "the next line of a quoted text has to be indented"),
        ("a: [b,\nc]", 3, "the next line of a list in brackets has to be indented"),
        ('a: "b"#c', 2, "a comment needs a blank before its `#`"),
        ("a: [b]#c", 2, "a comment needs a blank before its `#`"),
        ("a: |#c\n  d", 2, "a comment needs a blank before its `#`"),
    ],
)
def test_what_obsidians_reader_refuses_is_reported_where_it_is(block: str, line: int, message: str) -> None:
    front = read(block)
    assert front.error is not None
    assert message in front.error.message
    assert f"---\n{block}"[: front.error.offset].count("\n") + 1 == line


@given(st.lists(st.text(alphabet="ab:?-,#[]{}'\"& \t", min_size=1, max_size=6), min_size=1, max_size=4))
def test_a_list_in_brackets_is_written_so_that_libyaml_reads_it_at_once(items: list[str]) -> None:
    import yaml

    written = emit_flow(list(items))
    assert yaml.load(written, yaml.CBaseLoader) == items


@pytest.mark.parametrize(
    ("block", "line", "hint"),
    [
        ("x: 1\ntags: [#a, b]\ny: 2", 3, "tags: [a, b]"),
        ("tags: [a, #b]", 2, "tags: [a, b]"),
        ('authors: ["A, B"], et al.', 2, "if it is one text: authors:"),
        ("up: [[A]] [[B]]", 2, 'up: ["[[A]]", "[[B]]"]'),
        ('title: "a", "b"', 2, 'title: ["a", "b"]'),
        ('title: "a" and "b"', 2, "a list in brackets, or quotes of another kind"),
    ],
)
def test_what_may_be_a_list_is_told_with_what_to_write_and_left(block: str, line: int, hint: str) -> None:
    front = read(block)
    assert front.error is not None
    assert front.error.repair == ()
    assert hint in front.error.hint
    assert f"---\n{block}"[: front.error.offset].count("\n") + 1 == line


@pytest.mark.parametrize("filling", ["a ", "a, ", "& ", "'a' ", '"a", ', "[", ": ", "-\t", "a:?"])
def test_a_long_line_that_cannot_be_read_takes_no_longer_than_it_is_long(filling: str) -> None:
    for block in (f"x: [{filling * 3000}", f"x: @{filling * 3000}]", f'x: "a" {filling * 3000}'):
        read(block)
