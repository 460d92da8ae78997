"""The same report as Markdown, for a wiki, a mail or a note: days, sessions, papers, references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from vaultsync.core.importers.markdown_escape import escaped
from vaultsync.core.views.days import days_text
from vaultsync.core.views.references import authors_text, published_text
from vaultsync.core.views.report import day_title, missing_address, missing_text, paper_addresses
from vaultsync.core.views.sheets import ConferenceSheet, PaperSheet

_ENDS_ADDRESS = re.compile(r"[\s<>\\`\"]")


def report_markdown(conferences: Sequence[ConferenceSheet]) -> str:
    """The report, for one conference or several. Quotes are Markdown already; all else is escaped."""
    papers = {paper.path: paper for conference in conferences for paper in conference.papers()}
    numbers = {path: number for number, path in enumerate(papers, 1)}
    lines = [line for conference in conferences for line in _conference(conference, numbers)]
    if papers:
        lines += ["## References", "", *(_reference(papers[path], n) for path, n in numbers.items()), ""]
    return "\n".join(lines)


def _conference(conference: ConferenceSheet, numbers: dict[str, int]) -> Iterator[str]:
    yield from (f"# {escaped(conference.title)}", "")
    about = [days_text(conference.date, conference.end), conference.location, conference.url]
    if any(about):
        yield from (escaped(" · ".join(filter(None, about))), "")
    for day in conference.days:
        yield from (f"## {escaped(day_title(conference, day))}", "")
        for session in day.sessions:
            yield from (f"### {session.title or 'Before the first heading'}", "")
            for talked in session.talked:
                paper = talked.paper
                facts = " · ".join(filter(None, (authors_text(paper), published_text(paper))))
                yield f"- **{escaped(paper.title)}** [{numbers[paper.path]}]" + (
                    f": {escaped(facts)}" if facts else ""
                )
                yield from (f"    - {quote}" for quote in talked.quotes)
            yield ""
    if conference.missing:
        yield from ("## Named, but without a note", "")
        for missing in conference.missing:
            yield f"- {_address(missing_address(*missing)) or escaped(missing_text(*missing))}"
        yield ""


def _address(address: str) -> str:
    """An address as it may stand between `<` and `>`: what would end it there, or begin HTML, as `%3E`."""
    return _ENDS_ADDRESS.sub(lambda m: quote(m[0]), address)


def _reference(paper: PaperSheet, number: int) -> str:
    parts = [authors_text(paper), paper.title, published_text(paper)]
    text = " ".join(f"{part}." if part[-1:] not in ".?!" else part for part in parts if part)
    return " ".join(
        (f"{number}. {escaped(text)}", *(f"<{_address(address)}>" for address, _ in paper_addresses(paper)))
    )
