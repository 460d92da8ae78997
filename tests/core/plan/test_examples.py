"""The example of a rule shows what this rule did, and nothing of the others."""

from __future__ import annotations

import pytest
from linking import run
from test_plan import CONFIG

from vaultsync.core.links.index import Index
from vaultsync.core.note import note_of
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.examples import RuleExample, rule_examples
from vaultsync.core.rules import RULES

PAPER = "Papers/GraphFM.md"
CONFERENCE = "Conferences/Week.md"
UNTIDY = {
    PAPER: (
        "---\ntitle: Graphs: many of them\naliases: GraphFM\nauthors: [A. Lee]\nvenue: X\nyear: 2024\n"
        "date: 3 May 2024\narxiv: 2401.00001\ntag: paper, Paper, gnn\n---\nGraphs.\n"
    ),
    "Papers/Other.md": "---\ntitle: Other\ntag: paper\n---\nNever mentioned.\n",
    CONFERENCE: "---\ntitle: Week\ntags: [conference]\n---\n# Monday\n## Talk\n- GraphFM wins\n- $`x`$\n",
}


@pytest.fixture(scope="module")
def examples() -> dict[str, RuleExample]:
    tidy = run(UNTIDY, rules=RULES, config=CONFIG).files
    notes = {path: note_of(path, text, CONFIG) for path, text in tidy.items()}
    index = Index(CONFIG, notes.get)
    for note in notes.values():
        index.put(note)
    index.refresh()
    rules = {
        PAPER: ("fm-repair", "fm-deprecated-keys", "fm-tags", "fm-aliases", "fm-dates", "link-mentions"),
        "Papers/Other.md": ("fm-deprecated-keys", "fm-tags"),
        CONFERENCE: ("md-math", "link-in-place"),
    }
    changes = [Change(path, note_of(path, UNTIDY[path], CONFIG), notes[path], rules[path]) for path in UNTIDY]
    return {example.rule: example for example in rule_examples(index, RULES, changes)}


def lines(example: RuleExample) -> list[str]:
    return [line for line in example.diff.splitlines()[2:] if line.startswith(("+", "-"))]


def test_each_rule_is_there_with_the_number_of_its_notes(examples: dict[str, RuleExample]) -> None:
    assert {rule: example.notes for rule, example in examples.items()} == {
        "fm-deprecated-keys": 2,
        "fm-tags": 2,
        "fm-aliases": 1,
        "fm-dates": 1,
        "fm-repair": 1,
        "link-in-place": 1,
        "link-mentions": 1,
        "md-math": 1,
    }
    assert list(examples)[:2] == ["fm-deprecated-keys", "fm-tags"], "those in most notes first"


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("fm-repair", ["-title: Graphs: many of them", '+title: "Graphs: many of them"']),
        ("fm-aliases", ["-aliases: GraphFM", "+aliases:", "+  - GraphFM"]),
        ("fm-dates", ["-date: 3 May 2024", "+date: 2024-05-03"]),
        ("md-math", ["-- $`x`$", "+- $x$"]),
        ("link-in-place", ["-- GraphFM wins", "+- [[GraphFM]] wins"]),
    ],
)
def test_its_patch_holds_its_own_lines_alone(
    rule: str, shown: list[str], examples: dict[str, RuleExample]
) -> None:
    assert lines(examples[rule]) == shown


def test_a_list_of_mentions_is_shown_without_the_properties(examples: dict[str, RuleExample]) -> None:
    shown = lines(examples["link-mentions"])
    assert "+%% vaultsync:begin mentions %%" in shown
    assert all(line.startswith("+") for line in shown)
    assert not [line for line in shown if "tags" in line]


def test_the_simplest_note_is_taken(examples: dict[str, RuleExample]) -> None:
    assert "Papers/Other.md" in examples["fm-deprecated-keys"].diff
