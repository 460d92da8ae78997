"""`vaultsync doctor`: what on this machine keeps vaultsync from working well, and what to do about it."""

from __future__ import annotations

import click

from vaultsync.cli.doctor import examine
from vaultsync.cli.options import common_options
from vaultsync.cli.output import in_columns, print_json, styled
from vaultsync.cli.which_vault import the_root
from vaultsync.core.errors import Exit
from vaultsync.core.text.shown import one_line

_COLOURS = {"ok": "green", "warn": "yellow", "bad": "red"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
@common_options
@click.pass_obj
def command(named: str | None, as_json: bool) -> int:
    """Look at git, the file system, Obsidian's settings and other tools. Exits with 1 if something is bad."""
    checks = list(examine(the_root(named)))
    if as_json:
        print_json(checks)
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            state = styled(f"{check.state:4}", fg=_COLOURS[check.state])
            click.echo(in_columns(f"{state}  {check.name:{width}}  ", one_line(check.found)))
            if check.todo:
                click.echo(in_columns(f"      {'':{width}}  → ", one_line(check.todo)))
    return Exit.REMAINS if any(check.state == "bad" for check in checks) else Exit.CLEAN
