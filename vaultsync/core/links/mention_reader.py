"""`read_mentions`: what a conference note says of papers, by the table of tiers in the design, section 6.

The words that are names come from `candidates`; here the evidence of the note is weighed: which of them
mean a paper, which may, and which of several papers is in doubt.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice

from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem
from vaultsync.core.links.candidates import (
    Candidate,
    CandidateFinder,
    is_author_year,
    is_title_case,
    is_weak,
    may_be_meant,
)
from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.in_step import Steps, in_step
from vaultsync.core.links.mentions import Mention, Missing, Placement, Reading, Suggestion
from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.links.other_meanings import Phrase, is_acronym, is_of_another, is_older, spelled_out
from vaultsync.core.links.quotes import is_all_said, quote_of, quotes_below
from vaultsync.core.links.sessions import SessionPlaces, sessions_of
from vaultsync.core.links.surroundings import is_linkable
from vaultsync.core.markdown import Body, TextBlock, flatten
from vaultsync.core.note import Note, note_of
from vaultsync.core.papers.catalogue import Catalogue
from vaultsync.core.papers.commonness import doubts_about
from vaultsync.core.papers.identifiers import identifiers_in
from vaultsync.core.papers.paper import IN_TITLE_CASE, ON_EVIDENCE, STRONG, Name, title_of
from vaultsync.core.text.arguments import as_argument
from vaultsync.core.text.dates import iso_date_readings
from vaultsync.core.text.folding import fold, fold_name
from vaultsync.core.text.name_matcher import MOST, TooManyNames
from vaultsync.core.text.spans import Span, SpanSet
from vaultsync.core.text.vocabulary import vocabulary_of

RULE = "link-in-place"

Evidence = dict[str, list[int]]
"""The papers that a note names beyond doubt, each with where."""

MANY = 100
"""Papers that a note may name until the initials of one are likely to be a word of another, by chance."""


def read_mentions(
    note: Note, catalogue: Catalogue, files: FileNames, config: Config, decisions: Decisions
) -> Reading:
    """Read the mentions of papers in `note` against the catalogue; none of a note that has too many."""
    return in_step((reading_in_steps(note, catalogue, files, config, decisions),))[0]


def reading_in_steps(
    note: Note, catalogue: Catalogue, files: FileNames, config: Config, decisions: Decisions
) -> Steps[Reading]:
    """The same in steps, for those who read many notes."""
    body = note.body
    yield
    reader = _MentionReader(note, body, catalogue, files, config, decisions)
    yield
    try:
        return (yield from reader.read())
    except TooManyNames:
        message = f"papers are named or linked more than {MOST:,} times here, so none is linked or listed"
        problem = note.problem(note.body_start, RULE, message, "split the note")
        return Reading(title_of(note), reader.date, reader.sessions, problems=(problem,))


def get_ready(catalogue: Catalogue, config: Config) -> None:
    """Make now what reading makes for the first note: the automaton of all names, the patterns of days.

    With the counts of how common the names are, which else each name waits for that is judged for the first
    time: 160 ms at 10,000 notes, and 10 ms for each such name.
    """
    catalogue.prepare()
    note = note_of("Nothing.md", "# Monday\n- nothing\n", config)
    read_mentions(note, catalogue, FileNames(), config, Decisions())


def _few(mentions: Iterable[Mention]) -> list[Mention]:
    found = list(islice(mentions, MOST + 1))
    if len(found) > MOST:
        raise TooManyNames
    return found


_NO_LETTERS = re.compile(r"[^a-z0-9]+")


def _reads_alike(quote: str, words: str) -> bool:
    """Whether a quote says the words and nothing else."""
    if quote.isascii() and words.isascii() and not ("\\" in quote or "\\" in words or "&" in words):
        # Folding leaves the letters of ASCII where they are: a word that only one of them has is enough, and
        # saves folding most quotes.
        lower = words.lower()
        for word in (quote.partition(" ")[0], quote.rpartition(" ")[2]):
            if word.isalnum() and word.lower() not in lower:
                return False
        if _NO_LETTERS.sub("", quote.lower()) != _NO_LETTERS.sub("", lower):
            return False
    return fold_name(quote) == fold_name(words)


def _day_of(note: Note, config: Config) -> str:
    """The day of the note's property `date`, however the vault writes it; empty if that is in doubt."""
    front = note.understood
    date = front.value("date") if front is not None else None
    if not isinstance(date, str):
        return ""
    if re.match(r"\d{4}-\d{2}-\d{2}", date):
        return date[:10]
    readings = iso_date_readings(date, config.links.languages)
    days = {reading.value[:10] for reading in readings if reading.precision in ("day", "time")}
    return days.pop() if len(days) == 1 else ""


class _MentionReader:
    def __init__(
        self,
        note: Note,
        body: Body,
        catalogue: Catalogue,
        files: FileNames,
        config: Config,
        decisions: Decisions,
    ) -> None:
        self.note, self.catalogue, self.files = note, catalogue, files
        self.decisions, self.body = decisions, body
        self.folded = fold(note.text[note.body_start :])
        self.finder = CandidateFinder(note, self.folded, catalogue, decisions)
        self.doubts: set[int] = set()
        self.date = _day_of(note, config)
        date = note.understood.value("date") if note.understood is not None else None
        year = date[:4] if isinstance(date, str) and re.match(r"\d{4}\b", date) else ""
        self.year = self.date[:4] or year
        self.sessions = sessions_of(
            self.body.headings, len(note.text), date=self.date or None, languages=config.links.languages
        )
        self.places = SessionPlaces(self.sessions)
        self.problems: list[Problem] = []
        self.suggestions: list[Suggestion] = []
        self.ambiguous: list[Suggestion] = []
        self.missing: list[Missing] = []
        hint = "check the heading and the note's property date; no date is given for what is said there"
        for session in self.sessions:
            if session.fault:
                self.problems.append(note.problem(session.span.start, RULE, session.fault, hint))

    def read(self) -> Steps[Reading]:
        linked = _few(self._links())
        yield
        identified = _few(self._identifiers(linked))
        yield
        candidates = self.finder.find()
        yield
        vocabulary = vocabulary_of([self.folded.text, *map(fold_name, self._link_targets())])
        yield
        evidence: Evidence = {}
        for m in identified:
            evidence.setdefault(m.paper, []).append(m.span.start)
        shown = [fold_name(m.surface) for m in linked]
        under = [self.catalogue.named(words).get(m.paper) for m, words in zip(linked, shown, strict=True)]
        for m, name in zip(linked, under, strict=True):
            if _is_strong(name):
                evidence.setdefault(m.paper, []).append(m.span.start)
        clear = [(c, paper, name) for c in candidates if len(c.names) == 1 for paper, name in c.names.items()]
        cited = {paper for c, paper, name in clear if is_author_year(c, name)}
        for c, paper, name in clear:
            # A weak name beside its authors becomes a link, which is evidence when it is read again.
            if self._is_evidence(c, paper, name) or (paper in cited and is_weak(c, name)):
                evidence.setdefault(paper, []).append(c.span.start)
        named = list(self._weigh(candidates, evidence))
        mentions = sorted([*linked, *identified, *named], key=lambda m: (m.span, m.paper))
        return Reading(
            title_of(self.note),
            self.date,
            self.sessions,
            tuple(mentions),
            tuple(self._placements(mentions)),
            tuple(self.problems),
            tuple(self.suggestions),
            tuple(self.ambiguous),
            tuple(self.missing),
            vocabulary,
            array("I", sorted(self.doubts)).tobytes(),
            tuple(self._doubtful(zip(linked, shown, under, strict=True), evidence)),
        )

    def _link_targets(self) -> Iterator[str]:
        """Targets that stand encoded in the text (`My%20Paper.md`), so that their words don't."""
        return (link.target for link in self.body.links if link.style == "markdown")

    def _mention(
        self, paper: str, tier: int, span: Span, *, linkable: bool, surface: str | None = None
    ) -> Mention:
        if surface is None:
            surface = span.of(self.note.text)
        block = self.body.block_at(span.start)
        session = self.places.at(span.start)
        return Mention(paper, tier, surface, span, session, linkable, self._quote(block, span, surface))

    def _quote(self, block: TextBlock | None, span: Span, surface: str) -> str:
        """What was said there; of a heading that is the paper's title, what stands below it."""
        text = self.note.text
        if block is not None and block.kind == "heading":
            return (
                "\n".join(quotes_below(text, self.body.blocks, block))
                if is_all_said(text, block, span)
                else ""
            )
        quote = quote_of(text, block, span)
        return "" if _reads_alike(quote, flatten(surface)) else quote

    def _links(self) -> Iterator[Mention]:
        """The links that stand in the note already."""
        for link in self.body.links:
            if not link.target:
                continue
            paper = resolve(self.files, self.note.path, link.target)
            if paper is not None and paper in self.catalogue and paper != self.note.path:
                words = link.text if link.text is not None else link.target.rpartition("/")[2]
                yield self._mention(paper, 0, link.span, linkable=False, surface=words)

    def _is_evidence(self, c: Candidate, paper: str, name: Name) -> bool:
        """Whether words that can only mean this paper say that the note is about it."""
        if c.unsure or name.tier == 5:
            return False
        if self._accepted(c.words, paper):
            return name.strength >= IN_TITLE_CASE
        return (name.tier == 2 or name.strength == IN_TITLE_CASE) and self._holds(c, paper, name)

    def _holds(self, c: Candidate, paper: str, name: Name) -> bool:
        """Whether the words, as they stand there, mean the paper, whatever else the note says."""
        if name.strength in (STRONG, ON_EVIDENCE):
            return name.strength == STRONG and not self._against(c, paper, name)
        if c.alone and name.tier == 2:  # all of a link's text is a title, however common its words
            return True
        if name.strength == IN_TITLE_CASE and not is_title_case(c.span.of(self.note.text)):
            return False
        return not self._is_common(paper, name)

    def _is_common(self, paper: str, name: Name) -> bool:
        """Whether others use the name, too; should that change, the note is read again."""
        self.doubts |= doubts_about(name.folded)
        return self.catalogue.is_common(name.folded, paper)

    def _against(self, c: Candidate, paper: str, name: Name) -> str:
        """What in the note speaks against an acronym that was declared for the paper; else nothing."""
        known = self.catalogue.get(paper)
        if name.tier != 4 or known is None or not is_acronym(c.span.of(self.note.text)):
            return ""
        if is_older(self.date or self.year, known):
            return f"an acronym, in a note that is older than the paper, of {known.since}"
        if is_of_another(c.words, self.spelled_out.get(c.words, ()), known):
            return "an acronym, which the note spells out as something else"
        return ""

    @cached_property
    def spelled_out(self) -> Mapping[str, tuple[Phrase, ...]]:
        """The acronyms that the note spells out."""
        return spelled_out(self.note.text, self.note.body_start)

    def _doubtful(
        self, linked: Iterable[tuple[Mention, str, Name | None]], evidence: Collection[str]
    ) -> Iterator[Suggestion]:
        """Links that stand under a name that would not be linked today, and that nobody has accepted."""
        for m, words, name in linked:
            if name is None or self._accepted(words, m.paper):
                continue
            others = evidence if name.tier == 2 or name.strength == STRONG else ()
            again = Candidate(_words_of_link(self.note.text, m), words, {m.paper: name}, None)
            if m.paper not in others and not self._holds(again, m.paper, name):
                reason = self._against(again, m.paper, name) or _reason(words, name.tier, common=True)
                yield self._choice(m.span, [m.paper], f"linked, but {reason}")

    def _identifiers(self, linked: Iterable[Mention]) -> Iterator[Mention]:
        """The identifiers of papers, but for those in a link to a paper: it is a mention already."""
        note = self.note
        apart = SpanSet([*self.body.silent, *((m.span.start, m.span.end) for m in linked)])
        for found in identifiers_in(note.text, note.body_start, apart=apart):
            if apart.touches(found.span.start, found.span.end):
                continue
            known = [p for p in self.catalogue.identified(found.scheme, found.value) if p != note.path]
            papers, accepted = known, list[str]()
            if known and (self.decisions.denied or self.decisions.accepted):
                spellings = (fold_name(found.value), fold_name(found.span.of(note.text)))
                papers = [p for p in known if not any(self._denied(words, p) for words in spellings)]
                accepted = [p for p in papers if any(self._accepted(words, p) for words in spellings)]
            if len(papers) > 1 and len(accepted) != 1:
                self._ambiguous(found.span, papers)
            elif papers:
                yield self._mention((accepted or papers)[0], 1, found.span, linkable=False)
            elif known:
                continue
            elif found.scheme in ("arxiv", "doi", "openreview", "acl"):
                line, col = note.line_column(found.span.start)
                self.missing.append(Missing(note.path, line, col, found.scheme, found.value))

    def _weigh(self, candidates: Iterable[Candidate], evidence: Evidence) -> Iterator[Mention]:
        told: set[str] = set()
        for c in candidates:
            accepted = [p for p in c.names if self._accepted(c.words, p)]
            active = accepted or [
                p
                for p, name in c.names.items()
                if not c.unsure
                and (self._holds(c, p, name) or (p in evidence and self._is_shown(c, name, evidence, p)))
            ]
            tier = min(name.tier for name in c.names.values())
            if len(active) == 1 and (accepted or len(c.names) == 1 or tier == 5):
                linkable = not c.in_link and is_linkable(self.note.text, c.span, c.block)
                yield self._mention(active[0], c.names[active[0]].tier, c.span, linkable=linkable)
            elif c.words not in told and not c.in_link:
                told.add(c.words)
                if active and tier < 5:
                    self._ambiguous(c.span, sorted(c.names))
                else:
                    self._suggest(c, tier)

    def _is_shown(self, c: Candidate, name: Name, evidence: Evidence, paper: str) -> bool:
        """Whether the note, which names the paper elsewhere, shows that these words mean it, too.

        In a note that names many papers, initials do so only below the heading that the paper is named under,
        or where it is named above all headings: in a public list of 1,400 papers SVG, MLE and ARS were none.
        """
        if name.tier < 5 or is_author_year(c, name):
            return may_be_meant(self.note.text, c, name)
        if len(evidence) <= MANY:
            return True
        first, here = self.sessions[0].span, c.span.start
        spans = (self.sessions[self.places.at(place)].span for place in evidence[paper])
        return any(span.start <= here < span.end or span == first for span in spans)

    def _placements(self, mentions: list[Mention]) -> Iterator[Placement]:
        """The first mention of a paper in each session, unless the session links the paper already."""
        linked = {(m.session, m.paper) for m in mentions if m.tier == 0}
        for m in mentions:
            if m.linkable and (m.session, m.paper) not in linked:
                linked.add((m.session, m.paper))
                block = self.body.block_at(m.span.start)
                yield Placement(m.span, m.paper, m.surface, block is not None and block.kind == "cell")

    def _suggest(self, c: Candidate, tier: int) -> None:
        names = sorted(c.names.items())  # the catalogue has them in the order in which papers were read
        asked = [self._is_common(paper, name) for paper, name in names if " " in c.words]  # each of them
        common = any(asked)
        against = (self._against(c, paper, name) for paper, name in names)
        reason = c.unsure or next(filter(None, against), _reason(c.words, tier, common=common))
        score = 0.7 if c.unsure else 0.3 if common else 0.6
        if tier == 5:
            score = 0.8 if c.words[-1] in ")0123456789" else 0.2
        self.suggestions.append(self._choice(c.span, sorted(c.names), reason, score))

    def _choice(self, span: Span, papers: list[str], reason: str, score: float = 0.5) -> Suggestion:
        line, col = self.note.line_column(span.start)
        words, context = span.of(self.note.text), self._context(span)
        return Suggestion(self.note.path, line, col, words, tuple(papers), reason, context, score)

    def _context(self, span: Span) -> str:
        """The text around a place, for a person who has to decide."""
        block = self.body.block_at(span.start)
        if block is not None and block.kind == "heading":
            return flatten(block.span.of(self.note.text))
        return quote_of(self.note.text, block, span)

    def _ambiguous(self, span: Span, papers: list[str]) -> None:
        words = span.of(self.note.text)
        self.ambiguous.append(self._choice(span, papers, "several papers go by this name"))
        self.problems.append(
            self.note.problem(
                span.start,
                RULE,
                f'"{words}" may mean {" or ".join(papers)}; it was not linked',
                f"vaultsync links accept {' '.join(map(as_argument, (self.note.path, words, papers[0])))}",
            )
        )

    def _denied(self, words: str, paper: str) -> bool:
        denied = self.decisions.denied
        return bool(denied) and Decision(self.note.path, words, paper) in denied

    def _accepted(self, words: str, paper: str) -> bool:
        accepted = self.decisions.accepted
        return bool(accepted) and Decision(self.note.path, words, paper) in accepted


def _is_strong(name: Name | None) -> bool:
    """Whether a link under this name of its paper says by itself that the note is about the paper.

    One under a distinctive short name doesn't, else a link that the tool made would be evidence for the next
    one, and a second run would do more than the first. (A link under a weak name was made on evidence, or by
    the person.)
    """
    return name is None or name.tier == 2 or name.strength >= IN_TITLE_CASE


def _words_of_link(text: str, mention: Mention) -> Span:
    """Where the words stand that a link shows."""
    at = text.rfind(mention.surface, mention.span.start, mention.span.end)
    return Span(at, at + len(mention.surface)) if at >= 0 else mention.span


def _reason(words: str, tier: int, *, common: bool = False) -> str:
    """Why a weak name is only suggested."""
    if tier == 5:
        return "author and year" if words[-1] in ")0123456789" else "the initials of the title"
    kind = "words" if " " in words else "a single word"
    if common:
        return f"{kind} that are used without meaning a paper, and nothing else in the note names it"
    return f"{kind} that may mean something else, and nothing else in the note names the paper"
