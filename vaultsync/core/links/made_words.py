"""Which words a run made links of, by the note as it was before the run and after it.

A link without a text of its own shows its note's name, and a new one once a run has followed a rename: the
words that it was made of, if a run made it at all, are those of before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from vaultsync.core.links.shown_links import FramedLine, are_alike, framed_lines, shown_words
from vaultsync.core.text.folding import fold_name

COMPARED = 40
"""Lines that changed in more than their links, and are compared with each other letter by letter."""


def made_words(before: str, after: str, known: Mapping[str, str]) -> dict[str, str]:
    """The folded words that links show after a run, with the words that they were made of, as typed.

    By this run; or by an earlier one, as far as they are `known`, and this one gave the note another name.
    """
    old, new = framed_lines(before), framed_lines(after)
    by_shown, by_frame = {line.shown: line for line in old}, {line.frame: line for line in old}
    shown = {line.shown for line in new}
    changed = [line for line in old if line.shown not in shown]
    found: dict[str, str] = {}
    for line in new:
        if not line.links:
            continue
        was = by_shown.get(line.shown) or by_frame.get(line.frame) or _nearest(line, changed)
        if was is not None:
            found |= _made(was, line, known)
    return found


def _made(was: FramedLine, line: FramedLine, known: Mapping[str, str]) -> dict[str, str]:
    """The same of one line and of what it was before the run."""
    left = [fold_name(shown_words(link)) for link in was.links]
    new: dict[str, str] = {}
    for words in map(shown_words, line.links):
        if (folded := fold_name(words)) in left:
            left.remove(folded)
        else:
            new[folded] = words
    plain = "" if was.frame == line.frame else fold_name(was.frame)
    found = {folded: words for folded, words in new.items() if folded in plain}
    renamed = zip(left, (folded for folded in new if folded not in found), strict=False)
    return found | {now: known[then] for then, now in renamed if then in known}


def _nearest(line: FramedLine, changed: Collection[FramedLine]) -> FramedLine | None:
    """The line that this one was, where the run changed more in it than links."""
    if len(changed) > COMPARED:
        return None
    return next((old for old in changed if are_alike(old.shown, line.shown)), None)
