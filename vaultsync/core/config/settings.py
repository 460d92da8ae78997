"""The settings: each section's keys with their types, defaults, meaning and limits, and the built-in kinds.

These structures are the only list of settings. Reading `config.toml` (`config_file`), the commented
file that `vaultsync init` writes and `vaultsync config` all walk over them. Their annotations hold functions,
so they are evaluated as they stand: as text they would lose sight of this module's names.
"""

import keyword
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from vaultsync.core.config.checks import (
    A_DURATION,
    A_FOLDER,
    LANGUAGES,
    LONGEST,
    PATTERNS,
    SHORT,
    are_files,
    are_patterns,
    is_duration,
    is_file,
    is_folder,
    is_one_line,
    is_positive,
    known_languages,
)
from vaultsync.core.config.kinds import OTHER_WORKS
from vaultsync.core.config.toml import to_toml
from vaultsync.core.history.messages import (
    PERSON_FIELDS,
    PERSON_MESSAGE,
    TOOL_FIELDS,
    TOOL_MESSAGE,
    TemplateError,
    check_template,
)

PROPERTY_TYPES = ("text", "list", "number", "checkbox", "date", "datetime", "tags", "aliases")


class Doc(msgspec.Struct, frozen=True):
    """What a setting means, in the words that `init` and `config` print, and what its value must satisfy."""

    text: str
    valid: Callable[[Any], bool] | None = None
    expected: str = ""


def _named(fields: Iterable[str]) -> str:
    return ", ".join("{" + name + "}" for name in fields)


def _is_template(text: str, fields: Iterable[str]) -> bool:
    try:
        check_template(text, fields)
    except TemplateError:
        return False
    return is_one_line(text)


class VaultSection(msgspec.Struct, frozen=True):
    """`[vault]`: which files are notes."""

    ignore: Annotated[
        list[str], Doc("Files and folders to leave alone, in gitignore syntax.", are_patterns, PATTERNS)
    ] = []
    templates: Annotated[
        list[str],
        Doc("Folders that hold templates; their notes are left alone.", are_patterns, PATTERNS),
    ] = msgspec.field(default_factory=lambda: ["Templates"])
    inbox: Annotated[
        str, Doc("The folder whose new files the daemon imports; empty turns that off.", is_folder, A_FOLDER)
    ] = "Inbox"
    papers: Annotated[str, Doc("The folder in which `import` makes paper notes.", is_folder, A_FOLDER)] = (
        "Papers"
    )
    conferences: Annotated[
        str, Doc("The folder in which `import` makes conference notes.", is_folder, A_FOLDER)
    ] = "Conferences"
    import_template: Annotated[
        str,
        Doc(
            "A file of the vault: the template (Jinja2) of imported papers' bodies; empty: ours.",
            is_file,
            f"a file of the vault, such as `Templates/paper.txt`, not hidden and not outside, {SHORT}",
        ),
    ] = ""


class KindSection(msgspec.Struct, frozen=True):
    """`[kinds.<name>]`: how a kind of note is recognised and what its front matter looks like."""

    tags: Annotated[
        list[str], Doc("A note with one of these tags, or with it as `type`, is of this kind.")
    ] = []
    folders: Annotated[
        list[str],
        Doc(
            "Otherwise a note in one of these folders (gitignore syntax); the innermost counts.",
            are_patterns,
            PATTERNS,
        ),
    ] = []
    weak_tags: Annotated[
        list[str],
        Doc("Everyday words: so tagged, a note is of this kind if a heading of it names a talk or a day."),
    ] = []
    other_types: Annotated[
        list[str], Doc("A note with one of these as `type` is not of this kind, whatever else it has.")
    ] = []
    properties: Annotated[
        list[str],
        Doc("Otherwise a note that has one of these properties; it is linked, and its properties stay."),
    ] = []
    order: Annotated[list[str], Doc("The properties in their order; the rest follow as they stand.")] = []
    required: Annotated[list[str], Doc("Properties that every note of the kind has, even if empty.")] = []
    types: Annotated[
        dict[str, str],
        Doc(
            "The types of the properties, where .obsidian/types.json does not say.",
            lambda v: all(t in PROPERTY_TYPES for t in v.values()),
            "each one of " + ", ".join(PROPERTY_TYPES),
        ),
    ] = {}
    defaults: Annotated[dict[str, Any], Doc("Values for properties that are missing.")] = {}


class LinksSection(msgspec.Struct, frozen=True):
    """`[links]`: mentions, links and the blocks that list them."""

    languages: Annotated[
        list[str],
        Doc(
            "Languages of weekday and month names, as CLDR knows them.",
            known_languages,
            'language codes such as "de" or "en"',
        ),
    ] = msgspec.field(default_factory=lambda: list(LANGUAGES))
    in_: Annotated[
        list[str],
        Doc(
            "The kinds of notes in which papers are linked and mentioned.",
            lambda v: "paper" not in v,
            "names of kinds other than paper",
        ),
    ] = msgspec.field(default_factory=lambda: ["conference"])
    stop_words: Annotated[list[str], Doc("Names that are never linked, beside the built-in list.")] = []
    heading: Annotated[str, Doc("The heading of a paper note's list of mentions.")] = "Mentioned in"
    papers_heading: Annotated[str, Doc("The heading of a conference note's list of papers.")] = "Papers"
    heading_level: Annotated[int, Doc("The level of both headings.", lambda v: 1 <= v <= 6, "1 to 6")] = 2
    quotes: Annotated[bool, Doc("Quote the bullet or sentence that mentions the paper.")] = True
    position: Annotated[
        str, Doc("Where a new block goes.", lambda v: v in ("end", "start"), '"end" or "start"')
    ] = "end"


class GitSection(msgspec.Struct, frozen=True):
    """`[git]`: what is committed, and with which words."""

    commit: Annotated[bool, Doc("Commit the person's edits and the tool's.")] = True
    author: Annotated[
        str,
        Doc(
            "The author of the tool's commits, `Name <address>`; empty: git's own.",
            lambda v: not v or (is_one_line(v) and re.fullmatch(r"[^<>]+ <[^<>]*>", v) is not None),
            '"Name <address>"',
        ),
    ] = ""
    person_message: Annotated[
        str,
        Doc(
            f"The subject for the person's edits; with {_named(PERSON_FIELDS)}.",
            lambda v: _is_template(v, PERSON_FIELDS),
            f"a text with fields out of {_named(PERSON_FIELDS)}",
        ),
    ] = PERSON_MESSAGE
    tool_message: Annotated[
        str,
        Doc(
            f"The subject for the tool's edits; with {_named(TOOL_FIELDS)}.",
            lambda v: _is_template(v, TOOL_FIELDS),
            f"a text with fields out of {_named(TOOL_FIELDS)}",
        ),
    ] = TOOL_MESSAGE
    max_file: Annotated[
        int,
        Doc("New files of more bytes than this are left out of commits.", is_positive, "a positive number"),
    ] = 10_000_000
    timeout: Annotated[float, Doc("Seconds that one git command may take.", is_duration, A_DURATION)] = 120.0


class ViewsSection(msgspec.Struct, frozen=True):
    """`[views]`: files that show the vault."""

    bases: Annotated[
        bool, Doc("Keep Papers.base and Conferences.base in step with these settings (Obsidian 1.9).")
    ] = False


class WatchSection(msgspec.Struct, frozen=True):
    """`[watch]`: when the daemon looks."""

    quiet: Annotated[
        float, Doc("Seconds without a change before a note is looked at.", is_duration, A_DURATION)
    ] = 30.0
    max_wait: Annotated[
        float, Doc("Seconds after which it is looked at in any case.", is_duration, A_DURATION)
    ] = 600.0
    polling: Annotated[
        str,
        Doc(
            "Compare the files instead of being told.",
            lambda v: v in ("auto", "always"),
            '"auto" or "always"',
        ),
    ] = "auto"
    rescan: Annotated[
        float,
        Doc(
            "Seconds between full scans, about.",
            lambda v: is_duration(v) and v >= 10,
            f"10 to {LONGEST:,.0f}",
        ),
    ] = 3600.0


class SyncSection(msgspec.Struct, frozen=True):
    """`[sync]`: exchanging commits with a remote, and so with other devices."""

    on: Annotated[bool, Doc("Let the daemon sync by itself; `vaultsync sync` does it at any time.")] = False
    every: Annotated[
        float, Doc("Seconds between the daemon's looks at the remote, about.", lambda v: v >= 5, "at least 5")
    ] = 300.0
    push: Annotated[bool, Doc("Give the commits of this device to the remote, too.")] = True
    remote: Annotated[
        str,
        Doc(
            "The remote's name, for a branch that follows none; empty: the one that it follows.",
            lambda v: re.fullmatch(r"(?!-)[\w./-]*", v) is not None,
            'a name such as "origin"',
        ),
    ] = ""
    copies: Annotated[bool, Doc("Merge the copies that other sync tools leave beside a note.")] = False


class LimitsSection(msgspec.Struct, frozen=True):
    """`[limits]`: what a run may do unasked."""

    share: Annotated[
        float,
        Doc(
            "The share of the notes that one run may change.", lambda v: 0 < v <= 1, "more than 0, at most 1"
        ),
    ] = 0.5
    notes: Annotated[
        int, Doc("A run that changes no more notes than this is never stopped.", is_positive, "at least 1")
    ] = 20
    note_size: Annotated[
        int, Doc("Notes larger than this many bytes are left alone.", is_positive, "a positive number")
    ] = 5_000_000


class ApiSection(msgspec.Struct, frozen=True):
    """`[api]`: what the daemon serves to Obsidian's plugin, on this machine alone."""

    on: Annotated[bool, Doc("Let the Obsidian plugin ask the daemon, on a port of this machine.")] = True


class ImportSection(msgspec.Struct, frozen=True):
    """`[import]`: what is imported, and sources that the daemon imports again whenever they change."""

    watch: Annotated[
        list[str],
        Doc(
            "Files of the vault that another program writes, such as Zotero's `refs.bib`.",
            are_files,
            f"files of the vault, such as `refs.bib`, not hidden and not outside, {SHORT}",
        ),
    ] = []
    records: Annotated[
        int,
        Doc(
            "A file with more records of papers than this is not imported, nor any part of it.",
            lambda v: 1 <= v <= 1_000_000,
            "1 to 1000000",
        ),
    ] = 20_000


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "vault": VaultSection,
    "links": LinksSection,
    "git": GitSection,
    "views": ViewsSection,
    "watch": WatchSection,
    "sync": SyncSection,
    "api": ApiSection,
    "import": ImportSection,
    "limits": LimitsSection,
}


def field_of(key: str) -> str:
    """The name of a setting in its section's class: its own, where Python allows that."""
    return f"{key}_" if keyword.iskeyword(key) else key


def attribute_of(section: str) -> str:
    """The name of a section's settings in `Config`: its own, where Python allows that."""
    return "imports" if section == "import" else section


DEFAULT_KINDS: dict[str, KindSection] = {
    "conference": KindSection(
        tags=["conference"],
        weak_tags=["workshop", "event"],
        folders=["Conferences"],
        order=["title", "aliases", "tags", "date", "end", "location", "url"],
        required=["title"],
        types={
            "title": "text",
            "aliases": "aliases",
            "tags": "tags",
            "date": "date",
            "end": "date",
            "location": "text",
            "url": "text",
        },
    ),
    "paper": KindSection(
        tags=["paper"],
        folders=["Papers"],
        other_types=list(OTHER_WORKS),
        properties=["arxiv", "doi", "citekey"],
        order=[
            "title",
            "aliases",
            "authors",
            "year",
            "date",
            "venue",
            "arxiv",
            "doi",
            "url",
            "citekey",
            "category",
            "tags",
        ],
        required=["title"],
        types={
            "title": "text",
            "aliases": "aliases",
            "authors": "list",
            "year": "number",
            "date": "date",
            "venue": "text",
            "arxiv": "text",
            "doi": "text",
            "url": "text",
            "citekey": "text",
            "category": "text",
            "tags": "tags",
        },
    ),
}

NO_KIND = KindSection()

DATE_PROPERTIES = ("date", "created", "modified", "updated", "published")
"""Properties that hold dates by the default of `fm-dates`."""


def type_name(wanted: Any) -> str:
    """The name of a setting's type in a message."""
    if get_origin(wanted) is list:
        return "a list of texts"
    names = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
    return names.get(wanted, "a table")


def settings() -> Iterator[tuple[str, str, Any, Doc]]:
    """Each setting of the fixed sections: section, key, default, documentation; in the order of the file."""
    for section, cls in SECTIONS.items():
        hints, defaults = get_type_hints(cls, include_extras=True), cls()
        for field in cls.__struct_fields__:
            yield section, field.rstrip("_"), getattr(defaults, field), get_args(hints[field])[1]


def default_config() -> str:
    """The text of a new `config.toml`: every setting with its meaning and its default, commented out."""
    lines = [
        "# vaultsync's settings for this vault. A line without its `# ` overrides the default that it shows.",
        "# `vaultsync config` tells which values hold and where they come from.",
    ]
    section = ""
    for name, key, default, doc in settings():
        if name != section:
            section = name
            lines += ["", f"[{name}]"]
        lines += [f"# {doc.text}", f"# {key} = {to_toml(default)}"]
    lines += [
        "",
        "# The kinds of notes. A new kind is a new table.",
    ]
    for name, kind in DEFAULT_KINDS.items():
        lines += ["", f"[kinds.{name}]"]
        hints = get_type_hints(KindSection, include_extras=True)
        for key in KindSection.__struct_fields__:
            lines += [f"# {get_args(hints[key])[1].text}", f"# {key} = {to_toml(getattr(kind, key))}"]
    lines += [
        "",
        "# Rules, by id: `vaultsync rules` lists them. `false` switches one off, a table sets its options;",
        "# `true` switches one on that is off by default.",
        "[rules]",
        "# fm-order = true",
        "# Problems that you leave as they are: a rule's id, or `ID:PATTERN` (gitignore syntax) for some,",
        '# such as "fm-tags:/Old/". Only `fix --all` and `fix --json` tell them; no exit code counts them.',
        "# accept = []",
        "",
        "# What holds in one folder (gitignore syntax).",
        '# [folders."Archive/"]',
        '# kind = "note"',
        "# rules = {fm-title = false}",
    ]
    return "\n".join(lines) + "\n"
