"""A note as a value: the bytes of one Markdown file, decoded, with its front matter and its kind.

`read_note` is the door between the disk and the core: bytes in, a `Note` or a `Problem` out. A note that
can't be decoded is never half understood. Its front matter and its body are parsed only when somebody asks.
"""

from __future__ import annotations

import re
import zlib
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.frontmatter.block import (
    FrontMatter,
    find_front_matter,
    has_template_marks,
    parse_front_matter,
)
from vaultsync.core.frontmatter.unread_block import displaced_block
from vaultsync.core.markdown import Body, ManagedBlock, MarkerProblem, parse_body, plain_markers
from vaultsync.core.text.spans import LineStarts

if TYPE_CHECKING:
    from vaultsync.core.config.config import Config

BOM = "\ufeff"

PARTS = 300_000
"""What a note may have of signs that part a text (lines, links, marks), each of which costs time and memory.

Far more than any note that a person keeps: 100,000 headings, or 37,000 links. With more, 5 MB of nothing but
signs took 7 s and 500 MB (`bench.hostile --full`).
"""
_PARTING = b"\n[]<>*_`$%#{}|\\~=^@:./&\xcc\xcd"  # the last two begin a combining mark
_UNSEEN = ("\u00ad".encode(), "\u2060".encode(), "\ufeff".encode())
_HEAVIEST = 3  # of one byte: a bracket makes a link, a hash a heading

# A command of Templater's, `<% tp.file.title %>` or `<%* … %>`.
_TEMPLATER = re.compile(r"<%[-_*+~]*+\s*+[\w(][^%\n]*+%>|<%[-_]?[*+]")
# Notes that are a plugin's data: a drawing of Excalidraw or tldraw, a board of Kanban, a table of DB Folder.
_PLUGINS_FILE = re.compile(r"\.(?:excalidraw|tldraw)\.md\Z", re.IGNORECASE)
_PLUGINS_KEY = re.compile(r"[\w-]+-plugin|tldraw-file", re.IGNORECASE)

_LARGEST_POINTER = 1024
"""Bytes of a pointer at most, as git LFS's specification has it."""
_LFS, _ANNEX = b"version http", b"/annex/objects/"
# docs/spec.md of git LFS: `version`, then keys and values in order; `oid` and `size` have to be there.
_LFS_POINTER = re.compile(
    rb"version https?://\S+/spec/v\d+\r?\n(?:[a-z0-9.-]+ .*\n)*?oid \w+:\w+\r?\nsize \d+\s*"
)
# git-annex's design page on pointer files: the path of an object that is not here.
_ANNEX_POINTER = re.compile(rb"/annex/objects/[^\n]+\n?")


class Note(msgspec.Struct, frozen=True, dict=True, eq=False):
    """A Markdown file of the vault: where it stands, its text (BOM and line endings kept), what it is.

    `path` is relative to the vault, POSIX. `kept` is the text, or what `put_aside` made of it. `digest`
    identifies the file's bytes. `kind` is the name of a `[kinds.…]` table of the configuration, or `note`;
    `is_declared` if the person gave it that kind, and not an identifier among its properties alone.
    """

    path: str
    kept: str | bytes
    digest: bytes
    kind: str
    is_declared: bool = True

    @cached_property
    def text(self) -> str:
        """The text, byte order mark and line endings as in the file."""
        return self.kept if isinstance(self.kept, str) else zlib.decompress(self.kept).decode("utf-8")

    @cached_property
    def front(self) -> FrontMatter | None:
        """The note's properties; `None` without front matter."""
        return parse_front_matter(self.text)

    @property
    def understood(self) -> FrontMatter | None:
        """The properties as far as they can be read, for what the note is and says; never for an edit."""
        return self.front.understood if self.front is not None else None

    @property
    def stem(self) -> str:
        """The file's name without folder and ending: the name by which Obsidian shows and links the note."""
        name = self.path.rpartition("/")[2]
        return name[:-3] if name[-3:].lower() == ".md" else name

    @property
    def folder(self) -> str:
        """The path of the note's folder, empty at the vault's root."""
        return self.path.rpartition("/")[0]

    @cached_property
    def body_start(self) -> int:
        """The offset of the first character below the front matter (and the byte order mark)."""
        found = find_front_matter(self.text)
        if found is not None:  # one that is never closed reaches to the end: all of it is in doubt
            return found.span.end
        if (displaced := displaced_block(self.text)) is not None:  # no link is to be made in a title
            return displaced.end
        return 1 if self.text.startswith(BOM) else 0

    @property
    def is_template(self) -> bool:
        """Whether the front matter holds a template's marks, such as `{{title}}`, or the body Templater's."""
        if has_template_marks(self.text[: self.body_start]):
            return True
        if "<" not in self.text or "<%" not in self.text:
            return False
        found = _TEMPLATER.finditer(self.text, self.body_start)
        return any(not self.body.code.touches(*mark.span()) for mark in found)

    @property
    def owner(self) -> str:
        """The property or the ending by which a plugin calls the whole note its own; empty if none does."""
        if (ending := _PLUGINS_FILE.search(self.path)) is not None:
            return ending.group()
        if "-plugin" not in (block := self.text[: self.body_start].lower()) and "tldraw-file" not in block:
            return ""
        properties = self.front.properties if self.front is not None else ()
        return next(
            (p.key for p in properties if _PLUGINS_KEY.fullmatch(p.key) and p.value not in (None, False)), ""
        )

    @cached_property
    def eol(self) -> str:
        """The line ending that most of the note's lines have; `\\n` when there is none."""
        if "\r" not in self.text:
            return "\n"
        crlf = self.text.count("\r\n")
        return "\r\n" if crlf * 2 > self.text.count("\n") else "\n"

    @cached_property
    def body(self) -> Body:
        """The structure of the text below the front matter."""
        return parse_body(self.text, self.body_start)

    @cached_property
    def managed(self) -> tuple[tuple[ManagedBlock, ...], tuple[MarkerProblem, ...]]:
        """The tool's own blocks in the note, and damaged markers; most notes are not parsed for them."""
        found = plain_markers(self.text, self.body_start)
        return found if found is not None else (self.body.managed, self.body.marker_problems)

    @cached_property
    def _lines(self) -> LineStarts:
        return LineStarts(self.text)

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line and the column, both from 1, of the character at `offset`."""
        return self._lines.line_column(offset)

    def problem(self, offset: int, rule: str, message: str, hint: str = "") -> Problem:
        """A problem at `offset` of this note's text."""
        line, col = self.line_column(offset)
        return Problem(self.path, line, col, rule, message, hint)

    def put_aside(self) -> None:
        """Hold the note in little space: what was parsed of it is let go of, and its text compressed.

        Parsed it takes some seven times as much as its text; this, with one character beyond Latin-1, twice
        as much as the file, and compressed a third of the file. Who asks again has it again, for longer.
        """
        if isinstance(self.kept, str):
            msgspec.structs.force_setattr(self, "kept", zlib.compress(self.kept.encode("utf-8"), 1))
        self.__dict__.clear()

    def aside_again(self) -> None:
        """Let go of what was asked of a note that is put aside; another one stays as it is."""
        if not isinstance(self.kept, str):
            self.__dict__.clear()

    def encode(self) -> bytes:
        """The bytes of the file."""
        return self.kept.encode("utf-8") if isinstance(self.kept, str) else zlib.decompress(self.kept)


def digest_of(data: bytes) -> bytes:
    """What tells two contents of a file apart: 16 bytes of BLAKE2b."""
    return blake2b(data, digest_size=16).digest()


def note_of(path: str, text: str, config: Config, digest: bytes | None = None) -> Note:
    """The note that `text` makes at `path`; `digest` is that of its bytes, if it is known."""
    front = parse_front_matter(text)
    digest = digest_of(text.encode("utf-8")) if digest is None else digest
    note = Note(path, text, digest, *config.kind_of(path, front, text))
    msgspec.structs.force_setattr(note, "front", front)  # read already, for the kind
    if front is not None:
        msgspec.structs.force_setattr(note, "body_start", front.span.end)
    return note


def read_note(path: str, data: bytes, config: Config) -> Note | Problem:
    """The note in the bytes of a file, or the reason why they are none (design, section 8: never a crash)."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return Problem(path, 1, 1, "encoding", "the file is UTF-16, not UTF-8", "save it as UTF-8")
        line = data.count(b"\n", 0, error.start) + 1
        line_start = data.rfind(b"\n", 0, error.start) + 1
        col = len(data[line_start : error.start].decode("utf-8")) + 1
        byte = f"0x{data[error.start]:02x}"
        return Problem(path, line, col, "encoding", f"the byte {byte} is not UTF-8", "save the note as UTF-8")
    if (unfit := unfit_for_edits(path, data)) is not None:
        return unfit
    return note_of(path, text, config, digest_of(data))


def unfit_for_edits(path: str, data: bytes) -> Problem | None:
    """Why a text is left alone, whatever it says: it is too dense, or stands for a note that is elsewhere.

    An edit to what git LFS or git-annex left in place of a note would cut the note off.
    """
    if data.startswith((_LFS, _ANNEX)) and len(data) <= _LARGEST_POINTER:
        of_lfs = _LFS_POINTER.fullmatch(data) is not None
        if of_lfs or _ANNEX_POINTER.fullmatch(data):
            name, command = ("git LFS", "git lfs pull") if of_lfs else ("git-annex", "git annex get")
            message = f"this is a pointer of {name}, not the note itself, and is left alone"
            return Problem(path, 1, 1, "file-pointer", message, f"get the note with `{command}`")
    if (parts := parts_of(data)) > PARTS:
        return Problem(
            path,
            0,
            0,
            "file-too-dense",
            f"it has {parts:,} lines, links and other marks, more than {PARTS:,}, and is left alone",
            "split it, or exclude it with `[vault] ignore`",
        )
    return None


def parts_of(data: bytes) -> int:
    """How many parts a note may be made of; 0 for one that is too small to have too many."""
    if len(data) * _HEAVIEST <= PARTS:
        return 0
    signs = len(data) - len(data.translate(None, _PARTING))
    unseen = data.count(b"\xe2\x80")  # general punctuation: blanks without width, joiners, dashes, quotes
    unseen += sum(map(data.count, _UNSEEN))
    return signs + unseen + (_HEAVIEST - 1) * (data.count(b"[") + data.count(b"#"))
