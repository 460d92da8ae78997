"""Whether a text on which somebody has typed on holds the edits of one fix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.spans import TextEdit, apply_edits
from vaultsync.core.text.standing_edits import holds_edits

BEFORE = "# Talks\n- Rings said it\n- seen: Graphs\n- the end\n"
AT = BEFORE.index("Rings")
LINKS = (
    TextEdit(AT, AT + 5, "[[Rings]]"),
    TextEdit(BEFORE.index("Graphs"), BEFORE.index("Graphs") + 6, "[[Graphs]]"),
)
AFTER = apply_edits(BEFORE, LINKS)


@pytest.mark.parametrize(
    "now",
    [
        AFTER,
        AFTER + "- more\n",
        "New\n" + AFTER,
        AFTER.replace("[[Rings]] said it", "[[Rings]], he said"),
        AFTER.replace("[[Rings]]", "[[Rings]]s").replace("- the end\n", ""),
        AFTER.replace("- seen: [[Graphs]]\n", "- seen: [[Graphs]] and\n- others\n"),
    ],
)
def test_edits_stand_under_what_was_typed_on(now: str) -> None:
    assert holds_edits(BEFORE, LINKS, now)


@pytest.mark.parametrize(
    "now",
    [
        BEFORE,
        BEFORE + "- more\n",
        BEFORE.replace("Rings said", "[[Rings said"),
        BEFORE.replace("Rings", "[[Rings]]"),  # one of two, by hand
        AFTER.replace("[[Rings]]", "[[Loops]]").replace("[[Graphs]]", "[[Trees]]"),
        "",
    ],
)
def test_edits_that_were_not_made_do_not_stand(now: str) -> None:
    assert not holds_edits(BEFORE, LINKS, now)


def test_what_is_taken_out_stands_between_its_neighbours() -> None:
    before = "tags: a\nword  \nmore\n"
    at = before.index("  \n")
    edits = (TextEdit(at, at + 2, ""),)
    assert holds_edits(before, edits, apply_edits(before, edits) + "typed\n")
    assert not holds_edits(before, edits, before + "typed\n")


WORDS = st.sampled_from(["Rings", "a", "ab", "link", "-", "#", "=", "\U0001f469"])


@given(st.data())
def test_typing_at_one_place_hides_no_link_that_it_does_not_touch(data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.lists(WORDS, min_size=1, max_size=6), min_size=1, max_size=8))
    text = "\n".join(" ".join(line) for line in lines) + "\n"
    places = [at for at in range(len(text)) if text.startswith("Rings", at)]
    edits = [TextEdit(at, at + 5, "[[Rings]]") for at in places]
    if not edits:
        return
    after = apply_edits(text, edits)
    at = data.draw(st.integers(0, len(after)))
    typed = data.draw(
        st.text(
            st.characters(exclude_characters="[]R", exclude_categories=["Cs", "Zl", "Zp", "Cc"]), min_size=1
        )
    )
    spans = [(e.start + 4 * n, e.start + 4 * n + 9) for n, e in enumerate(edits)]
    inside = sum(start < at < end for start, end in spans)
    if 2 * inside < len(edits):
        assert holds_edits(text, edits, after[:at] + typed + after[at:])
    begin = data.draw(st.integers(0, len(text)))
    assert not holds_edits(text, edits, text[:begin] + typed + text[begin:])
