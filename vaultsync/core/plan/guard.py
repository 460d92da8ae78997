"""The guard: what must hold of a note before it is written, whatever the rules did.

It knows nothing of what a rule meant; it compares the note before and after. A result that it refuses is a
defect of ours, shown as a problem; the note stays as it is and the others go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from vaultsync.core.frontmatter.block import FrontMatter, comments_in
from vaultsync.core.frontmatter.yaml_values import Value, same_value
from vaultsync.core.note import Note
from vaultsync.core.rules.rule import Rule


def objection(before: Note, after: Note, applied: Iterable[Rule]) -> str:
    """Why `after` may not be written in place of `before`; empty if it may.

    The front matter must parse if it did, properties that no applied rule owns must keep their values,
    every comment must still be there, and text below stays as it is unless a rule for the body was applied.
    """
    rules = list(applied)
    owned = frozenset(name.casefold() for rule in rules for name in rule.owns)
    old, new = before.front, after.front
    if old is not None and new is None:
        return "the front matter would be gone"
    if new is not None and new.error is not None and (old is None or old.error is None):
        return f"the front matter would no longer be valid ({new.error.message})"
    if old is not None and new is not None:
        if old.error is None and "*" not in owned and (lost := _changed(old, new, owned)):
            return f"{lost} would change, which no rule meant"
        if missing := _comments(before) - _comments(after):
            return f"the comment {next(iter(missing))!r} would be lost"
    if not any(rule.body for rule in rules) and _body(before) != _body(after):
        return "the text below the front matter would change"
    return ""


def _changed(old: FrontMatter, new: FrontMatter, owned: frozenset[str]) -> str:
    values: dict[str, list[Value]] = {}  # a key may stand twice; such a block is reported, and left alone
    for prop in new.properties:
        values.setdefault(prop.key, []).append(prop.value)
    for prop in old.properties:
        if prop.key.casefold() in owned:
            continue
        if not (left := values.get(prop.key)) or not same_value(left.pop(0), prop.value):
            return f'the property "{prop.key}"'
    extra = [key for key, left in values.items() if left and key.casefold() not in owned]
    return f'the property "{extra[0]}"' if extra else ""


def _comments(note: Note) -> Counter[str]:
    if note.front is None or note.front.error is not None:
        return Counter()
    return Counter(span.of(note.text).rstrip() for span in comments_in(note.text, note.front))


def _body(note: Note) -> str:
    return note.text[note.body_start :].lstrip("\ufeff")
