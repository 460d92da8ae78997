"""`vaultsync import`: paper lists, digests, exports, pasted notes and identifiers become notes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from vaultsync.cli.options import common_options, without_git_option
from vaultsync.cli.output import (
    ProgressBar,
    change_line,
    coloured_diff,
    counted,
    print_json,
    problem_lines,
    progress_bar,
    say,
    styled,
)
from vaultsync.cli.report import SHOWN
from vaultsync.cli.wiring import the_cycle, the_vault
from vaultsync.core.errors import Exit, GitError, Problem, VaultsyncError
from vaultsync.core.importers import FORMATS, candidates, format_named, recognise
from vaultsync.core.importers.identifier_list import stub
from vaultsync.core.importers.record import Options, PaperRecord, Skipped
from vaultsync.core.importers.source_text import beginning
from vaultsync.core.plan.diff import lines_changed, text_diff
from vaultsync.core.text.shown import one_line
from vaultsync.files.presence import is_file, is_folder, is_there
from vaultsync.runs.cycle import Cycle, Report, Request
from vaultsync.runs.import_order import Imported, Order
from vaultsync.runs.import_sources import (
    Input,
    beginning_of,
    file_input,
    identifiers_input,
    opened,
    options_of,
    stream_input,
)
from vaultsync.runs.importing import Importer
from vaultsync.runs.inbox import Inbox, in_inbox, note_of_vault
from vaultsync.runs.limits import OverLimit
from vaultsync.vault.open import Vault

FIELDS = 8
"""Names of fields that a report shows; `--json` has all."""

NAMED = 80
"""Characters that are shown of an argument that is none of both: somebody may have pasted a text."""

IN_MEMORY = 8_000_000
"""Bytes of standard input that are kept in memory; what is beyond goes to a temporary file."""


@click.command("import")
@click.argument("sources", nargs=-1, metavar="[FILE | IDENTIFIER | -]...")
@click.option(
    "--format",
    "format_name",
    type=click.Choice([known.name for known in FORMATS]),
    metavar="FORMAT",
    help="Read the sources as this format, instead of recognising it: "
    f"{', '.join(known.name for known in FORMATS)}.",
)
@click.option("--diff", is_flag=True, help="Show what would be written; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--year", type=click.IntRange(1900, 2999), help="The year of a pasted page that states none.")
@click.option("--name", "title", metavar="TEXT", help="The name of the event, for pasted conference notes.")
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The first day of the event, for pasted conference notes.",
)
@click.option(
    "--papers", is_flag=True, help="Make a note of each talk of a programme that names its authors."
)
@click.option("--fetch", is_flag=True, help="Complete stubs from arXiv and Crossref, over the network.")
@click.option("--inbox", is_flag=True, help="Import what lies in the vault's inbox, as the daemon does.")
@without_git_option("--no-commit", "Leave git alone.")
@click.option("--yes", is_flag=True, help="Change more notes than [limits] allows.")
@common_options
@click.pass_obj
def command(
    named: str | None,
    sources: tuple[str, ...],
    format_name: str | None,
    diff: bool,
    as_json: bool,
    year: int | None,
    title: str | None,
    day: datetime | None,
    papers: bool,
    fetch: bool,
    inbox: bool,
    no_commit: bool,
    yes: bool,
) -> int:
    """Turn paper lists, digests, exports, pasted conference notes and identifiers into notes.

    Each source is a file, an identifier such as arXiv:2210.13695 or a DOI, or - for standard input; its
    format is recognised. A paper that is in the vault already is completed where its properties are empty,
    and never written over. Then the notes that mention what is new are linked. With --fetch and no source
    the vault's own stubs are completed.
    """
    if inbox and sources:
        raise click.UsageError("--inbox takes no FILE: it imports what lies in the inbox")
    if not (inbox or sources or fetch):
        raise click.UsageError("name a FILE, an IDENTIFIER, or - for standard input")
    if len(sources) > 1 and (title or day):
        raise click.UsageError("--name and --date belong to one source: import the others by themselves")
    vault = the_vault(named)
    options = msgspec.structs.replace(
        options_of(vault.config),
        year=year,
        title=title,
        date=day.date().isoformat() if day else None,
        papers=papers,
    )
    diffs: dict[str, str] = {}

    def keep(path: str, before: str | None, after: str) -> None:
        if not diff:
            return
        if as_json:
            diffs[path] = text_diff(path, before, after)
        else:
            click.echo(coloured_diff(text_diff(path, before, after)), nl=False)

    with ExitStack() as stack:
        inputs = tuple(_inputs(sources, vault, options, format_name, stack))
        progress = stack.enter_context(progress_bar())
        cycle = stack.enter_context(the_cycle(vault, progress))
        order = Order(
            inputs=inputs,
            write=not diff,
            commit=not no_commit,
            fetcher=_fetcher() if fetch else None,
            show=keep,
            confirm=lambda summary: _confirmed(summary, progress, yes=yes),
        )
        importer = Importer(vault, cycle.ports, cycle.run, progress)
        done = Inbox(importer).run(order) if inbox else importer.run(order)
        linked, stopped = _linked(cycle, done, order)
    if as_json:
        print_json(imported_json(done, linked, stopped, diffs))
    else:
        show(done, linked, stopped, look=diff)
    remains = done.problems or done.skipped or done.waiting or stopped or _concerning(linked, done)
    return Exit.REMAINS if remains or (diff and done.paths) else Exit.CLEAN


def _inputs(
    sources: Sequence[str], vault: Vault, options: Options, format_name: str | None, stack: ExitStack
) -> Iterator[Input]:
    """The sources of a command line; identifiers are one source together, where the first of them stands."""
    identifiers = [value for value in sources if value != "-" and not is_there(Path(value))]
    for value in identifiers:
        if not isinstance(stub(value, options), PaperRecord):
            shown = one_line(value if len(value) <= NAMED else f"{value[:NAMED]}…")
            raise VaultsyncError(
                f"{shown} is no file and no identifier of a paper", "give pasted text to `vaultsync import -`"
            )
    if sources.count("-") > 1:
        raise click.UsageError("- stands for standard input, and can be named once")
    for source in sources:
        if source == "-":
            yield _streamed(source, options, format_name, stack)
        elif source in identifiers:
            if source == identifiers[0]:
                yield identifiers_input(list(dict.fromkeys(identifiers)), options)
        elif not is_file(Path(source)) and not is_folder(Path(source)):
            yield _streamed(source, options, format_name, stack)  # a pipe: `<(…)` in a shell
        else:
            path, given = Path(source), msgspec.structs.replace(options, name=Path(source).name)
            given, chosen = _asked_for(path, given, format_name)
            inbox, note = in_inbox(vault, path), note_of_vault(vault, path)
            yield file_input(path, given, chosen, place=source, inbox=inbox, note=note)


def _streamed(source: str, options: Options, format_name: str | None, stack: ExitStack) -> Input:
    spool = stack.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  the stack closes it
    stream = sys.stdin.buffer
    if source != "-":
        stream = stack.enter_context(opened(Path(source), source))
    return stream_input(stream, spool, options, format_name, place=source)


def _asked_for(path: Path, options: Options, format_name: str | None) -> tuple[Options, str | None]:
    """The options and the format, with what nobody has said yet; asked for on a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return options, format_name
    start = beginning_of(path)
    head = beginning(start)
    if format_name is None:
        found = recognise(start, options)
        format_name = found.format if found else _chosen_format(path, head)
    known = format_named(format_name) if format_name else None
    needs = known.needs(head, options) if known else ()
    if "title" in needs and not options.title:
        title = click.prompt(f"{path.name}: the name of the event", err=True)
        options = msgspec.structs.replace(options, title=title)
    if "date" in needs and not options.date:
        day = click.prompt("its first day (YYYY-MM-DD)", type=click.DateTime(["%Y-%m-%d"]), err=True)
        options = msgspec.structs.replace(options, date=day.date().isoformat())
    return options, format_name


def _chosen_format(path: Path, head: str) -> str | None:
    """Which of the formats that it may be in the person says it is; None for none of them."""
    known = candidates(head)
    if not head.strip() or not known:
        return None
    say(f"{path.name}: the format is not recognised. Is it")
    for number, one in enumerate(known, 1):
        say(f"  {number}  {one.what} ({one.name})")
    choice = click.prompt("number, or 0 for none of them", type=click.IntRange(0, len(known)), err=True)
    return known[choice - 1].name if choice else None


def _fetcher() -> Any:
    from vaultsync.runs.fetch import Fetcher  # 40 ms that only --fetch should pay

    return Fetcher()


def _confirmed(summary: str, progress: ProgressBar, *, yes: bool) -> bool:
    progress.hide()
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return yes
    return click.confirm(f"{summary}. Go on?", err=True)


def _linked(cycle: Cycle, done: Imported, order: Order) -> tuple[Report | None, VaultsyncError | None]:
    """The cycle that links what was imported; none where nothing was."""
    if not order.write or not done.paths or done.waiting is not None:
        return None, None
    try:
        written = frozenset(done.paths)
        return cycle.run(Request(commit=order.commit, confirm=order.confirm, follows=written)), None
    except (GitError, OverLimit) as error:  # what was imported is worth its report all the same
        return None, error


def _concerning(linked: Report | None, done: Imported) -> list[Problem]:
    """The problems of the notes at hand; those of the rest of the vault are for `fix` to tell."""
    if linked is None:
        return []
    notes = {*done.paths, *(change.path for change in linked.changes)}
    return [problem for problem in linked.problems if problem.path in notes]


# Output


def show(done: Imported, linked: Report | None, stopped: VaultsyncError | None, *, look: bool) -> None:
    """Print a report for a person."""
    if not look:
        lines = [f"{styled('new', fg='green')}        {one_line(path)}" for path in done.new]
        lines += [
            f"{styled('completed', fg='cyan')}  {one_line(note.path)}  {one_line(', '.join(note.properties))}"
            for note in done.completed
        ]
        _echo_some(lines)
    for skipped in done.skipped:
        click.echo(_skipped_line(skipped))
    problems = [*done.problems, *_concerning(linked, done)]
    for problem in problems:
        click.echo(problem_lines(problem))
    if linked is not None:
        others = [change for change in linked.changes if change.path not in set(done.paths)]
        _echo_some([change_line(change) for change in others])
    say(summary(done, linked, problems, look=look))
    if done.left_out:
        say(f"left out: {left_out(done)}")
    for commit in (*done.commits, *(linked.commits if linked is not None else ())):
        say(f"  {commit.sha[:7]} {commit.subject}")
    for waiting in (done.waiting, linked.waiting if linked is not None else None):
        if waiting is not None:
            say(f"waiting: {waiting.message}\n  {waiting.hint}")
    if stopped is not None:
        say(f"imported, but not linked: {stopped}")


def summary(done: Imported, linked: Report | None, problems: Sequence[Problem], *, look: bool) -> str:
    """The last line for a person."""
    would = "would be " if look else ""
    parts = [f"{len(done.new):,} {would}new", f"{len(done.completed):,} {would}completed"]
    parts += [f"{len(done.unchanged):,} unchanged", f"{len(done.skipped):,} skipped"]
    if done.merged:
        parts.append(f"{counted(done.merged, 'record')} of a paper that another one is, too")
    if linked is not None and linked.changes:
        parts.append(f"{counted(len(linked.changes), 'note')} linked")
    if done.away:
        parts.append(f"{counted(len(done.away), 'paper')} left away that were taken back or deleted")
    if problems:
        parts.append(f"{counted(len(problems), 'problem')} for you to look at")
    return ", ".join(parts)


def left_out(done: Imported) -> str:
    """The fields that no note takes, the most frequent first: `publisher 12, pages 9 and 20 more`."""
    found = sorted(done.left_out.items(), key=lambda field: (-field[1], field[0]))
    shown = ", ".join(f"{name} {count:,}" for name, count in found[:FIELDS])
    return f"{shown} and {len(found) - FIELDS} more" if len(found) > FIELDS else shown


def imported_json(
    done: Imported, linked: Report | None, stopped: VaultsyncError | None, diffs: dict[str, str]
) -> dict[str, Any]:
    """A report as JSON shows it."""
    changed = []
    for change in linked.changes if linked is not None else ():
        added, removed = lines_changed(change)
        changed.append({"path": change.path, "rules": list(change.rules), "added": added, "removed": removed})
    waiting = done.waiting or (linked.waiting if linked is not None else None)
    found = {
        "new": done.new,
        "completed": done.completed,
        "unchanged": done.unchanged,
        "skipped": done.skipped,
        "problems": [*done.problems, *_concerning(linked, done)],
        "merged": done.merged,
        "left_out": dict(done.left_out),
        "away": done.away,
        "linked": changed,
        "commits": [*done.commits, *(linked.commits if linked is not None else ())],
        "waiting": waiting,
        "stopped": str(stopped) if stopped is not None else None,
    }
    return found | ({"diffs": diffs} if diffs else {})


def _skipped_line(skipped: Skipped) -> str:
    place = f"{skipped.place}:{skipped.line}" if skipped.line else skipped.place
    text = f": {one_line(skipped.text[:60])}{'…' if len(skipped.text) > 60 else ''}" if skipped.text else ""
    reason = one_line(skipped.reason)
    return f"{styled(one_line(place), bold=True)} {styled('skipped', fg='yellow')}: {reason}{text}"


def _echo_some(lines: Sequence[str]) -> None:
    for line in lines[:SHOWN]:
        click.echo(line)
    if len(lines) > SHOWN:
        click.echo(f"… and {len(lines) - SHOWN:,} more")
