"""Papers that one page tells to be one: titles that are alike, at the same plain address.

An address by itself proves nothing, as a list of papers has one, too. So it is settled when all sources have
been seen: what shares a page is one paper only if all of it may be; anything else that stands there keeps all
of it apart. What stays apart though the titles are alike is told.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

import msgspec

from vaultsync.core.importers.alike_titles import are_alike, title_words
from vaultsync.core.importers.identifier_list import is_stub_title
from vaultsync.core.importers.same_paper import Groups, Known
from vaultsync.core.papers.pages import page_of

MOST = 8
"""Papers on one page up to which they are compared; a page of more is a list."""

_SPELLINGS = 4 * MOST
"""Titles of a page that are kept: a paper's title may be written in several ways."""

_Entry = tuple[int, str]


class Apart(msgspec.Struct, frozen=True):
    """Two papers that stay two though their titles are alike: their groups, the page, and why."""

    groups: tuple[int, int]
    page: str
    reason: str


class Pages:
    """The pages seen so far, each with the groups and titles of the papers that name it."""

    def __init__(self) -> None:
        self._seen: dict[str, list[_Entry]] = {}
        self._lists: set[str] = set()

    def add_paper(self, known: Known, group: int) -> None:
        """The pages of a paper's note."""
        for page in filter(None, map(page_of, known.addresses)):
            for title in known.titles:
                self._add(page, (group, title))

    def add_conference(self, known: Known) -> None:
        """The pages of a conference note: each is the conference's, not a paper's."""
        self._lists.update(filter(None, map(page_of, known.addresses)))

    def add(self, address: str, title: str, group: int) -> None:
        """A record of this title, which its source says to be at the address."""
        if not is_stub_title(title) and (page := page_of(address)):
            self._add(page, (group, title))

    def _add(self, page: str, entry: _Entry) -> None:
        entries = self._seen.setdefault(page, [])
        if len(entries) < _SPELLINGS and entry not in entries:
            entries.append(entry)

    def settle(self, groups: Groups, doubtful: Collection[int] = ()) -> tuple[Apart, ...]:
        """Join the groups that are one paper by their page; gives those that stay apart in doubt.

        `doubtful` are groups that their titles have given to several notes: a page may tell which is meant.
        """
        found: list[Apart] = []
        for page, entries in sorted(self._seen.items()):
            titles: dict[int, set[str]] = {}
            for group, title in entries:
                titles.setdefault(groups.root(group), set()).add(title)
            if 1 < len(titles) <= MOST and len(entries) < _SPELLINGS:
                found += self._settle_page(page, titles, groups, doubtful)
        return tuple(found)

    def _settle_page(
        self, page: str, titles: dict[int, set[str]], groups: Groups, doubtful: Collection[int]
    ) -> list[Apart]:
        compared = {group: [title_words(title) for title in sorted(of)] for group, of in titles.items()}
        pairs = list(combinations(sorted(titles), 2))
        alike = [
            (one, other)
            for one, other in pairs
            if any(are_alike(a, b) for a in compared[one] for b in compared[other])
        ]
        told_apart = [pair for pair in alike if groups.differ(*pair)]
        strangers = {pair: groups.have_other_authors(*pair) for pair in alike}
        noted = sum(group in groups.notes for group in titles)
        why = ""
        if page in self._lists or len(alike) < len(pairs) or told_apart:
            why = "other papers have this address, too"
        elif noted > 1:
            why = "more than one note has this address"
        elif not noted and any(group in doubtful for group in titles):
            why = "it can't be told which note is meant"
        if not why and any(strangers.values()):
            why = "one at this address names another first author"
        if not why:
            first = min(titles, key=lambda group: (group not in groups.notes, group))
            for group in sorted(titles):
                groups.join(first, group)
            return []
        return [
            Apart(pair, page, "they name other first authors" if strangers[pair] else why)
            for pair in alike
            if pair not in told_apart
            and not (pair[0] in groups.notes and pair[1] in groups.notes)
            and (strangers[pair] or why)
        ]
