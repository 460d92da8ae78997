"""Decisions: one sorted line each, so that two devices' files merge; and what they do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.errors import ConfigError
from vaultsync.core.links.decisions import (
    EVERYWHERE,
    LINES,
    PLACES,
    Decision,
    Decisions,
    Fault,
    compacted,
    parse_decisions,
)
from vaultsync.core.merge.decisions import merge_decisions
from vaultsync.core.text.folding import fold_name

A, B = Decision("C/A.md", "amos", "P/Amos.md"), Decision("C/B.md", "set", "P/SET.md")


def test_the_file_has_one_decision_a_line_sorted() -> None:
    text = Decisions(frozenset({B, A}), frozenset({Decision("C/A.md", "set", "P/SET.md")})).to_toml()
    assert text.splitlines()[1:] == [
        "",
        "accept = [",
        '  ["C/A.md", "amos", "P/Amos.md"],',
        '  ["C/B.md", "set", "P/SET.md"],',
        "]",
        "",
        "deny = [",
        '  ["C/A.md", "set", "P/SET.md"],',
        "]",
    ]


def test_no_decisions_are_no_text() -> None:
    assert Decisions().to_toml() == ""
    assert parse_decisions("") == Decisions()


def test_a_decision_takes_the_place_of_its_opposite() -> None:
    assert Decisions().accept([A]).deny([A]) == Decisions(denied=frozenset({A}))
    assert Decisions().deny([A]).accept([A]) == Decisions(accepted=frozenset({A}))


def test_a_refusal_wins_where_a_merge_left_both() -> None:
    both = 'accept = [["C/A.md", "amos", "P/Amos.md"]]\ndeny = [["C/A.md", "Amos", "P/Amos.md"]]\n'
    assert parse_decisions(both) == Decisions(denied=frozenset({A}))


def test_decisions_follow_renamed_notes() -> None:
    moved = Decisions(frozenset({A}), frozenset({B})).renamed({"C/A.md": "X.md", "P/SET.md": "P/Y.md"})
    assert moved.accepted == {Decision("X.md", "amos", "P/Amos.md")}
    assert moved.denied == {Decision("C/B.md", "set", "P/Y.md")}


def test_decisions_are_found_by_their_note() -> None:
    assert Decisions(frozenset({A, B})).accepted_in == {"C/A.md": {A}, "C/B.md": {B}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("refuse = []\n", "unknown key 'refuse'"),
        ('deny = [["a", "b"]]\n', "each decision is [note, words, paper]"),
        ("deny = [\n", "decisions.toml"),
        ("<<<<<<< ours\n", "merge conflict"),
    ],
)
def test_a_mistake_in_the_file_is_told(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_decisions(text)
    assert message in f"{error.value} {error.value.hint}"


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
DECISIONS = st.frozensets(st.builds(Decision, TEXTS, TEXTS.map(fold_name), TEXTS), max_size=5)


FAULTS = st.frozensets(st.builds(Fault, TEXTS, TEXTS, TEXTS), max_size=5)


@given(DECISIONS, DECISIONS, FAULTS, FAULTS)
def test_what_was_written_is_read_again(
    accepted: frozenset[Decision],
    denied: frozenset[Decision],
    contested: frozenset[Fault],
    undone: frozenset[Fault],
) -> None:
    decisions = Decisions(accepted - denied, denied, contested, undone)
    assert parse_decisions(decisions.to_toml()) == decisions


@given(FAULTS, FAULTS)
def test_what_either_device_keeps_off_both_do_and_what_either_ends_is_ended(
    here: frozenset[Fault], there: frozenset[Fault]
) -> None:
    one, other = Decisions(contested=here, undone=there), Decisions(contested=there, undone=here)
    merged = merge_decisions("", one.to_toml(), other.to_toml())
    assert merged is not None
    found = parse_decisions(merged.text)
    assert found.contested == found.undone == here | there
    ended = merge_decisions(merged.text, merged.text, found.retry().to_toml())
    assert ended is not None
    assert parse_decisions(ended.text) == Decisions()


def test_the_places_of_a_note_are_found_with_those_of_all_notes() -> None:
    here, all_of_it = Fault("A.md", "fm-tags", "tags"), Fault(EVERYWHERE, "fm-dates", "")
    decisions = Decisions().contest([here]).undo([all_of_it])
    assert decisions.left_alone("A.md", "fm-tags") == (here,)
    assert decisions.left_alone("A.md", "fm-dates") == (all_of_it,)
    assert decisions.left_alone("B.md", "fm-tags") == ()
    assert decisions.left_alone("B.md", "fm-dates") == (all_of_it,)
    assert decisions.retry(["A.md"]).left_alone("A.md", "fm-tags") == ()
    assert decisions.are_left_alone("B.md")
    assert not Decisions().contest([here]).are_left_alone("B.md")
    assert decisions.retry() == Decisions()


def test_a_place_goes_with_its_note_when_that_is_renamed() -> None:
    fault = Fault("A.md", "fm-tags", "tags")
    moved = Decisions(contested=frozenset({fault}), undone=frozenset({fault})).renamed({"A.md": "B.md"})
    assert moved.contested == moved.undone == {Fault("B.md", "fm-tags", "tags")}


def test_very_many_places_take_few_lines() -> None:
    passages = frozenset(Fault("A.md", "md-math", f"p{n}") for n in range(PLACES + 1))
    other = frozenset({Fault("A.md", "fm-tags", "tags")})
    assert compacted(passages | other) == {Fault("A.md", "md-math", ""), *other}
    notes = frozenset(Fault(f"{n}.md", "fm-tags", "tags") for n in range(LINES))
    assert compacted(notes) == notes
    dates = frozenset(Fault(f"{n}.md", "fm-dates", "created") for n in range(9))
    assert compacted(notes | dates) == {Fault(EVERYWHERE, "fm-tags", ""), *dates}
    several = frozenset(Fault(f"{n % 500}.md", "md-math", f"p{n // 500}") for n in range(LINES + 1))
    assert compacted(several | other) == {Fault(f"{n}.md", "md-math", "") for n in range(500)} | other


def test_more_places_than_we_write_are_compacted_when_they_are_read() -> None:
    rows = "".join(f'  ["A.md", "md-math", "place {n}"],\n' for n in range(PLACES + 1))
    found = parse_decisions(f"contested = [\n{rows}]\nundone = [\n{rows}]\n")
    assert found.contested == found.undone == {Fault("A.md", "md-math", "")}


@pytest.mark.parametrize("text", ["[accept]\n", "deny = []\n\n  [a.b]\n", "[[undone]]\n"])
def test_a_table_among_the_decisions_is_told_with_its_place(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_decisions(text)
    assert ".vaultsync/decisions.toml" in caught.value.message
