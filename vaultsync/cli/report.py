"""A run's report in words: what several commands share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import click
import msgspec

from vaultsync import __version__
from vaultsync.cli.alike import ALIKE, alike_problems, and_more_like_it, key_of
from vaultsync.cli.output import (
    change_line,
    coloured_diff,
    counted,
    named_again,
    place_of,
    problem_lines,
    say,
)
from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import Waiting
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.diff import ToldChange, diff_of
from vaultsync.core.text.shown import one_line, shown
from vaultsync.runs.cycle import Report

SHOWN = 200
"""Changed notes that are listed one by one; a first run over a large vault changes thousands."""


Told = Mapping[tuple[str, str], Problem]
"""Problems that were printed before the report, by what is alike in them (`alike.key_of`)."""


def show(
    report: Report, *, diff: bool, look: bool, every: bool = False, told: Told = MappingProxyType({})
) -> None:
    """Print a report for a person; what was `told` before is only named again."""
    if report.waiting is not None and not report.changes:
        show_waiting(report.waiting, "nothing was written")
        return
    for change in report.changes if diff else ():
        click.echo(coloured_diff(diff_of(change)), nl=False)
    for listed in () if diff else report.listed[:SHOWN]:
        click.echo(change_line(listed))
    if len(report.listed) > SHOWN and not diff:
        click.echo(f"… and {len(report.listed) - SHOWN} more")
    show_problems(report.problems, every=every, told=told)
    for problem in report.accepted if every else ():
        click.echo(
            problem_lines(msgspec.structs.replace(problem, message=f"(accepted) {problem.message}", hint=""))
        )
    for decision in report.denied:
        link = f'"{decision.words}" to {decision.paper}'
        say(one_line(f"{decision.note}: the link {link} was taken out and will not be made again"))
    say(summary(report, look=look))
    if look and report.listed:
        say(f"  by {rules_at_work(report.listed)}")
    for commit in report.commits:
        say(f"  {commit.sha[:7]} {commit.subject}")
    if report.waiting is not None:
        show_waiting(report.waiting, "the notes are written, but not committed")


def show_problems(problems: Sequence[Problem], *, every: bool, told: Told = MappingProxyType({})) -> None:
    """Print problems: of many that are alike, by rule and property, one and how many there are."""
    groups, before = alike_problems(problems), set(told.values())
    for problem in sorted(before.difference(problems)):  # its note was saved meanwhile
        say(f"{place_of(problem)} {problem.rule}: this was told above, and has changed since")
    listed_of = {key: told[key] if told.get(key) in group else group[0] for key, group in groups.items()}
    for problem in problems:
        group, listed = groups[key := key_of(problem)], listed_of[key]
        if every or len(group) <= ALIKE or problem == listed:
            click.echo(named_again(problem) if problem in before else problem_lines(problem))
        if not every and len(group) > ALIKE and problem == listed:
            click.echo(f"  {and_more_like_it(group)}: `fix --check --all` lists them")


def show_defects(defects: Sequence[str]) -> None:
    """Say on standard error where rules failed: the first traceback, and at how many notes."""
    notes = "one note stays as it is" if len(defects) == 1 else f"{len(defects)} notes stay as they are"
    click.echo(shown(defects[0]), err=True)
    click.echo(
        f"vaultsync {__version__} has a defect; the lines above say where. Because of it {notes}; the others "
        "are done.\n  run `vaultsync doctor`, and report what it says with these lines",
        err=True,
    )


def show_waiting(waiting: Waiting, state: str) -> None:
    """Say what git waits for, what that means for the notes, and what was said by a hook or git itself."""
    say(f"waiting: {waiting.message}; {state}\n  {waiting.hint}")
    for line in waiting.output.splitlines():
        say(f"  | {line}")


def rules_at_work(changes: Sequence[Change | ToldChange]) -> str:
    """The rules that made the changes, those in most notes first, each with the number of its notes."""
    found = Counter(rule for change in changes for rule in change.rules)
    names = sorted(found, key=lambda rule: (-found[rule], rule))
    return ", ".join(names if len(changes) == 1 else (f"{rule} ({found[rule]})" for rule in names))


def summary(report: Report, *, look: bool) -> str:
    """The last line for a person."""
    parts = []
    if report.listed:
        parts.append(f"{counted(len(report.listed), 'note')} {'would change' if look else 'changed'}")
    elif not report.problems:
        parts.append(f"nothing to do: {counted(report.notes, 'note')} in order")
    else:
        parts.append("nothing to change")
    if report.problems:
        parts.append(f"{counted(len(report.problems), 'problem')} for you to look at")
    return ", ".join(parts)
