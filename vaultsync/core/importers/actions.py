"""What an import does to a vault, as values: notes that are made, completed, left as they are or left out."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.importers.list_links import ListedNote
from vaultsync.core.importers.note_links import NoteLinks
from vaultsync.core.importers.record import Skipped


class NewNote(msgspec.Struct, frozen=True):
    """A note to be made at `path`, where there is none; `kind` is `paper` or `conference`."""

    path: str
    text: str
    kind: str = "paper"


class Complete(msgspec.Struct, frozen=True):
    """Properties for the note at `path` that it lacks; `source`, if among them, is the whole list.

    `body` is for a stub with nothing below its properties: what a new note would have there. `refresh` are
    properties that the source says otherwise than the note does: for those that no person has touched.
    `renamed` is the path that a stub gets now that its title is known. `again`: nobody asks for it just now.
    """

    path: str
    properties: dict[str, Value]
    body: str = ""
    refresh: dict[str, Value] = {}
    renamed: str = ""
    again: bool = False


class StaysAway(msgspec.Struct, frozen=True):
    """A paper whose note, which an import had made at `path`, was taken back or deleted."""

    path: str


class LinkItems(msgspec.Struct, frozen=True):
    """A reading list that lies in the vault: its items lead to the notes that they became."""

    path: str
    listed: tuple[ListedNote, ...]
    links: NoteLinks


class Unchanged(msgspec.Struct, frozen=True):
    """The note at `path` has all that the source says; a conference note, if `text` is what it came from."""

    path: str
    text: str = ""


Action: TypeAlias = NewNote | Complete | StaysAway | LinkItems | Unchanged | Skipped | Problem
