"""Each regular expression of the package gets texts made of its own parts: none may try each place with each.

A short text tells the few that could; these get a long one, of which all are done in a tenth of a second that
go through it once, and take minutes or for ever that don't. So a slow machine makes no fault, only more work.
"""

from __future__ import annotations

import re
import signal
import time

import msgspec
import pytest
from patience import OutOfPatience, patience
from patterns import ONE_BY_ONE, Used, patterns, texts

FEW, MANY = 3_000, 200_000
DOUBTFUL = 0.003
"""CPU seconds for a text of `FEW` characters: all places with all others take more, one pass a fiftieth."""
PATIENCE = 10.0
"""CPU seconds for a text of `MANY`."""

OTHERWISE = {
    'core.frontmatter.diagnosis: "(': "match",
    "core.frontmatter.diagnosis: '(": "match",
    "core.history.copy_names: (?s)(.+)": "fullmatch",
    "core.importers.tagged: ": "match",
    "core.rules.fm_identifiers: http": "fullmatch",
    "core.text.dates: (?P<": "fullmatch",
    "core.text.day_headings: _ACRONYM": "fullmatch",
}
"""Patterns in tables, or given to a function, by how their places begin, and how they are used there."""

BOUNDED = {
    "core.frontmatter.list_slips: _ITEM": "LONGEST_LIST characters",
    "core.frontmatter.list_slips: _QUOTED": "quoted words, which another pattern found whole",
    "core.history.copy_names: (?is)(.+?) \\([^()]*conflicted copy\\b[^()": "a file's name",
    "core.links.surroundings: _AUTHOR_BEFORE": "80 characters",
    "core.text.dates: _TIME": "64 characters",
    "core.text.tokens: _WORD_BEFORE": "40 characters",
    "runs.missing_papers: _BEFORE": "300 characters",
}
"""Patterns that get no long text, and what it is that they get."""

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="Windows can't end what takes too much CPU time"
)


def use(pattern: re.Pattern[str], ways: frozenset[str], text: str) -> None:
    if ways & ONE_BY_ONE:
        for _ in pattern.finditer(text):
            pass
    for way in ways - ONE_BY_ONE:
        getattr(pattern, way)(text)


def takes_long(used: Used) -> str:
    """The kind of text on which the pattern is out of patience; empty if there is none."""
    pattern = re.compile(used.text, used.flags)
    doubtful = 0
    for lead, pump, end in texts(used, FEW):
        begun = time.thread_time()
        try:
            with patience(2.0):
                use(pattern, used.ways, lead + pump * (FEW // len(pump)) + end)
        except OutOfPatience:
            return f"{lead!r} {pump!r} {end!r} ({FEW})"
        if time.thread_time() - begun < DOUBTFUL or doubtful > 20:
            continue
        doubtful += 1
        try:
            with patience(PATIENCE):
                use(pattern, used.ways, lead + pump * (MANY // len(pump)) + end)
        except OutOfPatience:
            return f"{lead!r} {pump!r} {end!r}"
    return ""


def _ways(used: Used) -> frozenset[str]:
    told = {way for start, way in OTHERWISE.items() if used.place.startswith(start)}
    return frozenset(told) or used.ways


def test_no_pattern_tries_each_place_of_a_text_with_each_other() -> None:
    every = [msgspec.structs.replace(used, ways=_ways(used)) for used in patterns()]
    assert len(every) > 500
    assert {used.place for used in every} >= BOUNDED.keys()
    found = {used.place: takes_long(used) for used in every if used.place not in BOUNDED}
    assert {place: text for place, text in found.items() if text} == {}


@pytest.mark.parametrize(
    ("text", "way"),
    [
        (r"\s+$", "search"),
        (r"(?:a|ab?)*c", "match"),
        (r"([0-9]{1,4}[ .]*)*x", "fullmatch"),
        (r"[^\W\d]*[^\W\dA-Z][^\W\d]*!", "match"),
    ],
)
def test_a_pattern_that_does_is_found(text: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("test_every_pattern.PATIENCE", 1.0)
    assert takes_long(Used("here", text, 0, frozenset({way})))


@pytest.mark.parametrize(
    ("text", "way"), [(r"(?<!\s)\s+$", "search"), (r"\s+$", "match"), (r"(?:ab?)*+c", "match")]
)
def test_one_that_does_not_is_none(text: str, way: str) -> None:
    assert not takes_long(Used("here", text, 0, frozenset({way})))
