"""`vaultsync fix`: one cycle over the vault, or a look at what it would do."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from vaultsync.cli.output import (
    change_line,
    coloured_diff,
    diff_of,
    print_json,
    problem_line,
    progress_bar,
    report_json,
    say,
)
from vaultsync.cli.rules_command import no_rule
from vaultsync.cli.wiring import the_cycle, the_vault, vault_option
from vaultsync.cycle import Report, Request
from vaultsync.errors import Exit, VaultsyncError
from vaultsync.history import Waiting
from vaultsync.plan import Change
from vaultsync.rules import RULES
from vaultsync.vault import Vault

SHOWN = 200
"""Changed notes that are listed one by one; a first run over a large vault changes thousands."""


@click.command("fix")
@click.argument("notes", nargs=-1, metavar="[NOTE]...")
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
@click.option("--check", is_flag=True, help="Say which notes would change; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--no-commit", is_flag=True, help="Leave git alone.")
@click.option(
    "--rule", "rules", multiple=True, metavar="ID", help="Apply only this rule; may be given again."
)
@click.option("--message", default="", metavar="TEXT", help="The subject of the commit of the tool's edits.")
@click.option("--yes", is_flag=True, help="Change more notes than [limits] allows.")
@vault_option
@click.pass_obj
def command(
    named: str | None,
    notes: tuple[str, ...],
    diff: bool,
    check: bool,
    as_json: bool,
    no_commit: bool,
    rules: tuple[str, ...],
    message: str,
    yes: bool,
) -> int:
    """Make the vault consistent: properties, links, lists of mentions; then commit.

    Your own edits are committed first, in a commit of their own. With NOTEs only these are written; the
    rest of the vault is read all the same, since links depend on it.
    """
    vault = the_vault(named)
    unknown = [rule for rule in rules if rule not in {r.id for r in RULES}]
    if unknown:
        raise click.UsageError(no_rule(unknown[0]))
    look = diff or check
    only = frozenset(note_path(vault, note) for note in notes) if notes else None
    with progress_bar() as progress, the_cycle(vault, progress) as cycle:

        def confirm(summary: str) -> bool:
            progress.hide()
            return yes or _asked(summary)

        def begin(changes: Sequence[Change], total: int) -> bool:
            progress.hide()
            return yes or _asked_at_first(changes, total)

        request = Request(
            only=only,
            rules=frozenset(rules) if rules else None,
            write=not look,
            commit=not no_commit,
            message=message,
            confirm=confirm,
            begin=begin if _on_terminal() else None,
        )
        report = cycle.run(request)
    if only is not None:
        report = msgspec.structs.replace(
            report, notes=len(only), problems=tuple(p for p in report.problems if p.path in only)
        )
    if as_json:
        print_json(report_json(report, with_diff=diff))
    else:
        show(report, diff=diff, look=look)
    if report.waiting is not None:
        return Exit.REMAINS
    return Exit.REMAINS if report.problems or (look and report.changes) else Exit.CLEAN


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


def counted(number: int, noun: str) -> str:
    """`1 note`, `2 notes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _asked(summary_text: str) -> bool:
    """Ask on a terminal; elsewhere the answer is no."""
    return _on_terminal() and click.confirm(f"{summary_text}. Go on?", err=True)


def _asked_at_first(changes: Sequence[Change], total: int) -> bool:
    """Before vaultsync touches a vault for the first time: show what it is about to do, and ask."""
    say(f"The first run on this vault would change {len(changes)} of {counted(total, 'note')}:")
    used = Counter(rule for change in changes for rule in change.rules)
    for rule, number in used.most_common():
        say(f"  {rule} in {counted(number, 'note')}")
    say("Your notes are committed as they are before that; `vaultsync undo` takes it back.")
    return click.confirm("Go on?", err=True)


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
