"""A BibTeX or BibLaTeX library, as reference managers export it.

bibtexparser finds the entries and names the malformed ones; what a value means (macros, `#`, accents,
names) is read here. That is half of the work each, so they are two steps: `read` gives the entries as they
stand, and `Library` makes papers of them, by the macros and keys of what came before. The library is read in
batches that end before an entry, so that memory stays flat.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec
from bibtexparser.entrypoint import parse_string
from bibtexparser.model import (
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    ParsingFailedBlock,
    String,
)

from vaultsync.core.importers.bibtex_fields import MONTHS, VENUES, record_of, title_of
from vaultsync.core.importers.export_habits import unescaped
from vaultsync.core.importers.record import Item, Options, Refusal, Skipped, one_line, or_none
from vaultsync.core.importers.source_text import control_problems, lines

# Its warnings about malformed entries are our problems; on standard error they would come twice.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())
logging.getLogger("bibtexparser").propagate = False

_BLOCK = re.compile(r"\s*@\w+\s*[{(]")
_FIRST_ENTRY = re.compile(
    r"""(?mix)^[ \t]*@(?:
          string\s*[{(]\s*[\w:.+-]+\s*=
        | comment\s*\{\s*jabref
        | [a-z]+\s*+[{(]\s*+(?:[^{}=,"@\s][^{}=,"@\n]{0,199})?\s*+,\s*+(?:[a-z][\w:.+/-]*\s*=|[})])
        )"""
)
_BATCH = 200_000
_BATCH_LIMIT = 4_000_000
_VALUE = re.compile(r"\s*(?:([^\s{}\"#,]+)|(?=[{\"]))\s*")
_JOINED = re.compile(r"\s*#")
_WHOLES = frozenset({"proceedings", "mvproceedings", "collection", "mvcollection", "periodical", "xdata"})
_PARENTS = _WHOLES | {"book", "mvbook"}
_LINKS = ("crossref", "xdata")
_DATES = ("year", "month", "date")
_DELIMITER = re.compile(r"[{}\"](?<!\\.)")  # the backslash last: a regular expression finds the other first


def recognises(head: str) -> str | None:
    """Why `head`, the beginning of a source, is BibTeX, or None."""
    found = _FIRST_ENTRY.search(head)
    return f"“{found[0].strip()}” in line {head.count(chr(10), 0, found.end()) + 1}" if found else None


class Raw(msgspec.Struct, frozen=True, array_like=True):
    """An entry as it stands, for `Library`: its type, its key and its fields; a macro is one of `MACRO`.

    An `END` is the last of a library.
    """

    line: int
    kind: str
    key: str = ""
    fields: tuple[tuple[str, str], ...] = ()


LONGEST_VALUE = 100_000
"""Characters that the macros of one value have together; what is beyond is left out, and told."""

LONGEST_MACRO = 10_000
"""Characters that a macro stands for: thirty that each double the one before would make gigabytes."""

LONGEST_MACROS = 2_000_000
"""Characters that all macros of a library stand for: a file of 700 kB could ask for 200 million."""

LEAST_MACRO = 100
"""Characters that each counts for at least: so there are 20,000 at most; libraries have some hundreds."""

WAITING, WHOLES = 50_000, 20
"""Times that parts are kept until their whole comes, and entries of which one takes fields."""

MACRO, END = "@string", "@end"  # no type has an @


def read(pieces: Iterable[str], options: Options) -> Iterator[Item | Raw]:
    """The library's entries as they stand; malformed ones as problems with their line, the others go on."""
    dropped: list[tuple[int, str]] = []
    batch: list[str] = []
    size, first = 0, 1
    for number, line in lines(pieces, options, dropped):
        if size > _BATCH and _BLOCK.match(line):
            yield from _blocks("".join(batch), first, options)
            batch, size, first = [], 0, number
        batch.append(line + "\n")
        size += len(line) + 1
        if size > _BATCH_LIMIT:
            raise Refusal(options.problem(first, f"no entry ends in {_BATCH_LIMIT:,} characters"))
        if dropped:
            yield from control_problems(dropped, options)
    yield from _blocks("".join(batch), first, options)
    yield Raw(0, END)


def _blocks(text: str, first: int, options: Options) -> Iterator[Item | Raw]:
    """What stands in whole blocks that begin at line `first`."""
    for block in parse_string(text, parse_stack=[]).blocks:
        line = first + (block.start_line or 0)
        duplicated: set[str] = set()
        if isinstance(block, DuplicateFieldKeyBlock):
            duplicated = {key.lower() for key in block.duplicate_keys}
            names = "”, “".join(sorted(duplicated))
            yield options.problem(line, f"the field “{names}” stands twice in one entry: it is left out")
        if isinstance(block, DuplicateFieldKeyBlock | DuplicateBlockKeyBlock):
            block = block.ignore_error_block or block
        if isinstance(block, String):
            yield Raw(line, MACRO, block.key, (("", block.value),))
        elif isinstance(block, Entry):
            found = ((field.key.lower(), str(field.value)) for field in block.fields)
            fields = tuple((name, value) for name, value in found if name not in duplicated)
            yield Raw(line, block.entry_type.lower(), block.key, fields)
        elif isinstance(block, ParsingFailedBlock):
            reason = " ".join(str(getattr(block.error, "abort_reason", block.error)).split())
            yield options.problem(line, f"malformed entry: {reason}", "the entries after it are read")
            yield Skipped(place=options.place, line=line, reason="malformed entry", text=block.raw or "")


class Library:
    """The macros and keys of a library so far, by which its entries become papers one by one."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.macros: dict[str, str] = {name: name for name in MONTHS}
        self.keys: dict[str, int] = {}
        self.entries = 0
        self.promised = 0  # of the parts that wait those that are papers, whatever their wholes say
        self._room = LONGEST_MACROS
        self._beyond = False  # of the value that was read last
        self._parents: dict[str, dict[str, str]] = {}
        self._patience = WAITING
        # Parts with their values, by the key of a whole, which BibTeX wants behind them.
        self._waiting: dict[str, list[tuple[Raw, dict[str, str]]]] = {}

    def items(self, raw: Raw) -> Iterator[Item]:
        """The items of an entry, and of those that waited for it."""
        if raw.kind == MACRO:
            ((_, value),) = raw.fields
            yield from self._macro(raw, self.value(value)[0][:LONGEST_MACRO])
        elif raw.kind != END:
            fields: dict[str, str] = {}
            for name, value in raw.fields:
                self._beyond = False
                written, rest = self.value(value)
                fields[name] = unescaped(written)
                if self._beyond:
                    what = f"the macros of the field “{name}” have more than {LONGEST_VALUE:,} characters"
                    yield self.options.problem(raw.line, what, "the rest of them is left out")
                if rest:
                    what = f"after the field “{name}” a comma is missing: “{one_line(rest)[:60]}” is left out"
                    yield self.options.problem(raw.line, what)
            yield from self._in_turn(raw, fields)
        else:
            yield from self._orphans()
            if not self.entries:
                yield self.options.problem(0, "no entry with a title in this library")

    def _macro(self, raw: Raw, value: str) -> Iterator[Item]:
        cost = max(len(value), LEAST_MACRO)
        if cost <= self._room:
            self._room -= cost
            self.macros[raw.key.lower()] = value
            return
        if self._room >= 0:
            what = f"its macros have more than {LONGEST_MACROS:,} characters together"
            yield self.options.problem(raw.line, what, "those from here on are left out")
            self._room = -1
        yield Skipped(place=self.options.place, line=raw.line, reason="a macro too many", text=raw.key)

    def _in_turn(self, entry: Raw, fields: dict[str, str]) -> Iterator[Item]:
        """The items of an entry, once what it takes fields from is there, and of those that waited for it."""
        due = [(entry, fields)]
        while due:
            part, its = due.pop()
            missing = self._missing(part, its)
            if missing and self._patience > 0:
                self._patience -= 1
                self.promised += _is_paper(part, its)
                self._waiting.setdefault(missing[0], []).append((part, its))
            elif missing:
                yield from self._orphan(part, its, missing)
            else:
                yield from self._entry(part, its)
                released = self._waiting.pop(_key(part.key), [])
                self.promised -= sum(_is_paper(*one) for one in released)
                due += reversed(released)

    def _orphans(self) -> Iterator[Item]:
        """The items of what waits in vain; first of those that others wait for."""
        self.promised = 0
        rest = chain(*self._waiting.values())
        for part, fields in sorted(
            rest, key=lambda one: (_key(one[0].key) not in self._waiting, one[0].line)
        ):
            yield from self._orphan(part, fields, self._missing(part, fields))

    def _orphan(self, part: Raw, fields: dict[str, str], missing: Sequence[str]) -> Iterator[Item]:
        if missing:
            absent = "”, “".join(missing)
            message = f"what it takes from “{absent}” is missing: no whole of this key is in the library"
            yield self.options.problem(part.line, message)
        yield from self._entry(part, fields)

    def _missing(self, entry: Raw, fields: dict[str, str]) -> list[str]:
        return [key for key in _named(entry, fields) if key not in self._parents]

    def _entry(self, entry: Raw, fields: dict[str, str]) -> Iterator[Item]:
        kind, line = entry.kind, entry.line
        for parent in _named(entry, fields):
            _inherit(fields, self._parents.get(parent, {}))
        if kind in _PARENTS or _key(entry.key) in self._waiting:
            self._parents[_key(entry.key)] = fields if kind == "xdata" else _shared(fields)
        title = title_of(fields)
        if not title or kind in _WHOLES:
            reason = "an entry without a title" if not title else f"@{kind} is no paper"
            yield Skipped(place=self.options.place, line=line, reason=reason, text=f"@{kind}{{{entry.key}}}")
            return
        self.entries += 1
        key = or_none(one_line(entry.key))
        if key and key in self.keys:
            first = self.keys[key]
            message = f"the key “{key}” is that of the entry in line {first} too: this paper gets none"
            yield self.options.problem(line, message)
            key = None
        elif key:
            self.keys[key] = line
        yield from record_of(fields, title, key, line, self.options)

    def value(self, raw: str) -> tuple[str, str]:
        """A value without braces or quotes, its macros filled in, its parts joined; and what follows it."""
        parts: list[str] = []
        place = size = 0
        while place < len(raw):
            found = _VALUE.match(raw, place)
            if found is None:
                return raw, ""
            if found[1]:
                macro = self.macros.get(found[1].lower(), found[1])
                if (size := size + len(macro)) <= LONGEST_VALUE:
                    parts.append(macro)
                else:
                    self._beyond = True
                place = found.end()
            else:
                start = found.end()
                end = _closing(raw, start)
                parts.append(raw[start + 1 : end])
                place = end + 1
            if (joined := _JOINED.match(raw, place)) is None:
                return "".join(parts), raw[place:].lstrip()
            place = joined.end()
        return "".join(parts), ""


def _is_paper(entry: Raw, fields: dict[str, str]) -> bool:
    return entry.kind not in _WHOLES and bool(title_of(fields))


def _named(entry: Raw, fields: dict[str, str]) -> list[str]:
    """The keys of the entries from which this one takes fields."""
    named = ",".join(fields.get(link, "") for link in _LINKS)
    keys = (key for part in named.split(",", WHOLES)[:WHOLES] if (key := _key(part)))
    return [key for key in keys if key != _key(entry.key)]


def _shared(whole: dict[str, str]) -> dict[str, str]:
    """What of a whole holds for its parts too: its date, and where they appeared, which may be its title."""
    shared = {name: whole[name] for name in (*_DATES, *VENUES) if name in whole}
    if "title" in whole:
        shared.setdefault("booktitle", whole["title"])
    return shared


def _inherit(fields: dict[str, str], whole: dict[str, str]) -> None:
    """Add to `fields` those of `whole` about which they say nothing, not even under another name."""
    said = {name for group in (_DATES, VENUES) if not fields.keys().isdisjoint(group) for name in group}
    for name in whole.keys() - said - fields.keys():
        fields[name] = whole[name]


def _key(text: str) -> str:
    """A key as another entry may write it."""
    return text.strip().lower()


def _closing(raw: str, start: int) -> int:
    """Where the group or string that begins at `start` ends; the end of the text where it does not."""
    wanted = '"' if raw[start] == '"' else "}"
    depth = 0
    for found in _DELIMITER.finditer(raw, start + 1):
        if found[0] == wanted and not depth:
            return found.start()
        depth += (found[0] == "{") - (found[0] == "}")
    return len(raw)
