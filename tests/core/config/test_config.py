"""The settings: defaults, what a file changes, every mistake at once, kinds and folders."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.config.config import Config, matcher
from vaultsync.core.config.config_file import RuleOptions, parse_config
from vaultsync.core.config.settings import (
    DEFAULT_KINDS,
    SECTIONS,
    KindSection,
    attribute_of,
    default_config,
    settings,
)
from vaultsync.core.config.toml import read_toml, to_toml
from vaultsync.core.errors import ConfigError, Problem
from vaultsync.core.frontmatter.block import FrontMatter, parse_front_matter
from vaultsync.core.note import note_of
from vaultsync.core.rules import RULES, Rule, rule_options


def parsed(text: str, **obsidian: Any) -> Config:
    return parse_config(text, rule_options(), **obsidian)


def mistakes(text: str) -> list[str]:
    """The lines in which the mistakes of a file are told."""
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    return caught.value.message.splitlines()[1:]


def fields(config: Config) -> dict[str, Any]:
    """The settings as plain values."""
    plain: dict[str, Any] = msgspec.to_builtins(
        {name: getattr(config, attribute_of(name)) for name in (*SECTIONS, "kinds", "options", "folders")}
    )
    return plain | {"off": sorted(config.off)}


def front(block: str) -> FrontMatter | None:
    return note_of("x.md", f"---\n{block}---\n", Config()).front


# The file that `init` writes


def test_without_a_file_the_defaults_hold_and_nothing_was_set_anywhere() -> None:
    config = parsed("")
    assert fields(config) == fields(Config())
    assert config.origins == {}


def test_the_file_that_init_writes_sets_nothing() -> None:
    config = parsed(default_config())
    assert fields(config) == fields(Config())
    assert config.origins == {}


def test_each_setting_in_the_file_that_init_writes_holds_when_its_mark_is_taken_off() -> None:
    lines = default_config().splitlines()
    setting = re.compile(r"# (\w[\w-]* = .*)")
    example = lines.index("[rules]")
    uncommented = [m[1] if (m := setting.fullmatch(line)) else line for line in lines[:example]]
    config = parsed("\n".join(uncommented))
    assert fields(config) == fields(Config())
    expected = {f"{section}.{key}" for section, key, _, _ in settings()}
    expected |= {f"kinds.{name}.{key}" for name in DEFAULT_KINDS for key in KindSection.__struct_fields__}
    assert set(config.origins) == expected


def test_the_examples_at_the_end_of_that_file_are_valid() -> None:
    lines = default_config().splitlines()
    tail = [line.removeprefix("# ") for line in lines[lines.index("[rules]") :] if "=" in line or "[" in line]
    config = parsed("\n".join(tail))
    assert (config.off, config.on) == (set(), {"fm-order"})
    assert config.folders == {"Archive/": {"kind": "note", "rules": {"fm-title": False}}}


def test_each_setting_says_what_it_means() -> None:
    for section, key, _, doc in settings():
        assert doc.text.endswith("."), f"{section}.{key}"


# What a file changes


def test_a_value_replaces_the_default_and_tells_its_origin() -> None:
    config = parsed('[links]\nheading = "Erwähnt in"\n[limits]\nshare = 0.25\n[watch]\nquiet = 5\n')
    assert config.links.heading == "Erwähnt in"
    assert config.limits.share == 0.25
    assert config.watch.quiet == 5.0
    assert config.origins == dict.fromkeys(
        ["links.heading", "limits.share", "watch.quiet"], ".vaultsync/config.toml"
    )


def test_a_rule_is_switched_off_or_given_options() -> None:
    config = parsed("[rules]\nfm-order = false\nmd-math = true\n[rules.fm-tags]\nenabled = false\n")
    assert config.off == {"fm-order", "fm-tags"}


def test_problems_are_accepted_by_rule_and_by_note() -> None:
    config = parsed(
        '[rules]\naccept = ["fm-nested", "fm-tags:/Old/", "fm-tags: *.draft.md"]\nfm-order = true\n'
    )
    assert (config.off, config.on) == (set(), {"fm-order"})
    assert config.origins["rules.accept"] == ".vaultsync/config.toml"

    def accepts(rule: str, path: str) -> bool:
        return config.accepts(Problem(path, 1, 1, rule, "so it is"))

    assert accepts("fm-nested", "x.md")
    assert accepts("fm-tags", "Old/a/x.md")
    assert accepts("fm-tags", "b/x.draft.md")
    assert not accepts("fm-tags", "New/Old/x.md")
    assert not accepts("fm-types", "Old/x.md")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('["fm-nested", "fm-tag"]', 'unknown rule "fm-tag"; did you mean "fm-tags"?'),
        ('["fm-tag:Old/"]', 'unknown rule "fm-tag"; did you mean "fm-tags"?'),
        ('["fm-tags:"]', "expected patterns in gitignore syntax"),
        ('["fm-tags:!"]', "expected patterns in gitignore syntax"),
        ('"fm-tags"', 'expected a list of texts, got "fm-tags"'),
        ("true", "expected a list of texts, got true"),
    ],
)
def test_what_cannot_be_accepted_is_a_mistake(value: str, told: str) -> None:
    (mistake,) = mistakes(f"[rules]\nfm-order = true\naccept = {value}\n")
    assert mistake.startswith(".vaultsync/config.toml:3: rules.accept: ")
    assert told in mistake


def test_a_misspelt_accept_is_told_its_name() -> None:
    (mistake,) = mistakes("[rules]\nacept = []\n")
    assert 'did you mean "accept"?' in mistake


def test_a_folder_accepts_nothing() -> None:
    (mistake,) = mistakes('[folders."Old/"]\nrules = {accept = ["fm-tags"]}\n')
    assert "unknown rule" in mistake


@given(
    st.lists(
        st.tuples(st.sampled_from(RULES), st.sampled_from(["", "A/", "A/B/", "B/", "x.md", "A/x.md"])),
        max_size=4,
    ),
    st.sampled_from(RULES),
    st.sampled_from(["x.md", "A/x.md", "B/x.md", "A/B/x.md"]),
)
def test_a_problem_is_accepted_exactly_if_an_item_names_its_rule_and_its_note_or_a_folder_above_it(
    named: list[tuple[Rule, str]], rule: Rule, path: str
) -> None:
    entries = [f"{one.id}:/{folder}" if folder else one.id for one, folder in named]
    config = parsed(f"[rules]\naccept = {to_toml(entries)}\n")
    expected = any(one.id == rule.id and path.startswith(folder) for one, folder in named)
    assert config.accepts(Problem(path, 1, 1, rule.id, "")) is expected


def test_every_option_of_every_rule_takes_its_own_default() -> None:
    for rule in RULES:
        for option in rule.options:
            config = parsed(f"[rules.{rule.id}]\n{option.name} = {to_toml(option.default)}\n")
            assert list(config.options[rule.id]) == [option.name]


def test_a_new_kind_is_a_new_table_and_a_known_kind_keeps_what_is_not_said() -> None:
    config = parsed('[kinds.talk]\ntags = ["talk"]\n[kinds.paper]\nfolders = ["Literatur"]\n')
    assert config.kind_of("x.md", front("tags: [talk]\n"))[0] == "talk"
    assert config.kind_of("Literatur/x.md", None)[0] == "paper"
    assert config.kind_of("Papers/x.md", None)[0] == "note"
    assert config.kinds["paper"].order == DEFAULT_KINDS["paper"].order


def test_a_byte_order_mark_before_the_settings_is_passed_over() -> None:
    assert parsed("\ufeff[git]\ncommit = false\n").git.commit is False


def test_obsidians_own_settings_give_the_link_style_and_the_types() -> None:
    config = parsed(
        "",
        app_json={"newLinkFormat": "relative", "useMarkdownLinks": True},
        types_json={"types": {"date": "datetime", "aliases": "multitext", "odd": "colour", "worse": 3}},
    )
    assert config.link_style.new_link_format == "relative"
    assert config.link_style.use_markdown_links is True
    assert config.obsidian_types == {"date": "datetime", "aliases": "list"}
    assert config.for_note("Papers/x.md", "paper").types["date"] == "datetime"
    assert config.for_note("Papers/x.md", "paper").types["doi"] == "text"


def test_odd_values_in_obsidians_settings_fall_back_to_its_defaults() -> None:
    app = {"newLinkFormat": "sideways", "useMarkdownLinks": "yes"}
    config = parsed("", app_json=app, types_json={"types": 7})
    assert config.link_style.new_link_format == "shortest"
    assert config.link_style.use_markdown_links is False
    assert config.obsidian_types == {}


# Mistakes


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    told = mistakes(
        "[links]\nheadin = 'x'\nheading_level = 9\nquotes = 'yes'\nlanguages = ['klingonisch!']\n"
        "[kinds.paper]\norder = 'title'\ntypes = {year = 'nummer'}\n[rules.fm-tags]\nshout = true\n"
        "[folders.'Archive/']\nknd = 'paper'\n"
    )
    assert told == [
        '.vaultsync/config.toml:2: links.headin: unknown key; did you mean "heading"?',
        ".vaultsync/config.toml:3: links.heading_level: expected 1 to 6, got 9",
        '.vaultsync/config.toml:4: links.quotes: expected true or false, got "yes"',
        '.vaultsync/config.toml:5: links.languages: expected language codes such as "de" or "en", '
        "got ['klingonisch!']",
        '.vaultsync/config.toml:7: kinds.paper.order: expected a list of texts, got "title"',
        ".vaultsync/config.toml:8: kinds.paper.types: expected each one of text, list, number, checkbox, "
        "date, datetime, tags, aliases, got {'year': 'nummer'}",
        *(line for line in told if "shout" in line),
        '.vaultsync/config.toml:12: folders."Archive/".knd: unknown key; did you mean "kind"?',
    ]
    assert len(told) == 8


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("git = 3\n", "git: expected a table, got 3"),
        ("kinds = 3\n", "kinds: expected a table, got 3"),
        ("rules = 'all'\n", 'rules: expected a table, got "all"'),
        ("[limits]\nshare = 0\n", "limits.share: expected more than 0, at most 1, got 0"),
        ("[git]\nauthor = 'me'\n", 'git.author: expected "Name <address>", got "me"'),
        ("[git]\nperson_message = '{autor}'\n", "expected a text with fields out of {notes}, {count}"),
        ("[git]\ntool_message = ''\n", "git.tool_message: expected a text with fields out of {summary}"),
        ("[rules.fm-tags]\nenabled = 1\n", "rules.fm-tags.enabled: expected true or false, got 1"),
        ("[folders.'A/']\nkind = 'papr'\n", 'no kind "papr"; did you mean "paper"?'),
        ("[folders.'A/']\nrules = {md-mth = false}\n", 'unknown rule; did you mean "md-math"?'),
        ("[vault]\nzzz = 1\n", "unknown key; known: ignore, templates, inbox, papers, conferences"),
    ],
)
def test_a_mistake_says_what_was_expected(text: str, told: str) -> None:
    (line,) = mistakes(text)
    assert told in line


@pytest.mark.parametrize(
    ("text", "place"),
    [("a = \n", "1:5"), ("\n\nb\n", "3:2"), ('\ufeffa = "x', "1:7"), ("a = 1\n<<<<<<< HEAD\n", "2:1")],
)
def test_text_that_is_no_toml_is_told_with_its_place(text: str, place: str) -> None:
    with pytest.raises(ConfigError, match=rf"^f\.toml:{place}: not valid TOML: \w"):
        read_toml(text, "f.toml", "hint")


@given(
    st.recursive(
        st.booleans() | st.text() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, width=32),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
        max_leaves=8,
    )
)
def test_what_is_printed_as_toml_reads_back_as_the_same_value(value: object) -> None:
    assert tomllib.loads(f"x = {to_toml(value)}")["x"] == value


# Kinds, folders, patterns


@pytest.mark.parametrize(
    ("path", "block", "kind"),
    [
        ("x.md", "tags: [paper]\n", "paper"),
        ("x.md", "tags: paper, lg\n", "paper"),
        ("x.md", "tag: '#Paper'\n", "paper"),
        ("x.md", "type: workshop\n", "note"),
        ("Conferences/x.md", "type: workshop\n", "conference"),
        ("x.md", "TAGS: [paper]\n", "paper"),
        ("x.md", "Type: Paper\n", "paper"),
        ("x.md", "DOI: 10.1/2\n", "paper"),
        ("x.md", "type: book\ndoi: 10.1/2\n", "note"),
        ("Papers/x.md", "type: Book\n", "note"),
        ("Papers/x.md", "type: book\ntags: [paper]\n", "paper"),
        ("Papers/x.md", "tags: [conference]\n", "conference"),
        ("Papers/x.md", "title: y\n", "paper"),
        ("Old/Papers/x.md", "title: y\n", "paper"),
        ("x.md", "doi: 10.1/2\n", "paper"),
        ("x.md", "title: y\n", "note"),
        ("Papers.md", "title: y\n", "note"),
        ("Conferences/ICML/Papers/x.md", "title: y\n", "paper"),
        ("Papers/2024/Conferences/x.md", "title: y\n", "conference"),
        ("Conferences/Papers.md", "title: y\n", "conference"),
    ],
)
def test_the_kind_follows_from_tag_or_type_then_folder_then_property(
    path: str, block: str, kind: str
) -> None:
    assert Config().kind_of(path, front(block))[0] == kind


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("# Wednesday\n- x\n", "conference"),
        ("# Notes\n## Montag Vormittag\n", "conference"),
        ("## Invited talk: Rings\n", "conference"),
        ("### Session 3B ###\n", "conference"),
        ("bring the card\n", "note"),
        ("# Talking points\n", "note"),
        ("The talk: nice\n", "note"),
    ],
)
@pytest.mark.parametrize("block", ["type: event\n", "tags: [workshop]\n", "Tags: Event\n"])
def test_an_everyday_word_makes_a_conference_only_with_a_heading_that_tells_of_one(
    block: str, body: str, kind: str
) -> None:
    text = f"---\n{block}---\n{body}"
    assert Config().kind_of("x.md", parse_front_matter(text), text)[0] == kind


def test_an_identifier_declares_no_kind() -> None:
    front = parse_front_matter("---\narxiv: '2210.13695'\n---\n")
    assert Config().kind_of("x.md", front)[0] == "paper"
    assert Config().declared_kind("x.md", front) is None
    assert Config().declared_kind("Papers/x.md", front) == "paper"


def test_folders_of_obsidians_and_templaters_hold_templates_whatever_their_names() -> None:
    config = parse_config("", RuleOptions({}), template_folders=["meta/[x] templates", None, 3, "/"])
    assert config.is_template("meta/[x] templates/Paper.md")
    assert config.is_template("Templates/Paper.md")
    assert not config.is_template("other/meta/[x] templates/Paper.md")
    assert not config.is_template("meta/x templates/Paper.md")


def test_a_folder_overrides_kind_rules_order_and_defaults() -> None:
    config = parsed(
        "[rules]\nfm-order = false\n"
        "[folders.'Archive/']\nkind = 'paper'\nrules = {fm-title = false, fm-order = true}\n"
        "order = ['year']\n"
        "defaults = {status = 'read'}\n"
        "[folders.'Archive/Old/']\nkind = 'note'\n"
    )
    assert config.kind_of("Archive/x.md", None)[0] == "paper"
    inside, outside = (config.for_note(path, "paper") for path in ("Archive/x.md", "Papers/x.md"))
    assert (inside.off, outside.off) == ({"fm-title"}, {"fm-order"})
    assert inside.kind.order == ["year"]
    assert inside.kind.defaults == {"status": "read"}
    assert outside.kind == DEFAULT_KINDS["paper"]


@pytest.mark.parametrize(
    ("patterns", "matching", "other"),
    [
        (("Drafts",), ["Drafts/", "a/Drafts/x.md", "Drafts/x.md"], ["Draft/x.md", "Drafts.md"]),
        (("/Drafts",), ["Drafts/x.md"], ["a/Drafts/x.md"]),
        (("*.tmp.md",), ["x.tmp.md", "a/x.tmp.md"], ["x.md"]),
        (("a/**/z/",), ["a/z/x.md", "a/b/c/z/x.md"], ["a/x.md"]),
        (("Inbox", "!Inbox/keep.md"), ["Inbox/x.md"], ["Inbox/keep.md"]),
        ((), [], ["x.md"]),
    ],
)
def test_patterns_are_read_as_gitignore_reads_them(
    patterns: tuple[str, ...], matching: list[str], other: list[str]
) -> None:
    matches = matcher(patterns)
    assert all(map(matches, matching))
    assert not any(map(matches, other))


def test_templates_are_the_notes_in_the_template_folders() -> None:
    config = parsed("[vault]\ntemplates = ['Vorlagen/', 'x/y']\n")
    assert config.is_template("Vorlagen/Paper.md")
    assert config.is_template("x/y/z.md")
    assert not config.is_template("Templates/Paper.md")
    assert not config.is_template("Papers/x.md")


@pytest.mark.parametrize(
    "line",
    [
        "[git]\ntimeout = inf",
        "[git]\ntimeout = nan",
        "[watch]\nquiet = 1e300",
        "[watch]\nrescan = inf",
        "[watch]\nrescan = 0.001",
        '[git]\nauthor = "a\\u0000 <b>"',
        '[git]\ntool_message = "x\\u001b]0;x\\u0007 {notes}"',
        '[vault]\nignore = ["!"]',
        '[vault]\nignore = ["[z-a]"]',
        '[vault]\nignore = ["*a*a*a*a*a*a*a*b"]',
        '[vault]\nignore = ["**/a/**/a/**/a/**/b"]',
        '[kinds.x]\nfolders = ["!"]',
        '[folders."!"]\nkind = "note"',
        '[vault]\npapers = "../x"',
        '[vault]\npapers = "a/./b"',
        '[vault]\nconferences = ".git/hooks"',
        '[vault]\ninbox = "a/.hidden"',
        '[vault]\nimport_template = "/etc/passwd"',
        '[vault]\nimport_template = "a/../../b"',
        '[vault]\nimport_template = "a\\u0000b"',
        '[vault]\nimport_template = ".git/config"',
        '[links]\nlanguages = ["../../../etc/passwd"]',
        f'[vault]\ninbox = "{"x" * 256}"',
        f'[vault]\npapers = "Reading/{"ä" * 128}"',
        f'[vault]\nconferences = "{"x/" * 501}"',
        f'[vault]\nimport_template = "{"x" * 256}"',
        f'[import]\nwatch = ["a.bib", "{"x" * 252}.bib"]',
    ],
)
def test_a_setting_that_can_not_work_is_a_mistake_in_the_settings(line: str) -> None:
    with pytest.raises(ConfigError, match="expected"):
        parse_config(line, rule_options())


@pytest.mark.parametrize(
    "line",
    [
        '[vault]\nignore = ["*.sync-conflict-*.md", "**/old/**", "!keep/", "[Aa]rchive/", "a b/c"]',
        '[vault]\npapers = "/Reading/Papers/"\nconferences = ""\ninbox = "in box"',
        '[vault]\nimport_template = ".vaultsync/paper.j2"',
        "[git]\ntimeout = 86400",
        '[links]\nlanguages = ["pt-BR", "zh_Hant"]',
        f'[vault]\ninbox = "{"ä" * 127}/{"x" * 255}"',
    ],
)
def test_what_people_write_into_their_settings_is_none(line: str) -> None:
    parse_config(line, rule_options())
