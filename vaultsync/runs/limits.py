"""When a run would do more than anybody expects, it asks first: `[limits]`, consent, an empty vault.

Part of the cycle, between the plan and the first commit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from vaultsync.core.config.settings import LimitsSection
from vaultsync.core.errors import VaultsyncError
from vaultsync.core.history.changes import FileChange
from vaultsync.core.plan.change import Change
from vaultsync.vault.consent import Consent, NoConsent

if TYPE_CHECKING:
    from vaultsync.core.plan.examples import RuleExample
    from vaultsync.git.repository import Git

Confirm = Callable[[str], bool]
"""Asked with one line on what would be done; whether somebody said yes."""

Begin = Callable[[Sequence[Change], int, "Sequence[RuleExample]"], bool]
"""Asked before the first change of a vault: the run's changes, the number of notes, the rules at work."""


class OverLimit(VaultsyncError):
    """The run would do more than `[limits]` allows, and nobody said yes."""


def refuse_empty(files: Collection[str], git: Git | None) -> None:
    """Raise `OverLimit` if the vault has no file any more, but notes in its last commit."""
    if files or git is None or git.history.head() is None:
        return
    if gone := sum(path.endswith(".md") for path in git.history.files()):
        raise OverLimit(
            f"the vault is empty, but its last commit has {gone} notes",
            "is the disk mounted? If the notes are meant to be gone, commit that with git",
        )


def ask_first(
    consent: Consent,
    changes: Sequence[Change],
    notes: int,
    begin: Begin | None,
    examples: Callable[[Sequence[Change]], Sequence[RuleExample]],
) -> bool:
    """Whether somebody was asked whether rules may change this vault, and agreed; that is kept.

    `examples` gives what each rule did. Raises `NoConsent` where nobody agreed, or nobody can be asked.
    """
    if not changes or consent.given():
        return False
    if begin is None or not begin(changes, notes, examples(changes)):
        raise NoConsent
    consent.give()
    return True


def ask_share(changes: Sequence[Change], notes: int, limits: LimitsSection, confirm: Confirm) -> bool:
    """Whether somebody was asked about so many changes, and agreed; raises `OverLimit` if not."""
    if len(changes) <= limits.notes or len(changes) <= limits.share * notes:
        return False
    summary = f"{len(changes)} of {notes} notes would change"
    if not confirm(summary):
        raise OverLimit(
            f"{summary}, more than the limit of {limits.share:.0%}; nothing was written",
            "look at it with `vaultsync fix --diff`, then run `vaultsync fix --yes`",
        )
    return True


def ask_deletions(changes: Sequence[FileChange], notes: int, limits: LimitsSection, confirm: Confirm) -> None:
    """Raise `OverLimit` if too many notes are gone, beside `notes` that aren't, and nobody said yes."""
    gone = sum(c.kind == "deleted" and c.path.endswith(".md") for c in changes)
    if gone <= limits.notes or gone <= limits.share * (gone + notes):
        return
    summary = f"{gone} of {gone + notes} notes are gone since the last commit"
    if not confirm(summary):
        raise OverLimit(f"{summary}; nothing was committed", "if that is meant, run `vaultsync fix --yes`")
