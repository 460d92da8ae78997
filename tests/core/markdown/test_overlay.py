"""The overlay finds what plain expressions would, each place looked at once instead of from each opener."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.markdown.layout import escaped
from vaultsync.core.markdown.overlay import _templates, _wikilinks
from vaultsync.core.text.spans import SpanSet

TEMPLATE = re.compile(r"<%.{0,2000}?%>|\{\{.{0,400}?\}\}", re.DOTALL)
WIKI = re.compile(r"!?\[\[[^\r\n]{0,600}?\]\]+")
"""What is meant: the parts of Templater and Jinja, and wikilinks with a `]` in them."""

PIECES = (
    "<%",
    "%>",
    "{{",
    "}}",
    "{",
    "}",
    "[[",
    "]]",
    "[",
    "]",
    "!",
    "a",
    "\n",
    "\r",
    " ",
    "\\",
    "x" * 399,
    "y" * 1999,
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(TEXTS)
def test_templates_are_what_the_expression_finds(text: str) -> None:
    assert list(_templates(text, SpanSet())) == [m.span() for m in TEMPLATE.finditer(text)]


@given(TEXTS)
def test_wikilinks_are_what_the_expression_finds(text: str) -> None:
    expected = [m.span() for m in WIKI.finditer(text) if not escaped(text, m.start())]
    assert list(_wikilinks(text)) == expected


@pytest.mark.parametrize("unit", ["<%", "{{", "[[", "<% a", "![["])
def test_openers_without_an_end_are_gone_through_once(unit: str) -> None:
    class Counted(str):
        gone = 0

        def find(self, sign: str, start: int = 0, end: int | None = None) -> int:
            found = super().find(sign, start, len(self) if end is None else end)
            self.gone += (len(self) if found < 0 else found) - start
            return found

    text = Counted(unit * 5_000)
    assert list(_templates(text, SpanSet())) == []
    assert list(_wikilinks(text)) == []
    assert text.gone < 10 * len(text)
