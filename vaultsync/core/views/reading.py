"""What to read next, and why: unread papers, those first that came up at most conferences.

Nothing is invented: a paper without a `status` counts as unread, and what nobody mentioned isn't listed.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from vaultsync.core.views.sheets import ConferenceSheet, PaperSheet


class Came(msgspec.Struct, frozen=True):
    """A conference at which a paper came up: its title, its date, the sessions, and what was said last."""

    path: str
    title: str
    date: str
    sessions: tuple[str, ...]
    quote: str


class ToRead(msgspec.Struct, frozen=True):
    """An unread paper, with the conferences at which it came up, the latest first."""

    paper: PaperSheet
    came: tuple[Came, ...]

    @property
    def mentions(self) -> int:
        """In how many sessions it was spoken of."""
        return sum(max(len(came.sessions), 1) for came in self.came)


def to_read(conferences: Iterable[ConferenceSheet]) -> list[ToRead]:
    """The unread papers in the order in which to read them.

    By the number of conferences, then of sessions, then the latest first, then by title.
    """
    papers: dict[str, PaperSheet] = {}
    came: dict[str, list[Came]] = {}
    for conference in conferences:
        for paper in conference.papers():
            papers[paper.path] = paper
            came.setdefault(paper.path, []).append(_came(conference, paper.path))
    found = [
        ToRead(paper, tuple(sorted(came[path], key=lambda each: (each.date, each.path), reverse=True)))
        for path, paper in papers.items()
        if paper.is_unread
    ]
    found.sort(key=lambda each: (each.paper.title.casefold(), each.paper.path))
    found.sort(key=lambda each: (len(each.came), each.mentions, each.came[0].date), reverse=True)
    return found


def _came(conference: ConferenceSheet, path: str) -> Came:
    sessions: dict[str, None] = {}
    quotes = [""]
    for day in conference.days:
        for session in day.sessions:
            for talked in session.talked:
                if talked.paper.path == path:
                    sessions[session.title] = None
                    quotes += talked.quotes
    titles = tuple(title for title in sessions if title)
    return Came(conference.path, conference.title, conference.date, titles, quotes[-1])
