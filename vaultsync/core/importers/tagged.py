"""Exports of one tag a line: RIS (Zotero, Mendeley, publishers), PubMed's nbib, EndNote's enw.

    TY  - JOUR            PMID- 123             %0 Journal Article
    AU  - Alm, Ida        FAU - Alm, Ida        %A Alm, Ida
    ER  -

Sources: the RIS specification of Research Information Systems (2001) and what exports write today (its
fields' aliases are Zotero's), PubMed's "MEDLINE/PubMed Data Element Descriptions", EndNote's "Import tagged
format". A record ends where it says so or where the next one begins, so that one without an end costs no
other; rispy, which is made for RIS, drops both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from vaultsync.core.importers.markup import unmarked
from vaultsync.core.importers.people import people_in
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
from vaultsync.core.importers.reference_fields import (
    SUBMITTED,
    arxiv_in,
    date_of,
    doi_in,
    doi_of_address,
    is_address,
    month_and_day,
    submitted_in,
    tags_in,
    year_in,
)
from vaultsync.core.importers.source_text import control_problems, lines

RECORD_LIMIT = 2_000_000
"""Characters of one record; passed by no reference."""


class Dialect(msgspec.Struct, frozen=True):
    """One of the formats: how a line's tag is told, which tag begins a record, and what its tags mean.

    `fields` names the tags of each field in the order in which they are asked; `ends` is the tag that ends a
    record, empty where the next one does.
    """

    name: str
    line: re.Pattern[str]
    begins: str
    ends: str
    fields: Mapping[str, tuple[str, ...]]

    def recognises(self, head: str) -> str | None:
        """Why `head`, the beginning of a source, is in this format, or None."""
        tags: list[str] = []
        for number, line in enumerate(head.splitlines(), 1):
            found = self.line.match(line)
            if found is None:
                if tags or (line.strip() and number > 20):
                    break
                continue
            if not tags and found["tag"] != self.begins:
                return None
            tags.append(found["tag"])
            if len(tags) > 2:
                return f"the tag “{found[0].strip()[:40]}” in line {number}"
        return None

    @property
    def read(self) -> Callable[[Iterable[str], Options], Iterator[Item]]:
        """The reader of this format."""
        return lambda pieces, options: _read(self, pieces, options)


RIS = Dialect(
    "RIS",
    re.compile(r"\ufeff?[ \t]*(?P<tag>[A-Z][A-Z0-9]) {1,3}-(?: |$)(?P<value>.*)"),
    "TY",
    "ER",
    {
        "type": ("TY",), "title": ("TI", "T1", "CT", "BT"), "authors": ("AU", "A1"),
        "date": ("DA", "PY", "Y1"), "venue": ("T2", "JO", "JF", "BT", "JA", "J2", "JT"),
        "doi": ("DO", "DI", "M3"), "url": ("UR", "L2", "LK"),
        "abstract": ("AB", "N2"), "keywords": ("KW",), "notes": ("N1", "RN"), "isbn": ("SN",), "key": ("ID",),
        "files": ("L1",), "accessed": ("Y2",),
    },
)  # fmt: skip
PUBMED = Dialect(
    "PubMed",
    re.compile(r"(?P<tag>[A-Z]{2,4}) *- (?P<value>.*)"),
    "PMID",
    "",
    {
        "title": ("TI", "BTI"), "authors": ("FAU", "CN", "AU"), "date": ("DP",), "venue": ("JT", "TA"),
        "doi": ("AID", "LID"), "abstract": ("AB",), "keywords": ("OT",), "isbn": ("ISBN",), "pmid": ("PMID",),
    },
)  # fmt: skip
ENDNOTE = Dialect(
    "EndNote",
    re.compile(r"\ufeff?%(?P<tag>[0-9A-Z!@#$&(~*+<>?\[\]=^])(?: |$)(?P<value>.*)"),
    "0",
    "",
    {
        "type": ("0",), "title": ("T",), "authors": ("A",), "date": ("8", "D"), "venue": ("J", "B"),
        "doi": ("R",),
        "url": ("U",), "abstract": ("X",), "keywords": ("K",), "notes": ("Z",), "isbn": ("@",), "key": ("F",),
        "files": (">",), "accessed": ("[",),
    },
)  # fmt: skip

_Fields = dict[str, list[str]]


def _read(dialect: Dialect, pieces: Iterable[str], options: Options) -> Iterator[Item]:
    """The records; what can't be used of them as problems with their lines."""
    dropped: list[tuple[int, str]] = []
    keys: dict[str, int] = {}
    for line, fields in _records(dialect, lines(pieces, options, dropped), options):
        if dropped:
            yield from control_problems(dropped, options)
        yield from _record(dialect, fields, line, options, keys)
    yield from control_problems(dropped, options)


def _records(
    dialect: Dialect, found: Iterable[tuple[int, str]], options: Options
) -> Iterator[tuple[int, _Fields]]:
    """Each record's line and its values by tag; a line without a tag goes on with the value above it."""
    begun = size = 0
    fields: dict[str, list[list[str]]] = {}
    value: list[str] = []
    for number, line in found:
        tag = dialect.line.match(line)
        if tag is not None and tag["tag"] in (dialect.begins, dialect.ends or dialect.begins):
            if fields:
                yield begun, _joined(fields)
            fields, value, begun, size = {}, [], number, 0
            if tag["tag"] == dialect.ends:
                continue
        if tag is not None:
            value = [tag["value"].strip()]
            if begun:
                fields.setdefault(tag["tag"], []).append(value)
        elif fields:
            value.append(line.strip())
        size += len(line)
        if size > RECORD_LIMIT:
            raise Refusal(options.problem(begun, f"a record of more than {RECORD_LIMIT:,} characters"))
    if fields:
        yield begun, _joined(fields)


def _joined(fields: dict[str, list[list[str]]]) -> _Fields:
    return {tag: ["\n".join(value).strip() for value in values] for tag, values in fields.items()}


def _record(
    dialect: Dialect, fields: _Fields, line: int, options: Options, keys: dict[str, int]
) -> Iterator[Item]:
    """One record: a paper, and problems with what in it can't be used."""

    def first(name: str) -> str:
        return next((one_line(unmarked(v)) for v in _of(dialect, fields, name) if v.strip()), "")

    title = first("title")
    if not title:
        yield Skipped(place=options.place, line=line, reason="a record without a title", text=first("type"))
        return
    key: str | None = first("key") or None
    if key and key in keys:
        message = f"the key “{key}” is that of the record in line {keys[key]} too: this paper gets none"
        yield options.problem(line, message)
        key = None
    elif key:
        keys[key] = line
    people = people_in(" and ".join(_authors(dialect, fields)))
    for name in people.doubtful:
        yield options.problem(line, f"“{name[:60]}” is no name of one author: it stays as it is written")
    dois = [value.strip().removesuffix("[doi]").rstrip() for value in _of(dialect, fields, "doi")]
    urls = [
        part for value in _of(dialect, fields, "url") for part in re.split(r"[;\s]+", value) if "://" in part
    ]
    doi = next(filter(None, map(doi_in, dois)), None) or next(filter(None, map(doi_of_address, urls)), None)
    url = next(iter(urls), "") or (
        f"https://pubmed.ncbi.nlm.nih.gov/{first('pmid')}/" if first("pmid") else ""
    )
    year, when = _date(_of(dialect, fields, "date"))
    tags, left = tags_in(_of(dialect, fields, "keywords"))
    venues = (one_line(unmarked(v)) for v in _of(dialect, fields, "venue"))
    said = [v for v in _of(dialect, fields, "notes") if not (v.startswith(SUBMITTED) and submitted_in(v))]
    notes = (paragraphs(unmarked(v)) for v in said)
    used = {tag for found in dialect.fields.values() for tag in found} | {dialect.begins, dialect.ends}
    used |= {tag for tag in ("AN",) if arxiv_in(fields.get(tag, ()))}
    yield PaperRecord(
        title=title,
        authors=people.names or None,
        authors_cut=people.cut and bool(people.names),
        year=year,
        date=when or next(filter(None, map(submitted_in, _of(dialect, fields, "notes"))), None),
        arxiv=arxiv_in((*dois, *urls, *(v for tag in _ARXIV_TAGS for v in fields.get(tag, ())))),
        doi=doi,
        url=or_none(url),
        citekey=key,
        venue=next((venue for venue in venues if venue and venue != title), None),
        abstract=or_none(paragraphs(unmarked(next(iter(_of(dialect, fields, "abstract")), "")))),
        isbn=or_none(_isbn(first("isbn"))),
        accessed=_date([first("accessed")])[1] if len(_date([first("accessed")])[1] or "") == 10 else None,
        tags=tags,
        notes=tuple(note for note in dict.fromkeys(notes) if note and not is_address(note)),
        files=tuple(_of(dialect, fields, "files")),
        unused=(*(tag for tag in fields if tag not in used), *(["keywords"] if left else [])),
        source=options.source("" if options.name else dialect.name),
        line=line,
    )


_ARXIV_TAGS = ("AN", "M1", "C1", "C6", "JO", "T2", "PB", "N1", "LID")


def _of(dialect: Dialect, fields: _Fields, name: str) -> list[str]:
    return [value for tag in dialect.fields.get(name, ()) for value in fields.get(tag, ())]


def _authors(dialect: Dialect, fields: _Fields) -> list[str]:
    """The authors' lines; PubMed has each person twice, and a group in a tag of its own."""
    if dialect is PUBMED:
        found = fields.get("FAU") or fields.get("AU", [])
        return [*found, *(f"{{{group}}}" for group in fields.get("CN", ()))]
    return [one_line(value).rstrip(",") for value in _of(dialect, fields, "authors")]


def _date(values: Iterable[str]) -> tuple[int | None, str | None]:
    """The year and the date of the first value that says most: `2020/05/17/`, `2020 May 17`, `2020`."""
    best: tuple[int | None, str | None] = (None, None)
    for value in values:
        found = _PARTS.match(value.strip())
        if found:
            year = int(found["year"])
            month = int(found["month"]) if found["month"] else None
            day = int(found["day"]) if found["day"] else None
            if not month and found["rest"]:
                month, day = month_and_day(found["rest"])
            read: tuple[int | None, str | None] = (year, date_of(year, month, day))
        else:
            read = (year_in(value), None)
        if best[0] is None or (read[0] == best[0] and len(read[1] or "") > len(best[1] or "")):
            best = read
    return best


def _isbn(text: str) -> str:
    """An ISBN; an ISSN, which stands in the same field, has eight digits."""
    return text if sum(map(str.isdigit, text)) >= 9 else ""


_PARTS = re.compile(
    r"(?P<year>[0-9]{4})(?:[/-](?P<month>[0-9]{1,2})(?:[/-](?P<day>[0-9]{1,2}))?)?(?:$|/|T|\s+(?P<rest>\S.*)$)"
)
