"""`vaultsync status`: what the vault's daemon does, and what it waits for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import msgspec

from vaultsync.cli.alike import alike_problems, and_more_like_it
from vaultsync.cli.moments import moment
from vaultsync.cli.options import common_options
from vaultsync.cli.output import counted, for_person, print_json, problem_lines, styled
from vaultsync.cli.which_vault import the_former_root
from vaultsync.core.errors import Exit
from vaultsync.core.text.shown import one_line
from vaultsync.daemon.status import Place, Status, SyncStatus, was_run

SHOWN = 5


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print the status as JSON.")
@common_options
@click.pass_obj
def command(named: str | None, as_json: bool) -> int:
    """Show whether a daemon runs for the vault, and how it does. Exits with 1 if none runs."""
    place = Place(the_former_root(named, was_run))
    running = place.running()
    if as_json:
        shown = msgspec.to_builtins(running) if running is not None else {"vault": str(place.root)}
        print_json({"running": running is not None, **shown})
    elif running is None:
        last = place.last_status()
        click.echo(f"no daemon runs for {place.root}")
        if last is not None and last.state != "stopping":
            click.echo(
                f"the last one ended unexpectedly: `vaultsync doctor` looks for the cause\n  {last.log}"
            )
    else:
        show(running)
    return Exit.CLEAN if running is not None else Exit.REMAINS


def show(status: Status) -> None:
    """Print a status for a person."""
    known = f" ({counted(status.notes, 'note')})" if status.notes or status.state == "idle" else ""
    click.echo(f"{styled(status.state, bold=True)}: {status.vault}{known}")
    click.echo(f"process {status.pid}, version {status.version}, started {moment(status.started)}")
    if (trouble := status.waiting) is not None:
        why = f"waiting: {trouble.message} (began {moment(trouble.since)})"
        click.echo(styled(for_person(why), fg="red"))
        if trouble.hint:
            click.echo(for_person(f"  {trouble.hint}"))
        for line in trouble.output.splitlines():
            click.echo(f"  | {line}")
        click.echo(f"  {_tries(trouble.tries, trouble.next_try)}")
    for reason in status.degraded:
        lines = reason.replace("\n", "\n  ")
        click.echo(for_person(f"{styled('attention', fg='yellow')}: {lines}"))
    click.echo(f"watching by {status.watch.how}{_folders(status)}")
    if status.state == "starting":
        click.echo("the whole vault is being looked at")
    click.echo(
        f"{counted(status.pending_count, 'file')} not settled yet (after {status.quiet:g} s of quiet)"
        if status.pending_count
        else "all files are settled"
    )
    for pending in status.pending[:SHOWN]:
        held = ", being typed in" if pending.held else ""
        click.echo(f"  {one_line(pending.path)} ({moment(pending.due)}{held})")
    _more(status.pending_count)
    if (run := status.last_run) is not None:
        click.echo(f"last run {moment(run.at)}: {counted(run.changed_count, 'note')} changed")
        for commit in run.commits:
            click.echo(f"  {styled(commit.sha[:7], fg='yellow')} {commit.subject}")
    if status.sync is not None:
        _show_sync(status.sync)
    if status.conflicts:
        click.echo(f"{counted(status.conflicts, 'conflict note')}: `vaultsync conflicts` lists them")
    if status.problem_count:
        click.echo(f"{counted(status.problem_count, 'problem')} for you to look at")
        groups = list(alike_problems(status.problems).values())
        cut = status.problem_count > len(status.problems)
        for group in groups[:SHOWN]:
            click.echo(problem_lines(group[0], "  "))
            if len(group) > 1:
                click.echo(f"    {and_more_like_it(group, some=cut)}")
        if len(groups) > SHOWN or cut:
            click.echo("  and more: `vaultsync fix --check` lists all")
    click.echo(f"log: {status.log}")


def _show_sync(sync: SyncStatus) -> None:
    last = f", last in step {moment(sync.last)}" if sync.last else ""
    if not sync.message:
        click.echo(f"sync: {sync.state}{last}")
    else:
        click.echo(styled(for_person(f"sync: {sync.message}{last}"), fg="yellow"))
        if sync.hint:
            click.echo(for_person(f"  {sync.hint}"))
        for line in sync.output.splitlines():
            click.echo(f"  | {line}")
        if sync.tries:
            click.echo(f"  {_tries(sync.tries, sync.next_try)}")


def _more(count: int, where: str = "") -> None:
    """Say how many there are beside those shown."""
    if count > SHOWN:
        click.echo(f"  and {count - SHOWN} more{where}")


def _folders(status: Status) -> str:
    watch = status.watch
    return f" ({watch.watched} of {watch.folders} folders)" if watch.folders is not None else ""


def _tries(tries: int, next_try: str) -> str:
    """How often something was tried, and when it is again; a time long past says: not by the clock."""
    due = datetime.fromisoformat(next_try) < datetime.now(UTC) - _OVERDUE
    when = "again as soon as that is over" if due else f"next {moment(next_try)}"
    return f"tried {counted(tries, 'time')}, {when}"


_OVERDUE = timedelta(seconds=5)
