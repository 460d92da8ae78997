"""The documentation of the rules, made from the rules: `docs/rules.md` and `vaultsync rules ID`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vaultsync.core.config.toml import to_toml
from vaultsync.core.rules.rule import Rule


def rule_page(rule: Rule) -> str:
    """One rule in Markdown: what it does, its options, its examples."""
    parts = [f"## {rule.id}\n", rule.doc + "\n", f"**Evidence:** {rule.evidence}\n"]
    if rule.options:
        parts.append(f"Options, under `[rules.{rule.id}]`:\n")
        parts.append("".join(f"- `{o.name} = {to_toml(o.default)}`: {o.doc}\n" for o in rule.options))
    for example in rule.examples:
        parts.append(f"### {example.title}\n")
        if example.after is not None:
            parts += ["Before:\n", _fenced(example.before), "After:\n", _fenced(example.after)]
        else:
            parts += ["Left as it is:\n", _fenced(example.before)]
        if example.problem:
            parts.append(f"Reported: `{example.problem}`\n")
    return "\n".join(parts)


def rules_document(rules: Iterable[Rule]) -> str:
    """`docs/rules.md`."""
    rules = list(rules)
    head = (
        "# The rules\n\n"
        "Made from the rules by `vaultsync rules --markdown`; a test compares. Each example is a test, too.\n"
        "A rule is switched off by `[rules] ID = false` in `.vaultsync/config.toml`, in a folder by\n"
        '`[folders."GLOB"] rules = {ID = false}`, in a note by the property `vaultsync: [ID]`\n'
        "(`vaultsync: ignore` for all rules), and around text by `<!-- vaultsync:off -->` and\n"
        "`<!-- vaultsync:on -->`. Problems that you leave as they are go into `[rules] accept`:\n"
        '`accept = ["ID"]`, or `["ID:GLOB"]` for some notes; `fix --all` still lists them.\n'
        "A rule keeps off what you took back by `undo`, and what another program writes back each time,\n"
        "until `vaultsync fix --retry`.\n\n"
    )
    table = "| rule | what it does |\n|---|---|\n" + "".join(
        f"| [{rule.id}](#{rule.id}) | {rule.summary.replace('|', chr(92) + '|')} |\n" for rule in rules
    )
    return head + table + "\n" + "\n".join(rule_page(rule) for rule in rules)


def _fenced(text: str) -> str:
    ticks = "`" * max(3, max((len(m) + 1 for m in re.findall(r"`{3,}", text)), default=0))
    end = "" if text.endswith("\n") else "\n"
    return f"{ticks}markdown\n{text}{end}{ticks}\n"
