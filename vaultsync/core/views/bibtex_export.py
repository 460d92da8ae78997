"""Papers as a BibTeX library, for BibTeX, biber and Pandoc; `import` reads it back as it was.

Text stays Unicode, as biber and Pandoc want it; what TeX would act on is escaped. A title stands in two pairs
of braces, so that no style changes its capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from vaultsync.core.views.references import dates_of
from vaultsync.core.views.sheets import PaperSheet

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "`": r"\textasciigrave{}",
    **{char: f"\\{char}" for char in "{}$&%#_"},
}
# Pairs that TeX joins into one sign: a dash, a quote.
_JOINED = re.compile(r"(?<=[-',])(?=[-',])")
_SPECIAL = re.compile("|".join(map(re.escape, _ESCAPES)))
_MATH = re.compile(r"\$(?![\s$])(?:[^$\\{}]|\\[A-Za-z]++|\{[^{}$]*\})+(?<!\s)\$(?![\d$])")
_JOURNAL = re.compile(
    r"\b(?:journal|transactions|letters|review|annals|nature|science|cell|bulletin|magazine|zeitschrift|j\.|"
    r"trans\.|lett\.|rev\.|commun\w*|plos|jmlr|tmlr|tacl|pnas|proceedings of the (?:national academy|ieee))",
    re.IGNORECASE,
)
_PREPRINT = re.compile(r"(?:arxiv|corr|biorxiv|medrxiv)\b", re.IGNORECASE)


def bibtex(papers: Iterable[PaperSheet], keys: Mapping[str, str]) -> str:
    """The library, an entry a paper, in their order; `keys` gives each paper's key by its path."""
    return "\n".join(_entry(paper, keys[paper.path]) for paper in papers)


def is_journal(venue: str) -> bool:
    """Whether a venue is a journal, as far as its name says."""
    return _JOURNAL.search(venue) is not None


def is_preprint(venue: str) -> bool:
    """Whether a venue is a server of preprints, and so no place of publication."""
    return _PREPRINT.match(venue) is not None


def _entry(paper: PaperSheet, key: str) -> str:
    in_journal = is_journal(paper.venue) or is_preprint(paper.venue)
    kind = "misc" if not paper.venue else "article" if in_journal else "inproceedings"
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(paper, kind))
    return f"@{kind}{{{key},\n{fields}}}\n"


def _fields(paper: PaperSheet, kind: str) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{escaped(paper.title)}}}"
    names = [*map(_person, paper.authors), *(["others"] if paper.authors_cut and paper.authors else [])]
    if names:
        yield "author", " and ".join(names)
    issued, submitted = dates_of(paper)
    if len(issued) > len("YYYY"):
        yield "date", issued
    elif paper.year:
        yield "year", escaped(paper.year)
    if submitted:
        yield "submitted", submitted  # which no style prints
    if paper.venue:
        yield "journal" if kind == "article" else "booktitle", escaped(paper.venue)
    if paper.arxiv:
        yield from (("eprint", paper.arxiv), ("eprinttype", "arxiv"), ("archiveprefix", "arXiv"))
        if paper.category:
            yield "primaryclass", escaped(paper.category)
    for name, value in (("doi", paper.doi), ("isbn", paper.isbn), ("url", paper.url)):
        if value:
            yield name, _address(value)


def escaped(text: str) -> str:
    """Plain text as TeX; math that stands in it (`$k$-means`) stays math."""
    pieces = []
    place = 0
    for math in _MATH.finditer(text):
        pieces += [_plain(text[place : math.start()]), math[0]]
        place = math.end()
    return "".join((*pieces, _plain(text[place:])))


def _plain(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], _JOINED.sub("\0", text)).replace("\0", "{}")


def _person(name: str) -> str:
    """A name as BibTeX splits it; one that it would split wrongly stands in braces, as one word."""
    plain = _plain(name)
    if re.search(r"\band\b|\d", name, re.IGNORECASE) or name.count(",") > 1 or name.lower() == "others":
        return f"{{{plain}}}"
    return plain


def _address(text: str) -> str:
    """An address or a number: only a brace without its partner, which would end the field, is encoded."""
    return text if text.count("{") == text.count("}") == 0 else text.replace("{", "%7B").replace("}", "%7D")
