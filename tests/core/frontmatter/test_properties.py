"""Edits of front matter change what they mean to change, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yaml_blocks import EXAMPLES, KEYS, TEXT, Block, blocks, read_by_ruamel

from vaultsync.core.frontmatter.block import FrontMatter, comments_in, parse_front_matter
from vaultsync.core.frontmatter.property_edits import (
    CannotEdit,
    new_block,
    order_properties,
    quote_value,
    remove_property,
    rename_key,
    set_items,
    set_property,
    unquoted_links,
)
from vaultsync.core.frontmatter.yaml_values import Value, same_value
from vaultsync.core.text.spans import TextEdit, apply_edits

Edit = Callable[[str, FrontMatter], list[TextEdit]]


def read(text: str) -> FrontMatter:
    front = parse_front_matter(text)
    assert front is not None
    return front


def edited(block: str, edit: Edit) -> str:
    """`block` after `edit`; under CRLF and after a byte order mark the result must be the same."""
    results = []
    for bom, eol in (("", "\n"), ("", "\r\n"), ("\ufeff", "\n")):
        text = f"{bom}---\n{block}---\nbody: 1\n".replace("\n", eol)
        result = apply_edits(text, edit(text, read(text)))
        assert result.count("\r\n") == (result.count("\n") if eol == "\r\n" else 0)
        assert result.startswith(bom + "---")
        assert result.endswith(f"---{eol}body: 1{eol}")
        results.append(result.removeprefix("\ufeff").replace("\r\n", "\n"))
    assert len(set(results)) == 1
    return results[0].removeprefix("---\n").removesuffix("---\nbody: 1\n")


# ---------------------------------------------------------------------------------- set_property


@pytest.mark.parametrize(
    ("block", "value", "after"),
    [
        # A scalar in place of a scalar: comments and blanks beside it stay.
        ("a: old  # note\nb: 1\n", "new", "a: new  # note\nb: 1\n"),
        ("a: 'old'\n", "x: y", 'a: "x: y"\n'),
        ("a: |  # note\n  one\n  two\n# c\nb: 1\n", "new", "a: new # note\n# c\nb: 1\n"),
        ("a: one\n  two  # note\nb: 1\n", 3, "a: 3\n# note\nb: 1\n"),
        ("a: [x, # one\n  y] # two\n", True, "a: true # one\n# two\n"),
        ("a: &k old\n", "new", "a: new\n"),
        ("a: x\n", None, "a:\n"),
        ("a: x # note\n", None, "a: # note\n"),
        # A missing value.
        ("a:\nb: 1\n", "x", "a: x\nb: 1\n"),
        ("a:  \nb: 1\n", "x", "a: x\nb: 1\n"),
        ("a:  # note\n", "x", "a: x  # note\n"),
        ("a:  # note\n", ["x"], "a:  # note\n  - x\n"),
        # A list in place of a scalar, as Obsidian writes lists.
        ("a: x  # note\nb: 1\n", ["x", "y: z"], 'a:  # note\n  - x\n  - "y: z"\nb: 1\n'),
        ("a: []\n", ["x"], "a:\n  - x\n"),
        ("a: ''\n", [], "a: []\n"),
        ("  a: x\n  b: 1\n", ["x"], "  a:\n    - x\n  b: 1\n"),
        # Text of several lines.
        ("a: x # note\nb: 1\n", "one\ntwo", "a: |- # note\n  one\n  two\nb: 1\n"),
        ("a: x\n\nb: 1\n", "one\n\n", "a: |+\n  one\n\nb: 1\n"),
        # A value in place of a list.
        ("a:\n  - x # one\n  # two\n  - y\nb: 1\n", "z", "a: z\n# one\n# two\nb: 1\n"),
        ("a:\n  - x\n\n  # of it\n\nb: 1\n", "l\n\n", "a: |+\n  l\n\n# of it\n\nb: 1\n"),
        ("a: # note\n  - x\n", {"k": [1]}, "a: # note\n  k:\n    - 1\n"),
        # JSON.
        ('{"a": 1, "b": [2]}\n', ["x", None], '{"a": ["x", null], "b": [2]}\n'),
    ],
)  # fmt: skip
def test_a_value_is_replaced_in_place(block: str, value: Value, after: str) -> None:
    assert edited(block, lambda text, front: set_property(text, front, "a", value)) == after


@pytest.mark.parametrize(
    ("block", "after"),
    [
        ("", "new: x\n"),
        ("# only a comment\n", "# only a comment\nnew: x\n"),
        ("a: 1\n", "a: 1\nnew: x\n"),
        ("a: 1\n\n# tail\n", "a: 1\nnew: x\n\n# tail\n"),
        ("a:\n  - y\n  # of the list\n# tail\n", "a:\n  - y\n  # of the list\nnew: x\n# tail\n"),
        ("a:\n  - y\n\n  # of the list\n", "a:\n  - y\n\n  # of the list\nnew: x\n"),
        ("a: |+\n  y\n\n", "a: |+\n  y\n\nnew: x\n"),
        ("  a: 1\n", "  a: 1\n  new: x\n"),
        ("{}\n", "new: x\n"),
        ('{"a": 1}\n', '{"a": 1, "new": "x"}\n'),
        ('{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "new": "x"\n}\n'),
    ],
)
def test_a_new_property_comes_last(block: str, after: str) -> None:
    assert edited(block, lambda text, front: set_property(text, front, "new", "x")) == after


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("a: 'x'\n", "x"),
        ("a: 0x10\n", 16),
        ("a: ~\n", None),
        ("a: [x, 'y']\n", ["x", "y"]),
        ("a: >\n  x\n", "x\n"),
    ],
)
def test_a_value_that_is_there_already_is_left_in_its_style(block: str, value: Value) -> None:
    assert edited(block, lambda text, front: set_property(text, front, "a", value)) == block


# ---------------------------------------------------------------------------------- set_items


@pytest.mark.parametrize(
    ("block", "items", "after"),
    [
        # Over lines: indent, blanks after the dash, quoting and comments stay.
        ("a:\n  - x\n  - 'y'\n", ["x", "y", "z"], "a:\n  - x\n  - 'y'\n  - z\n"),
        ("a:\n- x\n- y\nb: 1\n", ["x", "w", "y"], "a:\n- x\n- w\n- y\nb: 1\n"),
        ("a:\n    -   x\n", ["w", "x"], "a:\n    -   w\n    -   x\n"),
        ("a:\n  - x # one\n  # two\n  - y # three\n", ["y"], "a:\n  # one\n  # two\n  - y # three\n"),
        ("a:\n  - '#x' # one\n  - y\n", ["x", "y"], "a:\n  - x # one\n  - y\n"),
        ("a:\n  - x\n  -\n  - y\n", ["x", "n", "y"], "a:\n  - x\n  - n\n  - y\n"),
        ("a:\n  - x # one\n", ["l1\nl2"], "a:\n  - |- # one\n    l1\n    l2\n"),
        ("a:\n  - 'y'\n  - x\n", ["x", "y"], "a:\n  - x\n  - 'y'\n"),
        ("a:\n  - k: 1\n    l: 2\n", [{"k": 1, "l": 2}, {"m": 1}], "a:\n  - k: 1\n    l: 2\n  - m: 1\n"),
        ("a:\n  - x\n\nb: 1\n", ["l\n\n"], 'a:\n  - "l\\n\\n"\n\nb: 1\n'),
        ("a:\n  - x # one\n  - y\nb: 1\n", [], "a: []\n# one\nb: 1\n"),
        # Blank lines below a dropped item go where the item above would take them for its own.
        ("a:\n- |+\n  x\n- |\n  x\n\n# c\n- y # d\n", ["x\n"], "a:\n- |+\n  x\n# c\n# d\n"),
        ("a:\n- >2+ # c\n  x\n- y\n\n- z\n\nb: 1\n", ["x\n"], "a:\n- >2+ # c\n  x\nb: 1\n"),
        ("a:\n- k: |+\n    x\n- y\n\n# c\n", [{"k": "x\n"}], "a:\n- k: |+\n    x\n# c\n"),
        ("a:\n- |+\n  x\n- y # c\n\n- z\n", ["x\n", "z"], "a:\n- |+\n  x\n# c\n\n- z\n"),
        ("a:\n- |\n  x\n- y\n\n- z\n", ["x\n", "z"], "a:\n- |\n  x\n\n- z\n"),
        ('a:\n- "x |+"\n- y\n\n- z\n', ["x |+", "z"], 'a:\n- "x |+"\n\n- z\n'),
        ("a:\n- x\n\nb: 1\n", ["k |+\nl", "x"], "a:\n- |-\n  k |+\n  l\n- x\n\nb: 1\n"),
        # In brackets.
        ("a: [x, 'y'] # c\n", ["x", "y", "z, w"], "a: [x, 'y', \"z, w\"] # c\n"),
        ("a: [x, y, z]\n", ["y"], "a: [y]\n"),
        ("a: [x, y, z]\n", ["x"], "a: [x]\n"),
        ("a: [x, y, z]\n", ["x", "z"], "a: [x, z]\n"),
        ("a: [ x , y , ]\n", ["w", "x"], "a: [ w, x , ]\n"),
        ("a: ['#x', y]\n", ["x", "y"], "a: [x, y]\n"),
        ("a: [x, # one\n  y, # two\n  z] # three\n", ["x", "z"], "a: [x, # one\n  # two\n  z] # three\n"),
        ("a: [x, # one\n  y]\n", ["x"], "a: [x # one\n  ]\n"),
        ("a: [x]\n", [], "a: []\n"),
        # No list yet.
        ("a: x # c\n", ["x", "y"], "a: # c\n  - x\n  - y\n"),
        ("b: 1\n", ["x"], "b: 1\na:\n  - x\n"),
    ],
)  # fmt: skip
def test_a_list_keeps_its_style_and_the_items_that_stay(block: str, items: list[Value], after: str) -> None:
    assert edited(block, lambda text, front: set_items(text, front, "a", items)) == after


# ---------------------------------------------------------------------------------- the others


def test_a_key_is_renamed_in_place() -> None:
    block = "# c\ntag: # beside\n  - x\nb: 1\n"
    assert edited(block, lambda t, f: rename_key(t, f, "tag", "tags")) == block.replace("tag", "tags")
    assert edited("a: 1\n", lambda t, f: rename_key(t, f, "a", "b: c")) == '"b: c": 1\n'
    assert edited('{"a": 1}\n', lambda t, f: rename_key(t, f, "a", "b")) == '{"b": 1}\n'
    assert edited("a: 1\n", lambda t, f: rename_key(t, f, "none", "b")) == "a: 1\n"


@pytest.mark.parametrize(
    ("block", "after"),
    [
        ("# above\na: 1\nb: 2\n", "# above\nb: 2\n"),
        ("a: 1 # beside\nb: 2\n", "# beside\nb: 2\n"),
        ("b: 2\na:\n  - x # one\n  # two\n  - y\n# tail\n", "b: 2\n# one\n# two\n# tail\n"),
        ("a: |\n  x\n\nb: 2\n", "\nb: 2\n"),
        ("b: |+\n  y\na: 1\n\n", "b: |+\n  y\n"),
        ("b: |+\n  y\na: 1 # beside\n\n", "b: |+\n  y\n# beside\n\n"),
        ("b: |\n  y\na:\n  - x\n\n  # of the list\n# tail\n", "b: |\n  y\n# of the list\n# tail\n"),
        ("a: 1\n", ""),
        ('{"a": 1, "b": 2}\n', '{"b": 2}\n'),
        ('{"b": 2, "a": 1}\n', '{"b": 2}\n'),
        ('{"a": 1}\n', "{}\n"),
    ],
)
def test_a_removed_property_takes_its_lines_and_leaves_the_comments(block: str, after: str) -> None:
    assert edited(block, lambda text, front: remove_property(text, front, "a")) == after


@pytest.mark.parametrize(
    ("block", "after"),
    [
        ("b: 1\na: 2\n", "a: 2\nb: 1\n"),
        (
            "# of b\nb: 1 # beside\n# of a\na: |\n  x\n\n  y\n",
            "# of a\na: |\n  x\n\n  y\n# of b\nb: 1 # beside\n",
        ),
        ("# head\n\nb: 1\n\na: 2\n\n# tail\n", "# head\n\na: 2\n\nb: 1\n\n# tail\n"),
        ("b:\n  - x\n  # of the list\na: 2\n", "a: 2\nb:\n  - x\n  # of the list\n"),
        ("b:\n  - x\n\n  # of it\n\na: |\n  y\n", "a: |\n  y\n\nb:\n  - x\n\n  # of it\n"),
        ("z: 1\ny: 2\nb: 3\nx: 4\na: 5\n", "a: 5\nb: 3\nz: 1\ny: 2\nx: 4\n"),
        ("b: |+\n  x\n\na: 1\n\n# tail\n", "a: 1\nb: |+\n  x\n\n# tail\n"),
        ("a: 1\nb: 2\n", "a: 1\nb: 2\n"),
        ("b: &x 1\na: *x\n", "b: &x 1\na: *x\n"),  # an alias can't come before its anchor
        ("b: &x 1\na: &x 2\nc: *x\n", "b: &x 1\na: &x 2\nc: *x\n"),  # the alias would mean another value
        ('{"b": 1, "a": 2}\n', '{"a": 2, "b": 1}\n'),
        (
            '{\n  "b": [\n    1\n  ],\n  "c": ",",\n  "a": {"d": 2}\n}\n',
            '{\n  "a": {"d": 2},\n  "b": [\n    1\n  ],\n  "c": ","\n}\n',
        ),
        ("{b, a}\n", "{a, b}\n"),
        ('{\n  "b": 1, # of b\n  "a": 2\n}\n', '{\n  "b": 1, # of b\n  "a": 2\n}\n'),
        ("{b: &x 1, a: *x}\n", "{b: &x 1, a: *x}\n"),
    ],
)
def test_entries_move_with_their_comments_and_block_scalars(block: str, after: str) -> None:
    assert edited(block, lambda text, front: order_properties(text, front, ["a", "b", "none"])) == after


def test_unquoted_links_are_found_and_quoted() -> None:
    block = (
        'up: [[Note]]\nl:\n  - [[A|b]] # c\n  - x\nf: [[[C]], d]\nm: [[1, 2]]\nq: "[[Q]]"\nn: [[a], [b]]\n'
    )
    text = f"---\n{block}---\n"
    links = unquoted_links(text, read(text))
    assert [(link.key, link.index, link.source, link.sure) for link in links] == [
        ("up", None, "[[Note]]", True),
        ("l", 0, "[[A|b]]", True),
        ("f", 0, "[[C]]", True),
        ("m", None, "[[1, 2]]", False),
    ]
    for link in links:
        text = apply_edits(text, quote_value(text, read(text), link.key, link.index))
    quoted = 'up: "[[Note]]"\nl:\n  - "[[A|b]]" # c\n  - x\nf: ["[[C]]", d]\nm: "[[1, 2]]"\nq: "[[Q]]"\n'
    assert text == f"---\n{quoted}n: [[a], [b]]\n---\n"


def test_a_number_is_quoted_as_it_is_written() -> None:
    assert edited("a: 2210.10 # c\n", lambda t, f: quote_value(t, f, "a")) == 'a: "2210.10" # c\n'
    assert edited("a: text\n", lambda t, f: quote_value(t, f, "a")) == "a: text\n"
    assert edited("a: [1.10]\n", lambda t, f: quote_value(t, f, "a", 0)) == 'a: ["1.10"]\n'


@pytest.mark.parametrize("body", ["", "# Heading\n", "---\n", "a: 1\r\n"])
def test_a_new_block_stands_before_the_body_and_after_a_byte_order_mark(body: str) -> None:
    edits = new_block("\ufeff" + body, {"title": "A: B", "tags": ["x"]}, "\r\n")
    assert apply_edits("\ufeff" + body, edits) == (
        '\ufeff---\r\ntitle: "A: B"\r\ntags:\r\n  - x\r\n---\r\n' + body
    )
    assert new_block(body, {}) == []


def test_no_second_block_is_put_before_a_first_one() -> None:
    for text in ("---\na: 1\n---\n", "\ufeff--- \r\n---\r\n", "---\na: 1\nnever closed"):
        with pytest.raises(CannotEdit, match="already"):
            new_block(text, {"b": 1})


@pytest.mark.parametrize("block", ["a: [\n", "a: 1\na: 2\n", "x: {k: 1, k: 2}\n"])
def test_a_block_that_obsidian_cannot_read_is_not_edited(block: str) -> None:
    text = f"---\n{block}---\n"
    for edit in (
        lambda: set_property(text, read(text), "a", 3),
        lambda: set_items(text, read(text), "a", [3]),
        lambda: remove_property(text, read(text), "a"),
        lambda: rename_key(text, read(text), "a", "b"),
        lambda: quote_value(text, read(text), "a"),
        lambda: order_properties(text, read(text), ["a"]),
    ):
        with pytest.raises(CannotEdit):
            edit()


def test_an_edit_that_would_change_another_property_is_refused() -> None:
    text = "---\na: &x 1\nb: *x\nc: 3\n---\n"
    for edit in (
        lambda: set_property(text, read(text), "a", 2),
        lambda: remove_property(text, read(text), "a"),
        lambda: rename_key(text, read(text), "a", "c"),
    ):
        with pytest.raises(CannotEdit):
            edit()
    assert apply_edits(text, set_property(text, read(text), "b", 2)) == "---\na: &x 1\nb: 2\nc: 3\n---\n"


# ---------------------------------------------------------------------------------- any block

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, width=32),
    TEXT,
    st.sampled_from(["l1\nl2", "a: b", "[[X]]", "l\n\n", "x", "line one"]),
)
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=4), st.dictionaries(st.sampled_from("abc"), SCALARS, max_size=2)
)
SETTINGS = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(block: Block, edits: list[TextEdit], meant: dict[str, object]) -> tuple[str, FrontMatter]:
    """The edited note reads as `meant`, to ruamel too; comments, line ends, mark and body are unchanged."""
    text = apply_edits(block.text, edits)
    front = read(text)
    assert same_value(front.values(), meant)
    assert same_value(read_by_ruamel(text), meant)
    assert sorted(span.of(text) for span in comments_in(text, front)) == sorted(block.comments)
    assert text[front.span.end :] == block.body
    assert text.startswith("\ufeff") == block.text.startswith("\ufeff")
    if "\r\n" in block.text[:8]:
        assert "\n" not in text[: front.span.end].replace("\r\n", "")
    return text, front


def check_others(block: Block, key: str, text: str) -> None:
    """The bytes of every other entry are there, in the same order."""
    at = 0
    for prop in read(block.text).properties:
        if prop.key != key:
            at = text.index(prop.span.of(block.text), at) + len(prop.span)


@SETTINGS
@given(blocks(), st.sampled_from([*KEYS, "new"]), VALUES)
def test_setting_any_value_in_any_block_changes_that_value_alone(
    block: Block, key: str, value: Value
) -> None:
    edits = set_property(block.text, read(block.text), key, value)
    text, front = check(block, edits, {**block.values, key: value})
    check_others(block, key, text)
    assert set_property(text, front, key, value) == []


@SETTINGS
@given(blocks(), st.data())
def test_setting_any_items_keeps_the_style_of_the_list(block: Block, data: st.DataObject) -> None:
    front = read(block.text)
    lists = [prop for prop in front.properties if prop.items]
    if not lists:
        return
    prop = data.draw(st.sampled_from(lists))
    item = st.one_of(st.sampled_from([item.value for item in prop.items]), SCALARS)
    items = data.draw(st.lists(item, max_size=5))
    text, after = check(
        block, set_items(block.text, front, prop.key, items), {**block.values, prop.key: items}
    )
    check_others(block, prop.key, text)
    changed = after.get(prop.key)
    assert changed is not None
    assert changed.style == (prop.style if items else "flow-seq")


ITEMS = [
    "- x\n",
    "-\n",
    '- "x |+" # beside\n',
    "- one\n  two\n",
    "- |\n  one\n",
    "- |+ # beside\n  one\n",
    "- >+\n  one\n\n",
    "- |-\n  one\n\n",
    "- k: |+\n    one\n",
    "- [x, # inside\n  y]\n",
]


@SETTINGS
@given(
    st.lists(
        st.tuples(st.sampled_from(ITEMS), st.sampled_from(["", "", "\n", "# below\n", "\n# below\n\n"])),
        min_size=1,
        max_size=5,
    ),
    st.data(),
)
def test_any_items_can_be_dropped_and_put_between_whatever_stands_around_them(
    written: list[tuple[str, str]], data: st.DataObject
) -> None:
    text = "---\nl:\n" + "".join(item + below for item, below in written) + "k: 1\n---\n"
    front = read(text)
    items: list[Value] = []
    for item in front.properties[0].items:
        items += [item.value] * data.draw(st.booleans())
        items += data.draw(st.lists(st.sampled_from(["new", "l1\nl2", "l\n\n", "a |+\nb"]), max_size=1))
    after = apply_edits(text, set_items(text, front, "l", items))
    assert same_value(read(after).values(), {"l": items, "k": 1})
    assert same_value(read_by_ruamel(after), {"l": items, "k": 1})
    for comment in ("# beside", "# inside", "# below"):
        assert after.count(comment) == text.count(comment)


@SETTINGS
@given(blocks(), st.data())
def test_removing_and_renaming_touch_no_other_entry(block: Block, data: st.DataObject) -> None:
    front = read(block.text)
    if not front.properties:
        return
    key = data.draw(st.sampled_from(list(block.values)))
    without = {other: value for other, value in block.values.items() if other != key}
    text, _ = check(block, remove_property(block.text, front, key), without)
    check_others(block, key, text)
    new = data.draw(st.sampled_from(["n", "a: b", "#x", "1"]))
    renamed = {new if other == key else other: value for other, value in block.values.items()}
    text, _ = check(block, rename_key(block.text, front, key, new), renamed)
    check_others(block, key, text)


@SETTINGS
@given(blocks(), st.permutations(KEYS))
def test_ordering_any_block_moves_whole_entries(block: Block, order: list[str]) -> None:
    order = order[:6]
    wanted = sorted(block.values, key=lambda key: order.index(key) if key in order else len(order))
    edits = order_properties(block.text, read(block.text), order)
    text, front = check(block, edits, {key: block.values[key] for key in wanted})
    assert order_properties(text, front, order) == []
    for prop in read(block.text).properties:
        assert prop.span.of(block.text) in text


def test_in_a_block_of_mixed_line_ends_only_the_new_lines_follow_the_fence() -> None:
    text = "---\r\na: 1\nb:\r\n  - x\n---\nbody"
    with_item = apply_edits(text, set_items(text, read(text), "b", ["x", "y"]))
    assert with_item == "---\r\na: 1\nb:\r\n  - x\n  - y\r\n---\nbody"
    assert (
        apply_edits(text, order_properties(text, read(text), ["b"])) == "---\r\nb:\r\n  - x\na: 1\n---\nbody"
    )
    assert apply_edits(text, set_property(text, read(text), "a", 2)) == text.replace("a: 1", "a: 2")
