"""New notes are written as Obsidian would have written them, and read back by python-frontmatter itself."""

from __future__ import annotations

import frontmatter
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.frontmatter.new_note import new_note


def test_properties_keep_their_order_and_the_body_its_blanks() -> None:
    properties = {"title": "A: B", "tags": ["paper"], "arxiv": "2210.13695", "content": "x"}
    block = '---\ntitle: "A: B"\ntags:\n  - paper\narxiv: "2210.13695"\ncontent: x\n---\n'
    assert new_note(properties, "\nText. \n") == block + "\nText. \n"


def test_python_frontmatter_reads_back_what_it_was_given() -> None:
    post = frontmatter.loads(new_note({"title": "A", "aliases": ["B", "C"]}, "Body.\n"))
    assert post.metadata == {"title": "A", "aliases": ["B", "C"]}
    assert post.content == "Body."


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8), st.one_of(st.text(max_size=20), st.integers(), st.booleans())
    )
)
def test_our_own_reader_gives_the_same_values(properties: dict[str, str | int | bool]) -> None:
    front = parse_front_matter(new_note(properties, "body\n"))
    assert front is not None
    assert front.error is None
    assert front.values() == properties
