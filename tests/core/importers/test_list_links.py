"""A reading list that lies in the vault: its items lead to the notes that they became."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.importers.list_links import ListedNote, with_links


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
    assert with_links(f"# List\r\n{line}\n\n", [ListedNote(2, title, target)]) == f"# List\r\n{after}\n\n"
    assert with_links(f"# List\r\n{after}\n\n", [ListedNote(2, title, target)]) == f"# List\r\n{after}\n\n"


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
    assert with_links(table, [ListedNote(3, title, "Papers/Zebra")]) == table.replace(row, after)


@pytest.mark.parametrize("around", ["%%\n{}\n%%\n", "<!--\n{}\n-->\n", "```\n{}\n```\n", "$$\n{}\n$$\n"])
def test_what_is_no_text_gets_no_link(around: str) -> None:
    text = around.format("- Zebra Rings, Alm")
    for title in ("Zebra Rings", ""):
        assert with_links(text, [ListedNote(2, title, "Zebra Rings")]) == text


TEXTS = st.text(st.sampled_from("Zeb ra-[](|)\\`*\n\r·é"), max_size=60)


@given(
    TEXTS,
    st.lists(st.builds(ListedNote, st.integers(-1, 9), TEXTS.map(str.strip), st.just("Zebra")), max_size=5),
)
def test_nothing_of_a_list_is_lost_and_the_second_time_changes_nothing(
    text: str, listed: list[ListedNote]
) -> None:
    once = with_links(text, listed)
    assert with_links(once, listed) == once
    rest = iter(once)
    assert all(char in rest for char in text)  # each is still there, in its order
