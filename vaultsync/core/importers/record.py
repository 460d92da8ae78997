"""What the importers give: papers, conference notes and what could not be used, each with its place.

Every format's reader turns lines or text into a stream of these values; `merge` turns the stream into planned
notes. A field that the source does not state is None or empty: nothing here is ever guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from vaultsync.core.config.settings import ImportSection
from vaultsync.core.errors import Problem

RULE = "import"

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the person says about a source that the source itself may not say.

    `name` is the file's name (empty for standard input), `year` the year of a pasted page, `title` and `date`
    (`YYYY-MM-DD`) belong to pasted conference notes and programmes, `languages` are those of weekday
    headings, `papers` asks for a note for each talk of a programme, `records` is how many it may have.
    """

    name: str = ""
    year: int | None = None
    title: str | None = None
    date: str | None = None
    languages: tuple[str, ...] = ("en", "de")
    papers: bool = False
    records: int = ImportSection().records

    @property
    def place(self) -> str:
        """The name by which problems call the source; `-` is standard input, as on the command line."""
        return self.name or "-"

    def problem(self, line: int, message: str, hint: str = "") -> Problem:
        """A problem at `line` of the source (0: the whole source)."""
        return Problem(self.place, line, 1 if line else 0, RULE, message, hint)

    def source(self, what: str) -> str:
        """How a note names this source: what the list calls itself, and the file that it came in."""
        if not self.name:
            return what
        return f"{what} ({self.name})" if what else self.name


class PaperRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One paper as one source states it; what the source lacks is None (or empty).

    `authors_cut` tells that the source's list goes on (`...`); `author_count` is set only where a number is
    stated. `year` is set only where it stands by itself, as a publication's; that of `date` is not repeated.
    `date` is `YYYY-MM-DD`, or `YYYY-MM` where only the month is known; `raw_date` is the date as
    written. `summary` holds (language, text) pairs. `tex` tells that text fields may hold TeX math (`$…$`)
    that is meant as math. `line` is where the record begins in the source, from 1. `listed` is the title of a
    reading list's item as it stands there, empty if it is only an address; None for what is no such item.

    What a reference manager knows besides: `tags` are keywords that can be tags, `notes` what somebody wrote
    about the paper, `files` the paths of its files as stated, `accessed` the day of a web page, `citekeys`
    other keys of the same paper, and `unused` the names of the fields that no note takes.
    """

    title: str
    authors: tuple[str, ...] | None = None
    authors_cut: bool = False
    author_count: int | None = None
    year: int | None = None
    date: str | None = None
    raw_date: str | None = None
    arxiv: str | None = None
    doi: str | None = None
    url: str | None = None
    citekey: str | None = None
    venue: str | None = None
    category: str | None = None
    abstract: str | None = None
    summary: tuple[tuple[str, str], ...] = ()
    title_translated: str | None = None
    affiliations: tuple[str, ...] = ()
    affiliations_cut: bool = False
    tex: bool = False
    isbn: str | None = None
    accessed: str | None = None
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    citekeys: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    source: str = ""
    line: int = 0
    listed: str | None = None


class ConferenceNote(msgspec.Struct, frozen=True, kw_only=True):
    """A whole conference note, ready to be written: its name (the title), its date if known, and its text.

    `links` are places in the text where a link to a record's note goes, each with the number of the record
    among those of the source, from 0.
    """

    title: str
    text: str
    date: str | None = None
    source: str = ""
    line: int = 1
    links: tuple[tuple[int, int], ...] = ()


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the source that gives no record, with its text, so that the report loses nothing."""

    place: str
    line: int
    reason: str
    text: str = ""


class UnusableSource(msgspec.Struct, frozen=True):
    """The source as a whole can't be imported; records read before it are not to be used."""

    problem: Problem


Item: TypeAlias = PaperRecord | ConferenceNote | Skipped | Problem | UnusableSource


class Refusal(Exception):
    """Raised in a reader when the source can't be read on; `parse` gives the caller an `UnusableSource`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """A whole source in memory, sorted by what the items are; for small sources and tests."""

    records: tuple[PaperRecord, ...] = ()
    notes: tuple[ConferenceNote, ...] = ()
    problems: tuple[Problem, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    refused: bool = False


def collect(items: Iterable[Item]) -> Parsed:
    """All of a reader's items at once; a refused source keeps its problems and gives no record."""
    records: list[PaperRecord] = []
    notes: list[ConferenceNote] = []
    problems: list[Problem] = []
    skipped: list[Skipped] = []
    for item in items:
        match item:
            case PaperRecord():
                records.append(item)
            case ConferenceNote():
                notes.append(item)
            case Skipped():
                skipped.append(item)
            case UnusableSource(problem):
                return Parsed(problems=(*problems, problem), skipped=tuple(skipped), refused=True)
            case _:
                problems.append(item)
    return Parsed(
        records=tuple(records), notes=tuple(notes), problems=tuple(problems), skipped=tuple(skipped)
    )


def one_line(text: str) -> str:
    """`text` on one line: control characters dropped, every run of white space a single blank."""
    return " ".join(_CONTROLS.sub("", text).split())


def paragraphs(text: str) -> str:
    """`text` with each paragraph on one line and one empty line between paragraphs; no control characters."""
    return "\n\n".join(filter(None, (one_line(part) for part in re.split(r"\n[ \t]*\n", _newlines(text)))))


def or_none(text: str) -> str | None:
    """`text`, or None where there is none: empty means that the source does not say."""
    return text or None


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
