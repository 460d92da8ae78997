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
        ("| Zebra Rings | Alm |", "Zebra Rings", "Papers/Zebra", "| [[Papers/Zebra\\|Zebra Rings]] | Alm |"),
        ("| [Zebra](https://e.org) | Alm |", "Zebra", "Zebra", "| [Zebra](https://e.org) | Alm |"),
        ("- ZebraRings", "Zebra", "Zebra", "- ZebraRings · [[Zebra]]"),
    ],
)  # fmt: skip
def test_an_item_gets_its_link_where_it_can_stand(line: str, title: str, target: str, after: str) -> None:
    assert with_links(f"# List\r\n{line}\n\n", [ListedNote(2, title, target)]) == f"# List\r\n{after}\n\n"
    assert with_links(f"# List\r\n{after}\n\n", [ListedNote(2, title, target)]) == f"# List\r\n{after}\n\n"


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
