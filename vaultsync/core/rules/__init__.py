"""The rules in their order: one tuple, which is the order in which they are tried on each note.

The files: `fm-` rules in `fm_*`, `md-` rules in `md_*`, `link-` rules in `link_*`.

    rule                what a rule is: a pure function with its documentation and examples
    fm_repair           front matter that can't be read, or not as its writer meant it
    fm_deprecated_keys  the names that Obsidian reads no longer
    fm_lists            properties that hold lists: tags, aliases, authors, links
    fm_values           the types of properties that hold one value
    fm_dates            dates
    fm_identifiers      identifiers and addresses of papers
    new_properties      where a property goes that a rule adds
    fm_title            titles
    fm_shape            front matter as a whole: what a kind requires, the order
    md_body             the body: math, and the proof that it shows what it showed
    md_pandoc           the body: what pandoc left behind
    link_renames        links to notes that were renamed or deleted
    link_mentions       mentions become links, and both sides know of each other
    link_timeline       a list of conferences by month, where a note asks for it
    pages               the rules' documentation, made from the rules
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from vaultsync.core.config.config_file import RuleOptions
from vaultsync.core.rules.fm_dates import fm_dates
from vaultsync.core.rules.fm_deprecated_keys import fm_deprecated_keys
from vaultsync.core.rules.fm_identifiers import fm_identifiers
from vaultsync.core.rules.fm_lists import fm_aliases, fm_authors, fm_links, fm_tags
from vaultsync.core.rules.fm_repair import fm_duplicate_keys, fm_nested, fm_repair, fm_syntax
from vaultsync.core.rules.fm_shape import fm_order, fm_required
from vaultsync.core.rules.fm_title import fm_title
from vaultsync.core.rules.fm_values import fm_types
from vaultsync.core.rules.link_mentions import link_in_place, link_mentions, link_papers
from vaultsync.core.rules.link_renames import link_gone, link_renames
from vaultsync.core.rules.link_timeline import link_timeline
from vaultsync.core.rules.md_body import md_math
from vaultsync.core.rules.md_pandoc import md_pandoc
from vaultsync.core.rules.rule import Example, Option, Rule

__all__ = ["RULES", "Example", "Option", "Rule", "asked_for", "rule_options"]

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
    link_timeline,
    link_mentions,
)


def rule_options() -> RuleOptions:
    """What the configuration may say about rules."""
    return RuleOptions({rule.id: {o.name: o.default for o in rule.options} for rule in RULES})


def asked_for(ids: Collection[str]) -> tuple[Rule, ...]:
    """The rules of these ids in their order, as somebody asks for them: also those off by default."""
    return tuple(msgspec.structs.replace(rule, opt_in=False) for rule in RULES if rule.id in ids)
