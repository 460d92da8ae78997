"""A body whose comments hide structure is laid out again by sections, as if it were parsed as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.markdown import layout
from vaultsync.core.markdown.layout import Layout, lay_out

_LINES = (
    "%%\n", "%% x\n", "y %% z\n", "%%\r\n", "  %%\n", "%% ```\n", "$$\n", "$$ a\n\nb $$\n", "```\n", "~~~\n",
    "# H\n", "## K %% x\n", "- # L\n", "H\n===\n", "- a\n", "  b\n", "    c\n", "1. d\n", "- [ ]   t\n",
    "> q\n", "> %%\n", "\n", "<!-- \n", "-->\n", "<div>\n", "</div>\n", "`a %%\n", "b` %%\n", "| a | b |\n",
    "| - | - |\n", "[a]: b\n", "# [x][a]\n", "%% vaultsync:begin papers %%\n", "%% vaultsync:end papers %%\n",
)  # fmt: skip


def parsed_whole(before: Layout, plain: str, masks: object, wanted: Sequence[tuple[int, int]]) -> Layout:
    return layout._outline(layout._masked(plain, wanted, b"x"))


@given(st.lists(st.sampled_from(_LINES), max_size=22).map("".join))
def test_sections_laid_out_again_give_what_the_whole_gives(text: str) -> None:
    found = lay_out(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "_again", parsed_whole)
        assert found == lay_out(text)


def test_only_the_section_with_the_comment_is_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    outline = layout._outline

    def recorded(plain: str) -> Layout:
        parsed.append(plain)
        return outline(plain)

    monkeypatch.setattr(layout, "_outline", recorded)
    found = lay_out("# A\n- one\n# B\n%%\n- two\n%%\n# C\n- three\n")
    assert parsed[1:] == ["# B\nxx\nxxxxx\nxx\n# C\n"]
    assert found.blocks == [("item", 6, 9), ("item", 32, 37)]
