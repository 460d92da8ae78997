"""A set of rules at work on one note: a single pass, as `plan` repeats it until nothing changes any more.

Rules that the configuration or the note itself switches off are left out, and so are edits to text that the
note keeps for itself, and those of a rule that wants what an earlier one has taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from vaultsync.core.config.config import NoteConfig
from vaultsync.core.config.kinds import PLAIN
from vaultsync.core.config.settings import NO_KIND
from vaultsync.core.errors import Problem
from vaultsync.core.links.index import Index
from vaultsync.core.markdown.others_blocks import others_blocks
from vaultsync.core.note import Note
from vaultsync.core.rules.rule import Context, Rule
from vaultsync.core.text.spans import SpanSet, TextEdit, overlaps


class RuleSet:
    """Rules in their order, and what each may know beside the note: made once for a kind in a folder."""

    def __init__(self, index: Index, rules: Sequence[Rule]) -> None:
        self.index, self.rules = index, rules
        self._contexts: dict[NoteConfig, list[tuple[Rule, Context]]] = {}

    def edits(self, note: Note) -> tuple[list[TextEdit], list[Rule], list[Problem]]:
        """The edits of one pass to a note, the rules that made them, and the note's problems."""
        problems: list[Problem] = []
        edits: list[TextEdit] = []
        applied: list[Rule] = []
        off = _opted_out(note)
        if off is None or note.owner or self.index.config.is_template(note.path) or note.is_template:
            return edits, applied, problems
        shielded = _shielded(note)
        for rule, context in self._for(self._config(note)):
            if rule.id in off:
                continue
            mine: list[TextEdit] = []
            for finding in rule.check(note, context):
                if isinstance(finding, Problem):
                    problems.append(finding)
                elif not shielded.touches(finding.start, finding.end):
                    mine.append(finding)
            if mine and not overlaps(mine, edits):
                edits += mine
                applied.append(rule)
        return edits, applied, problems

    def _config(self, note: Note) -> NoteConfig:
        """The settings for the note; one that only an identifier makes a paper is linked, and no more."""
        config, kind = self.index.config, note.kind
        if config.kinds.get(kind, NO_KIND).properties:
            kind = config.declared_kind(note.path, note.front, note.text) or PLAIN
        return config.for_note(note.path, kind)

    def _for(self, config: NoteConfig) -> list[tuple[Rule, Context]]:
        contexts = self._contexts.get(config)
        if contexts is None:
            contexts = self._contexts[config] = [
                (rule, Context(self.index, config, _options(rule, config)))
                for rule in self.rules
                if rule.id not in config.off and (not rule.opt_in or rule.id in config.on)
            ]
        return contexts


def _options(rule: Rule, config: NoteConfig) -> dict[str, Any]:
    """The options of a rule: its defaults, and what the configuration says instead."""
    defaults = {option.name: option.default for option in rule.options}
    return {**defaults, **config.options.get(rule.id, {})}


def _shielded(note: Note) -> SpanSet:
    """The text in which nothing is changed: what the person switched off, and what other programs write."""
    others = others_blocks(note.text, note.body_start)
    return SpanSet([*note.body.off, *others]) if "vaultsync:off" in note.text else others


_MAY_OPT_OUT = re.compile(r"vaultsync|\\")  # what double quotes escape may spell anything

_IGNORED = re.compile(r"^vaultsync:[ \t]*(?:ignore|false)[ \t]*\r?$", re.MULTILINE)


def _opted_out(note: Note) -> frozenset[str] | None:
    """The rules that the note's own `vaultsync` property switches off; `None` for all of them.

    `vaultsync: ignore` (or `false`) leaves the note alone, a list names the rules that do.
    """
    if not _MAY_OPT_OUT.search(note.text, 0, note.body_start):  # its properties needn't be read for this
        return frozenset()
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
