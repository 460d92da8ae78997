"""All front matter rules on thousands of adversarial blocks, judged by ruamel.yaml and not by our own reader.

`VAULTSYNC_FUZZ` is the number of cases, 3,000 (10 s) if it isn't set; the judge itself is tested below.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.support.front_matter_cases import SAME, TYPES_JSON, Case, Comment, Entry, case, meaning_of
from vaultsync.core.config.config_file import parse_config
from vaultsync.core.errors import Problem
from vaultsync.core.links.index import Index
from vaultsync.core.note import note_of
from vaultsync.core.plan.planner import plan_notes
from vaultsync.core.rules import RULES, asked_for, rule_options

CASES = int(os.environ.get("VAULTSYNC_FUZZ", "3000"))
SHARDS = 8

FRONT_MATTER_RULES = asked_for([rule.id for rule in RULES if rule.id.startswith("fm-")])
CONFIG = parse_config("", rule_options(), types_json=TYPES_JSON)


def fixed(path: str, text: str) -> tuple[str, list[Problem]]:
    """The note after one run of all front matter rules, with what they report."""
    note = note_of(path, text, CONFIG)
    notes = {path: note}
    index = Index(CONFIG, notes.get)
    index.put(note)
    plan = plan_notes(index, FRONT_MATTER_RULES, [path], notes.get)
    return (plan.changes[0].after.text if plan.changes else text), list(plan.problems)


Fix = Callable[[str, str], tuple[str, list[Problem]]]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_meaning_changes_no_comment_is_lost_and_a_second_run_does_nothing(shard: int) -> None:
    for seed in range(shard, CASES, SHARDS):
        made = case(seed)
        after, problems = fixed(made.path, made.text)
        try:
            judge(made, after, problems)
        except Exception as error:
            raise AssertionError(f"case {seed}: {error}\n{made.text!r}\n{after!r}\n{problems}") from error


def judge(made: Case, after: str, problems: list[Problem], settle: Fix = fixed) -> None:
    """Compare a note with what must have become of it; `settle` runs the rules again."""
    assert not [p for p in problems if p.rule == "guard"]
    again, still = settle(made.path, after)
    assert again == after, "a second run changed it"
    assert still == problems, "a second run reported something else"
    if made.template:
        assert after == made.text, "a template was changed"
        return
    if made.hopeless:
        assert after == made.text, "an unreadable block was changed"
        assert any(p.rule in ("fm-syntax", "fm-duplicate-keys") and p.line > 1 for p in problems)
        return
    if made.without and after == made.text:
        assert any(p.rule == "fm-syntax" and p.hint for p in problems)
        return
    assert not any(p.rule == "fm-syntax" for p in problems)
    before = meaning_of(made.without or made.text)
    expected = dict(made.added)
    for entry in made.entries:
        expected[entry.key] = (
            before.get(entry.key, before.get("cssclass")) if entry.meaning is SAME else entry.meaning
        )
    found = meaning_of(after)
    assert list(found) == made.order
    for key, value in expected.items():
        assert same(found[key], value), f"{key} became {found[key]!r}, not {value!r}"
    assert_comments_kept(made, after)
    assert_style_kept(made, after)


def same(one: object, other: object) -> bool:
    """Equality with types: `1` is not `true`; NaN doesn't occur."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def assert_style_kept(made: Case, after: str) -> None:
    """What no rule is about stands as it was written; a note that needs nothing is left byte for byte."""
    kept = [entry for entry in made.entries if entry.meaning is SAME and entry.key != "cssclasses"]
    for entry in kept:
        assert made.eol.join(entry.lines).rstrip() in after, f"{entry.key} is written in another way"
    assert after.endswith(made.body), "the text below was changed"
    assert after.startswith("\ufeff") == made.text.startswith("\ufeff")
    assert ("\r\n" in after) == ("\r\n" in made.text)
    assert after.count("\n") == after.count("\r\n") or made.eol == "\n", "line ends are mixed"
    if len(kept) == len(made.entries) and made.order == [entry.key for entry in made.entries]:
        assert after == made.text, "nothing was to be done"


def assert_comments_kept(made: Case, after: str) -> None:
    """Each comment is there once, with the property that it was with."""
    lines = after.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    words = {entry.key: entry.first_word for entry in made.entries}
    starts = [f"{words.get(key, key)}:" for key in made.order]
    owner = {}
    for number, line in enumerate(lines[1:], 1):
        fits = [(start, key) for start, key in zip(starts, made.order, strict=True) if line.startswith(start)]
        if fits:
            owner[number] = max(fits)[1]
        if line.rstrip() in ("---", "..."):
            break
    for comment in made.comments:
        places = [number for number, line in enumerate(lines) if comment.word in line]
        assert len(places) == 1, f"{comment.word} stands {len(places)} times"
        place = places[0]
        assert "#" in lines[place].partition(comment.word)[0]
        above = max((n for n in owner if n <= place), default=None)
        below = min((n for n in owner if n > place), default=None)
        if comment.place == "head":
            assert above is None, f"{comment.word} was at the head"
        elif comment.place == "tail":
            assert below is None, f"{comment.word} was at the tail"
        elif comment.place == "above":
            assert below is not None
            assert owner[below] == comment.key, f"{comment.word} stood above {comment.key}"
            assert all(line.lstrip().startswith("#") for line in lines[place:below])
        elif comment.place == "beside":
            assert owner.get(place) == comment.key, f"{comment.word} stood beside {comment.key}"
        else:
            assert above is not None
            assert owner[above] == comment.key, f"{comment.word} stood inside {comment.key}"


def test_the_cases_are_what_the_acceptance_asks_for() -> None:
    cases = [case(seed) for seed in range(1000)]
    assert sum(bool(made.comments) for made in cases) > 350
    assert sum(made.hopeless for made in cases) > 50
    assert sum(made.eol == "\r\n" for made in cases) > 250
    assert sum(made.text.startswith("\ufeff") for made in cases) > 250
    assert {c.place for made in cases for c in made.comments} == {"above", "beside", "inside", "head", "tail"}


def test_nearly_every_slip_that_can_be_repaired_is() -> None:
    slips = [made for made in map(case, range(1000)) if made.without and not (made.hopeless or made.template)]
    repaired = [made for made in slips if fixed(made.path, made.text)[0] != made.text]
    assert len(slips) > 50
    assert len(repaired) >= 0.9 * len(slips)


@pytest.mark.parametrize(
    ("damage", "verdict"),
    [
        (("# above c0c\n", ""), "c0c stands 0 times"),
        (
            ("# above c0c\nyear: 2022 # beside c1c", "year: 2022 # beside c1c\n# above c0c"),
            "c0c stood above year",
        ),
        ((" # beside c1c\nother: 'x'", "\nother: 'x' # beside c1c"), "c1c stood beside year"),
        (("year: 2022", "year: 2023"), "year became 2023"),
        (("year: 2022", "year: '2022'"), "year became '2022'"),
        (("other: 'x'", "other: x"), "other is written in another way"),
        (("---\nWords", "---\n\nWords"), "the text below"),
        (("---\n#", "---\n\n#"), "nothing was to be done"),
    ],
)
def test_the_judge_notices_damage(damage: tuple[str, str], verdict: str) -> None:
    text = "---\n# above c0c\nyear: 2022 # beside c1c\nother: 'x'\n---\nWords\n"
    entries = [
        Entry("year", ["# above c0c", "year: 2022 # beside c1c"], SAME, "year"),
        Entry("other", ["other: 'x'"], SAME, "other"),
    ]
    comments = [Comment("c0c", "above", "year"), Comment("c1c", "beside", "year")]
    made = Case("Notes/A.md", "note", text, entries, comments, "\n", "\n---\nWords\n")
    judge(made, text, [], settle=lambda path, after: (after, []))
    damaged = text.replace(*damage)
    assert damaged != text
    with pytest.raises(AssertionError, match=verdict):
        judge(made, damaged, [], settle=lambda path, after: (after, []))
