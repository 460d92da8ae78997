"""The fields of one BibTeX or BibLaTeX entry as a record: what each of them means.

The fields and their aliases are those of BibTeX's `btxdoc`, of BibLaTeX's manual (2.2), and what reference
managers write besides (Mendeley, Zotero's Better BibTeX, JabRef, Semantic Scholar, DBLP).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from vaultsync.core.importers.latex import decoded, has_math
from vaultsync.core.importers.people import people_in
from vaultsync.core.importers.record import Item, Options, PaperRecord, one_line, or_none, paragraphs
from vaultsync.core.importers.reference_fields import (
    MONTHS,
    arxiv_in,
    date_of,
    doi_in,
    doi_of_address,
    files_in,
    is_address,
    month_and_day,
    submitted_in,
    tags_in,
    year_in,
)
from vaultsync.core.papers.identifiers import canonical_arxiv, canonical_url

__all__ = ("MONTHS", "VENUES", "record_of", "title_of")

VENUES = ("booktitle", "journal", "journaltitle", "eventtitle")
"""The fields that say where a paper appeared."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?")
_ESCAPED = re.compile(r"\\([_%&#~{}])")


def title_of(fields: dict[str, str]) -> str:
    """The title with its subtitle; empty where there is none."""
    title = one_line(decoded(fields.get("title", "")))
    if subtitle := one_line(decoded(fields.get("subtitle", ""))):
        title = f"{title}: {subtitle}" if title else subtitle
    return title


def record_of(
    fields: dict[str, str], title: str, key: str | None, line: int, options: Options
) -> Iterator[Item]:
    """The entry's record, after problems with what in it can't be used."""
    doi = doi_in(_with_blanks(fields.get("doi", "")))
    if not doi and fields.get("doi", "").strip():
        yield options.problem(line, f"“{one_line(fields['doi'])}” is no DOI: left out")
    url = _address(fields)
    year, when = _date(fields)
    people = people_in(fields.get("author", ""))
    for name in people.doubtful:
        message = f"“{name[:60]}” is no name of one author in BibTeX: it stays as it is written"
        yield options.problem(line, message, "write “and” between the names")
    abstract = fields.get("abstract", "")
    tex = has_math(abstract)
    yield PaperRecord(
        title=title,
        authors=people.names or None,
        authors_cut=people.cut and bool(people.names),
        year=year,
        date=when or submitted_in(fields.get("submitted", "")),
        raw_date=or_none(one_line(fields.get("date", ""))),
        arxiv=_arxiv(fields),
        doi=doi or doi_of_address(url),
        url=or_none(url),
        citekey=key,
        venue=or_none(next((v for name in VENUES if (v := one_line(decoded(fields.get(name, ""))))), "")),
        category=or_none(one_line(fields.get("primaryclass", fields.get("eprintclass", "")))),
        abstract=or_none(paragraphs(decoded(abstract, keep_math=tex))),
        tex=tex,
        **_besides(fields),
        source=options.source("" if options.name else "BibTeX"),
        line=line,
    )


def _bare(value: str) -> str:
    """An address or an id: no TeX but escaped signs and `\\url{}`."""
    if "\\" in value:
        inner = re.fullmatch(r"\s*\\url\s*\{(.*)\}\s*", value, re.DOTALL)
        value = _ESCAPED.sub(r"\1", inner[1] if inner else value).replace(r"\textasciitilde", "~")
    return "".join(value.replace("{", "").replace("}", "").split())


def _address(fields: dict[str, str]) -> str:
    """The `url`, else what `howpublished` or `note` says as `\\url{}` or as all that it says."""
    if url := _bare(fields.get("url", "")):
        return url
    for name in ("howpublished", "note"):
        value = fields.get(name, "")
        if "://" not in value or (name == "note" and not is_address(decoded(value))):
            continue
        named = list(map(_bare, _URL.findall(value))) or [decoded(value).strip()]
        if len(named) == 1 and canonical_url(named[0]) is not None:
            return named[0]
    return ""


def _with_blanks(value: str) -> str:
    """A DOI field, which may have words before it, without TeX."""
    return " ".join(map(_bare, value.split()))


_URL = re.compile(r"\\url\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_ARXIV_FIELDS = ("eprint", "arxivid", "arxiv", "doi", "url")
_PREPRINTS = re.compile(r"(?:corr|arxiv\b.*|computing research repository)", re.IGNORECASE)


def _arxiv(fields: dict[str, str]) -> str | None:
    archive = _bare(fields.get("archiveprefix", fields.get("eprinttype", "arxiv"))).lower()
    eprint = _bare(fields.get("eprint", ""))
    stated = [_bare(fields.get(name, "")) for name in _ARXIV_FIELDS[1:]]
    if archive == "arxiv" or (eprint and canonical_arxiv(eprint) and "/" in eprint):
        whole = f"{_bare(fields.get('primaryclass', '')).partition('.')[0]}/{eprint}"
        stated = [eprint, whole if eprint.isdecimal() else "", *stated]
    elif eprint.isdecimal():  # `archivePrefix = {hep-th}, eprint = {9901001}`
        stated.insert(0, f"{archive}/{eprint}")
    if _PREPRINTS.fullmatch(fields.get("journal", fields.get("journaltitle", "")).strip("{} ")):
        stated += [
            _bare(fields.get(name, "")).lower().removeprefix("abs/") for name in ("volume", "number", "pages")
        ]
    words = (decoded(fields.get(name, "")) for name in ("journal", "journaltitle", "note", "howpublished"))
    return arxiv_in(chain(stated, words))


def _date(fields: dict[str, str]) -> tuple[int | None, str | None]:
    """The year, and the date as far as it is stated, from `date` or from `year`, `month` and `day`."""
    if found := _DATE.fullmatch(fields.get("date", "").strip()):
        year, month, day = (int(part) if part else None for part in found.groups())
        return year, date_of(year, month, day)
    year = year_in(decoded(fields.get("year", fields.get("date", ""))))
    month, day = month_and_day(decoded(fields.get("month", "")))
    day_text = fields.get("day", "").strip()
    return year, date_of(year, month, int(day_text) if re.fullmatch(r"[0-9]{1,2}", day_text) else day)


_KEYWORDS = ("keywords", "keyword", "mendeley-tags", "author_keywords")
_NOTES = ("note", "annote", "annotation", "review", "comment", "notes")
_READ = frozenset(
    "title subtitle author doi url year month day date eprint arxivid arxiv archiveprefix eprinttype "
    "primaryclass eprintclass booktitle journal journaltitle eventtitle abstract isbn urldate file crossref "
    "xdata ids submitted".split()
) | {*_KEYWORDS, *_NOTES}

_FEW_HAVE = frozenset({*_KEYWORDS, *_NOTES, "isbn", "urldate", "file", "ids"})


def _besides(fields: dict[str, str]) -> dict[str, Any]:
    """What a reference manager knows besides: the fields of `PaperRecord` that few notes have."""
    unused = [name for name in fields if name not in _READ and fields[name].strip()]
    if "howpublished" in unused and is_address(decoded(fields["howpublished"])):
        unused.remove("howpublished")
    if _FEW_HAVE.isdisjoint(fields):
        return {"unused": tuple(unused)}
    tags, left = tags_in(decoded(fields[name]) for name in _KEYWORDS if name in fields)
    notes = (paragraphs(decoded(fields[name])) for name in _NOTES if name in fields)
    accessed = _DATE.fullmatch(_bare(fields.get("urldate", "")))
    return {
        "isbn": or_none(one_line(_bare(fields.get("isbn", "")))),
        "accessed": accessed[0][:10] if accessed and accessed[3] else None,
        "tags": tags,
        "notes": tuple(note for note in dict.fromkeys(notes) if note and not is_address(note)),
        "files": files_in(fields.get("file", "")),
        "citekeys": tuple(key for part in fields.get("ids", "").split(",") if (key := part.strip())),
        "unused": (*unused, *(["keywords"] if left else [])),
    }
