"""The rules in their order: one tuple, which is the order in which they are tried on each note."""

from __future__ import annotations

from vaultsync.core.config.config_file import RuleOptions
from vaultsync.core.rules.fm_lists import fm_aliases, fm_authors, fm_deprecated_keys, fm_links, fm_tags
from vaultsync.core.rules.fm_repair import fm_duplicate_keys, fm_nested, fm_repair, fm_syntax
from vaultsync.core.rules.fm_shape import fm_order, fm_required, fm_title
from vaultsync.core.rules.fm_values import fm_dates, fm_identifiers, fm_types
from vaultsync.core.rules.link_mentions import link_in_place, link_mentions, link_papers
from vaultsync.core.rules.link_renames import link_gone, link_renames
from vaultsync.core.rules.md_body import md_math, md_pandoc
from vaultsync.core.rules.rule import Example, Option, Rule

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
