"""What reference managers' formats share: identifiers in their usual fields, dates in parts, text fields.

Both BibTeX and CSL-JSON put an arXiv id in any of several fields and a date in parts of which some are
missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from vaultsync.core.papers.identifiers import canonical_arxiv, canonical_doi, identifiers_in

_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")


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
    """The DOI that a DOI field holds; a full stop or the like after it does not count."""
    return canonical_doi(text) or canonical_doi(text.strip(" .,;"))


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


def year_in(text: str) -> int | None:
    """The year that `text` states if it states just one: `2020`, `c. 2020`, `2020-05-01`; not `1999/2000`."""
    years = set(_YEAR.findall(text))
    return int(years.pop()) if len(years) == 1 else None
