"""A block that doesn't count is recognised as one, whatever stands above it; the rest of a text is not."""

from __future__ import annotations

import pytest

from vaultsync.core.frontmatter.unread_block import LOOKED_AT, displaced_block, foreign_front_matter

BLOCK = "---\ntitle: A\n---\nText\n"


@pytest.mark.parametrize(
    ("above", "hint"),
    [
        ("\n", "delete the blank lines above it"),
        ("\ufeff \r\n\t", "delete the blank lines above it"),
        ("\u200b", "delete the invisible sign U+200B above it"),
        ("\n\u00a0\u2060", "delete the invisible sign U+00A0 above it"),
        ("\ufeff\ufeff", "delete the invisible sign U+FEFF above it"),
        ("<!-- made by x -->\n", "move the comment above it below it"),
        ("%% by\nx %%\n\n", "move the comment above it below it"),
        ("Words\n", "move the line above it below it"),
        ("# A heading\n\n", "move the line above it below it"),
        ("a", "delete “a” before its ---"),
        ("\ufeffMonday ", "delete “Monday” before its ---"),
    ],
)
def test_what_stands_above_a_block_is_named(above: str, hint: str) -> None:
    found = displaced_block(above + BLOCK)
    assert found is not None
    text = above + BLOCK
    assert (found.offset, text[found.end :], found.hint) == (len(above), "Text\n", hint)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("--\ntitle: A\n---\nText\n", "write three dashes there"),
        ("-----\r\ntags: [a]\r\n---\r\nText\n", "write three dashes there"),
        ("title: A\ntags:\n  - a\n---\nText\n", "write --- above it"),
    ],
)
def test_a_first_line_that_is_no_fence_is_named(text: str, hint: str) -> None:
    found = displaced_block(text)
    assert found is not None
    assert (found.offset, text[found.end :], found.hint) == (0, "Text\n", hint)


@pytest.mark.parametrize(
    "text",
    [
        BLOCK,
        "\ufeff" + BLOCK,
        "Words\nin two lines\n" + BLOCK,
        "Words\n---\nSpeaker: somebody\n---\n",
        "From: me\nTo: you\n---\nText\n",
        "---\n\nA rule.\n\ntitle: A\n",
        "# To be continued ---\nand: so on\n---\n",
        "--- | ---\n1 | 2\n\n---\n",
        "\n---\n\nA rule.\n",
        "\n---\nWords between rules.\n\n---\n",
        "\n---\ntitle: A\n",
        "<!-- open\n" + BLOCK,
        "```yaml\n" + BLOCK + "```\n",
        "\n" * LOOKED_AT + BLOCK,
        "",
    ],
)
def test_other_texts_have_none(text: str) -> None:
    assert displaced_block(text) is None


@pytest.mark.parametrize(
    ("text", "fence"),
    [
        ('+++\ntitle = "A"\n+++\n', "+++"),
        ('\ufeff+++ \r\ntitle = "A"\r\n+++', "+++"),
        (';;;\n{"title": "A"}\n;;;\nText\n', ";;;"),
        ("+++\nno end\n", ""),
        ("++++\nx\n++++\n", ""),
        (BLOCK, ""),
    ],
)
def test_front_matter_of_another_format_is_known_by_its_fences(text: str, fence: str) -> None:
    assert foreign_front_matter(text) == fence
