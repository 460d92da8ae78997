"""A vault in memory, and one run of the rules over it: what the tests of links have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem
from vaultsync.core.links.block_memory import FormerLines
from vaultsync.core.links.decisions import Decisions
from vaultsync.core.links.index import Index
from vaultsync.core.links.renames import former_vault
from vaultsync.core.note import note_of
from vaultsync.core.plan.planner import plan_notes
from vaultsync.core.rules import RULES, Rule

LINK_RULES = tuple(rule for rule in RULES if rule.id.startswith("link-"))
CONFIG = Config()


class Run(msgspec.Struct, frozen=True):
    """A vault after a run: its notes, what was reported, the index as it was left."""

    files: dict[str, str]
    problems: tuple[Problem, ...]
    index: Index
    changed: frozenset[str]


def nobody_remembers(path: str) -> Callable[[str], bool] | None:
    return None


def run(
    files: Mapping[str, str],
    *,
    rules: Sequence[Rule] = LINK_RULES,
    config: Config = CONFIG,
    decisions: Decisions | None = None,
    memory: FormerLines = nobody_remembers,
    gone: Mapping[str, str] | None = None,
    made: Callable[[str], Collection[str]] | None = None,
    others: Iterable[str] = (),
) -> Run:
    """One run of `rules` over a vault of notes; `gone` are notes that were there before, `others` files."""
    notes = {path: note_of(path, text, config) for path, text in files.items()}
    index = Index(config, notes.get, decisions=decisions, former_lines=memory)
    index.add_files(others)
    for note in notes.values():
        index.put(note)
    if gone:
        before = [note_of(path, text, config) for path, text in gone.items()]
        index.former = former_vault([*gone, *files], before, notes.values(), made)
    plan = plan_notes(index, rules, notes, notes.get)
    after = {**files, **{change.path: change.after.text for change in plan.changes}}
    return Run(after, plan.problems, index, frozenset(change.path for change in plan.changes))


def paper(title: str, *properties: str, body: str = "") -> str:
    """A paper note."""
    lines = [f'title: "{title}"', *properties, "tags:", "  - paper"]
    return "\n".join(["---", *lines, "---", body])


def talk(body: str, *, title: str = "ICASSP 2025", date: str = "2025-04-06") -> str:
    """A conference note with one session."""
    return f"---\ntitle: {title}\ntags:\n  - conference\ndate: {date}\n---\n# Montag\n## Talk: Rings\n{body}"
