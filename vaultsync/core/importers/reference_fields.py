"""What reference managers' formats share: identifiers in their usual fields, dates in parts, text fields.

Both BibTeX and CSL-JSON put an arXiv id in any of several fields and a date in parts of which some are
missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import chain
from urllib.parse import unquote

from vaultsync.core.markdown.overlay import TAG_CHARS
from vaultsync.core.papers.identifiers import canonical_arxiv, canonical_doi, identifiers_in

_YEAR = re.compile(r"(?<!\d)(1\d\d\d|20\d\d)(?!\d)")
_YEAR_ALONE = re.compile(r"\s*\[?\(?0?([1-9]\d{2,3})\)?\]?\s*")
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]{1,9}){0,5}/\S+")
_TAGS = re.compile(r"</?(?:a|b|i|em|p|span|div|font)\b[^<>]*>", re.IGNORECASE)  # not `<1661::AID-SIM968>`
_BETWEEN_DOIS = re.compile(r"[,;]?\s+")
_BEFORE_DOI = re.compile(r"(?:(?:info|urn|uri|doi)(?:\s*+[=/])?|https?://[^\s?#]*/|[\s:.;])*+", re.IGNORECASE)
# Publishers' addresses that hold the DOI as it is: `…/doi/abs/10.1080/x`, `doi.acm.org/10.1145/1`.
_DOI_ADDRESS = re.compile(
    r"https?://(?:[\w.-]*\bdoi\b[\w.-]*/|[\w.-]+/doi/(?:(?:abs|full|pdf|epdf|epub|book|pdfdirect|abstract)/)?)"
    r"(10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s?#]+?)(?:/(?:abstract|full|pdf|epdf|summary))?(?:[?#].*)?",
    re.IGNORECASE,
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_WORD = re.compile(rf"(?<![a-z])({'|'.join(MONTHS)})[a-z]*", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")


def arxiv_in(texts: Iterable[str]) -> str | None:
    """The first arXiv id that one of the texts states: as an id, an address, or `arXiv:…` in its words."""
    for text in texts:
        if text and (found := canonical_arxiv(text)):
            return found
        for identifier in identifiers_in(text) if text else ():
            if identifier.scheme == "arxiv":
                return identifier.value
    return None


def doi_in(text: str) -> str | None:
    """The DOI that a DOI field holds, whatever says so before it (`doi: DOI: 10.…`, an address, `info:doi/`).

    A full stop or the like after it does not count, nor HTML around it. Of several the first is the paper's:
    an erratum's comes behind it.
    """
    text = _TAGS.sub("", text) if "<" in text else text
    several = [canonical_doi(part) for part in _BETWEEN_DOIS.split(text.strip())]
    if len(several) > 1 and all(several):
        return several[0]
    if not text or (found := canonical_doi(text) or canonical_doi(text.strip(" .,;"))):
        return found if text else None
    if in_address := doi_of_address(text):
        return in_address
    place = _DOI.search(text)
    if place is None or place.end() < len(text.rstrip()) or not _BEFORE_DOI.fullmatch(text, 0, place.start()):
        return None
    stated = re.split(r"[?#]", place[0])[0] if "//" in text[: place.start()] else place[0]
    return canonical_doi(stated.strip(" .,;"))


def doi_of_address(url: str) -> str | None:
    """The DOI in an address of doi.org, or of a publisher who has it there in plain sight; else None."""
    if found := canonical_doi(url) if "doi" in url.lower() else None:
        return found
    found_in = _DOI_ADDRESS.fullmatch(url.strip())
    return canonical_doi(unquote(found_in[1]).rstrip("./")) if found_in else None


def date_of(year: int | None, month: int | None, day: int | None) -> str | None:
    """`YYYY-MM-DD` or `YYYY-MM`, as far as the parts go; None without a month, or if there is no such day."""
    if year is None or month is None or not 1 <= month <= 12:
        return None
    if day is None:
        return f"{year:04}-{month:02}"
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def month_and_day(text: str) -> tuple[int | None, int | None]:
    """Month and day of `March`, `mar~12`, `12 March`, `03`; no month where there are two (`July-Aug.`)."""
    text = text.strip().strip("#").strip()
    if re.fullmatch(r"[0-9]{1,2}", text):
        return int(text), None
    months = {MONTHS.index(found[1].lower()) + 1 for found in _MONTH_WORD.finditer(text)}
    if len(months) != 1:
        return None, None
    days = _NUMBER.findall(text)
    return months.pop(), int(days[0]) if len(days) == 1 else None


SUBMITTED = "submitted: "
"""What a note begins with that tells a preprint's date, in a format that has no field for it."""


def submitted_in(text: str) -> str | None:
    """The date on which a preprint was submitted, as an export states it: `2021-06-17`."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?", text.strip().removeprefix(SUBMITTED))
    return date_of(int(found[1]), int(found[2]), int(found[3]) if found[3] else None) if found else None


def year_in(text: str) -> int | None:
    """The year that `text` states if it states just one: `2020`, `c. 2020`, `2020-05-01`; not `1999/2000`."""
    if alone := _YEAR_ALONE.fullmatch(text):
        return int(alone[1])
    years = set(_YEAR.findall(text))
    return int(years.pop()) if len(years) == 1 else None


TAGS_LIMIT = 50
"""Keywords of one reference; passed by no list that a person would want as tags."""


def tags_in(texts: Iterable[str]) -> tuple[tuple[str, ...], bool]:
    """Keywords as Obsidian's tags, a blank as a hyphen; and whether some of them can't be one."""
    found: dict[str, str] = {}
    left = False
    for keyword in chain.from_iterable(map(_keywords, texts)):
        tag = re.sub(r"\s+", "-", keyword.lstrip("#"))
        if is_tag(tag) and len(tag) <= 60 and len(found) < TAGS_LIMIT:
            found.setdefault(tag.casefold(), tag)
        else:
            left = True
    return tuple(found.values()), left


def _keywords(text: str) -> list[str]:
    parts = text.split(";") if ";" in text else re.split(r"[,，、\n]", text)
    return [word for part in parts if (word := " ".join(part.split()).strip(" ."))]


_TAG = re.compile(f"{TAG_CHARS}+")
_AROUND_ADDRESS = re.compile(
    r"(?:[^\w\[]|\[[\w.-]*\]?|arxiv|doi|version|url|available at|preprint)*+", re.IGNORECASE
)


def is_tag(text: str) -> bool:
    """Whether Obsidian takes `text` for a tag: no blank or punctuation, and not only digits."""
    return _TAG.fullmatch(text) is not None and not text.isdigit()


def is_address(text: str) -> bool:
    """Whether `text` is nothing but one identifier or address, which other properties hold."""
    found = identifiers_in(text)
    if len(found) != 1:
        return False
    rest = text[: found[0].span.start] + text[found[0].span.end :]
    return (
        re.fullmatch(r"(?:\W|\[[\w.-]+\]|arxiv|doi|version|url|available at|preprint)*", rest, re.IGNORECASE)
        is not None
    )


def files_in(text: str) -> tuple[str, ...]:
    """The paths in a `file` field: `path`, JabRef's `description:path:type`, several parted by `;`."""
    paths = []
    for one in re.split(r"(?<!\\);", text):
        parts = re.split(r"(?<!\\):", one.strip().strip("{}"))
        path = ":".join(parts[1:-1]) if len(parts) > 2 else parts[0] if len(parts) == 1 else one
        if path := re.sub(r"\\([:;_&%#~{}])", r"\1", path).replace("\\\\", "/").strip():
            paths.append(path)
    return tuple(dict.fromkeys(paths))
