"""What a reader recognises as a paper though no name of it stands there.

Shortened, reworded or mistyped titles, authors with a year or a venue, names in another case: all only ever
suggested, and only looked for when somebody asks (`vaultsync links`), so that `fix` doesn't pay for it. A
heading, the beginning of a bullet, a cell or the text of a link is compared with all titles by the words that
they share, rare words first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import log

import msgspec

from vaultsync.core.links.decisions import Decisions
from vaultsync.core.links.mentions import Reading, Suggestion
from vaultsync.core.links.sessions import session_at
from vaultsync.core.markdown import TextBlock, flatten
from vaultsync.core.note import Note
from vaultsync.core.papers.common_words import is_brand, is_common_word
from vaultsync.core.papers.paper import STRONG, Paper
from vaultsync.core.text.folding import fold, unaccented, word_list
from vaultsync.core.text.spans import Span, SpanSet
from vaultsync.core.text.tokens import is_function_word

UNIT_WORDS = 18
"""Words of a bullet that may be a title: what people write before they say what they think of it."""

COVERED, COVERED_WITH_AUTHOR = 0.7, 0.3
"""The share of a unit's words, by their rarity, that a title must have; with its author beside it."""

CLEAR = 0.85
"""The share of the best title's score from which on a second one puts it in doubt."""

MOST = 3
"""Papers that one citation may mean; of more only those count that share a word with the line."""

_WORD = re.compile(r"[^\W_]+")
_UNIT_END = re.compile(r"[:.;!?]\s|\s[–—-]+\s|[()|\[\]]|[:.;!?]$")
_CITED = re.compile(
    r"""(?<![\w@])(?P<first>[^\W\d_][\w'’-]+)
        (?:\s*(?:,?\s*(?:and|und|&)\s+(?P<second>[^\W\d_][\w'’-]+))|(?P<others>,?\s+et\.?\s+al\b\.?))?
        (?:[\s,(\[]+(?P<venue>[A-Z][A-Za-z]{1,9}[\s-]?)?['’]?(?P<year>(?:19|20)?[0-9]{2})(?![\w.-])\)?)?""",
    re.VERBOSE,
)
_BEFORE = re.compile(
    r"(?<!\w)[A-Z][A-Za-z]{1,9}[\s-]?['’]?(?P<year>(?:19|20)[0-9]{2})[\s:,-]+(?P<first>[^\W\d_][\w'’-]+)"
)


class Citable(msgspec.Struct, frozen=True):
    """A paper as titles are compared: its folded words in their order, and what it is cited by."""

    path: str
    title: str
    words: tuple[str, ...]
    surname: str
    year: int


class TitleIndex:
    """All papers of a vault by the words of their titles and by their first authors."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        known = sorted(papers, key=lambda paper: paper.path)
        self.papers = [_citable(paper) for paper in known]
        self._by_word: dict[str, list[int]] = {}
        self._by_surname: dict[str, list[int]] = {}
        self._names: dict[str, list[tuple[str, str]]] = {}
        self._shorter: dict[str, list[str]] = {}
        for number, paper in enumerate(self.papers):
            for word in dict.fromkeys(paper.words):
                self._by_word.setdefault(word, []).append(number)
            if paper.surname:
                self._by_surname.setdefault(paper.surname, []).append(number)
        self._most = log(len(self.papers) + 1)
        self._add_names(known)

    def _add_names(self, papers: Iterable[Paper]) -> None:
        """Make the names known that count letter for letter only."""
        for paper in papers:
            for name in paper.names:
                word = name.folded
                by_letters = name.cased and name.strength == STRONG and " " not in word and len(word) > 3
                if by_letters and not (is_common_word(word) or is_brand(word)):
                    self._names.setdefault(word, []).append((paper.path, name.cased))

    def weight(self, word: str) -> float:
        """How much it tells that a title has the word."""
        return self._most - log(len(self._by_word[word])) if word in self._by_word else 0.0

    def in_other_case(self, word: str, written: str) -> list[str]:
        """The papers with this name, written otherwise."""
        return [path for path, cased in self._names.get(word, ()) if cased != written]

    def cited(self, surname: str, year: int | None, venue_year: bool = False) -> list[int]:
        """The papers of a first author, of a year where one is given."""
        found = self._by_surname.get(surname, [])
        return [
            n
            for n in found
            if year is None or (self.papers[n].year - year) in ((0, -1) if venue_year else (0,))
        ]

    def known(self, word: str) -> str:
        """The title's word that is meant: itself, or the one that a slip of the pen is next to."""
        if word in self._by_word or len(word) < 6:
            return word
        if not self._shorter:
            for title_word in sorted(self._by_word):
                if len(title_word) > 5:
                    for shorter in {title_word, *_without_one(title_word)}:
                        self._shorter.setdefault(shorter, []).append(title_word)
        near = {w for shorter in (word, *_without_one(word)) for w in self._shorter.get(shorter, ())}
        return min(near, key=lambda w: (-len(self._by_word[w]), w), default=word)

    def like(self, words: Sequence[str], authors: Iterable[int] = ()) -> list[tuple[float, int, set[str]]]:
        """The papers whose titles share words with a unit, best first: score, number, the words."""
        weights = {word: self.weight(word) for word in dict.fromkeys(words)}
        # A word that no title has tells against each of them, but less than a rare word that one has.
        # (Short ones are abbreviations, `RL`, or join others, `x`.)
        total = sum(weight or (self._most / 2 if len(word) > 3 else 0.0) for word, weight in weights.items())
        scores: dict[int, float] = {}
        for word, weight in weights.items():
            for number in self._by_word.get(word, ()):
                scores[number] = scores.get(number, 0.0) + weight
        beside = set(authors)
        found = []
        for number, overlap in scores.items():
            paper = self.papers[number]
            shared = set(paper.words) & weights.keys()
            own = sum(map(self.weight, set(paper.words))) or 1.0
            by_author = number in beside
            covered = overlap / total if total else 0.0
            telling = sum(not is_common_word(w) for w in shared)
            enough = len(shared) >= (1 if by_author else 2) and (by_author or telling or len(shared) > 2)
            wanted = COVERED_WITH_AUTHOR if by_author else COVERED
            if enough and covered >= wanted and (by_author or overlap >= 1.1 * self._most):
                found.append(
                    (0.6 * covered + 0.2 * min(1.0, overlap / own) + 0.2 * by_author, number, shared)
                )
        return sorted(found, key=lambda item: (-item[0], item[1]))


def recognised(
    note: Note, reading: Reading, titles: TitleIndex, decisions: Decisions
) -> Iterator[Suggestion]:
    """What of a conference note a reader would take for a paper, beside what the reading found already."""
    told = {(m.session, m.paper) for m in reading.mentions}
    told |= {
        (-1, paper) for choice in reading.suggestions for paper in choice.papers if len(choice.papers) == 1
    }
    denied = {(d.words, d.paper) for d in decisions.denied if d.note == note.path}
    for span, papers, reason, score in sorted(_found(note, titles), key=lambda item: (-item[3], item[0])):
        session = session_at(reading.sessions, span.start)
        words = span.of(note.text)
        left = [
            p
            for p in papers
            if p != note.path
            and not {(session, p), (-1, p)} & told
            and (fold(words).text.strip(), p) not in denied
        ]
        if left:
            told.update((session, p) for p in left)
            line, col = note.line_column(span.start)
            block = note.body.block_at(span.start)
            context = flatten(block.span.of(note.text)) if block is not None else ""
            yield Suggestion(note.path, line, col, words, tuple(left), reason, context, round(score, 3))


_Recognised = tuple[Span, list[str], str, float]


def _found(note: Note, titles: TitleIndex) -> Iterator[_Recognised]:
    texts = SpanSet((s.start, s.end) for s in note.body.link_texts)
    hidden = note.body.hides_names
    for block in note.body.blocks:
        cited = list(_citations(note.text, block, titles))
        for span, numbers, reason, score in cited:
            yield span, [titles.papers[n].path for n in numbers], reason, score
        beside = [number for _, numbers, _, _ in cited for number in numbers]
        if block.kind == "heading":
            beside += _authors_in(note.text, block.span, titles)
        for unit in _units(note.text, block, texts):
            yield from _titles(note.text, unit, titles, beside, hidden)
        yield from _other_case(note.text, block, titles, note.body.protected)


def _units(text: str, block: TextBlock, link_texts: SpanSet) -> Iterator[Span]:
    """The stretches of a block that may be a title: all of a heading or a cell, its beginning."""
    start, end = block.span.start, block.span.end
    for s, e in link_texts:
        if start <= s < end:
            yield Span(s, e)
    whole = Span(start, end)
    if block.kind in ("heading", "cell"):
        yield whole
    label = re.compile(r"[^:]{1,60}:\s+").match(text, start, end)
    for at in dict.fromkeys((start, label.end() if label else start)):
        stop = _UNIT_END.search(text, at, end)
        unit = Span(at, stop.start() if stop else end)
        if unit.start < unit.end and len(_WORD.findall(unit.of(text))) <= UNIT_WORDS:
            yield unit


def _titles(
    text: str, unit: Span, titles: TitleIndex, beside: Iterable[int], hidden: SpanSet
) -> Iterator[_Recognised]:
    """The paper whose title a unit shortens or rewords, if it is one only."""
    places = [
        (m, _key(m[0])) for m in _WORD.finditer(text, unit.start, unit.end) if not hidden.touches(*m.span())
    ]
    words = [titles.known(key) for _, key in places if key and not is_function_word(key)]
    words += [a + b for (_, a), (_, b) in pairwise(places) if titles.weight(a + b)]
    if len(words) < 2:
        return
    ranked = titles.like(words, beside)
    close = [one for one in ranked if one[0] > CLEAR * ranked[0][0]]
    if not close or len(close) > MOST:
        return
    score, _, shared = close[0]
    found = [m for m, key in places if titles.known(key) in shared]
    if found:
        named = ", ".join(dict.fromkeys(m[0] for m in found[:6]))
        span = Span(found[0].start(), found[-1].end())
        papers = [titles.papers[number].path for _, number, _ in close]
        yield span, papers, f"like the title, which has {named}", score if len(close) == 1 else score / 2


def _citations(
    text: str, block: TextBlock, titles: TitleIndex
) -> Iterator[tuple[Span, list[int], str, float]]:
    """Authors with a year, a venue or `et al.`: `Cohen et. al., 19`, `Lockard, ACL20`, `A and B (2020)`."""
    line = {_key(word) for word in _WORD.findall(block.span.of(text))}
    matches = [*_CITED.finditer(text, block.span.start, block.span.end)]
    matches += _BEFORE.finditer(text, block.span.start, block.span.end)
    for m in matches:
        groups = m.groupdict()
        if not (groups["year"] or groups.get("others")) or not m["first"][0].isupper():
            continue
        year = _year(groups["year"])
        numbers = titles.cited(_key(m["first"], plural=False), year, venue_year=bool(groups.get("venue")))
        if len(numbers) > 1 or year is None:
            closer = [
                n for n in numbers if line & {w for w in titles.papers[n].words if not is_common_word(w)}
            ]
            numbers = closer or (numbers if year is not None or len(numbers) == 1 else [])
        if 0 < len(numbers) <= MOST:
            reason = "author and year" if year is not None else "the author's name"
            yield Span(m.start("first"), m.end()), numbers, reason, 0.8 if len(numbers) == 1 else 0.6


def _authors_in(text: str, span: Span, titles: TitleIndex) -> list[int]:
    """The papers whose first author's name stands in a heading, with a capital."""
    words = [m[0] for m in _WORD.finditer(text, span.start, span.end) if m[0][0].isupper() and len(m[0]) > 1]
    return [number for word in words for number in titles.cited(_key(word, plural=False), None)]


def _other_case(text: str, block: TextBlock, titles: TitleIndex, hidden: SpanSet) -> Iterator[_Recognised]:
    for m in _WORD.finditer(text, block.span.start, block.span.end):
        papers = titles.in_other_case(m[0].lower(), m[0])
        if papers and not hidden.touches(*m.span()):
            yield Span(*m.span()), papers, "the name in another case", 0.7


def _citable(paper: Paper) -> Citable:
    cited = (re.fullmatch(r"(\S+) (\d{4})", hint) for hint in paper.hints)
    first = next((m for m in cited if m), None)
    words = [
        key for word in word_list(fold(paper.title).text) if (key := _key(word)) and not is_function_word(key)
    ]
    words += [a + b for a, b in pairwise(words) if len(a) < 5 or len(b) < 5]
    surname = unaccented(first[1]) if first else ""
    return Citable(paper.path, paper.title, tuple(words), surname, int(first[2]) if first else 0)


def _key(word: str, *, plural: bool = True) -> str:
    """A word as titles are compared: without case, diacritics and the plural's `s`."""
    folded = unaccented(word.lower())
    return (
        folded[:-1]
        if plural and len(folded) > 3 and folded.endswith("s") and not folded.endswith("ss")
        else folded
    )


def _year(written: str | None) -> int | None:
    if written is None:
        return None
    return int(written) if len(written) == 4 else (1900 if int(written) > 50 else 2000) + int(written)


def _without_one(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]
