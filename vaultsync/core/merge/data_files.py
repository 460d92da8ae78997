"""The three-way merge of data files: JSON and `.canvas` by key and by `id`, `.base` (YAML) by key.

What comes out is written as Obsidian writes it; bytes stay where a side's own text has the merged value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence

import msgspec

from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.frontmatter.yaml_values import emit_mapping
from vaultsync.core.merge.body import merge_lines
from vaultsync.core.merge.merged import Clash, Merged, is_decided
from vaultsync.core.merge.values import ABSENT, Json, merge_values, same
from vaultsync.core.text.shown import encodable

DEEPEST = 100
"""Lists and objects that may lie in each other; Obsidian's own files have four."""


class Unreadable(ValueError):
    """A text that is not what its file's name says."""


class DataFormat(msgspec.Struct, frozen=True):
    """How a kind of file is read (raises `Unreadable`) and written, a side's text as the model."""

    read: Callable[[str], Json]
    written: Callable[[Json, str], str]


def merge_data(form: DataFormat, base: str | None, one: str, other: str) -> Merged | None:
    """The merge of two sides of a data file; `None` if one can't be read. Symmetric."""
    if one == other or other == base:
        return Merged(one)
    if one == base:
        return Merged(other)
    texts = sorted((one, other))
    try:
        here, there = map(form.read, texts)
        was = ABSENT if base is None else form.read(base)
    except Unreadable:
        return None
    result = merge_values(was, here, there)
    by_lines = _by_lines(base or "", *texts)
    text = _written(form, result.kept, [*texts, *by_lines])
    if not result.clashes:
        return Merged(text)
    left = _written(form, result.left, texts)
    return Merged(text, left, tuple(Clash(1, 1, place, place) for place in result.clashes))


def _by_lines(base: str, one: str, other: str) -> list[str]:
    parts = merge_lines(base.splitlines(), one.splitlines(), other.splitlines())
    merged = "".join(part for part in parts if isinstance(part, str))
    if not is_decided(parts):
        return []
    return [merged if one.endswith("\n") or other.endswith("\n") else merged.removesuffix("\n")]


def _written(form: DataFormat, value: Json, texts: Sequence[str]) -> str:
    """A text that has the value: one of these, if one has, else a new one."""
    for text in texts:
        try:
            if same(form.read(text), value):
                return text
        except Unreadable:
            continue
    return form.written(value, texts[0])


def read_json(text: str) -> Json:
    """The value of a JSON text, if it can be written again as it is.

    Refused are a key that stands twice, numbers that JSON or a double lacks, half a surrogate pair, and
    what lies deeper than `DEEPEST`.
    """

    def once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Unreadable("a key stands twice")
        return found

    def refused(constant: str) -> None:
        raise Unreadable(f"{constant} is no JSON")

    try:
        value = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=once, parse_constant=refused)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    _check(value, DEEPEST)
    return value


def _check(value: Json, depth: int) -> None:
    """Raise `Unreadable` for what could be read, and not be written."""
    if not depth:
        raise Unreadable(f"more than {DEEPEST} lists or objects lie in each other")
    if isinstance(value, dict):
        for key, each in value.items():
            _check(key, depth)
            _check(each, depth - 1)
    elif isinstance(value, list):
        for each in value:
            _check(each, depth - 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Unreadable("a number is too large")
    elif isinstance(value, str) and encodable(value) != value:
        raise Unreadable("half a surrogate pair stands in it")


def write_json(value: Json, model: str) -> str:
    """JSON indented as the model is (Obsidian's own files: by two blanks)."""
    found = re.search(r"\n([ \t]+)", model)
    indent: str | int | None = found[1] if found else (2 if "\n" in model or not model else None)
    return json.dumps(value, ensure_ascii=False, indent=indent) + ("\n" if model.endswith("\n") else "")


def write_canvas(value: Json, model: str) -> str:
    """A canvas as Obsidian writes it: a node or an edge a line, indented by tabs."""
    if not isinstance(value, dict):
        return write_json(value, model)
    rows = []
    for key, members in value.items():
        if isinstance(members, list) and members:
            lines = ",\n".join("\t\t" + _compact(member) for member in members)
            rows.append(f"\t{json.dumps(key)}:[\n{lines}\n\t]")
        else:
            rows.append(f"\t{json.dumps(key)}:{_compact(members)}")
    return "{\n" + ",\n".join(rows) + "\n}" + ("\n" if model.endswith("\n") else "")


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_yaml(text: str) -> Json:
    """The value of a YAML mapping without fences, as a `.base` file holds it."""
    plain = text.removeprefix("\ufeff")
    end = "" if not plain or plain.endswith("\n") else "\n"
    front = parse_front_matter(f"---\n{plain}{end}---\n")
    fenced = re.search(r"(?m)^(?:---|\.\.\.)", plain)
    if front is None or front.error is not None or front.duplicates or fenced:
        raise Unreadable("not one YAML mapping with each key once")
    return front.values()


def write_yaml(value: Json, model: str) -> str:
    """A YAML mapping as Obsidian writes it, with the model's line ends."""
    written = emit_mapping(value)
    return written.replace("\n", "\r\n") if "\r\n" in model else written


JSON = DataFormat(read_json, write_json)
CANVAS = DataFormat(read_json, write_canvas)
BASE = DataFormat(read_yaml, write_yaml)
FORMATS = {"json": JSON, "canvas": CANVAS, "base": BASE}
"""By the ending of the file's name."""
