"""Front matter is found, read with exact spans, and explained where it can't be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml_blocks import EXAMPLES, Block, blocks, read_by_ruamel

from vaultsync.core.frontmatter import yaml_reader as yamlread
from vaultsync.core.frontmatter.block import (
    FrontMatter,
    comments_in,
    find_front_matter,
    has_template_marks,
    parse_front_matter,
)
from vaultsync.core.frontmatter.yaml_values import Value, same_value
from vaultsync.core.text.spans import LineStarts, apply_edits


def read(text: str) -> FrontMatter:
    front = parse_front_matter(text)
    assert front is not None
    return front


def values(block: str) -> dict[str, Value]:
    front = read(f"---\n{block}\n---\n")
    assert front.error is None, front.error
    return front.values()


# ---------------------------------------------------------------------------------- the block


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("---\na: 1\n---\nbody\n", "a: 1\n"),
        ("---\na: 1\n...\nbody\n", "a: 1\n"),
        ("---  \t\na: 1\n--- \t\nbody\n", "a: 1\n"),
        ("---\r\na: 1\r\n---\r\nbody", "a: 1\r\n"),
        ("\ufeff---\na: 1\n---\n", "a: 1\n"),
        ("---\na: 1\n---", "a: 1\n"),
        ("---\n---\n", ""),
        ("---\n---", ""),
        ("---\n# only a comment\n---\n", "# only a comment\n"),
        ("---\na: |\n  ---\n  ...\n---\n", "a: |\n  ---\n  ...\n"),
        ("---\n--- x\n----\n---\n", "--- x\n----\n"),
        ("---\n\n---\n", "\n"),
    ],
)
def test_a_block_is_what_stands_between_two_fences(text: str, content: str) -> None:
    found = find_front_matter(text)
    assert found is not None
    assert found.closed
    assert found.content.of(text) == content
    assert found.span.of(text).startswith("---")
    assert not text[found.span.end :].startswith(("---", "..."))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---",
        "--",
        "----\na: 1\n---\n",
        "--- a\n---\n",
        " ---\na: 1\n---\n",
        "\n---\na: 1\n---\n",
        "---x\n---\n",
    ],
)
def test_a_note_that_begins_with_anything_else_has_no_block(text: str) -> None:
    assert parse_front_matter(text) is None


@pytest.mark.parametrize(
    "body",
    [
        "\nJust text: here\n",
        "# Heading\n",
        "- item: x\n",
        "> quote: x\n",
        "```\ncode: x\n```\n",
        "https://x.org\n",
        "",
    ],
)
def test_a_thematic_break_on_the_first_line_is_no_opening_fence(body: str) -> None:
    assert parse_front_matter(f"---\n{body}") is None


@pytest.mark.parametrize("body", ["title: x\nbody", "title:", '"a b": 1', "title: x\r\n\r\nbody\r\n"])
def test_an_opening_fence_without_a_closing_one_is_a_problem(body: str) -> None:
    front = read(f"---\n{body}")
    assert front.error is not None
    assert front.error.message == "the front matter is opened and never closed"
    assert front.properties == ()


def test_templater_and_core_template_marks_are_known() -> None:
    assert has_template_marks("---\ndate: <% tp.date.now() %>\n---\n")
    assert has_template_marks("---\ndate: {{date:YYYY-MM-DD}}\n---\n")
    assert not has_template_marks('---\ntitle: "{a} { b"\n---\n')


def test_an_empty_block_and_one_of_comments_hold_no_properties_and_no_error() -> None:
    for block in ("", "\n", "# a\n\n  # b\n"):
        front = read(f"---\n{block}---\n")
        assert front.error is None
        assert front.properties == ()


# ---------------------------------------------------------------------------------- properties

EVERY_STYLE = """---
# head
plain: a value  # beside
single: 'it''s'
double: "a\\tb"
literal: |
  one

  two

# above
folded: >-
  one
  two
missing:
missing2:   # beside nothing
items:
# in between
- a   # first
-
- "c"
flow: [a, 'b',
  c] # end
nested:
  x: 1
  y:
    - z   # deep
inline: {x: 1}
"quoted key": 1
# tail
---
body
"""


@pytest.mark.parametrize(
    ("key", "style", "value", "source", "entry"),
    [
        ("plain", "plain", "a value", "a value", "plain: a value  # beside\n"),
        ("single", "single", "it's", "'it''s'", "single: 'it''s'\n"),
        ("double", "double", "a\tb", '"a\\tb"', 'double: "a\\tb"\n'),
        ("literal", "literal", "one\n\ntwo\n", "|\n  one\n\n  two", "literal: |\n  one\n\n  two\n"),
        ("folded", "folded", "one two", ">-\n  one\n  two", "folded: >-\n  one\n  two\n"),
        ("missing", "null", None, "", "missing:\n"),
        ("missing2", "null", None, "", "missing2:   # beside nothing\n"),
        ("items", "block-seq", ["a", None, "c"], '- a   # first\n-\n- "c"', None),
        ("flow", "flow-seq", ["a", "b", "c"], "[a, 'b',\n  c]", "flow: [a, 'b',\n  c] # end\n"),
        ("nested", "block-map", {"x": 1, "y": ["z"]}, "x: 1\n  y:\n    - z", None),
        ("inline", "flow-map", {"x": 1}, "{x: 1}", "inline: {x: 1}\n"),
        ("quoted key", "plain", 1, "1", '"quoted key": 1\n'),
    ],
)
@pytest.mark.parametrize("variant", ["as is", "CRLF", "BOM", "wide characters above"])
def test_a_property_knows_its_value_its_style_and_its_places(
    key: str, style: str, value: Value, source: str, entry: str | None, variant: str
) -> None:
    text = {
        "as is": EVERY_STYLE,
        "CRLF": EVERY_STYLE.replace("\n", "\r\n"),
        "BOM": "\ufeff" + EVERY_STYLE,
        "wide characters above": EVERY_STYLE.replace("# head", "# 日本 🚀 é"),
    }[variant]
    prop = read(text).get(key)
    assert prop is not None
    assert (prop.value, prop.style) == (value, style)
    assert prop.value_span.of(text).replace("\r", "") == source
    assert prop.key_span.of(text).strip('"') == key
    if entry is not None:
        assert prop.span.of(text).replace("\r", "") == entry
    if style == "null":
        assert text[prop.value_span.start - 1] == ":"


def test_the_items_of_a_list_have_their_own_spans() -> None:
    front = read(EVERY_STYLE)
    items = front.get("items")
    flow = front.get("flow")
    assert items is not None
    assert flow is not None
    assert [item.span.of(EVERY_STYLE) for item in items.items] == ["a", "", '"c"']
    assert [item.style for item in items.items] == ["plain", "null", "double"]
    assert [item.span.of(EVERY_STYLE) for item in flow.items] == ["a", "'b'", "c"]


def test_comments_are_found_where_yaml_has_them_and_nowhere_else() -> None:
    text = (
        "---\n# a\nb: | # c\n  # text\n\n# d\ne: 'x # y' # f\ng: [h, # i\n j#k]\nl: m#n\n  # o\n---\n# body\n"
    )
    assert [span.of(text) for span in comments_in(text, read(text))] == [
        "# a",
        "# c",
        "# d",
        "# f",
        "# i",
        "# o",
    ]


def test_a_kept_blank_line_belongs_to_the_block_scalar_that_keeps_it() -> None:
    text = "---\na: |+\n  x\n\n\nb: |\n  y\n\nc: 1\n---\n"
    front = read(text)
    assert [prop.span.of(text) for prop in front.properties] == ["a: |+\n  x\n\n\n", "b: |\n  y\n", "c: 1\n"]


def test_aliases_and_anchors_are_read_and_marked() -> None:
    text = "---\na: &one 1\nb: *one\nc: [*one, 2]\nd: !!str 5\n---\n"
    front = read(text)
    assert front.values() == {"a": 1, "b": 1, "c": [1, 2], "d": "5"}
    assert [prop.decorated for prop in front.properties] == [True, True, False, True]
    assert [prop.value_span.of(text) for prop in front.properties] == [
        "&one 1",
        "*one",
        "[*one, 2]",
        "!!str 5",
    ]
    assert front.properties[1].style == "alias"
    assert front.properties[2].items[0].span.of(text) == "*one"


def test_an_anchor_may_be_set_again() -> None:
    assert values("a: &x 1\nb: &x 2\nc: 3") == {"a": 1, "b": 2, "c": 3}
    assert values("a: &x 1\nb: &x 2\nc: *x") == {"a": 1, "b": 2, "c": 2}


def test_json_front_matter_is_read() -> None:
    text = '---\n{"title": "A: B", "tags": ["x", "y"], "n": 1.5,\n "deep": {"a": null}}\n---\n'
    front = read(text)
    assert front.json
    assert front.values() == {"title": "A: B", "tags": ["x", "y"], "n": 1.5, "deep": {"a": None}}
    assert front.properties[1].span.of(text) == '"tags": ["x", "y"]'


def test_an_escaped_surrogate_pair_is_the_character_that_it_means() -> None:
    block = r"""{"a": "x\ud83d\ude00\uD83D\uDE00y", "\ud83d\ude80": ["\\ud83d\\ude00",
     "\\\ud83d\ude00"], "z": 1}"""
    text = f"\ufeff---\n{block}\n---\n"
    front = read(text)
    assert front.error is None
    assert front.values() == {"a": "x😀😀y", "🚀": [r"\ud83d\ude00", "\\😀"], "z": 1}
    assert [prop.value_span.of(text) for prop in front.properties] == [
        r'"x\ud83d\ude00\uD83D\uDE00y"',
        '["\\\\ud83d\\\\ude00",\n     "\\\\\\ud83d\\ude00"]',
        "1",
    ]
    assert [item.span.of(text) for item in front.properties[1].items] == [
        r'"\\ud83d\\ude00"',
        r'"\\\ud83d\ude00"',
    ]


def test_outside_double_quotes_an_escape_is_the_characters_that_it_is_written_with() -> None:
    assert values(
        "\n".join(
            [
                r"a: \ud83d\ude00 x",
                r"b: '\ud83d\ude00'",
                "c: |-",
                r"  \ud83d\ude00",
                r"\ud83d\ude00: x",
                r'd: "\ud83d\ude00"',
            ]
        )
    ) == {"a": r"\ud83d\ude00 x", "b": r"\ud83d\ude00", "c": r"\ud83d\ude00", r"\ud83d\ude00": "x", "d": "😀"}


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.lists(st.text(max_size=6), max_size=3), max_size=4)
)
def test_what_a_json_writer_escapes_is_read_as_it_was(meant: dict[str, list[str]]) -> None:
    assert values(json.dumps(meant)) == meant


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            "a: yes\nb: 12:30\nc: 2026-13-01\nd: 1_000",
            {"a": "yes", "b": "12:30", "c": "2026-13-01", "d": "1_000"},
        ),
        ("<<: {a: 1}\nb: 2", {"<<": {"a": 1}, "b": 2}),
        ("a: ! 12\nb: !own 12\nc: !!int '3'\nd: !!float 3", {"a": "12", "b": "12", "c": 3, "d": 3.0}),
        ("? a\n: b\n? c\nd: e", {"a": "b", "c": None, "d": "e"}),
        ("a: x\n  y\n\n  z", {"a": "x y\nz"}),
        ("up: [[Note]]\nl:\n  - [[A|b]]", {"up": [["Note"]], "l": [[["A|b"]]]}),
        ("a:\tb\nc: d\t\n\t\ne: f", {"a": "b", "c": "d", "e": "f"}),
        ("a: |-\n  \ttab\n  b", {"a": "\ttab\nb"}),
        ("a: x\x85y\u2028z\x07\rq\ufeff\x00", {"a": "x\x85y\u2028z\x07\rq\ufeff\x00"}),
        ("a\x85: 1", {"a\x85": 1}),
        ("1: x\n[a]: y", {"1": "x", "[a]": "y"}),
        ("  a: 1\n  b: 2", {"a": 1, "b": 2}),
    ],
)
def test_values_are_those_that_obsidian_reads(block: str, expected: dict[str, Value]) -> None:
    assert same_value(values(block), expected)


@pytest.mark.parametrize(
    "block", ["a: 1\nb: 2\na: 3", "x: {a: 1, a: 2}", "l:\n  - a: 1\n    b: 2\n    a: 3", "a: 1\n'a': 2"]
)
def test_a_key_that_stands_twice_is_told_with_both_places(block: str) -> None:
    text = f"---\n{block}\n---\n"
    front = read(text)
    assert front.error is None
    (duplicate,) = front.duplicates
    assert duplicate.key == "a"
    assert text[duplicate.first] == "a"
    assert duplicate.first < duplicate.second
    assert "a" in text[duplicate.second : duplicate.second + 2]


def test_the_python_loader_reads_what_the_c_loader_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        EVERY_STYLE,
        "\ufeff" + EVERY_STYLE.replace("\n", "\r\n"),
        "---\na: &x 1\nb: *x\nc: 日本 🚀\n---\n",
        '---\n{"a": "\\ud83d\\ude00", "b": "\\u00e9"}\n---\n',
    ]
    by_c = [(read(text), comments_in(text, read(text))) for text in texts]
    monkeypatch.setattr(yamlread, "BlockLoader", yamlread.PurePythonLoader)
    monkeypatch.setattr(yamlread, "EventLoader", yamlread.PurePythonLoader)
    assert [(read(text), comments_in(text, read(text))) for text in texts] == by_c
    for escape in (r"\ud83d", r"\ude00\ud83d", r"\U00110000"):
        front = read(f'---\na: "{escape}"\n---\n')
        assert front.error is not None


@settings(max_examples=EXAMPLES, deadline=None)
@given(blocks())
def test_any_block_is_read_as_it_is_meant(block: Block) -> None:
    front = read(block.text)
    assert front.error is None
    assert front.duplicates == ()
    assert same_value(front.values(), block.values)
    assert same_value(read_by_ruamel(block.text), block.values)
    assert [span.of(block.text) for span in comments_in(block.text, front)] == block.comments
    assert block.text[front.span.end :] == block.body


@settings(max_examples=EXAMPLES, deadline=None)
@given(blocks())
def test_the_entries_and_what_stands_between_them_make_up_the_block(block: Block) -> None:
    front = read(block.text)
    at = front.content.start
    for prop in front.properties:
        between = block.text[at : prop.span.start]
        assert all(not line.strip() or line.lstrip().startswith("#") for line in between.splitlines())
        assert prop.span.start <= prop.key_span.start < prop.key_span.end < prop.value_span.start + 1
        assert prop.value_span.end < prop.span.end
        at = prop.span.end
    assert at <= front.content.end


# ---------------------------------------------------------------------------------- problems


@pytest.mark.parametrize(
    ("block", "place", "message", "hint"),
    [
        ("title: A: B", "2:8", 'value with ": " needs quotes', 'title: "A: B"'),
        ("title: A: B # c", "2:8", 'value with ": " needs quotes', 'title: "A: B"'),
        ('"b": x: y', "2:6", 'value with ": " needs quotes', '"b": "x: y"'),
        ("a:\n\t- x", "3:1", "a tab is used as indentation", "indent with two spaces"),
        ('a: "x\nb: y', "2:4", 'a quote (") is opened and never closed', 'a: "x"'),
        ('a: "x\nb: "y"', "2:4", 'a quote (") is opened and never closed', 'a: "x"'),
        ("a: 'x\nb: 1", "2:4", "a quote (') is opened and never closed", "a: 'x'"),
        ('a: [x, "y]\nb: "z"', "2:8", 'a quote (") is opened and never closed', None),
        ('title: "A": B', "2:8", "text after the closing quote", "title: '\"A\": B'"),
        ("a: 'it's'", "2:4", "text after the closing quote", "a: \"'it's'\""),
        (
            "a: [x, y\nb: z",
            "2:4",
            "`[` is opened and never closed",
            "a: [x, y], or quotes around a text with `[`",
        ),
        ("a: [x](y)", "2:4", "text around `[…]` needs quotes", 'a: "[x](y)"'),
        ("a: @x", "2:4", "a value that begins with @ needs quotes", 'a: "@x"'),
        ("a: **b** c", "2:4", "a value that begins with * needs quotes", 'a: "**b** c"'),
        ("a: > quote", "2:4", "text after > needs quotes, or a line of its own", 'a: "> quote"'),
        ("*foo*: 1", "2:1", "a key that begins with * needs quotes", '"*foo*": 1'),
        ("a: [[A]] foo", "2:4", "a link in a property needs quotes", 'a: "[[A]] foo"'),
        ("a: ![[x.png]]", "2:4", "a link in a property needs quotes", 'a: "![[x.png]]"'),
        (
            "a: [[A]], [[B]]",
            "2:4",
            "links in a property need quotes, and several a list",
            'a: ["[[A]]", "[[B]]"]',
        ),
        ("a: - b", "2:4", "a list begins on the line after its key", "put `- b` on a line below `a:`"),
        ("a: ? x", "2:4", "a value that begins with ? needs quotes", 'a: "? x"'),
        ("a: [[B #C]]", "2:8", "to YAML, `#` begins a comment, and the list has no end", 'a: "[[B #C]]"'),
        ("a: [#B, C]", "2:5", "to YAML, `#` begins a comment, and the list has no end", "a: [B, C]"),
        ('a: "b",\nc: d', "2:7", "a comma after the closing quote", 'take it away: a: "b"'),
        ("tags: 'a', b", "2:7", "a list needs brackets around it", "tags: ['a', b]"),
        ('title: "A", a play', "2:8", "text after the closing quote", "title: '\"A\", a play'"),
        ("x: 1\ntitle:foo\ny: 2", "3:1", "a property needs a blank after its colon", "title: foo"),
        ("title:foo\nx: 1", "2:1", "a property needs a blank after its colon", "title: foo"),
        ("a: b\nfoo\nc: d", "3:1", "the line is neither a property nor a list item", None),
        ('a: "C:\\Users"', "2:9", "a backslash between double quotes begins an escape", "a: 'C:\\Users'"),
        ("a: 1\n b: 2", "3:2", "the line doesn't fit the ones above it", None),
        ("a: 1\n--- b", "3:1", None, "put the text on a line of its own below the closing `---`"),
        ("just text", "2:1", "the front matter holds no properties", None),
        ("- a\n- b", "2:1", "the front matter holds no properties", None),
        (
            '{"a": 1,\n"b": "\\\\ud83d\\ud83d x", "c": 2}',
            "3:14",
            r"\ud83d alone is half a character",
            r"write the character itself, or both halves of it, as in \ud83d\ude00",
        ),
        (
            '{\n  "a": "\\ud83d\\ude00\\ude00",\n  "b": 1\n}',
            "3:21",
            r"\ude00 alone is half a character",
            r"write the character itself, or both halves of it, as in \ud83d\ude00",
        ),
        (
            '{\n  "a": "C:\\Users",\n  "b": 1\n}',
            "3:13",
            "a backslash between double quotes begins an escape",
            "\"a\": 'C:\\Users',",
        ),
        (
            '{"a": "C:\\Users", "b": 1}',
            "2:12",
            "a backslash between double quotes begins an escape",
            r"write \\ for each backslash that is meant as one",
        ),
        ("a: {b: c: d}", "2:9", "the {…} can't be read here", None),
    ],
)
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_a_malformed_block_says_where_what_and_what_instead(
    block: str, place: str, message: str | None, hint: str | None, eol: str
) -> None:
    text = f"\ufeff---\n{block}\n---\nbody\n".replace("\n", eol)
    front = read(text)
    assert front.error is not None
    assert front.properties == ()
    assert "{}:{}".format(*LineStarts(text).line_column(front.error.offset)) == place
    assert message is None or front.error.message == message
    assert hint is None or front.error.hint == hint


@pytest.mark.parametrize(
    ("block", "meant"),
    [
        ("title: A: B # c\nx: 1", {"title": "A: B", "x": 1}),
        ("a:\n\t- x\n\t- y", {"a": ["x", "y"]}),
        ("a: [[A]], [[B|b]]", {"a": ["[[A]]", "[[B|b]]"]}),
        ("a: [[A]] and more", {"a": "[[A]] and more"}),
        ("l:\n  - **b** c\n  - d", {"l": ["**b** c", "d"]}),
        ("a: @x", {"a": "@x"}),
    ],
)
def test_the_repair_of_a_slip_reads_as_it_was_meant(block: str, meant: dict[str, Value]) -> None:
    for text in (f"---\n{block}\n---\nbody\n", f"---\n{block}\n---\nbody\n".replace("\n", "\r\n")):
        front = read(text)
        assert front.error is not None
        repaired = apply_edits(text, front.error.repair)
        assert read(repaired).values() == meant
        assert ("\r\n" in repaired) == ("\r\n" in text)
        assert repaired.count("\n") - repaired.count("\r\n") in (0, repaired.count("\n"))


def test_a_slip_with_more_than_one_reading_has_no_repair() -> None:
    for block in ('a: "x\nb: y', "a: [x, y\nb: z", "a: b\nfoo\nc: d", 'a: "C:\\Users"'):
        front = read(f"---\n{block}\n---\n")
        assert front.error is not None
        assert front.error.repair == ()


# ---------------------------------------------------------------------------------- hostile text


@pytest.mark.parametrize(
    "block",
    [
        "a: " + "[" * 100_000,
        "a: " + "{b: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "".join(f"{' ' * level}a:\n" for level in range(200)),
        "a: " + "[" * 150 + "]" * 150,
        "a: &a [*a]",
        "a: &a {b: *a}",
        "a0: &a0 x\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)),
    ],
    ids=[
        "lists",
        "mappings",
        "dashes",
        "keys",
        "indentation",
        "closed lists",
        "itself",
        "itself in a map",
        "bomb",
    ],
)
def test_a_block_that_would_nest_or_grow_without_end_is_refused(block: str) -> None:
    front = read(f"---\n{block}\n---\n")
    assert front.error is not None


def test_nesting_and_lists_that_people_write_are_not_refused() -> None:
    deep = values("a: " + "[" * 50 + "]" * 50)["a"]
    assert isinstance(deep, list)
    items = values("a:\n" + "  - x\n" * 5000)["a"]
    assert items == ["x"] * 5000


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        st.sampled_from("---...ab: \n\r\t#'\"[]{}&*!|>%@`,?\\\x00\x85\u2028\ufeff\ud800🚀1-"), max_size=80
    )
)
def test_no_text_raises(text: str) -> None:
    for note in (text, f"---\n{text}\n---\n", f"\ufeff---\r\na: 1\r\n{text}"):
        front = parse_front_matter(note)
        if front is not None:
            assert (
                0
                <= front.span.start
                <= front.content.start
                <= front.content.end
                <= front.span.end
                <= len(note)
            )
            for prop in front.properties:
                assert front.content.start <= prop.span.start <= prop.span.end <= front.content.end
            if front.error is not None:
                assert 0 <= front.error.offset <= len(note)
                apply_edits(note, front.error.repair)


NAMES = st.sampled_from(
    ["tags", "Tags", "TAGS", "tag", "title", "\u017f", "s", "\u00df", "ss", "SS", "stra\u00dfe", "strasse"]
)


@given(st.lists(NAMES, max_size=5, unique=True), NAMES)
def test_a_property_is_found_by_its_name_and_else_by_the_same_in_another_case(
    keys: list[str], asked: str
) -> None:
    front = read("---\n" + "".join(f"{key}: {at}\n" for at, key in enumerate(keys)) + "---\n")
    alike = [key for key in keys if len(key) == len(asked) and key.casefold() == asked.casefold()]
    found = front.get(asked)
    expected = asked if asked in keys else alike[-1] if alike else None
    assert (found.key if found is not None else None) == expected
