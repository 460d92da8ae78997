"""One record of several about one paper: what each source states, put together before a note is planned."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from vaultsync.core.importers.completion import is_preprint
from vaultsync.core.importers.identifier_list import is_stub_title
from vaultsync.core.importers.record import PaperRecord

_SINGLE = (
    "author_count", "raw_date", "arxiv", "citekey", "category", "title_translated", "isbn", "accessed",
)  # fmt: skip
_OF_PUBLICATION = ("year", "doi", "url", "venue")
_UNITED = ("tags", "notes", "files", "unused")


def merge(papers: Sequence[PaperRecord]) -> PaperRecord:
    """One record of several about one paper: of each field the first that is stated, in the order given.

    A whole list of authors goes before a cut one, a title before an identifier that stands for one.
    """
    if len(papers) == 1:
        return papers[0]
    titled = next((p for p in papers if not is_stub_title(p.title)), papers[0])
    named = next((p for p in papers if p.authors and not p.authors_cut), None)
    named = named or next((p for p in papers if p.authors), papers[0])
    # Where it was published, if one of them says so, goes before the preprint.
    published = sorted(papers, key=lambda p: is_preprint(p.venue, p.doi))
    dated = next((p for p in published if p.date and len(p.date) == len("YYYY-MM-DD")), None)
    dated = dated or next((p for p in published if p.date), papers[0])
    abstract = next((p for p in papers if p.abstract), papers[0])
    placed = next((p for p in papers if p.affiliations), papers[0])
    summaries = {language: text for p in reversed(papers) for language, text in p.summary}
    stated = {
        field: next((value for p in ordered if (value := getattr(p, field)) is not None), None)
        for fields, ordered in ((_SINGLE, papers), (_OF_PUBLICATION, published))
        for field in fields
    }
    if stated["year"] is not None and dated.date and not dated.date.startswith(f"{stated['year']:04}"):
        dated = msgspec.structs.replace(dated, date=None)
    united = {
        field: tuple(dict.fromkeys(value for p in papers for value in getattr(p, field))) for field in _UNITED
    }
    return msgspec.structs.replace(
        papers[0],
        title=titled.title,
        authors=named.authors,
        authors_cut=named.authors_cut,
        date=dated.date,
        abstract=abstract.abstract,
        tex=abstract.tex,
        summary=tuple(summaries.items()),
        affiliations=placed.affiliations,
        affiliations_cut=placed.affiliations_cut,
        citekeys=tuple(dict.fromkeys(key for p in papers for key in citation_keys(p))),
        **stated,
        **united,
    )


def citation_keys(paper: PaperRecord) -> tuple[str, ...]:
    """All citation keys by which a source calls the paper."""
    return tuple(dict.fromkeys(key for key in (paper.citekey, *paper.citekeys) if key))
