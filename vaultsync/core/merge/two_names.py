"""Links to a name that a merge takes away: where two devices gave a note two names, one of them stays.

Each device's Obsidian rewrote the links of all notes to its own name. Before such notes are merged, links to
the name that goes are led to the one that stays, or each of them would be left to the person.
"""

from __future__ import annotations

import re

from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.frontmatter.block import find_front_matter
from vaultsync.core.links.obsidian_links import FileNames, Unlinkable, resolve, write_link
from vaultsync.core.markdown import Link, parse_body
from vaultsync.core.text.spans import TextEdit, apply_edits

_IN_YAML = re.compile(r"""[:#'"\\]""")
"""What a name can have that ends a property's value, or makes it another one."""


def with_kept_name(text: str, path: str, before: FileNames, after: FileNames, goes: str, stays: str) -> str:
    """The text of one side's note at `path`, in which each link to the note `goes` leads to `stays`.

    `before` are the files of that side, `after` those of the merged vault. A link keeps its form: a name
    alone, a whole path or one from the note's folder. One that can't be written so stays as it is.
    """
    if "](" not in text and "[[" not in text:
        return text
    front = find_front_matter(text)
    head = front.span.end if front is not None and front.closed else 0
    edits = []
    for link in parse_body(text).links:
        if not link.target or resolve(before, path, link.target) != goes:
            continue
        if resolve(after, path, link.target) == stays:  # the two differ in case only, say
            continue
        try:
            target = _target(link, path, after, stays)
        except Unlinkable:
            continue
        if link.span.start >= head or not _IN_YAML.search(target):
            edits.append(TextEdit(link.target_span.start, link.target_span.end, target))
    return apply_edits(text, edits)


def _target(link: Link, path: str, names: FileNames, stays: str) -> str:
    """What to write in the place of the link's target. Raises `Unlinkable`."""
    markdown = link.style == "markdown"
    style = LinkStyle("shortest", markdown)
    if "/" in link.target:
        relative = link.target.startswith(("./", "../"))
        style = LinkStyle("relative" if relative else "absolute", markdown)
    written = write_link(names, style, path, stays, display="x" if markdown else None)
    return written[len("[x](") : -1] if markdown else written[2:-2]
