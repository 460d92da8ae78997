"""The quick reader of usual blocks says what the YAML reader says, or leaves the block to it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.front_matter_cases import case
from tests.support.yaml_blocks import EXAMPLES, blocks
from vaultsync.cli.demo_command import example_vault
from vaultsync.core.frontmatter import block
from vaultsync.core.frontmatter.block import FrontMatter, find_front_matter, parse_front_matter
from vaultsync.core.frontmatter.usual_block import usual_properties


def both(text: str) -> tuple[FrontMatter | None, FrontMatter | None]:
    """The block as it is read, and as the YAML reader alone reads it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(block, "usual_properties", lambda text, content: None)
        slow = parse_front_matter(text)
    return parse_front_matter(text), slow


def is_usual(text: str) -> bool:
    found = find_front_matter(text)
    return found is not None and found.closed and usual_properties(text, found.content) is not None


@pytest.mark.parametrize(
    "text",
    [
        "---\n---\n",
        "---\na: b\n---\n",
        "---\ntitle: A y [z] & {w}  \nn: 12\nf: 1e3\nd: 2025-04-06\nt: 12:30\nb: true\nz: null\n---\n",
        "---\ntags:\n  - a\n  - b/c\naliases:\n- 'x y'\n- \"z\"\nempty:\nblank: \nu: https://x.org/?b=c\n---\n",
        "\ufeff---\na: b\n---\n",
        "---\nüber_key-2: ä 日本\n---\n",
        "---\na: b\n...\n",
    ],
)
def test_the_usual_shapes_are_read_quickly(text: str) -> None:
    assert is_usual(text)
    quick, slow = both(text)
    assert quick == slow


@pytest.mark.parametrize(
    "text",
    [
        "---\na: b # c\n---\n",
        "---\na: b#c\n---\n",
        "---\na: &x b\n---\n",
        "---\na: [b]\n---\n",
        "---\na: b\n  c\n---\n",
        "---\na: b\n\nc: d\n---\n",
        "---\r\na: b\r\n---\r\n",
        "--- \na: b\n---\n",
        "---\na: b: c\n---\n",
        "---\na: b:\n---\n",
        "---\na: 'it''s'\n---\n",
        '---\na: "x\\n"\n---\n',
        "---\na: |\n  x\n---\n",
        "---\na: -5\n---\n",
        "---\na: 1\na: 2\n---\n",
        "---\na:\n  - b\n - c\n---\n",
        "---\na:\n  - b\n   - c\n---\n",
        "---\na:\n  - b: c\n---\n",
        "---\na:\n  -\n---\n",
        "---\na:\n  b: c\n---\n",
        "---\na: b\u2028c\n---\n",
        "---\na:\tb\n---\n",
        "---\n- a\n---\n",
        "---\na: 'b' c\n---\n",
    ],
)
def test_all_else_is_left_to_the_yaml_reader(text: str) -> None:
    assert not is_usual(text)


PIECES = st.sampled_from(
    [
        *(
            "a",
            "tags",
            "B-c",
            "é_1",
            ":",
            ": ",
            " ",
            "  ",
            "- ",
            "-",
            "\n",
            "\n",
            "\n  - ",
            "\n- ",
            "x",
            "x y",
            "1",
        ),
        *(
            "2025-04-06",
            "12:30",
            "'",
            '"',
            "'q'",
            '"q"',
            "#",
            " #",
            "[",
            "]",
            "{",
            "}",
            ",",
            "&",
            "*",
            "!",
            "|",
            ">",
        ),
        *(
            "%",
            "@",
            "`",
            "?",
            "? ",
            "---",
            "...",
            "null",
            "~",
            "true",
            "0x1f",
            "1e5",
            ".5",
            "\t",
            "\r",
            "\\",
            "http://x",
        ),
        *("日", "\u00a0", "\u2028", "\ufeff", "\U000f0000", "\ue000", "<<", "=", "/", "(", "$x$", "[[N]]"),
    ]
)


@settings(max_examples=EXAMPLES * 10)
@example("a:\n  - x\n  - y\nb: z\n")
@given(st.lists(PIECES, max_size=24).map("".join))
def test_both_readers_agree_on_whatever_stands_in_a_block(content: str) -> None:
    quick, slow = both(f"---\n{content}\n---\nbody\n")
    assert quick == slow


ENTRY = st.builds(
    "{}:{}".format,
    st.sampled_from(["a", "b", "tags", "title", "x y", "k-1", "Ü"]),
    st.sampled_from(
        [
            "",
            " ",
            " v",
            "  v w ",
            " 'v'",
            ' "v"',
            " 1",
            " 1.0",
            " yes",
            " a:b",
            "\n  - i\n  - 'j'",
            "\n- i",
            "\n    - 2",
        ]
    ),
)


@settings(max_examples=EXAMPLES * 4)
@given(st.lists(ENTRY, max_size=6).map("\n".join))
def test_both_readers_agree_on_usual_entries(content: str) -> None:
    quick, slow = both(f"---\n{content}\n---\n")
    assert quick == slow


@given(blocks())
def test_both_readers_agree_on_front_matter_as_people_write_it(made: object) -> None:
    quick, slow = both(getattr(made, "text", str(made)))
    assert quick == slow


def test_both_readers_agree_on_the_cases_and_on_the_example_vault() -> None:
    texts = [case(seed).text for seed in range(1500)]
    texts += [note.read_text("utf-8", "replace") for note in example_vault().rglob("*.md")]
    for text in texts:
        quick, slow = both(text)
        assert quick == slow, text
    assert sum(map(is_usual, texts)) > 20
