"""Links to the name that a merge takes away lead to the one that stays, and keep their form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.markdown import parse_body
from vaultsync.core.merge.two_names import with_kept_name

GOES, STAYS = "Papers/One.md", "Papers/Old/Two two.md"
OTHERS = ("Day.md", "Daily/Monday.md", "Papers/Other.md")
BEFORE = FileNames((GOES, *OTHERS))
AFTER = FileNames((STAYS, *OTHERS))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("see [[One]] and ![[one#Results|it]]", "see [[Two two]] and ![[Two two#Results|it]]"),
        ("see [[Papers/One|it]]", "see [[Papers/Old/Two two|it]]"),
        ("see [[../Papers/One]]", "see [[../Papers/Old/Two two]]"),
        ("see [it](One.md#R)", "see [it](Two%20two.md#R)"),
        ("see [it](../Papers/One.md)", "see [it](../Papers/Old/Two%20two.md)"),
        ('---\nup: "[[One]]"\n---\n[[One]]', '---\nup: "[[Two two]]"\n---\n[[Two two]]'),
        ("| a | b |\n|--|--|\n| [[One\\|it]] | c |", "| a | b |\n|--|--|\n| [[Two two\\|it]] | c |"),
        ("`[[One]]` is code, [[Other]] and [[None]] other notes, [out](https://e.org/One.md)", None),
        ("no link at all to One", None),
    ],
)  # fmt: skip
def test_each_link_keeps_its_form(before: str, after: str | None) -> None:
    assert with_kept_name(before, "Daily/Monday.md", BEFORE, AFTER, GOES, STAYS) == (after or before)


def test_a_name_that_no_property_can_hold_and_one_that_means_two_notes_stay_as_they_are() -> None:
    odd = "Papers/It's two.md"
    text = "---\nup: '[[One]]'\n---\n[[One]]"
    after = FileNames((odd, *OTHERS))
    assert with_kept_name(text, "Day.md", BEFORE, after, GOES, odd) == text[:-7] + "[[It's two]]"
    namesakes = FileNames((STAYS, *OTHERS, "Two two.md"))
    assert with_kept_name("[[One]]", "Day.md", BEFORE, namesakes, GOES, STAYS) == "[[Papers/Old/Two two]]"
    nowhere = FileNames(OTHERS)
    assert with_kept_name("[[One]]", "Day.md", BEFORE, nowhere, GOES, STAYS) == "[[One]]"


NAMES = (
    st.text("ab'#é%()& ", min_size=1, max_size=4).map(str.strip).filter(bool).map(lambda name: f"{name}.md")
)


@given(
    folders=st.lists(st.sampled_from(["", "A/", "A/b/"]), min_size=3, max_size=3),
    goes=NAMES, stays=NAMES, others=st.lists(NAMES, max_size=3),
    form=st.sampled_from(["[[{}]]", "x [[{}|words]] y", "[words]({})", "- [[{}#Part]] [[{}]]"]),
)  # fmt: skip
def test_what_is_rewritten_leads_to_the_note_that_stays_and_nothing_else_changes(
    folders: list[str], goes: str, stays: str, others: list[str], form: str
) -> None:
    goes, stays, source = folders[0] + goes, folders[1] + stays, f"{folders[2]}source.md"
    before, after = FileNames([goes, source, *others]), FileNames([stays, source, *others])
    text = form.replace("{}", goes.removesuffix(".md"))
    result = with_kept_name(text, source, before, after, goes, stays)
    links = zip(parse_body(text).links, parse_body(result).links, strict=True)
    for old, new in links:
        assert (old.heading, old.text, old.embed) == (new.heading, new.text, new.embed)
        if resolve(before, source, old.target) == goes and old.target != new.target:
            assert resolve(after, source, new.target) == stays
        else:
            assert old.target == new.target
