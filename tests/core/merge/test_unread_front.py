"""Front matter that can't be read is merged by its keys: nobody is asked for the sake of a fault."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.merge.merged import Merged
from vaultsync.core.merge.notes import merge_note

FAULT = 'title: "never closed\n'
BASE = f"---\n{FAULT}tags:\n  - a\nyear: 2020\nstatus: new\n---\nbody\n"


def merged(base: str, one: str, other: str) -> Merged:
    """The merge, which has to be the same from both sides."""
    result = merge_note(base, one, other)
    assert merge_note(base, other, one) == result
    return result


def test_edits_of_different_properties_go_together_beside_a_fault_that_both_have() -> None:
    one = BASE.replace("2020", "2021").replace("  - a\n", "  - a\n  - b\n")
    other = BASE.replace("new", "read").replace("body", "the body")
    assert merged(BASE, one, other) == Merged(
        f"---\n{FAULT}tags:\n  - a\n  - b\nyear: 2021\nstatus: read\n---\nthe body\n"
    )


@pytest.mark.parametrize("edit", [("new", "read"), ("  - a\n", ""), ("status: new\n", "")])
def test_what_one_side_mended_stays_mended(edit: tuple[str, str]) -> None:
    result = merged(BASE, BASE.replace("closed\n", 'closed"\n'), BASE.replace(*edit))
    assert result == Merged(BASE.replace("closed\n", 'closed"\n').replace(*edit))
    read = parse_front_matter(result.text)
    assert read is not None
    assert read.error is None


def test_a_fault_that_one_side_made_costs_nobody_an_answer() -> None:
    whole = BASE.replace("closed\n", 'closed"\n')
    assert merged(whole, BASE, whole.replace("2020", "2021")) == Merged(BASE.replace("2020", "2021"))


def test_only_what_does_not_go_together_is_asked_about() -> None:
    result = merged(
        BASE,
        BASE.replace("2020", "2021").replace("new", "read"),
        BASE.replace("2020", "1999 or later").replace("  - a", "  - b"),
    )
    assert result.text == BASE.replace("2020", "1999 or later").replace("new", "read").replace("- a", "- b")
    assert [(clash.kept, clash.other) for clash in result.clashes] == [
        ("year: 1999 or later\n", "year: 2021\n")
    ]


def test_one_key_that_both_added_stands_once_and_lines_of_one_key_go_together() -> None:
    one = BASE.replace("  - a\n", "  - a\n  - c: [\n").replace("---\nbody", "rating: 3\n---\nbody")
    other = BASE.replace("  - a\n", "  - b\n  - a\n").replace("---\nbody", "rating: 3\n---\nbody")
    assert merged(BASE, one, other) == Merged(
        BASE.replace("  - a\n", "  - b\n  - a\n  - c: [\n").replace("---\nbody", "rating: 3\n---\nbody")
    )


def test_a_property_deleted_here_and_changed_there_is_asked_about() -> None:
    result = merged(BASE, BASE.replace("year: 2020\n", ""), BASE.replace("2020", "2021"))
    assert result.text == BASE.replace("2020", "2021")
    assert result.other == BASE.replace("year: 2020\n", "")


def test_a_line_that_yaml_does_not_end_is_left_whole() -> None:
    odd = BASE.replace("new", "new\u2028line\x85and\x0cmore")
    assert merged(odd, odd.replace("2020", "2021"), odd.replace("- a", "- b")) == Merged(
        odd.replace("2020", "2021").replace("- a", "- b")
    )


KEYS = ("title", "tags", "year", "status", "Note to me", '"quoted"')
VALUES = st.sampled_from(
    (' "open', " [a", " {", " x", "\n  - a\n  - b", "\n\t- tab", " |\n  text\n  more", " 'x' y", " a: b", "")
)  # fmt: skip
HEADS = st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=2)
EDITS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(("set", "drop", "add"))), max_size=3)


def block(head: dict[str, str]) -> str:
    return "".join(["---\n", *(f"{key}:{value}\n" for key, value in head.items()), "---\nbody\n"])


def edited(head: dict[str, str], edits: list[tuple[int, str]], mark: str) -> dict[str, str]:
    made = dict(head)
    for number, (at, act) in enumerate(edits):
        key = list(head)[at % len(head)]
        word = f" {mark}{number}q"
        if act == "drop":
            made.pop(key, None)
        elif act == "set":
            made[key] = head[key] + word
        else:
            made[f"new{at % 3}"] = word
    return made


@given(HEADS, EDITS, EDITS)
@settings(max_examples=300, deadline=None)
def test_no_key_comes_twice_no_word_is_lost_and_nobody_is_asked_without_need(
    head: dict[str, str], ours: list[tuple[int, str]], theirs: list[tuple[int, str]]
) -> None:
    one, other = edited(head, ours, "A"), edited(head, theirs, "B")
    result = merged(block(head), block(one), block(other))
    texts = [result.text, *([result.other] if result.other is not None else [])]
    for text in texts:
        assert text.startswith("---\n")
        assert text.endswith("---\nbody\n")
        keys = re.findall(r"(?m)^([^\s:-][^:\n]*):", text)
        assert max(Counter(keys).values(), default=1) == 1
    said = set(re.findall(r"[AB]\dq", "".join(texts)))
    assert said >= set(re.findall(r"[AB]\dq", block(one) + block(other)))
    changed = [{key for key in {*head, *side} if head.get(key) != side.get(key)} for side in (one, other)]
    if not changed[0] & changed[1] and one and other:
        assert result.other is None
        for side, keys in zip((one, other), changed, strict=True):
            for key in keys:
                assert (f"\n{key}:{side[key]}\n" if key in side else "\nbody") in result.text
                assert key in side or f"\n{key}:" not in result.text
