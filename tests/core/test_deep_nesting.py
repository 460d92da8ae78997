"""What a stranger nests without end is read as far as it makes sense, and ends no run, import or merge."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from linking import run

from vaultsync.core.config.toml import read_toml
from vaultsync.core.config.toml_edit import with_setting
from vaultsync.core.errors import ConfigError
from vaultsync.core.importers import parse_whole
from vaultsync.core.links.decisions import parse_decisions
from vaultsync.core.merge.files import merge_file
from vaultsync.core.rules import RULES

LEVELS = (40, 90, 210, 350, 700, 960, 3_000)
"""Python's own limit is 1,000 calls, so what takes two or three a level fails at one of these."""

Nested = Callable[[int, str], str]

NOTES: dict[str, Nested] = {
    "JSON above a note": lambda n, x: '{\n"a":' + "[" * n + x + "]" * n + "\n}\nText\n",
    "JSON that is never closed": lambda n, x: '{\n"a":' + "[" * n + x + "\n}\nText\n",
    "lists in brackets": lambda n, x: "---\na: " + "[" * n + x + "]" * n + "\n---\nText\n",
    "mappings in braces": lambda n, x: "---\na: " + "{a: " * n + x + "}" * n + "\n---\nText\n",
    "lists in lists": lambda n, x: "---\na:\n  " + "- " * n + x + "\n---\nText\n",
    "mappings by lines": lambda n, x: (
        "---\n" + "".join(" " * i + "a:\n" for i in range(min(n, 700))) + " " * 700 + x + "\n---\nText\n"
    ),
    "quotes": lambda n, x: "> " * n + x + "\n",
    "bullets": lambda n, x: "".join("  " * i + f"- {x}\n" for i in range(min(n, 700))),
    "brackets": lambda n, x: "[" * n + x + "](" * n + "\n",
    "formulas": lambda n, x: "$" + "{" * n + x + "}" * n + "$\n",
}
DATA: dict[str, Nested] = {
    "lists": lambda n, x: '{"a":' + "[" * n + x + "]" * n + "}",
    "objects": lambda n, x: '{"a":' * n + x + "}" * n,
    "objects with an id": lambda n, x: '{"a":' + '[{"id":"1","a":' * n + x + "}]" * n + "}",
}
SOURCES: dict[str, Nested] = {
    "CSL, lists around": lambda n, x: "[" * n + '{"id":"a","title":"x"}' + "]" * n,
    "CSL, objects around": lambda n, x: '{"items":' * n + '[{"id":"a","title":"x"}]' + "}" * n,
    "CSL, a title": lambda n, x: '[{"id":"a","title":' + "[" * n + x + "]" * n + "}]",
    "BibTeX braces": lambda n, x: "@article{a, title={" + "{" * n + x + "}" * n + "}, author={{B}}}",
    "BibTeX commands": lambda n, x: "@article{a, title={" + "\\emph{" * n + x + "}" * n + "}, author={{B}}}",
    "BibTeX exponents": lambda n, x: "@article{a, title={$x" + "^{" * n + x + "}" * n + "$}, author={{B}}}",
}


@pytest.mark.parametrize("nested", NOTES.values(), ids=NOTES)
@pytest.mark.parametrize("tag", ["", "---\ntags: [conference]\n---\n"])
def test_a_note_is_fixed_and_merged_however_deep_it_is_nested(nested: Nested, tag: str) -> None:
    for levels in LEVELS:
        one, base, other = (tag + nested(levels, x) for x in ("1", "2", "3"))
        done = run({"Papers/X.md": one, "Y.md": "---\ntag: b\n---\n"}, rules=RULES)
        assert done.files["Y.md"] == "---\ntags:\n  - b\n---\n"
        assert merge_file("X.md", base.encode(), one.encode(), other.encode()).data


@pytest.mark.parametrize("nested", DATA.values(), ids=DATA)
@pytest.mark.parametrize("name", ["a.json", "a.canvas", "a.base"])
def test_a_data_file_is_merged_however_deep_it_is_nested(nested: Nested, name: str) -> None:
    for levels in LEVELS:
        base, one, other = (nested(levels, x).encode() for x in ("1", "2", "3"))
        merged = merge_file(name, base, one, other)
        both = merged.data + (merged.other or b"")
        assert b"2" in both
        assert b"3" in both


@pytest.mark.parametrize("nested", SOURCES.values(), ids=SOURCES)
def test_a_source_is_read_however_deep_it_is_nested(nested: Nested) -> None:
    for levels in LEVELS:
        found = parse_whole(nested(levels, "1").encode())
        assert found.records or found.problems


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a = ", "}")])
def test_settings_and_decisions_that_nest_too_deep_are_read_or_refused_with_a_reason(
    opening: str, closing: str
) -> None:
    for levels in LEVELS:
        text = "accepted = [" + opening * levels + "1" + closing * levels + "]\n"
        for read in (read_settings, parse_decisions, changed_settings):
            with suppress(ConfigError):  # any other exception is a defect
                assert read(text)


def read_settings(text: str) -> object:
    return read_toml(text, "settings.toml", "mend it")


def changed_settings(text: str) -> object:
    return with_setting(text, "rules", "fm-order", value=True)
