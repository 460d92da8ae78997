"""Taking a run's edits back out of a text that has been edited since: the pure half of `vaultsync undo`.

A three-way merge: `base` is what the run left, `theirs` what was there before it, `ours` what is there now.
What the run did is taken back where nobody has touched it since; what the person did later stays. Lines are
compared first; where both sides changed a line of the body, its words. Front matter is merged by whole lines,
and only into properties that one of the two sides has: half of a YAML value taken back is worse than none.
What clashes is left as it is now, and named; conflict markers are never made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

import msgspec

from vaultsync.decisions import Decision, Decisions
from vaultsync.folding import fold_name
from vaultsync.frontmatter import parse_front_matter
from vaultsync.identifiers import identifiers_in
from vaultsync.index import Index
from vaultsync.links import resolve
from vaultsync.markdown import Link
from vaultsync.mentions import Reading
from vaultsync.note import Note
from vaultsync.yamlio import same_value

_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")


class Undone(msgspec.Struct, frozen=True):
    """The text without the run's edits, and the lines (from 1) of the present text where one had to stay."""

    text: str
    clashes: tuple[int, ...] = ()


def take_back(base: Note, ours: Note, theirs: Note) -> Undone:
    """What `ours` becomes when the edits that led from `theirs` to `base` are taken back."""
    heads = [_lines(_head(note)) for note in (base, ours, theirs)]
    for gap in (False, True):
        head, clashes = _merged(heads, gap=gap, refine=False)
        if _is_sound(head, ours, theirs):
            break
    else:
        head, clashes = _head(ours), [1]
    bodies = [_lines(note.text[note.body_start :]) for note in (base, ours, theirs)]
    body, below = _merged(bodies, gap=False, refine=True)
    above = _head(ours).count("\n")
    return Undone(head + body, (*clashes, *(above + line for line in below)))


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


class _Hunk(msgspec.Struct, frozen=True):
    """`base[start:end]` became `side[new_start:new_end]`."""

    start: int
    end: int
    new_start: int
    new_end: int


def _merged(sides: Sequence[Sequence[str]], *, gap: bool, refine: bool) -> tuple[str, list[int]]:
    """Merge base, ours, theirs; gives the text and the clashing places as lines of ours, from 1.

    With `gap` two changes clash if nothing stands between them. With `refine` the words of clashing lines
    are merged.
    """
    base, ours, theirs = sides
    out: list[str] = []
    clashes: list[int] = []
    done = 0
    for mine, run in _groups(_hunks(base, ours), _hunks(base, theirs), gap=gap):
        start = min(h.start for h in (*mine, *run))
        end = max(h.end for h in (*mine, *run))
        out += base[done:start]
        done = end
        here, at = _side(ours, base, mine, start, end)
        before, _ = _side(theirs, base, run, start, end)
        if not run or here == before:
            out += here
        elif not mine:
            out += before
        else:
            texts = ["".join(part) for part in (base[start:end], here, before)]
            words, failed = texts[1], True
            if refine:
                words, worse = _merged([_TOKENS.findall(text) for text in texts], gap=True, refine=False)
                failed = bool(worse)
            out.append(texts[1] if failed else words)
            if failed:
                clashes.append("".join(ours[:at]).count("\n") + 1)
    out += base[done:]
    return "".join(out), clashes


def _hunks(base: Sequence[str], side: Sequence[str]) -> list[_Hunk]:
    """How `side` differs from `base`. What they share at both ends is left out: matching is quadratic."""
    shorter = min(len(base), len(side))
    head = next((i for i in range(shorter) if base[i] != side[i]), shorter)
    tail = next((i for i in range(shorter - head) if base[-1 - i] != side[-1 - i]), shorter - head)
    old, new = base[head : len(base) - tail], side[head : len(side) - tail]
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [_Hunk(*(head + offset for offset in place)) for kind, *place in codes if kind != "equal"]


def _groups(
    mine: Iterable[_Hunk], run: Iterable[_Hunk], *, gap: bool
) -> Iterator[tuple[list[_Hunk], list[_Hunk]]]:
    """The hunks of both sides in the order of the base, those that touch across sides together."""
    pending = sorted([(h.start, h.end, side, h) for side, hs in ((0, mine), (1, run)) for h in hs])
    group: tuple[list[_Hunk], list[_Hunk]] = ([], [])
    end = -1
    for _, _, side, hunk in pending:
        members = [*group[0], *group[1]]
        apart = not any(_touch(hunk, other, gap=gap) for other in group[1 - side])
        if members and apart and hunk.start >= end:
            yield group
            group, end = ([], []), -1
        group[side].append(hunk)
        end = max(end, hunk.end)
    if group[0] or group[1]:
        yield group


def _touch(one: _Hunk, other: _Hunk, *, gap: bool) -> bool:
    """Whether two hunks of different sides can't both be made."""
    if gap:
        return one.start <= other.end and other.start <= one.end
    if one.start == one.end == other.start == other.end:
        return True  # two insertions at one place have no order
    return one.start < other.end and other.start < one.end


def _side(
    side: Sequence[str], base: Sequence[str], hunks: Sequence[_Hunk], start: int, end: int
) -> tuple[list[str], int]:
    """What a side has in place of `base[start:end]`, and where; without hunks that is the base's."""
    if not hunks:
        return list(base[start:end]), start
    first, last = hunks[0].new_start - (hunks[0].start - start), hunks[-1].new_end + (end - hunks[-1].end)
    return list(side[first:last]), first


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
