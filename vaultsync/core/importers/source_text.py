"""From bytes to text and lines, a piece at a time: the first step of every importer.

The encodings are UTF-8, and UTF-16 and UTF-32 that say so with a byte order mark. Anything else is refused
with the offset of the first byte that does not fit, rather than read as something that it may not be.
Memory stays flat: no more than one piece and one line are held.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from vaultsync.core.errors import Problem
from vaultsync.core.importers.record import Options, Refusal

LINE_LIMIT = 1_000_000
"""Characters in one line; passed by a dump without line ends, never by a page."""

NOTE_LIMIT = 5_000_000
"""Characters in one conference note; passed by nothing that a person has typed."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),  # begins like UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_JUDGED = 64
"""Characters after the first blanks that are enough to see HTML."""

_APART = 64
"""Characters between two NULs of a text: one alone is a program's slip in a value (seen in one abstract
of 861); UTF-16 without its mark and databases have several in a few bytes."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_HTML = re.compile(
    r"\s*(?:<!doctype\s+html|<\?xml\b|<(?:html|head|body|div|table|p|span|meta|script)\b)", re.IGNORECASE
)


def texts(chunks: Iterable[bytes], options: Options) -> Iterator[str]:
    """The decoded text in pieces, without its byte order mark.

    Raises `Refusal` for an empty source, bytes of another encoding (with their offset), two NUL characters
    close together, and HTML.
    """
    start: str | None = ""
    for text in _decoded(chunks, options):
        if start is None:
            yield text
            continue
        start += text
        if len(start.lstrip()) >= _JUDGED:
            _refuse_no_text(start, options)
            yield start
            start = None
    if start is not None:
        _refuse_no_text(start, options)
        yield start


def beginning(data: bytes) -> str:
    """The text of a source's first bytes, whatever does not fit in them replaced: enough to tell a format."""
    mark, codec, _ = _encoding(data)
    return data[len(mark) :].decode(codec, errors="replace")


def lines(
    pieces: Iterable[str], options: Options, dropped: list[tuple[int, str]] | None = None
) -> Iterator[tuple[int, str]]:
    r"""Each line with its number from 1, without its end (`\n`, `\r\n` or `\r`; nothing else ends a line).

    Control characters are left out; each line that had some is added to `dropped` with the first of them.
    Raises `Refusal` for a line of more than `LINE_LIMIT` characters.
    """
    number = 0
    rest = ""
    for piece in pieces:
        rest += piece
        held = rest.endswith("\r")  # its "\n" may come with the next piece
        *done, rest = _LINE_END.split(rest[:-1] if held else rest)
        for line in done:
            number += 1
            yield number, _clean(line, number, dropped)
        if held:
            rest += "\r"
        if len(rest) > LINE_LIMIT:
            raise Refusal(
                options.problem(
                    number + 1, f"a line of more than {LINE_LIMIT:,} characters: this is no list of papers"
                )
            )
    for line in _LINE_END.split(rest) if rest else ():
        number += 1
        yield number, _clean(line, number, dropped)


def control_problems(dropped: list[tuple[int, str]], options: Options) -> Iterator[Problem]:
    """A problem for each line whose control characters `lines` left out; empties `dropped`."""
    for number, char in dropped:
        yield options.problem(number, f"a control character ({char}) was left out")
    dropped.clear()


def whole(pieces: Iterable[str], options: Options) -> str:
    """The text in one piece, for a note that is copied.

    Raises `Refusal` over `NOTE_LIMIT` characters, and for a NUL, which no note can hold.
    """
    parts: list[str] = []
    size = 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size > NOTE_LIMIT:
            raise Refusal(
                options.problem(0, f"more than {NOTE_LIMIT:,} characters: this is no conference note")
            )
    text = "".join(parts)
    if (nul := text.find("\0")) >= 0:
        raise Refusal(
            options.problem(text.count("\n", 0, nul) + 1, "a NUL, which no note can hold", "take it out")
        )
    return text


def _clean(line: str, number: int, dropped: list[tuple[int, str]] | None) -> str:
    found = _CONTROLS.search(line)
    if found is None:
        return line
    if dropped is not None:
        dropped.append((number, f"U+{ord(found[0]):04X}"))
    # A form feed or a vertical tab separates words; the others are noise.
    return _CONTROLS.sub("", line.replace("\x0b", " ").replace("\x0c", " "))


def _encoding(head: bytes) -> tuple[bytes, str, str]:
    """The byte order mark, the codec and the name of the encoding; UTF-8 where there is no mark."""
    return next((known for known in _MARKS if head.startswith(known[0])), (b"", "utf-8", "UTF-8"))


def _decoded(chunks: Iterable[bytes], options: Options) -> Iterator[str]:
    pieces = iter(chunks)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= len(codecs.BOM_UTF32_LE):
            break
    mark, codec, name = _encoding(head)
    decoder = codecs.getincrementaldecoder(codec)("strict")
    offset = len(mark)  # of the first byte of the piece in hand
    line = 1  # in which it begins
    before = 0  # characters before it
    unit = len("\0".encode(codec))
    lone: tuple[int, int, int] | None = None  # characters and bytes before the last NUL, and its line
    for piece, last in _with_end(chain((head[len(mark) :],), pieces)):
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece, final=last)
        except UnicodeDecodeError as error:
            at = offset - held + error.start
            nul = piece.find(0, 0, max(error.start - held, 0))
            if nul >= 0 and codec == "utf-8":
                raise _nul(options, offset + nul, line + piece.count(b"\n", 0, nul)) from error
            promised = ", which its byte order mark promises" if mark else ""
            line += error.object[: error.start].decode(codec).count("\n")
            raise _wrong_encoding(options, line, f"byte {at} is not {name}{promised}") from error
        at, where, done = offset - held, line, 0
        while (nul := text.find("\0", done)) >= 0:
            at += len(text[done:nul].encode(codec))
            where += text.count("\n", done, nul)
            if lone is not None and before + nul - lone[0] <= _APART:
                raise _nul(options, *lone[1:])
            lone = before + nul, at, where
            at, done = at + unit, nul + 1
        before += len(text)
        offset += len(piece)
        line += text.count("\n")
        yield text


def _with_end(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last one."""
    piece = next(pieces, b"")
    for following in pieces:
        yield piece, False
        piece = following
    yield piece, True


def _nul(options: Options, at: int, line: int) -> Refusal:
    what = f"a NUL at byte {at}; this is no text, or UTF-16 without its mark"
    return _wrong_encoding(options, line, what)


def _wrong_encoding(options: Options, line: int, what: str) -> Refusal:
    return Refusal(options.problem(line, f"wrong encoding: {what}", "save the file as UTF-8"))


def _refuse_no_text(start: str, options: Options) -> None:
    if not start.strip():
        raise Refusal(options.problem(0, "the source is empty: nothing to import"))
    if _HTML.match(start):
        raise Refusal(
            options.problem(
                1,
                "this is HTML, not text",
                "open the page in a browser, select all, copy and save as plain text",
            )
        )
