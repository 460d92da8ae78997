"""`vaultsync sync`: what other devices did comes here, what was done here goes to them."""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec

from vaultsync.cli.options import common_options
from vaultsync.cli.output import counted, for_person, print_json, progress_bar, say, styled
from vaultsync.cli.wiring import the_cycle, the_vault
from vaultsync.core.errors import Exit
from vaultsync.core.text.shown import one_line
from vaultsync.runs.sync import Synced, Syncer, SyncOrder
from vaultsync.vault.consent import has_consent

SHOWN = 10
"""Files that are named one by one."""


@click.command("sync")
@click.option(
    "--check",
    "-n",
    "--dry-run",
    "check",
    is_flag=True,
    help="Say what would come from the remote and go there; change nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--yes", is_flag=True, help="Go on although more notes are gone than [limits] allows.")
@click.option(
    "--rejoin",
    is_flag=True,
    help="Merge with a remote whose history was rewritten; what it dropped comes back from here.",
)
@common_options
@click.pass_obj
def command(named: str | None, check: bool, as_json: bool, yes: bool, rejoin: bool) -> int:
    """Exchange what changed with other devices, over the remote that the branch follows.

    Your edits are committed, what others committed is merged in and given to the rules, and the result is
    pushed. What both sides changed in ways that don't go together lies beside the note, in a conflict note;
    `vaultsync conflicts` lists them. Exits with 1 if something is left to you.
    """
    vault = the_vault(named)
    trusted = has_consent(vault.root)
    with progress_bar() as progress, the_cycle(vault, progress) as cycle:

        def confirm(summary: str) -> bool:
            progress.hide()
            asks = sys.stdin.isatty() and sys.stderr.isatty()
            return yes or (asks and click.confirm(f"{summary}. Go on?", err=True))

        order = SyncOrder(write=not check, rules=trusted, rejoin=rejoin, confirm=confirm)
        done = Syncer(vault, cycle.ports, cycle.run).run(order)
    if as_json:
        print_json(_as_json(done))
    else:
        _show(done, look=check)
        if not trusted and done.came and not check:
            say("the rules did not run: `vaultsync fix` asks you once whether they may")
    if check:
        return Exit.REMAINS if done.came or done.went or not done.is_in_step else Exit.CLEAN
    return Exit.CLEAN if done.is_in_step else Exit.REMAINS


def _show(done: Synced, *, look: bool) -> None:
    """Tell a person what a sync did, or with `look` would do."""
    there = done.remote or "the remote"
    if done.came:
        click.echo(f"{counted(len(done.came), 'file')} {'would come' if look else 'came'} from {there}")
        for path in done.came[:SHOWN]:
            both = " (changed on both sides)" if path in done.merged else ""
            click.echo(f"  {one_line(path)}{both}")
        if len(done.came) > SHOWN:
            click.echo(f"  and {len(done.came) - SHOWN} more")
    for two in done.renamed:
        click.echo(
            f"both sides renamed a note: {one_line(two.path)} {'would stay' if look else 'stays'}, "
            f"{one_line(two.other)} {'would go' if look else 'goes'}"
        )
    if done.went:
        click.echo(f"{counted(done.went, 'commit')} {'would go' if look else 'went'} to {there}")
    for commit in done.commits:
        click.echo(f"  {styled(commit.sha[:7], fg='yellow')} {commit.subject}")
    for problem in done.problems:
        if problem.rule == "sync":
            say(one_line(f"{problem.message}. {problem.hint}".strip()))
    if done.left:
        click.echo(f"{counted(len(done.left), 'conflict note')} for you to look at:")
        for path in done.left[:SHOWN]:
            click.echo(f"  {one_line(path)}")
        click.echo("  `vaultsync conflicts` shows what does not go together")
    if (waiting := done.waiting) is not None:
        click.echo(styled(for_person(f"not in step: {waiting.message}"), fg="red"))
        if waiting.hint:
            click.echo(for_person(f"  {waiting.hint}"))
        for line in waiting.output.splitlines():
            click.echo(f"  | {line}")
    elif not done.came and not done.went:
        click.echo("in step: nothing to fetch, nothing to push")


def _as_json(done: Synced) -> dict[str, Any]:
    told = msgspec.to_builtins(msgspec.structs.replace(done, fixed=None))
    del told["fixed"]
    changed = [change.path for change in done.fixed.changes] if done.fixed is not None else []
    return {**told, "in_step": done.is_in_step, "fixed": changed}
