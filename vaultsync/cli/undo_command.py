"""`vaultsync undo`: take a run back; what was written since stays."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from vaultsync.cli import completing
from vaultsync.cli.options import common_options
from vaultsync.cli.output import (
    change_line,
    coloured_diff,
    counted,
    print_json,
    problem_lines,
    progress_bar,
    report_json,
    say,
)
from vaultsync.cli.report import show_waiting
from vaultsync.cli.wiring import the_ports, the_vault
from vaultsync.core.errors import Exit, VaultsyncError
from vaultsync.core.links.decisions import Fault
from vaultsync.core.plan.diff import diff_of
from vaultsync.runs.undo import Undone, undo


@click.command("undo")
@click.argument("run", required=False, default="", shell_complete=completing.runs)
@click.option("--diff", is_flag=True, help="Show what would be taken back; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--yes", is_flag=True, help="Take back a commit, too, that is no longer what its run did.")
@common_options
@click.pass_obj
def command(named: str | None, run: str, diff: bool, as_json: bool, yes: bool) -> int:
    """Take back what RUN did (`vaultsync log` names the runs), or what the last run did.

    What was written since stays; where that isn't possible the place is named and left as it is. What is
    taken back is not done again: `fix --retry` ends that. An undo is a run itself: undo it, and all is as
    before.
    """
    vault = the_vault(named)
    with progress_bar() as progress, the_ports(vault) as ports:

        def confirm(doubt: VaultsyncError) -> bool:
            progress.hide()
            if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
                return yes
            say(doubt.message)
            return click.confirm("Take all of it back?", err=True)

        undone = undo(vault, ports, run, write=not diff, progress=progress, confirm=confirm)
    report = undone.report
    if as_json:
        print_json(report_json(report, with_diff=diff) | {"undoes": undone.run})
    else:
        _show(undone, diff=diff)
    if report.waiting is not None or report.problems:
        return Exit.REMAINS
    return Exit.REMAINS if diff and report.changes else Exit.CLEAN


def _show(undone: Undone, *, diff: bool) -> None:
    report = undone.report
    if report.waiting is not None and not report.changes:
        show_waiting(report.waiting, "nothing was written")
        return
    for change in report.changes:
        click.echo(coloured_diff(diff_of(change)) if diff else change_line(change).rstrip(), nl=not diff)
    for problem in report.problems:
        click.echo(problem_lines(problem))
    say(_summary(undone, diff=diff))
    for commit in report.commits:
        say(f"  {commit.sha[:7]} {commit.subject}")
    if report.waiting is not None:
        show_waiting(report.waiting, "written, not yet committed")
    if report.changes and not diff:
        say(f"Put back with `vaultsync undo{f' {report.run}' if report.run else ''}`.")
        if undone.kept_off:
            say(_left_alone(undone.kept_off))


def _summary(undone: Undone, *, diff: bool) -> str:
    report = undone.report
    if not report.changes:
        return f"nothing to take back of run {undone.run}"
    verb = "would be taken back" if diff else "taken back"
    notes = all(change.path.lower().endswith(".md") for change in report.changes)
    where = counted(len(report.changes), "note" if notes else "file")
    parts = [f"run {undone.run} {verb} in {where}"]
    if report.problems:
        parts.append(f"{counted(len(report.problems), 'place')} had to stay")
    if report.denied:
        parts.append("its links will not be made again")
    return ", ".join(parts)


def _left_alone(kept_off: Sequence[Fault]) -> str:
    rules = ", ".join(sorted({fault.rule for fault in kept_off}))
    return (
        f"What was taken back is left alone from now on ({rules});\n"
        "  `vaultsync fix --retry` lets these rules work there again."
    )
