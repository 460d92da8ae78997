"""Papers that a line of a conference note never names, but seems to be about: found by the words they share.

Only looked for when somebody asks (`vaultsync links --suggested`), and only ever suggested, best first. The
ranking is BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over what a line says
itself, its heading, and with less weight the other lines below that heading, since a talk has one subject.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import heapify, heappop
from itertools import pairwise
from math import fsum, log

import msgspec

from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Suggestion
from vaultsync.core.links.sessions import SessionPlaces
from vaultsync.core.note import Note
from vaultsync.core.text.folding import fold_name
from vaultsync.core.text.spans import Span

BEST = 5
"""Papers that are suggested for one line at the most."""

CLOSE = 0.35
"""The share of the best paper's score that another one of the line needs."""

SHOWN_WORDS = 6
"""Shared words that the reason names."""

RARE = 0.25
"""The share of papers that a telling word may stand in."""

TITLE = 1.5
"""How much more a word tells that stands in the title, too."""

OF_HEADING, OF_NEIGHBOURS = 1.2, 0.35
"""The weight of a heading's words, and of those of the other lines below it, beside a line's own."""

SUBJECT = 1.3
"""How much more a paper fits whose title has a word of the heading."""

SATURATION, LENGTH = 1.2, 0.6
"""BM25's k and b: how soon more of a word tells no more, and how much a long text is held against it."""

ENOUGH = 3
"""Words that a paper shares with a line and those beside it, one of them in its title."""

LONG = 7
"""Letters of a word from which on a slip of the pen in it is looked through."""

HALF = 15.0
"""The BM25 score that is a suggestion's score of one half."""

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
    your class conditional identify scale side during post pre fine ways et al able achieve actual
    add allow already although amount apply available back bad basic basics become big bit bring
    call cause certain change check clear close come compare complete consider contain current
    depend describe detail development done early easy effective end enough especially essential
    expensive extend fact fast field fill fit full general get give go great group grow help hope
    idea important improve improvement include increase initial input instead introduce issue keep
    key know known large last later lead learn leave left less let level like line little long look
    lower manual mention middle minute move name need needed number old open order output part
    people perform place point present process produce program progress prove provide put quick
    range reach read reason reduce require respect rest restriction right run sample say second set
    short simple single situation size slow small sort speed start state strong study sum support
    sure system target task tell term test thing think three today together top total try turn type
    typical understand understanding unit usual want week whole word works write wrong year aber als
    auch auf aus bei das dem den der des die ein eine für im ist mit nicht noch oder sich sind und
    von wie wird zu zum zur
    """.split()
)


OUTER = 3
"""Columns before the text of a bullet that is in no other one: `1. ` has three."""


class _Passage(msgspec.Struct, frozen=True):
    """A paragraph, or a bullet with all below it; its words with their places, after those of its heading.

    `own` is the number of the first word that is not the heading's, `section` that of the heading.
    """

    span: Span
    words: tuple[tuple[str, Span], ...]
    own: int
    section: int


def related(paths: Sequence[str], index: Index, load: Callable[[str], Note | None]) -> Iterator[Suggestion]:
    """The papers that lines of the notes at `paths` may be about, each at its best line, best first.

    `load` gives these notes and the paper notes, whose titles and texts are searched. Papers that the session
    mentions, or that were denied for the words, are left out.
    """
    # Twice through the notes: all their words with their places took 0.8 GB at 1,500 conference notes.
    asked: set[str] = set()
    for noted in filter(None, map(load, paths)):
        asked.update(stem_of(word) for line in _lines(noted) for word, _ in line.words if _tells(word))
    known = sorted(index.catalogue, key=lambda paper: paper.path)
    papers = ((paper.path, paper.title, note) for paper in known if (note := load(paper.path)))
    library = _Library(((path, title, _prose(note)) for path, title, note in papers), asked)
    found = [
        choice
        for note in filter(None, map(load, paths))
        for choice in _of_note(note, list(_lines(note)), index, library)
    ]
    yield from sorted(found, key=lambda choice: (-choice.score, choice))


def _of_note(note: Note, lines: Sequence[_Passage], index: Index, library: _Library) -> Iterator[Suggestion]:
    if (reading := index.reading_at(note.path)) is None:
        return
    named = {(m.session, m.paper) for m in reading.mentions}
    denied = {(d.words, d.paper) for d in index.decisions.denied if d.note == note.path}
    best: dict[tuple[int, str], tuple[float, _Passage, list[int]]] = {}
    below: dict[int, set[str]] = {}
    places = SessionPlaces(reading.sessions)
    for line in lines:
        below.setdefault(line.section, set()).update(word for word, _ in line.words)
    sections = {number: library.section(words) for number, words in below.items()}
    for line in lines:
        session = places.at(line.span.start)
        found = library.about([word for word, _ in line.words], line.own, sections[line.section])
        for path, score, shared in found:
            key = (session, path)
            new = path != note.path and key not in named and score > best.get(key, (0.0,))[0]
            if new and score >= CLOSE * found[0][1]:
                best[key] = score, line, shared
    for (_, path), (score, line, shared) in sorted(best.items(), key=lambda item: (item[1][1].span, item[0])):
        span = _longest_run(note.text, line, shared)
        words = span.of(note.text)
        if (fold_name(words), path) in denied:
            continue
        row, col = note.line_column(span.start)
        common = ", ".join(list(dict.fromkeys(line.words[i][0] for i in shared))[:SHOWN_WORDS])
        context = " ".join(line.span.of(note.text).split())
        told = round(0.5 * score / (score + HALF), 3)  # below what names the paper in any way
        yield Suggestion(note.path, row, col, words, (path,), f"both speak of {common}", context, told)


def _lines(note: Note) -> Iterator[_Passage]:
    """The paragraphs and the outermost bullets with all below them; the words of their heading come first."""
    text, hidden = note.text, note.body.protected
    heading: tuple[tuple[str, Span], ...] = ()
    start, end, section, words = 0, 0, 0, list(heading)
    for block in note.body.blocks:
        found = _TOKEN.finditer(text, block.span.start, block.span.end)
        own = [(m[0].lower(), Span(*m.span())) for m in found if not hidden.touches(*m.span())]
        column = block.span.start - (text.rfind("\n", 0, block.span.start) + 1)
        if block.kind != "item" or column <= OUTER:
            if end:
                yield _Passage(Span(start, end), tuple(words), len(heading), section)
            start, end, words = block.span.start, 0, list(heading)
        if block.kind == "heading":
            heading, section = tuple(own), section + 1
        else:
            end = block.span.end
            words += own
    if end:
        yield _Passage(Span(start, end), tuple(words), len(heading), section)


def _longest_run(text: str, line: _Passage, shared: Sequence[int]) -> Span:
    """The longest stretch of neighbouring shared words of the line itself, else of its heading."""
    runs: list[list[int]] = []
    for i in [i for i in shared if i >= line.own] or shared:
        if runs and runs[-1][-1] == i - 1 and text[line.words[i - 1][1].end : line.words[i][1].start] in " -":
            runs[-1].append(i)
        else:
            runs.append([i])
    run = max(runs, key=len)
    return Span(line.words[run[0]][1].start, line.words[run[-1]][1].end)


def _prose(note: Note) -> str:
    blocks = (block for block in note.body.blocks if block.kind != "heading")
    return "\n".join(block.span.of(note.text) for block in blocks)


# Longest first; what is left must have four letters.
_SUFFIXES = (
    "isations", "izations", "isation", "ization", "ically", "ations", "ation", "ities", "ments", "ively",
    "ional", "ment", "ally", "ness", "ings", "ions", "ical", "ity", "ing", "ion", "ive", "ary", "ies", "ics",
    "als", "ers", "ors", "al", "ic", "ed", "er", "es", "ly", "or", "ar", "s", "e", "y",
)  # fmt: skip


@lru_cache(maxsize=100_000)
def stem_of(word: str) -> str:
    """What words of one family share: `sparse` and `sparsity`, `molecule` and `molecular`."""
    for _ in range(2):
        suffix = next((s for s in _SUFFIXES if word.endswith(s) and len(word) - len(s) >= 4), "")
        word = word.removesuffix(suffix)
    return word


def _tells(word: str) -> bool:
    return (
        len(word) > 2
        and not word.isdigit()
        and word not in _IGNORED
        and word.removesuffix("s") not in _IGNORED
    )


class _Section(msgspec.Struct, frozen=True):
    """What the words below one heading say of each paper: its score, and how many of them it has."""

    scores: dict[int, float]
    shared: dict[int, int]


class _Library:
    """The papers' titles and texts, as far as the notes have their words."""

    def __init__(self, papers: Iterable[tuple[str, str, str]], asked: set[str]) -> None:
        self._paths: list[str] = []
        self._titles: list[frozenset[str]] = []
        texts: list[list[str]] = []
        for path, title, text in papers:
            titled, words = (list(map(stem_of, _TOKEN.findall(part.lower()))) for part in (title, text))
            self._paths.append(path)
            self._titles.append(frozenset(titled))
            texts.append([*titled, *words])
        vocabulary = {stem for words in texts for stem in words}
        self._meant = _slips(asked - vocabulary, vocabulary)
        wanted = asked | set(self._meant.values())
        self._has: dict[str, dict[int, int]] = {}
        self._scores: dict[str, dict[int, float]] = {}
        self._lengths = list(map(len, texts))
        for number, words in enumerate(texts):
            pairs = (f"{a} {b}" for a, b in pairwise(words) if a in wanted and b in wanted)
            for stem, count in Counter((*(stem for stem in words if stem in wanted), *pairs)).items():
                self._has.setdefault(stem, {})[number] = count
        self._average = max(sum(self._lengths) / max(len(self._lengths), 1), 1.0)

    def section(self, words: Iterable[str]) -> _Section:
        """What all words below one heading, its own among them, say of the papers."""
        stems = sorted({self._stem(word) for word in words})
        scores: dict[int, float] = {}
        shared: dict[int, int] = {}
        for stem in stems:
            for number, score in self._scored(stem).items():
                scores[number] = scores.get(number, 0.0) + OF_NEIGHBOURS * score
                shared[number] = shared.get(number, 0) + 1
        return _Section(scores, shared)

    def about(self, words: Sequence[str], own: int, section: _Section) -> list[tuple[str, float, list[int]]]:
        """The `BEST` papers that share telling words with a line, best first: path, score, places of words.

        The words from `own` on are the line's, those before them its heading's.
        """
        stems = [self._stem(word) for word in words]
        weights = dict.fromkeys(stems[:own], OF_HEADING) | dict.fromkeys(stems[own:], 1.0)
        scores: dict[int, float] = {}
        for stem, weight in weights.items():
            for number, score in self._scored(stem).items():
                was = scores.get(number)
                if was is None:
                    was = section.scores[number]
                scores[number] = was + (weight - OF_NEIGHBOURS) * score
        for pair in dict.fromkeys(f"{a} {b}" for a, b in pairwise(stems[own:]) if a and b):
            for number, score in self._scored(pair).items():
                if number in scores:
                    scores[number] += score
        return self._best(scores, stems, own, section)

    def _best(
        self, scores: dict[int, float], stems: Sequence[str], own: int, section: _Section
    ) -> list[tuple[str, float, list[int]]]:
        """The best of these papers that share enough; the others are not looked at, as there are many."""
        held = [self._telling(stem) for stem in stems]
        ranked = [(-score, number) for number, score in scores.items()]
        heapify(ranked)
        found: list[tuple[float, int, list[int]]] = []
        while ranked:
            score, number = heappop(ranked)
            if len(found) >= BEST and score * SUBJECT > found[BEST - 1][0]:
                break
            shared = [i for i, papers in enumerate(held) if number in papers]
            of_subject = any(i < own and stems[i] in self._titles[number] for i in shared)
            if not (shared[-1] >= own or of_subject):
                continue
            if self._is_enough(number, {stems[i] for i in shared}, section, subject=of_subject):
                insort(found, (score * (SUBJECT if of_subject else 1.0), number, shared))
        return [(self._paths[number], -score, shared) for score, number, shared in found[:BEST]]

    def _stem(self, word: str) -> str:
        stem = stem_of(word) if _tells(word) else ""
        return self._meant.get(stem, stem)

    def _telling(self, stem: str) -> dict[int, int]:
        """The papers that have the word, if it is rare enough to tell anything."""
        held = self._has.get(stem, {})
        return held if len(held) <= max(RARE * len(self._paths), 1) else {}

    def _scored(self, stem: str) -> dict[int, float]:
        """How well the word, or the pair of words, fits each paper that has it, if it tells anything."""
        if (known := self._scores.get(stem)) is None:
            held = self._telling(stem)
            known = {number: self._score(stem, number, tf) for number, tf in held.items()}
            self._scores[stem] = known
        return known

    def _score(self, stem: str, number: int, tf: int) -> float:
        rarity = log(1 + len(self._paths) / len(self._has[stem]))
        length = 1 - LENGTH + LENGTH * self._lengths[number] / self._average
        titled = TITLE if stem in self._titles[number] else 0.0
        return rarity * (tf * (SATURATION + 1) / (tf + SATURATION * length) + titled)

    def _is_enough(self, number: int, shared: set[str], section: _Section, *, subject: bool) -> bool:
        """Whether a paper shares enough with a line, or has a word in its title and more beside it."""
        weights = [log(len(self._paths) / len(self._has[stem])) for stem in shared]
        if len(weights) > 1 and fsum(weights) > log(len(self._paths)):
            return True
        if shared.isdisjoint(self._titles[number]):
            return False
        return section.shared[number] >= ENOUGH - subject


def _slips(unknown: Iterable[str], vocabulary: set[str]) -> dict[str, str]:
    """For long words that no paper has, the word of a paper that is a slip of the pen away."""
    shorter: dict[str, str] = {}
    for word in sorted(word for word in vocabulary if len(word) >= LONG):
        for i in range(len(word)):
            shorter.setdefault(word[:i] + word[i + 1 :], word)
    found: dict[str, str] = {}
    for word in sorted(word for word in unknown if len(word) >= LONG):
        near = (shorter.get(form) for form in (word, *(word[:i] + word[i + 1 :] for i in range(len(word)))))
        if meant := next((other for other in near if other), None):
            found[word] = meant
    return found
