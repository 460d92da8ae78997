"""`vaultsync canvas`: a conference as an Obsidian canvas, which keeps what you arranged in it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from vaultsync.cli import completing
from vaultsync.cli.naming import note_named
from vaultsync.cli.options import common_options, without_git_option
from vaultsync.cli.output import progress_bar
from vaultsync.cli.views_output import show_views
from vaultsync.cli.wiring import the_cycle, the_vault
from vaultsync.core.errors import Problem
from vaultsync.core.views.canvas import NoCanvas, canvas_text
from vaultsync.runs.sheets import Sheets
from vaultsync.runs.views import RULE, GeneratedFile, Rewritten, write_views


@click.command("canvas")
@click.argument("note", shell_complete=completing.notes)
@without_git_option("--no-commit", "Write, but leave git out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@common_options
@click.pass_obj
def command(named: str | None, note: str, no_commit: bool, as_json: bool) -> int:
    """Write NOTE.canvas beside NOTE: a group a session, a card a paper, an edge where it comes up again.

    Run it again when the note has changed: what you moved, coloured, renamed, deleted or added stays so.
    """
    vault = the_vault(named)
    path = note_named(vault, note)
    target = path.removesuffix(".md") + ".canvas"
    with progress_bar() as progress, the_cycle(vault, progress) as cycle:
        conference = Sheets(cycle, [path]).conference(path)

        def make(present: bytes | None, earlier: Sequence[Rewritten]) -> bytes | Problem:
            try:
                there = present.decode() if present is not None else None
                made = [(before.decode(), after.decode()) for before, after in earlier]
                return canvas_text(conference, there, made).encode()
            except (NoCanvas, UnicodeDecodeError) as error:
                return Problem(target, 0, 0, RULE, f"left alone: {error}", "rename it, and try again")

        wanted = GeneratedFile(target, make, keeps_edits=True)
        message = f"vaultsync: write {target.rpartition('/')[2]}"
        report = write_views(vault, cycle.ports, [wanted], message, commit=not no_commit)
    return show_views(report, as_json=as_json)
