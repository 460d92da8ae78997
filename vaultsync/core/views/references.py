"""A paper as an entry of a list of references, and the key by which others cite it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from vaultsync.core.views.sheets import PaperSheet

NAMED_AUTHORS = 6
"""Authors that a reference names; of a longer list the first ones, and `et al.`"""

_NOT_IN_KEY = re.compile(r"[^A-Za-z0-9_:.+/-]")
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SMALL = frozenset("a an the on of in for to and or der die das ein eine le la les un une el los las".split())


def authors_text(paper: PaperSheet) -> str:
    """The authors in a row: `A, B and C`, `A, B, … et al.`; empty if none is known."""
    names = list(paper.authors[:NAMED_AUTHORS])
    if not names:
        return ""
    if paper.authors_cut or len(paper.authors) > NAMED_AUTHORS:
        return f"{', '.join(names)} et al."
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def published_text(paper: PaperSheet) -> str:
    """Where and when it appeared: `Interspeech, 2020`; the year of a venue that names one is that."""
    year = "" if re.search(r"(?:19|20)\d\d", paper.venue) else paper.year
    return ", ".join(filter(None, (paper.venue, year)))


def dates_of(paper: PaperSheet) -> tuple[str, str]:
    """The date on which it appeared, as far as it goes with the year; and one of another year.

    That is a preprint's: it was submitted then. Both are `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or empty.
    """
    if not _DATE.fullmatch(paper.date):
        return "", ""
    return (paper.date, "") if paper.year in ("", paper.date[:4]) else ("", paper.date)


def citation_keys(papers: Iterable[PaperSheet]) -> dict[str, str]:
    """A key for each paper by its path: its own, else surname, year and first word of the title.

    Keys are ASCII, as BibTeX wants them. Where two papers have one key, the later one by its path gets `a`,
    `b`, …; so a key depends on the papers alone, never on their order.
    """
    keys: dict[str, str] = {}
    taken: set[str] = set()
    for paper in sorted(papers, key=lambda paper: (not paper.citekey, paper.path)):
        if paper.path in keys:
            continue
        key = stem = _NOT_IN_KEY.sub("", paper.citekey) or _made_key(paper)
        number = 0
        while key.casefold() in taken:
            key, number = f"{stem}{_letters(number)}", number + 1
        taken.add(key.casefold())
        keys[paper.path] = key
    return keys


def _made_key(paper: PaperSheet) -> str:
    surname = family_of(paper.authors[0]) if paper.authors else ""
    words = [word for word in _WORD.findall(paper.title) if word.lower() not in _SMALL]
    first = words[0] if words else ""
    parts = (surname, paper.year, first) if _ascii(surname) else (first, paper.year)
    key = "".join(_ascii(part).lower() for part in parts)
    return key or _ascii(paper.arxiv or paper.doi) or "paper"


def family_of(name: str) -> str:
    """The surname in a name as it is written: before a comma, else the last word."""
    if "," in name:
        return name.partition(",")[0].strip()
    words = name.split()
    return words[-1] if words else ""


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return re.sub(r"[^A-Za-z0-9]", "", plain)


def _letters(number: int) -> str:
    """The letters `a` to `z`, then `aa` and so on."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters
