"""Asking on a terminal before the first change of a vault: what each rule would do, with an example."""

from __future__ import annotations

from collections.abc import Sequence

import click

from vaultsync.cli.output import coloured_diff, counted, say, styled
from vaultsync.cli.pager import paged
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.diff import diff_of
from vaultsync.core.plan.examples import RuleExample

EXAMPLE_LINES = 16
"""Lines of a diff that are shown of an example."""


def asked_for_consent(changes: Sequence[Change], notes: int, examples: Sequence[RuleExample]) -> bool:
    """Show what a run would change of `notes` notes, and ask; `d` shows the whole diff, and asks again."""
    say(
        f"vaultsync has changed nothing in this vault yet. "
        f"It would change {len(changes)} of {counted(notes, 'note')}:"
    )
    for example in examples:
        say(f"\n{styled(example.rule, bold=True)} in {counted(example.notes, 'note')}, for example:")
        lines = example.diff.splitlines()
        click.echo(coloured_diff("\n".join(lines[:EXAMPLE_LINES])), err=True)  # no line of a patch is broken
        if len(lines) > EXAMPLE_LINES:
            say(f"… and {counted(len(lines) - EXAMPLE_LINES, 'line')} more")
    say("\nYour notes are committed as they are before that; `vaultsync undo` takes a run back.")
    while True:
        answer = click.prompt("Go on? [y]es, [n]o, [d]iff of all", default="n", show_default=False, err=True)
        match answer.strip().lower()[:1]:
            case "y":
                return True
            case "n":
                return False
            case "d":
                with paged():
                    for change in changes:
                        click.echo(coloured_diff(diff_of(change)), nl=False)
