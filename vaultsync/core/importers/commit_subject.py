"""The subject of an import's commit: what it made, and from what, as `git log` shows it."""

from __future__ import annotations

from collections.abc import Sequence

from vaultsync.core.history.messages import SUBJECT_COLUMNS

SHORTEST_NAME = 16
"""Characters of a source's name that are shown at least, even if the subject becomes too long by it."""


def import_subject(template: str, kinds: Sequence[str], completed: int, names: Sequence[str]) -> str:
    """`vaultsync: import 9 papers, complete 1 note from digest.txt and 2 more`.

    `template` is the vault's own for the tool's commits, used if it asks for nothing but the summary; `kinds`
    are those of the new notes, `completed` counts those that were there, `names` are the sources'.
    """
    before, field, after = template.partition("{summary}")
    if not field or "{" in before + after or "}" in before + after:
        before, after = "vaultsync: ", ""
    summary = _summary(kinds, completed)
    return f"{before}{summary}{_origin(names, SUBJECT_COLUMNS - len(before + summary + after))}{after}"


def _summary(kinds: Sequence[str], completed: int) -> str:
    papers = sum(kind == "paper" for kind in kinds)
    counts = [(papers, "paper"), (len(kinds) - papers, "conference note")]
    made = " and ".join(_counted(number, what) for number, what in counts if number)
    imported = f"import {made}" if made else ""
    added_to = f"complete {_counted(completed, 'note')}" if completed else ""
    return ", ".join(filter(None, (imported, added_to))) or "empty the inbox"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _origin(names: Sequence[str], room: int) -> str:
    """Where it came from, in about as many characters as there is room for; empty for a lone identifier."""
    if not any(names):
        return ""
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    room = max(room - len(f" from {more}"), SHORTEST_NAME)
    name = "".join(c if c.isprintable() else "\ufffd" for c in names[0]) or "identifiers"
    return f" from {name if len(name) <= room else name[: room - 1] + '…'}{more}"
