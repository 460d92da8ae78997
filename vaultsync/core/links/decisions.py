"""What was decided: `.vaultsync/decisions.toml`, sorted, one decision a line.

The person decides about links: the note, the words, the paper. Beside that stand the places of notes that a
rule keeps off: where somebody else writes back what it mended, and where the person took its edits back. The
file is written whole and in one order, so that two devices that decide different things merge without a
conflict.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

import msgspec

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.config.toml import read_toml, to_toml
from vaultsync.core.errors import ConfigError
from vaultsync.core.text.folding import fold_name

_HEAD = (
    "# What was decided about links, and what rules leave alone; `links`, `undo` and `fix --retry` write it."
    " One decision a line.\n"
)

EVERYWHERE = "*"
"""In the place of a note's path: all notes."""

PLACES = 20
"""Places of one rule in one note that are listed; of more the rule keeps off the whole note."""

LINES = 2_000
"""Lines of places; an undone first run over a large vault would make ten thousands, read at each start."""


class Decision(msgspec.Struct, frozen=True, order=True):
    """In the note at `note`, the folded `words` do (or don't) mean the paper at `paper`."""

    note: str
    words: str
    paper: str


class Fault(msgspec.Struct, frozen=True, gc=False, order=True):
    """What a rule mends: in the note at `note` (`EVERYWHERE`: in all), at a `place` (empty: anywhere in it).

    A place is a property's name, the words of a passage, or what the rule calls it.
    """

    note: str
    rule: str
    place: str


class Decisions(msgspec.Struct, frozen=True, dict=True):
    """All decisions of a vault. A place is `contested` by another program, or `undone` by the person."""

    accepted: frozenset[Decision] = frozenset()
    denied: frozenset[Decision] = frozenset()
    contested: frozenset[Fault] = frozenset()
    undone: frozenset[Fault] = frozenset()

    @cached_property
    def accepted_in(self) -> Mapping[str, frozenset[Decision]]:
        """What was accepted in each note, by its path."""
        found: dict[str, set[Decision]] = {}
        for decision in self.accepted:
            found.setdefault(decision.note, set()).add(decision)
        return {note: frozenset(of_note) for note, of_note in found.items()}

    @cached_property
    def named(self) -> frozenset[str]:
        """The notes of which something is decided, and the papers."""
        of_links = (path for d in self.accepted | self.denied for path in (d.note, d.paper))
        of_places = (fault.note for fault in self.contested | self.undone)
        return frozenset((*of_links, *of_places)) - {EVERYWHERE}

    @cached_property
    def _left_alone(self) -> Mapping[str, Mapping[str, tuple[Fault, ...]]]:
        found: dict[str, dict[str, list[Fault]]] = {}
        for fault in sorted(self.contested | self.undone):
            found.setdefault(fault.note, {}).setdefault(fault.rule, []).append(fault)
        return {
            note: {rule: tuple(faults) for rule, faults in by_rule.items()} for note, by_rule in found.items()
        }

    def are_left_alone(self, note: str) -> bool:
        """Whether a rule keeps off places of the note."""
        return note in self._left_alone or EVERYWHERE in self._left_alone

    def are_named_in(self, note: str) -> bool:
        """Whether a rule keeps off places of this very note, which may be in order by now."""
        return note in self._left_alone

    def left_alone(self, note: str, rule: str) -> tuple[Fault, ...]:
        """The places that a rule keeps off in the note."""
        found = (self._left_alone.get(where, {}).get(rule, ()) for where in (note, EVERYWHERE))
        return tuple(fault for faults in found for fault in faults)

    def accept(self, decisions: Iterable[Decision]) -> Decisions:
        """These decisions, and no longer their opposite."""
        new = frozenset(decisions)
        return self._with(accepted=self.accepted | new, denied=self.denied - new)

    def deny(self, decisions: Iterable[Decision]) -> Decisions:
        """These refusals, and no longer their opposite."""
        new = frozenset(decisions)
        return self._with(accepted=self.accepted - new, denied=self.denied | new)

    def contest(self, faults: Iterable[Fault]) -> Decisions:
        """Somebody else writes these back: the rules keep off."""
        return self._with(contested=compacted(self.contested | frozenset(faults)))

    def undo(self, faults: Iterable[Fault]) -> Decisions:
        """The person took the mending of these back: the rules keep off."""
        return self._with(undone=compacted(self.undone | frozenset(faults)))

    def release(self, faults: Iterable[Fault]) -> Decisions:
        """The rules needn't keep off these any more."""
        gone = frozenset(faults)
        return self._with(contested=self.contested - gone, undone=self.undone - gone)

    def retry(self, notes: Collection[str] | None = None) -> Decisions:
        """In these notes, or everywhere, the rules keep off nothing any more."""
        every = self.contested | self.undone
        return self.release(every if notes is None else (fault for fault in every if fault.note in notes))

    def notes_unlike(self, other: Decisions) -> set[str]:
        """The notes for which other things are decided."""
        links = (self.accepted ^ other.accepted) | (self.denied ^ other.denied)
        places = (self.contested ^ other.contested) | (self.undone ^ other.undone)
        return {d.note for d in links} | {f.note for f in places}

    def about(self, decisions: Iterable[Decision]) -> Decisions:
        """Those of these decisions that were made, one way or the other."""
        asked = frozenset(decisions)
        return Decisions(self.accepted & asked, self.denied & asked)

    def restored(self, decisions: Iterable[Decision], before: Decisions) -> Decisions:
        """All decisions, these as they were `before`."""
        old = frozenset(decisions)
        return Decisions(self.accepted - old | before.accepted & old, self.denied - old | before.denied & old)

    def renamed(self, paths: Mapping[str, str]) -> Decisions:
        """The same decisions on notes that have other paths now: `paths` maps old ones to new ones."""

        def moved(decisions: frozenset[Decision]) -> frozenset[Decision]:
            return frozenset(
                Decision(paths.get(d.note, d.note), d.words, paths.get(d.paper, d.paper)) for d in decisions
            )

        def along(faults: frozenset[Fault]) -> frozenset[Fault]:
            return frozenset(Fault(paths.get(f.note, f.note), f.rule, f.place) for f in faults)

        if not paths:
            return self
        return Decisions(moved(self.accepted), moved(self.denied), along(self.contested), along(self.undone))

    def to_toml(self) -> str:
        """The text of the file; empty when nothing was decided."""
        lists = {
            "accept": [[d.note, d.words, d.paper] for d in self.accepted],
            "deny": [[d.note, d.words, d.paper] for d in self.denied],
            "contested": [[f.note, f.rule, f.place] for f in self.contested],
            "undone": [[f.note, f.rule, f.place] for f in self.undone],
        }
        parts = [
            f"\n{name} = [\n{''.join(f'  {to_toml(row)},{chr(10)}' for row in sorted(rows))}]\n"
            for name, rows in lists.items()
            if rows
        ]
        return _HEAD + "".join(parts) if parts else ""

    def _with(self, **changed: object) -> Decisions:
        return msgspec.structs.replace(self, **changed)


def compacted(faults: frozenset[Fault]) -> frozenset[Fault]:
    """The same in fewer lines: a rule that keeps off very much of a note, or of the vault, keeps off all.

    Where there are too many lines the rules with the most of them are cut first, and the others stay.
    """
    count = Counter((fault.note, fault.rule) for fault in faults)
    by_rule: dict[str, set[Fault]] = {}
    for fault in faults:
        few = count[fault.note, fault.rule] <= PLACES
        by_rule.setdefault(fault.rule, set()).add(fault if few else Fault(fault.note, fault.rule, ""))
    left = sum(map(len, by_rule.values()))
    for shortened in (_by_note, _everywhere):
        for rule in sorted(by_rule, key=lambda rule: (-len(by_rule[rule]), rule)):
            if left <= LINES:
                break
            shorter = shortened(by_rule[rule])
            if len(shorter) < len(by_rule[rule]):
                left -= len(by_rule[rule]) - len(shorter)
                by_rule[rule] = shorter
    return frozenset().union(*by_rule.values())


def _by_note(faults: Iterable[Fault]) -> set[Fault]:
    return {Fault(fault.note, fault.rule, "") for fault in faults}


def _everywhere(faults: Iterable[Fault]) -> set[Fault]:
    return {Fault(EVERYWHERE, fault.rule, "") for fault in faults}


_TABLE = re.compile(r"^[ \t]*\[[^\[\]\"',\n]*\][ \t]*$", re.MULTILINE)
"""The head of a table in TOML; a line of ours has texts."""


def parse_decisions(text: str, source: str = DECISIONS_PATH) -> Decisions:
    """The decisions in the file's text. Raises `ConfigError` for what is no list of three texts a line.

    Two devices, or a stranger, may have written more places than `PLACES` and `LINES`: they are compacted.
    """
    if (header := _TABLE.search(text)) is not None:  # before thousands of them are read, which takes seconds
        at = text.count("\n", 0, header.start()) + 1
        raise ConfigError(f"{source}:{at}: a table, where there are lists only", _hint(text))
    table = read_toml(text, source, _hint(text))
    try:
        found = msgspec.convert(table, dict[str, list[tuple[str, str, str]]])
    except msgspec.ValidationError:
        what = "each decision is [note, words, paper], or [note, rule, place]"
        raise ConfigError(f"{source}: {what}", _hint(text)) from None
    known = ("accept", "deny", "contested", "undone")
    if unknown := set(found).difference(known):
        raise ConfigError(f"{source}: unknown key {min(unknown)!r}; known: {', '.join(known)}")
    accepted, denied = (
        frozenset(Decision(note, fold_name(words), paper) for note, words, paper in found.get(name, ()))
        for name in known[:2]
    )
    contested, undone = (
        compacted(frozenset(Fault(*row) for row in found.get(name, ()))) for name in known[2:]
    )
    return Decisions(accepted - denied, denied, contested, undone)


def _hint(text: str) -> str:
    if re.search(r"^<{7} ", text, re.MULTILINE):
        return "it holds a merge conflict: keep the lines of both sides"
    return 'a line reads: ["Conferences/X.md", "words", "Papers/Y.md"],'
