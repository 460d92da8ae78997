"""A run's report in words, and the notes that a person names: what several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from vaultsync.cli.output import change_line, coloured_diff, counted, problem_line, say
from vaultsync.core.errors import VaultsyncError
from vaultsync.core.history.changes import Waiting
from vaultsync.core.plan.diff import diff_of
from vaultsync.runs.cycle import Report
from vaultsync.vault.open import Vault

SHOWN = 200
"""Changed notes that are listed one by one; a first run over a large vault changes thousands."""


def note_path(vault: Vault, name: str) -> str:
    """The vault-relative path of a note that a person named: from here, or from the vault's root."""
    for base in (Path.cwd(), vault.root):
        for candidate in (base / name, base / f"{name}.md"):
            if candidate.is_file():
                return _in_vault(vault, candidate, name)
    if any((base / name).is_dir() for base in (Path.cwd(), vault.root)):
        raise VaultsyncError(f"{name} is a folder", "name notes, or none for the whole vault")
    raise VaultsyncError(f"no note {name}", f"neither here nor in the vault {vault.root}")


def _in_vault(vault: Vault, file: Path, name: str) -> str:
    # A link to a note of the vault means that note; any other is a note under its own name.
    real = file.resolve()
    if not real.is_relative_to(vault.root):
        real = file.parent.resolve() / file.name
    if not real.is_relative_to(vault.root):
        raise VaultsyncError(f"{name} is not in the vault {vault.root}")
    path = real.relative_to(vault.root).as_posix()
    if not path.lower().endswith(".md"):
        raise VaultsyncError(f"{name} is not a note", "a note's name ends in .md")
    if any(part.startswith(".") for part in path.split("/")):
        raise VaultsyncError(f"{name} is hidden, so it belongs to Obsidian and not to its notes")
    if vault.config.ignored(path):
        raise VaultsyncError(f"{name} is ignored", "see `[vault] ignore` in .vaultsync/config.toml")
    return path


def show(report: Report, *, diff: bool, look: bool) -> None:
    """Print a report for a person."""
    if report.waiting is not None and not report.changes:
        show_waiting(report.waiting, "nothing was written")
        return
    for change in report.changes if diff else report.changes[:SHOWN]:
        click.echo(coloured_diff(diff_of(change)) if diff else change_line(change), nl=not diff)
    if len(report.changes) > SHOWN and not diff:
        click.echo(f"… and {len(report.changes) - SHOWN} more")
    for problem in report.problems:
        click.echo(problem_line(problem))
    for decision in report.denied:
        link = f'"{decision.words}" to {decision.paper}'
        say(f"{decision.note}: the link {link} was taken out and will not be made again")
    say(summary(report, look=look))
    for commit in report.commits:
        say(f"  {commit.sha[:7]} {commit.subject}")
    if report.waiting is not None:
        show_waiting(report.waiting, "the notes are written, but not committed")


def show_waiting(waiting: Waiting, state: str) -> None:
    """Say what git waits for, what that means for the notes, and what was said by a hook or git itself."""
    say(f"waiting: {waiting.message}; {state}\n  {waiting.hint}")
    for line in waiting.output.splitlines():
        say(f"  | {line}")


def summary(report: Report, *, look: bool) -> str:
    """The last line for a person."""
    parts = []
    if report.changes:
        parts.append(f"{counted(len(report.changes), 'note')} {'would change' if look else 'changed'}")
    elif not report.problems:
        parts.append(f"nothing to do: {counted(report.notes, 'note')} in order")
    else:
        parts.append("nothing to change")
    if report.problems:
        parts.append(f"{counted(len(report.problems), 'problem')} for you to look at")
    return ", ".join(parts)
