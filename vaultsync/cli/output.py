"""How results look: text for people, JSON for programs. Results go to stdout, the rest to stderr."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from vaultsync.cli.boundary import as_patch, coloured, unguarded
from vaultsync.cli.options import is_paging, verbosity
from vaultsync.cli.wrapping import beside, terminal_width, wrapped
from vaultsync.core.errors import Problem
from vaultsync.core.plan.diff import ToldChange, diff_of, told
from vaultsync.core.text.shown import one_line, shown_json

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from vaultsync.core.plan.change import Change
    from vaultsync.runs.cycle import Report

SHOW_PROGRESS_AFTER = 1.0
"""Seconds; a shorter run says nothing until it is done."""

JSON_VERSION = 1
"""The version of all JSON that is printed. Fields may be added under it; one that goes or changes ends it."""

REDRAWN = 0.1
"""Seconds between two looks of a progress bar."""


def wants_colour(stream: Any) -> bool:
    """Whether a stream is a terminal whose owner likes colours (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty() or (stream is sys.stdout and is_paging())


def styled(text: str, **style: Any) -> str:
    """`text` in a style, if standard output takes one."""
    return coloured(text, **style) if wants_colour(sys.stdout) else text


def say(text: str) -> None:
    """Tell the person something that is not a result; not with `-q`, and in the pager where one is open."""
    if verbosity() < 0:
        return
    if is_paging():
        click.echo(wrapped(text, terminal_width()))
    else:
        text = wrapped(text, terminal_width()) if sys.stderr.isatty() else text
        click.echo(text, err=True, color=wants_colour(sys.stderr))


def print_json(data: object) -> None:
    """Print a result for programs: `{"vaultsync": 1, "data": …}`, with two blanks of indentation."""
    _print_enveloped("data", data)


def print_json_error(message: str, hint: str = "") -> None:
    """Print why there is no result: `{"vaultsync": 1, "error": {"message": …, "hint": …}}`."""
    _print_enveloped("error", {"message": message, "hint": hint})


def _print_enveloped(key: str, value: object) -> None:
    import msgspec

    from vaultsync.core.text.as_json import as_json

    enveloped = {"vaultsync": JSON_VERSION, key: value}
    click.echo(shown_json(msgspec.json.format(as_json(enveloped), indent=2).decode()))


def coloured_diff(diff: str) -> str:
    """A diff in the colours of `git diff`; into a file or a pipe it goes as a patch."""
    if not (sys.stdout.isatty() or is_paging()):
        return as_patch(diff)
    styles = {"+": {"fg": "green"}, "-": {"fg": "red"}, "@": {"fg": "cyan"}}
    lines = []
    for line in diff.split("\n"):
        bold = line.startswith(("+++", "---"))
        style = {"bold": True} if bold else styles.get(line[:1])
        lines.append(styled(line, **style) if style else line)
    return "\n".join(lines)


def change_line(change: Change | ToldChange) -> str:
    """One line on a changed note: its path, the lines, the rules."""
    change = told(change)
    lines = f"{styled(f'+{change.added}', fg='green')} {styled(f'−{change.removed}', fg='red')}"
    return f"{styled(one_line(change.path), bold=True)}  {lines}  {', '.join(change.rules)}"


def problem_lines(problem: Problem, margin: str = "") -> str:
    """A problem: a line `path:line:col rule: message`, and one that says what to do."""
    what = f"{_place_and_rule(problem)}: {one_line(problem.message)}"
    hint = one_line(problem.hint)
    return for_person(f"{margin}{what}\n{margin}    {hint}" if hint else margin + what)


def named_again(problem: Problem) -> str:
    """A problem that stands further up already: its place and its rule."""
    return for_person(f"{_place_and_rule(problem)}: told above")


def place_of(problem: Problem) -> str:
    """Where a problem is: `path:line:col`, or the path of one that is the whole file's."""
    return one_line(f"{problem.path}:{problem.line}:{problem.col}" if problem.line else problem.path)


def _place_and_rule(problem: Problem) -> str:
    return f"{styled(place_of(problem), bold=True)} {styled(problem.rule, fg='yellow')}"


def for_person(text: str) -> str:
    """A result in words: broken at the width of the terminal, if it goes to one."""
    return wrapped(text, terminal_width()) if sys.stdout.isatty() or is_paging() else text


def in_columns(head: str, text: str) -> str:
    """A line of a table: `head`, then `text`, which stays in its column where the line goes to a terminal."""
    return beside(head, text, terminal_width()) if sys.stdout.isatty() or is_paging() else head + text


def report_json(report: Report, *, with_diff: bool) -> dict[str, Any]:
    """A report as JSON shows it."""
    changes = []
    for change, one in zip(report.listed, map(told, report.listed), strict=True):
        entry = {"path": one.path, "rules": list(one.rules), "added": one.added, "removed": one.removed}
        diff = {"diff": diff_of(change)} if with_diff and not isinstance(change, ToldChange) else {}
        changes.append(entry | diff)
    return {
        "notes": report.notes,
        "changes": changes,
        "problems": report.problems,
        "denied": report.denied,
        "commits": report.commits,
        "run": report.run,
        "waiting": report.waiting,
    }


class ProgressBar:
    """A progress bar on stderr, on a terminal, for a run that takes longer than a second; none with `-q`.

    It is drawn as each step is reported, not by a thread of its own: a process with threads can't fork
    (`vault.parallel`).
    """

    def __init__(self) -> None:
        self._show_from = time.monotonic() + SHOW_PROGRESS_AFTER
        self._wanted = sys.stderr.isatty() and verbosity() >= 0
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._stage = ""
        self._drawn = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` (0: unknown) of a stage are done."""
        now = time.monotonic()
        if not self._wanted or now < self._show_from:
            return
        if self._bar is None:
            self._bar = _bar()
            self._task = self._bar.add_task("", total=None, count="")
            self._bar.start()
        assert self._task is not None  # noqa: S101  made with its bar
        refresh = stage != self._stage or now > self._drawn + REDRAWN
        count = f"{done:,}/{total:,}" if total else f"{done:,}" if done else ""
        self._bar.update(
            self._task, description=stage, total=total or None, completed=done, count=count, refresh=refresh
        )
        if refresh:
            self._stage, self._drawn = stage, now

    def hide(self) -> None:
        """Take the bar off the screen, so that something else can be said there; the next step shows it."""
        if self._bar is not None:
            self._bar.stop()
        self._bar, self._stage = None, ""


@contextmanager
def progress_bar() -> Iterator[ProgressBar]:
    """A progress bar for the time of a run."""
    bar = ProgressBar()
    try:
        yield bar
    finally:
        bar.hide()


def _bar() -> Bar:
    from rich.console import Console  # 60 ms that only a long run should pay
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"))
    return Progress(*columns, console=Console(file=unguarded(sys.stderr)), transient=True, auto_refresh=False)


def counted(number: int, noun: str) -> str:
    """`1 note`, `2 notes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
