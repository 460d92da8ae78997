"""What one rule does to a note, as a patch of its own: the example that is shown before the first run.

The patch of a note mixes what all rules did to it. The rules that look at the note alone are run once more,
each by itself on the text that it saw; of what the others did, the lines of the tool's own lists are told
from the person's lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, note_of
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.diff import diff_of, lines_of, text_diff
from vaultsync.core.plan.planner import PASSES
from vaultsync.core.plan.rule_pass import RuleSet
from vaultsync.core.rules.rule import Rule
from vaultsync.core.text.matching import hunks
from vaultsync.core.text.spans import apply_edits

TRIED = 5
"""Notes in which an example of a rule is looked for, those first that few rules change."""


class RuleExample(msgspec.Struct, frozen=True):
    """A rule at work, in how many notes, and a patch that shows it in one of them."""

    rule: str
    notes: int
    diff: str


def rule_examples(index: Index, rules: Sequence[Rule], changes: Sequence[Change]) -> list[RuleExample]:
    """An example of each rule that made `changes`, those that touch most notes first."""
    by_id = {rule.id: rule for rule in rules}
    found: dict[str, list[Change]] = {}
    for change in changes:
        for rule_id in change.rules:
            found.setdefault(rule_id, []).append(change)
    own = RuleSet(index, [rule for rule in rules if not rule.linked])
    examples = []
    for rule_id, touched in sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        nearest = sorted(touched, key=lambda c: (len(c.rules), _length(c), c.path))[:TRIED]
        patches = filter(None, (_patch(own, by_id[rule_id], change) for change in nearest))
        examples.append(RuleExample(rule_id, len(touched), next(patches, diff_of(nearest[0]))))
    return examples


def _patch(own: RuleSet, rule: Rule, change: Change) -> str:
    """What `rule` did to the note, as far as that can be told; else empty."""
    now, alone = change.before, RuleSet(own.index, [rule])
    for _ in range(PASSES):
        found = own.run(now)
        if rule in found.rules:
            after = apply_edits(now.text, alone.run(now).edits)
            return text_diff(change.path, now.text, after)
        if not found.edits:
            break
        now = note_of(change.path, apply_edits(now.text, found.edits), own.index.config)
    return _of_links(rule, now, change.after) if rule.linked else ""


def _of_links(rule: Rule, before: Note, after: Note) -> str:
    """The patch of the list that bears the rule's name, else of the lines in no list of the tool's."""
    base, side = lines_of(before.text), lines_of(after.text)
    blocks = _block_of_line(after)
    names = set(blocks.values())
    own = rule.id.removeprefix("link-")
    wanted = own if own in names else ""
    made: list[str] = []
    at = 0
    for hunk in hunks(base, side):
        is_in = {blocks[line] for line in range(hunk.new_start, hunk.new_end) if line in blocks} or {""}
        made += base[at : hunk.start]
        made += side[hunk.new_start : hunk.new_end] if wanted in is_in else base[hunk.start : hunk.end]
        at = hunk.end
    return text_diff(after.path, before.text, "".join([*made, *base[at:]]))


def _block_of_line(note: Note) -> dict[int, str]:
    """The names of the tool's blocks in a note, by the lines (counted from 0) on which they stand."""
    found = {}
    for block in note.managed[0]:
        first, end = (note.text.count("\n", 0, offset) for offset in (block.span.start, block.span.end))
        found.update(dict.fromkeys(range(first, end), block.name))
    return found


def _length(change: Change) -> int:
    length = len(change.after.text)
    change.aside_again()  # those of a first run are nearly all notes
    return length
