"""What became of generated files, in words or as JSON: what several commands share."""

from __future__ import annotations

import click

from vaultsync.cli.output import counted, print_json, problem_lines, say
from vaultsync.cli.report import show_waiting
from vaultsync.core.errors import Exit
from vaultsync.core.text.shown import one_line
from vaultsync.runs.views import ViewsReport


def show_views(report: ViewsReport, *, as_json: bool) -> int:
    """Print what became of the files; gives the exit code."""
    if as_json:
        print_json(report)
    else:
        for path in report.written:
            click.echo(one_line(path))
        for problem in report.problems:
            click.echo(problem_lines(problem))
        if not report.written and report.unchanged and not report.problems:
            say(f"nothing to do: {counted(len(report.unchanged), 'file')} as it should be")
        for commit in report.commits:
            say(f"  {commit.sha[:7]} {commit.subject}")
        if report.waiting is not None:
            show_waiting(
                report.waiting, "written, not yet committed" if report.written else "nothing was written"
            )
    return Exit.REMAINS if report.problems or report.waiting is not None else Exit.CLEAN
