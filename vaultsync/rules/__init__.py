"""The rules in their order: one tuple, which is the order in which they are tried on each note."""

from __future__ import annotations

from vaultsync.configfile import RuleOptions
from vaultsync.rules.base import Example, Option, Rule
from vaultsync.rules.links import link_in_place, link_mentions, link_papers
from vaultsync.rules.lists import fm_aliases, fm_authors, fm_deprecated_keys, fm_links, fm_tags
from vaultsync.rules.markdown import md_math, md_pandoc
from vaultsync.rules.renames import link_gone, link_renames
from vaultsync.rules.scalars import fm_dates, fm_identifiers, fm_types
from vaultsync.rules.shape import fm_order, fm_required, fm_title
from vaultsync.rules.syntax import fm_duplicate_keys, fm_nested, fm_repair, fm_syntax

__all__ = ["RULES", "Example", "Option", "Rule", "rule_options"]

RULES: tuple[Rule, ...] = (
    fm_repair,
    fm_syntax,
    fm_duplicate_keys,
    fm_nested,
    fm_deprecated_keys,
    fm_links,
    fm_tags,
    fm_aliases,
    fm_authors,
    fm_types,
    fm_dates,
    fm_identifiers,
    fm_title,
    fm_required,
    fm_order,
    md_math,
    md_pandoc,
    link_renames,
    link_gone,
    link_in_place,
    link_papers,
    link_mentions,
)


def rule_options() -> RuleOptions:
    """What the configuration may say about rules."""
    return RuleOptions({rule.id: {o.name: o.default for o in rule.options} for rule in RULES})
