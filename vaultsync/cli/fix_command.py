"""`vaultsync fix`: one cycle over the vault, or a look at what it would do."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING

import click
import msgspec

from vaultsync.cli import completing
from vaultsync.cli.first_problems import FirstProblems
from vaultsync.cli.naming import no_rule, notes_named
from vaultsync.cli.options import common_options, without_git_option
from vaultsync.cli.output import (
    print_json,
    print_json_error,
    progress_bar,
    report_json,
    say,
)
from vaultsync.cli.pager import paged
from vaultsync.cli.report import show, show_defects
from vaultsync.cli.wiring import the_cycle, the_vault
from vaultsync.core.errors import Exit
from vaultsync.core.plan.progress import silent
from vaultsync.core.rules import RULES
from vaultsync.runs.cycle import Cycle, Report, Request
from vaultsync.vault.consent import NoConsent, give_consent, has_consent

if TYPE_CHECKING:
    from vaultsync.core.plan.change import Change
    from vaultsync.core.plan.examples import RuleExample


@click.command("fix")
@click.argument("notes", nargs=-1, metavar="[NOTE]...", shell_complete=completing.notes)
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
@click.option(
    "--check", "-n", "--dry-run", "check", is_flag=True, help="Say which notes would change; write nothing."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
    "--all", "every", is_flag=True, help="List every problem, also those that are alike or accepted."
)
@without_git_option("--no-commit", "Leave git alone.")
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="ID",
    help="Apply only this rule; may be given again.",
    shell_complete=completing.rules,
)
@click.option("--message", default="", metavar="TEXT", help="The first line of vaultsync's own commit.")
@click.option(
    "--yes",
    is_flag=True,
    help="Agree, once for this machine, that rules change these notes, and more than [limits] allows.",
)
@click.option(
    "--retry",
    is_flag=True,
    help="Mend again what is left alone because another program wrote it back, or you undid it.",
)
@common_options
@click.pass_obj
def command(
    named: str | None,
    notes: tuple[str, ...],
    diff: bool,
    check: bool,
    as_json: bool,
    every: bool,
    no_commit: bool,
    rules: tuple[str, ...],
    message: str,
    yes: bool,
    retry: bool,
) -> int:
    """Make the vault consistent: properties, links, lists of mentions; then commit.

    Your own edits are committed first, in a commit of their own. With NOTEs only these are written; the
    rest of the vault is read all the same, since links depend on it. Before the first change of a vault you
    are asked; without a terminal only --yes is an answer.
    """
    vault = the_vault(named)
    unknown = [rule for rule in rules if rule not in {r.id for r in RULES}]
    if unknown:
        raise click.UsageError(no_rule(unknown[0]))
    asked_to_look = diff or check
    only = frozenset(notes_named(vault, notes)) if notes else None
    if retry and asked_to_look:
        raise click.UsageError("--retry changes what was decided: leave out --check and --diff")
    if yes and not asked_to_look:
        give_consent(vault.root)
    unasked = not asked_to_look and not _on_terminal() and not has_consent(vault.root)
    look = asked_to_look or unasked
    if retry:
        if not has_consent(vault.root):
            raise NoConsent
        with the_cycle(vault, silent) as cycle:
            cycle.retry(only)
        vault = the_vault(named)
    with ExitStack() as until_done:
        bar = until_done.enter_context(progress_bar())
        first = FirstProblems(bar, wanted=not as_json)
        cycle = until_done.enter_context(the_cycle(vault, first.progress))

        def confirm(summary: str) -> bool:
            bar.hide()
            return yes or _asked(summary)

        def begin(changes: Sequence[Change], total: int, examples: Sequence[RuleExample]) -> bool:
            bar.hide()
            return _asked_for_consent(changes, total, examples)

        request = Request(
            only=only,
            rules=frozenset(rules) if rules else None,
            write=not look,
            commit=not no_commit,
            message=message,
            confirm=confirm,
            begin=begin if _on_terminal() else None,
            tell=first.tell,
        )
        try:
            report = _looked(cycle, request) if look and not diff else cycle.run(request)
        except NoConsent as refusal:
            return _declined(refusal, as_json=as_json)
    report = _narrowed(report, only)
    if as_json:
        print_json(report_json(report, with_diff=diff) | {"accepted": report.accepted})
    else:
        with paged() if look else nullcontext():
            show(report, diff=diff, look=look, every=every, told=first.told)
    if unasked:
        say("nothing was written or committed: `vaultsync fix --yes` agrees to it, once for this machine")
        return Exit.REMAINS
    if report.defects:
        show_defects(report.defects)
        return Exit.DEFECT
    if report.waiting is not None:
        return Exit.REMAINS
    return Exit.REMAINS if report.problems or (look and report.listed) else Exit.CLEAN


def _looked(cycle: Cycle, request: Request) -> Report:
    from vaultsync.runs import kept_look  # which only a look needs

    return kept_look.look(cycle, request)


def _declined(refusal: NoConsent, *, as_json: bool) -> int:
    """Somebody who was asked said no; gives the exit code."""
    say("nothing was written; `vaultsync fix` asks again")
    if as_json:
        print_json_error(refusal.message, refusal.hint)
    return Exit.REMAINS


def _narrowed(report: Report, only: frozenset[str] | None) -> Report:
    """What a report says of the notes that were named, if some were."""
    if only is None:
        return report
    problems, accepted = (
        tuple(p for p in found if p.path in only) for found in (report.problems, report.accepted)
    )
    return msgspec.structs.replace(report, notes=len(only), problems=problems, accepted=accepted)


def _asked(summary_text: str) -> bool:
    """Ask on a terminal; elsewhere the answer is no."""
    return _on_terminal() and click.confirm(f"{summary_text}. Go on?", err=True)


def _asked_for_consent(changes: Sequence[Change], total: int, examples: Sequence[RuleExample]) -> bool:
    from vaultsync.cli.consent import asked_for_consent  # which only a first run needs

    return asked_for_consent(changes, total, examples)


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
