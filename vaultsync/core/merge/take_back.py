"""Taking a run's edits back out of a text that has been edited since: the pure half of `vaultsync undo`.

A three-way merge: `base` is what the run left, `theirs` what was there before it, `ours` what is there now.
What the run did is taken back where nobody has touched it since; what the person did later stays. Lines are
compared first; where both sides changed a line of the body, its words. Front matter is merged by whole lines,
and only into properties that one of the two sides has: half of a YAML value taken back is worse than none.
What clashes is left as it is now, and named; conflict markers are never made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.frontmatter.yaml_values import same_value
from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Reading
from vaultsync.core.links.obsidian_links import resolve
from vaultsync.core.markdown import Link
from vaultsync.core.merge.three_way import merge_lines
from vaultsync.core.note import Note
from vaultsync.core.papers.identifiers import identifiers_in
from vaultsync.core.text.folding import fold_name


class TakenBack(msgspec.Struct, frozen=True):
    """The text without the run's edits, and the lines (from 1) of the present text where one had to stay."""

    text: str
    clashes: tuple[int, ...] = ()


def take_back(base: Note, ours: Note, theirs: Note) -> TakenBack:
    """What `ours` becomes when the edits that led from `theirs` to `base` are taken back."""
    heads = [_lines(_head(note)) for note in (base, ours, theirs)]
    for gap in (False, True):
        head, clashes = merge_lines(heads, gap=gap, refine=False)
        if _is_sound(head, ours, theirs):
            break
    else:
        head, clashes = _head(ours), [1]
    bodies = [_lines(note.text[note.body_start :]) for note in (base, ours, theirs)]
    body, below = merge_lines(bodies, gap=False, refine=True)
    above = _head(ours).count("\n")
    return TakenBack(head + body, (*clashes, *(above + line for line in below)))


def without_run(now: Decisions, before: Decisions, after: Decisions) -> Decisions:
    """The decisions without what a run changed in them, from `before` to `after`."""
    return Decisions(
        (now.accepted - (after.accepted - before.accepted)) | (before.accepted - after.accepted),
        (now.denied - (after.denied - before.denied)) | (before.denied - after.denied),
    )


def links_taken_out(before: Note, after: Note, index: Index) -> list[Decision]:
    """What to deny so that the links which `after` no longer has are not made again.

    For a link in the text these are all names of the paper in the note, else the next run would link the next
    one; for an entry of a list what its note says of the paper. `index` knows the vault as it was `before`.
    """
    kept = {_words(link) for link in after.body.links}
    had = {(link.target, _words(link)) for link in after.body.links}
    blocks = before.managed[0]
    denied = set()
    for link in before.body.links:
        other = resolve(index.files, before.path, link.target) if link.target else None
        if other is None or (link.target, _words(link)) in had:
            continue
        block = next((b for b in blocks if b.span.start <= link.span.start < b.span.end), None)
        source, paper = (other, before.path) if block and block.name == "mentions" else (before.path, other)
        if paper not in index.catalogue or (block is None and _words(link) in kept):
            continue
        if block is None:
            denied.add(Decision(source, _words(link), paper))
        denied.update(Decision(source, words, paper) for words in _said(index.reading_at(source), paper))
    return sorted(denied)


def _words(link: Link) -> str:
    return fold_name(link.text if link.text is not None else link.target.rpartition("/")[2])


def _said(reading: Reading | None, paper: str) -> Iterator[str]:
    """The words in a note that mean the paper and are no link yet."""
    for mention in reading.mentions if reading is not None else ():
        if mention.paper == paper and mention.tier == 1:
            yield from (found.value for found in identifiers_in(mention.surface, 0))
        elif mention.paper == paper and mention.tier:
            yield fold_name(mention.surface)


def _head(note: Note) -> str:
    return note.text[: note.body_start]


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _is_sound(head: str, ours: Note, theirs: Note) -> bool:
    """Whether a merged front matter is one of which each property stands in one of the two sides."""
    if head in (_head(ours), _head(theirs)):
        return True
    new = parse_front_matter(head)
    if new is None or new.error is not None:
        return False
    known = [
        {prop.key: prop.value for prop in note.front.properties} if note.front is not None else {}
        for note in (ours, theirs)
    ]
    return all(
        any(prop.key in side and same_value(side[prop.key], prop.value) for side in known)
        for prop in new.properties
    )
