"""What the person decided about links: `.vaultsync/decisions.toml`, sorted, one decision a line.

A decision names the note, the words, and the paper. The file is written whole and in one order, so that two
devices that decide different things merge without a conflict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.config.toml import read_toml, to_toml
from vaultsync.core.errors import ConfigError
from vaultsync.core.text.folding import fold_name

_HEAD = "# What vaultsync was told about links; `vaultsync links` writes it. One decision a line, sorted.\n"


class Decision(msgspec.Struct, frozen=True, order=True):
    """In the note at `note`, the folded `words` do (or don't) mean the paper at `paper`."""

    note: str
    words: str
    paper: str


class Decisions(msgspec.Struct, frozen=True, dict=True):
    """All decisions of a vault."""

    accepted: frozenset[Decision] = frozenset()
    denied: frozenset[Decision] = frozenset()

    @cached_property
    def accepted_in(self) -> Mapping[str, frozenset[Decision]]:
        """What was accepted in each note, by its path."""
        notes = {d.note for d in self.accepted}
        return {note: frozenset(d for d in self.accepted if d.note == note) for note in notes}

    def accept(self, decisions: Iterable[Decision]) -> Decisions:
        """These decisions, and no longer their opposite."""
        new = frozenset(decisions)
        return Decisions(self.accepted | new, self.denied - new)

    def deny(self, decisions: Iterable[Decision]) -> Decisions:
        """These refusals, and no longer their opposite."""
        new = frozenset(decisions)
        return Decisions(self.accepted - new, self.denied | new)

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

        return Decisions(moved(self.accepted), moved(self.denied)) if paths else self

    def to_toml(self) -> str:
        """The text of the file; empty when nothing was decided."""
        parts = []
        for name, decisions in (("accept", self.accepted), ("deny", self.denied)):
            if decisions:
                lines = [f"  {to_toml([d.note, d.words, d.paper])},\n" for d in sorted(decisions)]
                parts.append(f"\n{name} = [\n{''.join(lines)}]\n")
        return _HEAD + "".join(parts) if parts else ""


def parse_decisions(text: str, source: str = DECISIONS_PATH) -> Decisions:
    """The decisions in the file's text. Raises `ConfigError` for what is no list of three texts a line."""
    table = read_toml(text, source, _hint(text))
    try:
        found = msgspec.convert(table, dict[str, list[tuple[str, str, str]]])
    except msgspec.ValidationError:
        raise ConfigError(f"{source}: each decision is [note, words, paper]", _hint(text)) from None
    if unknown := set(found) - {"accept", "deny"}:
        raise ConfigError(f"{source}: unknown key {min(unknown)!r}; known: accept, deny")
    accepted, denied = (
        frozenset(Decision(note, fold_name(words), paper) for note, words, paper in found.get(name, ()))
        for name in ("accept", "deny")
    )
    return Decisions(accepted - denied, denied)


def _hint(text: str) -> str:
    if re.search(r"^<{7} ", text, re.MULTILINE):
        return "it holds a merge conflict: keep the lines of both sides"
    return 'a line reads: ["Conferences/X.md", "words", "Papers/Y.md"],'
