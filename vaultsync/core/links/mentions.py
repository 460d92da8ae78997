"""What a conference note says of papers, as values: mentions, where links go, what is left to the person.

`mention_reader` makes them. One reading is behind the in-place links, both managed blocks, the suggestions
and the problems, so that they cannot disagree.
"""

from __future__ import annotations

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.links.sessions import Session
from vaultsync.core.text.spans import Span


class Mention(msgspec.Struct, frozen=True, array_like=True):
    """A place in a note that means a paper.

    `paper` is the paper note's path; `tier` 1–4 as in the design, 0 for a link that stands there already;
    `surface` the words as written; `session` the number of the session; `linkable` whether the words may be
    made a link; `quote` the bullet or sentence around them as plain text, empty for a heading.
    """

    paper: str
    tier: int
    surface: str
    span: Span
    session: int
    linkable: bool
    quote: str


class Placement(msgspec.Struct, frozen=True, array_like=True):
    """A mention that is to become a link: the words to be replaced and the paper note to link to."""

    span: Span
    paper: str
    surface: str
    in_table: bool


class Suggestion(msgspec.Struct, frozen=True, order=True):
    """A possible link that is left to the person; `papers` are the paths it may mean, best first.

    `score` tells from 0 to 1 how likely it is that a paper is meant; lists begin with the highest.
    """

    path: str
    line: int
    col: int
    words: str
    papers: tuple[str, ...]
    reason: str
    context: str = ""
    score: float = 0.5


class Missing(msgspec.Struct, frozen=True, order=True):
    """An identifier in a note for which the vault has no paper note."""

    path: str
    line: int
    col: int
    scheme: str
    value: str


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """All that a conference note says of papers.

    `display` is the name under which the note is listed; `words` its vocabulary (`core.text.vocabulary`);
    `doubts` the pairs of words whose commonness was asked for (`core.papers.commonness`). `doubtful` are
    links that stand and that would not be made today.
    """

    display: str
    date: str
    sessions: tuple[Session, ...]
    mentions: tuple[Mention, ...] = ()
    placements: tuple[Placement, ...] = ()
    problems: tuple[Problem, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    ambiguous: tuple[Suggestion, ...] = ()
    missing: tuple[Missing, ...] = ()
    words: bytes = b""
    doubts: bytes = b""
    doubtful: tuple[Suggestion, ...] = ()

    @property
    def papers(self) -> frozenset[str]:
        """The papers that are mentioned."""
        return frozenset(m.paper for m in self.mentions)
