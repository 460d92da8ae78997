"""Where an edit works: names that hold when others have rewritten the note since, and only then."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from vaultsync.core.config.config import Config
from vaultsync.core.links.decisions import PLACES, Fault
from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, note_of
from vaultsync.core.plan import places as places_module
from vaultsync.core.plan.places import EditedPlace, Mend, gathered, kept_off_by, places_of
from vaultsync.core.plan.rule_pass import RuleSet
from vaultsync.core.rules import RULES
from vaultsync.core.rules.rule import Rule
from vaultsync.core.text.spans import TextEdit

BY_ID = {rule.id: rule for rule in RULES}


def note(text: str, path: str = "Papers/N.md") -> Note:
    return note_of(path, text, Config())


def named(rule: str, text: str, path: str = "Papers/N.md") -> list[str]:
    """The places at which a rule works in a note."""
    index = Index(Config(), lambda _: None)
    found = RuleSet(index, [BY_ID[rule]]).run(note(text, path))
    assert found.edits
    return sorted(mend.fault.place for mend in found.mends)


@pytest.mark.parametrize(
    ("rule", "text", "places"),
    [
        ("fm-dates", "---\ncreated: 2025/4/6\nx: 1\nModified: 2025/4/7\n---\n", ["created", "modified"]),
        ("fm-tags", "---\ntitle: T\ntags: a, b # mine\n---\n", ["tags"]),
        ("fm-tags", '---\n{"title": "T", "tags": "a, b"}\n---\n', ["tags"]),
        ("fm-title", "---\ntags: [paper]\n---\n# A\n", ["title"]),
        ("fm-title", "# A\n", ["title"]),
        ("fm-title", '---\n{"tags": ["paper"]}\n---\n# A\n', ["title"]),
        ("fm-deprecated-keys", "---\ntag: a\nalias: x\n---\n", ["aliases", "tags"]),
        ("fm-deprecated-keys", "---\ntags: [a]\nx: 1\ntag: b\n---\n", ["tags"]),
        ("fm-repair", "---\nx: 1\ntitle: A: B\nlist:\n\t- a\n---\n", ["list", "title"]),
        ("md-math", "Text.\n\nThe loss at 10:42 is $`x^2`$ now\n", ["The loss at 0 is x 0 now"]),
        ("md-math", "seen before\n\n$`=`$\n", ["below seen before"]),
    ],
)
def test_a_place_is_named_by_its_property_or_its_words(rule: str, text: str, places: list[str]) -> None:
    assert named(rule, text) == places


def test_a_place_has_the_same_name_under_crlf_and_with_a_bom() -> None:
    text = "---\ntitle: T\ntags: a, b\n---\nThe loss is $`x`$\n"
    for form in (text, text.replace("\n", "\r\n"), "\ufeff" + text):
        assert named("fm-tags", form) == ["tags"]
        assert named("md-math", form) == ["The loss is x"]


def is_meant(place: EditedPlace, kept: str) -> bool:
    fault = Fault("N.md", "md-math", kept)
    return kept_off_by([fault], [place]) == {fault: [place]}


def test_a_passage_is_known_again_after_a_small_change_and_not_after_a_large_one() -> None:
    place = EditedPlace("we scale the loss by the Hessian x 0 as in the talk", (), is_passage=True)
    assert is_meant(place, "we scale the new loss by the Hessian x 0 as in the talk")
    assert not is_meant(place, "nobody knows why the Hessian is there")
    assert is_meant(place, "")


def test_a_property_is_only_meant_by_its_very_name() -> None:
    assert not is_meant(EditedPlace("modified", ()), "modified2")
    assert is_meant(EditedPlace("mentions", (), "mentions 00aa"), "mentions 00aa")
    assert not is_meant(EditedPlace("mentions", (), "mentions 00aa"), "mentions 00ab")


def test_of_more_passages_than_can_be_compared_the_rule_keeps_off(mocker: MockerFixture) -> None:
    mocker.patch.object(places_module, "COMPARED", 30)
    ratio = mocker.spy(SequenceMatcher, "ratio")
    kept = [Fault("N.md", "md-math", "ab " * 20 + chr(97 + i)) for i in range(9)]
    places = [EditedPlace("ba " * 20 + chr(97 + i), (), is_passage=True) for i in range(9)]
    meant = kept_off_by(kept, places)
    assert ratio.call_count <= 30
    assert meant[kept[-1]] == places


@given(st.text(max_size=300), st.data())
def test_every_edit_lies_in_one_place(text: str, data: st.DataObject) -> None:
    whole = note("---\ntitle: T\n---\n" + text)
    starts = st.integers(0, len(whole.text))
    edits = [TextEdit(at, at, data.draw(st.text(max_size=9))) for at in sorted(data.draw(st.sets(starts)))]
    rule: Rule = data.draw(st.sampled_from(RULES))
    places = places_of(whole, rule, edits)
    assert sorted(edit for place in places for edit in place.edits) == sorted(edits)
    assert len({place.name for place in places if not place.is_passage}) == len(
        [place for place in places if not place.is_passage]
    )
    for place in places:
        assert is_meant(place, place.name)
        assert place.mend(whole, rule) == place.mend(whole, rule)


def test_very_many_mends_of_one_rule_are_one() -> None:
    many = [Mend(Fault("N.md", "md-math", f"p{n}"), bytes([n]), f"t{n}") for n in range(PLACES + 1)]
    other = Mend(Fault("N.md", "fm-tags", "tags"), b"x", "t")
    assert gathered([*many[:PLACES], other]) == {*many[:PLACES], other}
    one = gathered([*many, other]) - {other}
    assert [mend.fault for mend in one] == [Fault("N.md", "md-math", "")]
    assert one == gathered([*reversed(many), other]) - {other}
