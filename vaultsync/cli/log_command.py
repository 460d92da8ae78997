"""`vaultsync log`: what vaultsync did, run by run, as git remembers it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from vaultsync.cli.moments import moment
from vaultsync.cli.options import common_options
from vaultsync.cli.output import print_json, say, styled
from vaultsync.cli.pager import paged
from vaultsync.cli.wiring import the_vault
from vaultsync.core.errors import Exit
from vaultsync.core.history.messages import links_of, rules_of
from vaultsync.core.text.shown import one_line
from vaultsync.git.repository import Git
from vaultsync.runs.listed_runs import ListedRun, listed_runs
from vaultsync.vault.cache import Cache

SHOWN = 10
"""Runs that are listed unless another number is asked for."""

NAMED = 5
"""Notes of a run that are named for a person; a first run changes thousands."""


@click.command("log")
@click.option(
    "-n", "number", type=click.IntRange(min=1), default=SHOWN, show_default=True, help="Show this many runs."
)
@click.option("--all", "everything", is_flag=True, help="Show all runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the runs as JSON.")
@common_options
@click.pass_obj
def command(named: str | None, number: int, everything: bool, as_json: bool) -> int:
    """Tell what vaultsync did: the runs, the newest first.

    The first word is the name of the run, which `vaultsync undo` takes.
    """
    vault = the_vault(named)
    git = Git.open(vault.root)
    with closing(Cache(vault.root, vault.fingerprint)) as cache:
        listed, every = listed_runs(git, cache, None if everything else number)
    runs = [_told(one) for one in listed]
    if as_json:
        print_json(runs)
        return Exit.CLEAN
    with paged():
        for run in runs:
            _show(run)
    if not runs:
        say("no run yet: `vaultsync fix` makes one")
    elif len(runs) < every:
        say(f"… and {every - len(runs)} earlier ones (--all)")
    return Exit.CLEAN


def _told(one: ListedRun) -> dict[str, Any]:
    """A run as JSON shows it."""
    run = one.commit
    added, removed = links_of(run.trailers)
    return {
        "run": one.name,
        "when": run.when.astimezone().isoformat(timespec="seconds"),
        "commit": run.sha,
        "subject": run.subject,
        "notes": list(one.notes),
        "rules": list(rules_of(run.trailers)),
        "links_added": added,
        "links_removed": removed,
        "undoes": one.undoes or None,
        "undone_by": one.undone_by or None,
        "changed_since": one.changed_since,
    }


def _show(run: dict[str, Any]) -> None:
    back = styled(f"  (taken back by {run['undone_by']})", fg="yellow") if run["undone_by"] else ""
    click.echo(
        f"{styled(run['run'], fg='yellow')}  {moment(run['when'])}  {styled(run['subject'], bold=True)}{back}"
    )
    if run["changed_since"]:
        click.echo(
            f"    {styled('not what this run did', fg='red')}: amended, squashed, holds a save of yours,"
            " or never was vaultsync's; `undo` asks before"
        )
    notes = run["notes"]
    more = f" and {len(notes) - NAMED} more" if len(notes) > NAMED else ""
    if notes:
        click.echo(f"    {', '.join(map(one_line, notes[:NAMED]))}{more}")
    counts = (("+", run["links_added"]), ("−", run["links_removed"]))
    links = " ".join(f"{sign}{number}" for sign, number in counts if number)
    facts = "; ".join(filter(None, (", ".join(run["rules"]), f"links {links}" if links else "")))
    if facts:
        click.echo(f"    {facts}")
