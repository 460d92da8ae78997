"""`fix` finds what generated vaults hold and nothing else; the judge of that would notice if it didn't.

The full size is `python -m bench.accuracy --notes 10000`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bench.accuracy import Outcome, fixed, report
from bench.judge import Verdict
from bench.truth import Mention

NOTES = 600


@pytest.fixture(scope="module")
def untidy(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return fixed(tmp_path_factory.mktemp("untidy"), notes=NOTES, seed=1, untidy=0.5)


@pytest.fixture(scope="module")
def verdict(untidy: Outcome) -> Verdict:
    return untidy.judged()


def test_an_untidy_vault_is_put_in_order_without_a_mistake(verdict: Verdict):
    assert not verdict.differences, report(verdict)


def test_every_tier_was_put_to_the_test(verdict: Verdict):
    for name in (
        *(f"links in place, tier {tier}" for tier in (2, 3, 4)),
        *(f"mentions recorded, tier {tier}" for tier in (0, 1, 2, 3, 4)),
        "ambiguities reported", "broken notes reported", "decoys left alone", "papers listed",
        "properties in order", "suggestions left alone",
    ):  # fmt: skip
        assert verdict.counts[name].expected >= 5, name
        assert verdict.counts[name].precision == verdict.counts[name].recall == 1, name


def test_a_clean_vault_gets_its_links_and_keeps_all_else(tmp_path: Path):
    verdict = fixed(tmp_path, notes=NOTES, seed=2, untidy=0).judged()
    assert not verdict.differences, report(verdict)
    assert verdict.counts["links in place, tier 2"].found > 500


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What the following tests spoil, one thing each."""
    outcome = fixed(tmp_path_factory.mktemp("small"), notes=200, seed=3, untidy=0.6)
    assert not outcome.judged().differences
    return outcome


def tampered(outcome: Outcome, path: str, change: Callable[[str], str]) -> Verdict:
    """The verdict on the outcome with one note changed."""
    text = outcome.after[path].decode()
    assert change(text) != text
    after = {**outcome.after, path: change(text).encode()}
    return msgspec.structs.replace(outcome, after=after).judged()


def a_mention(outcome: Outcome, *, tier: int, expected: str, start: str = "- ") -> tuple[str, Mention, str]:
    """A conference note, one of its mentions, and the mention's line."""
    for note in outcome.truth.conferences:
        lines = outcome.before[note.path].decode().split("\n")
        for mention in note.mentions:
            line = lines[mention.line - 1]
            plain = "|" not in line and "\r" not in line
            if mention.tier == tier and mention.expected == expected and line.startswith(start) and plain:
                return note.path, mention, line
    raise AssertionError("the vault has no such mention")


def whats(verdict: Verdict) -> str:
    return "\n".join(difference.what for difference in verdict.differences)


def test_a_missing_link_counts_against_recall(small: Outcome):
    path, _, _ = a_mention(small, tier=2, expected="link")
    verdict = tampered(small, path, lambda text: re.sub(r"\[\[[^\]|]*\|(.*?)\]\]", r"\1", text, count=1))
    missed = [count for name, count in verdict.counts.items() if "in place" in name and count.recall < 1]
    assert len(missed) == 1
    assert missed[0].precision == 1
    assert missed[0].right == missed[0].expected - 1


def test_a_link_that_nobody_asked_for_counts_against_precision(small: Outcome):
    path, mention, line = a_mention(small, tier=3, expected="suggestion")
    target = mention.papers[0].rpartition("/")[2][:-3]
    link = line.replace(mention.surface, f"[[{target}|{mention.surface}]]")
    verdict = tampered(small, path, lambda text: text.replace(line, link, 1))
    assert verdict.counts["links in place, tier 3"].precision < 1
    assert verdict.counts["suggestions left alone"].recall < 1


def test_a_link_to_the_wrong_paper_is_noticed(small: Outcome):
    path, _, _ = a_mention(small, tier=4, expected="link")
    verdict = tampered(small, path, lambda text: re.sub(r"\[\[[^\]|@]*\|", "[[Reading list|", text, count=1))
    assert "not expected" in whats(verdict)
    assert "missing" in whats(verdict)


def test_a_changed_decoy_is_noticed(small: Outcome):
    note, surface = next(
        (note, decoy.surface)
        for note in small.truth.conferences
        for decoy in reversed(note.decoys)
        if decoy.form == "code"
    )
    verdict = tampered(small, note.path, lambda text: text.replace(f"`{surface}`", surface))
    assert verdict.counts["decoys left alone"].recall < 1
    assert " became " in whats(verdict)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n- ", "\n-  ", 1),
        lambda text: text.replace("\n- ", "\n\n- ", 1) if "\n\n- " not in text else text + " ",
        lambda text: text.replace("\n", " \n", 1),
        lambda text: text.replace("\ntags:", "\ntag:", 1),
        lambda text: text + "\n",
    ],
)
def test_no_byte_of_a_conference_note_may_change_beside_the_links(
    small: Outcome, change: Callable[[str], str]
):
    path, _, _ = a_mention(small, tier=2, expected="link")
    assert tampered(small, path, change).differences


def test_a_mention_that_was_not_recorded_is_missed(small: Outcome):
    _, mention, line = a_mention(small, tier=1, expected="record", start="- the slides")
    verdict = tampered(small, mention.papers[0], lambda text: text.replace(f"    {line}\n", "", 1))
    assert verdict.counts["mentions recorded, tier 1"].recall < 1
    assert verdict.counts["mentions recorded, tier 1"].precision == 1


def test_a_quote_of_what_is_no_mention_is_noticed(small: Outcome):
    _, mention, line = a_mention(small, tier=1, expected="record", start="- the slides")
    more = f"    {line}\n    - run `{mention.surface}` with the defaults\n"
    verdict = tampered(small, mention.papers[0], lambda text: text.replace(f"    {line}\n", more, 1))
    assert verdict.counts["mentions recorded, tier ?"].found == 1


def test_a_paper_that_is_not_listed_is_missed(small: Outcome):
    path = next(path for path, data in small.after.items() if data.count(b"\n## Papers\n- ") == 1)
    verdict = tampered(small, path, lambda text: re.sub(r"(## Papers\n)- .*\n", r"\1", text))
    assert verdict.counts["papers listed"].recall < 1


def test_a_property_that_lost_its_value_is_noticed(small: Outcome):
    paper = next(p for p in small.papers if p.untidy and p.problem is None)
    verdict = tampered(small, paper.path, lambda text: text.replace(f"citekey: {paper.citekey}", "citekey:"))
    assert verdict.counts["properties in order"].recall < 1


def test_a_broken_note_that_was_touched_is_noticed(small: Outcome):
    paper = next(p for p in small.papers if p.problem)
    assert tampered(small, paper.path, lambda text: text.replace("## Notes", "## Note")).differences


def test_a_problem_that_is_not_reported_is_missed(small: Outcome):
    quiet = msgspec.structs.replace(small, problems=()).judged()
    assert quiet.counts["ambiguities reported"].recall == 0
    assert quiet.counts["broken notes reported"].recall == 0


def test_a_false_alarm_is_noticed(small: Outcome):
    alarm = {"path": "Reading list.md", "line": 1, "col": 1, "rule": "fm-title", "message": "no", "hint": ""}
    verdict = msgspec.structs.replace(small, problems=(*small.problems, alarm)).judged()
    assert verdict.counts["broken notes reported"].precision < 1


def test_a_note_that_is_gone_or_new_is_noticed(small: Outcome):
    after = {**small.after, "New.md": b"x\n"}
    del after["Reading list.md"]
    told = whats(msgspec.structs.replace(small, after=after).judged())
    assert "the note is gone" in told
    assert "a note that nobody made" in told
