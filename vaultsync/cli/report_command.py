"""`vaultsync report`: what came up at a conference, as one page that can be mailed."""

from __future__ import annotations

from pathlib import Path

import click

from vaultsync.cli import completing
from vaultsync.cli.naming import notes_named
from vaultsync.cli.options import common_options
from vaultsync.cli.output import progress_bar
from vaultsync.cli.output_file import output_options, write_output
from vaultsync.cli.wiring import the_cycle, the_vault
from vaultsync.core.views.report import report_html
from vaultsync.core.views.report_markdown import report_markdown
from vaultsync.runs.sheets import Sheets


@click.command("report")
@click.argument("notes", nargs=-1, required=True, metavar="NOTE...", shell_complete=completing.notes)
@output_options(default="HTML to ", note="; `.md` gives Markdown")
@common_options
@click.pass_obj
def command(named: str | None, notes: tuple[str, ...], output: Path | None, force: bool) -> int:
    """Write a report of NOTE: days, sessions, papers, what was said of them, and a list of references.

    One page without scripts, fonts or anything from the network, for screens, phones and paper. It shows
    titles, authors, venue, year and links; of your own properties and of comments nothing.
    """
    vault = the_vault(named)
    paths = notes_named(vault, notes)
    with progress_bar() as progress, the_cycle(vault, progress) as cycle:
        sheets = Sheets(cycle, paths)
        conferences = [sheets.conference(path) for path in paths]
        as_markdown = output is not None and output.suffix.lower() in (".md", ".markdown")
        text = report_markdown(conferences) if as_markdown else report_html(conferences)
        return write_output(vault, cycle.ports, text, output, force=force)
