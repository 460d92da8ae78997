"""A small `bench.hostile`: no hostile shape brings the tool down, makes it reach out, or work without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.hostile import bench, chosen
from bench.shapes import shapes
from vaultsync.core.config.config import Config
from vaultsync.core.links.obsidian_links import heading_subpaths
from vaultsync.core.markdown import parse_body
from vaultsync.core.note import note_of
from vaultsync.core.papers.identifiers import identifiers_in


def test_there_are_hundreds_of_shapes_and_each_grows() -> None:
    every = list(shapes())
    assert len(every) >= 400
    for shape in every[::25]:
        assert sum(map(len, shape.grow(40).values())) >= sum(map(len, shape.grow(10).values()))


def test_some_shapes_of_each_kind_as_whole_processes(tmp_path: Path) -> None:
    found = bench(tmp_path, chosen("", 90), 0.02)
    assert len(found) >= 7
    assert [(finding.name, finding.faults) for finding in found if finding.faults] == []


@pytest.mark.parametrize("unit", ["http://a/(", "https://doi.org/10.1/(", "10.1234/a(", "http://a.b/c"])
def test_identifiers_in_one_long_line_are_gone_through_once(unit: str) -> None:
    assert isinstance(list(identifiers_in(unit * 20_000)), list)


@pytest.mark.parametrize(
    "line", ["- a $$ b", "- a %% b", "# a", "## a", "see [[a]]", "%% vaultsync:end papers %%"]
)
def test_a_body_of_one_line_again_and_again_is_gone_through_once(line: str) -> None:
    body = parse_body(f"{line}\n" * 20_000)
    heading_subpaths(body.headings)


@pytest.mark.parametrize("block", ["\n" * 20_000, "a: b\n" * 20_000, "a: " + "[" * 300_000 + "\n"])
def test_a_front_matter_of_a_size_that_nobody_writes_is_a_problem_and_stays(block: str) -> None:
    front = note_of("a.md", f"---\n{block}---\n", Config()).front
    assert front is not None
    assert front.error is not None
