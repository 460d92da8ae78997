"""What a stranger may hand in, damaged in any way: an answer or an error of ours, never anything else.

The corpus in `data/fuzz` has an example of each format, with what is odd in it; each test damages one by
cutting, repeating, moving and mixing in signs. (Each format's own tests draw texts of its signs, too;
`bench.hostile` grows such texts.) `--hypothesis-profile=explore` draws others than last time.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.config.config_file import parse_config
from vaultsync.core.config.toml_edit import with_setting
from vaultsync.core.errors import ConfigError
from vaultsync.core.importers import FORMATS, parse_whole
from vaultsync.core.importers.record import Options, Parsed
from vaultsync.core.links.decisions import parse_decisions
from vaultsync.core.merge.files import merge_file
from vaultsync.core.merge.notes import merge_note
from vaultsync.core.rules import rule_options

CORPUS = Path(__file__).parent / "data" / "fuzz"
SIGNS = {
    "bib": [
        "{",
        "}",
        '"',
        "#",
        "@",
        "@string{a = ",
        "\\",
        "\\'{",
        "$",
        ",",
        "=",
        "(",
        ")",
        "%",
        "crossref = {a}",
    ],
    "json": ["{", "}", "[", "]", '"', "\\u", ",", ":", "null", "1e999", "-", "\\ud800", "9" * 400],
    "ris": ["TY  - ", "ER  - ", "\n", "  - ", "      ", "AU  - ", "\r", "\x00"],
    "toml": [
        "[",
        "]",
        "[[",
        "]]",
        '"',
        "'",
        '"""',
        "'''",
        "=",
        ".",
        ",",
        "{",
        "}",
        "inf",
        "nan",
        "#",
        "\\",
        "1_",
    ],
    "md": [
        "---\n",
        "[[",
        "]]",
        "%%",
        "$$",
        "`",
        "```\n",
        "<",
        ">",
        "- ",
        "# ",
        "|",
        "\\",
        "!",
        "{{",
        "<%",
        ": ",
    ],
}
ODD = ["\x00", "\ufeff", "\u2028", "\u202e", "\x1b[2J", "\r\n", "\udcff", "é", "e\u0301", "非", " ", "\t"]


@st.composite
def damaged(draw: st.DrawFn, name: str) -> str:
    """A file of the corpus after up to six damages, mostly whole."""
    text = (CORPUS / name).read_text(encoding="utf-8")
    signs = SIGNS[name.rpartition(".")[2]] + ODD
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        how = draw(st.sampled_from(["cut", "sign", "repeat", "move", "end"]))
        part = text[start:end]
        if how == "cut":
            text = text[:start] + text[end:]
        elif how == "sign":
            text = text[:start] + draw(st.sampled_from(signs)) * draw(st.integers(1, 30)) + text[start:]
        elif how == "repeat":
            text = text[:end] + part * draw(st.integers(1, 20)) + text[end:]
        elif how == "move":
            place = draw(st.integers(0, len(text)))
            text = text[:place] + part + text[place:]
        else:
            text = text[: max(start, 1)]
    return text


def data_of(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


@pytest.mark.parametrize("name", ["library.bib", "items.json", "items.ris", "note.md"])
@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_source_is_read_or_refused_by_each_format(name: str, data: st.DataObject) -> None:
    text = data.draw(damaged(name))
    for wanted in (None, data.draw(st.sampled_from([known.name for known in FORMATS]))):
        parsed = parse_whole(data_of(text), Options(title="T", date="2025-04-06"), wanted)
        assert isinstance(parsed, Parsed)
        assert len(parsed.records) <= len(text)
        again = parse_whole(data_of(text), Options(title="T", date="2025-04-06"), wanted)
        assert again == parsed


@settings(max_examples=150)
@given(text=damaged("config.toml"))
def test_damaged_settings_are_settings_or_one_error_with_its_place(text: str) -> None:
    try:
        config = parse_config(text, rule_options())
    except ConfigError as error:
        told = str(error)
    else:
        told = ""
    if told:
        assert ".vaultsync/config.toml" in told
        return
    tomllib.loads(text)
    again = parse_config(text, rule_options())
    assert (again.vault, again.links, again.git) == (config.vault, config.links, config.git)
    try:
        changed = with_setting(text, "watch", "quiet", 7.5)
    except ConfigError:  # what cannot be changed by lines is left to the person
        return
    assert parse_config(changed, rule_options()).watch.quiet == 7.5


@settings(max_examples=100)
@given(text=damaged("decisions.toml"))
def test_damaged_decisions_are_decisions_or_one_error(text: str) -> None:
    try:
        decisions = parse_decisions(text)
    except ConfigError:
        return
    assert parse_decisions(decisions.to_toml()) == decisions


@settings(max_examples=80)
@given(base=damaged("note.md"), one=damaged("note.md"), other=damaged("note.md"))
def test_any_notes_merge_the_same_way_round_and_round_and_keep_each_word(
    base: str, one: str, other: str
) -> None:
    sides = [data_of(text).decode(errors="replace") for text in (base, one, other)]
    base, one, other = sides
    merged = merge_note(base, one, other)
    assert merge_note(base, other, one) == merged
    assert merge_note(base, one, one).text == one
    assert merge_note(base, base, other).text == other


@pytest.mark.parametrize("name", ["items.json", "config.toml", "note.md"])
@settings(max_examples=40)
@given(data=st.data())
def test_any_files_merge_without_an_exception_the_same_way_round(name: str, data: st.DataObject) -> None:
    base, one, other = (data_of(data.draw(damaged(name))) for _ in range(3))
    path = {"items.json": "a.canvas", "config.toml": ".vaultsync/decisions.toml", "note.md": "a.md"}[name]
    for ending in (path, "a.json", "a.base", "a.bin"):
        merged = merge_file(ending, base, one, other)
        swapped = merge_file(ending, base, other, one)
        assert (merged.data, merged.other) == (swapped.data, swapped.other)
        assert merge_file(ending, base, one, one).data == one
