"""The words of a note that are names of papers, before the note's evidence is weighed (`mention_reader`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.surroundings import address_of, is_in_longer_title, joined_to, lead_elsewhere
from vaultsync.core.markdown import TextBlock
from vaultsync.core.note import Note
from vaultsync.core.papers.catalogue import Catalogue
from vaultsync.core.papers.paper import IN_TITLE_CASE, ON_EVIDENCE, STRONG, UNLESS_COMMON, Identified, Name
from vaultsync.core.text.folding import Folded, fold_name
from vaultsync.core.text.name_matcher import Match, NameMatcher
from vaultsync.core.text.spans import Span, SpanSet
from vaultsync.core.text.tokens import is_function_word, standing


class Candidate(msgspec.Struct, frozen=True):
    """Words that are a name of one or more papers: what is known before the note's evidence is weighed.

    `words` are folded; all `names` are of the tiers 2 to 4, or all of tier 5. `unsure` if the words may be
    a part of a longer name, or a plural. `in_link` if they stand in the text of a link out of the vault;
    `alone` if they are all of that text.
    """

    span: Span
    words: str
    names: dict[str, Name]
    block: TextBlock | None
    unsure: str = ""
    in_link: bool = False
    alone: bool = False


class CandidateFinder:
    """Finds the names of papers in one note, whose folded body is given."""

    def __init__(self, note: Note, folded: Folded, catalogue: Catalogue, decisions: Decisions) -> None:
        self.note, self.folded, self.body = note, folded, note.body
        self.catalogue, self.decisions = catalogue, decisions
        self.link_texts = SpanSet((span.start, span.end) for span in self.body.link_texts)
        self.math = SpanSet((span.start, span.end) for span in (*self.body.math, *self.body.gitlab_math))

    def find(self) -> list[Candidate]:
        """The candidates in their order, apart."""
        folded = self.folded
        found: list[Candidate] = []

        def is_name(match: Match) -> bool:
            """Whether the match is a name where it stands; if not, shorter ones may be."""
            names = self._names(match, folded)
            candidate = self._candidate(match, names) if names else None
            if candidate is None:
                return False
            found.append(candidate)
            return True

        start = self.note.body_start
        apart = ((max(s - start, 0), e - start) for s, e in self.body.hides_names)
        self.catalogue.find(folded, is_name, folded.without(apart))
        return sorted([*found, *self._phrases(folded, found)], key=lambda c: c.span)

    def _candidate(self, match: Match, names: dict[str, Name]) -> Candidate | None:
        """The match as a candidate; `None` where it stands in a longer name, or where nothing may be one."""
        place = self._place(match, self.folded)
        if place is None:
            return None
        span, block = place
        kind = standing(self.note.text, span) if not match.plural else "name"
        if kind == "part":
            return None
        unsure = "a plural of the name" if match.plural else "perhaps a part of a longer name"
        inside = self.link_texts.covering(span.start)
        alone = inside is not None and self._is_all_of(match.name, Span(*inside))
        doubt = match.plural or kind == "doubt"
        if _are_cited(match.name, names):
            if inside is not None and not (names := self._at_address(names, inside)):
                return None
            joint = joined_to(self.note.text, span, block.span.start if block else 0)
            if joint == "&":
                return None
            if joint:
                doubt, unsure = True, "perhaps the end of a longer list of authors"
        if _are_titles(match.name, names) and self._goes_on(span, block):
            doubt, unsure = True, "perhaps a part of a longer title"
        if (doubt and inside is not None) or (match.plural and not _can_be_plural(names)):
            return None
        return Candidate(span, match.name, names, block, unsure if doubt else "", inside is not None, alone)

    def _goes_on(self, span: Span, block: TextBlock | None) -> bool:
        """Whether a title goes on before or after these words, in the text of a link or else in the block."""
        inside = self.link_texts.covering(span.start)
        stretch = Span(*inside) if inside is not None else block.span if block is not None else span
        return is_in_longer_title(self.note.text, span, stretch)

    def _at_address(self, names: dict[str, Name], link_text: tuple[int, int]) -> dict[str, Name]:
        """The papers but for those that a link's address says are not meant."""
        there = tuple(address_of(self.note.text, link_text))
        return {path: name for path, name in names.items() if not lead_elsewhere(there, self._ids(path))}

    def _ids(self, path: str) -> Iterable[Identified]:
        paper = self.catalogue.get(path)
        return paper.ids if paper is not None else ()

    def _is_all_of(self, words: str, span: Span) -> bool:
        return fold_name(span.of(self.note.text)) == words

    def _phrases(self, folded: Folded, named: Iterable[Candidate]) -> Iterator[Candidate]:
        """Words that are no name, but which the person said mean a paper."""
        phrases: dict[str, dict[str, Name]] = {}
        for decision in self.decisions.accepted_in.get(self.note.path, ()):
            if decision.paper in self.catalogue and decision.words:
                phrases.setdefault(decision.words, {})[decision.paper] = Name(decision.words, 5, "", STRONG)
        if not phrases:
            return
        taken = SpanSet((c.span.start, c.span.end) for c in named)
        for match in NameMatcher(phrases).find(folded):
            place = self._place(match, folded)
            if place is not None and not taken.touches(place[0].start, place[0].end):
                yield Candidate(place[0], match.name, phrases[match.name], place[1])

    def _place(self, match: Match, folded: Folded) -> tuple[Span, TextBlock | None] | None:
        """Where a match stands in the note, and in which block; `None` where nothing may be a name."""
        start = self.note.body_start
        span = Span(start + folded.origin(match.start), start + folded.origin_end(match.end))
        if self.body.hides_names.touches(span.start, span.end):
            return None
        math = self.math.covering(span.start)
        if math is not None and span.end <= math[1]:
            return None
        inside = self.link_texts.covering(span.start)
        if inside is not None and span.end > inside[1]:
            return None
        if inside is None and self.link_texts.touches(span.start, span.end):
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
            if not name.cased or name.cased == written or _begins_sentence(name.cased, written)
        }
        if not names and (words[-1] in ")0123456789" or written.isupper()):
            names = {path: Name(words, 5, "", ON_EVIDENCE) for path in self.catalogue.hinted(words)}
        if self.note.path not in names and not self.decisions.denied:
            return names
        return {p: name for p, name in names.items() if p != self.note.path and not self._denied(words, p)}

    def _denied(self, words: str, paper: str) -> bool:
        denied = self.decisions.denied
        return bool(denied) and Decision(self.note.path, words, paper) in denied


def is_author_year(c: Candidate, name: Name) -> bool:
    """Whether the words cite the paper by author and year, which lets a weak name beside them count."""
    return _are_cited(c.words, {"": name}) and not c.unsure


def _are_titles(words: str, names: Mapping[str, Name]) -> bool:
    """Whether the words are titles that may be parts of others, not what a person declared (an alias)."""
    return " " in words and all(name.tier < 4 for name in names.values())


def _are_cited(words: str, names: Mapping[str, Name]) -> bool:
    """Whether the words are authors with a year."""
    return words[-1] in ")0123456789" and all(name.tier == 5 for name in names.values())


def is_weak(c: Candidate, name: Name) -> bool:
    """Whether the words become a link only on other evidence in the note."""
    return name.tier < 5 and name.strength >= IN_TITLE_CASE and not c.unsure and not c.in_link


def _begins_sentence(cased: str, written: str) -> bool:
    """Whether the words are a name of small letters with a capital in front."""
    return cased.islower() and written[:1].lower() + written[1:] == cased and " " in cased


def _can_be_plural(names: Mapping[str, Name]) -> bool:
    """Whether the names are of a kind that people give a plural: those that are written letter for letter."""
    return all(name.cased or name.tier == 5 for name in names.values())


_CONTENT = re.compile(r"[^\W\d_][\w'’-]*")


def is_title_case(words: str) -> bool:
    """Whether each word but the function words begins with a capital, and not all letters are capitals."""
    found = [word for word in _CONTENT.findall(words) if not is_function_word(word.lower())]
    return bool(found) and all(word[0].isupper() for word in found) and not words.isupper()


def may_be_meant(text: str, c: Candidate, name: Name) -> bool:
    """Whether evidence for the paper is enough: `what's missing` in a sentence stays a phrase."""
    if " " not in c.words or name.cased or name.tier == 5 or name.strength == UNLESS_COMMON:
        return True
    return is_title_case(c.span.of(text))
