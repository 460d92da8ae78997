"""What a reader takes for papers in conference notes though they have neither an identifier nor a note.

`Mamba by Gu & Dao`, `“A Title in Quotes” (Alm et al., 2021)`, `I. Alm, M. Oak "A Title"`: a title that is
marked, or written as one, beside its people. Only the person can tell whether it is a paper, so these are
candidates; each is given as a line that the importer of reading lists takes. Only looked for when asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from vaultsync.core.importers.person_lines import LineNames, names_in
from vaultsync.core.links.candidates import is_title_case
from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Reading
from vaultsync.core.markdown import TextBlock, flatten
from vaultsync.core.note import Note
from vaultsync.core.papers.common_words import is_common_word
from vaultsync.core.papers.identifiers import identifiers_in
from vaultsync.core.text.folding import fold_name, word_list
from vaultsync.runs.link_suggestions import Suggests
from vaultsync.vault.survey import Survey

LONGEST = 2_000
"""Characters of a bullet or paragraph that are looked at."""

TITLE_WORDS = 18
"""Words of a title before `by`."""


class PaperCandidate(msgspec.Struct, frozen=True, order=True):
    """A title with its people that may be a paper; `cut` if the list of people goes on (`et al.`)."""

    path: str
    line: int
    col: int
    title: str
    authors: tuple[str, ...]
    cut: bool = False
    year: int | None = None
    context: str = ""

    @property
    def as_listed(self) -> str:
        """The candidate as an item of a reading list."""
        people = " and ".join(filter(None, (", ".join(self.authors[:-1]), self.authors[-1])))
        year = f", {self.year}" if self.year else ""
        return f"- “{self.title}” by {people}{' et al.' if self.cut else ''}{year}"


def paper_candidates(survey: Survey, suggests: Suggests) -> tuple[PaperCandidate, ...]:
    """The candidates of all notes that are read for papers, by note and place; each title once.

    What it `suggests` for a line is no candidate.
    """
    index = survey.index
    found: dict[str, PaperCandidate] = {}
    for path, reading in index.readings():
        note = survey.note(path)
        if note is not None:
            for one in _of_note(note, reading, index, suggests):
                found.setdefault(fold_name(one.title), one)
            survey.let_go((path,))
    return tuple(sorted(found.values()))


def _of_note(note: Note, reading: Reading, index: Index, suggests: Suggests) -> Iterator[PaperCandidate]:
    known = {note.line_column(mention.span.start)[0] for mention in reading.mentions}
    known |= {choice.line for choice in (*suggests(note, reading, index), *reading.ambiguous)}
    for block in note.body.blocks:
        written = block.span.of(note.text)
        if len(written) > LONGEST or note.body.protected.touches(block.span.start, block.span.start + 1):
            continue
        shown = flatten(written)
        for one in paper_candidates_in(shown):
            line, col = _place(note, block, one.title)
            if line not in known and not index.catalogue.named(fold_name(one.title)):
                place = {"path": note.path, "line": line, "col": col, "context": shown}
                yield msgspec.structs.replace(one, **place)


def _place(note: Note, block: TextBlock, title: str) -> tuple[int, int]:
    """Where the title begins; of one that is written with markup inside, where its block does."""
    at = note.text.find(title, block.span.start, block.span.end)
    return note.line_column(at if at >= 0 else block.span.start)


def paper_candidates_in(text: str) -> Iterator[PaperCandidate]:
    """The titles in a text, as it is shown, that stand beside people; their places are not known here."""
    for title, names, year in _seen(text):
        yield PaperCandidate("", 0, 0, title, names.people, names.cut, year)


def _seen(text: str) -> Iterator[tuple[str, LineNames, int | None]]:
    if any(found.scheme not in ("citekey", "url") for found in identifiers_in(text)):
        return
    taken = [0]  # the ends of what was seen
    for found in _QUOTED.finditer(text):
        title = next(filter(None, found.groups())).strip(" ,.")
        beside = _names_after(text, found.end()) or _names_before(text, found.start())
        if beside is not None and not _is_said(title):
            taken.append(found.end())
            yield title, beside, _year_after(text, found.end())
    for found in _BY.finditer(text):
        names = _people(found["names"])
        before = text[max(end for end in taken if end <= found.start()) : found.start()]
        title = _TITLE_START.split(before)[-1].strip(" ,.;:“”\"'")
        if names is not None and _is_written_as_title(title):
            taken.append(found.end("names"))
            yield title, names, _year_after(text, found.end("names"))


def _names_after(text: str, at: int) -> LineNames | None:
    found = _AFTER.match(text, at)
    return _people(found["names"]) if found else None


def _names_before(text: str, at: int) -> LineNames | None:
    found = _BEFORE.search(text, max(at - 300, 0), at)
    return _people(found["names"]) if found else None


def _people(text: str) -> LineNames | None:
    """The people, if there are two, or one with initials or `et al.`: one surname may be anything."""
    names = names_in(_GLUED.sub(". ", text).strip(" ,"), alone=False, surnames=True)
    if names is None or not (len(names.people) > 1 or names.cut or "." in names.people[0]):
        return None
    if any(map(_is_no_surname, names.people)):
        return None
    return LineNames(tuple(_FULL_STOP.sub("", person) for person in names.people), names.cut)


def _is_no_surname(person: str) -> bool:
    """Whether two words or more end in an everyday one: `Combining Texts and Further Information`."""
    words = person.split()
    return len(words) > 1 and is_common_word(fold_name(words[-1]))


def _is_said(title: str) -> bool:
    """Whether what is quoted is something said, and no title: a few common words, or no capital at all."""
    words = word_list(fold_name(title))
    return not words or title.islower() or (len(words) < 4 and all(map(is_common_word, words)))


def _is_written_as_title(title: str) -> bool:
    words = word_list(fold_name(title))
    if (
        not words
        or len(words) > TITLE_WORDS
        or all(word in _NO_TITLE or is_common_word(word) for word in words)
    ):
        return False
    return is_title_case(title) and words[0] not in _NO_TITLE


def _year_after(text: str, at: int) -> int | None:
    found = _YEAR.match(text, at)
    return int(found[1]) if found else None


_WORD = r"(?:(?:van|von|de|del|della|di|da|la|le|den|der|ten|ter|al|el)\s){0,2}[^\W\d_a-z][\w'’-]*+\.?"
_PERSON = rf"{_WORD}(?:(?:[ -]|(?<=\.)){_WORD}){{0,3}}"
_NAMES = rf"(?P<names>{_PERSON}(?:(?:,?\s(?:and|und|et|&)\s|,\s){_PERSON}){{0,12}}(?:,?\set\.?\sal\b\.?)?)"
_QUOTED = re.compile(
    r"“([^“”\n]{3,300})”|„([^„“”\n]{3,300})[“”]|(?<!\w)\"([^\"\n]{3,300})\"(?!\w)|«([^«»\n]{3,300})»"
)
_AFTER = re.compile(rf"[,.]?\s*(?:\(|–\s|—\s|-\s)?(?:by\s|von\s|par\s|from\s)?{_NAMES}")
_BEFORE = re.compile(rf"(?<!\w){_NAMES}[\s,:.]*(?:\([12][09]\d\d\)[\s,:.]*)?\Z")
_BY = re.compile(rf",?\s(?:by|von|par)\s{_NAMES}")
_TITLE_START = re.compile(r"[:;.!?)]\s+|\s[–—-]+\s|,\s+(?=[^\W\d_a-z])|\A[^\w]+")
_FULL_STOP = re.compile(r"(?<=[^\W\d_]{2})\.\Z")
_GLUED = re.compile(r"(?<=[^\W\d_a-z])\.(?=[^\W\d_a-z])")
_YEAR = re.compile(r"[^;“”„«\"\n]{0,40}?(?<![\d/-])((?:19|20)\d\d)(?![\d/-])")
_NO_TITLE = frozenset(
    """
    talk talks keynote keynotes poster posters tutorial tutorials session sessions slides paper papers
    lecture panel workshop presented presentation given chaired organized organised hosted invited joint led
    moderated written demo spotlight oral intro introduction opening closing remarks vortrag vorträge plakat
    sitzung leitung geleitet
    """.split()
)
"""Words before `by` that tell what kind of thing the people did."""
