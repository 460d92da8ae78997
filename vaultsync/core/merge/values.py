"""The three-way merge of values: mappings by key, lists of named things by name, other lists as sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from vaultsync.core.merge.body import merge_lines
from vaultsync.core.merge.merged import is_decided
from vaultsync.core.merge.order import order_of_both

Json: TypeAlias = Any
"""A value of JSON or YAML: a mapping, a list, a text, a number, true, false or null."""

NAMES = ("id", "name")
"""Keys that tell the members of a list apart: a canvas' nodes and edges by `id`, a base's views by `name`."""

ABSENT: Any = object()
"""No value: the key is not there."""


class ValueMerge(msgspec.Struct, frozen=True):
    """Two merged values that differ only where the sides clash; `clashes` are the places, as `a.b.c`."""

    kept: Json
    left: Json
    clashes: tuple[str, ...]


def merge_values(base: Json, one: Json, other: Json) -> ValueMerge:
    """Merge two sides of a value. At a clash the larger one stays, in the order of text. Symmetric.

    What one side deleted and the other changed stays, as a clash; `base` may be `ABSENT`.
    """
    clashes: list[str] = []
    kept, left = _merged(base, one, other, "", clashes)
    return ValueMerge(kept, left, tuple(sorted(clashes)))


def same(one: Json, other: Json) -> bool:
    """Whether two values are equal; `1` is not `true`, the order of keys doesn't count."""
    if one is ABSENT or other is ABSENT:
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def _merged(base: Json, one: Json, other: Json, place: str, clashes: list[str]) -> tuple[Json, Json]:
    if same(one, other) or same(other, base):
        return one, one
    if same(one, base):
        return other, other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return _members([base if isinstance(base, Mapping) else {}, one, other], place, clashes)
    if isinstance(one, list) and isinstance(other, list):
        was = base if isinstance(base, list) else []
        for name in NAMES:
            if rows := _named(name, was, one, other):
                kept, left = _members(rows, place, clashes)
                return list(kept.values()), list(left.values())
        rows = [{_text(item): item for item in side} for side in (was, one, other)]
        if all(len(row) == len(side) for row, side in zip(rows, (was, one, other), strict=True)):
            kept, left = _members(rows, place, clashes)
            return list(kept.values()), list(left.values())
    if isinstance(base, str) and isinstance(one, str) and isinstance(other, str):
        parts = merge_lines(*(side.split("\n") for side in (base, one, other)))
        if is_decided(parts):
            text = "".join(part for part in parts if isinstance(part, str)).removesuffix("\n")
            return text, text
    clashes.append(place)
    kept, left = sorted((one, other), key=lambda side: (side is not ABSENT, _text(side)), reverse=True)
    return kept, left


def _members(
    sides: Sequence[Mapping[str, Json]], place: str, clashes: list[str]
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Two merged mappings of base, one and other."""
    result: tuple[dict[str, Json], dict[str, Json]] = ({}, {})
    for key in order_of_both(*(list(side) for side in sides)):
        base, one, other = (side.get(key, ABSENT) for side in sides)
        inside = f"{place}.{key}" if place else key
        for made, value in zip(result, _merged(base, one, other, inside, clashes), strict=True):
            if value is not ABSENT:
                made[key] = value
    return result


def _named(name: str, *sides: Sequence[Json]) -> list[dict[str, Json]]:
    """The members of lists by their names; empty if not all have one of their own."""
    rows = []
    for side in sides:
        things = [item for item in side if isinstance(item, Mapping)]
        named = {item[name]: item for item in things if isinstance(item.get(name), str)}
        if len(named) != len(side):
            return []
        rows.append(named)
    return rows


def _text(value: Json) -> str:
    return "" if value is ABSENT else msgspec.json.encode(value, order="sorted").decode()
