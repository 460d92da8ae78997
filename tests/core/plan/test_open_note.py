"""The plan of one note that is open in an editor agrees with that of a run over the vault."""

from __future__ import annotations

from pathlib import Path

import pytest
from linking import run
from test_plan import CONFIG, a_rule, replaced

from vaultsync.core.links.index import Index
from vaultsync.core.note import note_of
from vaultsync.core.plan.open_note import OpenPlan, plan_open_note
from vaultsync.core.plan.planner import plan_notes
from vaultsync.core.rules import RULES
from vaultsync.core.text.spans import apply_edits

EXAMPLE = Path(__file__).parents[3] / "example_vault"
UNTIDY = {
    file.relative_to(EXAMPLE).as_posix(): file.read_text(encoding="utf-8")
    for file in sorted(EXAMPLE.rglob("*.md"))
}


@pytest.fixture(scope="module")
def tidy() -> dict[str, str]:
    """The example vault as a run leaves it."""
    return run(UNTIDY, rules=RULES, config=CONFIG).files


def index_of(files: dict[str, str]) -> Index:
    notes = {path: note_of(path, text, CONFIG) for path, text in files.items()}
    index = Index(CONFIG, notes.get)
    for note in notes.values():
        index.put(note)
    index.refresh()
    return index


def opened(files: dict[str, str], path: str, text: str) -> OpenPlan:
    return plan_open_note(index_of(files), RULES, note_of(path, text, CONFIG))


@pytest.mark.parametrize("path", sorted(UNTIDY))
def test_an_open_note_is_planned_as_a_run_would_plan_it(path: str, tidy: dict[str, str]) -> None:
    files = {**tidy, path: UNTIDY[path]}
    notes = {name: note_of(name, text, CONFIG) for name, text in files.items()}
    index = index_of(files)
    wanted = plan_notes(index, RULES, [path], notes.get)
    expected = next((c.after.text for c in wanted.changes if c.path == path), files[path])
    found = opened(files, path, files[path])
    assert apply_edits(files[path], found.edits) == expected
    assert [p for p in wanted.problems if p.path == path] == list(found.problems)
    others = {change.path for change in wanted.changes} - {path}
    assert others <= found.reached


def test_a_tidy_note_gets_no_edits(tidy: dict[str, str]) -> None:
    index = index_of(tidy)
    for path, text in tidy.items():
        found = plan_open_note(index, RULES, note_of(path, text, CONFIG))
        assert (found.edits, found.change) == ((), None), path


def test_a_note_that_does_not_come_to_rest_is_left_alone() -> None:
    there = a_rule(replaced("a", "b"), name="there")
    back = a_rule(replaced("b", "a"), name="back")
    found = plan_open_note(index_of({"n.md": "a\n"}), [there, back], note_of("n.md", "a\n", CONFIG))
    assert (found.edits, found.change) == ((), None)


def test_what_the_guard_refuses_is_not_offered() -> None:
    wrong = a_rule(replaced("title", "name"), name="wrong", body=False, owns=("tags",))
    text = "---\ntitle: x\n---\n"
    found = plan_open_note(index_of({"n.md": text}), [wrong], note_of("n.md", text, CONFIG))
    assert (found.edits, found.change) == ((), None)
