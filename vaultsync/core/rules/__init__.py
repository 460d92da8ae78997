"""The rules in their order: one tuple, which is the order in which they are tried on each note.

The files: `fm-` rules in `fm_*`, `md-` rules in `md_*`, `link-` rules in `link_*`.

    rule           what a rule is: a pure function with its documentation and examples
    fm_repair      front matter that can't be read, or not as its writer meant it
    fm_lists       properties that hold lists: tags, aliases, authors, links
    fm_values      properties that hold one value: types, dates, identifiers
    fm_shape       front matter as a whole: what a kind requires, the order
    md_body        the body: math
    link_renames   links to notes that were renamed or deleted
    link_mentions  mentions become links, and both sides know of each other
    pages          the rules' documentation, made from the rules
"""

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
