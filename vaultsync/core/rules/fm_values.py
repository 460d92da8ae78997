"""The rules for properties that hold one value: its type, dates, identifiers (`fm-`).

They run after the rules for lists. A value is changed only where nothing of it can get lost; where it does
not fit and more than one thing may be meant, it is reported and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from vaultsync.core.config.config import NoteConfig
from vaultsync.core.config.kinds import PAPER
from vaultsync.core.frontmatter.block import FrontMatter, Property
from vaultsync.core.frontmatter.property_edits import quote_value, set_property
from vaultsync.core.frontmatter.yaml_values import Value, emit_scalar, resolve_scalar
from vaultsync.core.note import Note
from vaultsync.core.papers.identifiers import canonical_arxiv, canonical_doi, canonical_url, identifiers_in
from vaultsync.core.rules.rule import Context, Example, Finding, Option, attempt, editable, rule
from vaultsync.core.text.dates import iso_date_readings

_DUE = {".obsidian/types.json": '{"types": {"done": "checkbox", "topics": "multitext"}}'}


@rule(
    "fm-types",
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
            problem='"year" is to be a number, and "007" is none',
        ),
        Example(
            "Several values where one is wanted.",
            before="---\nvenue: [NeurIPS, ICML]\n---\n",
            problem='"venue" is to be text, and this is a list of 2',
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
    types = _types(ctx.config)
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
def _types(config: NoteConfig) -> Mapping[str, str]:
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
            yield _misfit(note, ctx, prop, kind, f"this is a list of {len(value)}")
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
        problem = f'"{_short(shown)}" ' + ("may be one item or several" if several else "is none")
        yield _misfit(note, ctx, prop, kind, problem)
    elif kind == "text" and not isinstance(prop.value, list):
        yield from attempt(note, "fm-types", lambda: quote_value(note.text, front, prop.key))
    else:
        yield from attempt(note, "fm-types", lambda: set_property(note.text, front, prop.key, new))


# A number that YAML, JavaScript and a person write in one way, of as many digits as a double keeps.
_EXACT = re.compile(r"(?=.{1,16}\Z)(?!-0\Z)-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,14}[1-9])?")
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
        f'"{prop.key}" is to be {_NAMES[kind]}, and {what}',
        f"change the value, or its type in {place}",
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"


@rule(
    "fm-dates",
    owns="*",
    options=(
        Option(
            "properties",
            ["date", "created", "modified", "updated", "published"],
            "Properties that hold dates where neither Obsidian nor the kind of the note gives them a type.",
        ),
    ),
    examples=(
        Example(
            "Dates that can be read in one way only.",
            before="---\ndate: 6 April 2025 # Sunday\ncreated: 2025/4/6\nupdated: 06.04.2025 14:30\n---\n",
            after="---\ndate: 2025-04-06 # Sunday\ncreated: 2025-04-06\nupdated: 2025-04-06T14:30:00\n---\n",
        ),
        Example(
            "Day first or month first?",
            before="---\ndate: 03/04/2023\n---\n",
            problem='"03/04/2023" may be 2023-03-04 or 2023-04-03',
        ),
        Example(
            "A day that doesn't exist.",
            before="---\ndate: 2026-13-01\n---\n",
            problem='"2026-13-01" is no day of the calendar',
        ),
        Example(
            "What is no date at all.",
            before="---\ndate: next spring\n---\n",
            problem='"next spring" is not a date',
        ),
        Example(
            "Dates as Obsidian writes them, a month, a year, and links to daily notes.",
            before="---\ndate: 2025-04\ncreated: 2025-04-06T14:30:00\npublished: 2025\n"
            'updated: "[[2025-04-06]]"\n---\n',
        ),
    ),
)
def fm_dates(note: Note, ctx: Context) -> Iterator[Finding]:
    """Write dates as Obsidian does, `YYYY-MM-DD` or `YYYY-MM-DDTHH:mm:ss`, where only one reading exists.

    Months and weekdays are read in the languages of `[links] languages`; a dotted date is day first. Two
    readings, a day that the calendar doesn't have, and text in a property whose type is a date are reported.
    A year or a month alone stays: the day is never guessed, nor taken from the clock or the file.
    """
    front = editable(note)
    if front is None:
        return
    types, names = _types(ctx.config), ctx.options["properties"]
    for prop in front.properties:
        kind = types.get(prop.key) or types.get(prop.key.lower())
        value = prop.value
        if value is None or (kind not in _DATES and (kind is not None or prop.key not in names)):
            continue
        if not (isinstance(value, str) and _ISO.fullmatch(value) and _exists(value)):
            yield from _dated(note, ctx, front, prop, typed=kind is not None)


_DATES = frozenset(("date", "datetime"))
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_LIKE_A_DATE = re.compile(r"[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-/.])[0-9]{1,2}\2[0-9]{4}")


def _dated(note: Note, ctx: Context, front: FrontMatter, prop: Property, *, typed: bool) -> Iterator[Finding]:
    """The edit that writes a date as Obsidian does, or the problem with it."""

    def problem(message: str, hint: str) -> Finding:
        return note.problem(prop.value_span.start, "fm-dates", message, hint)

    written = _source(note, prop)
    if written is None:
        if typed and isinstance(prop.value, list | bool):
            what = "a list" if isinstance(prop.value, list) else "true or false"
            yield problem(f'"{prop.key}" is to be a date, and this is {what}', "write one date, YYYY-MM-DD")
        return
    if not written or (_ISO.fullmatch(written) and _exists(written)) or _IS_LINK.fullmatch(written):
        return
    readings = iso_date_readings(written, ctx.config.vault.links.languages)
    days = [reading.value for reading in readings if reading.precision in ("day", "time")]
    if len(days) == 1:
        yield from attempt(note, "fm-dates", lambda: set_property(note.text, front, prop.key, days[0]))
    elif days:
        hint = ", or ".join(f"{prop.key}: {day}" for day in days)
        yield problem(f'"{_short(written)}" may be {" or ".join(days)}', f"write {hint}")
    elif _LIKE_A_DATE.fullmatch(written):
        yield problem(f'"{written}" is no day of the calendar', f"correct it: {prop.key}: YYYY-MM-DD")
    elif typed and not readings:
        yield problem(
            f'"{_short(written)}" is not a date', f"write {prop.key}: YYYY-MM-DD, or leave it empty"
        )


_IS_LINK = re.compile(r"!?\[\[[^\[\]]+\]\]|\[[^\[\]]*\]\([^()]*\)")


def _exists(iso: str) -> bool:
    try:
        datetime.fromisoformat(iso)
    except ValueError:
        return False
    return True


def _source(note: Note, prop: Property) -> str | None:
    """A text's value, and of a number what is written; None for anything else."""
    if isinstance(prop.value, str):
        return prop.value.strip()
    if isinstance(prop.value, bool | list | dict) or prop.style != "plain":
        return None
    return prop.value_span.of(note.text)


@rule(
    "fm-identifiers",
    owns=("arxiv", "doi", "url"),
    examples=(
        Example(
            "One form for each identifier, whichever way it came in.",
            before="---\narxiv: https://arxiv.org/abs/2210.13695v2\ndoi: https://doi.org/10.1038/S43588-024-00737-X\n"
            "url: HTTPS://ArXiv.org/abs/2210.13695v2?utm_source=x\n---\n",
            after="---\narxiv: 2210.13695v2\ndoi: 10.1038/s43588-024-00737-x\n"
            "url: https://arxiv.org/abs/2210.13695v2\n---\n",
        ),
        Example(
            "An arXiv id is no number.",
            before="---\narxiv: 1807.10300\n---\n",
            after='---\narxiv: "1807.10300"\n---\n',
        ),
        Example(
            "What is no identifier is reported.",
            before="---\ndoi: to appear\n---\n",
            problem='"to appear" is not a DOI — leave it empty if there is none',
        ),
        Example(
            "So is an id that has lost a zero.",
            before="---\narxiv: 1807.103\n---\n",
            problem='"1807.103" is not an arXiv id — if zeros at the end were lost: arxiv: "1807.10300"',
        ),
        Example(
            "Identifiers in this form, and addresses of other kinds.",
            before='---\narxiv: "2210.13695"\ndoi: 10.1038/s43588-024-00737-x\nurl: zotero://select/items/1_A\n---\n',
        ),
    ),
)
def fm_identifiers(note: Note, ctx: Context) -> Iterator[Finding]:
    """Write `arxiv`, `doi` and `url` in one form each.

    An arXiv id stands bare, without `arXiv:` or an address around it, and keeps its version; old ids go
    without their subject class, as arXiv writes them. A DOI stands bare and in lower case (DOIs are the same
    in either). Of a web address the scheme and host are written in lower case and `utm_…` and the like are
    dropped, and so is a lone `/` at the end; path and parameters stay. What is no identifier is reported, and
    stays.
    """
    front = editable(note)
    if front is None:
        return
    for prop in front.properties:
        clean = _CLEAN.get(prop.key)
        value = prop.value
        if clean is None or value is None or (isinstance(value, str) and clean.fullmatch(value)):
            continue
        if written := _source(note, prop):
            yield from _identified(note, front, prop, written)


# Forms that are canonical for certain; most values are, and need no closer look.
_CLEAN = {
    "arxiv": re.compile(r"[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{5}(?:v[1-9])?"),
    "doi": re.compile(r"10\.[0-9]{4,9}/[a-z0-9./_-]*[a-z0-9]"),
    "url": re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9._~/-]+|(?!https?:)[a-z][a-z0-9+.-]*:.*", re.DOTALL),
}
_KINDS = {"arxiv": "an arXiv id", "doi": "a DOI"}
_VERSION = r"(v[1-9][0-9]{0,2})(?![0-9])"
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE)


def _identified(note: Note, front: FrontMatter, prop: Property, written: str) -> Iterator[Finding]:
    """The edit that writes an identifier in its form, or the problem that it is none."""
    if prop.key == "url":
        canonical = canonical_url(written.removeprefix("<").removesuffix(">"))
        if canonical is None:
            if _HOST.fullmatch(written):
                yield note.problem(
                    prop.value_span.start,
                    "fm-identifiers",
                    f'"{_short(written)}" has no scheme, and Obsidian shows no link',
                    f"url: https://{written}",
                )
            return
    else:
        canonical = _arxiv(written) if prop.key == "arxiv" else canonical_doi(written)
        if canonical is None:
            message = f'"{_short(written)}" is not {_KINDS[prop.key]}'
            yield note.problem(prop.value_span.start, "fm-identifiers", message, _nearest(prop.key, written))
            return
    if prop.value != canonical:
        yield from attempt(
            note, "fm-identifiers", lambda: set_property(note.text, front, prop.key, canonical)
        )


def _arxiv(written: str) -> str | None:
    """The bare arXiv id with the version that it was given."""
    canonical = canonical_arxiv(written)
    if canonical is None:
        return None
    number = re.escape(re.split("[./]", canonical)[-1])
    version = re.search(number + _VERSION, written, re.IGNORECASE)
    return canonical + (version[1].lower() if version else "")


_SHORTENED = re.compile(r"([0-9]{2})[0-9]{2}\.[0-9]{1,4}")


def _nearest(key: str, written: str) -> str:
    """A hint: the identifier inside a value, or an arXiv id with the zeros that a number loses."""
    inside = [found.span.of(written) for found in identifiers_in(written) if found.scheme == key]
    if len(inside) == 1 and (bare := _arxiv(inside[0]) if key == "arxiv" else canonical_doi(inside[0])):
        return f"{key}: {emit_scalar(bare)}"
    short = _SHORTENED.fullmatch(written) if key == "arxiv" else None
    if short:
        whole = written.ljust(9 if int(short[1]) < 15 else 10, "0")
        if canonical_arxiv(whole) == whole:
            return f'if zeros at the end were lost: arxiv: "{whole}"'
    return "leave it empty if there is none"
