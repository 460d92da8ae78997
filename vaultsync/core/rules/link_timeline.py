"""The rule for a timeline: a note that asks for one lists the conferences by month, with their papers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vaultsync.core.links.block_memory import lines_of
from vaultsync.core.links.index import Index
from vaultsync.core.links.managed_blocks import block_edits, end_marker
from vaultsync.core.links.mentions import Reading
from vaultsync.core.links.obsidian_links import Unlinkable, write_link
from vaultsync.core.links.own_lines import note_of_entry, writer_by_form
from vaultsync.core.markdown import flatten
from vaultsync.core.note import Note
from vaultsync.core.rules.rule import Context, Example, Finding, rule
from vaultsync.core.text.spans import TextEdit

TIMELINE = "timeline"
"""The name of the block."""

_PAPER = '---\ntitle: "DiffSBDD: Drug Design"\ntags:\n  - paper\n---\n'
_TALK = (
    "---\ntitle: ICASSP 2025\ntags:\n  - conference\ndate: 2025-04-06\n---\n# Talk\n- see [[Drug Design]]\n"
)
_VAULT = {"Papers/Drug Design.md": _PAPER, "Conferences/ICASSP 2025.md": _TALK}
_LINES = """\
- 2025-04
    - [[ICASSP 2025]], 2025-04-06
        - [[Drug Design|DiffSBDD: Drug Design]]
"""


@rule(
    "link-timeline",
    evidence="The marker line, which you typed.",
    body=True,
    linked=True,
    place=TIMELINE,
    unread=lambda path, ctx: path in ctx.index.plain_lists,  # it has no timeline
    examples=(
        Example(
            "The marker line alone, which you type, is enough.",
            before="# My conferences\n%% vaultsync:begin timeline %%\n\nTo be continued.\n",
            after="# My conferences\n%% vaultsync:begin timeline %%\n"
            + _LINES
            + "%% vaultsync:end timeline %%\n\nTo be continued.\n",
            path="Home.md",
            vault=_VAULT,
        ),
        Example(
            "A conference that is new takes its place, the latest month first.",
            before="%% vaultsync:begin timeline %%\n%% vaultsync:end timeline %%\n",
            after="%% vaultsync:begin timeline %%\n" + _LINES + "%% vaultsync:end timeline %%\n",
            path="Home.md",
            vault=_VAULT,
        ),
        Example(
            "A note that doesn't ask for one has none.",
            before="# My conferences\n",
            path="Home.md",
            vault=_VAULT,
        ),
    ),
)
def link_timeline(note: Note, ctx: Context) -> Iterator[Finding]:
    """List the conferences by month, with their papers, in a note that asks for it.

    A line `%% vaultsync:begin timeline %%` asks. The list is kept up to date where it stands, and what you
    type into it is moved below it. Conferences without a date come last. While the front matter of a note in
    the list can't be read, the list stays as it is.
    """
    if f"vaultsync:begin {TIMELINE}" not in note.text or _waits(note, ctx.index):
        return
    blocks, faults = note.managed
    lines = _lines(note, ctx)
    for fault in faults:
        if fault.name == TIMELINE and fault.fault == "unclosed":
            at, eol = fault.span.end, note.eol
            glue = "" if note.text[:at].endswith("\n") else eol
            text = "".join(line + eol for line in (*lines, end_marker(TIMELINE)))
            yield TextEdit(at, at, glue + text)
            return
    if any(block.name == TIMELINE for block in blocks):
        yield from block_edits(note, TIMELINE, lines, writer_by_form(ctx.index, note, TIMELINE))


def _waits(note: Note, index: Index) -> bool:
    """Whether a note can't be read for now that the list names, or this one."""
    if not index.waiting:
        return False
    blocks = (block.inner.of(note.text) for block in note.managed[0] if block.name == TIMELINE)
    lines = (line for block in blocks for line in lines_of(block))
    return note.path in index.waiting or any(
        note_of_entry(index, note, line) in index.waiting for line in lines
    )


def _lines(note: Note, ctx: Context) -> list[str]:
    months: dict[str, list[tuple[str, str, Reading]]] = {}
    for path, reading in ctx.index.readings():
        if path != note.path:
            found = re.match(r"\d{4}-\d\d", reading.date)
            months.setdefault(found[0] if found else "", []).append((reading.date, path, reading))
    lines: list[str] = []
    for month, conferences in sorted(months.items(), reverse=True):
        lines.append(f"- {month or 'without a date'}")
        for date, path, reading in sorted(conferences, key=lambda each: each[:2], reverse=True):
            shown = ", ".join(filter(None, (_link(note, ctx, path, reading.display), date[:10])))
            lines.append(f"    - {shown}")
            for paper in dict.fromkeys(mention.paper for mention in reading.mentions):
                known = ctx.index.catalogue.get(paper)
                if known is not None:
                    lines.append(f"        - {_link(note, ctx, paper, known.title)}")
    return lines or ["- no conference yet"]


def _link(note: Note, ctx: Context, path: str, display: str) -> str:
    """A link that shows `display`, or the file's name; the words alone where no link can lead."""
    files, style = ctx.index.files, ctx.index.config.link_style
    for shown in (flatten(display), None):
        try:
            return write_link(files, style, note.path, path, display=shown)
        except Unlinkable:
            continue
    return flatten(display)
