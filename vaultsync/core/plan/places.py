"""Where in a note an edit works, by a name that holds when others have rewritten the note since.

A property has its name. A passage of the body goes by the words around the edit, in which a token with a
digit is only that: a time stamp is another one each time, and yet the same passage. What a rule writes as one
whole (a list of mentions, the order) goes by the rule's own name for it.

These names are what rules keep off (`core.links.decisions`), and what is counted when others write back what
was mended: the place together with the words that were changed, so that a new slip in the same property is
another one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from hashlib import blake2b

import msgspec

from vaultsync.core.links.decisions import PLACES, Fault
from vaultsync.core.note import Note
from vaultsync.core.rules.fm_deprecated_keys import SUCCESSORS
from vaultsync.core.rules.rule import Rule
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.core.text.spans import TextEdit

NEAR = 80
"""Characters on each side of an edit whose words name its passage, within its line."""

ALIKE = 0.7
"""The share of a passage's words that has to be as it was for it to be the same one, as with links."""

COMPARED = 1_000
"""Passages that are compared word for word with those that one rule keeps off in one note."""

TRACED = 20
"""Characters of its line on each side of an edit that are kept of what it left."""

SIGN = 8
"""Bytes that tell one mending from another."""


class Mend(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a rule mended: the fault by its place, and a sign of what was there, digits left aside.

    `trace` is the text that it left, by which to see later whether that still stands.
    """

    fault: Fault
    sign: bytes
    trace: str


class EditedPlace(msgspec.Struct, frozen=True):
    """A place of a note with the edits that work there.

    `state` names, beside the place, what is to be written there, where the whole is written as one: other
    mentions make another list.
    """

    name: str
    edits: tuple[TextEdit, ...]
    state: str = ""
    is_passage: bool = False

    def is_named(self, kept: str) -> bool:
        """Whether the place that a rule keeps off is this one by its very name."""
        return kept in ("", self.name) or (bool(self.state) and kept == self.state)

    def undone(self, note: Note, rule: Rule) -> Fault:
        """The fault that a person took back here: of a list just what would be written now."""
        return Fault(note.path, rule.id, self.state if rule.linked and self.state else self.name)

    def mend(self, note: Note, rule: Rule) -> Mend:
        """What an edit of the place mends."""
        known = self.state or _skeleton(" ".join(note.text[e.start : e.end] for e in self.edits))
        return Mend(
            Fault(note.path, rule.id, self.name),
            _digest(f"{rule.id}\0{self.name}\0{known}", SIGN),
            _trace(note.text, max(self.edits, key=lambda edit: len(edit.text))),
        )


def places_of(note: Note, rule: Rule, edits: Sequence[TextEdit]) -> list[EditedPlace]:
    """The places at which a rule's edits work, each with its edits."""
    if not edits:
        return []
    if rule.place:
        return [EditedPlace(rule.place, tuple(edits), f"{rule.place} {_written(edits)}")]
    found: dict[tuple[str, bool], list[TextEdit]] = {}
    front = note.front
    starts = [prop.span.start for prop in front.properties] if front is not None and not front.error else []
    for edit in edits:
        is_passage = rule.body and edit.start >= note.body_start
        name = _passage(note.text, edit.start) if is_passage else _property(note, starts, edit)
        found.setdefault((name, is_passage), []).append(edit)
    return [EditedPlace(name, tuple(of), is_passage=is_passage) for (name, is_passage), of in found.items()]


def kept_off_by(faults: Iterable[Fault], places: Sequence[EditedPlace]) -> dict[Fault, list[EditedPlace]]:
    """The places that are meant by each of the faults that a rule keeps off.

    A passage that reads nearly like the one kept off is the same one. To compare two takes time that grows
    with their square; where there is more of it than `COMPARED`, all passages are meant: in doubt a rule
    keeps off.
    """
    left = COMPARED
    found: dict[Fault, list[EditedPlace]] = {}
    for fault in faults:
        meant = found[fault] = []
        for place in places:
            if place.is_named(fault.place):
                meant.append(place)
            elif place.is_passage and _may_be_alike(matcher := _matcher(fault.place, place.name)):
                left -= 1
                if left < 0 or matcher.ratio() >= ALIKE:
                    meant.append(place)
    return found


def gathered(mends: Iterable[Mend]) -> frozenset[Mend]:
    """The same, with very many of one rule in a note as one, at no place in particular."""
    by_rule: dict[tuple[str, str], list[Mend]] = {}
    for mend in mends:
        by_rule.setdefault((mend.fault.note, mend.fault.rule), []).append(mend)
    found: set[Mend] = set()
    for (note, rule), of_rule in by_rule.items():
        if len(of_rule) > PLACES:
            of_rule.sort(key=lambda mend: (mend.sign, mend.trace))
            signs = "".join(mend.sign.hex() for mend in of_rule)
            of_rule = [Mend(Fault(note, rule, ""), _digest(signs, SIGN), of_rule[0].trace)]
        found.update(of_rule)
    return frozenset(found)


def _trace(text: str, edit: TextEdit) -> str:
    """What will stand at an edit, with a little of the line around it."""
    before = text[max(0, edit.start - TRACED) : edit.start]
    after = text[edit.end : edit.end + TRACED]
    return before.rpartition("\n")[2] + edit.text[: 10 * TRACED] + after.partition("\n")[0]


def _written(edits: Iterable[TextEdit]) -> str:
    """What is written as a whole, in few signs; its markers and blank lines are no part of it."""
    lines = (line.strip() for edit in edits for line in edit.text.split("\n"))
    text = "\n".join(line for line in lines if line and not line.startswith("%%"))
    return _digest(text, 4).hex()


def _digest(text: str, size: int) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=size).digest()


_TOP_KEY = late_pattern(
    r"""(?:"([^"\n]*)"[ \t]*|'([^'\n]*)'[ \t]*|([^\s#"'\[\]{},&*!|>%@`:-][^\n:]*)):(?=[ \t\r\n]|\Z)"""
)
_JSON_KEY = re.compile(r'"([^"\n]*)"[ \t]*:')


def _property(note: Note, starts: Sequence[int], edit: TextEdit) -> str:
    """The property at which an edit of the front matter works, in lower case; empty if there is none.

    The properties of a block that can be read begin at `starts`.
    """
    text, front = note.text, note.front
    if edit.start == edit.end and (key := _added(edit, text, json=front is not None and front.json)):
        return _today(key)
    if front is not None and starts:
        return _today(front.properties[max(bisect_right(starts, edit.start) - 1, 0)].key)
    at = text.rfind("\n", 0, edit.start) + 1
    while at > 0:
        if (key := _key(_TOP_KEY.match(text, at))) is not None:
            return _today(key)
        at = text.rfind("\n", 0, at - 1) + 1
    return ""


def _added(edit: TextEdit, text: str, *, json: bool) -> str | None:
    """The first property that an insertion adds."""
    if json:
        return _key(_JSON_KEY.search(edit.text))
    starts_line = edit.start == 0 or text[edit.start - 1] in "\n\ufeff"
    lines = edit.text.split("\n")
    found = (_key(_TOP_KEY.match(line)) for line in (lines if starts_line else lines[1:]))
    return next((key for key in found if key is not None), None)


def _key(found: re.Match[str] | None) -> str | None:
    named = next(group for group in found.groups() if group is not None) if found is not None else None
    return named.rstrip(" \t") if named is not None else None


def _today(key: str) -> str:
    """A property's name as all rules call it: whether it has its old name or the new one."""
    folded = key.casefold()
    return SUCCESSORS.get(folded, folded)


def _passage(text: str, at: int) -> str:
    """The words around an offset in its line; of a line without words, those above it."""
    start = max(text.rfind("\n", max(0, at - NEAR), at) + 1, at - NEAR, 0)
    end = text.find("\n", at, at + NEAR)
    words = _skeleton(text[start : end if end >= 0 else at + NEAR])
    return words or "below " + _skeleton(text[max(0, start - 2 * NEAR) : start])


_TOKEN = re.compile(r"\w+")


def _skeleton(text: str) -> str:
    """The words of a text; tokens with a digit in a row count as one `0`."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        word = "0" if any(map(str.isdigit, token)) else token
        if word != "0" or found[-1:] != ["0"]:
            found.append(word)
    return " ".join(found)


def _matcher(one: str, other: str) -> SequenceMatcher[str]:
    return SequenceMatcher(None, one, other, autojunk=False)


def _may_be_alike(matcher: SequenceMatcher[str]) -> bool:
    """Whether by the lengths and the letters alone the two are alike."""
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE
