"""The three-way merge of a text by lines, of lines that both sides edited by words.

Edits that touch no line of each other's are all made, however near they stand. What can't go together is a
`Choice` between the two sides' lines; nothing is ever marked in the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from vaultsync.core.merge.both_added import both_added, count_is_possible
from vaultsync.core.merge.both_have import with_what_both_have
from vaultsync.core.merge.line_edits import LineEdit, belongs, line_edits
from vaultsync.core.merge.merged import Choice, Part
from vaultsync.core.merge.moves import follow_moves, without_moves
from vaultsync.core.merge.one_place import at_one_place
from vaultsync.core.merge.words import merge_line, shown, words_of

TRIES = 4
"""Times that a merge is tried again without the moves that clash."""


def merge_lines(base: Sequence[str], one: Sequence[str], other: Sequence[str]) -> list[Part]:
    """The lines (without their ends) of both sides brought together, as texts whose lines end with `\\n`.

    Swapping the sides gives the same parts, each choice swapped.
    """
    if list(one) > list(other):
        return [
            part if isinstance(part, str) else Choice(part.other, part.one)
            for part in merge_lines(base, other, one)
        ]
    if one == other or other == base:
        return [_text(one)]
    if one == base:
        return [_text(other)]
    parts = _merge(base, one, other)
    if not _is_whole(parts, base, one, other):
        return [Choice(_text(one), _text(other))]
    return parts


def _merge(base: Sequence[str], one: Sequence[str], other: Sequence[str]) -> list[Part]:
    base = with_what_both_have(base, one, other)
    ours = line_edits(base, one)
    theirs = at_one_place(base, ours, line_edits(base, other))
    for _ in range(TRIES):
        parts, clashes = _joined(base, *follow_moves(base, ours, theirs))
        here, there = (without_moves(base, edits, clashes) for edits in (ours, theirs))
        if not clashes or (here, there) == (ours, theirs):
            break
        ours, theirs = here, there
    return parts


def _joined(
    base: Sequence[str], ours: Sequence[LineEdit], theirs: Sequence[LineEdit]
) -> tuple[list[Part], list[tuple[int, int]]]:
    """The parts, and which lines of the base the choices among them stand for."""
    parts: list[Part] = []
    clashes = []
    done = 0
    for start, end, mine, yours in _groups(base, ours, theirs):
        parts.append(_text(base[done:start]))
        parts += _resolved(base, start, end, mine, yours)
        if isinstance(parts[-1], Choice):
            clashes.append((start, end))
        done = end
    return [*parts, _text(base[done:])], clashes


def _resolved(
    base: Sequence[str], start: int, end: int, mine: Sequence[LineEdit], yours: Sequence[LineEdit]
) -> Iterator[Part]:
    """What becomes of `base[start:end]`, to which the two sides did this."""
    here, there = (_applied(base, start, end, edits) for edits in (mine, yours))
    if not yours or here == there:
        yield _text(here)
    elif not mine:
        yield _text(there)
    elif start == end:
        both = both_added(here, there)
        yield _text(both) if both is not None else Choice(_text(here), _text(there))
    elif len(mine) == len(yours) == 1 and mine[0].edited and yours[0].edited:
        line = merge_line(base[start], here[0], there[0])
        yield _text([line]) if line is not None else Choice(_text(here), _text(there))
    elif all(edit.deletes for edit in (*mine, *yours)):
        gone = {i for edit in (*mine, *yours) for i in range(edit.start, edit.end)}
        yield _text([base[i] for i in range(start, end) if i not in gone])
    else:
        yield Choice(_text(here), _text(there))


def _applied(base: Sequence[str], start: int, end: int, edits: Sequence[LineEdit]) -> list[str]:
    lines: list[str] = []
    for edit in edits:
        lines += [*base[start : edit.start], *edit.lines]
        start = edit.end
    return [*lines, *base[start:end]]


def _groups(
    base: Sequence[str], ours: Sequence[LineEdit], theirs: Sequence[LineEdit]
) -> Iterator[tuple[int, int, list[LineEdit], list[LineEdit]]]:
    """The edits of both sides in order, those that can't be made apart together, with their range."""
    pending = sorted([(edit, 0) for edit in ours] + [(edit, 1) for edit in theirs])
    reach = {id(edit): _reach(base, edit) for edit, _ in pending}
    group: tuple[list[LineEdit], list[LineEdit]] = ([], [])
    start = end = 0
    for edit, side in pending:
        touches = any(_touch(base, edit, there, reach) for there in group[1 - side])
        if (group[0] or group[1]) and not touches and edit.start >= end:
            yield start, end, *group
            group = ([], [])
        if not group[0] and not group[1]:
            start, end = edit.start, edit.end
        group[side].append(edit)
        start, end = min(start, edit.start), max(end, edit.end)
    if group[0] or group[1]:
        yield start, end, *group


def _touch(base: Sequence[str], one: LineEdit, other: LineEdit, reach: dict[int, tuple[int, int]]) -> bool:
    """Whether two edits of different sides can't each be made for itself."""
    if one.inserts and other.inserts:
        return one.start == other.start
    if one.inserts or other.inserts:
        new, there = (one, other) if one.inserts else (other, one)
        if there.deletes and there.end == new.start:
            return belongs(base, new, range(there.start, there.end))
        return there.start < new.start < there.end
    (start, end), (other_start, other_end) = reach[id(one)], reach[id(other)]
    return start < other_end and other_start < end


def _reach(base: Sequence[str], edit: LineEdit) -> tuple[int, int]:
    """The lines of which an edit may have meant others: of equal lines in a row nobody knows which went."""
    start, end = edit.start, edit.end
    if edit.deletes:
        while start and base[start - 1] == base[end - 1 - (edit.start - start)] and base[start - 1].strip():
            start -= 1
        at = edit.start
        while end < len(base) and base[end] == base[at] and base[end].strip():
            at, end = at + 1, end + 1
    return start, end


def _is_whole(parts: Sequence[Part], base: Sequence[str], one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether no word that a side added is lost, and none stands twice: the merge's check of itself.

    Words at a clash may stand in either text; they are only checked for being somewhere.
    """
    was, here, there = (_counted(_text(lines)) for lines in (base, one, other))
    decided = Counter(word for part in parts if isinstance(part, str) for word in words_of(shown(part)))
    left = [part for part in parts if isinstance(part, Choice)]
    ours, theirs = (
        _counted(text) for text in ("\n".join(c.one for c in left), "\n".join(c.other for c in left))
    )
    return all(
        count_is_possible(word, was, (here, there), decided[word], (ours[word], theirs[word]))
        for word in {*was, *here, *there}
    )


def _counted(text: str) -> Counter[str]:
    return Counter(words_of(shown(text)))


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
