"""Edits of a body are proven, all of them or none: a note's first pass leaves nothing to the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linking import run

from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem
from vaultsync.core.note import Note, note_of
from vaultsync.core.rules import RULES, md_body
from vaultsync.core.rules.md_body import PROVEN, proven
from vaultsync.core.text.spans import TextEdit, apply_edits

MATH = [rule for rule in RULES if rule.id == "md-math"]


def removals(note: Note, word: str) -> Iterator[TextEdit]:
    at = note.text.find(word)
    while at >= 0:
        yield TextEdit(at, at + len(word), "")
        at = note.text.find(word, at + 1)


@given(st.lists(st.sampled_from(["good", "bad", "none"]), max_size=40), st.integers(0, 30))
def test_the_good_ones_are_made_or_none_and_then_a_problem_says_so(lines: list[str], proofs: int) -> None:
    note = note_of("a.md", "".join(f"x {line}\n" for line in lines), Config())
    edits = sorted([*removals(note, "good"), *removals(note, "bad")])
    before = md_body.PROVEN
    md_body.PROVEN = proofs * len(note.text)
    try:
        found = list(proven(note, "md-math", edits, lambda body: body.count("bad")))
    finally:
        md_body.PROVEN = before
    if any(isinstance(finding, Problem) for finding in found):
        assert len(found) == 1
        assert "md-math" in str(found[0])
        assert proofs < 2 * lines.count("bad") * 6 + 1, "halving finds one line in 40 with a dozen proofs"
    else:
        made = [finding for finding in found if isinstance(finding, TextEdit)]
        assert apply_edits(note.text, made) == note.text.replace("good", "")


@pytest.mark.parametrize("bad", [0, 1, 60])
def test_formulas_that_would_be_broken_cost_no_proof_of_the_note(
    bad: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = [f"- good $`a_{{{number}}}`$ here\n" for number in range(60)]
    text = "Words.\n\n" + "".join(
        f"{line}  - bad $`b_{i}\\`$\n" * (i < bad) or line for i, line in enumerate(good)
    )
    monkeypatch.setattr(md_body, "PROVEN", 2 * len(text))
    first = run({"A.md": text}, rules=MATH)
    assert first.problems == ()
    assert first.files["A.md"].count("$a_{") == 60
    assert first.files["A.md"].count("$`b_") == bad
    assert run(first.files, rules=MATH).changed == frozenset()


def test_a_budget_that_is_used_up_leaves_the_note_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "- good $`a`$ here\n"
    monkeypatch.setattr(md_body, "PROVEN", 0)
    done = run({"A.md": text}, rules=MATH)
    assert done.changed == frozenset()
    assert [(p.line, p.rule) for p in done.problems] == [(1, "md-math")]
    assert PROVEN > 0
