"""The rules do what their examples show, through the real planner; together they come to rest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.yaml_blocks import Block, blocks
from vaultsync.core.config.config import Config
from vaultsync.core.config.config_file import parse_config
from vaultsync.core.errors import Problem
from vaultsync.core.links.index import Index
from vaultsync.core.links.renames import former_vault
from vaultsync.core.links.shown_links import shown_words
from vaultsync.core.note import Note, note_of
from vaultsync.core.papers.authors import authors_in, is_open
from vaultsync.core.plan.planner import plan_notes
from vaultsync.core.rules import RULES, Example, Rule, asked_for, rule_options
from vaultsync.core.rules.fm_shape import fm_required
from vaultsync.core.rules.fm_title import fm_title
from vaultsync.core.rules.pages import rules_document
from vaultsync.core.rules.rule import Context, RuleError, rule
from vaultsync.core.text.folding import fold_name

ROOT = Path(__file__).parents[3]
ALL = asked_for([rule.id for rule in RULES])
"""The rules as somebody asks for them, the eager ones too."""
fm_order = next(rule for rule in ALL if rule.id == "fm-order")
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}-{number}")
    for rule in ALL
    for number, example in enumerate(rule.examples, 1)
]


def config_of(example: Example, rule: Rule) -> Config:
    def read(name: str) -> str:
        return next((text for path, text in example.files.items() if path.endswith(name)), "")

    config = parse_config(
        read("config.toml"),
        rule_options(),
        app_json=json.loads(read("app.json") or "{}"),
        types_json=json.loads(read("types.json") or "{}"),
    )
    return msgspec.structs.replace(config, options={**config.options, rule.id: example.options})


def fixed(
    files: Mapping[str, str],
    rules: Sequence[Rule],
    config: Config,
    paths: Sequence[str] | None = None,
    former: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], list[Problem]]:
    """A vault after one run of `rules`, with what was reported."""
    notes = {path: note_of(path, text, config) for path, text in files.items()}
    index = Index(config, notes.get)
    for note in notes.values():
        index.put(note)
    if former:
        gone = [note_of(path, text, config) for path, text in former.items()]
        index.former = former_vault([*former, *files], gone, notes.values(), lambda path: _made(notes[path]))
    plan = plan_notes(index, rules, notes if paths is None else paths, notes.get)
    return {**files, **{change.path: change.after.text for change in plan.changes}}, list(plan.problems)


def _made(note: Note) -> dict[str, str]:
    """vaultsync has made each link of an example, of the words that it shows."""
    shown = map(shown_words, note.body.links)
    return {fold_name(words): words for words in shown}


def run(rule: Rule, example: Example, text: str) -> tuple[str, list[Problem]]:
    files = {**example.vault, example.path: text}
    after, problems = fixed(files, [rule], config_of(example, rule), [example.path], example.former)
    return after[example.path], [problem for problem in problems if problem.path == example.path]


def variants(example: Example, rule: Rule) -> list[tuple[str, str]]:
    """The example before and after: as it is, under CRLF, with a byte order mark, with a body."""
    before, after = example.before, example.before if example.after is None else example.after
    found = [
        (before, after),
        (before.replace("\n", "\r\n"), after.replace("\n", "\r\n")),
        ("\ufeff" + before, "\ufeff" + after),
    ]
    if rule.id.startswith("fm-") and before.startswith("---\n") and before.endswith("\n---\n"):
        body = "Some *text*, and `code`.\n\n- x: y\n---\n"
        found.append((before + body, after + body))
    return found


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_a_rule_does_what_its_example_shows_and_a_second_run_does_nothing(
    rule: Rule, example: Example
) -> None:
    for before, expected in variants(example, rule):
        after, problems = run(rule, example, before)
        assert after == expected
        if example.problem:
            assert [p for p in problems if p.rule == rule.id and example.problem in str(p)], problems
        else:
            assert problems == []
        again, still = run(rule, example, after)
        assert again == after
        assert bool(still) == bool(problems)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_all_rules_together_come_to_rest_on_each_example(rule: Rule, example: Example) -> None:
    config = config_of(example, rule)
    for before, _ in variants(example, rule):
        once, problems = fixed({**example.vault, example.path: before}, ALL, config)
        assert [problem for problem in problems if problem.rule == "guard"] == []
        twice, _ = fixed(once, ALL, config)
        assert twice == once


def test_the_documentation_of_the_rules_is_up_to_date() -> None:
    written = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == rules_document(RULES), "run: vaultsync rules --markdown > docs/rules.md"


def test_no_two_rules_have_the_same_id() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


def _documented(note: object, ctx: Context) -> list[Problem]:
    """Report nothing."""
    return []


def test_a_rule_without_its_documentation_its_evidence_or_an_example_is_refused() -> None:
    changed, kept = Example("a", before="x", after="y"), Example("b", before="x")
    with pytest.raises(RuleError, match="no docstring"):
        rule("fm-x", evidence="E.", examples=(changed, kept), body=True)(lambda note, ctx: [])
    with pytest.raises(RuleError, match="nothing of its evidence"):
        rule("fm-x", evidence=" ", examples=(changed, kept), body=True)(_documented)
    with pytest.raises(RuleError, match="no example that it changes"):
        rule("fm-x", evidence="E.", examples=(kept,), edits=True)(_documented)
    with pytest.raises(RuleError, match="no example that it reports"):
        rule("fm-x", evidence="E.", examples=(changed, kept))(_documented)
    with pytest.raises(RuleError, match="no example that it leaves alone"):
        rule("fm-x", evidence="E.", examples=(changed,), body=True)(_documented)


# Title, required properties and order together.

DEFAULTS = Config()
TAGGED = parse_config('[kinds.paper]\ndefaults = {tags = ["paper"]}\n', rule_options())
SHAPE = (fm_title, fm_required, fm_order)


def shaped(text: str, path: str = "Papers/Adam.md", config: Config = TAGGED) -> str:
    return fixed({path: text}, SHAPE, config)[0][path]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Text.\n", "---\ntitle: Adam\ntags:\n  - paper\n---\nText.\n"),
        ("\ufeffText.\r\n", "\ufeff---\r\ntitle: Adam\r\ntags:\r\n  - paper\r\n---\r\nText.\r\n"),
        ("\ufeff# A: B\n", '\ufeff---\ntitle: "A: B"\ntags:\n  - paper\n---\n# A: B\n'),
        ("---\n---\n", "---\ntitle: Adam\ntags:\n  - paper\n---\n"),
        ("---\n# head\n---\n", "---\n# head\ntitle: Adam\ntags:\n  - paper\n---\n"),
        (
            "---\n# head\n\n# of year\nyear: 2015\n---\n",
            "---\n# head\n\ntitle: Adam\n# of year\nyear: 2015\ntags:\n  - paper\n---\n",
        ),
        (
            "---\nrating: 5\nyear: 2015\n\n# tail\n---\n",
            "---\ntitle: Adam\nyear: 2015\ntags:\n  - paper\nrating: 5\n\n# tail\n---\n",
        ),
        ("---\nnote: |+\n  x\n\n---\n", "---\ntitle: Adam\ntags:\n  - paper\nnote: |+\n  x\n\n---\n"),
        ("---\n  year: 2015\n---\n", "---\n  title: Adam\n  year: 2015\n  tags:\n    - paper\n---\n"),
        ('---\n{"year": 2015}\n---\n', '---\n{"title": "Adam", "year": 2015, "tags": ["paper"]}\n---\n'),
        ("---\nTitle: Other\nTag: x\ntag: y\n---\n", "---\nTitle: Other\nTag: x\ntag: y\n---\n"),
        ("---\ntitle:\n  - a\ntags: []\n---\n", "---\ntitle:\n  - a\ntags: []\n---\n"),
        ("---\ntitle: A: B\n---\n", "---\ntitle: A: B\n---\n"),
        ("", ""),
        ("\ufeff\n \n", "\ufeff\n \n"),
        ("---\n\nA rule.\n", "---\ntitle: Adam\ntags:\n  - paper\n---\n---\n\nA rule.\n"),
    ],
)
def test_what_a_paper_note_lacks_is_put_where_it_belongs(before: str, after: str) -> None:
    assert shaped(before) == after
    assert shaped(after) == after


@pytest.mark.parametrize(
    ("stem", "body", "title"),
    [
        ("Adam", "# Adam: *A* Method\n", "Adam: *A* Method"),
        ("Adam", "# **[[Adam|Adam: A Method]]** #\n", "Adam: A Method"),
        ("Adam", "# C\\# and C\\_x\n", "C# and C_x"),
        ("Adam", "Setext: A Method\n===\n", "Setext: A Method"),
        ("Adam", "> # Quoted\n", "Adam"),
        ("Adam", "```\n# code\n```\n", "Adam"),
        ("Adam", "# One\n# Two\n", "Adam"),
        ("Adam", "## First\n# Second\n", "Adam"),
        ("Adam", "# Abstract:\n", "Adam"),
        ("Adam", "# Montag\n", "Adam"),
        ("Cafe\u0301", "", "Caf\u00e9"),
        ("2210.13695v2", "Text.\n", None),
        ("@key", "Text.\n", None),
        ("Untitled 3", "Text.\n", None),
        ("未命名", "# 标题\n", "标题"),
    ],
)
def test_a_title_comes_from_the_heading_or_the_file_name(stem: str, body: str, title: str | None) -> None:
    path = f"Papers/{stem}.md"
    after = shaped(f"---\nyear: 2015\n---\n{body}", path)
    assert note_of(path, after, DEFAULTS).front.value("title") == title


def test_a_book_title_is_a_papers_title() -> None:
    after = shaped("---\nBookTitle: 'Adam: A Method'\n---\n# Other\n")
    assert after.startswith('---\ntitle: "Adam: A Method"\n')


@pytest.mark.parametrize("heading", ["Posters", "Talk: Multiomics", "Donnerstag Vormittag", "Day 2"])
def test_a_session_of_a_conference_note_is_not_its_title(heading: str) -> None:
    after = shaped(f"# {heading}\n- x\n", "Conferences/ICASSP 2025.md")
    assert after.startswith("---\ntitle: ICASSP 2025\n")


def test_a_title_that_yaml_took_for_a_comment_is_reported() -> None:
    text = "---\ntitle: #1 of many\ntags: [paper]\n---\n"
    after, problems = fixed({"Papers/A.md": text}, SHAPE, DEFAULTS)
    assert after["Papers/A.md"] == text
    assert [(p.line, p.col) for p in problems] == [(2, 8)]


def test_own_kinds_have_their_own_properties_and_order() -> None:
    config = parse_config(
        '[kinds.book]\nfolders = ["Books"]\norder = ["title", "isbn", "read"]\nrequired = ["title"]\n'
        'defaults = {read = 2025-04-06, isbn = ["x"]}\n'
        '[folders."Daily/"]\ndefaults = {mood = 3}\n',
        rule_options(),
    )
    assert shaped("Text.\n", "Books/Emma.md", config) == (
        "---\ntitle: Emma\nisbn:\n  - x\nread: 2025-04-06\n---\nText.\n"
    )
    assert shaped("Text.\n", "Daily/2025-04-06.md", config) == "---\nmood: 3\n---\nText.\n"
    assert shaped("---\nread: x\nisbn: y\n---\n", "Home.md", config) == "---\nread: x\nisbn: y\n---\n"


def test_many_missing_properties_take_no_more_passes_than_one() -> None:
    names = [f"p{number}" for number in range(12)]
    config = parse_config(f"[kinds.paper]\nrequired = {json.dumps(['title', *names])}\n", rule_options())
    for text in ("Text.\n", "---\nyear: 1\n---\n", '---\n{"year": 1}\n---\n', "---\n{}\n---\n"):
        after = shaped(text, config=config)
        assert set(note_of("Papers/Adam.md", after, config).front.values()) >= {"title", *names}


# Lists.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tags: |\n  a\n  b", "tags:\n  - a\n  - b"),
        ("tags: true", 'tags:\n  - "true"'),
        ("tags: ['a, b', '#c #d', x y]", "tags: [a, b, c, d, x y]"),
        ("tags:\n  - 1.10\n  - x # one\n  -\n  - X # two", "tags:\n  - 1.10\n  - x # one\n  -\n  # two"),
        ("tags: [a, '', '#b', '']", "tags: [a, '', b, '']"),
        ("Tag: [a]\nTAGS: b", "TAGS:\n  - b\n  - a"),
        ("Aliases: a, b", "Aliases:\n  - a\n  - b"),
        ("tags:\n  - #x\n  - y", "tags:\n  - #x\n  - y"),
        ('tags: "[a, b]"', 'tags: "[a, b]"'),
        ("tags: {a: b}", "tags: {a: b}"),
        ('{"tags": "a b"}', '{"tags": ["a", "b"]}'),
        ("x: &x [a]\ntags: *x\ntag: b", "x: &x [a]\ntags:\n  - a\n  - b"),
        ("tag: b, c\ntags:", "tags:\n  - b\n  - c"),
        ("alias: [a, b]\naliases: c, a", "aliases:\n  - c\n  - a\n  - b"),
        ("cssclass: [a]\ncssclasses: b c", "cssclasses:\n  - b\n  - c\n  - a"),
        ("cssclasses: wide dark", "cssclasses:\n  - wide\n  - dark"),
        ("aliases: 1.10", 'aliases:\n  - "1.10"'),
        ("aliases: |\n  a\n  b", "aliases: |\n  a\n  b"),
        ("aliases: [1.10, a, a]", "aliases: [1.10, a, a]"),
        ("a: 1\na: 2\ntag: x", "a: 1\na: 2\ntag: x"),
    ],
)
def test_lists_are_made_of_what_is_one(before: str, after: str) -> None:
    rules = [r for r in RULES if r.id in ("fm-deprecated-keys", "fm-tags", "fm-aliases")]
    note = f"---\n{before}\n---\n"
    assert fixed({"Home.md": note}, rules, DEFAULTS)[0]["Home.md"] == f"---\n{after}\n---\n"


# Authors.


@pytest.mark.parametrize(
    ("text", "authors"),
    [
        ("Ada Lovelace", ["Ada Lovelace"]),
        ("A. Lovelace and A. Turing", ["A. Lovelace", "A. Turing"]),
        ("Lovelace & Turing", ["Lovelace", "Turing"]),
        ("Lovelace, Ada; Turing, Alan", ["Lovelace, Ada", "Turing, Alan"]),
        ("Lovelace, Ada and Turing, Alan", ["Lovelace, Ada", "Turing, Alan"]),
        ("van den Berg, Jan and de Souza, Ana", ["van den Berg, Jan", "de Souza, Ana"]),
        ("Ada Lovelace, Alan Turing, Kurt Gödel", ["Ada Lovelace", "Alan Turing", "Kurt Gödel"]),
        ("Ada Lovelace, Alan Turing, and Kurt Gödel", ["Ada Lovelace", "Alan Turing", "Kurt Gödel"]),
        (
            "Vincent van Gogh, M. d'Alembert and X. O'Brien",
            ["Vincent van Gogh", "M. d'Alembert", "X. O'Brien"],
        ),
        ("Smith J, Doe A, Roe B", ["Smith J", "Doe A", "Roe B"]),
        ("张三, 李四，王五", ["张三", "李四", "王五"]),
        ("[[Ada]], [[Alan T|Alan]] and [[Kurt]]", ["[[Ada]]", "[[Alan T|Alan]]", "[[Kurt]]"]),
        ("Jean-Pierre Serre;", ["Jean-Pierre Serre"]),
        # In doubt.
        ("Lovelace, Ada", None),
        ("Lovelace, A., Turing, A.", None),
        ("Lovelace, Turing and Hopper", None),
        ("García Márquez, Gabriel José", None),
        ("García Márquez, Gabriel José and Vargas Llosa, Mario", None),
        ("Lovelace, Ada, and Alan Turing", None),
        ("Institute of Electrical and Electronics Engineers", None),
        ("Ada Lovelace (MIT), Alan Turing (NPL), Kurt Gödel (IAS)", None),
        ("[[Ada]], Alan Turing", None),
        ("Martin Luther King, Jr. and Ada Lovelace", None),
    ],
)
def test_authors_are_told_apart_only_where_there_is_one_reading(text: str, authors: list[str] | None) -> None:
    assert authors_in(text) == (None if authors is None else tuple(authors))


def test_a_list_of_authors_that_is_not_complete_is_open() -> None:
    assert is_open("Vaswani et al.")
    assert is_open("Vaswani and many others")
    assert is_open("张三等")
    assert not is_open("Petal Albers and Ada Lovelace")


def test_authors_stay_text_where_obsidian_has_them_as_text() -> None:
    example = Example(
        "",
        before="---\nauthors: Ada Lovelace and Alan Turing\n---\n",
        files={"types.json": '{"types": {"authors": "text"}}'},
    )
    authors = next(rule for rule in RULES if rule.id == "fm-authors")
    assert run(authors, example, example.before) == (example.before, [])


# Everything together.


def settled(text: str, path: str) -> str:
    once, problems = fixed({path: text}, RULES, DEFAULTS)
    assert [problem for problem in problems if problem.rule == "guard"] == []
    twice, _ = fixed(once, RULES, DEFAULTS)
    assert twice == once
    return once[path]


PATHS = st.sampled_from(["Papers/A title.md", "Papers/@key.md", "Conferences/ICASSP 2025.md", "Home.md"])


@settings(max_examples=150, deadline=None)
@given(blocks(), PATHS)
def test_a_second_run_changes_nothing_of_any_front_matter(block: Block, path: str) -> None:
    after = settled(block.text, path)
    for comment in block.comments:
        assert comment in after
    assert after.endswith(block.body)


LINES = st.sampled_from(
    [
        "---",
        "---",
        "title: A",
        "title: A: B",
        "title:",
        "tag: paper, #lg",
        "tags: [paper, LG, lg]",
        "tags:",
        "  - 2024",
        "alias: x, y",
        "aliases: [z]",
        "authors: A B and C D",
        "up: [[Home]]",
        "year: 2015",
        "# a comment",
        "",
        "# A heading",
        "## Talk: X",
        "- text with [[A]] and $`x`$",
        "\tindented: x",
        "cssclass: a b",
        "vaultsync: [fm-order]",
        "arxiv: 2210.13695",
        "date: 2025/4/6",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(LINES, max_size=12),
    st.lists(st.sampled_from(["\n", "\n", "\r\n"]), min_size=12, max_size=12),
    st.sampled_from(["", "\ufeff"]),
    st.booleans(),
    PATHS,
)
def test_a_second_run_changes_nothing_of_any_lines(
    lines: list[str], ends: list[str], bom: str, opened: bool, path: str
) -> None:
    text = bom + ("---\n" if opened else "") + "".join(chain(*zip(lines, ends, strict=False)))
    settled(text, path)
    settled(text.rstrip("\r\n"), path)


FRONT = st.lists(
    st.sampled_from(
        [
            "title: A: B",
            "title:",
            "tag: paper, lg",
            "tags: [paper, LG, lg]",
            "tags: paper x",
            "alias: Xylo, Yetix",
            "aliases: Adamo",
            "category: A: B",
            "# a comment",
            "note: |+\n  x\n",
            "authors: A B and C D",
        ]
    ),
    max_size=6,
    unique=True,
).map(lambda lines: "---\n" + "".join(f"{line}\n" for line in lines) + "---\n")
PAPER_BODY = st.sampled_from(["", "# Adam: A Method for Stochastic Optimization\n", "about $`x`$\n"])
TALKS = st.lists(
    st.sampled_from(
        [
            "# Monday",
            "## Talk: X",
            "- Adam: A Method for Stochastic Optimization is nice",
            "- Xylo, Yetix and Adamo",
            "- A title of some length here",
            "- DNA-\\>RNA",
        ]
    ),
    min_size=1,
    max_size=6,
).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(FRONT, FRONT, FRONT, PAPER_BODY, PAPER_BODY, TALKS)
# The papers change after the conference note did: its mentions are those of the text that is planned.
@example(
    one="---\ncategory: A: B\n---\n",
    two="---\n---\n",
    talk="---\ntitle:\n---\n",
    one_body="# Adam: A Method for Stochastic Optimization\n",
    two_body="",
    talks="- Adam: A Method for Stochastic Optimization is nice",
)
def test_a_vault_of_notes_that_speak_of_each_other_comes_to_rest(
    one: str, two: str, talk: str, one_body: str, two_body: str, talks: str
) -> None:
    files = {
        "Papers/Adam.md": one + one_body,
        "Papers/A title of some length here.md": two + two_body,
        "Conferences/ICLR.md": talk + talks,
    }
    once, problems = fixed(files, RULES, DEFAULTS)
    assert [problem for problem in problems if problem.rule == "guard"] == []
    assert "[[[" not in "".join(once.values())
    assert fixed(once, RULES, DEFAULTS)[0] == once


def test_the_longest_chain_of_rules_ends_within_one_run() -> None:
    """Repaired, renamed, given a title that a conference note mentions, put in order, and mentioned."""
    files = {
        "Papers/Adam.md": "---\ntag: paper, lg\ncategory: A: B\nauthors: A B and C D\nalias: X, Y\n---\n"
        "# Adam: A Method for Stochastic Optimization\n",
        "Conferences/ICLR.md": "# Monday\n- Adam: A Method for Stochastic Optimization is $`x`$ nice\n",
    }
    once, _ = fixed(files, ALL, DEFAULTS)
    assert "[[Adam|Adam: A Method for Stochastic Optimization]]" in once["Conferences/ICLR.md"]
    assert once["Papers/Adam.md"].startswith(
        '---\ntitle: "Adam: A Method for Stochastic Optimization"\naliases:\n  - X\n  - Y\n'
        'authors:\n  - A B\n  - C D\ncategory: "A: B"\ntags:\n  - paper\n  - lg\n---\n'
    )
    assert "## Mentioned in" in once["Papers/Adam.md"]
    assert fixed(once, ALL, DEFAULTS)[0] == once


def test_the_example_vault_comes_to_rest() -> None:
    paths = sorted((ROOT / "example_vault").rglob("*.md"))
    files = {}
    for path in paths:
        try:
            files[path.relative_to(ROOT / "example_vault").as_posix()] = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
    once, _ = fixed(files, RULES, DEFAULTS)
    assert once != files
    assert fixed(once, RULES, DEFAULTS)[0] == once
