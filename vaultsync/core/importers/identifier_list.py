"""Identifiers on their own (`arXiv:2210.13695`, a DOI, a URL of a paper): stubs with what is known offline.

Of an arXiv id that is the month; the title is not known, so the identifier stands for it until a source that
knows more completes the note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vaultsync.core.importers.record import Item, Options, PaperRecord, Skipped
from vaultsync.core.importers.source_text import control_problems, lines
from vaultsync.core.papers.identifiers import (
    arxiv_month,
    canonical_acl,
    canonical_arxiv,
    canonical_doi,
    canonical_openreview,
    identifiers_in,
)

_NAMES = {"arxiv": "arXiv", "doi": "DOI", "acl": "ACL", "openreview": "OpenReview"}
_VALUES = {
    "arXiv": canonical_arxiv,
    "DOI": canonical_doi,
    "ACL": canonical_acl,
    "OpenReview": canonical_openreview,
}
_PAGES = {"acl": "https://aclanthology.org/{}", "openreview": "https://openreview.net/forum?id={}"}


def recognises(head: str) -> str | None:
    """Why `head`, the beginning of a source, is a list of identifiers, or None: most words are one."""
    words = head.split()[:200]
    found = [word for word in words if _identifier(word)]
    return f"a list of identifiers, “{found[0]}” first" if len(found) * 2 > len(words) else None


def read(pieces: Iterable[str], options: Options) -> Iterator[Item]:
    """A stub for each identifier of the text."""
    dropped: list[tuple[int, str]] = []
    for number, line in lines(pieces, options, dropped):
        for word in line.split():
            yield stub(word, options, number)
        yield from control_problems(dropped, options)


def stub(value: str, options: Options, line: int = 0) -> PaperRecord | Skipped:
    """The paper that `value` identifies, or why it does not."""
    identifier = _identifier(value)
    if identifier is None:
        reason = "this is no arXiv id, DOI, ACL Anthology id or OpenReview address"
        return Skipped(place=options.place, line=line, reason=reason, text=value)
    scheme, found = identifier
    month = arxiv_month(found) if scheme == "arxiv" else None
    return PaperRecord(
        title=stub_title(scheme, found),
        arxiv=found if scheme == "arxiv" else None,
        doi=found if scheme == "doi" else None,
        url=_PAGES[scheme].format(found) if scheme in _PAGES else None,
        date=f"{month[0]:04}-{month[1]:02}" if month else None,
        source=options.source(""),
        line=line,
    )


def stub_title(scheme: str, value: str) -> str:
    """What stands in place of a title while only the identifier is known."""
    return f"{_NAMES.get(scheme, scheme)} {value}"


def is_stub_title(title: str) -> bool:
    """Whether `title` is only an identifier, which any real title may replace."""
    name, blank, value = title.partition(" ")
    read_value = _VALUES.get(name)
    return bool(blank) and read_value is not None and read_value(value) == value


def _identifier(value: str) -> tuple[str, str] | None:
    if arxiv := canonical_arxiv(value):
        return "arxiv", arxiv
    if doi := canonical_doi(value):
        return "doi", doi
    if acl := canonical_acl(value):
        return "acl", acl
    if any(found.scheme == "openreview" for found in identifiers_in(value)) and (
        review := canonical_openreview(value)
    ):
        return "openreview", review
    return None
