"""The merge of one line that both sides changed: its indentation, marker and box, then its words.

Words are merged only where nobody could doubt the result: at least `GAP` untouched tokens stand between the
two sides' edits, no new word came from both, and not both moved words about. On two-sided edits a smaller
gap merged 1 to 4 of 100 lines wrongly; joining words without these guards doubles text silently.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from vaultsync.core.text.matching import hunks

GAP = 5
"""Untouched tokens, blanks included, that have to stand between the edits of the two sides."""

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts without blanks: a character is a word."""

_TOKEN = re.compile(
    r"!?\[\[[^\[\]\n]*\]\]"  # a wikilink is one token
    r"|!?\[[^\[\]\n]*\]\([^()\n]*\)"
    r"|https?://[^\s<>]+"
    r"|`[^`\n]+`"
    r"|\$[^$\s](?:[^$\n]*[^$\s])?\$"
    rf"|[{_CJK}]|[^\W{_CJK}]+"
    r"|\s+|."
)
_PREFIX = re.compile(r"(\s*(?:>\s?)*)((?:[-*+]|\d{1,9}[.)]|\#{1,6})(?=\s)[ \t]+)?(\[[^\]]\](?=\s))?")
_LINK = re.compile(r"!?\[\[([^\[\]|#\n]*+)[^\[\]|\n]*+(?:\|([^\[\]\n]*))?\]\]|!?\[([^\[\]\n]*)\]\([^()\n]*\)")
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")


class _Edit(msgspec.Struct, frozen=True, order=True):
    """`base[start:end]` becomes `new`.

    `relinks`: what is shown stays the same, a link is made, changed or taken out; `links`: one is made.
    """

    start: int
    end: int
    new: tuple[str, ...]
    links: bool
    relinks: bool


def merge_line(base: str, one: str, other: str) -> str | None:
    """The line with what both sides did to it; `None` if that can't be told for sure. Symmetric."""
    if one == other or other == base:
        return one
    if one == base:
        return other
    fields = [_fields(line) for line in (base, one, other)]
    prefix = ""
    for was, first, second in zip(*(parts[:-1] for parts in fields), strict=True):
        if first != second and was not in (first, second):
            return None
        prefix += second if first == was else first
    text = _merge_text(*(parts[-1] for parts in fields))
    return None if text is None else prefix + text


def tokens_of(line: str) -> list[str]:
    """What a line is merged by: words, links, formulas, blanks, signs."""
    return _TOKEN.findall(line)


def words_of(line: str) -> list[str]:
    """The words of a line, those of its links included."""
    return _WORD.findall(line)


def _fields(line: str) -> tuple[str, ...]:
    """Indentation, list or heading marker, box, and the rest."""
    found = _PREFIX.match(line)
    if found is None:
        return "", "", "", line
    return found[1], found[2] or "", found[3] or "", line[found.end() :]


def _merge_text(base: str, one: str, other: str) -> str | None:
    if one == other or other == base:
        return one
    if one == base:
        return other
    if one > other:
        one, other = other, one
    old, first, second = (tokens_of(text) for text in (base, one, other))
    ours, theirs = _edits(old, first), _edits(old, second)
    same = set(ours) & set(theirs)
    mine = [edit for edit in ours if edit not in same]
    yours = [edit for edit in theirs if edit not in same]
    mine, yours = _without_lesser(mine, yours), _without_lesser(yours, mine)
    mine, yours = _links_joined(old, mine, yours)
    if any(not _is_apart(a, b) for a in mine for b in yours) or _is_doubtful(old, mine, yours):
        return None
    out: list[str] = []
    done = 0
    for edit in sorted([*same, *mine, *yours]):
        if edit.start < done:  # an edit of one's own beside one that both made
            return None
        out += [*old[done : edit.start], *edit.new]
        done = edit.end
    return "".join([*out, *old[done:]])


def _edits(base: Sequence[str], side: Sequence[str]) -> list[_Edit]:
    found = []
    for hunk in hunks(base, side):
        new = tuple(side[hunk.new_start : hunk.new_end])
        old = base[hunk.start : hunk.end]
        links, linked = (any(map(_LINK.fullmatch, tokens)) for tokens in (new, old))
        relinks = (links or linked) and _shown(new) == _shown(old)
        found.append(_Edit(hunk.start, hunk.end, new, relinks and links and not linked, relinks))
    return found


def shown(text: str) -> str:
    """A text with each link as what it shows."""
    return _LINK.sub(lambda m: m[2] or m[3] or (m[1] or "").rpartition("/")[2], text)


def _shown(tokens: Sequence[str]) -> str:
    return shown("".join(tokens))


def _without_lesser(edits: Sequence[_Edit], others: Sequence[_Edit]) -> list[_Edit]:
    """The edits without those that give way: a mere link to the other's words, a part to its whole."""
    return [edit for edit in edits if not any(_gives_way(edit, other) for other in others)]


def _gives_way(edit: _Edit, other: _Edit) -> bool:
    touching = edit.start <= other.end and other.start <= edit.end
    if edit.links and touching:
        # Two links on the same words: the later in the order of text stays.
        return not other.links or (edit.start, edit.end, edit.new) < (other.start, other.end, other.new)
    if (edit.start, edit.end) != (other.start, other.end) or not words_of("".join(edit.new)):
        return False
    return edit.start == edit.end and _contains(other.new, edit.new)


_PARTS = re.compile(r"(!?\[\[)([^\[\]|#\n]*)(#[^\[\]|\n]*)?(\|[^\[\]\n]*)?(\]\])")


def _links_joined(
    base: Sequence[str], mine: Sequence[_Edit], yours: Sequence[_Edit]
) -> tuple[list[_Edit], list[_Edit]]:
    """Where both changed one wikilink: its note, heading and shown words are merged each for itself."""
    theirs = {(edit.start, edit.end): edit for edit in yours}
    joined: dict[tuple[int, int], _Edit] = {}
    for edit in mine:
        other, place = theirs.get((edit.start, edit.end)), (edit.start, edit.end)
        if other is None or not len(edit.new) == len(other.new) == edit.end - edit.start == 1:
            continue
        links = [_PARTS.fullmatch(text) for text in (base[edit.start], edit.new[0], other.new[0])]
        if not all(links):
            continue
        fields = [_three_way(*parts) for parts in zip(*(m.groups("") for m in links if m), strict=True)]
        if None not in fields:
            joined[place] = _Edit(*place, ("".join(map(str, fields)),), edit.links, edit.relinks)
    return (
        [joined.get((edit.start, edit.end), edit) for edit in mine],
        [edit for edit in yours if (edit.start, edit.end) not in joined],
    )


def _three_way(base: str, one: str, other: str) -> str | None:
    if one == other or other == base:
        return one
    return other if one == base else None


def _contains(whole: Sequence[str], part: Sequence[str]) -> bool:
    count = len(part)
    return len(whole) > count and any(
        list(whole[at : at + count]) == list(part) for at in range(len(whole) - count + 1)
    )


def _is_apart(one: _Edit, other: _Edit) -> bool:
    gap = 1 if one.relinks or other.relinks else GAP
    return one.end + gap <= other.start or other.end + gap <= one.start


def _is_doubtful(base: Sequence[str], mine: Sequence[_Edit], yours: Sequence[_Edit]) -> bool:
    """Whether both sides put the same new word into the line, or both moved two words or more of it."""
    new, moved = [], []
    for edits in (mine, yours):
        words = [edit for edit in edits if not edit.relinks]
        gone = Counter(word for edit in words for word in words_of("".join(base[edit.start : edit.end])))
        came = Counter(word for edit in words for word in words_of("".join(edit.new)))
        new.append({word for word in came - gone if len(word) > 2})
        moved.append((came & gone).total() if len(words) > 1 else 0)
    return bool(new[0] & new[1]) or min(moved) >= 2
