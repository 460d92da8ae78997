"""A paper list copied from a Hugging Face papers page: title, abstract, and on some pages authors and a date.

    new / Daily Papers / … / byAK and the research community      the head
    Oct 31                                                        the page's day, without a year

    A Title                                                       a record: what is title and what is abstract
                                                                  is known by position, never by length
    Its abstract.

      • 5 authors                                                 these three lines may be missing
    ·
    May 25, 2024 2                                                a date, and a count that is not kept

Today's daily page has cards instead, without abstracts: `Submitted by`, a user, votes, the title, perhaps
where its authors work, `5 authors`, the number of comments.

A date without a year belongs to the page's year, which the page does not say. It is written only if the
person gives that year or the page's own day has one; a year that the page's other dates rule out is
refused.

A copy that lost a title or an abstract would shift every later record by one. Only where what follows proves
it (two sentences where a title should stand, a title where an abstract should, and the next record in step
again) the reader moves on by one paragraph and names the line.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.importers.record import Item, Options, PaperRecord, Refusal, Skipped, one_line
from vaultsync.core.importers.source_text import control_problems, lines

HEAD_END = re.compile(r"by\s?AK and the research community")
_HEAD = frozenset(
    {"new", "daily papers", "trending papers", "subscribe", "get trending papers in your email inbox!"}
)
_AUTHORS = re.compile(r"•\s*(\d{1,5}) authors?")
_DOT = "·"
_SUBMITTED = re.compile(r"(?:paper )?submitted by", re.IGNORECASE)
_VOTES = re.compile(r"upvote|[0-9.,]+k?|-|·", re.IGNORECASE)
_CARD_AUTHORS = re.compile(r"(?:[•·]\s*)?(\d{1,5}) authors?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    rf"(({'|'.join(_MONTHS)})[a-z]{{0,6}}\.? (\d{{1,2}})(?:, (\d{{4}}))?)(?: (\d{{1,7}}))?", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s+[^\Wa-z]|\s*\\?$)")

_TITLE_LENGTH = 250
"""arXiv's longest titles have some 240 characters. Evidence of damage; no title is judged by its length."""

_AHEAD = 16
"""Lines that a decision may look at: three records with their authors and dates, or a head within a file."""


class Day(msgspec.Struct, frozen=True):
    """A date as written: its text without the count, month, day, and the year where it states one."""

    raw: str
    month: int
    day: int
    year: int | None
    count: int | None

    def iso(self, year: int) -> str | None:
        """The day in `year`, or None where there is no such day."""
        try:
            return date(year, self.month, self.day).isoformat()
        except ValueError:
            return None

    def after(self, other: Day) -> bool:
        """Whether the day comes after `other` in one year."""
        return (self.month, self.day) > (other.month, other.day)


def recognises(head: str) -> str | None:
    """Why `head`, the beginning of a source, is such a page, or None."""
    for number, line in enumerate(head.splitlines()[:60], 1):
        if HEAD_END.fullmatch(line.strip()):
            return f"“{line.strip()}” in line {number}"
    return None


def read(pieces: Iterable[str], options: Options) -> Iterator[Item]:
    """The page's papers, and problems with their lines.

    Raises `Refusal` when `options.year` can't be the page's year.
    """
    return _PageReader(pieces, options).items()


class _PageLine(msgspec.Struct, frozen=True):
    number: int
    text: str
    joined: bool  # no blank line stands before it

    @property
    def is_mark(self) -> bool:
        return self.text == _DOT or _AUTHORS.fullmatch(self.text) is not None


class _PageReader:
    """One pass over a source, a few lines ahead of the record in hand."""

    def __init__(self, pieces: Iterable[str], options: Options) -> None:
        self.options = options
        self.dropped: list[tuple[int, str]] = []
        self.rest = self._lines(pieces)
        self.ahead: deque[_PageLine] = deque()
        self.page: Day | None = None
        self.yearless = 0  # the line of the first date that had to stay without a year

    def items(self) -> Iterator[Item]:
        limit = 60
        while (line := self._peek(0)) is not None:
            if _SUBMITTED.fullmatch(line.text):
                yield from self._card()
            elif self._head_is_ahead(limit):
                yield from self._head()
            else:
                yield from self._record()
            limit = _AHEAD
            yield from control_problems(self.dropped, self.options)
        if self.yearless:
            yield self.options.problem(
                self.yearless,
                "a date without a year: the page does not say its own year, so such dates are left out",
                "give the page's year with --year",
            )

    def _lines(self, pieces: Iterable[str]) -> Iterator[_PageLine]:
        joined = False
        for number, text in lines(pieces, self.options, self.dropped):
            if text := text.strip():
                yield _PageLine(number, text, joined)
            joined = bool(text)

    def _peek(self, index: int) -> _PageLine | None:
        while len(self.ahead) <= index:
            following = next(self.rest, None)
            if following is None:
                return None
            self.ahead.append(following)
        return self.ahead[index]

    def _take_if(self, wanted: re.Pattern[str] | str) -> re.Match[str] | None:
        line = self._peek(0)
        found = re.compile(wanted).fullmatch(line.text) if line else None
        if found:
            self.ahead.popleft()
        return found

    # The head.

    def _head_is_ahead(self, limit: int) -> bool:
        """Whether a head begins here; within a file, only a head's own words may stand before its end."""
        for index in range(limit):
            line = self._peek(index)
            if line is None:
                return False
            if HEAD_END.fullmatch(line.text):
                return True
            if limit == _AHEAD and line.text.casefold() not in _HEAD:
                return False
        return False

    def _head(self) -> Iterator[Item]:
        line = self.ahead.popleft()
        while not HEAD_END.fullmatch(line.text):
            self._peek(0)
            line = self.ahead.popleft()
        following = self._peek(0)
        self.page = _day(following.text) if following else None
        if following is None:
            yield self.options.problem(line.number, "the page ends after its head: no papers")
        elif self.page is None:
            yield self.options.problem(
                line.number, "the page's day (such as “Oct 31”) is missing after its head"
            )
        else:
            self.ahead.popleft()
            if self.page.iso(self.page.year or self.options.year or 2000) is None:
                yield self.options.problem(following.number, f"there is no day “{self.page.raw}”")
                self.page = None

    # A card of the daily page, which begins with who submitted the paper and has no abstract.

    def _card(self) -> Iterator[Item]:
        begins = self.ahead.popleft()
        self._submitter()
        title = self._peek(0)
        if title is None or _SUBMITTED.fullmatch(title.text):
            reason = "a card without a title"
            yield Skipped(place=self.options.place, line=begins.number, reason=reason, text=begins.text)
            return
        self.ahead.popleft()
        count: int | None = None
        abstract: str | None = None
        while (line := self._peek(0)) is not None and not _SUBMITTED.fullmatch(line.text):
            if self._head_is_ahead(_AHEAD):
                break
            self.ahead.popleft()
            if found := _CARD_AUTHORS.fullmatch(line.text):
                count = int(found[1])
            elif abstract is None and count is None and _reads_as_abstract(line.text):
                abstract = one_line(line.text)
        yield PaperRecord(
            title=one_line(title.text),
            abstract=abstract,
            author_count=count,
            source=self.options.source("Hugging Face papers" + (f", {self.page.raw}" if self.page else "")),
            line=title.number,
        )

    def _submitter(self) -> None:
        """Leave out who submitted the paper, and the votes, which stand before its title."""
        self._peek(0)
        if self.ahead:
            self.ahead.popleft()
        while (line := self._peek(0)) is not None and _VOTES.fullmatch(line.text):
            self.ahead.popleft()

    # A record.

    def _record(self) -> Iterator[Item]:
        title = self.ahead.popleft()
        if title.is_mark:
            reason = "a line of authors or a date that belongs to no record"
            yield Skipped(place=self.options.place, line=title.number, reason=reason, text=title.text)
            return
        if self._title_is_lost(title):
            abstract = self._abstract_text(title)
            reason = "an abstract without a title"
            yield Skipped(place=self.options.place, line=title.number, reason=reason, text=abstract)
            self._marks()
            return
        following = self._peek(0)
        text = None
        if following is None or following.is_mark:
            yield self.options.problem(title.number, "this record has no abstract")
        elif self._abstract_is_lost():
            hint = "the next line reads as the next title; it is taken as one"
            yield self.options.problem(title.number, "this record has no abstract", hint)
        else:
            self.ahead.popleft()
            text = self._abstract_text(following, title)
            if _reads_as_abstract(title.text) and _reads_as_title(text):
                yield self.options.problem(
                    title.number,
                    "title and abstract seem to have changed places",
                    "correct them in this note",
                )
        count, day = self._marks()
        when, problem = self._date_of(day, title.number)
        if problem:
            yield problem
        yield PaperRecord(
            title=one_line(title.text),
            abstract=text,
            author_count=count,
            raw_date=day.raw if day else None,
            date=when,
            source=self.options.source("Hugging Face papers" + (f", {self.page.raw}" if self.page else "")),
            line=title.number,
        )

    def _abstract_text(self, first: _PageLine, title: _PageLine | None = None) -> str:
        """The abstract beginning with `first`; with the lines joined to it if blank lines part records."""
        parts = [first.text]
        if title is None or not title.joined:
            while (line := self._peek(0)) and line.joined and not line.is_mark:
                parts.append(self.ahead.popleft().text)
        return one_line(" ".join(parts))

    def _title_is_lost(self, first: _PageLine) -> bool:
        if not _reads_as_abstract(first.text):
            return False
        following = self._peek(0)
        if following is None or following.is_mark:
            return True
        return self._in_step(0)

    def _abstract_is_lost(self) -> bool:
        first, second = self._peek(0), self._peek(1)
        if first is None or second is None or second.is_mark:
            return False
        return self._in_step(0)

    def _in_step(self, index: int) -> bool:
        """Whether the lines ahead read as a title and its abstract, and again so, or the end, after that."""
        for _ in range(2):
            title, abstract = self._peek(index), self._peek(index + 1)
            if title is None:
                return index > 0
            if abstract is None or not _reads_as_title(title.text) or not _reads_as_abstract(abstract.text):
                return index > 0 and abstract is None and _reads_as_title(title.text)
            index += 2
            following = self._peek(index)
            if following is not None and following.is_mark:
                return True
        return True

    def _marks(self) -> tuple[int | None, Day | None]:
        """The count of authors and the date, where the lines that hold them follow."""
        authors = self._take_if(_AUTHORS)
        dot = self._take_if(_DOT)
        line = self._peek(0) if authors or dot else None
        day = _day(line.text) if line else None
        if day:
            self.ahead.popleft()
        return int(authors[1]) if authors else None, day

    def _date_of(self, day: Day | None, line: int) -> tuple[str | None, Problem | None]:
        """The record's date as far as it is beyond doubt; raises `Refusal` if it rules out the given year."""
        if day is None:
            return None, None
        if day.count is not None and day.year is None and 1900 <= day.count < 2100:
            return None, self.options.problem(
                line, f"“{day.raw} {day.count}”: a year, or a count? The date is left out"
            )
        given, page = self.options.year, self.page
        year = day.year
        if year is not None:
            least = year + 1 if page and day.after(page) else year
            if given is not None and given < least:
                reason = f"{given} can't be the page's year: the record says “{day.raw}”"
                raise Refusal(self.options.problem(line, reason, f"the page is of {least} or later"))
        else:
            year = given or (page.year if page else None)
            if year is None:
                self.yearless = self.yearless or line
                return None, None
            if page and day.after(page):
                reason = f"“{day.raw}” lies after the page's own day, {page.raw}: the date is left out"
                return None, self.options.problem(line, reason)
        when = day.iso(year)
        return when, None if when else self.options.problem(line, f"there is no day “{day.raw}” in {year}")


def _day(text: str) -> Day | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    raw, month, day, year, count = found.groups()
    return Day(
        raw,
        _MONTHS.index(month.lower()) + 1,
        int(day),
        int(year) if year else None,
        int(count) if count else None,
    )


def _reads_as_title(text: str) -> bool:
    """A title has at most one mark at its end (`?`, `!`), never a full stop, and no second sentence."""
    ends = list(_SENTENCE_END.finditer(text))
    return len(text) <= _TITLE_LENGTH and (
        not ends or (len(ends) == 1 and not text.rstrip("\\ ").endswith("."))
    )


def _reads_as_abstract(text: str) -> bool:
    """Two sentences or more, and longer than any usual title."""
    return len(text) > 150 and len(_SENTENCE_END.findall(text)) > 1
