"""What a body looks like, for comparison only: a rule that must not change it compares before and after."""

from __future__ import annotations

import pyromark

_PARSER = pyromark.Markdown(
    options=pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_WIKILINKS
    | pyromark.Options.ENABLE_GFM
)


def rendered(body: str) -> str:
    """The HTML of a body, as CommonMark with Obsidian's wikilinks and math."""
    return _PARSER.html(body)
