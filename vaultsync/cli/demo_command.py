"""`vaultsync demo`: the main job on a copy of the example vault, shown on one screen, with the log."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from vaultsync.cli.output import coloured_diff, counted, problem_lines, progress_bar, styled
from vaultsync.cli.wiring import the_cycle
from vaultsync.cli.wrapping import columns
from vaultsync.core.errors import Exit, GitError, Problem, VaultError
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.diff import diff_of
from vaultsync.git.process import GitProcess
from vaultsync.git.repository import Git
from vaultsync.runs.cycle import Report, Request
from vaultsync.vault.consent import give_consent
from vaultsync.vault.open import open_vault
from vaultsync.vault.places import forget_vault

DEFAULT = "vaultsync-demo"
CONFERENCE, PAPER = "Conferences/ICASSP 2025.md", "Papers/@hu2021lora.md"
"""The two notes that the demo shows: one that mentions papers, and one that is mentioned."""
WIDTH, ROWS = 80, 40
"""The terminal for which the output is made: one screen."""
RULES_SHOWN, LINKED, PROPERTIES, LISTED, PROBLEMS = 4, 2, 7, 4, 1
"""What is shown: rules, lines with a link, lines of properties and of the list of mentions, problems."""
_LINK = re.compile(r"\[\[(?:[^|\[\]]*\|)?([^\[\]]*)\]\]")


@click.command("demo")
@click.argument("folder", metavar="[DIR]", default=DEFAULT, type=click.Path(path_type=Path))
def command(folder: Path) -> int:
    """Copy the example vault to DIR (default: vaultsync-demo), fix it there, and show what happened."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise VaultError(f"{folder} exists and is not empty", "name another folder: `vaultsync demo DIR`")
    shutil.copytree(example_vault(), folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    _make_repository(folder)
    forget_vault(folder.resolve())  # an earlier demo may have stood there
    vault = open_vault(folder.resolve())
    give_consent(vault.root)  # a copy of ours, made for this
    with progress_bar() as progress, the_cycle(vault, progress) as cycle:
        report = cycle.run(Request(confirm=lambda summary: True))
    if report.waiting is not None:
        raise GitError(report.waiting.message, report.waiting.hint)
    show(report, folder)
    return Exit.CLEAN


def show(report: Report, folder: Path) -> None:
    """Print what the demo did, on one screen: rules, two notes, problems, commits, where to look."""
    changes = {change.path: change for change in report.changes}
    click.echo(f"Copied an untidy vault, {counted(report.notes, 'note')}, to {folder}; ran `vaultsync fix`.")
    used = Counter(rule for change in report.changes for rule in change.rules).most_common()
    more = f", and {len(used) - RULES_SHOWN} other rules" if len(used) > RULES_SHOWN else ""
    _head(f"\n{counted(len(changes), 'note')} changed, by")
    for line in _columns([f"{number:3} × {rule}" for rule, number in used[:RULES_SHOWN]], more):
        click.echo(line)
    _head("\nA conference note: papers are linked where they are named")
    click.echo(coloured_diff("\n".join(_excerpt(changes[CONFERENCE]))))
    _head("\nA paper's note: tidy properties, and where it was mentioned")
    click.echo(coloured_diff("\n".join(_shortened(_changed_lines(changes[PAPER])))))
    _head(f"\n{counted(len(report.problems), 'problem')} left for you to decide, such as")
    for problem in _samples(report.problems):
        click.echo(problem_lines(problem))
    _head("\nThe log: your edits first, then vaultsync's own")
    for commit in reversed(report.commits):
        click.echo(f"{styled(commit.sha[:7], fg='yellow')} {commit.subject}")
    _head("\nLook around, there or in Obsidian")
    click.echo("  Papers.base, Conferences/ICASSP 2025.canvas, Reports/ICASSP 2025.html")
    click.echo(f"  git -C {folder} show")
    click.echo(f"  {_program()} --vault {folder} fix    (nothing is left to do)")


def example_vault() -> Path:
    """The example vault: in the installed package, or beside it in a checkout."""
    package = Path(sys.modules["vaultsync"].__path__[0])
    for folder in (package / "example_vault", package.parent / "example_vault"):
        if folder.is_dir():
            return folder
    raise VaultError("the example vault is not installed", "install vaultsync again")


def _program() -> str:
    """How a person calls this program here: a newcomer's environment is not on the path."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "vaultsync" and shutil.which("vaultsync") is None else "vaultsync"


def _make_repository(folder: Path) -> None:
    """A repository of the demo's own, also inside another one, that needs no identity and no signature."""
    process = GitProcess(folder.resolve())
    process.write("init", "--quiet", "--initial-branch=main")
    process.write("config", "commit.gpgSign", "false")
    waiting = Git.open(folder).preflight()
    if waiting is not None and waiting.state == "identity":
        process.write("config", "user.name", "A. Researcher")
        process.write("config", "user.email", "researcher@localhost")


def _head(text: str) -> None:
    click.echo(styled(text, bold=True))


def _columns(cells: Sequence[str], more: str) -> list[str]:
    """The cells in rows, column under column; `more` ends the last."""
    widest = max(map(len, cells)) + 3
    per_row = max(1, WIDTH // widest)
    rows = [cells[i : i + per_row] for i in range(0, len(cells), per_row)]
    lines = ["".join(cell.ljust(widest) for cell in row).rstrip() for row in rows]
    return [*lines[:-1], lines[-1] + more]


def _samples(problems: Sequence[Problem]) -> list[Problem]:
    """A few problems of different kinds that fit into a line, and a line for what to do."""
    kinds: dict[str, Problem] = {}
    for problem in sorted(problems, key=lambda one: (len(str(one)), one)):
        if all(columns(line) <= WIDTH for line in (str(problem).partition(" — ")[0], problem.hint)):
            kinds.setdefault(problem.rule, problem)
    return list(kinds.values())[:PROBLEMS]


def _changed_lines(change: Change) -> list[str]:
    """The removed and the added lines of a change, as a diff shows them, without what marks the place."""
    lines = diff_of(change).split("\n")[2:]
    return [line for line in lines if line.startswith(("+", "-")) and line not in ("+", "-")]


def _shortened(lines: Sequence[str]) -> list[str]:
    """As many lines as there is room for: of the properties, and of the list at the end."""
    front = [line for line in lines if ": " in line or line.startswith(("+tags", "+  - "))]
    block = lines[next(i for i, line in enumerate(lines) if "begin mentions" in line) :]
    shown = [*front[:PROPERTIES], *block[:LISTED], "+  …"]
    return [_cut(line) for line in shown]


def _cut(line: str) -> str:
    """A line that fits the screen; what it is cut by is shown as `…`."""
    return line if columns(line) <= WIDTH else f"{line[: WIDTH - 2].rstrip()} …"


def _excerpt(change: Change) -> list[str]:
    """Lines in which links are all that changed, before and after: short ones, which read well."""
    before = set(change.before.text.split("\n"))
    found = []
    for line in change.after.text.split("\n"):
        unlinked = _LINK.sub(r"\1", line)
        if line != unlinked and unlinked in before and len(line) < WIDTH:
            found += [f"-{unlinked}", f"+{line}"]
    return found[: 2 * LINKED]
