"""The rule for titles (`fm-title`): taken from what Obsidian shows of the note, its heading or its name."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence

from vaultsync.core.config.kinds import CONFERENCE
from vaultsync.core.frontmatter.property_edits import new_block, set_property
from vaultsync.core.frontmatter.unread_block import foreign_front_matter
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.links.sessions import sessions_of
from vaultsync.core.markdown import flatten
from vaultsync.core.note import Note
from vaultsync.core.papers.identifiers import canonical_arxiv
from vaultsync.core.rules.fm_lists import swallowed
from vaultsync.core.rules.new_properties import holds_back, inserted
from vaultsync.core.rules.rule import Context, Example, Finding, Option, attempt, editable, rule
from vaultsync.core.text.day_headings import day_mark

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
    evidence="A tag, a folder or `type` gives the note a kind that has a title, and its `title` is missing"
    " or empty.",
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
        Example(
            "A heading is taken as it is shown; a query or a template's mark is none.",
            before="---\ntags: [paper]\n---\n# R&amp;D of *T5*\n",
            after="---\ntitle: R&D of *T5*\ntags: [paper]\n---\n# R&amp;D of *T5*\n",
            path="Reading/t5.md",
        ),
        Example(
            "A heading that is filled in by a query is none.",
            before="---\nTAGS: [paper]\n---\n# `=this.file.name`\n",
            after="---\ntitle: T5\nTAGS: [paper]\n---\n# `=this.file.name`\n",
            path="Reading/T5.md",
        ),
        Example(
            "What another program reads as front matter is left to it.",
            before='+++\ntitle = "Adam"\n+++\nText.\n',
            problem="that is no front matter to Obsidian, so nothing is added",
        ),
        Example(
            "And so is an object of JSON.",
            before='{\n  "title": "Adam"\n}\n\nText.\n',
            problem="this note begins with `{`: that is no front matter to Obsidian",
        ),
        Example("Notes of no kind have no need of a title.", before="# Shopping\n", path="Home.md"),
        Example(
            "An identifier alone makes a note a paper for links, and asks for nothing.",
            before="---\ndoi: 10.1000/182\n---\n",
            path="Reading/Handbook.md",
        ),
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
        if note.front is None and (fence := foreign_front_matter(note.text)):
            yield note.problem(
                1 if note.text.startswith("\ufeff") else 0,
                "fm-title",
                f"this note begins with `{fence}`: that is no front matter to Obsidian, so nothing is added",
                "write it between lines of `---` if Obsidian is to read it",
            )
        elif note.front is None and not holds_back(note) and (title := title_of(note, ctx)):
            yield from attempt(note, "fm-title", lambda: new_block(note.text, {"title": title}, note.eol))
        return
    prop = front.get("title")
    if prop is None:
        if title := title_of(note, ctx):
            yield from attempt(
                note, "fm-title", lambda: inserted(note, front, {"title": title}, ctx.config.kind.order)
            )
    elif prop.value is None or _is_blank(prop.value):
        if comment := swallowed(note, prop.value_span.end) if prop.value is None else "":
            yield note.problem(
                note.text.index("#", prop.value_span.end),
                "fm-title",
                f'YAML reads "{comment}" as a comment, so the title is empty',
                f'if it is the title, write title: "{comment}"',
            )
        elif title := title_of(note, ctx):
            yield from attempt(note, "fm-title", lambda: set_property(note.text, front, "title", title))


def _is_blank(value: Value) -> bool:
    return isinstance(value, str) and not value.strip()


def title_of(note: Note, ctx: Context) -> str:
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
    if not title or _UNFILLED.search(heading.text):
        return ""
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
_ESCAPED_OR_ENTITY = re.compile(
    r"\\([!-/:-@\[-`{-~])|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
)
# A query of Dataview's, or the mark of a template that was never filled in.
_UNFILLED = re.compile(r"`\s*\$?=|<%|\{\{|\{%")


def _unmarked(heading: str) -> str:
    """A heading's text without links, emphasis around all of it, and escapes."""
    text = flatten(heading)
    while (wrapped := _WRAPPED.fullmatch(text)) and wrapped[1] not in wrapped[2]:
        text = wrapped[2]
    return text if "$" in text or "`" in text else _ESCAPED_OR_ENTITY.sub(_as_shown, text)


def _as_shown(found: re.Match[str]) -> str:
    """An escaped sign without its backslash, an entity as the character that it stands for."""
    return found[1] or html.unescape(found.group())


def _stem_title(stem: str, placeholders: Sequence[str]) -> str:
    # macOS may hand out decomposed names; a title has to be the same on every machine.
    stem = unicodedata.normalize("NFC", stem).strip()
    names = {name.casefold() for name in placeholders}
    if stem.startswith("@") or canonical_arxiv(stem) or stem.rstrip(" 0123456789").casefold() in names:
        return ""
    return stem
