"""Work that grows as the note does, counted in characters: a hostile note must not hold up a run."""

from __future__ import annotations

from math import log
from typing import Any, SupportsIndex

import pytest
from linking import paper, run

from vaultsync.core.config.config import Config
from vaultsync.core.links.quotes import quote_of
from vaultsync.core.markdown import parse_body
from vaultsync.core.markdown.managed import Marker, pair_markers
from vaultsync.core.note import note_of
from vaultsync.core.text.spans import Span, TextEdit, overlaps

NOTE = "Conferences/Event.md"
MOST = 1.2
"""The exponent of work over size at most; sorting alone costs some hundredths more than 1."""
PAPERS = {"Papers/Rings.md": paper("Rings of Carbon in Molecules", "aliases: [RingNet]")}


class Watched(str):
    """A text that counts in `gone` the characters that slices, searches and counts of it go through."""

    gone = 0

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        part = super().__getitem__(key)
        self.gone += len(part)
        return part

    def count(self, *args: Any) -> int:
        self.gone += self._reach(args)
        return super().count(*args)

    def find(self, *args: Any) -> int:
        found = super().find(*args)
        self.gone += self._reach(args) if found < 0 else found - (args[1] if len(args) > 1 else 0)
        return found

    def rfind(self, *args: Any) -> int:
        found = super().rfind(*args)
        end = min(args[2], len(self)) if len(args) > 2 else len(self)
        self.gone += self._reach(args) if found < 0 else end - found
        return found

    def split(self, *args: Any) -> list[str]:
        self.gone += len(self)
        return super().split(*args)

    def _reach(self, args: tuple[Any, ...]) -> int:
        start = args[1] if len(args) > 1 else 0
        end = min(args[2], len(self)) if len(args) > 2 else len(self)
        return max(0, end - start)


def gone_through(unit: str, times: int) -> int:
    """The characters that a run goes through of a note that is `unit` again and again."""
    text = Watched(f"---\ntitle: A\n---\n{unit * times}")
    run({**PAPERS, NOTE: text})
    return text.gone


@pytest.mark.parametrize(
    "unit",
    [
        "- on arXiv:2210.13695 then\n",
        "- on https://doi.org/10.1234/a.b then\n",
        "%% vaultsync:begin mentions %%\n",
        "%% vaultsync:end mentions %%\n",
        "%% vaultsync:begin papers %%\n%% vaultsync:end papers %%\n",
        "%% vaultsync:begin papers %%\n%% vaultsync:end papers %%\n\n",
        "%% vaultsync:begin papers %%\ntyped\n%% vaultsync:end papers %%\n",
    ],
)
def test_the_work_of_a_run_grows_as_the_note_does(unit: str) -> None:
    few, many = gone_through(unit, 150), gone_through(unit, 600)
    assert few > 150 * len(unit)
    assert log(many / few, 4) < MOST


def test_problems_of_a_note_find_their_lines_in_one_pass() -> None:
    text = Watched("a\n" * 1_000)
    note = note_of(NOTE, text, Config())
    note.problem(0, "r", "m")
    text.gone = 0
    assert [note.problem(2 * i, "r", "m").line for i in range(1_000)] == list(range(1, 1_001))
    assert text.gone == 0


def test_mentions_in_a_paragraph_without_end_share_their_quotes() -> None:
    text = "".join(f"see [[RingNet]] {number}\n" for number in range(2_000))
    body = parse_body(text)
    quotes = {quote_of(text, body.block_at(link.span.start), link.span) for link in body.links}
    assert len(body.links) == 2_000
    assert sum(map(len, quotes)) < 8 * len(text)


class Name(str):
    """A name that counts how often it is compared."""

    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return super().__eq__(other)


@pytest.mark.parametrize("whole", [True, False])
def test_markers_of_many_names_are_paired_without_comparing_each_with_each(whole: bool) -> None:
    def compared(count: int) -> int:
        markers = []
        for i in range(count):
            name, at = Name(f"a{'b' * (i % 50)}{i}"), 10 * i
            markers.append(Marker(True, name, Span(at, at + 5)))
            if whole:
                markers.append(Marker(False, name, Span(at + 5, at + 10)))
        Name.compared = 0
        pair_markers(markers, 10 * count)
        return Name.compared

    assert log(max(compared(1_200), 1) / max(compared(300), 300), 4) < MOST


class Edge(int):
    """An offset that counts how often it is compared."""

    compared = 0
    __hash__ = int.__hash__

    def __lt__(self, other: int) -> bool:
        Edge.compared += 1
        return super().__lt__(other)

    def __le__(self, other: int) -> bool:
        Edge.compared += 1
        return super().__le__(other)


def test_the_edits_of_two_rules_are_not_compared_each_with_each() -> None:
    def compared(count: int) -> int:
        one = [TextEdit(Edge(4 * i), Edge(4 * i + 1), "") for i in range(count)]
        other = [TextEdit(Edge(4 * i + 2), Edge(4 * i + 3), "") for i in range(count)]
        Edge.compared = 0
        assert not overlaps(one, other)
        return Edge.compared

    assert log(compared(1_200) / compared(300), 4) < MOST
