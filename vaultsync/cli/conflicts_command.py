"""`vaultsync conflicts`: what two devices wrote that does not go together, and the person's decisions."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from vaultsync.cli.options import CommandGroup, common_options, is_for_subcommand
from vaultsync.cli.output import counted, for_person, print_json, problem_lines, say, styled
from vaultsync.cli.pager import paged
from vaultsync.cli.wiring import the_ports, the_vault
from vaultsync.core.errors import Exit, VaultsyncError
from vaultsync.core.merge.conflicts import Side
from vaultsync.core.text.shown import one_line
from vaultsync.runs.conflicts import Conflict, conflicts_in, settle_conflict
from vaultsync.runs.copies import Copy, copies_in, maybe_copies_in, merge_copies

_ANSWERS: dict[str, Side] = {"o": "ours", "t": "theirs", "b": "both", "d": "done"}


@click.group("conflicts", cls=CommandGroup, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@common_options
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> int:
    """List the conflict notes: what two devices wrote that does not go together.

    A note is never left with markers: it has one side's words, and the conflict note beside it is the same
    note with the other's. Decide with keep, or edit the note and say `done`. Exits with 1 if there are any.

    Copies that other sync tools left are listed, too; those that only may be one (iCloud) count for nothing.
    """
    if is_for_subcommand(ctx):
        return Exit.CLEAN
    with the_ports(the_vault(ctx.obj)) as ports:
        scan = ports.disk.scan(None)
        found, copies, perhaps = conflicts_in(ports, scan), copies_in(scan), maybe_copies_in(ports, scan)
    if as_json:
        print_json({"conflicts": found, "copies": copies, "perhaps": perhaps})
    elif not found and not copies:
        say("no conflict notes")
    for conflict in [] if as_json else found:
        click.echo(for_person(f"{one_line(conflict.note)}: {_what(conflict)}"))
        click.echo(for_person(f"  {one_line(conflict.path)}"))
    if found and not as_json:
        say("`vaultsync conflicts show NOTE` shows them, `keep NOTE ours|theirs|both|done` decides")
    if copies and not as_json:
        click.echo(f"{counted(len(copies), 'copy').replace('copys', 'copies')} that another sync tool left:")
        for copy in copies:
            click.echo(for_person(f"  {one_line(copy.path)}"))
        say("`vaultsync conflicts merge` merges them into their notes")
    if perhaps and not as_json:
        click.echo("much the same as another note, perhaps a copy that iCloud left:")
        for copy in perhaps:
            click.echo(for_person(f"  {one_line(copy.path)}"))
        say("these are yours: nothing is done to them")
    return Exit.REMAINS if found or copies else Exit.CLEAN


@command.command("merge", short_help="Merge the copies that another sync tool left.")
@click.argument("note", required=False)
@common_options
@click.pass_obj
def merge(named: str | None, note: str | None) -> int:
    """Merge the copies that another sync tool left of NOTE, or of all notes, into the note.

    A copy is committed before it goes; what doesn't go together is left in a conflict note.
    """
    vault = the_vault(named)

    def chosen(copy: Copy) -> bool:
        return note is None or any(_means(note, path) for path in (copy.note, copy.path))

    with the_ports(vault) as ports:
        done = merge_copies(vault, ports, chosen, lambda path: False)
    if note is not None and not done.meant:
        raise VaultsyncError(f"{note} has no copies", "`vaultsync conflicts` lists all")
    for commit in done.commits:
        click.echo(f"  {styled(commit.sha[:7], fg='yellow')} {commit.subject}")
    for path in done.conflicts:
        click.echo(f"what does not go together is in {for_person(path)}")
    for problem in (*done.problems, *done.left_out):
        click.echo(problem_lines(problem))
    if done.waiting is not None:
        raise VaultsyncError(done.waiting.message, done.waiting.hint)
    nothing = "nothing was merged" if done.problems else "no copies to merge"
    say(f"merged: {len(done.merged)}" if done.merged else nothing)
    return Exit.REMAINS if done.conflicts or done.problems else Exit.CLEAN


@command.command("show", short_help="Show what a note and its conflict notes disagree on.")
@click.argument("note", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@common_options
@click.pass_obj
def show(named: str | None, note: str | None, as_json: bool) -> int:
    """Show what a note and its conflict notes disagree on; without NOTE, of all."""
    with the_ports(the_vault(named)) as ports:
        found = _of(conflicts_in(ports), note)
    if as_json:
        print_json({"conflicts": found})
        return Exit.CLEAN
    with paged():
        for conflict in found:
            _show(conflict)
    return Exit.CLEAN


@command.command("keep")
@click.argument("note", required=False)
@click.argument("side", required=False, type=click.Choice(["ours", "theirs", "both", "done"]))
@common_options
@click.pass_obj
def keep(named: str | None, note: str | None, side: Side | None) -> int:
    """Decide what a note keeps; its conflict note goes, in a commit. On a terminal without SIDE: one by one.

    ours: what the note has. theirs: what the conflict note has instead. both: one below the other. done: the
    note is as it should be, edited by you.
    """
    vault = the_vault(named)
    asks = side is None
    if asks and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("say which side to keep: ours, theirs, both or done")
    settled = 0
    with the_ports(vault) as ports:
        found = _of(conflicts_in(ports), note)
        for conflict in found:
            chosen = side
            if asks:
                _show(conflict)
                chosen = _ask()
            if chosen is None:
                continue
            done = settle_conflict(vault, ports, conflict, chosen)
            if done.waiting is not None:
                raise VaultsyncError(done.waiting.message, done.waiting.hint)
            for commit in done.commits:
                click.echo(f"  {styled(commit.sha[:7], fg='yellow')} {commit.subject}")
            for problem in done.left_out:
                click.echo(problem_lines(problem))
            settled += 1
    say(f"{counted(settled, 'conflict note')} settled" if found else "no conflict notes")
    return Exit.CLEAN if settled == len(found) else Exit.REMAINS


def _of(found: Sequence[Conflict], name: str | None) -> list[Conflict]:
    """The conflicts that `name` means: a conflict note, or the note that has some; all without a name."""
    if name is None:
        return list(found)
    chosen = [conflict for conflict in found if _means(name, conflict.path) or _means(name, conflict.note)]
    if not chosen:
        raise VaultsyncError(f"{name} has no conflict notes", "`vaultsync conflicts` lists all")
    return chosen


def _means(name: str, path: str) -> bool:
    """Whether a person who says `name` means the note at `path`."""
    whole = path.removesuffix(".md").casefold()
    return name.strip("[]").removesuffix(".md").casefold() in (whole, whole.rpartition("/")[2])


def _what(conflict: Conflict) -> str:
    if not conflict.is_there:
        return "the note is gone"
    number = len(conflict.clashes)
    return f"{number} clash{'es' if number != 1 else ''}" if number else "differs"


def _show(conflict: Conflict) -> None:
    click.echo(styled(for_person(f"{one_line(conflict.note)}: {_what(conflict)}"), bold=True))
    for clash in conflict.clashes:
        click.echo(f"  line {clash.line}")
        for sign, text, colour in (("ours  ", clash.kept, "green"), ("theirs", clash.other, "cyan")):
            for line in text.split("\n") if text else ["(nothing)"]:
                click.echo(styled(for_person(f"    {sign} | {line}"), fg=colour))


def _ask() -> Side | None:
    choice = click.Choice([*_ANSWERS, "s"])
    question = "(o)urs, (t)heirs, (b)oth, (d)one, (s)kip"
    answer = click.prompt(question, type=choice, err=True, show_choices=False)
    return _ANSWERS.get(answer)
