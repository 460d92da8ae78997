"""The rules for properties that hold one value: its type, dates, identifiers (`fm-`).

They run after the rules for lists. A value is changed only where nothing of it can get lost; where it does
not fit and more than one thing may be meant, it is reported and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from vaultsync.core.config.config import NoteConfig
from vaultsync.core.config.kinds import PAPER
from vaultsync.core.frontmatter.block import FrontMatter, Property
from vaultsync.core.frontmatter.property_edits import quote_value, set_property
from vaultsync.core.frontmatter.yaml_values import Value, emit_scalar, resolve_scalar
from vaultsync.core.note import Note
from vaultsync.core.rules.rule import Context, Example, Finding, attempt, editable, rule

_DUE = {".obsidian/types.json": '{"types": {"done": "checkbox", "topics": "multitext"}}'}


@rule(
    "fm-types",
    evidence="`.obsidian/types.json`, or else the kind (`[kinds.…] types`), gives the property another type.",
    owns="*",
    examples=(
        Example(
            "A number that is written as text, and text that YAML takes for a number.",
            before='---\nyear: "2022"\nvenue: 2022\narxiv: 2210.13690 # not 2210.1369\n---\n',
            after='---\nyear: 2022\nvenue: "2022"\narxiv: "2210.13690" # not 2210.1369\n---\n',
        ),
        Example(
            "Types that Obsidian knows: here `done` is a checkbox and `topics` a list.",
            before="---\ndone: yes\ntopics: diffusion\n---\n",
            after="---\ndone: true\ntopics:\n  - diffusion\n---\n",
            path="Reading.md",
            files=_DUE,
        ),
        Example(
            "A list of one where one value is wanted.",
            before="---\nvenue: [NeurIPS]\n---\n",
            after="---\nvenue: NeurIPS\n---\n",
        ),
        Example(
            "Digits that a number would lose are no number.",
            before='---\nyear: "007"\n---\n',
            problem='"year" should be a number, but "007" would lose its spelling as one',
        ),
        Example(
            "Several values where one is wanted.",
            before="---\nvenue: [NeurIPS, ICML]\n---\n",
            problem='"venue" should be text, but it is a list of 2',
        ),
        Example(
            "What fits, what is empty, and properties without a type stay.",
            before='---\nyear: 2022\nvenue:\ndoi: 10.1000/182\nrating: "007"\nversion: 1.10\n---\n',
        ),
    ),
)
def fm_types(note: Note, ctx: Context) -> Iterator[Finding]:
    """Give properties the type that they are to have, where not a sign of the value gets lost.

    The type is that of `.obsidian/types.json`, else that of the note's kind (`[kinds.…] types`). Text that is
    exactly a number becomes one; a number where text is wanted is quoted as it is written, so that `007`,
    `1.10` and an arXiv id keep their digits; `yes`, `no`, `on`, `off`, `true` and `false` become a checkbox's
    value; a single value becomes a list, and a list of one a single value. What can't be converted without
    loss is reported. Dates, tags, aliases and authors have rules of their own.
    """
    front = editable(note)
    if front is None:
        return
    types = types_of(ctx.config)
    for prop in front.properties:
        kind = types.get(prop.key) or types.get(prop.key.lower())
        value = prop.value
        if kind is None or value is None or type(value) in _FITS.get(kind, _ANY):
            continue
        yield from _converted(note, ctx, front, prop, kind)


_ANY = frozenset((str, int, float, bool, list, dict))
_FITS: Mapping[str, frozenset[type]] = {
    "text": frozenset((str,)),
    "number": frozenset((int, float)),
    "checkbox": frozenset((bool,)),
    "list": frozenset((list,)),
}
_NAMES = {"text": "text", "number": "a number", "checkbox": "a checkbox", "list": "a list"}
_OWN_RULES = frozenset(("tags", "tag", "aliases", "alias", "cssclasses", "cssclass"))


@lru_cache(maxsize=64)
def types_of(config: NoteConfig) -> Mapping[str, str]:
    """The types by name, also in lower case: to Obsidian, `Year` and `year` have one type."""
    types = {key.lower(): kind for key, kind in config.types.items()} | dict(config.types)
    mine = {key: kind for key, kind in types.items() if key.lower() not in _OWN_RULES}
    if config.kind_name == PAPER and mine.get("authors") == "list":
        del mine["authors"]  # `fm-authors` tells one from several
    return mine


def _converted(note: Note, ctx: Context, front: FrontMatter, prop: Property, kind: str) -> Iterator[Finding]:
    """The edit that gives a property its type, or the problem that there is none without loss."""
    value = prop.value
    if isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(v, list | dict) for v in value)
    ):
        return  # `fm-links` and `fm-nested` see to it
    if value in ("", []):
        return
    if isinstance(value, list):
        written = prop.value_span.of(note.text)
        if len(value) > 1 or ("\n" in written and "#" in written):  # a comment would lose its place
            yield _misfit(note, ctx, prop, kind, f"it is a list of {len(value)}")
            return
        value, source, style = value[0], prop.items[0].span.of(note.text), prop.items[0].style
        if value is None:
            return
    else:
        source, style = prop.value_span.of(note.text), prop.style
    new = _as_type(kind, value, source if style == "plain" else "")
    if new is None:
        shown = source if style == "plain" else str(value)
        several = kind == "list" and isinstance(value, str)
        why = "may be one item or several" if several else "is none"
        if kind == "number" and _NOTATION.fullmatch(shown):
            why = "would lose its spelling as one"
        problem = f'"{shortened(shown)}" {why}'
        yield _misfit(note, ctx, prop, kind, problem)
    elif kind == "text" and not isinstance(prop.value, list):
        yield from attempt(note, "fm-types", lambda: quote_value(note.text, front, prop.key))
    else:
        yield from attempt(note, "fm-types", lambda: set_property(note.text, front, prop.key, new))


# A number that YAML, JavaScript and a person write in one way, of as many digits as a double keeps.
_EXACT = re.compile(r"(?=.{1,16}\Z)(?!-0\Z)-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,14}[1-9])?")
# What is a number to somebody: YAML writes it otherwise, or not at all.
_NOTATION = re.compile(r"\s*[-+]?(?:[0-9]++(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*")
_WORDS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


def _as_type(kind: str, value: Value, plain: str) -> Value:
    """The single `value` as `kind`, None where something would get lost; `plain` is how it is written."""
    if kind == "text":
        return value if isinstance(value, str) else plain or None
    if kind == "number":
        if isinstance(value, str):
            return resolve_scalar(value) if _EXACT.fullmatch(value) else None
        return None if isinstance(value, bool) else value
    if kind == "checkbox":
        return (
            _WORDS.get(value.lower())
            if isinstance(value, str)
            else value
            if isinstance(value, bool)
            else None
        )
    if isinstance(value, str):
        return None if re.search(r"[,;\n，；、]", value) else [value]
    return [value] if not plain or isinstance(value, list | dict) or emit_scalar(value) == plain else [plain]


def _misfit(note: Note, ctx: Context, prop: Property, kind: str, what: str) -> Finding:
    known = any(key.lower() == prop.key.lower() for key in ctx.config.vault.obsidian_types)
    place = ".obsidian/types.json" if known else f"[kinds.{ctx.config.kind_name}] types"
    return note.problem(
        prop.value_span.start,
        "fm-types",
        f'"{prop.key}" should be {_NAMES[kind]}, but {what}',
        f"change the value, or its type in {place}",
    )


def as_written(note: Note, prop: Property) -> str | None:
    """A text's value, and of a number what is written; None for anything else."""
    if isinstance(prop.value, str):
        return prop.value.strip()
    if isinstance(prop.value, bool | list | dict) or prop.style != "plain":
        return None
    return prop.value_span.of(note.text)


def shortened(text: str) -> str:
    """A value as a message shows it: on one line, cut at 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
