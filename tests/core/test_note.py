"""A note is its text: what else it tells follows from that, whoever asks and whenever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml_blocks import Block, blocks

from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem
from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.note import Note, digest_of, note_of, read_note

TEXTS = [
    "",
    "\ufeff",
    "Words.\n",
    "\ufeffWords.\n",
    "---\na: 1\n---\nWords.\n",
    "\ufeff---\r\na: 1\r\n...\r\nWords.\r\n",
    "---\na: [\n---\nWords.\n",
    "---\na: 1\nb: 2\nWords.\n",
    "---\n\nWords.\n---\n",
]


def unread(text: str) -> Note:
    """A note of which the kind is known, so that nobody had to read its properties."""
    return Note("n.md", text, digest_of(text.encode()), "note")


@pytest.mark.parametrize("text", TEXTS)
def test_a_note_whose_kind_is_known_is_the_same_note(text: str) -> None:
    read, known = note_of("n.md", text, Config()), unread(text)
    assert (known.digest, known.kind) == (read.digest, read.kind)
    assert known.body_start == read.body_start
    assert known.front == read.front == parse_front_matter(text)


@given(blocks())
def test_the_body_starts_where_the_front_matter_ends(block: Block) -> None:
    note = unread(block.text)
    start = note.body_start
    assert note.text[start:] == block.body
    assert note.front is not None
    assert note.front.span.end == start


@pytest.mark.parametrize(
    ("text", "eol"),
    [
        ("", "\n"),
        ("a", "\n"),
        ("a\nb\n", "\n"),
        ("a\r\nb\r\n", "\r\n"),
        ("a\r\nb\r\nc\n", "\r\n"),
        ("a\r\nb\n", "\n"),
        ("a\rb\r", "\n"),
    ],
)
def test_the_line_ending_is_that_of_most_lines(text: str, eol: str) -> None:
    assert unread(text).eol == eol


@pytest.mark.parametrize("unit", ["[[a]] ", "# a\n", "<a>", "\n", "`a` ", "%% a %%\n", "http://a "])
def test_a_note_of_more_signs_than_anybody_writes_is_left_alone(unit: str) -> None:
    found = read_note("a.md", (unit * (4_000_000 // len(unit))).encode(), Config())
    assert isinstance(found, Problem)
    assert (found.rule, found.line) == ("file-too-dense", 0)
    assert "more than 300,000" in found.message
    assert isinstance(read_note("a.md", (unit * 5_000).encode(), Config()), Note)


LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0a" * 32 + b"\nsize 12345\n"


@pytest.mark.parametrize(
    ("data", "program"),
    [
        (LFS_POINTER, "git LFS"),
        (LFS_POINTER.replace(b"\n", b"\r\n"), "git LFS"),
        (LFS_POINTER.replace(b"oid", b"ext-0-crypt sha256:00\noid", 1), "git LFS"),
        (b"/annex/objects/SHA256E-s5--0a0a.md\n", "git-annex"),
    ],
)
def test_what_stands_in_place_of_a_note_that_is_elsewhere_is_left_alone(data: bytes, program: str) -> None:
    found = read_note("Papers/Far.md", data, Config())
    assert isinstance(found, Problem)
    assert (found.rule, found.path) == ("file-pointer", "Papers/Far.md")
    assert program in found.message


@pytest.mark.parametrize(
    "data",
    [
        LFS_POINTER + b"and a word\n",
        b"- a pointer:\n" + LFS_POINTER,
        b"version https://example.org/spec/v1\nis new\n",
        b"/annex/objects/ is a folder\nof git-annex\n",
        LFS_POINTER + b"\n" * 1024,
    ],
)
def test_a_note_that_only_quotes_a_pointer_is_a_note(data: bytes) -> None:
    assert isinstance(read_note("Note.md", data, Config()), Note)


def test_a_long_note_of_text_is_none() -> None:
    text = "So it goes on, with [[A Paper]] and *stress*, for about as long as a line of a book is. " * 40
    assert isinstance(read_note("a.md", f"# A day\n\n{text}\n".encode() * 650, Config()), Note)


@given(st.text())
def test_a_note_that_is_put_aside_is_the_same_note(text: str) -> None:
    encodable = text.encode(errors="replace").decode()
    note, aside = unread(encodable), unread(encodable)
    assert aside.text == encodable
    aside.put_aside()
    assert isinstance(aside.kept, bytes)
    assert aside.encode() == note.encode()
    assert aside.text == encodable
    assert aside.body.links == note.body.links
    aside.aside_again()
    assert aside.__dict__ == {}
    assert aside.text == note.text
