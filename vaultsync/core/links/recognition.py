"""What a reader recognises as a paper though no name of it stands there.

Shortened, reworded or mistyped titles, authors with a year or a venue, names in another case: all only ever
suggested, and only looked for when somebody asks (`vaultsync links`), so that `fix` doesn't pay for it. A
heading, the beginning of a bullet, a cell or the text of a link is compared with all titles by the words that
they share, rare words first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from vaultsync.core.links.decisions import Decisions
from vaultsync.core.links.mentions import Reading, Suggestion
from vaultsync.core.links.sessions import SessionPlaces
from vaultsync.core.links.surroundings import address_of, joined_to, lead_elsewhere
from vaultsync.core.links.title_index import TitleIndex, key_of
from vaultsync.core.markdown import TextBlock, flatten
from vaultsync.core.note import Note
from vaultsync.core.papers.common_words import is_common_word
from vaultsync.core.text.folding import fold_name
from vaultsync.core.text.spans import Span, SpanSet
from vaultsync.core.text.tokens import is_function_word

UNIT_WORDS = 18
"""Words of a bullet that may be a title: what people write before they say what they think of it."""

INNER_WORDS = 5
"""Words, without those that only join, from which on a later part of a bullet may be a title."""

CLEAR = 0.85
"""The share of the best title's score from which on a second one puts it in doubt."""

MOST = 3
"""Papers that one citation may mean; of more only those count that share a word with the line."""

_WORD = re.compile(r"[^\W_]+")
_UNIT_END = re.compile(r"[:.;!?]\s|\s[–—-]+\s|[()|\[\]]|[:.;!?]$")
_LABEL = re.compile(r"[^:]{1,60}:\s+")
_CITES = re.compile(r"[0-9]{2}|et\.?\s+al")
"""Without this a block cites nothing: it has no year, and no `et al.`."""
_CITED = re.compile(
    r"""(?<![\w@])(?P<first>[^\W\d_][\w'’-]+)
        (?:\s*+(?:,?\s*+(?:and|und|&)\s+(?P<second>[^\W\d_][\w'’-]+))|(?P<others>,?\s+et\.?\s+al\b\.?))?
        (?:[\s,(\[]+(?P<venue>[A-Z][A-Za-z]{1,9}[\s-]?)?['’]?(?P<year>(?:19|20)?[0-9]{2})(?![\w.-])\)?)?""",
    re.VERBOSE,
)
_YEARS = re.compile(r"(?<![\w./-])(?:19|20)[0-9]{2}(?!\w|[./-]\w)")
_BEFORE = re.compile(
    r"(?<!\w)[A-Z][A-Za-z]{1,9}[\s-]?['’]?(?P<year>(?:19|20)[0-9]{2})[\s:,-]+(?P<first>[^\W\d_][\w'’-]+)"
)


def recognised(
    note: Note, reading: Reading, titles: TitleIndex, decisions: Decisions
) -> Iterator[Suggestion]:
    """What of a conference note a reader would take for a paper, beside what the reading found already."""
    places = SessionPlaces(reading.sessions)
    told = {(m.session, m.paper) for m in reading.mentions}
    told |= {
        (-1, paper) for choice in reading.suggestions for paper in choice.papers if len(choice.papers) == 1
    }
    denied = {(d.words, d.paper) for d in decisions.denied if d.note == note.path}
    for span, papers, reason, score in sorted(_found(note, titles), key=lambda item: (-item[3], item[0])):
        session = places.at(span.start)
        words = span.of(note.text)
        left = [
            p
            for p in papers
            if p != note.path and not {(session, p), (-1, p)} & told and (fold_name(words), p) not in denied
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
        cited = list(_citations(note.text, block, titles, texts))
        for span, numbers, reason, score in cited:
            yield span, [titles.papers[n].path for n in numbers], reason, score
        beside = [number for _, numbers, _, _ in cited for number in numbers]
        if block.kind == "heading":
            beside += _authors_in(note.text, block.span, titles)
        for unit in _units(note.text, block, texts):
            yield from _titles(note.text, unit, titles, beside, hidden)
        yield from _other_case(note.text, block, titles, note.body.protected)


def _units(text: str, block: TextBlock, link_texts: SpanSet) -> Iterator[Span]:
    """The stretches of a block that may be a title: a heading or a cell, its beginning, longer parts."""
    start, end = block.span.start, block.span.end
    for s, e in link_texts:
        if start <= s < end:
            yield Span(s, e)
    whole = Span(start, end)
    if block.kind in ("heading", "cell"):
        yield whole
    label = _LABEL.match(text, start, end)
    beginnings = {start, label.end() if label else start}
    breaks = [m.span() for m in _UNIT_END.finditer(text, start, end)]
    # Each part begins where a break ends, and reaches to the next one.
    stops = dict(zip((start, *(e for _, e in breaks)), (*(s for s, _ in breaks), end), strict=True))
    for at in sorted({*beginnings, *stops}):
        stop = stops.get(at)
        if stop is None:  # the label's end, behind more blanks than the break's
            found = _UNIT_END.search(text, at, end)
            stop = found.start() if found else end
        unit = Span(at, stop)
        words = _WORD.findall(text, at, stop)
        if at not in beginnings:
            words = [word for word in words if not is_function_word(word.lower())]
        if (1 if at in beginnings else INNER_WORDS) <= len(words) <= UNIT_WORDS:
            yield unit


def _titles(
    text: str, unit: Span, titles: TitleIndex, beside: Iterable[int], hidden: SpanSet
) -> Iterator[_Recognised]:
    """The paper whose title a unit shortens or rewords, if it is one only."""
    places = [m for m in _WORD.finditer(text, unit.start, unit.end) if not hidden.touches(*m.span())]
    keys = [titles.meaning(m[0]) for m in places]
    meant = [word for _, word in keys]
    content = [key for key, _ in keys if not is_function_word(key)]
    words = [word for key, word in keys if key and not is_function_word(key)]
    words += [a + b for a, b in pairwise(content) if titles.weight(a + b)]
    if len(words) < 2:
        return
    ranked = titles.like(words, beside)
    close = [one for one in ranked if one[0] > CLEAR * ranked[0][0]]
    if not close or len(close) > MOST:
        return
    score, _, shared = close[0]
    found = [m for word, m in zip(meant, places, strict=True) if word in shared]
    if found:
        named = ", ".join(dict.fromkeys(m[0] for m in found[:6]))
        span = Span(found[0].start(), found[-1].end())
        papers = [titles.papers[number].path for _, number, _ in close]
        yield span, papers, f"like the title, which has {named}", score if len(close) == 1 else score / 2


def _citations(
    text: str, block: TextBlock, titles: TitleIndex, link_texts: SpanSet
) -> Iterator[tuple[Span, list[int], str, float]]:
    """Authors with a year, a venue or `et al.`: `Cohen et. al., 19`, `Lockard, ACL20`, `A and B (2020)`.

    Two authors cite a paper of these two. In a reference, whose year stands at its end, `et al.` means no
    paper of another year; and the text of a link no paper that is not at the link's address.
    """
    if not _CITES.search(text, block.span.start, block.span.end):
        return
    line: set[str] | None = None
    matches = [*_CITED.finditer(text, block.span.start, block.span.end)]
    matches += _BEFORE.finditer(text, block.span.start, block.span.end)
    for m in matches:
        groups = m.groupdict()
        if not (groups["year"] or groups.get("others")) or not m["first"][0].isupper():
            continue
        year = _year(groups["year"])
        numbers = titles.cited(key_of(m["first"], plural=False), year, venue_year=bool(groups.get("venue")))
        span = Span(m.start("first"), m.end())
        if second := groups.get("second"):
            numbers = [n for n in numbers if titles.papers[n].second == key_of(second, plural=False)]
        elif numbers and joined_to(text, span, block.span.start) == "&":
            continue
        if numbers and year is None:
            years = {int(y) for y in _YEARS.findall(text, span.end, block.span.end)}
            numbers = [n for n in numbers if not years or titles.papers[n].year in years]
        if numbers and (there := tuple(address_of(text, link_texts.covering(span.start)))):
            numbers = [n for n in numbers if not lead_elsewhere(there, titles.papers[n].ids)]
        if len(numbers) > 1 or year is None:
            if line is None:
                line = {key_of(word) for word in _WORD.findall(text, block.span.start, block.span.end)}
            closer = [
                n for n in numbers if line & {w for w in titles.papers[n].words if not is_common_word(w)}
            ]
            numbers = closer or (numbers if year is not None or len(numbers) == 1 else [])
        if 0 < len(numbers) <= MOST:
            reason = "author and year" if year is not None else "the author's name"
            yield span, numbers, reason, 0.8 if len(numbers) == 1 else 0.6


def _authors_in(text: str, span: Span, titles: TitleIndex) -> list[int]:
    """The papers whose first author's name stands in a heading, with a capital."""
    words = [m[0] for m in _WORD.finditer(text, span.start, span.end) if m[0][0].isupper() and len(m[0]) > 1]
    return [number for word in words for number in titles.cited(key_of(word, plural=False), None)]


def _other_case(text: str, block: TextBlock, titles: TitleIndex, hidden: SpanSet) -> Iterator[_Recognised]:
    start, end = block.span.start, block.span.end
    if titles.no_other_case(map(str.lower, _WORD.findall(text, start, end))):
        return
    for m in _WORD.finditer(text, start, end):
        papers = titles.in_other_case(m[0].lower(), m[0])
        if papers and not hidden.touches(*m.span()):
            yield Span(*m.span()), papers, "the name in another case", 0.7


def _year(written: str | None) -> int | None:
    if written is None:
        return None
    return int(written) if len(written) == 4 else (1900 if int(written) > 50 else 2000) + int(written)
