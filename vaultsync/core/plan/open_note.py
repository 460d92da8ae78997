"""Planning the one note that is open in an editor: its text as it stands there, and edits to just this text.

The plan of a run (`planner`) follows a change to all notes that it reaches; here only the note itself is
asked for, many times an hour, while somebody waits. What it reaches is told: the next run looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, note_of
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.guard import objection
from vaultsync.core.plan.places import Mend, gathered
from vaultsync.core.plan.planner import PASSES
from vaultsync.core.plan.rule_pass import RuleSet
from vaultsync.core.rules.rule import Rule
from vaultsync.core.text.editor_edits import Pieces
from vaultsync.core.text.spans import TextEdit, apply_edits


class OpenPlan(msgspec.Struct, frozen=True):
    """What would be done to an open note: the edits to its text, and the change that they make (None: none).

    `problems` are what is left to the person, `reached` the notes that may have to follow.
    """

    edits: tuple[TextEdit, ...]
    change: Change | None
    problems: tuple[Problem, ...]
    reached: frozenset[str]


def plan_open_note(index: Index, rules: Sequence[Rule], note: Note) -> OpenPlan:
    """Plan `note` against `index`, into which each state of it is put: the caller puts back what holds.

    A note that doesn't come to rest, or whose result the guard doubts, gets no edits: the run will say why.
    """
    own = RuleSet(index, [rule for rule in rules if not rule.linked])
    linked = RuleSet(index, [rule for rule in rules if rule.linked])
    index.blocks.start_plan()
    index.put(note)
    reached: set[str] = set()
    pieces, now = Pieces(note.text), note
    applied: dict[str, Rule] = {}
    mends: set[Mend] = set()
    problems: list[Problem] = []
    for _ in range(PASSES * PASSES):
        found = own.run(now)
        problems = found.problems
        by_links = not found.edits
        if by_links:
            reached |= index.refresh()
        if by_links and index.is_bound(note.path):
            found = linked.run(now)
            problems = [*problems, *found.problems]
        if not found.edits:
            break
        applied |= {rule.id: rule for rule in found.rules}
        mends.update(found.mends)
        after = note_of(note.path, apply_edits(now.text, found.edits), index.config)
        if objection(note, after, applied.values()):
            return OpenPlan((), None, tuple(sorted(problems)), frozenset(reached))
        pieces.apply(found.edits)
        if by_links:
            index.blocks.plan(now.text, after)
        now = after
        index.put(now)
    else:
        return OpenPlan((), None, tuple(sorted(problems)), frozenset(reached))
    edits = tuple(pieces.edits())
    change = Change(note.path, note, now, tuple(applied), gathered(mends)) if edits else None
    return OpenPlan(edits, change, tuple(sorted(problems)), frozenset(reached - {note.path}))
