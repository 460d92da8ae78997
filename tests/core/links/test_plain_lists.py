"""A list of mentions is judged without its note only where the note would be left as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linking import CONFIG, LINK_RULES, paper, run, talk

from vaultsync.core.config.config import Config
from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, note_of
from vaultsync.core.plan.planner import plan_notes
from vaultsync.core.plan.rule_pass import RuleSet

NOTE, PAPER = "Conferences/ICASSP 2025.md", "Papers/Rings.md"
TALK = talk("- [[Rings]] are slow\n- and [[Rings|they]] break\n")
LISTED = run({PAPER: paper("Rings of Carbon in Molecules", body="Body.\n"), NOTE: TALK}).files[PAPER]
LINES = LISTED.split("\n")


def looked_at(text: str, *, config: Config = CONFIG) -> tuple[Index, RuleSet, Note]:
    """An index that knows the two notes, the rules, and the paper's note."""
    notes = {path: note_of(path, found, config) for path, found in ((PAPER, text), (NOTE, TALK))}
    index = Index(config, notes.get)
    for note in notes.values():
        index.put(note)
    index.refresh()
    return index, RuleSet(index, [rule for rule in LINK_RULES if rule.linked]), notes[PAPER]


def check(text: str) -> bool:
    """Whether the list was judged unread; then its note, read, must come to the same."""
    index, rules, note = looked_at(text)
    if not rules.leave_unread(PAPER):
        return False
    found = rules.run(note)
    assert (found.edits, found.problems, found.in_order) == ([], [], [])
    assert index.blocks.at_rest(note, found.tended) == index.plain_lists.lines(PAPER)
    return True


def test_a_list_as_it_should_be_is_judged_without_its_note() -> None:
    assert check(LISTED)
    assert check(LISTED.removesuffix("\n"))


def test_the_note_is_not_read_again_to_link_it() -> None:
    index, _, note = looked_at(LISTED)
    read = []

    def load(path: str) -> Note | None:
        read.append(path)
        return note if path == PAPER else note_of(NOTE, TALK, CONFIG)

    plan = plan_notes(index, LINK_RULES, [PAPER], load, at_rest={PAPER: []})
    assert (plan.changes, plan.problems, read) == ((), (), [])
    assert plan.lines == {PAPER: looked_at(LISTED)[0].plain_lists.lines(PAPER)}


BEFORE_LIST = LINES.index("%% vaultsync:begin mentions %%")


@pytest.mark.parametrize(
    "text",
    [
        LISTED.replace("2025]], ", "2025]],  "),
        LISTED.replace("    - ", "  - "),
        LISTED.replace("## Mentioned in\n", "## Mentioned in\nMine.\n"),
        LISTED.replace("## Mentioned in\n", "\n## Mentioned in\n"),
        LISTED.replace("%% vaultsync:end mentions %%\n", ""),
        LISTED.replace("\n", "\r\n"),
        LISTED.replace("Body.", "```\nBody."),
        LISTED.replace("Body.", "<!--\nBody."),
        LISTED.replace("Body.", "<!-- vaultsync:off -->"),
        LISTED.replace("Body.", "%%\nBody."),
        LISTED.replace("Body.", "%% vaultsync:begin timeline %%"),
        LISTED.replace("tags:", "vaultsync: ignore\ntags:"),
        LISTED.replace("tags:", "vaultsync:\n  - link-mentions\ntags:"),
        LISTED.replace("tags:", '"v\\x61ultsync": ignore\ntags:'),
        LISTED.replace("tags:", "kanban-plugin: board\ntags:"),
        LISTED.replace("tags:", "made: <% tp.date.now() %>\ntags:"),
        LISTED + "\n" + "\n".join(LINES[BEFORE_LIST:]),
    ],
)
def test_a_list_about_which_there_is_anything_else_takes_its_note(text: str) -> None:
    assert text != LISTED
    assert not check(text)


PIECES = st.sampled_from(
    [
        *LINES,
        *(" " + line for line in LINES),
        *(line + "\r" for line in LINES),
        "",
        "---",
        "```",
        "$$",
        "%%",
        "<!--",
        "-->",
        "%% vaultsync:begin papers %%",
        "%% vaultsync:end papers %%",
        "vaultsync: ignore",
        "<% x %>",
    ]
)


@given(st.data())
def test_whatever_is_judged_unread_would_be_left_as_it_is(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(lines)))
        lines[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(PIECES, max_size=2))
    check("\n".join(lines))


def test_a_note_whose_list_no_rule_keeps_is_not_judged_by_it() -> None:
    index, _, _ = looked_at(LISTED)
    others = [rule for rule in LINK_RULES if rule.linked and rule.id != "link-mentions"]
    assert not RuleSet(index, others).leave_unread(PAPER)
