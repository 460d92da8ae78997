"""Values are written byte for byte as Obsidian writes them, and read by the YAML 1.2 core rules."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.frontmatter.yaml_values import (
    Value,
    emit_entry,
    emit_flow,
    emit_mapping,
    emit_scalar,
    resolve_scalar,
    same_value,
)


def read_cases() -> list[dict[str, object]]:
    """Our own cases and, where it lies beside the repository, the wider file that says the same."""
    cases = json.loads((Path(__file__).parents[2] / "data" / "yaml_emit.json").read_text("utf-8"))
    peer = Path(__file__).parents[4] / "shared" / "peer" / "obsidian_emit_cases.json"
    if peer.exists():
        cases += json.loads(peer.read_text("utf-8"))["cases"]
    for case in cases:
        if case["emitted"] == "k: -0\n":  # JSON has no -0, so the file's value is plain 0
            case["value"] = {"k": -0.0}
    return cases


CASES = pytest.mark.parametrize("case", read_cases(), ids=lambda case: json.dumps(case["value"])[:60])


@CASES
def test_a_value_is_written_as_obsidian_writes_it(case: dict[str, object]) -> None:
    assert emit_mapping(case["value"]) == case["emitted"]


@CASES
def test_what_is_written_is_read_again_as_the_same_value(case: dict[str, object]) -> None:
    front = parse_front_matter(f"---\n{case['emitted']}---\n")
    assert front is not None
    assert front.error is None
    assert same_value(front.values(), case["value"])


def test_a_key_of_more_than_1024_characters_is_written_in_the_explicit_form() -> None:
    key = "k" * 1025
    assert emit_mapping({key: "x"}) == f"? {key}\n: x\n"
    assert emit_mapping({key: [1, 2]}) == f"? {key}\n: - 1\n  - 2\n"
    assert emit_mapping({key: None}) == f"? {key}\n:\n"
    assert emit_mapping({"k" * 1024: "x"}) == "k" * 1024 + ": x\n"


def test_text_of_nothing_but_blanks_and_line_ends_keeps_its_value() -> None:
    # npm yaml writes `|+` here and reads back less.
    assert emit_mapping({"k": " \n\n"}) == 'k: "\\ \\n\\n"\n'


def test_infinities_and_nan_are_written_as_yaml_spells_them() -> None:
    assert (
        emit_mapping({"k": [math.inf, -math.inf, math.nan, -0.0]})
        == "k:\n  - .inf\n  - -.inf\n  - .nan\n  - -0\n"
    )


def test_an_entry_takes_the_line_end_and_the_indent_of_its_block() -> None:
    assert emit_entry("tags", ["a", "b"], "\r\n", "  ") == "  tags:\r\n    - a\r\n    - b\r\n"
    assert emit_entry("note", "one\ntwo", "\r\n") == "note: |-\r\n  one\r\n  two\r\n"


def test_a_scalar_in_a_flow_collection_is_quoted_where_brackets_and_commas_would_end_it() -> None:
    written = [
        emit_scalar(text, in_flow=True) for text in ("a", "a, b", "x]", "?a", "-a", ":a", "a:", "l1\nl2")
    ]
    assert written == ["a", '"a, b"', '"x]"', '"?a"', '"-a"', '":a"', '"a:"', '"l1\\nl2"']
    assert emit_scalar(None, in_flow=True) == "null"
    assert emit_flow({"a": [1, None, "b, c"], "d: e": True}) == '{a: [1, null, "b, c"], "d: e": true}'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"), ("false", False),
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("0", 0), ("-12", -12), ("+7", 7), ("007", 7), ("0o17", 15), ("0x1F", 31), ("-0x1F", "-0x1F"),
        ("0b11", "0b11"), ("1_000", "1_000"), ("12:30", "12:30"), ("1:2:3", "1:2:3"),
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("1e", "1e"), ("-1.5E-2", -0.015),
        (".inf", math.inf), ("-.INF", -math.inf), ("+.Inf", math.inf), (".nan", math.nan), ("inf", "inf"),
        ("2025-04-06", "2025-04-06"), ("2026-13-01", "2026-13-01"), ("2025-04-06T09:30:00Z",) * 2,
        ("<<", "<<"), ("=", "="), ("1.10.0", "1.10.0"), ("10.1000/x", "10.1000/x"), ("٣", "٣"),
    ],
)  # fmt: skip
def test_a_plain_scalar_means_what_the_core_schema_says(text: str, value: Value) -> None:
    assert same_value(resolve_scalar(text), value)


def test_an_integer_longer_than_python_reads_is_still_a_number() -> None:
    assert resolve_scalar("9" * 5000) == math.inf
    assert resolve_scalar("9" * 20) == int("9" * 20)


def test_equality_tells_numbers_text_and_truth_apart() -> None:
    assert same_value(1, 1.0)
    assert same_value([math.nan], [math.nan])
    assert same_value(846277110485526200000, 8.462771104855262e20)
    assert same_value(10**400, math.inf)
    assert not same_value(2**53, 2**53 + 1)
    for one, other in ((1, True), (0, False), ("1", 1), (None, ""), (None, False), ([], {}), ([1], [1, 2])):
        assert not same_value(one, other)
    assert not same_value({"a": 1, "b": 2}, {"b": 2, "a": 1})


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.text(st.sampled_from("ab \n\t:#,-?[]{}&*!|>'\"%@`\\~.0e\r\x07\x85\u2028\ufeff🚀"), max_size=60),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab: #-\n\"'", max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text("kx: #-[\n\"'%", min_size=1, max_size=6), VALUES, max_size=3))
def test_any_value_survives_writing_and_reading(values: dict[str, Value]) -> None:
    for written in (emit_mapping(values), f"{emit_flow(values)}\n"):
        front = parse_front_matter(f"---\n{written}---\n")
        assert front is not None
        assert front.error is None
        assert same_value(front.values(), values)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ak \n:#,-?[]{}&*!|>'\"%@`\\~.🚀é01"), max_size=30))
def test_written_text_is_the_same_text_to_another_yaml_reader(text: str) -> None:
    assert YAML(typ="safe", pure=True).load(emit_mapping({"k": text})) == {"k": text}
    assert YAML(typ="safe", pure=True).load(f"k: [{emit_flow(text)}]\n") == {"k": [text]}
