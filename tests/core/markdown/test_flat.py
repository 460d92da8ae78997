"""The quick way through `flatten`, for quotes with wikilinks alone, against the way of all others."""

from __future__ import annotations

import re
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.markdown import flat

PIECES = (
    "[[",
    "]]",
    "[",
    "]",
    "|",
    "a",
    "B c",
    " ",
    "/",
    "(x)",
    "!",
    ":",
    "*",
    "-",
    "1.",
    "é",
    "\\",
    "#",
    "::",
    "$",
)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_a_quote_of_wikilinks_alone_reads_as_by_the_way_of_all_others(text: str) -> None:
    quickly = flat._unmarked(text)
    with patch.object(flat, "_MORE_THAN_LINKS", re.compile("")):  # there is always more
        assert flat._unmarked(text) == quickly
