"""`vaultsync views`: the bases that show papers and conferences in Obsidian, and their place in a note."""

from __future__ import annotations

import click

from vaultsync.cli import completing
from vaultsync.cli.naming import note_named
from vaultsync.cli.options import CommandGroup, common_options, without_git_option
from vaultsync.cli.output import say
from vaultsync.cli.views_output import show_views
from vaultsync.cli.wiring import the_ports, the_vault
from vaultsync.core.views.bases import PAPERS_BASE, base_texts
from vaultsync.core.views.embedding import EMBEDDING, with_embedding
from vaultsync.runs.views import EMBEDS, GeneratedFile, write_views


@click.group("views", cls=CommandGroup)
def command() -> None:
    """Show papers and conferences in Obsidian, as bases (Obsidian 1.9 or later)."""


@command.command("install", short_help="Write Papers.base and Conferences.base.")
@without_git_option("--no-commit", "Write, but leave git out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@common_options
@click.pass_obj
def install(named: str | None, no_commit: bool, as_json: bool) -> int:
    """Write Papers.base and Conferences.base, and say how a note shows its papers.

    They follow what the settings say of papers and conference notes. One that you have edited is left alone.
    """
    vault = the_vault(named)
    texts = base_texts(vault.config)
    views = [GeneratedFile(path, lambda *_, text=text: text.encode()) for path, text in texts.items()]
    with the_ports(vault) as ports:
        report = write_views(
            vault, ports, views, f"vaultsync: write {' and '.join(texts)}", commit=not no_commit
        )
    code = show_views(report, as_json=as_json)
    if not as_json and not report.problems and report.waiting is None:
        say(f"A note shows its papers by this line (`vaultsync views embed NOTE` writes it):\n  {EMBEDDING}")
    return code


@command.command("embed", short_help="Write the line that shows a note's papers into NOTE.")
@click.argument("note", shell_complete=completing.notes)
@without_git_option("--no-commit", "Write, but leave git out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@common_options
@click.pass_obj
def embed(named: str | None, note: str, no_commit: bool, as_json: bool) -> int:
    """Write the line that shows a note's papers to the end of NOTE, if it isn't there yet."""
    vault = the_vault(named)
    path = note_named(vault, note)
    view = GeneratedFile(path, lambda data, _: with_embedding(data or b""), keeps_edits=True)
    message = f"{EMBEDS}{PAPERS_BASE} in {path.rpartition('/')[2].removesuffix('.md')}"
    with the_ports(vault) as ports:
        return show_views(write_views(vault, ports, [view], message, commit=not no_commit), as_json=as_json)
