"""Taking a run's edits back out of a note that has been edited since: the pure half of `vaultsync undo`.

The three-way merge of `notes` with what the run left as its base, the note before the run as the one side and
the note as it is now as the other. What the run did is taken back where nobody has touched it since, a move
as one edit; what the person did later stays. What clashes is left as it is now, and named. Then the result is
checked: each word and property that the note has now, and that the run had not made, is in it, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Reading
from vaultsync.core.links.obsidian_links import resolve
from vaultsync.core.links.shown_links import FramedLine, framed_lines, shown_words
from vaultsync.core.markdown import Link, parse_body
from vaultsync.core.merge.blocks import block_lines, merge_blocks_apart
from vaultsync.core.merge.merged import Choice
from vaultsync.core.merge.notes import note_parts
from vaultsync.core.merge.words import words_of
from vaultsync.core.note import Note
from vaultsync.core.papers.identifiers import identifiers_in
from vaultsync.core.text.folding import fold_name


class TakenBack(msgspec.Struct, frozen=True):
    """The text without the run's edits, and its lines (from 1) where one had to stay."""

    text: str
    clashes: tuple[int, ...] = ()


def take_back(base: Note, ours: Note, theirs: Note) -> TakenBack:
    """What `ours` becomes when the edits that led from `theirs` to `base` are taken back."""
    if ours.text == base.text or theirs.text == base.text:
        return TakenBack(theirs.text if ours.text == base.text else ours.text)
    notes = (base, ours, theirs)
    result = _merged(*(note.text for note in notes))
    if _is_whole(result.text, base, ours, theirs):
        return result
    # One of its two halves may be sound for itself; the other then stays as it is now.
    result = _merged(*(_head(ours) + note.text[note.body_start :] for note in notes))
    if _is_whole(result.text, base, ours, theirs):
        return TakenBack(result.text, (1, *result.clashes))
    result = _merged(*(_head(note) + ours.text[ours.body_start :] for note in notes))
    if _is_whole(result.text, base, ours, theirs):
        return TakenBack(result.text, (*result.clashes, _head(ours).count("\n") + 1))
    return TakenBack(ours.text, (1,))


def _merged(base: str, ours: str, theirs: str) -> TakenBack:
    """The merge with what is there now at the clashes."""
    text, clashes = "", []
    for part in note_parts(base, ours, theirs, merge_blocks_apart):
        if isinstance(part, Choice):
            clashes.append(text.count("\n") + 1)
        text += part if isinstance(part, str) else part.one
    return TakenBack(text, tuple(clashes))


def _is_whole(text: str, base: Note, ours: Note, theirs: Note) -> bool:
    """Whether all that the note has now and the run had not made is in the text, once."""
    run, now, before, after = (_words_in(side) for side in (base.text, ours.text, theirs.text, text))
    for word in {*now, *after}:
        made, removed = max(run[word] - before[word], 0), max(before[word] - run[word], 0)
        if not now[word] - made <= after[word] <= now[word] + removed:
            return False
    inside, had, before_inside = (_words_in(block_lines(side)) for side in (text, ours.text, theirs.text))
    if any(count > max(had[word], before_inside[word]) for word, count in inside.items()):
        return False  # a list has swallowed what stood beside it
    keys, left = _keys(ours.text), _keys(text)
    if keys is None:
        return True
    if left is None or len(set(left)) < len(left):
        return False
    return set(left) >= set(keys) - (set(_keys(base.text) or ()) - set(_keys(theirs.text) or ()))


def _words_in(text: str) -> Counter[str]:
    return Counter(words_of(text))


def _keys(text: str) -> list[str] | None:
    """The names of a note's properties; `None` where they can't be read."""
    front = parse_front_matter(text)
    if front is None:
        return []
    return [prop.key for prop in front.properties] if front.error is None else None


def without_run(now: Decisions, before: Decisions, after: Decisions) -> Decisions:
    """The decisions without what a run changed in them, from `before` to `after`."""
    return Decisions(
        (now.accepted - (after.accepted - before.accepted)) | (before.accepted - after.accepted),
        (now.denied - (after.denied - before.denied)) | (before.denied - after.denied),
        (now.contested - (after.contested - before.contested)) | (before.contested - after.contested),
        (now.undone - (after.undone - before.undone)) | (before.undone - after.undone),
    )


def links_taken_out(before: Note, after: Note, index: Index) -> list[Decision]:
    """What to deny so that the links which `after` no longer has are not made again.

    These are all names of the paper in the note, else the next run would link the next one. `index` knows the
    vault as it was `before`. The tool's lists are no part of it: they follow from what the notes say. Nor are
    links gone over which a list has its markers back, nor links that have another target now: what a run had
    done was to follow a rename.
    """
    old, new = _differing(before, after)
    left = Counter(_words(link) for line in new for link in line.links)
    left += _listed(after.text) - _listed(before.text)
    denied = set()
    for link in (link for line in old for link in line.links):
        words = _words(link)
        left[words] -= 1
        paper = resolve(index.files, before.path, link.target) if link.target else None
        if left[words] >= 0 or paper is None or paper not in index.catalogue:
            continue
        denied.add(Decision(before.path, words, paper))
        denied.update(
            Decision(before.path, said, paper) for said in _said(index.reading_at(before.path), paper)
        )
    return sorted(denied)


def _differing(before: Note, after: Note) -> tuple[list[FramedLine], list[FramedLine]]:
    """The lines of two notes but those in which the same places are links, be they written otherwise."""
    old, new = (framed_lines(note.text, note.body_start) for note in (before, after))
    alike = Counter(line.frame for line in old) & Counter(line.frame for line in new)
    return _without(old, alike), _without(new, alike)


def _without(lines: list[FramedLine], frames: Counter[str]) -> list[FramedLine]:
    left, kept = frames.copy(), []
    for line in lines:
        if left[line.frame] > 0:
            left[line.frame] -= 1
        else:
            kept.append(line)
    return kept


def _listed(text: str) -> Counter[str]:
    """The words of the links in a note's lists."""
    return Counter(map(_words, parse_body(block_lines(text)).links))


def _words(link: Link) -> str:
    return fold_name(shown_words(link))


def _said(reading: Reading | None, paper: str) -> Iterator[str]:
    """The words in a note that mean the paper and are no link yet."""
    for mention in reading.mentions if reading is not None else ():
        if mention.paper == paper and mention.tier == 1:
            yield from (found.value for found in identifiers_in(mention.surface, 0))
        elif mention.paper == paper and mention.tier:
            yield fold_name(mention.surface)


def _head(note: Note) -> str:
    return note.text[: note.body_start]
