"""The link rules: mentions become links, and both sides of a mention know of each other (section 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from vaultsync.core.config.kinds import PAPER
from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.errors import Problem
from vaultsync.core.links.block_memory import WriterOf, lines_of
from vaultsync.core.links.managed_blocks import NoPlace, block_edits, marker_repairs
from vaultsync.core.links.mentions import Mention
from vaultsync.core.links.obsidian_links import Unlinkable, write_link
from vaultsync.core.links.own_lines import note_of_entry, writer_by_form
from vaultsync.core.links.said import InSession
from vaultsync.core.links.waiting import with_kept
from vaultsync.core.markdown import MarkerProblem, flatten
from vaultsync.core.note import Note
from vaultsync.core.rules.rule import Context, Example, Finding, rule
from vaultsync.core.text.spans import TextEdit

_PAPER = """\
---
title: "Structure-based Drug Design with Equivariant Diffusion Models"
aliases:
  - DiffSBDD
arxiv: "2210.13695"
tags:
  - paper
---
"""

_TALK = """\
---
title: ICASSP 2025
tags:
  - conference
date: 2025-04-06
---
# Donnerstag Vormittag
## Talk: Multiomics
- we use DiffSBDD, see arXiv:2210.13695
"""

_TALK_LINKED = _TALK.replace("use DiffSBDD", "use [[Drug Design|DiffSBDD]]")


def _has_plain_list(path: str, ctx: Context) -> bool:
    """Whether the note is a paper's with a list of its mentions, and no other."""
    return path in ctx.index.plain_lists


def _has_wanted_list(path: str, ctx: Context) -> bool:
    """Whether the list of mentions of the paper note at `path`, a plain one, is as it should be."""
    entries = []
    try:
        for source, display, session in _said_of(path, ctx):
            entries.append((_place(source, session), _entry(path, ctx, source, display, session)))
    except Unlinkable:
        return False
    lines = [line for _, entry in sorted(entries) for line in entry]
    return bool(lines) and ctx.index.plain_lists.has(path, _with_heading("mentions", lines, ctx))


def _style(ctx: Context) -> LinkStyle:
    return ctx.index.config.link_style


@rule(
    "link-in-place",
    evidence="The words are a name that could hardly mean anything but this paper, or the note has what "
    "shows it.",
    body=True,
    linked=True,
    unread=_has_plain_list,
    examples=(
        Example(
            "A name of a paper becomes a link that shows the words as they were.",
            before=_TALK,
            after=_TALK_LINKED,
            path="Conferences/ICASSP 2025.md",
            vault={"Papers/Drug Design.md": _PAPER},
        ),
        Example(
            "Code, math, comments, headings and links are left as they are.",
            before="""\
---
title: ICASSP 2025
tags:
  - conference
---
# DiffSBDD
- `DiffSBDD`, $DiffSBDD$, %%DiffSBDD%%, <!-- DiffSBDD -->, [DiffSBDD](https://example.org)
""",
            path="Conferences/ICASSP 2025.md",
            vault={"Papers/Drug Design.md": _PAPER},
        ),
        Example(
            "One name, two papers: a problem that lists both, and no link.",
            before=_TALK.replace(", see arXiv:2210.13695", ""),
            path="Conferences/ICASSP 2025.md",
            vault={
                "Papers/Drug Design.md": _PAPER,
                "Papers/Other.md": "---\naliases:\n  - DiffSBDD\ntags:\n  - paper\n---\n",
            },
            problem='"DiffSBDD" may mean Papers/Drug Design.md or Papers/Other.md',
        ),
    ),
)
def link_in_place(note: Note, ctx: Context) -> Iterator[Finding]:
    """Make the first mention of a paper in each session of a conference note a link to the paper's note.

    A mention is the full title, the title before its colon, or an alias, where the words could hardly mean
    anything else; a phrase that other papers use, too, needs more in the note that names the paper. The words
    stay as they are written. Identifiers such as `arXiv:2210.13695` are mentions too, but their text is never
    touched. Nothing is linked in headings, code, math, comments, HTML, links, URLs, tags and citations, nor
    where the session already links the paper.
    """
    if not ctx.index.config.mentions_papers(note.kind) or note.path in ctx.index.waiting:
        return
    reading = ctx.index.reading(note)
    yield from reading.problems
    for place in reading.placements:
        try:
            link = write_link(
                ctx.index.files,
                _style(ctx),
                note.path,
                place.paper,
                display=place.surface,
                in_table=place.in_table,
            )
        except Unlinkable as reason:
            yield _unlinkable(note, place.span.start, place.paper, reason)
        else:
            yield TextEdit(place.span.start, place.span.end, link)


@rule(
    "link-mentions",
    evidence="A note that may mention papers (`[links] in`) links or names the paper.",
    body=True,
    linked=True,
    place="mentions",
    unread=_has_wanted_list,
    examples=(
        Example(
            "A paper note tells where the paper was mentioned, and what was said.",
            before=_PAPER + "What a paper.\n",
            after=_PAPER
            + """\
What a paper.

%% vaultsync:begin mentions %%
## Mentioned in
- [[ICASSP 2025#Talk Multiomics|ICASSP 2025]], 2025-04-10, Talk: Multiomics
    - we use DiffSBDD, see arXiv:2210.13695
%% vaultsync:end mentions %%
""",
            path="Papers/Drug Design.md",
            vault={"Conferences/ICASSP 2025.md": _TALK_LINKED},
        ),
        Example(
            "A paper that nobody mentions has no list.",
            before=_PAPER,
            path="Papers/Drug Design.md",
        ),
    ),
)
def link_mentions(note: Note, ctx: Context) -> Iterator[Finding]:
    """Keep a list of its mentions at the end of each paper note.

    Each entry links the session in which the paper was mentioned, with its date, and quotes the bullet or
    sentence as plain text; below a heading that is the paper's title, what stands there. The list stands
    between two comments that Obsidian hides; it may be moved within the note, and it goes when the last
    mention goes. What is typed inside it is moved below it. An entry of a note whose front matter can't be
    read stays as it is until it can.
    """
    if "vaultsync:" in note.text:
        repairs = list(_repaired(note, ctx))
        yield from repairs
        if any(isinstance(repair, TextEdit) for repair in repairs):
            return  # the lists are judged in the next pass: a block that goes may reach over such a place
    if note.kind != PAPER:
        yield from _block(note, ctx, "mentions", ())
        return
    entries = []
    for path, display, session in _said_of(note.path, ctx):
        try:
            lines = _entry(note.path, ctx, path, display, session)
        except Unlinkable as reason:
            yield _unlinkable(note, note.body_start, path, reason)
        else:
            entries.append((_place(path, session), lines))
    lines = [line for _, entry in sorted(entries) for line in entry]
    yield from _block(note, ctx, "mentions", lines)


def _said_of(paper: str, ctx: Context) -> Iterator[tuple[str, str, InSession]]:
    """The sessions in which a paper is mentioned: the note's path, the name under which it is listed."""
    for path, said in ctx.index.said_of(paper):
        for session in said.sessions:
            yield path, said.display, session


def _place(path: str, session: InSession) -> tuple[str, str, int]:
    """What tells where a session stands in a list."""
    return session.date or "9999", path, session.number


def _entry(paper: str, ctx: Context, path: str, display: str, session: InSession) -> list[str]:
    """The lines of one session in a paper's list: the link, the date, the title, then the quotes."""
    link = _link(paper, ctx, path, display, session.anchor)
    parts = (link, session.date, flatten(session.heading))
    lines = ["- " + ", ".join(part for part in parts if part)]
    if ctx.index.config.links.quotes:
        lines += [f"    - {quote}" for quote in session.quotes]
    return lines


@rule(
    "link-papers",
    evidence="The paper is named in the note, and no link in its text leads to it.",
    body=True,
    linked=True,
    place="papers",
    unread=_has_plain_list,
    examples=(
        Example(
            "A paper that is only cited by its identifier is listed, since its text is never touched.",
            before=_TALK.replace("we use DiffSBDD, see ", ""),
            after=_TALK.replace("we use DiffSBDD, see ", "")
            + """\

%% vaultsync:begin papers %%
## Papers
- [[Drug Design|Structure-based Drug Design with Equivariant Diffusion Models]], Talk: Multiomics
%% vaultsync:end papers %%
""",
            path="Conferences/ICASSP 2025.md",
            vault={"Papers/Drug Design.md": _PAPER},
        ),
        Example(
            "A paper that is linked in the text needs no entry.",
            before=_TALK_LINKED,
            path="Conferences/ICASSP 2025.md",
            vault={"Papers/Drug Design.md": _PAPER},
        ),
    ),
)
def link_papers(note: Note, ctx: Context) -> Iterator[Finding]:
    """List at the end of a conference note the papers that it mentions but can't link in place.

    These are papers that are only named by an identifier, in a citation, in a heading or in a link's text.
    """
    if not ctx.index.config.mentions_papers(note.kind):
        yield from _block(note, ctx, "papers", ())
        return
    reading = ctx.index.reading(note)
    linked = {m.paper for m in reading.mentions if m.tier == 0} | {p.paper for p in reading.placements}
    first: dict[str, Mention] = {}
    for mention in reading.mentions:
        first.setdefault(mention.paper, mention)
    lines: list[str] = []
    for paper, mention in first.items():
        known = ctx.index.catalogue.get(paper)
        if paper in linked or known is None:
            continue
        try:
            link = _link(note.path, ctx, paper, known.title)
        except Unlinkable as reason:
            yield _unlinkable(note, mention.span.start, paper, reason)
            continue
        session = reading.sessions[mention.session]
        where = flatten(session.path[-1]) if session.path else ""
        lines.append("- " + ", ".join(part for part in (link, where) if part))
    yield from _block(note, ctx, "papers", lines)


def _link(source: str, ctx: Context, path: str, display: str, anchor: tuple[str, ...] = ()) -> str:
    """A link in the note `source` that shows `display`, else the file's name. Raises `Unlinkable`."""
    files, style, heading = ctx.index.files, _style(ctx), anchor or None
    try:
        return write_link(files, style, source, path, heading=heading, display=flatten(display))
    except Unlinkable:
        return write_link(files, style, source, path, heading=heading)


def _block(note: Note, ctx: Context, name: str, entries: Sequence[str]) -> Iterator[Finding]:
    """The edits that make a managed block hold its heading and the entries, as `[links]` has it."""
    has_block = f"vaultsync:begin {name}" in note.text
    if note.path in ctx.index.waiting or not (entries or has_block):
        return
    writer_of = writer_by_form(ctx.index, note, name)
    if has_block and ctx.index.waiting:
        entries = _with_kept(note, ctx, name, entries, writer_of)
    lines = _with_heading(name, entries, ctx)
    at_start = ctx.index.config.links.position == "start"
    try:
        yield from block_edits(note, name, lines, writer_of, at_start=at_start)
    except NoPlace as reason:
        yield note.problem(note.body_start, f"link-{name}", f"the list of {name} can't be added: {reason}")


def _with_heading(name: str, entries: Sequence[str], ctx: Context) -> list[str]:
    """The lines of a list; none without entries."""
    links = ctx.index.config.links
    heading = links.heading if name == "mentions" else links.papers_heading
    return [f"{'#' * links.heading_level} {heading}", *entries] if entries else []


def _with_kept(
    note: Note, ctx: Context, name: str, entries: Sequence[str], writer_of: WriterOf
) -> Sequence[str]:
    """The entries of a list, with those that lead to notes which can't be read for now."""
    blocks = (lines_of(block.inner.of(note.text)) for block in note.managed[0] if block.name == name)
    present = next(blocks, [])
    if present[1:] == entries:  # as most lists stand: then nothing is missing, and no link has to be followed
        return entries
    leads_to = partial(note_of_entry, ctx.index, note)
    return with_kept(present, entries, leads_to, ctx.index.waiting, partial(writer_of, note.path))


def _unlinkable(note: Note, offset: int, path: str, reason: Unlinkable) -> Problem:
    return note.problem(offset, "link-in-place", f"{path} can't be linked: {reason}", "rename the note")


def _repaired(note: Note, ctx: Context) -> Iterator[Finding]:
    """Markers that lost their partner get it back; where its place is in doubt, a problem."""
    for found in marker_repairs(note, ctx.index.blocks.writer_of):
        if isinstance(found, MarkerProblem):
            hint = "restore the missing marker line, or delete this one: nothing else will be lost"
            yield note.problem(found.offset, "link-mentions", found.message, hint)
        else:
            yield found
