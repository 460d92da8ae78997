"""Lines that nobody remembers: what the tool could not have written is a person's, and stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linking import paper, run, talk

HOME, PAPER, OTHER, NOTE = "Home.md", "Papers/Rings.md", "Papers/Nets.md", "Conferences/ICASSP 2025.md"
VAULT = {
    HOME: "# Home\n",
    PAPER: paper("Rings of Carbon in Molecules", 'arxiv: "2210.13695"'),
    OTHER: paper("Nets of Wire"),
    NOTE: talk("- arXiv:2210.13695\n"),
    "Conferences/ICML 2019.md": talk("- nothing\n", title="ICML 2019", date="2019-06-10"),
    "Ideas.md": "plain\n",
}
PLACES = {"mentions": PAPER, "papers": NOTE, "timeline": HOME}
TYPED = [
    "- mine",
    "- [[Gone#Wien]], 2019-06-10, Wien",
    "- [[Gone#|Gone]], 2019-06-10",
    "- [[Grandmas birthday]]",
    "- [[Ideas]]",
    "- [[ICML 2019]], Wien",
    "- [[Nets]], to read",
    "- [ICML 2019](Conferences/ICML%202019.md), with Ada",
    "    - [[ICML 2019]], next week",
    "    - [[ICML 2019]], 2019-06-10, in Wien",
    "        - [[Nets]], 2019-06-10",
    "- [[Nets|my nets]] and more",
    "- 2024-05, a month off",
    "- 2024",
]


def with_block(place: str, lines: list[str]) -> dict[str, str]:
    block = "\n".join([f"%% vaultsync:begin {place} %%", *lines, f"%% vaultsync:end {place} %%"])
    return {**VAULT, PLACES[place]: f"{VAULT[PLACES[place]]}\n{block}\n"}


@given(
    st.sampled_from(sorted(PLACES)),
    st.lists(st.sampled_from(TYPED), min_size=1, unique=True),
    st.sampled_from(["", "## Mentioned in", "### My own list"]),
)
def test_a_list_of_ones_own_between_the_markers_loses_no_line(
    place: str, lines: list[str], heading: str
) -> None:
    first = run(with_block(place, [heading, *lines] if heading else lines))
    left = {line.strip() for line in first.files[PLACES[place]].splitlines()}
    assert {line.strip() for line in lines} <= left
    assert heading in left or not heading
    assert run(first.files).changed == frozenset()


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("mentions", "- [[ICML 2019]]"),
        ("mentions", "- [[ICML 2019#Talk Rings|ICML]], 2019-06-10, Talk: Rings"),
        ("mentions", "- [[Gone#Talk Rings|Gone]], 2019-06-10, Talk: Rings"),
        ("mentions", "- [ICML](Conferences/ICML%202019.md), 2019-06-10"),
        ("papers", "- [[Nets|Nets of Wire]]"),
        ("papers", "- [[Nets]], Talk: Rings"),
        ("timeline", "- 2019-05"),
        ("timeline", "    - [[ICML 2019|Another title]], 2019-06-11"),
        ("timeline", "        - [[Nets|Nets of Wire]]"),
    ],
)
def test_a_stale_line_that_the_tool_could_have_written_goes(place: str, line: str) -> None:
    before = run(with_block(place, ["## Mentioned in", line] if place == "mentions" else [line]))
    fresh = run(with_block(place, []))
    assert before.files[PLACES[place]] == fresh.files[PLACES[place]]
