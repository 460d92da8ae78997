"""The merge of files that are no notes: JSON by key, a canvas by node, a base by key, others whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.merge.files import merge_file
from vaultsync.core.merge.merged import MergedFile
from vaultsync.core.merge.values import ABSENT, merge_values, same


def merged(path: str, base: str | None, one: str, other: str) -> MergedFile:
    sides = (None if base is None else base.encode(), one.encode(), other.encode())
    result = merge_file(path, *sides)
    assert merge_file(path, sides[0], sides[2], sides[1]) == result
    return result


def node(name: str, text: str, x: int = 0) -> str:
    return f'\t\t{{"id":"{name}","type":"text","text":"{text}","x":{x}}}'


def canvas(*nodes: str) -> str:
    return '{\n\t"nodes":[\n' + ",\n".join(nodes) + '\n\t],\n\t"edges":[]\n}'


def test_the_nodes_of_a_canvas_are_merged_each_for_itself() -> None:
    base = canvas(node("a", "one"), node("b", "two"))
    one = canvas(node("a", "one", 70), node("b", "two"), node("c", "three"))
    other = canvas(node("a", "one and more"), node("d", "four"))
    result = merged("Board.canvas", base, one, other)
    expected = canvas(node("a", "one and more", 70), node("c", "three"), node("d", "four"))
    assert result == MergedFile(expected.encode())


def test_json_is_merged_by_key_in_the_style_that_it_has() -> None:
    base = json.dumps({"a": 1, "b": {"c": [1, 2]}}, indent=2)
    one = json.dumps({"a": 1, "b": {"c": [1, 2, 3]}, "x": True}, indent=2)
    other = json.dumps({"a": 2, "b": {"c": [2]}}, indent=2)
    result = merged(".obsidian/app.json", base, one, other)
    assert result == MergedFile(json.dumps({"a": 2, "b": {"c": [2, 3]}, "x": True}, indent=2).encode())


def test_a_base_is_merged_by_key_and_its_comments_stay() -> None:
    base = "filters: a == 1 # why\nviews:\n  - type: table\n    name: All\n"
    one = "filters: a == 2 # why\nviews:\n  - type: table\n    name: All\n"
    other = "filters: a == 1 # why\nviews:\n  - type: table\n    name: All\n    limit: 3\n"
    result = merged("Papers.base", base, one, other)
    expected = "filters: a == 2 # why\nviews:\n  - type: table\n    name: All\n    limit: 3\n"
    assert result == MergedFile(expected.encode())


@pytest.mark.parametrize(
    ("path", "base", "one", "other", "kept", "left"),
    [
        ("a.json", '{"a":1,"b":1}', '{"a":2,"b":2}', '{"a":3,"b":1}', {"a": 3, "b": 2}, {"a": 2, "b": 2}),
        ("a.json", '{"a":1,"b":1}', '{"b":1}', '{"a":3,"b":1}', {"a": 3, "b": 1}, {"b": 1}),
    ],
)
def test_a_clash_stays_a_whole_file_beside_another(
    path: str, base: str, one: str, other: str, kept: Any, left: Any
) -> None:
    result = merged(path, base, one, other)
    assert result.other is not None
    assert (json.loads(result.data), json.loads(result.other)) == (kept, left)
    assert [clash.kept for clash in result.clashes] == ["a"]


@pytest.mark.parametrize(
    ("path", "base", "one", "other"),
    [
        ("a.json", "{}", '{"a":1}', '{"a":'),
        ("a.json", "{}", '{"a":1,"a":2}', "[]"),
        ("a.canvas", "{}", "x", "y"),
        ("a.json", "{}", r'{"a":"\ud800","b":1}', '{"a":1,"c":2}'),
        ("a.canvas", "{}", r'{"\udc00":1,"b":1}', '{"a":1,"c":2}'),
        ("a.json", "{}", '{"a":1e999,"b":1}', '{"a":1,"c":2}'),
        ("a.canvas", "{}", f'{{"a":{"[" * 600}{"]" * 600},"b":1}}', '{"a":1,"c":2}'),
        ("a.base", "a: 1\n", "a: [\n", "b: 1\n"),
        ("a.png", "\x89", "\x89one", "\x89two"),
        ("a.txt", "a\n", "b\n", "c\n"),
        ("noending", "a\n", "b\n", "c\n"),
    ],
)
def test_what_is_not_what_its_name_says_is_kept_whole_with_the_other_beside_it(
    path: str, base: str, one: str, other: str
) -> None:
    result = merged(path, base, one, other)
    assert {result.data, result.other} == {one.encode(), other.encode()}


def test_bytes_that_are_no_text_are_kept_whole() -> None:
    result = merge_file("Note.md", b"a\n", b"\xff\xfea", b"b\n")
    assert {result.data, result.other} == {b"\xff\xfea", b"b\n"}
    assert merge_file("Note.md", b"a\n", b"b\n", b"\xff\xfea") == result


KEYS = st.sampled_from(["id", "name", "k", "l"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["", "a", "b c"]))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, max_size=3)


@given(MAPPINGS, MAPPINGS, MAPPINGS)
@settings(max_examples=300, deadline=None)
def test_any_values_merge_alike_from_both_sides(base: Any, one: Any, other: Any) -> None:
    result = merged("a.json", json.dumps(base), json.dumps(one), json.dumps(other))
    json.loads(result.data)
    values = merge_values(base, one, other)
    assert same(json.loads(result.data), values.kept)
    assert same(merge_values(base, one, one).kept, one)
    assert same(merge_values(base, base, one).kept, one)
    assert same(merge_values(ABSENT, one, one).kept, one)
    if not values.clashes:
        for key in one:
            if key not in base:
                assert key in values.kept
