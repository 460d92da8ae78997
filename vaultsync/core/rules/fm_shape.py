"""The rules for front matter as a whole: its title, what every note of a kind has, the order (`fm-`).

They run after the rules for single properties. A missing property is put where the kind's order has it, so
that a second pass has nothing to move.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from vaultsync.core.config.kinds import CONFERENCE
from vaultsync.core.frontmatter.block import (
    CannotEdit,
    FrontMatter,
    find_front_matter,
    parse_front_matter,
)
from vaultsync.core.frontmatter.order_edits import tail_end
from vaultsync.core.frontmatter.property_edits import new_block, order_properties, set_property
from vaultsync.core.frontmatter.yaml_values import Value, same_value
from vaultsync.core.links.sessions import sessions_of
from vaultsync.core.markdown import flatten
from vaultsync.core.note import Note
from vaultsync.core.papers.identifiers import canonical_arxiv
from vaultsync.core.rules.fm_lists import SUCCESSORS, swallowed
from vaultsync.core.rules.rule import Context, Example, Finding, Option, attempt, editable, rule
from vaultsync.core.text.dates import day_mark
from vaultsync.core.text.spans import TextEdit, apply_edits

_PLACEHOLDERS = [
    "Untitled",
    "Unbenannt",
    "Ohne Titel",
    "Sans titre",
    "Sin título",
    "Senza titolo",
    "Naamloos",
    "Sem título",
    "未命名",
    "無題",
]
_SECTIONS = [
    "Abstract",
    "Annotations",
    "Comments",
    "Introduction",
    "My notes",
    "Notes",
    "Overview",
    "References",
    "Summary",
    "TL;DR",
    "Einleitung",
    "Notizen",
    "Übersicht",
    "Zusammenfassung",
    "摘要",
    "笔记",
]


@rule(
    "fm-title",
    owns=("title",),
    options=(
        Option("placeholders", _PLACEHOLDERS, "File names that are no titles, also with a number."),
        Option("sections", _SECTIONS, "First headings that are no titles."),
    ),
    examples=(
        Example(
            "The title from the note's one heading of level 1.",
            before="---\ntags:\n  - paper\n---\n# Attention Is All You Need\nNo recurrence.\n",
            after="---\ntitle: Attention Is All You Need\ntags:\n  - paper\n---\n"
            "# Attention Is All You Need\nNo recurrence.\n",
            path="Papers/@vaswani2017attention.md",
        ),
        Example(
            "An empty title, and a heading that says what is below it: the file's name.",
            before="---\ntitle: # later\ntags:\n  - paper\n---\n# Notes\n",
            after="---\ntitle: Optimal Brain Damage # later\ntags:\n  - paper\n---\n# Notes\n",
            path="Papers/Optimal Brain Damage.md",
        ),
        Example(
            "A heading that names a day is no title; a note without front matter gets some.",
            before="# Montag Vormittag\n## Talk: Multiomics\n",
            after="---\ntitle: ICASSP 2025\n---\n# Montag Vormittag\n## Talk: Multiomics\n",
            path="Conferences/ICASSP 2025.md",
        ),
        Example(
            "A title stays, whatever the heading says.",
            before="---\ntitle: OBD\ntags:\n  - paper\n---\n# Optimal Brain Damage\n",
        ),
        Example(
            "A citation key is no title, and without a heading there is none.",
            before="---\ntags:\n  - paper\n---\nText.\n",
            path="Papers/@lecun1989optimal.md",
        ),
        Example("Notes of no kind have no need of a title.", before="# Shopping\n", path="Home.md"),
    ),
)
def fm_title(note: Note, ctx: Context) -> Iterator[Finding]:
    """Give conference and paper notes, and all kinds that require it, a missing or empty `title`.

    It is the text of the note's first heading if that is its only one of level 1 and names neither a day, a
    session nor a section such as `Notes`; else the file's name, if that is neither a citation key
    (`@smith2020`), an arXiv id nor `Untitled`. A `BookTitle` goes before both. A title that is there is never
    changed, and an empty note is left alone: it may be waiting for its template.
    """
    if "title" not in ctx.config.kind.required:
        return
    front = editable(note)
    if front is None:
        if note.front is None and not _holds_back(note) and (title := _title(note, ctx)):
            yield from attempt(note, "fm-title", lambda: new_block(note.text, {"title": title}, note.eol))
        return
    prop = front.get("title") or next((p for p in front.properties if p.key.casefold() == "title"), None)
    if prop is None:
        if title := _title(note, ctx):
            yield from attempt(
                note, "fm-title", lambda: _inserted(note, front, {"title": title}, ctx.config.kind.order)
            )
    elif prop.key == "title" and (prop.value is None or prop.value == "" or _is_blank(prop.value)):
        if comment := swallowed(note, prop.value_span.end) if prop.value is None else "":
            yield note.problem(
                note.text.index("#", prop.value_span.end),
                "fm-title",
                f'"{comment}" is a comment to YAML, and the title is empty',
                f'if it is the title, write title: "{comment}"',
            )
        elif title := _title(note, ctx):
            yield from attempt(note, "fm-title", lambda: set_property(note.text, front, "title", title))


def _is_blank(value: Value) -> bool:
    return isinstance(value, str) and not value.strip()


def _title(note: Note, ctx: Context) -> str:
    """The title that the note's text or its file name gives; empty if neither does."""
    book = note.front.value("BookTitle") if note.front is not None else None
    if isinstance(book, str) and book.strip():
        return book.strip()
    return _heading_title(note, ctx) or _stem_title(note.stem, ctx.options["placeholders"])


def _heading_title(note: Note, ctx: Context) -> str:
    if not _MAY_HOLD_HEADING.search(note.text, note.body_start):
        return ""
    headings = note.body.headings
    top = [heading for heading in headings if heading.level == 1]
    if len(top) != 1 or top[0] is not headings[0]:
        return ""
    heading, languages = top[0], ctx.config.vault.links.languages
    start = heading.span.start
    if start > note.body_start and note.text[start - 1] not in "\n\ufeff":
        return ""  # it stands in a quote or a list
    title = _unmarked(heading.text)
    sections = {section.casefold() for section in ctx.options["sections"]}
    if title.rstrip(" :.").casefold() in sections or day_mark(heading.text, languages):
        return ""
    if note.kind == CONFERENCE:
        sessions = sessions_of(headings, len(note.text), date=None, languages=languages)
        if any(session.span.start == start and session.kind for session in sessions):
            return ""
    return title


_MAY_HOLD_HEADING = re.compile("(?:^|(?<=\ufeff))#|^=+[ \t]*\r?$", re.MULTILINE)
_WRAPPED = re.compile(r"(\*\*\*|\*\*|\*|__|_|==)(?=\S)(.+)(?<=\S)\1")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def _unmarked(heading: str) -> str:
    """A heading's text without links, emphasis around all of it, and escapes."""
    text = flatten(heading)
    while (wrapped := _WRAPPED.fullmatch(text)) and wrapped[1] not in wrapped[2]:
        text = wrapped[2]
    return text if "$" in text or "`" in text else _ESCAPE.sub(r"\1", text)


def _stem_title(stem: str, placeholders: Sequence[str]) -> str:
    # macOS may hand out decomposed names; a title has to be the same on every machine.
    stem = unicodedata.normalize("NFC", stem).strip()
    names = {name.casefold() for name in placeholders}
    if stem.startswith("@") or canonical_arxiv(stem) or stem.rstrip(" 0123456789").casefold() in names:
        return ""
    return stem


@rule(
    "fm-required",
    owns="*",
    examples=(
        Example(
            "What every paper note has.",
            before="---\ntitle: Optimal Brain Damage\nyear: 1989\n---\n",
            after="---\ntitle: Optimal Brain Damage\nyear: 1989\ntags:\n  - paper\n---\n",
        ),
        Example(
            "A note without front matter gets some.",
            before="# ICASSP 2025\n",
            after="---\ntags:\n  - conference\n---\n# ICASSP 2025\n",
            path="Conferences/ICASSP 2025.md",
        ),
        Example(
            "Your own defaults, in the kind's order.",
            before="---\ntitle: A\ntags: [paper]\n---\n",
            after="---\ntitle: A\nvenue:\ncategory: unread\ntags: [paper]\n---\n",
            files={
                "config.toml": '[kinds.paper]\nrequired = ["venue"]\ndefaults = {category = "unread"}\n',
            },
        ),
        Example("A property that is there stays, even if empty.", before="---\ntitle: A\ntags:\n---\n"),
        Example("Notes of no kind get nothing.", before="Milk, eggs.\n", path="Daily/2025-04-06.md"),
        Example(
            "Front matter that is not at the top is none to Obsidian.",
            before="\n---\ntitle: A\n---\n",
            problem="front matter counts only from the first line on",
        ),
    ),
)
def fm_required(note: Note, ctx: Context) -> Iterator[Finding]:
    """Add the properties that every note of the kind has, with the kind's default values or empty.

    They are `required` and `defaults` of `[kinds.<name>]`: `title` and `tags` for conference and paper notes.
    A property that is there is never changed, an empty one is not filled, and a title is left to `fm-title`
    where that finds one. A note without front matter gets a block; an empty note is left alone.
    """
    kind, front = ctx.config.kind, editable(note)
    if front is None and note.front is not None:
        return
    keys = {prop.key for prop in front.properties} if front is not None else set()
    if keys.issuperset(kind.required) and keys.issuperset(kind.defaults):
        return
    wanted = dict.fromkeys(kind.required) | {key: _as_value(value) for key, value in kind.defaults.items()}
    present = {key.casefold() for key in keys}
    present |= {SUCCESSORS[key] for key in present if key in SUCCESSORS}
    missing = {key: value for key, value in wanted.items() if key.casefold() not in present}
    if not missing:
        return
    if front is None and _holds_back(note):
        if _is_displaced(note):
            yield note.problem(
                note.body_start,
                "fm-required",
                "front matter counts only from the first line on",
                "delete the blank lines above it",
            )
        return
    if missing.get("title", "") is None and _title(note, _with_title_options(ctx)):
        del missing["title"]
    ranks = _ranks(tuple(kind.order))
    missing = dict(sorted(missing.items(), key=lambda entry: ranks.get(entry[0], len(ranks))))
    if front is None:
        yield from attempt(note, "fm-required", lambda: new_block(note.text, missing, note.eol))
    else:
        yield from attempt(note, "fm-required", lambda: _inserted(note, front, missing, kind.order))


def _with_title_options(ctx: Context) -> Context:
    """The context as `fm-title` sees it, so that both rules agree on whether there is a title."""
    defaults = {option.name: option.default for option in fm_title.options}
    return Context(ctx.index, ctx.config, {**defaults, **ctx.config.options.get(fm_title.id, {})})


def _as_value(value: object) -> Value:
    """A default from `config.toml` as YAML has it: TOML's dates are text there."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list):
        return [_as_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_value(item) for key, item in value.items()}
    return value if isinstance(value, bool | int | float | str) else None


def _holds_back(note: Note) -> bool:
    """Whether a note without front matter should not be given any."""
    return not note.text.strip("\ufeff \t\r\n") or _is_displaced(note)


def _is_displaced(note: Note) -> bool:
    """Whether a block stands below blank lines; one above it would lock it in where nothing reads it."""
    return find_front_matter(note.text.lstrip("\ufeff \t\r\n")) is not None


def _inserted(
    note: Note, front: FrontMatter, missing: Mapping[str, Value], order: Sequence[str]
) -> list[TextEdit]:
    """New entries, each before the first one that the order puts after it; raises `CannotEdit`."""
    if front.json:
        return _inserted_into_json(note, missing)
    ranks = _ranks(tuple(order))
    edits = []
    for key, value in missing.items():
        [appended] = set_property(note.text, front, key, value)
        rank = ranks.get(key, len(order))
        after = [i for i, p in enumerate(front.properties) if ranks.get(p.key, len(order)) > rank]
        edits.append(_moved(note.text, front, appended, after[0]) if after else appended)
    read = parse_front_matter(apply_edits(note.text, edits))
    if read is None or read.error is not None or not _has(read, {**front.values(), **missing}):
        raise CannotEdit("the block can't take a new property", front.content.start)
    return edits


def _inserted_into_json(note: Note, missing: Mapping[str, Value]) -> list[TextEdit]:
    """New entries at the end of a `{}` block, as one edit: each has to know of the comma before it."""
    text = note.text
    for key, value in missing.items():
        front = parse_front_matter(text)
        if front is None:
            raise CannotEdit("the block can't take a new property", 0)
        text = apply_edits(text, set_property(text, front, key, value))
    start = next(i for i, (old, new) in enumerate(zip(note.text, text, strict=False)) if old != new)
    added = len(text) - len(note.text)
    return [TextEdit(start, start, text[start : start + added])]


def _has(front: FrontMatter, values: Mapping[str, Value]) -> bool:
    return len(front.properties) == len(values) and all(
        key in values and same_value(value, values[key]) for key, value in front.values().items()
    )


def _moved(text: str, front: FrontMatter, appended: TextEdit, index: int) -> TextEdit:
    """A new entry before the entry `index` and the comment lines that belong to that one."""
    if index > 0:
        at = tail_end(text, front, index - 1)
        return TextEdit(at, at, appended.text)
    place = front.properties[0].span.start
    while place > front.content.start:
        above = text.rfind("\n", 0, place - 1) + 1
        if not text[above:place].lstrip(" \t").startswith("#"):
            break
        place = above
    # Before the line end above it, so that it doesn't touch an edit to the first key in the same pass.
    eol = "\r\n" if text.startswith("\r\n", place - 2) else "\n"
    at = place - len(eol)
    return TextEdit(at, at, eol + appended.text.removesuffix("\n").removesuffix("\r"))


@rule(
    "fm-order",
    edits=True,
    examples=(
        Example(
            "The kind's properties first, in its order; comments and lists move with their property.",
            before="---\nrating: 5\ntags: [paper]\n# as printed\ntitle: Optimal Brain Damage\nauthors:\n"
            "  - Yann LeCun\n---\n",
            after="---\n# as printed\ntitle: Optimal Brain Damage\nauthors:\n  - Yann LeCun\ntags: [paper]\n"
            "rating: 5\n---\n",
        ),
        Example(
            "Comments that blank lines set apart stay at the head and at the tail.",
            before="---\n# imported\n\ntags: [paper]\ntitle: A\n\n# end\n---\n",
            after="---\n# imported\n\ntitle: A\ntags: [paper]\n\n# end\n---\n",
        ),
        Example(
            "The same in a block in braces.",
            before='---\n{"rating": 5, "tags": ["paper"], "title": "A"}\n---\n',
            after='---\n{"title": "A", "tags": ["paper"], "rating": 5}\n---\n',
        ),
        Example("What is in order stays.", before="---\ntitle: A\ntags: [paper]\nrating: 5\nadded: x\n---\n"),
        Example("Notes of no kind have no order.", before="---\ntags: [a]\ntitle: A\n---\n", path="Home.md"),
    ),
)
def fm_order(note: Note, ctx: Context) -> Iterator[Finding]:
    """Put the properties into the order of the note's kind; the others follow as they stand.

    The order is `order` of `[kinds.<name>]`. A property moves with its whole value, the comment lines
    right above it and the comments inside it; blank lines stay, and so do the comments that they set apart at
    the head and at the tail. In a `{}` block the properties change places, and commas and lines stay. No
    value changes. A `{}` block with comments, and one where an alias would come before its anchor, stay as
    they are.
    """
    order = ctx.config.kind.order
    front = editable(note) if order else None
    if front is None:
        return
    ranks, last = _ranks(tuple(order)), len(order)
    now = [ranks.get(prop.key, last) for prop in front.properties]
    if now != sorted(now):
        yield from attempt(note, "fm-order", lambda: order_properties(note.text, front, order))


@lru_cache(maxsize=64)
def _ranks(order: tuple[str, ...]) -> Mapping[str, int]:
    return {key: rank for rank, key in reversed(list(enumerate(order)))}
