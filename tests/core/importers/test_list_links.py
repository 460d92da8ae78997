"""A reading list that lies in the vault: its items lead to the notes that they became."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.importers.list_links import ListedNote, with_links
from vaultsync.core.importers.note_links import NoteLinks
from vaultsync.core.importers.reading_list import reference_in


def linked(text: str, *listed: ListedNote, style: LinkStyle = LinkStyle("absolute")) -> str:  # noqa: B008
    return with_links("Lists/Read.md", text, listed, NoteLinks(style, [note.path for note in listed]))


@pytest.mark.parametrize(
    ("line", "title", "target", "after"),
    [
        ("- Zebra Rings, Alm 2021", "Zebra Rings", "Zebra Rings", "- [[Zebra Rings]], Alm 2021"),
        ("1. Alm. Zebra Rings: a Study. ACL", "Zebra Rings: a Study", "Zebra Rings - a Study",
         "1. Alm. [[Zebra Rings - a Study|Zebra Rings: a Study]]. ACL"),
        ("- [Zebra Rings](https://example.org/x), Alm", "Zebra Rings", "Zebra Rings",
         "- [Zebra Rings](https://example.org/x), Alm · [[Zebra Rings]]"),
        ("- https://arxiv.org/abs/2101.01234  ", "", "arXiv 2101.01234",
         "- https://arxiv.org/abs/2101.01234 · [[arXiv 2101.01234]]  "),
        ("- **Zebra** Rings", "Zebra Rings", "Zebra Rings", "- **Zebra** Rings · [[Zebra Rings]]"),
        ("- Zebra [Rings]", "Zebra [Rings]", "Zebra Rings", "- Zebra [Rings] · [[Zebra Rings]]"),
        ("- see [[Papers/Zebra Rings|it]], Zebra Rings", "Zebra Rings", "Papers/Zebra Rings",
         "- see [[Papers/Zebra Rings|it]], Zebra Rings"),
        ("- Zebra Rings, Alm ^keep", "Alm", "Zebra", "- Zebra Rings, [[Zebra|Alm]] ^keep"),
        ("- https://e.org/x ^keep-1 ", "", "Zebra", "- https://e.org/x · [[Zebra]] ^keep-1 "),
        ("- https://e.org/x ^Zebra", "Zebra", "Zebra", "- https://e.org/x · [[Zebra]] ^Zebra"),
        ("https://e.org/x\\", "", "Zebra", "https://e.org/x · [[Zebra]]\\"),
        ("- %% Zebra Rings %% Zebra Rings", "Zebra Rings", "A", "- %% Zebra Rings %% Zebra Rings · [[A]]"),
        ("- %% Zebra Rings %%", "Zebra Rings", "A", "- %% Zebra Rings %% · [[A]]"),
        ("- `Zebra Rings`", "Zebra Rings", "A", "- `Zebra Rings` · [[A]]"),
        ("- https://e.org/Zebra", "Zebra", "A", "- https://e.org/Zebra · [[A]]"),
        ("- ZebraRings", "Zebra", "Zebra", "- ZebraRings · [[Zebra]]"),
    ],
)  # fmt: skip
def test_an_item_gets_its_link_where_it_can_stand(line: str, title: str, target: str, after: str) -> None:
    note = ListedNote(2, title, f"{target}.md")
    assert linked(f"# List\r\n{line}\n\n", note) == f"# List\r\n{after}\n\n"
    assert linked(f"# List\r\n{after}\n\n", note) == f"# List\r\n{after}\n\n"


@pytest.mark.parametrize(
    ("row", "title", "after"),
    [
        ("| Zebra Rings | Alm |", "Zebra Rings", "| [[Papers/Zebra\\|Zebra Rings]] | Alm |"),
        ("Zebra Rings | Alm", "Zebra Rings", "[[Papers/Zebra\\|Zebra Rings]] | Alm"),
        ("| [Zebra](https://e.org) | Alm |", "Zebra", "| [Zebra](https://e.org) | Alm |"),
        ("https://e.org/x | Alm", "", "https://e.org/x | Alm"),
    ],
)
def test_a_row_of_a_table_keeps_its_cells(row: str, title: str, after: str) -> None:
    table = f"Title | Who\n--- | ---\n{row}\n"
    assert linked(table, ListedNote(3, title, "Papers/Zebra.md")) == table.replace(row, after)


@pytest.mark.parametrize("around", ["%%\n{}\n%%\n", "<!--\n{}\n-->\n", "```\n{}\n```\n", "$$\n{}\n$$\n"])
def test_what_is_no_text_gets_no_link(around: str) -> None:
    text = around.format("- Zebra Rings, Alm")
    for title in ("Zebra Rings", ""):
        assert linked(text, ListedNote(2, title, "Zebra Rings.md")) == text


TEXTS = st.text(st.sampled_from("Zeb ra-[](|)\\`*\n\r·é"), max_size=60)


@given(
    TEXTS,
    st.lists(
        st.builds(ListedNote, st.integers(-1, 9), TEXTS.map(str.strip), st.just("Zebra.md")), max_size=5
    ),
    st.booleans(),
)
def test_nothing_of_a_list_is_lost_and_the_second_time_changes_nothing(
    text: str, listed: list[ListedNote], markdown: bool
) -> None:
    style = LinkStyle(use_markdown_links=markdown)
    once = linked(text, *listed, style=style)
    assert linked(once, *listed, style=style) == once
    rest = iter(once)
    assert all(char in rest for char in text)  # each is still there, in its order


@pytest.mark.parametrize(
    ("style", "title", "path", "link"),
    [
        (LinkStyle("shortest", True), "Zebra Rings", "P/Zebra A.md", "[Zebra Rings](Zebra%20A.md)"),
        (LinkStyle("relative", True), "Zebra Rings", "Papers/Zebra.md", "[Zebra Rings](../Papers/Zebra.md)"),
        (LinkStyle("absolute", True), "Zebra (Rings)", "P/Z (R).md", "[Zebra (Rings)](P/Z%20%28R%29.md)"),
        (LinkStyle("relative"), "Zebra Rings", "Papers/Zebra.md", "[[../Papers/Zebra|Zebra Rings]]"),
        (LinkStyle("shortest"), "Zebra Rings", "Papers/Zebra.md", "[[Zebra|Zebra Rings]]"),
    ],
)  # fmt: skip
def test_a_link_has_the_form_of_the_vaults_own(style: LinkStyle, title: str, path: str, link: str) -> None:
    for line, after in (
        (f"- {title}, Alm Ada, 2021", f"- {link}, Alm Ada, 2021"),
        ("- <https://arxiv.org/abs/2101.01234>", "- <https://arxiv.org/abs/2101.01234> · "),
    ):
        note = ListedNote(1, title if title in line else "", path)
        once = linked(line, note, style=style)
        assert once.startswith(after)
        assert once != line
        assert linked(once, note, style=style) == once
        assert reference_in(once.removeprefix("- ")) == reference_in(line.removeprefix("- "))
