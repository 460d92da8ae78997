"""Papers that a line of a conference note never names, but seems to be about: found by the words they share.

Only looked for when somebody asks (`vaultsync links --related`), and only ever suggested. The ranking is the
BM25 of SQLite's FTS5 (https://www.sqlite.org/fts5.html#the_bm25_function), which comes with Python; of the
libraries for it rank-bm25 is abandoned, and both it and bm25s need NumPy.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from math import log

import msgspec

from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Suggestion
from vaultsync.core.links.sessions import session_at
from vaultsync.core.note import Note
from vaultsync.core.text.folding import fold_name
from vaultsync.core.text.spans import Span, line_column

BEST = 2
"""Papers that are suggested for one line at the most."""

CLOSE = 0.6
"""The share of the best paper's score that another one of the line needs."""

SHOWN_WORDS = 6
"""Shared words that the reason names."""

RARE = 0.25
"""The share of papers that a telling word may stand in."""

TITLE = 3.0
"""How much more a word in the title tells than one in the text."""

_TOKEN = re.compile(r"[^\W_]+")
_IGNORED = frozenset(
    """
    about after all also an and another any approach are as at based be been before being better
    between both but by can case comment could different difficulty do doesn does each else etc even
    ever exist existing few find first focused for from further good had has have here high how
    however if in interesting into is it its just lot made main make making many may maybe mean more
    most much must my new next nice no non none not novel of on one only or other our out over own
    paper per possible problem question rather really result same see seem several should show since
    so solution some step still such take talk than that the their them then there these they this
    those through time to too towards two under unwanted up us use used using various very via was
    way we well were what when where which while who why will with within without work would yet you
    your aber als auch auf aus bei das dem den der des die ein eine für im ist mit nicht noch oder
    sich sind und von wie wird zu zum zur
    """.split()
)


OUTER = 3
"""Columns before the text of a bullet that is in no other one: `1. ` has three."""


class _Passage(msgspec.Struct, frozen=True):
    """A paragraph, or a bullet with all below it; its words with their places, after those of its heading.

    `own` is the number of the first word that is not the heading's.
    """

    span: Span
    words: tuple[tuple[str, Span], ...]
    own: int


def related(notes: Iterable[Note], index: Index, load: Callable[[str], Note | None]) -> Iterator[Suggestion]:
    """The papers that lines of the conference notes may be about, each at the best line of a session.

    `load` gives the paper notes, whose titles and texts are searched. Papers that the session mentions, or
    that were denied for the words, are left out.
    """
    known = sorted(index.catalogue, key=lambda paper: paper.path)
    papers = [(paper.path, paper.title, note) for paper in known if (note := load(paper.path))]
    with closing(_Library([(path, title, _prose(note)) for path, title, note in papers])) as library:
        for note in notes:
            yield from _of_note(note, index, library)


def _of_note(note: Note, index: Index, library: _Library) -> Iterator[Suggestion]:
    reading = index.reading(note)
    named = {(m.session, m.paper) for m in reading.mentions}
    denied = {(d.words, d.paper) for d in index.decisions.denied if d.note == note.path}
    best: dict[tuple[int, str], tuple[float, _Passage, list[int]]] = {}
    for line in _lines(note):
        session = session_at(reading.sessions, line.span.start)
        found = library.about([word for word, _ in line.words])
        for path, score, shared in found[:BEST]:
            key = (session, path)
            new = path != note.path and key not in named and score > best.get(key, (0.0,))[0]
            if new and score >= CLOSE * found[0][1] and shared[-1] >= line.own:
                best[key] = score, line, shared
    for (_, path), (_, line, shared) in sorted(best.items(), key=lambda item: (item[1][1].span, item[0])):
        span = _longest_run(note.text, line, shared)
        words = span.of(note.text)
        if (fold_name(words), path) in denied:
            continue
        row, col = line_column(note.text, span.start)
        common = ", ".join(list(dict.fromkeys(line.words[i][0] for i in shared))[:SHOWN_WORDS])
        context = " ".join(line.span.of(note.text).split())
        yield Suggestion(note.path, row, col, words, (path,), f"both speak of {common}", context)


def _lines(note: Note) -> Iterator[_Passage]:
    """The paragraphs and the outermost bullets with all below them; the words of their heading come first."""
    text, hidden = note.text, note.body.protected
    heading: tuple[tuple[str, Span], ...] = ()
    start, end, words = 0, 0, list(heading)
    for block in note.body.blocks:
        found = _TOKEN.finditer(text, block.span.start, block.span.end)
        own = [(m[0].lower(), Span(*m.span())) for m in found if not hidden.touches(*m.span())]
        column = block.span.start - (text.rfind("\n", 0, block.span.start) + 1)
        if block.kind != "item" or column <= OUTER:
            if end:
                yield _Passage(Span(start, end), tuple(words), len(heading))
            start, end, words = block.span.start, 0, list(heading)
        if block.kind == "heading":
            heading = tuple(own)
        else:
            end = block.span.end
            words += own
    if end:
        yield _Passage(Span(start, end), tuple(words), len(heading))


def _longest_run(text: str, line: _Passage, shared: Sequence[int]) -> Span:
    """The longest stretch of neighbouring words of the line itself that are all shared."""
    runs: list[list[int]] = []
    for i in (i for i in shared if i >= line.own):
        if runs and runs[-1][-1] == i - 1 and text[line.words[i - 1][1].end : line.words[i][1].start] in " -":
            runs[-1].append(i)
        else:
            runs.append([i])
    run = max(runs, key=len)
    return Span(line.words[run[0]][1].start, line.words[run[-1]][1].end)


def _prose(note: Note) -> str:
    blocks = (block for block in note.body.blocks if block.kind != "heading")
    return "\n".join(block.span.of(note.text) for block in blocks)


class _Library:
    """The papers' titles and texts in a search engine."""

    def __init__(self, papers: Sequence[tuple[str, str, str]]) -> None:
        self._paths = [path for path, _, _ in papers]
        self._base = sqlite3.connect(":memory:")
        self._base.executescript(
            """
            CREATE VIRTUAL TABLE paper USING fts5(title, body, tokenize = 'porter unicode61');
            CREATE VIRTUAL TABLE line USING fts5(words, tokenize = 'porter unicode61');
            CREATE VIRTUAL TABLE holds USING fts5vocab(paper, instance);
            CREATE VIRTUAL TABLE stem USING fts5vocab(line, instance);
            """
        )
        rows = ((number, title, text) for number, (_, title, text) in enumerate(papers))
        self._base.executemany("INSERT INTO paper(rowid, title, body) VALUES (?, ?, ?)", rows)
        self._held: list[set[str]] = [set() for _ in papers]
        for term, number in self._base.execute("SELECT DISTINCT term, doc FROM holds"):
            self._held[number].add(term)
        self._in = Counter(term for terms in self._held for term in terms)
        self._stems: dict[str, str] = {}

    def close(self) -> None:
        """Let go of the memory."""
        self._base.close()

    def about(self, words: Sequence[str]) -> list[tuple[str, float, list[int]]]:
        """The papers that share telling words with a line, best first: path, score, places of the words."""
        stems = [self._stem(word) for word in words]
        most = max(RARE * len(self._paths), 1)
        telling = {
            i: stem
            for i, (word, stem) in enumerate(zip(words, stems, strict=True))
            if len(word) > 2 and word not in _IGNORED and 0 < self._in[stem] <= most
        }
        if not telling:
            return []
        query = " OR ".join(f'"{words[i]}"' for i in telling)
        ranked = self._base.execute(
            "SELECT rowid, -bm25(paper, ?, 1.0) AS score FROM paper WHERE paper MATCH ? "
            "ORDER BY score DESC, rowid LIMIT 20",
            (TITLE, query),
        )
        found = []
        for number, score in ranked:
            shared = [i for i, stem in telling.items() if stem in self._held[number]]
            if self._is_enough({telling[i] for i in shared}):
                found.append((self._paths[number], score, shared))
        return found

    def _is_enough(self, shared: set[str]) -> bool:
        weights = [log(len(self._paths) / self._in[stem]) for stem in shared]
        return len(weights) > 1 and sum(weights) > log(len(self._paths))

    def _stem(self, word: str) -> str:
        if word not in self._stems:
            self._base.execute("DELETE FROM line")
            self._base.execute("INSERT INTO line(rowid, words) VALUES (1, ?)", (word,))
            row = self._base.execute("SELECT term FROM stem").fetchone()
            self._stems[word] = row[0] if row else word
        return self._stems[word]
