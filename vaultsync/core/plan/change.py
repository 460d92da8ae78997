"""What a run would do, as values: one note before and after, all changes, and what is left to a person."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.links.decisions import Fault
from vaultsync.core.note import Note
from vaultsync.core.plan.places import Mend


class Change(msgspec.Struct, frozen=True):
    """A note that is to be written: what was read, what it becomes, and the ids of the rules that did it.

    `mends` are the faults that are put right, `undone` how they are called should the person take that back.
    """

    path: str
    before: Note
    after: Note
    rules: tuple[str, ...]
    mends: frozenset[Mend] = frozenset()
    undone: frozenset[Fault] = frozenset()

    def put_aside(self) -> None:
        """Hold both texts in little space (see `Note.put_aside`)."""
        self.before.put_aside()
        self.after.put_aside()

    def aside_again(self) -> None:
        """Let go of what was asked of texts that are put aside."""
        self.before.aside_again()
        self.after.aside_again()


class Plan(msgspec.Struct, frozen=True):
    """What a run would do and what it leaves to the person, sorted; `looked` are the notes it looked at.

    `lines` are the digests of the lines of blocks, of those notes for which they were made on the way. Of the
    places that rules keep off in these notes, nothing is wrong any more `in_order`. `defects` are the notes
    that stay as they are because a rule failed at them, each with the traceback: a defect of ours.
    """

    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    looked: frozenset[str] = frozenset()
    lines: Mapping[str, bytes | None] = {}
    in_order: frozenset[Fault] = frozenset()
    defects: Mapping[str, str] = {}
