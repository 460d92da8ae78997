"""The rules for links to notes that were renamed or deleted outside Obsidian, which rewrites none of them."""

from __future__ import annotations

from collections.abc import Iterator

from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.frontmatter.block import Item, Property
from vaultsync.core.links.obsidian_links import Unlinkable, resolve, write_link
from vaultsync.core.links.renames import Former
from vaultsync.core.links.shown_links import shown_words
from vaultsync.core.markdown import Link, links_in_value
from vaultsync.core.note import Note
from vaultsync.core.rules.rule import Context, Example, Finding, rule
from vaultsync.core.text.folding import fold_name
from vaultsync.core.text.spans import TextEdit

_PAPER = "---\ntitle: LoRA\narxiv: '2106.09685'\ntags:\n  - paper\n---\n"

_DAY = """\
---
related: "[[LoRA old]]"
---
See [[LoRA old#Results|the results]], ![[LoRA old]] and [them](LoRA%20old.md).
`[[LoRA old]]` is code, [[Other]] another note.
"""

_TALK = """\
---
tags:
  - conference
---
- {} is the baseline
- by hand: {}
"""


@rule(
    "link-renames",
    evidence="The link leads nowhere, and the note that it led to is known again under another name.",
    owns=("*",),
    body=True,
    examples=(
        Example(
            "The note `LoRA old` was renamed to `LoRA` by another program.",
            before=_DAY,
            after=_DAY.replace("[[LoRA old]]`", "§")
            .replace("[[LoRA old", "[[LoRA")
            .replace("LoRA%20old", "LoRA")
            .replace("§", "[[LoRA old]]`"),
            path="Daily/2025-04-07.md",
            vault={"Papers/LoRA.md": _PAPER},
            former={"Papers/LoRA old.md": _PAPER},
        ),
        Example(
            "Two notes could be the renamed one: nothing is done.",
            before=_DAY,
            path="Daily/2025-04-07.md",
            vault={"Papers/LoRA.md": _PAPER, "Papers/LoRA 2.md": _PAPER},
            former={"Papers/LoRA old.md": _PAPER},
        ),
    ),
)
def link_renames(note: Note, ctx: Context) -> Iterator[Finding]:
    """Follow a note that was renamed or moved outside Obsidian: rewrite the links that lead to its old name.

    Links, embeds, links to headings and links in properties are rewritten in all notes, as Obsidian would
    have done, but only where the old name meant the renamed note. A note is known again by its unchanged
    content, an identifier, its title or its file name, where only one note can be meant.
    """
    former = ctx.index.former
    if former is None or not former.renamed:
        return
    places = [(link, "") for link in note.body.links]
    for prop in note.front.properties if note.front is not None and note.front.error is None else ():
        parts: tuple[Property | Item, ...] = prop.items or (prop,)
        for part in parts:
            span = part.value_span if isinstance(part, Property) else part.span
            places += [(link, part.style) for link in links_in_value(span.of(note.text), span.start)]
    for link, style in places:
        if (meant := _renamed(note, ctx, former, link)) is None:
            continue
        try:
            target = _target(note, ctx, link, meant)
        except Unlinkable as reason:
            yield note.problem(link.span.start, "link-renames", f"{meant} can't be linked: {reason}")
            continue
        if style and not _fits(target, style):
            message = f"the link to {link.target}, which is {meant} now, can't be written in a property"
            yield note.problem(link.span.start, "link-renames", message, "rewrite it by hand")
        else:
            yield TextEdit(link.target_span.start, link.target_span.end, target)


def _renamed(note: Note, ctx: Context, former: Former, link: Link) -> str | None:
    """The note that the link meant, if the link no longer leads there."""
    old = former.meant(note.path, link.target) if link.target else None
    if old is None or (old not in former.renamed and former.path(note.path) == note.path):
        return None
    meant = former.renamed.get(old, old)
    now = resolve(ctx.index.files, note.path, link.target)
    if meant not in ctx.index.files or now == meant or (now is not None and old in former.earlier):
        return None
    return meant


def _target(note: Note, ctx: Context, link: Link, path: str) -> str:
    """What to write in the place of the link's target. Raises `Unlinkable`."""
    markdown = link.style == "markdown"
    style = LinkStyle(ctx.index.config.link_style.new_link_format, markdown)
    written = write_link(ctx.index.files, style, note.path, path, display="x" if markdown else None)
    return written[len("[x](") : -1] if markdown else written[2:-2]


def _fits(target: str, style: str) -> bool:
    """Whether a name can be put into a YAML value of this style as it is."""
    banned = {"single": "'", "double": '"\\'}.get(style)
    return not any(c in target for c in (banned if banned is not None else ":#'\"\\"))


@rule(
    "link-gone",
    evidence="The link leads nowhere, git remembers the deleted note, and that a run had made the link.",
    body=True,
    examples=(
        Example(
            "A link that vaultsync had made to a paper note that was deleted.",
            before=_TALK.format("[[LoRA old|LoRA]]", "[[Other]]"),
            after=_TALK.format("LoRA", "[[Other]]"),
            path="Conferences/ICASSP 2025.md",
            former={"Papers/LoRA old.md": _PAPER},
        ),
        Example(
            "A link to a note that never was is the person's plan for one.",
            before=_TALK.format("[[LoRA|LoRA]]", "[[Other]]"),
            path="Conferences/ICASSP 2025.md",
            former={"Papers/Adam.md": _PAPER},
        ),
    ),
)
def link_gone(note: Note, ctx: Context) -> Iterator[Finding]:
    """Turn a link to a deleted note back into the words that it was made of.

    Only links in conference notes that vaultsync itself had made, as git remembers; a link that the person
    wrote stays. Without git nobody remembers who made a link, so it stays and is reported once.
    """
    former = ctx.index.former
    if former is None or not former.gone or not ctx.index.config.mentions_papers(note.kind):
        return
    for link in note.body.links:
        old = former.meant(note.path, link.target) if link.target else None
        if old not in former.gone or resolve(ctx.index.files, note.path, link.target) is not None:
            continue
        if former.made is None:
            hint = "restore the note, or take the link away"
            yield note.problem(link.span.start, "link-gone", f"{old} is gone, but linked here", hint)
            continue
        words = former.words_made(note.path).get(fold_name(shown_words(link)))
        if words is not None and not link.embed:
            yield TextEdit(link.span.start, link.span.end, words if link.text is None else link.text)
