"""A set of rules at work on one note: a single pass, as `plan` repeats it until nothing changes any more.

Rules that the configuration or the note itself switches off are left out, and so are edits to text that the
note keeps for itself, those at places that a rule keeps off, and those of a rule that wants what an earlier
one has taken.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from vaultsync.core.config.config import NoteConfig
from vaultsync.core.config.kinds import PAPER, PLAIN
from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.core.links.cached_facts import Gist
from vaultsync.core.links.decisions import EVERYWHERE, Fault
from vaultsync.core.links.habits import ISO_FORMS
from vaultsync.core.links.index import Index
from vaultsync.core.links.plain_lists import LISTED
from vaultsync.core.markdown.others_blocks import others_blocks
from vaultsync.core.note import Note
from vaultsync.core.plan.places import EditedPlace, Mend, kept_off_by, places_of
from vaultsync.core.rules.rule import Context, Finding, Rule
from vaultsync.core.text.spans import SpanSet, TextEdit, overlaps

NOT_OURS = (VaultsyncError, OSError)
"""What no rule is to blame for: the run is to stop, or the system refuses to read a note."""


class Pass(msgspec.Struct, frozen=True):
    """What one pass over a note gives: its edits, the rules that made them, and the note's problems.

    `mends` are what the edits put right, `undone` the same as it would be kept off. Of the places that rules
    keep off `in_order` are those at which nothing is wrong any more. `tended` are the names of the lists
    whose rules were free to do all that they wanted.
    """

    edits: list[TextEdit] = msgspec.field(default_factory=list)
    rules: list[Rule] = msgspec.field(default_factory=list)
    problems: list[Problem] = msgspec.field(default_factory=list)
    mends: list[Mend] = msgspec.field(default_factory=list)
    undone: list[Fault] = msgspec.field(default_factory=list)
    in_order: list[Fault] = msgspec.field(default_factory=list)
    tended: list[str] = msgspec.field(default_factory=list)


class RuleSet:
    """Rules in their order, and what each may know beside the note: made once for a kind in a folder."""

    def __init__(self, index: Index, rules: Sequence[Rule]) -> None:
        self.index, self.rules = index, rules
        self._contexts: dict[NoteConfig, list[tuple[Rule, Context]]] = {}

    def run(self, note: Note) -> Pass:
        """One pass over a note. An exception of a rule, which is a defect of ours, bears the rule's name."""
        found = Pass()
        off = _opted_out(note)
        if off is None or note.owner or self.index.config.is_template(note.path) or note.is_template:
            return found
        shielded: SpanSet | None = None  # asked for by the first edit: most notes need none
        decisions = self.index.decisions
        is_left_alone = decisions.are_left_alone(note.path)
        for rule, context in self._for(self._config(note)):
            if rule.id in off:
                continue
            findings = _findings(rule, note, context)
            if not findings and not is_left_alone:  # as for nearly all: some twenty rules a note
                if rule.linked and rule.place:
                    found.tended.append(rule.place)
                continue
            mine: list[TextEdit] = []
            wanted = 0
            for finding in findings:
                if isinstance(finding, Problem):
                    found.problems.append(finding)
                    continue
                wanted += 1
                shielded = _shielded(note) if shielded is None else shielded
                if not shielded.touches(finding.start, finding.end):
                    mine.append(finding)
            kept_off = decisions.left_alone(note.path, rule.id) if is_left_alone else ()
            if not (mine or kept_off):
                if rule.linked and rule.place and not wanted:
                    found.tended.append(rule.place)
                continue
            places = places_of(note, rule, mine)
            if kept_off:
                places = self._allowed(note, rule, places, kept_off, found)
                allowed = {edit for place in places for edit in place.edits}
                mine = [edit for edit in mine if edit in allowed]
            if rule.linked and rule.place and len(mine) == wanted:
                found.tended.append(rule.place)
            if mine and not overlaps(mine, found.edits):
                found.edits.extend(mine)
                found.rules.append(rule)
                found.mends.extend(place.mend(note, rule) for place in places)
                found.undone.extend(place.undone(note, rule) for place in places)
        return found

    def leave_unread(self, path: str) -> bool:
        """Whether these rules keep the plain list of the note at `path`, and leave the note as it is.

        In doubt they don't: to tell for sure takes the note.
        """
        index = self.index
        if path not in index.plain_lists or index.decisions.are_left_alone(path):
            return False
        rules = self._for(index.config.for_note(path, PAPER))
        keeps = any(rule.place == LISTED for rule, _ in rules)
        return keeps and all(rule.unread is not None and rule.unread(path, ctx) for rule, ctx in rules)

    def _allowed(
        self, note: Note, rule: Rule, places: list[EditedPlace], kept_off: Sequence[Fault], found: Pass
    ) -> list[EditedPlace]:
        """The places at which a rule may work; of those that others contest a problem tells."""
        off: set[tuple[str, bool]] = set()
        for fault, meant in kept_off_by(kept_off, places).items():
            off.update((place.name, place.is_passage) for place in meant)
            if not meant and fault.note != EVERYWHERE:
                found.in_order.append(fault)
            elif meant and fault in self.index.decisions.contested:
                found.problems.append(_contested(note, rule, meant[0]))
        if off and rule.together:
            return []
        return [place for place in places if (place.name, place.is_passage) not in off]

    def _config(self, note: Note) -> NoteConfig:
        """The settings for the note; one that only an identifier makes a paper is linked, and no more."""
        return self.index.config.for_note(note.path, note.kind if note.is_declared else PLAIN)

    def _for(self, config: NoteConfig) -> list[tuple[Rule, Context]]:
        contexts = self._contexts.get(config)
        if contexts is None:
            contexts = self._contexts[config] = [
                (rule, Context(self.index, config, _options(rule, config)))
                for rule in self.rules
                if rule.id not in config.off and (not rule.opt_in or rule.id in config.on)
            ]
        return contexts


def own_check(index: Index, rules: Sequence[Rule]) -> Callable[[Note, Gist], list[Problem] | None]:
    """The problems of a note that the rules which look at nothing else leave alone; else `None`.

    For a conference note, too: it is parsed once, when it is read.
    """
    own = RuleSet(index, [rule for rule in rules if not rule.linked])
    config = index.config

    def check(note: Note, gist: Gist) -> list[Problem] | None:
        if config.mentions_papers(note.kind) or index.decisions.are_left_alone(note.path):
            return None
        if config.order_asked_for(note.kind):
            return None
        if any(form not in ISO_FORMS for _, _, form in gist.dates):
            return None  # the vault's habit is only known when all notes are
        try:
            found = own.run(note)
        except NOT_OURS:
            raise
        except Exception:  # noqa: BLE001  the plan comes to the same defect, and tells it
            return None
        return found.problems if not found.edits else None

    return check


def _findings(rule: Rule, note: Note, context: Context) -> list[Finding]:
    try:
        return list(rule.check(note, context))
    except Exception as error:
        error.add_note(f"in the rule {rule.id}")
        raise


def _contested(note: Note, rule: Rule, place: EditedPlace) -> Problem:
    """What is told of a place that somebody else writes back."""
    name = f'"{place.name}"' if not (place.is_passage or rule.place) else f"the {rule.place or 'passage'}"
    name = f"the list of {place.name}" if rule.place and rule.linked else name
    return note.problem(
        place.edits[0].start,
        rule.id,
        f"{name} is left as it is: it was mended twice, and each time written back by another program",
        f"if that has ended: vaultsync fix --retry {shlex.quote(note.path)}",
    )


def _options(rule: Rule, config: NoteConfig) -> dict[str, Any]:
    """The options of a rule: its defaults, and what the configuration says instead."""
    defaults = {option.name: option.default for option in rule.options}
    return {**defaults, **config.options.get(rule.id, {})}


def _shielded(note: Note) -> SpanSet:
    """The text in which nothing is changed: what the person switched off, and what other programs write."""
    others = others_blocks(note.text, note.body_start)
    return SpanSet([*note.body.off, *others]) if "vaultsync:off" in note.text else others


_IGNORED = re.compile(r"^vaultsync:[ \t]*(?:ignore|false)[ \t]*\r?$", re.MULTILINE)


def _opted_out(note: Note) -> frozenset[str] | None:
    """The rules that the note's own `vaultsync` property switches off; `None` for all of them.

    `vaultsync: ignore` (or `false`) leaves the note alone, a list names the rules that do.
    """
    block = note.text[: note.body_start]
    if "vaultsync" not in block and "\\" not in block:  # what double quotes escape may spell anything
        return frozenset()  # its properties needn't be read for this
    unreadable = note.front is not None and note.front.error is not None
    if unreadable and _IGNORED.search(note.text, 0, note.body_start):  # this line can be read
        return None
    value = note.front.value("vaultsync") if note.front is not None else None
    if value is False or value == "ignore":
        return None
    values = value if isinstance(value, list) else [value]
    if "ignore" in values:
        return None
    return frozenset(v for v in values if isinstance(v, str))
