"""Papers as RIS, for EndNote, Mendeley, Zotero and publishers; `import` reads it back as it was.

Source: the RIS specification of Research Information Systems (2001), and the tags that exports write today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from vaultsync.core.importers.reference_fields import SUBMITTED
from vaultsync.core.views.bibtex_export import is_journal, is_preprint
from vaultsync.core.views.csl_export import person, unambiguous
from vaultsync.core.views.references import dates_of
from vaultsync.core.views.sheets import PaperSheet


def ris(papers: Iterable[PaperSheet], keys: Mapping[str, str]) -> str:
    """The records in the papers' order; `keys` gives each paper's key by its path."""
    return "\n".join(
        "".join(f"{tag}  - {value}\n" for tag, value in _lines(paper, keys[paper.path])) for paper in papers
    )


def _lines(paper: PaperSheet, key: str) -> Iterator[tuple[str, str]]:
    published = paper.venue and not is_preprint(paper.venue)
    yield "TY", "GEN" if not published else "JOUR" if is_journal(paper.venue) else "CPAPER"
    yield "ID", key
    yield "TI", unambiguous(paper.title)
    for name in paper.authors:
        yield "AU", _name(name)
    if paper.authors_cut:
        yield "AU", "others"
    issued, submitted = dates_of(paper)
    if issued or paper.year:
        yield "PY", issued[:4] or paper.year
    if len(issued) > len("YYYY"):
        yield "DA", issued.replace("-", "/")
    if submitted:
        yield "N1", f"{SUBMITTED}{submitted}"
    for tag, value in (
        *(("T2", unambiguous(paper.venue)), ("DO", paper.doi), ("SN", paper.isbn)),
        *(("AN", f"arXiv:{paper.arxiv}" if paper.arxiv else ""), ("UR", paper.url)),
    ):
        if value:
            yield tag, value
    yield "ER", ""


def _name(name: str) -> str:
    """`Surname, Given, Suffix` where the way it is written says which is which; else as it is written."""
    parts = person(name)
    if "literal" in parts:
        return name
    family = " ".join(filter(None, (parts.get("non-dropping-particle"), parts["family"])))
    return ", ".join(filter(None, (family, parts["given"], parts.get("suffix"))))
