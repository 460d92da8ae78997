"""The structure of a body: what is protected (a table of cases), what is found, and that spans are exact."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from vaultsync.core.markdown import (
    Body,
    Link,
    flatten,
    links_in_value,
    managed_blocks,
    parse_body,
    plain_markers,
    wikilinks,
)
from vaultsync.core.text.spans import Span, SpanSet

TABLE = Path(__file__).parents[2] / "data" / "protection.txt"
_OPEN = {"«": "open", "⟦": "protected", "⟨": "heading"}
_CLOSE = {"»": "open", "⟧": "protected", "⟩": "heading"}


def _cases() -> list[tuple[str, str]]:
    _, *parts = re.split(r"^=== (.+)\n", TABLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return list(zip(parts[::2], parts[1::2], strict=True))


def _unmarked(marked: str) -> tuple[str, list[tuple[str, int, int]]]:
    """The case's text and its probes: (kind, start, end)."""
    marked = marked.replace("⏎\n", "\r\n").replace("␠", " ").replace("␉", "\t")
    out: list[str] = []
    probes: list[tuple[str, int, int]] = []
    opened: list[tuple[str, int]] = []
    for char in marked:
        if char in _OPEN:
            opened.append((_OPEN[char], len(out)))
        elif char in _CLOSE:
            kind, start = opened.pop()
            assert kind == _CLOSE[char]
            probes.append((kind, start, len(out)))
        else:
            out.append(char)
    assert not opened
    return "".join(out), probes


def _status(body: Body, start: int, end: int) -> str:
    def covered(spans: SpanSet) -> bool:
        whole = spans.covering(start)
        return whole is not None and whole[1] >= end

    if covered(body.protected):
        return "protected"
    if body.protected.touches(start, end):
        return "half protected"
    return "heading" if covered(body.heading_spans) else "open"


CASES = _cases()


def test_the_table_has_at_least_as_many_cases_as_issue_4_asks_for() -> None:
    assert len(CASES) >= 120
    assert len({name for name, _ in CASES}) == len(CASES)


@pytest.mark.parametrize(("name", "marked"), CASES, ids=[name for name, _ in CASES])
def test_protection(name: str, marked: str) -> None:
    text, probes = _unmarked(marked)
    assert probes
    for variant, shift in ((text, 0), ("\ufeff" + text, 1), ("---\na: [[x]] `\n---\n" + text, 19)):
        body = parse_body(variant, shift)
        for kind, start, end in probes:
            assert _status(body, start + shift, end + shift) == kind, repr(text[start:end])


@pytest.mark.parametrize(("name", "marked"), CASES, ids=[name for name, _ in CASES])
def test_protection_is_the_same_with_windows_line_endings(name: str, marked: str) -> None:
    text, probes = _unmarked(marked)
    crlf = re.sub(r"(?<!\r)\n", "\r\n", text)
    shift = [0]
    for i, char in enumerate(text):
        shift.append(shift[-1] + (char == "\n" and (i == 0 or text[i - 1] != "\r")))
    body = parse_body(crlf)
    for kind, start, end in probes:
        assert _status(body, start + shift[start], end + shift[end]) == kind, repr(text[start:end])


# --- headings, blocks ---------------------------------------------------------------------------------------


def test_headings_have_their_text_and_their_span() -> None:
    text = "# One\n## Two `x` [[A]] ##\nThree\nlines\n---\n> ### Four\n#\n#### C# ####\n##### a#\n"
    found = [(h.level, h.text, h.span.of(text), h.text_span.of(text)) for h in parse_body(text).headings]
    assert found == [
        (1, "One", "# One", "One"),
        (2, "Two `x` [[A]]", "## Two `x` [[A]] ##", "Two `x` [[A]]"),
        (2, "Three lines", "Three\nlines\n---", "Three\nlines"),
        (3, "Four", "### Four", "Four"),
        (1, "", "#", ""),
        (4, "C#", "#### C# ####", "C#"),
        (5, "a#", "##### a#", "a#"),
    ]


def test_headings_in_code_and_comments_are_none() -> None:
    text = "```\n# a\n```\n%%\n# b\n%%\n<!--\n# c\n-->\n\n    # d\n\n# e\n"
    assert [h.text for h in parse_body(text).headings] == ["e"]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("A b\nc\n\nd\n", [("paragraph", "A b\nc"), ("paragraph", "d")]),
        ("- a\n  b\n  - c\n- d\n", [("item", "a\n  b"), ("item", "c"), ("item", "d")]),
        ("- a\n\n  b\n\n- c\n", [("item", "a"), ("item", "b"), ("item", "c")]),
        ("- [ ] a\n- [x] `b` c\n", [("item", "a"), ("item", "`b` c")]),
        ("- [ ] a\n\n- [x] b\n", [("item", "a"), ("item", "b")]),
        ("1. \\* a\n2. **b** c\n", [("item", "\\* a"), ("item", "**b** c")]),
        ("> - a\n>   - b\n> c\n", [("item", "a"), ("item", "b\n> c")]),
        ("> a\n> b\n>\n> c\n", [("paragraph", "a\n> b"), ("paragraph", "c")]),
        ("- a\n  # h\n  c\n  ***\n  d\n", [("item", "a"), ("heading", "h"), ("item", "c"), ("item", "d")]),
        ("- a\n  > q\n  - b\n", [("item", "a"), ("paragraph", "q"), ("item", "b")]),
        ("- a\n  ```\n  x\n  ```\n  b\n", [("item", "a"), ("item", "b")]),
        ("- \n- a\n", [("item", "a")]),
        ("| a  | b |\n|--|--|\n| c d |  |\n", [("cell", "a"), ("cell", "b"), ("cell", "c d")]),
        ("x[^1]\n\n[^1]: note\n", [("paragraph", "x[^1]"), ("footnote", "note")]),
        ("# h #\ntext\n", [("heading", "h"), ("paragraph", "text")]),
        ("%%\n\n a\n\n%%\n\nb\n", [("paragraph", "b")]),
        ("- ü [[ä|ö]] x\n", [("item", "ü [[ä|ö]] x")]),
    ],
)
def test_blocks_are_the_smallest_pieces_of_text(text: str, blocks: list[tuple[str, str]]) -> None:
    for variant in (text, text.replace("\n", "\r\n")):
        want = [(kind, words.replace("\n", "\r\n") if "\r" in variant else words) for kind, words in blocks]
        assert [(b.kind, b.span.of(variant)) for b in parse_body(variant).blocks] == want


def test_block_at_gives_the_bullet_itself_and_not_its_parent() -> None:
    text = "- a\n  - b\n\ntext\n"
    body = parse_body(text)
    assert [b.span.of(text) if (b := body.block_at(i)) else None for i in (0, 2, 8, 10, 13)] == [
        None,
        "a",
        "b",
        None,
        "text",
    ]


# --- links --------------------------------------------------------------------------------------------------


def _parts(link: Link, text: str) -> tuple[str, str, str | None, str, str, str | None]:
    return (
        link.target,
        link.heading,
        link.text,
        link.span.of(text),
        link.target_span.of(text),
        None if link.text_span is None else link.text_span.of(text),
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[[A]]", ("A", "", None, "[[A]]", "A", None)),
        ("[[ A ]]", ("A", "", None, "[[ A ]]", "A", None)),
        ("[[F/A|b c]]", ("F/A", "", "b c", "[[F/A|b c]]", "F/A", "b c")),
        ("[[A#B#C|d]]", ("A", "B#C", "d", "[[A#B#C|d]]", "A", "d")),
        ("[[A#^id]]", ("A", "^id", None, "[[A#^id]]", "A", None)),
        ("[[#B]]", ("", "B", None, "[[#B]]", "", None)),
        ("[[a]b]]", ("a]b", "", None, "[[a]b]]", "a]b", None)),
        ("[[a]]]", ("a", "", None, "[[a]]", "a", None)),
        ("[[[a]]]", ("a", "", None, "[[a]]", "a", None)),
        ("[[x [[a]]", ("a", "", None, "[[a]]", "a", None)),
        ("[[A|]]", ("A", "", "", "[[A|]]", "A", "")),
        ("[[A\\|b]]", ("A", "", "b", "[[A\\|b]]", "A", "b")),
        ("[[@key|b|c]]", ("@key", "", "b|c", "[[@key|b|c]]", "@key", "b|c")),
        ("\\![[A]]", ("A", "", None, "[[A]]", "A", None)),
        ("[[Schrödinger 桥|ü]]", ("Schrödinger 桥", "", "ü", "[[Schrödinger 桥|ü]]", "Schrödinger 桥", "ü")),
        ("# in [[A]]", ("A", "", None, "[[A]]", "A", None)),
        ("[b](A.md)", ("A.md", "", "b", "[b](A.md)", "A.md", "b")),
        ("[](A.md)", ("A.md", "", "", "[](A.md)", "A.md", "")),
        ("[b](A%20c.md#D%20e)", ("A c.md", "D e", "b", "[b](A%20c.md#D%20e)", "A%20c.md", "b")),
        ("[b](<A c.md#D> 't')", ("A c.md", "D", "b", "[b](<A c.md#D> 't')", "A c.md", "b")),
        ('[b](A_(c).md "t")', ("A_(c).md", "", "b", '[b](A_(c).md "t")', "A_(c).md", "b")),
        ("[b](#D)", ("", "D", "b", "[b](#D)", "", "b")),
        ("[b\\]](\\(A.md)", ("(A.md", "", "b\\]", "[b\\]](\\(A.md)", "\\(A.md", "b\\]")),
        ("[ü](Käse.md)", ("Käse.md", "", "ü", "[ü](Käse.md)", "Käse.md", "ü")),
        ("[a `](x)` b](y.md)", ("y.md", "", "a `](x)` b", "[a `](x)` b](y.md)", "y.md", "a `](x)` b")),
        ('[a](y.md "](z.md)")', ("y.md", "", "a", '[a](y.md "](z.md)")', "y.md", "a")),
        ("[b](A&amp;B.md)", ("A&B.md", "", "b", "[b](A&amp;B.md)", "A&amp;B.md", "b")),
    ],
)
def test_a_link_is_taken_apart(text: str, parts: tuple[str, ...]) -> None:
    (link,) = parse_body(text).links
    assert _parts(link, text) == parts
    assert not link.embed
    assert link.style == ("wiki" if "[[" in text else "markdown")
    shifted = "---\nx: 1\n---\n" + text
    (moved,) = parse_body(shifted, 13).links
    assert _parts(moved, shifted) == parts


@pytest.mark.parametrize("text", ["![[a.png|100]]", "![alt](a.png)"])
def test_an_embed_is_a_link_with_its_exclamation_mark(text: str) -> None:
    (link,) = parse_body(text).links
    assert link.embed
    assert link.span == Span(0, len(text))
    assert link.target == "a.png"


@pytest.mark.parametrize(
    "text",
    [
        "[[]]", "[[ ]]", "[[|x]]", "[[#]]", "[[a\nb]]", "\\[[a]]", "\\[\\[a\\]\\]", "`[[a]]`", "[[a `x]] b`",
        "```\n[[a]]\n```",
        "    [[a]]", "$[[a]]$", "$$\n[[a]]\n\n[[b]]\n$$", "%% [[a]] %%", "%%\n```\n%%\n`[[a]]`",
        "<!-- [[a]] -->",
        "<div>\n[[a]]\n</div>", '<b title="[[a]]">', "[a](https://x.org)", "[a](mailto:a@b.c)", "[a]()",
        "<https://x.org>", "[a](//x.org/y)",
        "[a][r]\n\n[r]: b.md", "[a](b c.md)", "`[a](b.md)`", "| a | b |\n|---|---|\n| [[c|d]] | e |",
        "%% vaultsync:begin x %%\n[[a]]\n%% vaultsync:end x %%",
    ],
)  # fmt: skip
def test_these_are_no_links_to_files_of_the_vault(text: str) -> None:
    assert parse_body(text).links == ()
    assert wikilinks(text) == ()


def test_a_link_in_a_table_is_marked_as_such() -> None:
    text = "[[a]]\n\n| [[b\\|c]] | x |\n|---|---|\n| [d](e.md) | ![[f\\|1]] |\n\n[[g|h]]"
    links = parse_body(text).links
    assert [(link.target, link.text, link.in_table) for link in links] == [
        ("a", None, False),
        ("b", "c", True),
        ("e.md", "d", False),
        ("f", "1", True),
        ("g", "h", False),
    ]


def test_links_come_in_the_order_of_the_text() -> None:
    text = "[a](b.md) [[c]] ![d](e.png) ![[f]] [[[g]]](h.md)\n"
    targets = [link.target for link in parse_body(text).links]
    assert targets[:4] == ["b.md", "c", "e.png", "f"]
    assert "g" in targets[4:]


def test_links_in_a_property_value_have_the_offsets_of_the_file() -> None:
    text = 'up: "[[A|b]] and ![[C#D]] \\n []"'
    found = links_in_value(text[5:-1], 5)
    assert [_parts(link, text) for link in found] == [
        ("A", "", "b", "[[A|b]]", "A", "b"),
        ("C", "D", None, "![[C#D]]", "C", None),
    ]


# --- the rest -----------------------------------------------------------------------------------------------


def test_tags_are_found_where_obsidian_finds_them() -> None:
    text = (
        "#a #b/c-d_e, x#f (#g) ##h #12 #1a #标签\n> #i `#j` $#k$ [[#l]] [m](#n) http://x.org/#o\n"
        "# #p\n- #q. %% #r %% <!-- #s --> \\#t &#35; #u#v\n"
    )
    body = parse_body(text)
    assert [tag.name for tag in body.tags] == ["a", "b/c-d_e", "1a", "标签", "i", "p", "q", "u"]
    assert all(tag.span.of(text) == "#" + tag.name for tag in body.tags)


def test_math_is_what_obsidian_renders_as_math() -> None:
    text = "$a$ $5-$10 $`b`$ $$c$$ `$d$` $`e`$5 \\$f$ %% $g$ %%\n\n$$\nh\n\n- i\n$$\n"
    body = parse_body(text)
    assert [s.of(text) for s in body.math] == ["$a$", "$`b`$", "$$c$$", "$`e`$", "$$\nh\n\n- i\n$$"]
    assert [s.of(text) for s in body.gitlab_math] == ["$`b`$", "$`e`$"]
    assert [text[s:e] for s, e in body.code] == ["`$d$`"]


@pytest.mark.parametrize(
    "text",
    ["```\n$`a`$\n```", "`` $`a`$ ``", "%% $`a`$ %%", "<!-- $`a`$ -->", "\\$`a`$", "    $`a`$",
    "$$ $`a`$ $$", "$`a\nb`$ $``$"],
)  # fmt: skip
def test_gitlab_math_is_only_found_where_it_is_inline(text: str) -> None:
    assert parse_body(text).gitlab_math == ()


def test_html_comments_are_found_in_lines_and_as_blocks() -> None:
    text = "a<!-- -->b <b><!-- c --></b>\n\n<!--\n\nd\n-->\n\n`<!-- e -->` %%<!-- f -->%%\n"
    assert [s.of(text) for s in parse_body(text).html_comments] == [
        "<!-- -->",
        "<!-- c -->",
        "<!--\n\nd\n-->",
    ]


def test_obsidian_comments_are_found() -> None:
    text = "a %%b%% `%%c%%`\n\n%%\nd\n\ne\n%%\nf\n"
    assert [s.of(text) for s in parse_body(text).comments] == ["%%b%%", "%%\nd\n\ne\n%%"]


def test_escapes_are_found_outside_of_protected_text() -> None:
    text = "DNA-\\>RNA `\\>` $\\#$ \\\\* [a\\]](b) \\a \\<x\n"
    assert [s.of(text) for s in parse_body(text).escapes] == ["\\>", "\\\\", "\\<"]


def test_what_is_silent_covers_all_that_is_hidden_and_what_is_switched_off() -> None:
    text = "a `b` $c$ %%d%% <b>e</b> [[f]]\n\n<!-- vaultsync:off --> g\n\nh <!-- vaultsync:on --> i\n"
    body = parse_body(text)
    assert [text[s:e] for s, e in body.off] == [text[text.index("<!--") : text.index(" i\n")]]
    heard = [w for w in "abcdefghi" if not body.silent.touches(at := text.index(w), at + 1)]
    assert heard == ["a", "e", "f", "i"]


# --- managed blocks -----------------------------------------------------------------------------------------

BEGIN, END = "%% vaultsync:begin mentions %%\n", "%% vaultsync:end mentions %%\n"


def test_a_managed_block_is_found_and_left_out_of_everything() -> None:
    text = f"# T\n\n[[a]] #b\n\n{BEGIN}## Mentioned in\n- [[c]] #d $`e`$ <!-- f -->\n    - g\n{END}\nlast\n"
    body = parse_body(text)
    (block,) = body.managed
    assert block.name == "mentions"
    assert block.span.of(text) == text[text.index(BEGIN) : text.index("\nlast")]
    assert block.inner.of(text) == "## Mentioned in\n- [[c]] #d $`e`$ <!-- f -->\n    - g\n"
    assert [h.text for h in body.headings] == ["T"]
    assert [link.target for link in body.links] == ["a"]
    assert [tag.name for tag in body.tags] == ["b"]
    assert [b.span.of(text) for b in body.blocks] == ["T", "[[a]] #b", "last"]
    assert body.gitlab_math == body.math == body.html_comments == ()
    assert body.marker_problems == ()
    assert managed_blocks(text) == body.managed


def test_a_managed_block_at_the_end_needs_no_line_ending_and_may_be_empty() -> None:
    text = (BEGIN + END).rstrip("\n")
    for variant in (text, text.replace("\n", "\r\n")):
        (block,) = parse_body(variant).managed
        assert block.span == Span(0, len(variant))
        assert len(block.inner) == 0
        assert managed_blocks(variant) == (block,)


@pytest.mark.parametrize(
    ("text", "names", "faults"),
    [
        (BEGIN + "x\n", [], [("unclosed", "mentions")]),
        ("x\n" + END, [], [("unopened", "mentions")]),
        (BEGIN + BEGIN + END, ["mentions"], [("unclosed", "mentions")]),
        (BEGIN + END + END, ["mentions"], [("unopened", "mentions")]),
        (BEGIN + END + BEGIN + END, ["mentions"], [("repeated", "mentions")]),
        (
            BEGIN + "%% vaultsync:begin papers %%\n%% vaultsync:end papers %%\n" + END,
            ["papers"],
            [("nested", "mentions")],
        ),
        (
            BEGIN + "%% vaultsync:end papers %%\n" + END,
            [],
            [("nested", "mentions"), ("unopened", "papers")],
        ),
        ("```\n" + BEGIN + "```\n" + BEGIN + END, ["mentions"], []),
        ("<!--\n" + BEGIN + "-->\n", [], []),
        ("a stray `\n" + BEGIN + END + "and ` another\n", ["mentions"], []),
        ("- item\n" + BEGIN + "- x\n" + END + "`", ["mentions"], []),
        ("50%% of x\n" + BEGIN + END, ["mentions"], []),
        ("%%\nopen\n" + BEGIN + END, ["mentions"], []),
        ("x " + BEGIN, [], []),
    ],
)
def test_damaged_markers_are_reported(text: str, names: list[str], faults: list[tuple[str, str]]) -> None:
    body = parse_body(text)
    assert [block.name for block in body.managed] == names
    assert [(problem.fault, problem.name) for problem in body.marker_problems] == faults
    for problem in body.marker_problems:
        assert problem.offset == problem.span.start
        assert problem.name in problem.message
        assert problem.span.of(text).startswith("%% vaultsync:")
    assert managed_blocks(text) == body.managed
    assert plain_markers(text) in (None, (body.managed, body.marker_problems))


# --- quoting ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fragment", "flat"),
    [
        ("low rank, during train time", "low rank, during train time"),
        ("two\n  lines", "two lines"),
        ("two\n> lines  \n> three\\\n> four", "two lines three four"),
        (
            "see [[A|b]] and [[F/A]] and [[A#B#C]] and [[#D]] and [[A#^id]]",
            "see b and A and A > B > C and D and A",
        ),
        ("in a table [[A\\|b]] and [[A\\|]]", "in a table b and A"),
        ("[[a]] [[b]]]", "a b]"),
        ("a [t](u.md) b [t `x` [y]](<u v> 'w') [t][r] [t][]", "a t b t `x` [y] t t"),
        ("[a [[B|c]] d](u)", "a c d"),
        ("![[F/x.png|100]] ![alt|100](y.png) ![](F/z.png)", "x.png alt z.png"),
        ("by <https://x.org/a> and <a@b.org>", "by https://x.org/a and a@b.org"),
        ("#tag and #a/b but C#d and #12", "tag and a/b but C#d and #12"),
        ("a claim ^id-1", "a claim"),
        ("a %%hidden [[x]]%% b<!-- c --> d", "a b d"),
        ("50%% of it", "50%\\% of it"),
        ("a claim[^1], and^[more [x] here] so [^n].", "a claim, and so."),
        ("$x$ `[[c]]` **b** *i* ~~s~~ ==h== \\* \\#x", "$x$ `[[c]]` **b** *i* ~~s~~ ==h== \\* \\#x"),
        ("$`\\approx`$<!-- -->10 kHz", "$`\\approx`$ 10 kHz"),
        ("($`\\neq`$ LoRA), x", "($`\\neq`$ LoRA), x"),
        ("$$ a\n b $$ and $$ open", "$$ a b $$ and \\$\\$ open"),
        ("H<sub>2</sub>O <span class='x'>y</span> a<br>b <img src=x>", "H<sub>2</sub>O y a b"),
        ("# heading", "heading"),
        ("> quote", "\\> quote"),
        ("%%c%% - item", "\\- item"),
        ("1. item", "1\\. item"),
        ("[ ] task", "\\[ ] task"),
        ("[!note] Title\n> body", "Title body"),
        ("```open", "\\```open"),
        ("```a $$`$$ b", "\\```a $$`$$ b"),
        ("```a``` b", "```a``` b"),
        ("~~~ open", "\\~~~ open"),
        ("---", "\\---"),
        ("<!-- open", "\\<!-- open"),
        ("key:: value", "key:\\: value"),
        ("as [@key, p. 3] and @key say", "as [@key, p. 3] and @key say"),
        ("[x]: http://y", "\\[x]: http://y"),
        ("提高[[DiffSBDD|模型]]的#标签 #标签", "提高模型的#标签 标签"),
        ("", ""),
    ],
)
def test_flatten_gives_plain_text_that_reads_alike(fragment: str, flat: str) -> None:
    assert flatten(fragment) == flat
    assert flatten(fragment.replace("\n", "\r\n")) == flat
    assert flatten(flat) == flat


# --- properties ---------------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [
        "DiffSBDD", "[[", "]]", "![[", "|", "\\|", "#", "#tag", "^id", "`", "``", "```", "\n```\n", "~~~",
        "$", "$$", "$`", "`$", "%%", "\n%%\n", "<!--", "-->",
        "<b>", "</b>", "<a href=x>", "</a>", "<div>", "\n", "\n\n", "\r\n", " ", "  ", "    ", "\t", "- ",
        "* ", "1. ", "[ ] ", "> ", "> [!note] ", "# ", "## ",
        "---\n", "===", "| a | b |\n|---|---|\n| ", "[", "]", "(", ")", "](", "[a](b.md)", "[r]", "[r]: x",
        "[^1]", "[^1]: ", "^[", "@key", "[@key]", "a@b.org", "https://x.org/",
        "://", "www.x", "key:: ", "::", "{{", "}}", "<%", "%>", "\\", "*", "**", "_", "~~", "==", "&amp;",
        "ü", "桥", "🧬", "\u00a0", "5", ",", "!", "\x00", "\ufeff", "\u2028",
        "%% vaultsync:begin mentions %%\n", "%% vaultsync:end mentions %%\n", "<!-- vaultsync:off -->",
        "<!-- vaultsync:on -->", "<", ">", "<?", "-",
    ]
)  # fmt: skip
MARKDOWN = st.lists(_PIECES | st.text(max_size=3), max_size=30).map("".join)


def _spans(body: Body) -> dict[str, list[tuple[int, int]]]:
    lists = {
        "headings": [h.span for h in body.headings],
        "heading texts": [h.text_span for h in body.headings],
        "blocks": [b.span for b in body.blocks],
        "links": [link.span for link in body.links],
        "managed": [m.span for m in body.managed],
        "inner": [m.inner for m in body.managed],
        "problems": [p.span for p in body.marker_problems],
        "tags": [t.span for t in body.tags],
        "math": list(body.math),
        "gitlab": list(body.gitlab_math),
        "html": list(body.html_comments),
        "comments": list(body.comments),
        "escapes": list(body.escapes),
    }
    found = {name: [(s.start, s.end) for s in spans] for name, spans in lists.items()}
    return found | {
        "code": list(body.code),
        "protected": list(body.protected),
        "heading lines": list(body.heading_spans),
    }


@settings(max_examples=200, deadline=None)
@given(MARKDOWN | st.text(max_size=60))
def test_any_text_has_a_structure_with_spans_in_order_and_in_range(text: str) -> None:
    body = parse_body(text)
    for name, spans in _spans(body).items():
        assert spans == sorted(spans), name
        assert all(0 <= s <= e <= len(text) for s, e in spans), name
    for link in body.links:
        assert link.span.start <= link.target_span.start <= link.target_span.end <= link.span.end
        assert body.protected.touches(link.span.start, link.span.end)
    for block in body.blocks:
        words = block.span.of(text)
        assert words
        assert words == words.strip(" \t\r\n")
    for tag in body.tags:
        assert tag.span.of(text) == "#" + tag.name


@settings(max_examples=150, deadline=None)
@given(MARKDOWN, st.sampled_from(["---\ntitle: `[[x\n---\n", "\ufeff", "\ufeff---\na: %%\n---\r\n"]))
def test_what_stands_before_the_body_shifts_the_offsets_and_changes_nothing_else(
    text: str, front: str
) -> None:
    plain, shifted = (
        _spans(parse_body(text.lstrip("\ufeff"))),
        _spans(parse_body(front + text.lstrip("\ufeff"), len(front))),
    )
    assert shifted == {
        name: [(s + len(front), e + len(front)) for s, e in spans] for name, spans in plain.items()
    }


@settings(max_examples=150, deadline=None)
@given(MARKDOWN.map(lambda text: text.replace("\r", "")))
def test_windows_line_endings_give_the_same_structure(text: str) -> None:
    crlf = text.replace("\n", "\r\n")
    one, two = parse_body(text), parse_body(crlf)
    assert [(h.level, h.text) for h in one.headings] == [(h.level, h.text) for h in two.headings]
    assert [(link.target, link.heading, link.style) for link in one.links] == [
        (link.target, link.heading, link.style) for link in two.links
    ]
    assert [b.span.of(text) for b in one.blocks] == [
        b.span.of(crlf).replace("\r\n", "\n") for b in two.blocks
    ]
    assert [t.name for t in one.tags] == [t.name for t in two.tags]
    assert [s.of(text) for s in one.math] == [s.of(crlf).replace("\r\n", "\n") for s in two.math]
    assert [p.fault for p in one.marker_problems] == [p.fault for p in two.marker_problems]
    assert [len(m.inner.of(text)) for m in one.managed] == [
        len(m.inner.of(crlf).replace("\r\n", "\n")) for m in two.managed
    ]


@settings(max_examples=200, deadline=None)
@given(MARKDOWN, st.sampled_from(["", "---\nx: y\n---\n"]))
@example("[[a]]\n%% vaultsync:begin mentions %%\n[[b]]\n%% vaultsync:end mentions %%\n", "")
def test_the_quick_answers_are_those_of_the_whole_parse(text: str, front: str) -> None:
    body = parse_body(front + text, len(front))
    assert managed_blocks(front + text, len(front)) == body.managed
    assert plain_markers(front + text, len(front)) in (None, (body.managed, body.marker_problems))
    assert wikilinks(front + text, len(front)) == tuple(link for link in body.links if link.style == "wiki")


@settings(max_examples=200, deadline=None)
@given(MARKDOWN)
def test_a_quote_is_one_line_and_makes_nothing_of_its_own(text: str) -> None:
    quote = flatten(text)
    assert flatten(quote) == quote
    assert "\n" not in quote
    assume(quote)
    note = f"- [[Note]], 2025\n    - {quote}\n"
    body = parse_body(note)
    assert [link.target for link in body.links] == ["Note"]
    assert body.tags == body.headings == body.html_comments == body.managed == body.marker_problems == ()
    assert body.comments == ()
    assert len(body.blocks) == 2
    after = parse_body(f"{note}%% vaultsync:end mentions %%\n")
    assert [problem.fault for problem in after.marker_problems] == ["unopened"]


@pytest.mark.parametrize(
    "piece",
    ["[", "[[", "![", "[a](", "`", "``` ", "$", "$$ ", "$`", "%% ", "%%`", "<!--", "<a ", "{{", "<% ", "@a[",
    "://", "a::", "[a::", "#", "^", "\\", "> ", "- ", "*", "[^", "(", "](", "www.", "10.1000/"],
)  # fmt: skip
def test_many_open_constructs_take_no_more_than_linear_patience(piece: str) -> None:
    text = piece * 3000
    body = parse_body(text)
    for name, spans in _spans(body).items():
        assert all(e <= len(text) for _, e in spans), name
    assert "\n" not in flatten(piece * 300)
