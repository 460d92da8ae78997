"""Obsidian Bases of papers and of conferences, as the text of `.base` files.

A base follows from the settings alone: which notes it shows, how often a paper was mentioned and where, is
found by Obsidian itself when it shows it. So no note needs a property of ours, and nothing changes when notes
do. The language is that of Obsidian's help, "Bases syntax" and "Functions" (1.9 and later).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vaultsync.core.config.config import Config
from vaultsync.core.config.kinds import CONFERENCE, PAPER
from vaultsync.core.config.settings import NO_KIND
from vaultsync.core.frontmatter.yaml_values import Value, emit_mapping

PAPERS_BASE = "Papers.base"
CONFERENCES_BASE = "Conferences.base"
IN_THIS_NOTE = "In this note"
"""The view of both bases that is made to be embedded: what the note around it links to."""


def base_texts(config: Config) -> dict[str, str]:
    """The bases by their file names."""
    return {PAPERS_BASE: papers_base(config), CONFERENCES_BASE: conferences_base(config)}


def papers_base(config: Config) -> str:
    """The papers: what to read, by status, as cards, never mentioned, and those of the note around it."""
    columns = ["note.title", "formula.mentions", "formula.conferences", "note.year", "note.venue"]
    return emit_mapping(
        {
            "filters": _shown(config, PAPER),
            "formulas": {
                "conferences": _links_to(config, CONFERENCE),
                "mentions": "formula.conferences.length",
                "reading": 'if(note.status, note.status, "unread")',
            },
            "properties": {
                "file.name": {"displayName": "Note"},
                "note.title": {"displayName": "Title"},
                "note.year": {"displayName": "Year"},
                "note.venue": {"displayName": "Venue"},
                "note.rating": {"displayName": "Rating"},
                "formula.conferences": {"displayName": "Mentioned in"},
                "formula.mentions": {"displayName": "Conferences"},
                "formula.reading": {"displayName": "Status"},
            },
            "views": [
                {
                    "type": "table",
                    "name": "Reading list",
                    "filters": 'formula.reading.toString().lower() == "unread"',
                    "order": ["file.name", *columns],
                    "sort": [_sorted("formula.mentions", "DESC"), _sorted("file.name")],
                    "summaries": {"formula.mentions": "Sum"},
                },
                {
                    "type": "table",
                    "name": "By status",
                    "groupBy": _sorted("formula.reading"),
                    "order": ["file.name", "note.rating", *columns],
                    "sort": [_sorted("note.rating", "DESC"), _sorted("file.name")],
                },
                {
                    "type": "cards",
                    "name": "Cards",
                    "order": ["note.title", "formula.reading", "formula.mentions", "note.venue", "note.year"],
                    "sort": [_sorted("formula.mentions", "DESC"), _sorted("file.name")],
                },
                {
                    "type": "table",
                    "name": "Never mentioned",
                    "filters": "formula.mentions == 0",
                    "order": ["file.name", "note.title", "formula.reading", "note.year", "note.venue"],
                    "sort": [_sorted("file.name")],
                },
                {
                    "type": "table",
                    "name": IN_THIS_NOTE,
                    "filters": "this.file.hasLink(file)",
                    "order": ["file.name", "formula.reading", *columns],
                    "sort": [_sorted("file.name")],
                },
            ],
        }
    )


def conferences_base(config: Config) -> str:
    """The conferences by date: when, where, which papers; and those of the note around it."""
    columns = ["file.name", "note.date", "note.location", "formula.count", "formula.papers"]
    newest = [_sorted("note.date", "DESC"), _sorted("file.name")]
    return emit_mapping(
        {
            "filters": _shown(config, CONFERENCE),
            "formulas": {"papers": _links_to(config, PAPER), "count": "formula.papers.length"},
            "properties": {
                "file.name": {"displayName": "Conference"},
                "note.date": {"displayName": "Date"},
                "note.location": {"displayName": "Place"},
                "formula.papers": {"displayName": "Papers"},
                "formula.count": {"displayName": "Number of papers"},
            },
            "views": [
                {
                    "type": "table",
                    "name": "By date",
                    "order": [*columns],
                    "sort": [*newest],
                    "summaries": {"formula.count": "Sum"},
                },
                {"type": "cards", "name": "Cards", "order": [*columns], "sort": [*newest]},
                {
                    "type": "table",
                    "name": IN_THIS_NOTE,
                    "filters": "this.file.hasLink(file)",
                    "order": [*columns],
                    "sort": [*newest],
                },
            ],
        }
    )


def _sorted(prop: str, direction: str = "ASC") -> dict[str, Value]:
    return {"property": prop, "direction": direction}


def _shown(config: Config, kind: str) -> Value:
    """Which files a base has: the notes of the kind, no templates."""
    templates = [folder.strip("/") for folder in config.vault.templates if folder.strip("/")]
    filters: list[Value] = ['file.ext == "md"']
    filters += (f"!file.inFolder({_quoted(folder)})" for folder in templates)
    signs = _signs(config, kind, "file", with_type=True)
    for glob, table in config.folders.items():  # a folder's own kind goes before all else
        if (own := table.get("kind")) == kind:
            signs += _folder_signs([glob], "file")
        elif isinstance(own, str):
            filters += (f"!({sign})" for sign in _folder_signs([glob], "file"))
    return {"and": [*filters, {"or": [*signs]} if signs else "false"]}


def _links_to(config: Config, kind: str) -> str:
    """A formula: the links of a note to notes of the kind, each once.

    An unresolved link has no file, and is none.
    """
    signs = " || ".join(_signs(config, kind, "value.asFile()", with_type=False)) or "false"
    return f"file.links.filter(if(value.asFile(), {signs}, false)).unique()"


def _signs(config: Config, kind: str, file: str, *, with_type: bool) -> list[str]:
    """The expressions of which one is true for a note of the kind: its tag, its `type`, its folder.

    Of an everyday tag the second sign is a date, since Bases know no headings. A folder counts for nothing
    where the note's `type` says that it is another work.
    """
    settings = config.kinds.get(kind, NO_KIND)
    tags, weak, others = (
        ", ".join(map(_quoted, words)) for words in (settings.tags, settings.weak_tags, settings.other_types)
    )
    signs = [f"{file}.hasTag({tags})"] if tags else []
    if tags and with_type:
        signs.append(f"list(note.type).containsAny({tags})")
    if weak:
        signs.append(f"({file}.hasTag({weak}) && {file}.properties.date)")
    folders = _folder_signs(settings.folders, file)
    if others and with_type:
        folders = [f"({sign}) && !list(note.type).containsAny({others})" for sign in folders]
    return [*signs, *folders]


def _folder_signs(patterns: Sequence[str], file: str) -> list[str]:
    """The same for folders in gitignore syntax: at the root, at any depth, with wildcards, taken out."""
    signs = [_folder_sign(pattern, file) for pattern in patterns if pattern.strip("/!")]
    wanted = [sign for sign in signs if not sign.startswith("!")]
    if len(wanted) == len(signs):
        return wanted
    unwanted = [sign for sign in signs if sign.startswith("!")]
    return [" && ".join([f"({' || '.join(wanted)})", *unwanted])] if wanted else []


def _folder_sign(pattern: str, file: str) -> str:
    negated, pattern = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    plain = pattern.strip("/")
    anchored = "/" in pattern.rstrip("/")
    if re.fullmatch(r"[^*?\[\]\\]+", plain):
        if anchored:
            return f"{negated}{file}.inFolder({_quoted(plain)})"
        return f'{negated}("/" + {file}.folder + "/").contains({_quoted(f"/{plain}/")})'
    return f"{negated}/{_expression(plain, anchored=anchored)}/.matches({file}.path)"


def _expression(pattern: str, *, anchored: bool) -> str:
    """A gitignore pattern of folders as a regular expression for the paths of the files in them."""
    forms = {"**/": r"(?:.*\/)?", "**": ".*", "*": r"[^\/]*", "?": r"[^\/]", "/": r"\/"}
    parts = re.findall(r"\*\*/|\*\*|[*?/]|\[!?[^\[\]/]+\]|\\?.", pattern)
    inner = "".join(
        forms[part]
        if part in forms
        else part.replace("[!", "[^", 1)
        if part.startswith("[") and len(part) > 1
        else re.escape(part[-1])
        for part in parts
    )
    return ("^" if anchored else r"(?:^|\/)") + inner + r"\/"


def _quoted(text: str) -> str:
    """A text literal of the formula language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
