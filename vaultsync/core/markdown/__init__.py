"""The structure of a note's body with exact spans, as Obsidian reads it; a body is never rendered again.

Between `note` (bytes and front matter) and everything that looks for headings, links, mentions or text to
edit. `layout` gets the coarse structure from pyromark, `overlay` adds what Obsidian adds, `link_syntax` takes
links apart, `managed` finds the tool's own blocks, `flat` turns a piece of one note into plain text.

    values         what a body consists of, as values
    managed        the marker lines of the tool's own blocks
    layout         blocks, code, math, HTML and comments, from pyromark's events
    overlay        what Obsidian and its plugins add to Markdown
    link_syntax    links to files, as a body or a property writes them
    gitlab_math    GitLab's inline math
    body           `parse_body`: all of this for one text
    flat           a piece of one note as plain text for another
    rendered       what a body looks like, to compare before and after
    others_blocks  text between other programs' markers
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
