"""`vaultsync rules`: the rules and their documentation, from the rules themselves."""

from __future__ import annotations

import click

from vaultsync.cli import completing
from vaultsync.cli.naming import no_rule
from vaultsync.cli.options import reading_options
from vaultsync.cli.output import in_columns, print_json, styled
from vaultsync.cli.pager import paged
from vaultsync.core.errors import Exit
from vaultsync.core.rules import RULES, Rule
from vaultsync.core.rules.pages import rule_page, rules_document


@click.command("rules")
@click.argument("rule_id", metavar="[ID]", required=False, shell_complete=completing.rules)
@click.option("--json", "as_json", is_flag=True, help="Print the rules as JSON.")
@click.option("--markdown", is_flag=True, help="Print the documentation of all rules.")
@reading_options
def command(rule_id: str | None, as_json: bool, markdown: bool) -> int:
    """List the rules, or explain the rule ID with its options and examples."""
    if markdown and (as_json or rule_id is not None):
        raise click.UsageError("--markdown prints all rules: without ID and --json")
    if markdown:
        click.echo(rules_document(RULES), nl=False)
        return Exit.CLEAN
    if rule_id is None:
        if as_json:
            print_json([_as_json(rule) for rule in RULES])
        else:
            width = max(len(rule.id) for rule in RULES)
            with paged():
                for rule in RULES:
                    click.echo(in_columns(f"{styled(rule.id.ljust(width), bold=True)}  ", rule.summary))
        return Exit.CLEAN
    found = {rule.id: rule for rule in RULES}.get(rule_id)
    if found is None:
        raise click.UsageError(no_rule(rule_id))
    if as_json:
        print_json(_as_json(found))
    else:
        with paged():
            click.echo(rule_page(found), nl=False)
    return Exit.CLEAN


def _as_json(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "doc": rule.doc,
        "evidence": rule.evidence,
        "options": [{"name": o.name, "default": o.default, "doc": o.doc} for o in rule.options],
        "examples": [
            {
                "title": e.title,
                "before": e.before,
                "after": e.before if e.after is None else e.after,
                "problem": e.problem,
            }
            for e in rule.examples
        ],
    }
