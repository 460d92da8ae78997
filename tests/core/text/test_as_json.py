"""JSON of names that are no UTF-8."""

from __future__ import annotations

import os

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.as_json import as_json
from vaultsync.core.text.shown import encodable, one_line, shown

NAMES = st.binary(max_size=8).map(os.fsdecode)
VALUES = st.recursive(
    st.one_of(NAMES, st.none(), st.integers(-9, 9)),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner) | st.tuples(inner),
    max_leaves=6,
)


class _Told(msgspec.Struct):
    path: str
    more: tuple[str, ...] = ()


def test_a_byte_that_is_no_utf8_becomes_an_escape_that_a_person_knows() -> None:
    name = os.fsdecode(b"caf\xe9 \xff.md")
    assert encodable(name) == shown(name) == one_line(name) == r"caf\xe9 \xff.md"
    assert as_json(_Told(name, (name,))) == rb'{"path":"caf\\xe9 \\xff.md","more":["caf\\xe9 \\xff.md"]}'
    assert encodable("ü, 非常, \x1b") == "ü, 非常, \x1b"


@given(VALUES)
def test_any_value_is_json(value: object) -> None:
    try:
        expected = msgspec.json.encode(value)
    except UnicodeEncodeError:
        msgspec.json.decode(as_json(value))
    else:
        assert as_json(value) == expected
