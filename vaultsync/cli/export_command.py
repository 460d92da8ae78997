"""`vaultsync export`: the papers that notes mention, for BibTeX, Pandoc or a reference manager."""

from __future__ import annotations

from pathlib import Path

import click

from vaultsync.cli import completing
from vaultsync.cli.naming import notes_named
from vaultsync.cli.options import common_options
from vaultsync.cli.output import counted, progress_bar, say
from vaultsync.cli.output_file import output_options, write_output
from vaultsync.cli.wiring import the_cycle, the_vault
from vaultsync.core.views.bibtex_export import bibtex
from vaultsync.core.views.csl_export import csl_json
from vaultsync.core.views.references import citation_keys
from vaultsync.core.views.report import missing_text
from vaultsync.core.views.ris_export import ris
from vaultsync.runs.sheets import Sheets

_FORMATS = {"bib": bibtex, "csl": csl_json, "ris": ris}


@click.command("export")
@click.argument("notes", nargs=-1, metavar="[NOTE]...", shell_complete=completing.notes)
@click.option("--all", "every", is_flag=True, help="Export all papers of the vault, sorted by key.")
@click.option("--bib", "form", flag_value="bib", default=True, help="BibTeX, for biber and Pandoc. [default]")
@click.option("--csl", "form", flag_value="csl", help="CSL-JSON.")
@click.option("--ris", "form", flag_value="ris", help="RIS.")
@click.option("--by-key", is_flag=True, help="Sort by key, not in the order of mention.")
@click.option(
    "--missing",
    is_flag=True,
    help="Print the identifiers of papers without a note, one a line, for `import -`.",
)
@output_options()
@common_options
@click.pass_obj
def command(
    named: str | None,
    notes: tuple[str, ...],
    every: bool,
    form: str,
    by_key: bool,
    missing: bool,
    output: Path | None,
    force: bool,
) -> int:
    """Export exactly the papers that NOTE mentions, in the order of mention.

    A paper's own citekey is its key; one without gets surname, year and a word of its title. What is
    exported can be imported again, here or elsewhere: `vaultsync export --missing NOTE | vaultsync import -`
    makes stubs of papers that are only named.
    """
    if every == bool(notes):
        raise click.UsageError(
            "name notes, or say `--all`: all papers of the vault"
            if not notes
            else "`--all` is all papers: give no names with it"
        )
    vault = the_vault(named)
    paths = notes_named(vault, notes)
    with progress_bar() as progress, the_cycle(vault, progress) as cycle:
        sheets = Sheets(cycle, paths)
        conferences = [sheets.conference(path) for path in paths]
        if missing:
            found = sheets.all_missing() if every else [m for each in conferences for m in each.missing]
            lines = dict.fromkeys(f"{missing_text(*each)}\n" for each in found)
            return write_output(vault, cycle.ports, "".join(lines), output, force=force)
        papers = (
            sheets.all_papers()
            if every
            else list({p.path: p for conference in conferences for p in conference.papers()}.values())
        )
        keys = citation_keys(sheets.all_papers())
        if every or by_key:
            papers.sort(key=lambda paper: keys[paper.path].casefold())
        if not papers:
            say("no paper is mentioned")
        code = write_output(vault, cycle.ports, _FORMATS[form](papers, keys), output, force=force)
        if output is not None:
            say(counted(len(papers), "paper"))
    return code
