"""`vaultsync links`: what only the person can decide about links, and the decisions."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click
import msgspec

from vaultsync.cli import completing
from vaultsync.cli.excerpt import excerpt
from vaultsync.cli.links_review import review as ask_about
from vaultsync.cli.naming import note_named
from vaultsync.cli.options import CommandGroup, common_options, is_for_subcommand
from vaultsync.cli.output import counted, for_person, print_json, problem_lines, progress_bar, say, styled
from vaultsync.cli.pager import paged
from vaultsync.cli.wiring import the_cycle, the_vault
from vaultsync.core.errors import Exit, Problem, VaultsyncError
from vaultsync.core.links.decisions import Decision
from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Missing, Suggestion
from vaultsync.core.links.obsidian_links import resolve
from vaultsync.core.plan.progress import silent
from vaultsync.core.text.folding import fold, fold_name
from vaultsync.core.text.shown import one_line
from vaultsync.daemon.status import Place
from vaultsync.runs.cycle import Cycle, Request
from vaultsync.runs.link_lists import LinkLists
from vaultsync.runs.missing_papers import PaperCandidate
from vaultsync.vault.open import Vault

_SHOWN_AS = {
    "arxiv": "arXiv:{}",
    "doi": "{}",
    "acl": "{}",
    "openreview": "https://openreview.net/forum?id={}",
}


class _Found(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `links` lists; what was not asked for is absent from the JSON."""

    suggested: tuple[Suggestion, ...] | None = None
    ambiguous: tuple[Suggestion, ...] | None = None
    problems: tuple[Problem, ...] | None = None
    missing: tuple[Missing, ...] | None = None
    candidates: tuple[PaperCandidate, ...] | None = None
    doubtful: tuple[Suggestion, ...] | None = None


@click.group("links", cls=CommandGroup, invoke_without_command=True)
@click.option("--suggested", is_flag=True, help="List what may mean a paper, related papers too.")
@click.option("--ambiguous", is_flag=True, help="List the names that several papers go by.")
@click.option("--problems", is_flag=True, help="List what is wrong with links and lists of mentions.")
@click.option("--missing", is_flag=True, help="List the identifiers without a paper note, for `import -`.")
@click.option(
    "--candidates", is_flag=True, help="List titles with authors that have no note, for `import -`."
)
@click.option("--doubtful", is_flag=True, help="List links that stand, but would not be made today.")
@click.option("--reading", is_flag=True, help="List what to read next, and why: unread and much mentioned.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    suggested: bool,
    ambiguous: bool,
    problems: bool,
    missing: bool,
    candidates: bool,
    doubtful: bool,
    reading: bool,
    as_json: bool,
) -> int:
    """List what only you can decide about links, and why; decide with accept, deny or review.

    Without an option: the suggestions that a name gives rise to, and the ambiguous names. With --suggested
    also papers that a session never names, but shares rare words with. --missing ends with the titles that
    may be papers, for you to look at; --candidates prints these alone: keep what you want, and pipe it on.
    """
    if is_for_subcommand(ctx):
        return Exit.CLEAN
    every = not (suggested or ambiguous or problems or missing or candidates or doubtful)
    vault = the_vault(ctx.obj)
    if reading:
        return _reading(vault, as_json=as_json)
    with progress_bar() as progress, the_cycle(vault, progress) as cycle:
        wrong = _link_problems(cycle) if problems else None
        lists = LinkLists(cycle)
        found = _Found(
            lists.suggested(related=suggested) if every or suggested else None,
            lists.ambiguous() if every or ambiguous else None,
            wrong,
            lists.missing() if missing else None,
            lists.candidates() if missing or candidates else None,
            lists.doubtful() if doubtful else None,
        )
    if as_json:
        print_json(found)
    else:
        with paged():
            _show(found)
    return Exit.CLEAN


def _reading(vault: Vault, *, as_json: bool) -> int:
    """`links --reading`: what to read next, which asks nothing of the person."""
    from vaultsync.cli.reading import reading_json, show_reading
    from vaultsync.runs.sheets import Sheets

    with progress_bar() as progress, the_cycle(vault, progress) as cycle:
        found = Sheets(cycle).to_read()
    if as_json:
        print_json(reading_json(found))
    else:
        with paged():
            show_reading(found)
    return Exit.CLEAN


@command.command("accept")
@click.argument("note", shell_complete=completing.notes)
@click.argument("words")
@click.argument("paper", shell_complete=completing.notes)
@common_options
@click.pass_obj
def accept(named: str | None, note: str, words: str, paper: str) -> int:
    """In NOTE the WORDS mean PAPER: the next run links them."""
    vault = the_vault(named)
    with the_cycle(vault, silent) as cycle:
        decisions = _decisions(cycle, note, words, [paper])
        cycle.decide(lambda known: known.accept(decisions))
    Place(vault.root).wake()
    say(one_line(f'{decisions[0].note}: "{words}" means {decisions[0].paper}; the next run links it'))
    return Exit.CLEAN


@command.command("deny", short_help="In NOTE the WORDS don't mean PAPER.")
@click.argument("note", shell_complete=completing.notes)
@click.argument("words")
@click.argument("papers", nargs=-1, metavar="[PAPER]...", shell_complete=completing.notes)
@common_options
@click.pass_obj
def deny(named: str | None, note: str, words: str, papers: tuple[str, ...]) -> int:
    """In NOTE the WORDS don't mean PAPER; without PAPER, none of those that they may mean."""
    vault = the_vault(named)
    with the_cycle(vault, silent) as cycle:
        decisions = _decisions(cycle, note, words, papers)
        cycle.decide(lambda known: known.deny(decisions))
    Place(vault.root).wake()
    for decision in decisions:
        say(one_line(f'{decision.note}: "{words}" does not mean {decision.paper}'))
    return Exit.CLEAN


@command.command("review", short_help="Decide one by one, on a terminal.")
@click.option("--related", is_flag=True, help="Ask about related papers, too.")
@common_options
@click.pass_obj
def review(named: str | None, related: bool) -> int:
    """Decide one by one, on a terminal, each by one key: y(es), n(o), s(kip), u(ndo), q(uit), ? for help."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("review asks on a terminal; elsewhere use accept and deny")
    vault = the_vault(named)
    with progress_bar() as progress, the_cycle(vault, progress) as cycle:
        lists = LinkLists(cycle)
        choices = [*lists.ambiguous(), *lists.suggested(related=related)]
        progress.hide()
        decided = ask_about(choices, cycle.decide, _line)
    if decided:
        Place(vault.root).wake()
    say(f"{counted(decided, 'decision')} written" if choices else "nothing to decide")
    return Exit.CLEAN


def _link_problems(cycle: Cycle) -> tuple[Problem, ...]:
    report = cycle.run(Request(write=False, commit=False))
    return tuple(problem for problem in report.problems if problem.rule.startswith("link-"))


def _decisions(cycle: Cycle, note: str, words: str, papers: Iterable[str]) -> list[Decision]:
    """The decisions that the arguments mean; raises `VaultsyncError` for one that can mean nothing."""
    index = cycle.read().index
    path = note_named(cycle.vault, note)
    reading = index.reading_at(path)
    if reading is None:
        raise VaultsyncError(f"{path} is no conference note", "decisions are about conference notes")
    folded = fold_name(words)
    text = cycle.survey.note(path) if cycle.survey is not None else None
    if not folded or text is None or folded not in fold(text.text).text:
        raise VaultsyncError(f'"{words}" does not stand in {path}', "give the words as the note has them")
    wanted = [_paper_path(index, path, paper) for paper in papers]
    if not wanted:
        choices = (*reading.ambiguous, *reading.suggestions)
        wanted = [p for choice in choices if fold_name(choice.words) == folded for p in choice.papers]
        wanted += [m.paper for m in reading.mentions if fold_name(m.surface) == folded]
    if not wanted:
        raise VaultsyncError(
            f'"{words}" means no paper in {path}, so there is nothing to deny',
            "`vaultsync links` lists what may mean a paper",
        )
    return [Decision(path, folded, paper) for paper in dict.fromkeys(wanted)]


def _paper_path(index: Index, source: str, name: str) -> str:
    """The paper note that a person named by its path, or as a link would."""
    found = name if name in index.files else resolve(index.files, source, name)
    if found is None or found not in index.catalogue:
        raise VaultsyncError(f"{name} is no paper note of the vault", "give its path, as the lists do")
    return found


def _show(found: _Found) -> None:
    """Print the lists for a person; of what is missing the identifiers alone go to standard output."""
    for choice in (*(found.suggested or ()), *(found.ambiguous or ()), *(found.doubtful or ())):
        click.echo(for_person(_line(choice)))
    for problem in found.problems or ():
        click.echo(problem_lines(problem))
    places: dict[tuple[str, str], list[str]] = {}
    for missing in found.missing or ():
        places.setdefault((missing.scheme, missing.value), []).append(_place(missing))
    for (scheme, value), where in places.items():
        click.echo(_SHOWN_AS[scheme].format(value))
        say(f"    {', '.join(where)}")
    _show_candidates(found)
    if not any(msgspec.structs.astuple(found)):
        say("nothing to decide" if found.candidates is None else "nothing is missing")


def _show_candidates(found: _Found) -> None:
    """Print what may be papers: for `--candidates` as a list that can be imported, else to be looked at."""
    alone = found.missing is None
    if found.candidates and not alone:
        say("these have authors and no identifier; --candidates prints those lines alone, to be imported:")
    for candidate in found.candidates or ():
        (click.echo if alone else say)(one_line(candidate.as_listed))
        say(f"    {_place(candidate)}")


def _line(choice: Suggestion) -> str:
    papers = " or ".join(choice.papers)
    said = one_line(f'"{choice.words}" → {papers} ({choice.reason})')
    head = f"{styled(_place(choice), bold=True)} {said}"
    return f"{head}\n    {excerpt(choice.context, choice.words)}" if choice.context else head


def _place(found: Any) -> str:
    return one_line(f"{found.path}:{found.line}:{found.col}")
