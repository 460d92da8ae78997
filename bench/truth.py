"""The ground truth of a generated vault: the right answer, note by note (design, section 6).

The meanings, where the design leaves room, are these. *First mention per session* is the first that can be
linked: a tier 1 mention or a heading before it does not use it up, a link of the person's does. What a rule
repairs counts as repaired (an alias under the old key `alias`, a title that stands only in the heading),
because `fix` must reach its fixed point in one run. Names in protected text are no mentions at all.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Expected = Literal["link", "record", "suggestion", "ambiguous"]
"""`link`: becomes a link in place. `record`: a mention whose text stays. `suggestion`: neither linked
nor recorded. `ambiguous`: two notes have the name; reported, neither linked nor recorded."""


class Mention(msgspec.Struct, frozen=True, gc=False):
    """A mention that the generator wrote; no two of one note share a line."""

    offset: int  # code points from the start of the decoded file, a byte order mark counted
    line: int  # from 1
    surface: str  # the characters at `offset`; for tier 1 the whole URL, `arXiv:` prefix or `@` included
    papers: tuple[str, ...]  # path of the paper note; two for `ambiguous`
    tier: int  # 0 is a link that the person wrote
    form: str  # which name or identifier: 'arxiv', 'doi', 'title', 'main', 'weak', 'alias', …
    expected: Expected
    session: str  # text of the session's heading, '' before the first
    day: str | None  # ISO date that the weekday heading means


class Decoy(msgspec.Struct, frozen=True, gc=False):
    """A name or identifier where it is no mention: these characters may be neither changed nor recorded."""

    offset: int
    line: int
    surface: str
    form: str  # 'code', 'fence', 'math', 'comment', 'url', …


class NoteTruth(msgspec.Struct, frozen=True):
    """All that stands in one conference note."""

    path: str
    mentions: tuple[Mention, ...]
    decoys: tuple[Decoy, ...]


class PaperTruth(msgspec.Struct, frozen=True, gc=False):
    """One paper note: which rules have work in it, and the problem that must be reported, if any."""

    path: str
    title: str
    untidy: tuple[str, ...]
    problem: str | None


class Truth(msgspec.Struct, frozen=True):
    """The truth file: `msgspec.json.decode(data, type=Truth)` reads it back."""

    seed: int
    notes: int
    untidy_share: float
    papers: tuple[PaperTruth, ...]
    conferences: tuple[NoteTruth, ...]
