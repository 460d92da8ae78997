"""The front matter rules for broken blocks and for single values, beyond their examples."""

from __future__ import annotations

from typing import Any

import pytest

from vaultsync.core.config.config_file import parse_config
from vaultsync.core.errors import Problem
from vaultsync.core.links.index import Index
from vaultsync.core.note import note_of
from vaultsync.core.plan.planner import plan_notes
from vaultsync.core.rules import RULES, rule_options

TYPES = {
    "types": {
        "done": "checkbox",
        "topics": "multitext",
        "Rating": "number",
        "seen": "datetime",
        "when": "text",
    }
}


def fixed(
    inner: str, *ids: str, path: str = "Papers/A.md", toml: str = "", types: dict[str, Any] | None = None
) -> tuple[str, list[Problem]]:
    """What stands between the fences after the rules `ids` have run, and what they report."""
    config = parse_config(toml, rule_options(), types_json=TYPES if types is None else types)
    note = note_of(path, f"---\n{inner}\n---\nWords\n", config)
    index = Index(config, {path: note}.get)
    index.put(note)
    plan = plan_notes(index, [rule for rule in RULES if rule.id in ids], [path], {path: note}.get)
    after = plan.changes[0].after.text if plan.changes else note.text
    assert after.startswith("---\n")
    assert after.endswith("\n---\nWords\n")
    return after[4 : -len("\n---\nWords\n")], list(plan.problems)


# Repairs

BROKEN = ("fm-repair", "fm-syntax")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: A: B: C", 'title: "A: B: C"'),
        ("a: x:", 'a: "x:"'),
        ('a: "b" c # d', "a: '\"b\" c' # d"),
        ("a: @b # x # y\nb: %x y\nc: A: B", 'a: "@b" # x # y\nb: "%x y"\nc: "A: B"'),
        ("meta:\n\ta: 1\n\tb: c: d\nz: 1", 'meta:\n  a: 1\n  b: "c: d"\nz: 1'),
        ("a:\n  - [[B]] and c", 'a:\n  - "[[B]] and c"'),
        ("a: |-\n b: c\n\nd: e: f", 'a: |-\n b: c\n\nd: "e: f"'),
        ("\ttitle: x\n\ttags: [a]", "  title: x\n  tags: [a]"),
    ],
)
def test_a_slip_with_one_meaning_is_repaired_and_not_reported(before: str, after: str) -> None:
    assert fixed(before, *BROKEN) == (after, [])


@pytest.mark.parametrize(
    "inner",
    [
        "title: A: B\n  go on",  # where does the text end?
        "code: |\n  a\n\tb\ntitle: x",  # the tab may be text
        "meta:\n\ta: |\n\t  x\n\t\ty",
        "a: [b: c: d]",
        'a: "b',
        "a: b\na: c: d",  # repaired, it would have a key twice
        "title:Foo",
        "- a\nb: c",
    ],
)
def test_what_the_result_does_not_prove_is_reported_and_left(inner: str) -> None:
    after, problems = fixed(inner, *BROKEN)
    assert after == inner
    assert [p.rule for p in problems] == ["fm-syntax"]
    assert problems[0].line > 1
    assert problems[0].hint


def test_without_the_repair_the_slip_is_reported_with_what_to_write() -> None:
    for toml, ids in (("", ["fm-syntax"]), ("[rules]\nfm-repair = false", BROKEN)):
        after, problems = fixed("year: 2022\ntitle: A: B", *ids, toml=toml)
        assert after == "year: 2022\ntitle: A: B"
        assert [str(p) for p in problems] == [
            'Papers/A.md:3:8 fm-syntax: value with ": " needs quotes — title: "A: B"'
        ]


def test_a_key_that_stands_twice_inside_a_property_is_reported_too() -> None:
    _, problems = fixed("a:\n  b: 1\n  b: 2\nc: {d: 1, d: 2}", "fm-duplicate-keys")
    assert [p.message for p in problems] == [
        '"b" stands twice, in lines 3 and 4',
        '"d" stands twice, in line 5',
    ]


@pytest.mark.parametrize(
    ("inner", "reported"),
    [
        ("a: {b: c}", ["a"]),
        ("a:\n  - b: c", ["a"]),
        ("a: [[1, 2]]", ["a"]),
        ("a: [[B]]\nb:\n  - [[C]]\n  - d", []),
        ("a: &x [1]\nb: *x", []),
        ("a: &x {b: 1}\nc: *x", ["a", "c"]),
        ("longform:\n  format: scenes", []),
        ("a: {}\nb: []\nc:", ["a"]),
    ],
)
def test_nested_values_are_reported_but_not_links_that_wait_for_quotes(
    inner: str, reported: list[str]
) -> None:
    _, problems = fixed(inner, "fm-nested")
    assert [p.message.split('"')[1] for p in problems] == reported


# Types


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("venue: 1.10", 'venue: "1.10"'),
        ("venue: 007", 'venue: "007"'),
        ("venue: 0x1F # hex", 'venue: "0x1F" # hex'),
        ("venue: True", 'venue: "True"'),
        ("venue:\n  - ICML", "venue: ICML"),
        ("venue: [2022]", 'venue: "2022"'),
        ('year: ["2022"]', "year: 2022"),
        ("year: '-7'", "year: -7"),
        ("Year: '2022'", "Year: 2022"),  # to Obsidian, `Year` is `year`
        ("rating: '4.5'", "rating: 4.5"),
        ("done: Yes", "done: true"),
        ("done: 'off'", "done: false"),
        ("topics: 1.10", 'topics:\n  - "1.10"'),
        ("topics: 7 # c", "topics: # c\n  - 7"),
        ("topics: a b", "topics:\n  - a b"),
    ],
)
def test_a_value_gets_its_type_without_the_loss_of_a_sign(before: str, after: str) -> None:
    assert fixed(before, "fm-types") == (after, [])


@pytest.mark.parametrize(
    ("inner", "what"),
    [
        ("year: '1.10'", '"1.10" would lose its spelling as one'),
        ("year: '12345678901234567890'", "would lose its spelling as one"),
        ("year: '1e3'", '"1e3" would lose its spelling as one'),
        ("year: true", '"true" is none'),
        ("year: '１'", "is none"),
        ("done: 1", '"1" is none'),
        ("done: maybe", '"maybe" is none'),
        ("topics: a, b", '"a, b" may be one item or several'),
        ("venue: [a, b]", "it is a list of 2"),
        ("venue: [\n  a, # the comment would lose its place\n  ]", "it is a list of 1"),
    ],
)
def test_what_would_lose_something_is_reported_and_left(inner: str, what: str) -> None:
    after, problems = fixed(inner, "fm-types")
    assert after == inner
    assert [p.rule for p in problems] == ["fm-types"]
    assert what in problems[0].message


@pytest.mark.parametrize(
    "inner",
    [
        "venue:",
        "venue: ''",
        "venue: []",
        "year: 007",
        "year: 1.10",
        "venue: [[X]]",
        "venue: {a: b}",
        "done: TRUE",
        "when: 2025/4/6",
        "unknown: 7",
        "tags: a, b",
        "aliases: a",
        "authors: A and B",
        "date: 7",
    ],
)
def test_what_fits_is_empty_or_is_the_matter_of_another_rule_stays(inner: str) -> None:
    assert fixed(inner, "fm-types") == (inner, [])


def test_what_obsidian_knows_of_a_type_counts_more_than_the_kind_of_the_note() -> None:
    types = {"types": {"year": "text", "venue": "number"}}
    assert fixed("year: 2022\nvenue: '7'", "fm-types", types=types) == ('year: "2022"\nvenue: 7', [])
    _, problems = fixed("venue: x\nyear: [1, 2]", "fm-types", types=types)
    assert {p.hint for p in problems} == {"change the value, or its type in .obsidian/types.json"}


def test_a_plain_note_has_only_the_types_that_obsidian_knows() -> None:
    inner = "year: '2022'\nvenue: 7"
    assert fixed(inner, "fm-types", path="Notes/A.md") == (inner, [])


# Dates


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("date: 1 Mai 2024", "date: 2024-05-01"),
        ("date: Sunday, April 6, 2025", "date: 2025-04-06"),
        ("date: 20250406", "date: 2025-04-06"),
        ("date: '2025/4/6' # c", "date: 2025-04-06 # c"),
        ("date: 2025年4月6日", "date: 2025-04-06"),
        ("DATE: 2025-4-6", "DATE: 2025-04-06"),
        ("seen: 2025-04-06 9:05 pm", "seen: 2025-04-06T21:05"),
        ("created: 13/04/2025", "created: 2025-04-13"),
    ],
)
def test_a_date_with_one_reading_is_written_as_obsidian_does(before: str, after: str) -> None:
    assert fixed(before, "fm-dates") == (after, [])


@pytest.mark.parametrize(
    ("inner", "what"),
    [
        ("date: 31.02.2024", '"31.02.2024" is no day of the calendar'),
        ("created: 2026-13-01", '"2026-13-01" is no day of the calendar'),
        ("created: 03/04/2023", "may be 2023-03-04 or 2023-04-03"),
        ("date: 6–11 April 2025", "is not a date"),
        ("date: 6.4.25", "is not a date"),
        ("date: [2025-04-06]", "but is a list"),
        ("date: true", "but is true or false"),
    ],
)
def test_a_date_that_is_in_doubt_is_reported_and_left(inner: str, what: str) -> None:
    after, problems = fixed(inner, "fm-dates")
    assert after == inner
    assert [p.rule for p in problems] == ["fm-dates"]
    assert what in problems[0].message


@pytest.mark.parametrize(
    "inner",
    [
        "date: 2025-04-06T14:30",
        "date: 2025-04-06T14:30:00.5+02:00",
        "date: '2025-04-06'",
        "date: 2025",
        "date: 2025-04",
        "date: April 2025",
        "date: '[[2025-04-06]]'",
        "created: TBA",
        "created: [a]",
        "when: 2025/4/6",
        "due: 2025/4/6",
        "date:",
        "date: ''",
        "date: {a: b}",
    ],
)
def test_dates_of_obsidian_partial_dates_and_other_properties_stay(inner: str) -> None:
    assert fixed(inner, "fm-dates") == (inner, [])


def test_other_properties_can_be_named_as_dates() -> None:
    toml = '[rules.fm-dates]\nproperties = ["due"]'
    assert fixed("due: 2025/4/6\ncreated: 2025/4/6", "fm-dates", toml=toml) == (
        "due: 2025-04-06\ncreated: 2025/4/6",
        [],
    )


def test_an_anchored_date_is_not_taken_from_under_its_alias() -> None:
    after, problems = fixed("date: &a 2025/4/6\nend: *a", "fm-dates")
    assert after == "date: &a 2025/4/6\nend: *a"
    assert problems[0].message.startswith("not changed: ")


# Identifiers


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("arxiv: 1807.10300", 'arxiv: "1807.10300"'),
        ("arxiv: arXiv:2210.13695v12", "arxiv: 2210.13695v12"),
        ("arxiv: https://arxiv.org/pdf/2210.13695V2.pdf#page=2", "arxiv: 2210.13695v2"),
        ("arxiv: math.GT/0309136v1", "arxiv: math/0309136v1"),
        ("arxiv: https://huggingface.co/papers/2210.13695", 'arxiv: "2210.13695"'),
        ("doi: https://doi.org/10.48550/arXiv.2210.13695", "doi: 10.48550/arXiv.2210.13695"),
        ("doi: DOI 10.1000/XYZ # c", "doi: 10.1000/XYZ # c"),
        ("url: <https://x.org/>", "url: https://x.org/"),
        ("url: HTTP://X.org:80/A?fbclid=1&b=%c3", "url: http://x.org/A?b=%C3"),
    ],
)
def test_an_identifier_is_written_in_its_one_form(before: str, after: str) -> None:
    assert fixed(before, "fm-identifiers") == (after, [])


@pytest.mark.parametrize(
    ("inner", "hint"),
    [
        ("arxiv: 2210.13695v2 [cs.LG]", "arxiv: 2210.13695v2"),
        ("arxiv: 1310.454", 'if zeros at the end were lost: arxiv: "1310.4540"'),
        ("arxiv: '2299.1'", "leave it empty if there is none"),
        ("doi: 10.1000/xyz.", "doi: 10.1000/xyz"),
        ("doi: 10.1234", "leave it empty if there is none"),
        ("url: arxiv.org/abs/2210.13695", "url: https://arxiv.org/abs/2210.13695"),
    ],
)
def test_what_is_no_identifier_is_reported_with_the_nearest(inner: str, hint: str) -> None:
    after, problems = fixed(inner, "fm-identifiers")
    assert after == inner
    assert [p.hint for p in problems] == [hint]


@pytest.mark.parametrize(
    "inner",
    [
        "arxiv:",
        "arxiv: cs/0112017",
        "arxiv: [a]",
        "url: zotero://select/1",
        "url: see there",
        "url: '[x](https://x.org)'",
        "url: https://x.org/ü?q=é",
        "url: https://de.wikipedia.org/wiki/A_(B)",
        "link: x",
    ],
)
def test_identifiers_in_their_form_and_other_addresses_stay(inner: str) -> None:
    assert fixed(inner, "fm-identifiers") == (inner, [])


def test_no_pattern_is_compiled_for_a_single_identifier(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each took a quarter of the time of all rules for single notes."""
    clean = fixed("arxiv: arXiv:2210.13695V2", "fm-identifiers")
    assert clean == ("arxiv: 2210.13695v2", [])

    def refused(pattern: str, flags: int = 0) -> None:
        raise AssertionError(pattern)

    monkeypatch.setattr("re._compiler.compile", refused)
    assert fixed("arxiv: arXiv:0706.1234v3", "fm-identifiers") == ("arxiv: 0706.1234v3", [])
    assert fixed('arxiv: "1011.0027"', "fm-identifiers") == ('arxiv: "1011.0027"', [])


def test_types_dates_and_identifiers_agree_on_a_json_block() -> None:
    inner = '{"date": "2025/4/6", "year": "2022", "arxiv": 2210.13690}'
    after, problems = fixed(inner, "fm-types", "fm-dates", "fm-identifiers")
    assert after == '{"date": "2025-04-06", "year": 2022, "arxiv": "2210.13690"}'
    assert problems == []
