"""CSL-JSON, the format in which citation processors exchange items (Zotero, Pandoc, Crossref).

Source: citeproc's "CSL-JSON schema", 1.0.2. The array is cut into its items as it is read, so that memory
stays flat and one malformed item does not cost the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

import msgspec

from vaultsync.core.importers.markup import unmarked
from vaultsync.core.importers.people import full_name
from vaultsync.core.importers.record import (
    Item,
    Options,
    PaperRecord,
    Refusal,
    Skipped,
    one_line,
    or_none,
    paragraphs,
)
from vaultsync.core.importers.reference_fields import arxiv_in, date_of, doi_in, year_in

ITEM_LIMIT = 2_000_000
"""Characters of one item; passed by no reference, only by JSON of another kind."""

_BEGINS = re.compile(r"\s*(?:\[\s*(?:\{|\])|\{)")
HEAD = 4_096
"""Characters within which a wrapper's list begins."""

_SCALAR = r"""\s*"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[0-9.eE+-]+|true|false|null)\s*,"""
_WRAPPER = re.compile(
    rf"""\s*\{{(?:{_SCALAR})*\s*"(?!author|editor|translator)[^"\\]+"\s*:\s*(?=\[\s*(?:\{{|\]))"""
)
_KEYS = re.compile(r'"(?:title|DOI|issued|container-title|citation-key)"\s*:')
_STRUCTURE = re.compile(r'["\\{}\[\]]')
# No JSON string holds a line end: one that was never closed ends there, and its item with it.
_IN_STRING = re.compile(r'["\\\n]')
_KEY_IN_NOTE = re.compile(r"(?im)^\s*citation[ -]key\s*:\s*(\S+)\s*$")


def recognises(head: str) -> str | None:
    """Why `head`, the beginning of a source, is CSL-JSON, or None."""
    if not _BEGINS.match(head):
        return None
    found = _KEYS.search(head)
    return f"JSON with the key {found[0].rstrip(': ')}" if found else None


def read(pieces: Iterable[str], options: Options) -> Iterator[Item]:
    """The items as papers; malformed ones as problems with their line, the others go on."""
    keys: dict[str, int] = {}
    count = 0
    for line, raw in _objects(_unwrapped(pieces), options):
        count += 1
        try:
            value = msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            yield options.problem(line, f"malformed item: {error}", "the items after it are read")
            yield Skipped(place=options.place, line=line, reason="malformed item", text=raw)
            continue
        for item in _within(value):
            yield from _paper(item, line, options, keys)
    if not count:
        yield options.problem(0, "no item in this JSON")


def _unwrapped(pieces: Iterable[str]) -> Iterator[str]:
    """The text from where the list begins that a wrapper object holds (`{"items": [`), with its lines."""
    rest = iter(pieces)
    begins = ""
    for piece in rest:
        begins += piece
        if len(begins) > HEAD:
            break
    if found := _WRAPPER.match(begins):
        begins = "\n" * found[0].count("\n") + begins[found.end() :]
    yield begins
    yield from rest


def _within(value: Any) -> list[Any]:
    """The items of a decoded object: itself, or those of the list that it wraps under any name."""
    if isinstance(value, dict) and not any(
        key in value for key in ("title", "DOI", "author", "issued", "type")
    ):
        lists = [
            v for v in value.values() if isinstance(v, list) and v and all(isinstance(i, dict) for i in v)
        ]
        maps = [i for i in value.values() if isinstance(i, dict) and "title" in i]
        if len(lists) == 1 or maps:
            return maps or lists[0]
    return [value]


def _objects(pieces: Iterable[str], options: Options) -> Iterator[tuple[int, str]]:
    """Each object of the outermost array (or the one outermost object), with the line where it begins."""
    buffer = ""
    place = start = 0
    line, counted = 1, 0  # line of the character at `counted`
    begun = False
    in_string = False
    closers: list[str] = []
    for piece in pieces:
        buffer += piece
        while found := (_IN_STRING if in_string else _STRUCTURE).search(buffer, place):
            char = found[0]
            if char == "\\":
                if found.end() == len(buffer):
                    break  # what it escapes comes with the next piece
                place = found.end() + 1
                continue
            place = found.end()
            if char in '"\n':
                in_string = not in_string
                if char == "\n" and begun:
                    yield line, buffer[start:place]
                    begun = False
            elif char in "{[":
                if char == "{" and not begun:
                    begun, start = True, found.start()
                    line += buffer.count("\n", counted, start)
                    counted = start
                    closers.clear()
                if begun:
                    closers.append("}" if char == "{" else "]")
            elif begun:
                if closers[-1] != char:
                    # Out of step: what stood open is closed here, and the decoder says what is wrong with it.
                    closers[:] = closers[:1]
                closers.pop()
                if not closers:
                    yield line, buffer[start:place]
                    begun = False
        else:
            place = len(buffer)
        if begun and len(buffer) - start > ITEM_LIMIT:
            raise Refusal(
                options.problem(line, f"an item of more than {ITEM_LIMIT:,} characters: this is no list")
            )
        cut = start if begun else place
        line += buffer.count("\n", counted, cut)
        counted = 0
        buffer = buffer[cut:]
        place -= cut
        start = 0
    if begun:
        yield line, buffer[start:]


def _paper(value: Any, line: int, options: Options, keys: dict[str, int]) -> Iterator[Item]:
    """One decoded item: a paper, and problems with what in it can't be used."""
    if not isinstance(value, dict):
        yield Skipped(place=options.place, line=line, reason="no item", text=str(value))
        return
    title = _plain(value.get("title"))
    if not title:
        yield Skipped(
            place=options.place, line=line, reason="an item without a title", text=_text(value.get("id"))
        )
        return
    noted = _KEY_IN_NOTE.search(_text(value.get("note")))
    stated = _text(value.get("citation-key")) or (noted[1] if noted else "")
    key = or_none(one_line(stated or _own_key(_text(value.get("id")))))
    if key and key in keys:
        yield options.problem(
            line, f"the key “{key}” is that of the item in line {keys[key]} too: this paper gets none"
        )
        key = None
    elif key:
        keys[key] = line
    doi = doi_in(_text(value.get("DOI")))
    if not doi and _text(value.get("DOI")):
        yield options.problem(line, f"“{one_line(_text(value['DOI']))}” is no DOI: left out")
    year, when = _date(value.get("issued"))
    everybody = _names(value.get("author"))
    names = everybody[:-1] if everybody[1:] and everybody[-1] == OTHERS else everybody
    yield PaperRecord(
        title=title,
        authors=names or None,
        authors_cut=len(names) < len(everybody),
        year=year,
        date=when or _date(value.get("submitted"))[1],
        arxiv=arxiv_in(
            _text(value.get(name)) for name in ("DOI", "URL", "number", "archive_location", "note")
        ),
        doi=doi,
        url=or_none(one_line(_text(value.get("URL")))),
        citekey=key,
        venue=or_none(_plain(value.get("container-title")) or _plain(value.get("event-title"))),
        isbn=or_none(one_line(_text(value.get("ISBN")))),
        abstract=or_none(paragraphs(unmarked(_text(value.get("abstract"))))),
        source=options.source("" if options.name else "CSL-JSON"),
        line=line,
    )


def _text(value: Any) -> str:
    """A text or a number as text; anything else is no text."""
    if isinstance(value, list) and len(value) == 1:  # Crossref gives title and container as lists
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def _plain(value: Any) -> str:
    return one_line(unmarked(_text(value)))


OTHERS = "others"
"""The last name of a list that goes on, as in BibTeX, which Pandoc and Zotero pass on as a name."""


def _own_key(identifier: str) -> str:
    """A citation key given as `id`; not the addresses and numbers that programs put there."""
    return (
        identifier
        if re.fullmatch(r"[^\W\d][\w:.+-]*", identifier) and not identifier.startswith("http")
        else ""
    )


def _names(value: Any) -> tuple[str, ...]:
    """The names, first name first, with particles as the schema has them."""
    names: list[str] = []
    for person in value if isinstance(value, list) else ():
        if not isinstance(person, dict):
            continue
        part = {key: _plain(value) for key, value in person.items()}
        name = full_name(
            given=part.get("given", ""),
            particles=(part.get("dropping-particle", ""), part.get("non-dropping-particle", "")),
            family=part.get("family", ""),
            suffix=part.get("suffix", ""),
        )
        if name := name or part.get("literal", ""):
            names.append(name)
    return tuple(names)


def _date(issued: Any) -> tuple[int | None, str | None]:
    if not isinstance(issued, dict):
        return None, None
    parts = issued.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
    if isinstance(parts, list) and len(parts) == 2 and isinstance(parts[1], list):
        # A span of time: no more than both its ends share.
        both = zip(first, parts[1], strict=False)
        first = [part for part, _ in takewhile(lambda ends: ends[0] == ends[1], both)]
    if first:
        numbers = [
            int(p) if isinstance(p, str | int) and re.fullmatch(r"[0-9]{1,4}", str(p)) else None
            for p in first[:3]
        ]
        year, month, day = (*numbers, None, None)[:3]
        # Seasons stand in the month's place as 13 to 16 or 21 to 24; `date_of` gives none for them.
        return year, date_of(year, month, day)
    raw = _text(issued.get("raw")) or _text(issued.get("literal"))
    found = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:T.*)?", raw)
    if found:
        return int(found[1]), date_of(int(found[1]), int(found[2]), int(found[3]) if found[3] else None)
    return year_in(raw), None
