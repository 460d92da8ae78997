"""`vaultsync resolve`: finish what a merge by hand left."""

from __future__ import annotations

import click

from vaultsync.cli.options import common_options
from vaultsync.cli.output import counted, print_json, say
from vaultsync.cli.wiring import the_ports, the_vault
from vaultsync.core.errors import Exit
from vaultsync.core.text.shown import one_line
from vaultsync.runs.resolving import resolve_all


@click.command("resolve")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@common_options
@click.pass_obj
def command(named: str | None, as_json: bool) -> int:
    """Bring together the files that a `git merge` or `git pull` left unmerged, and tell git so.

    What both sides have stays, what doesn't go together lies beside in a conflict note. The commit of the
    merge is yours: `git commit`. Exits with 1 if something is left to you.
    """
    with the_ports(the_vault(named)) as ports:
        found = resolve_all(ports)
    if as_json:
        print_json(found)
    for one in [] if as_json else found:
        left = f"; what does not go together is in {one_line(one.conflict)}" if one.conflict else ""
        click.echo(f"{one_line(one.path)}: {one.problem or f'merged{left}'}")
    done = sum(not one.problem for one in found)
    if not found:
        say("nothing to resolve: git has no unmerged files here")
    elif done == len(found):
        say(f"{counted(done, 'file')} merged; `git commit` finishes the merge")
    remains = any(one.problem or one.conflict for one in found)
    return Exit.REMAINS if remains else Exit.CLEAN
