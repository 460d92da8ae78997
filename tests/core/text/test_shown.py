"""What is shown steers no terminal, and JSON stays the same value."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.shown import one_line, shown, shown_json

BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
ODD = st.text(
    st.one_of(st.characters(max_codepoint=0xFF), st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Lo"]))
)


def steers(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(char) in BIDI


def test_escapes_read_as_python_writes_them() -> None:
    assert shown("a\x1b]0;x\x07b\x9b1m\u202eabc") == r"a\x1b]0;x\x07b\x9b1m\u202eabc"
    assert shown("a\r\nb\rc\td\n") == "a\r\nb\\rc\td\n"
    assert one_line("a\r\nb\tc") == r"a\r\nb\tc"
    assert shown("Schrödinger, 非常, ü, 👩‍🔬") == "Schrödinger, 非常, ü, 👩‍🔬"


@given(ODD)
def test_nothing_that_is_shown_steers(text: str) -> None:
    assert not [char for char in shown(text).replace("\r\n", "\n") if steers(char) and char not in "\n\t"]
    assert not [char for char in one_line(text) if steers(char)]


@given(ODD)
def test_showing_twice_is_showing_once_and_plain_text_stays(text: str) -> None:
    assert shown(shown(text)) == shown(text)
    if not any(map(steers, text)) and not set(text) & set("\u061c\u200e\u200f\ufff9\ufffa\ufffb"):
        tags = any("\U000e0000" <= char <= "\U000e007f" for char in text)
        assert shown(text) == text or tags


@given(st.recursive(ODD, lambda inner: st.lists(inner) | st.dictionaries(ODD, inner), max_leaves=5))
def test_json_stays_the_same_value_and_steers_nothing(value: object) -> None:
    text = shown_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(text) == value
    assert not [char for char in text if steers(char) and char != "\n"]
