"""What a conference note says of papers: mentions with their tier, session and quote, and where links go.

`read_mentions` is the one reading of a note behind the in-place links, both managed blocks, the suggestions
and the problems, so that they cannot disagree. It follows the table of tiers in the design, section 6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem
from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.links.sessions import Session, session_at, sessions_of
from vaultsync.core.markdown import TextBlock, flatten
from vaultsync.core.note import Note
from vaultsync.core.papers.catalogue import Catalogue
from vaultsync.core.papers.identifiers import identifiers_in
from vaultsync.core.papers.paper import Name, title_of
from vaultsync.core.text.folding import Folded, fold, fold_name
from vaultsync.core.text.name_matcher import Match, NameMatcher
from vaultsync.core.text.spans import Span, SpanSet, line_column
from vaultsync.core.text.vocabulary import vocabulary_of

RULE = "link-in-place"


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
    """A possible link that is left to the person; `papers` are the paths it may mean, best first."""

    path: str
    line: int
    col: int
    words: str
    papers: tuple[str, ...]
    reason: str
    context: str = ""


class Missing(msgspec.Struct, frozen=True, order=True):
    """An identifier in a note for which the vault has no paper note."""

    path: str
    line: int
    col: int
    scheme: str
    value: str


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """All that a conference note says of papers.

    `display` is the name under which the note is listed; `words` its vocabulary (`core.text.vocabulary`).
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

    @property
    def papers(self) -> frozenset[str]:
        """The papers that are mentioned."""
        return frozenset(m.paper for m in self.mentions)


class _Candidate(msgspec.Struct, frozen=True):
    """Words that are a name of one or more papers: what is known before the note's evidence is weighed.

    `words` are folded; all `names` are of the tiers 2 to 4, or all of tier 5.
    """

    span: Span
    words: str
    names: dict[str, Name]
    block: TextBlock | None


def read_mentions(
    note: Note, catalogue: Catalogue, files: FileNames, config: Config, decisions: Decisions
) -> Reading:
    """Read the mentions of papers in `note` against the catalogue."""
    return _MentionReader(note, catalogue, files, config, decisions).read()


class _MentionReader:
    def __init__(
        self, note: Note, catalogue: Catalogue, files: FileNames, config: Config, decisions: Decisions
    ) -> None:
        self.note, self.catalogue, self.files = note, catalogue, files
        self.decisions, self.body = decisions, note.body
        self.folded = fold(note.text[note.body_start :])
        date = note.front.value("date") if note.front is not None else None
        self.date = date[:10] if isinstance(date, str) and re.match(r"\d{4}-\d{2}-\d{2}", date) else ""
        self.sessions = sessions_of(
            self.body.headings, len(note.text), date=self.date or None, languages=config.links.languages
        )
        self.problems: list[Problem] = []
        self.suggestions: list[Suggestion] = []
        self.ambiguous: list[Suggestion] = []
        self.missing: list[Missing] = []

    def read(self) -> Reading:
        linked = list(self._links())
        identified = list(self._identifiers())
        candidates = self._candidates()
        evidence = {m.paper for m in identified}
        evidence.update(m.paper for m in linked if self._is_strong_link(m))
        evidence.update(p for c in candidates for p in self._sole(c) if c.names[p].tier == 2)
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
            vocabulary_of([self.folded.text, *map(fold_name, self._link_targets())]),
        )

    def _link_targets(self) -> Iterator[str]:
        """Targets that stand encoded in the text (`My%20Paper.md`), so that their words don't."""
        return (link.target for link in self.body.links if link.style == "markdown")

    def _mention(
        self, paper: str, tier: int, span: Span, *, linkable: bool, surface: str | None = None
    ) -> Mention:
        block = self.body.block_at(span.start)
        return Mention(
            paper,
            tier,
            span.of(self.note.text) if surface is None else surface,
            span,
            session_at(self.sessions, span.start),
            linkable,
            quote_of(self.note.text, block, span),
        )

    def _links(self) -> Iterator[Mention]:
        """The links that stand in the note already."""
        for link in self.body.links:
            if not link.target:
                continue
            paper = resolve(self.files, self.note.path, link.target)
            if paper is not None and paper in self.catalogue and paper != self.note.path:
                words = link.text if link.text is not None else link.target.rpartition("/")[2]
                yield self._mention(paper, 0, link.span, linkable=False, surface=words)

    def _is_strong_link(self, mention: Mention) -> bool:
        """Whether a link says by itself that the note is about the paper.

        One under a distinctive short name doesn't, else a link that the tool made would be evidence for the
        next one, and a second run would do more than the first.
        """
        name = self.catalogue.named(fold_name(mention.surface)).get(mention.paper)
        return name is None or name.tier == 2 or name.weak

    def _identifiers(self) -> Iterator[Mention]:
        note = self.note
        for found in identifiers_in(note.text, note.body_start):
            if self.body.silent.touches(found.span.start, found.span.end):
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
                line, col = line_column(note.text, found.span.start)
                self.missing.append(Missing(note.path, line, col, found.scheme, found.value))

    def _candidates(self) -> list[_Candidate]:
        folded = self.folded
        found: list[_Candidate] = []

        def is_name(match: Match) -> bool:
            """Whether the match is a name where it stands; if not, shorter ones may be."""
            names = self._names(match, folded)
            place = self._place(match, folded) if names else None
            if place is None:
                return False
            found.append(_Candidate(place[0], match.name, names, place[1]))
            return True

        start = self.note.body_start
        apart = ((max(s - start, 0), e - start) for s, e in self.body.protected)
        self.catalogue.find(folded, is_name, folded.without(apart))
        return sorted([*found, *self._phrases(folded, found)], key=lambda c: c.span)

    def _phrases(self, folded: Folded, named: Iterable[_Candidate]) -> Iterator[_Candidate]:
        """Words that are no name, but which the person said mean a paper."""
        phrases: dict[str, dict[str, Name]] = {}
        for decision in self.decisions.accepted_in.get(self.note.path, ()):
            if decision.paper in self.catalogue and decision.words:
                phrases.setdefault(decision.words, {})[decision.paper] = Name(decision.words, 5)
        if not phrases:
            return
        taken = SpanSet((c.span.start, c.span.end) for c in named)
        for match in NameMatcher(phrases).find(folded):
            place = self._place(match, folded)
            if place is not None and not taken.touches(place[0].start, place[0].end):
                yield _Candidate(place[0], match.name, phrases[match.name], place[1])

    def _place(self, match: Match, folded: Folded) -> tuple[Span, TextBlock | None] | None:
        """Where a match stands in the note, and in which block; `None` where nothing may be a name."""
        start = self.note.body_start
        span = Span(start + folded.origin(match.start), start + folded.origin_end(match.end))
        if self.body.protected.touches(span.start, span.end):
            return None
        block = self.body.block_at(span.start)
        return None if block is not None and span.end > block.span.end else (span, block)

    def _names(self, match: Match, folded: Folded) -> dict[str, Name]:
        """The papers that go by these words, as they are written here; else those that are hinted at.

        A hint, an acronym or an author with a year, is a weak name of tier 5.
        """
        words, written = match.name, folded.cased[match.start : match.end]
        names = {
            path: name
            for path, name in self.catalogue.named(words).items()
            if not name.cased or name.cased == written
        }
        if not names and (words[-1].isdigit() or written.isupper()):
            names = {path: Name(words, 5, "", weak=True) for path in self.catalogue.hinted(words)}
        if self.note.path not in names and not self.decisions.denied:
            return names
        return {p: name for p, name in names.items() if p != self.note.path and not self._denied(words, p)}

    def _weigh(self, candidates: Iterable[_Candidate], evidence: set[str]) -> Iterator[Mention]:
        seen_words: set[str] = set()
        for c in candidates:
            accepted = [p for p in c.names if self._accepted(c.words, p)]
            active = accepted or [p for p, name in c.names.items() if not name.weak or p in evidence]
            tier = min(name.tier for name in c.names.values())
            if len(active) == 1 and (accepted or len(c.names) == 1 or tier == 5):
                linkable = _is_linkable(self.note.text, c.span, c.block)
                yield self._mention(active[0], c.names[active[0]].tier, c.span, linkable=linkable)
            elif c.words not in seen_words:
                seen_words.add(c.words)
                if active and tier < 5:
                    self._ambiguous(c.span, sorted(c.names))
                else:
                    self._suggest(c.span, sorted(c.names), _reason(c.words, tier))

    def _placements(self, mentions: list[Mention]) -> Iterator[Placement]:
        """The first mention of a paper in each session, unless the session links the paper already."""
        linked = {(m.session, m.paper) for m in mentions if m.tier == 0}
        for m in mentions:
            if m.linkable and (m.session, m.paper) not in linked:
                linked.add((m.session, m.paper))
                block = self.body.block_at(m.span.start)
                yield Placement(m.span, m.paper, m.surface, block is not None and block.kind == "cell")

    def _sole(self, candidate: _Candidate) -> Iterable[str]:
        return candidate.names if len(candidate.names) == 1 else ()

    def _suggest(self, span: Span, papers: list[str], reason: str) -> None:
        self.suggestions.append(self._choice(span, papers, reason))

    def _choice(self, span: Span, papers: list[str], reason: str) -> Suggestion:
        line, col = line_column(self.note.text, span.start)
        words, context = span.of(self.note.text), self._context(span)
        return Suggestion(self.note.path, line, col, words, tuple(papers), reason, context)

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
                f'vaultsync links accept "{self.note.path}" "{words}" "{papers[0]}"',
            )
        )

    def _denied(self, words: str, paper: str) -> bool:
        denied = self.decisions.denied
        return bool(denied) and Decision(self.note.path, words, paper) in denied

    def _accepted(self, words: str, paper: str) -> bool:
        accepted = self.decisions.accepted
        return bool(accepted) and Decision(self.note.path, words, paper) in accepted


# A link behind these would be none, an embed or a footnote: `\[[x]]`, `![[x]]`, `^[[x]]`, `[[[[x]]`.
_SPOILS_LINK = re.compile(r"(?:(?<!\\)(?:\\\\)*(?:\\|!|\^)|\[\[)\Z")


def _is_linkable(text: str, span: Span, block: TextBlock | None) -> bool:
    """Whether the words can be made a link where they stand."""
    if block is not None and block.kind == "heading":
        return False
    return "\n" not in span.of(text) and not _SPOILS_LINK.search(text, max(span.start - 40, 0), span.start)


def _reason(words: str, tier: int) -> str:
    """Why a weak name is only suggested."""
    if tier == 5:
        return "author and year" if words[-1].isdigit() else "the initials of the title"
    kind = "words" if " " in words else "a single word"
    return f"{kind} that may mean something else, and nothing else in the note names the paper"


LONG_PARAGRAPH = 240
"""Characters above which a paragraph is quoted by the sentence; a bullet is quoted whole."""

_SENTENCE_END = re.compile(
    r"(?<![A-Z])(?<!\bal)(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bFig)[.!?…][\"')\]]*\s+|[。!?]"
)
_CALLOUT_TITLE = re.compile(r"(?:(?<=>)|(?<=> ))\[![^\]\r\n]{1,200}\][-+]?[ \t]*(?P<words>[^\r\n]*)(?=\r?\n)")


def quote_of(text: str, block: TextBlock | None, span: Span) -> str:
    """The bullet, cell or sentence around `span` as plain text; empty where there is none (a heading).

    A callout's title is apart from what is below it; one that is no more than the name itself is a heading to
    it, and what is below is quoted.
    """
    if block is None or block.kind == "heading":
        return ""
    start, end = block.span.start, block.span.end
    if title := _CALLOUT_TITLE.match(text, start, end):
        if span.end <= title.end() and title["words"].strip() != span.of(text):
            return flatten(title[0])
        start = title.end()
    if block.kind == "paragraph" and end - start > LONG_PARAGRAPH:
        for stop in _SENTENCE_END.finditer(text, start, end):
            if stop.end() <= span.start:
                start = stop.end()
            elif stop.start() >= span.end:
                end = stop.end()
                break
    return flatten(text[start:end])
