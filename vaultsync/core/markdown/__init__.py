"""The structure of a note's body with exact spans, as Obsidian reads it; a body is never rendered again.

Between `note` (bytes and front matter) and everything that looks for headings, links, mentions or text to
edit. `layout` gets the coarse structure from pyromark, `overlay` adds what Obsidian adds, `links` takes links
apart, `managed` finds the tool's own blocks, `flat` turns a piece of one note into plain text for another.
"""

from vaultsync.core.markdown.body import Body, managed_blocks, parse_body, plain_markers, wikilinks
from vaultsync.core.markdown.flat import flatten
from vaultsync.core.markdown.link_syntax import links_in_value
from vaultsync.core.markdown.rendered import rendered
from vaultsync.core.markdown.values import Heading, Link, ManagedBlock, MarkerProblem, Tag, TextBlock

__all__ = (
    "Body",
    "Heading",
    "Link",
    "ManagedBlock",
    "MarkerProblem",
    "Tag",
    "TextBlock",
    "flatten",
    "links_in_value",
    "managed_blocks",
    "parse_body",
    "plain_markers",
    "rendered",
    "wikilinks",
)
