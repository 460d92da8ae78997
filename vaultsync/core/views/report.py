"""A report of conferences: one page of HTML that can be mailed, read on a phone and printed.

Days → sessions → papers with what was said of them, a list of references, and what the vault lacks. The page
holds all it needs: no script, no font, no picture, no address that a browser would open by itself; a policy
in its head says so. What a note says is text in it, never markup (`inline`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from vaultsync.core.views.days import day_text, days_text
from vaultsync.core.views.inline import inline_html
from vaultsync.core.views.references import authors_text, published_text
from vaultsync.core.views.report_style import STYLE
from vaultsync.core.views.sheets import ConferenceSheet, DaySheet, PaperSheet, SessionSheet, Talked

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_SHOWN_AS = {"arxiv": "arXiv:{}", "doi": "doi:{}", "acl": "ACL {}", "openreview": "OpenReview {}"}
_ADDRESSES = {
    "arxiv": "https://arxiv.org/abs/{}",
    "doi": "https://doi.org/{}",
    "acl": "https://aclanthology.org/{}/",
    "openreview": "https://openreview.net/forum?id={}",
}


def report_html(conferences: Sequence[ConferenceSheet]) -> str:
    """The page, for one conference or several; the same conferences give the same bytes."""
    return "".join(_Page(conferences).parts())


class _Page:
    def __init__(self, conferences: Sequence[ConferenceSheet]) -> None:
        self._conferences = conferences
        self._title = " · ".join(conference.title for conference in conferences) or "Report"
        papers = [paper for conference in conferences for paper in conference.papers()]
        self._numbers = {path: n for n, path in enumerate(dict.fromkeys(p.path for p in papers), 1)}
        self._papers = {paper.path: paper for paper in papers}
        # The page has one heading of the first level; with several conferences theirs are of the second.
        self._level = 1 if len(conferences) < 2 else 2

    def parts(self) -> Iterator[str]:
        yield (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="generator" content="vaultsync">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f"<title>{_text(self._title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        )
        if self._level == 2:
            yield f'<header><h1 dir="auto">{_text(self._title)}</h1></header>\n'
        else:
            yield from map(self._head, self._conferences)
        yield from self._contents()
        yield "<main>\n"
        for number, conference in enumerate(self._conferences, 1):
            yield from self._conference(conference, f"c{number}")
        yield from self._references()
        yield "</main>\n</body>\n</html>\n"

    def _head(self, conference: ConferenceSheet) -> str:
        level = self._level
        facts = [days_text(conference.date, conference.end), conference.location]
        count = len(conference.papers())
        facts.append(f"{count} paper{'' if count == 1 else 's'}")
        shown = " · ".join(_text(fact) for fact in facts if fact)
        site = _link(conference.url, "website") if conference.url else ""
        about = " · ".join(filter(None, (shown, site)))
        return f'<header><h{level} dir="auto">{_text(conference.title)}</h{level}>\n<p>{about}</p></header>\n'

    def _contents(self) -> Iterator[str]:
        entries: list[str] = []
        for number, conference in enumerate(self._conferences, 1):
            days = "".join(
                f'<li><a href="#{anchor}">{_text(day_title(conference, day))}</a>'
                f"{_session_list(day, anchor)}</li>\n"
                for anchor, day in _anchored(conference, f"c{number}")
            )
            if self._level == 2:
                title = f'<a href="#c{number}" dir="auto">{_text(conference.title)}</a>'
                days = f"<li>{title}<ul>\n{days}</ul></li>\n"
            entries.append(days)
        entries += ['<li><a href="#references">References</a></li>\n'] if self._papers else []
        head = '<nav aria-labelledby="contents"><p id="contents">Contents</p>'
        yield f"{head}\n<ul>\n{''.join(entries)}</ul></nav>\n"

    def _conference(self, conference: ConferenceSheet, anchor: str) -> Iterator[str]:
        yield f'<article id="{anchor}">\n'
        if self._level == 2:
            yield self._head(conference)
        if not conference.days:
            yield "<p>No paper is mentioned.</p>\n"
        below = self._level + 1
        for day_anchor, day in _anchored(conference, anchor):
            yield f'<section id="{day_anchor}">\n<h{below}>{_text(day_title(conference, day))}</h{below}>\n'
            for number, session in enumerate(day.sessions, 1):
                yield from self._session(session, f"{day_anchor}s{number}", below + 1)
            yield "</section>\n"
        yield from self._missing(conference, below)
        yield "</article>\n"

    def _session(self, session: SessionSheet, anchor: str, level: int) -> Iterator[str]:
        title = _session_title(session)
        yield f'<section id="{anchor}">\n<h{level} dir="auto">{title}</h{level}>\n'
        for talked in session.talked:
            yield from self._talked(talked, level + 1)
        yield "</section>\n"

    def _talked(self, talked: Talked, level: int) -> Iterator[str]:
        paper = talked.paper
        number = self._numbers[paper.path]
        reference = f'<a class="number" href="#r{number}" aria-label="Reference {number}">[{number}]</a>'
        title = f"{_text(paper.title)}\u00a0{reference}"
        yield f'<section class="paper">\n<h{level} dir="auto">{title}</h{level}>\n'
        about = [_text(authors_text(paper)), _text(published_text(paper)), *_paper_links(paper)]
        yield f'<p class="about" dir="auto">{" · ".join(filter(None, about))}</p>\n' if any(about) else ""
        for quote in talked.quotes:
            yield f'<blockquote dir="auto"><p>{inline_html(quote)}</p></blockquote>\n'
        yield "</section>\n"

    def _missing(self, conference: ConferenceSheet, level: int) -> Iterator[str]:
        if not conference.missing:
            return
        yield f'<section class="missing">\n<h{level}>Named, but without a note</h{level}>\n<ul>\n'
        for scheme, value in conference.missing:
            address, shown = missing_address(scheme, value), missing_text(scheme, value)
            yield f"<li>{_link(address, shown) if address else _text(shown)}</li>\n"
        yield "</ul>\n</section>\n"

    def _references(self) -> Iterator[str]:
        if not self._papers:
            return
        yield '<section id="references">\n<h2>References</h2>\n<ol>\n'
        for path, number in self._numbers.items():
            paper = self._papers[path]
            parts = [authors_text(paper), paper.title, published_text(paper)]
            text = " ".join(f"{part}." if part[-1:] not in ".?!" else part for part in parts if part)
            links = " ".join(_paper_links(paper))
            yield f'<li id="r{number}" dir="auto">{_text(text)}{" " if links else ""}{links}</li>\n'
        yield "</ol>\n</section>\n"


def _anchored(conference: ConferenceSheet, anchor: str) -> Iterator[tuple[str, DaySheet]]:
    return ((f"{anchor}d{number}", day) for number, day in enumerate(conference.days, 1))


def _session_list(day: DaySheet, anchor: str) -> str:
    items = "".join(
        f'<li dir="auto"><a href="#{anchor}s{number}">{_session_title(session)}</a></li>\n'
        for number, session in enumerate(day.sessions, 1)
    )
    return f"<ul>\n{items}</ul>"


def _session_title(session: SessionSheet) -> str:
    return inline_html(session.title) or "Before the first heading"


def day_title(conference: ConferenceSheet, day: DaySheet) -> str:
    """What a report writes above the sessions of a day, or of none that is known."""
    if day.day:
        return day_text(day.day)
    return day.above or ("Without a day" if any(other.day for other in conference.days) else "Sessions")


def paper_addresses(paper: PaperSheet) -> list[tuple[str, str]]:
    """Where the paper is found: each address with what is shown for it."""
    found = []
    if paper.doi:
        found.append((f"https://doi.org/{paper.doi}", f"doi:{paper.doi}"))
    if paper.arxiv:
        found.append((f"https://arxiv.org/abs/{paper.arxiv}", f"arXiv:{paper.arxiv}"))
    if not found and paper.link:
        found.append((paper.link, re.sub(r"^https?://(?:www\.)?", "", paper.link).rstrip("/")))
    return found


def missing_text(scheme: str, value: str) -> str:
    """An identifier for which there is no note, as people write it."""
    return _SHOWN_AS.get(scheme, "{}").format(value)


def missing_address(scheme: str, value: str) -> str:
    """Its address; empty if it has none."""
    return _ADDRESSES.get(scheme, "").format(value)


def _paper_links(paper: PaperSheet) -> list[str]:
    return [_link(address, shown) for address, shown in paper_addresses(paper)]


def _link(address: str, shown: str) -> str:
    """A link that somebody may follow; an address of another scheme than the web's is only shown."""
    if not re.match(r"https?://[^\s]+$", address, re.IGNORECASE):
        return _text(shown if shown != "website" else address)
    return f'<a href="{escape(address)}" rel="noreferrer">{_text(shown)}</a>'


def _text(text: str) -> str:
    return escape(text, quote=False)
