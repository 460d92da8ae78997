"""Links as notes show them, by which one is known again that the person took out: its words in its line.

`runs` asks this of the former texts of a note, before a rule makes a link that an earlier run had made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from vaultsync.core.markdown import Link, parse_body
from vaultsync.core.text.folding import fold_name


class MeantLink(NamedTuple):
    """A link of a note: the note that it means, the folded words it shows, its line without links."""

    meant: str
    words: str
    line: str


class ShownLink(NamedTuple):
    """A link as it is written: its target, the folded words it shows, its line without links."""

    target: str
    words: str
    line: str


class FramedLine(NamedTuple):
    """A line with the links in it: as it is `shown`, and the `frame` around them."""

    links: tuple[Link, ...]
    shown: str
    frame: str


class MadeLinks(NamedTuple):
    """The links that a change would make in a note, and those that are there at present, also as written."""

    links: Counter[MeantLink]
    present: Counter[MeantLink]
    written: Counter[ShownLink]

    def resembles(self, former: Iterable[ShownLink]) -> bool:
        """Whether a link that is gone since a former text showed the words of one of them, in a like line."""
        gone = list(Counter(former) - self.written)
        return any(was_shown(link, old) for link in self.links for old in gone)

    def taken(self, former: Iterable[MeantLink], later: Counter[MeantLink] | None = None) -> set[MeantLink]:
        """Those that a former text had in a line like theirs, and that a `later` one (the present) lacks."""
        gone = list(Counter(former) - (self.present if later is None else later)) if self.links else []
        return {
            link
            for link in self.links
            if any(old.meant == link.meant and was_shown(link, old) for old in gone)
        }


def linked(text: str, meant: Callable[[str], str | None]) -> Iterator[MeantLink]:
    """The links of a text that lead to a note, which `meant` tells for a target."""
    return meant_by(links_in(text), meant)


def meant_by(written: Iterable[ShownLink], meant: Callable[[str], str | None]) -> Iterator[MeantLink]:
    """Those of the links that lead to a note, which `meant` tells for a target."""
    for link in written:
        if (note := meant(link.target)) is not None:
            yield MeantLink(note, link.words, link.line)


def links_in(text: str) -> list[ShownLink]:
    """The links of a text that name a target, in the order of their lines."""
    found: list[ShownLink] = []
    for start, links in _links_by_line(text).items():
        line = _framed(text, start, links).shown
        found += (ShownLink(link.target, fold_name(shown_words(link)), line) for link in links if link.target)
    return found


def framed_lines(text: str, start: int = 0) -> list[FramedLine]:
    """The lines of a text whose body begins at `start`, without the blanks around them."""
    by_line = _links_by_line(text, start)
    begins = (0, *(found.end() for found in re.finditer("\n", text)))
    return [_framed(text, begin, by_line.get(begin, ())) for begin in begins]


def _links_by_line(text: str, start: int = 0) -> dict[int, list[Link]]:
    """The links of a text by the start of the line in which they begin."""
    by_line: dict[int, list[Link]] = {}
    for link in parse_body(text, start).links:
        by_line.setdefault(text.rfind("\n", 0, link.span.start) + 1, []).append(link)
    return by_line


def _framed(text: str, start: int, links: Sequence[Link]) -> FramedLine:
    shown: list[str] = []
    frame: list[str] = []
    done = start
    for link in links:
        if link.span.start >= done:
            between = text[done : link.span.start]
            shown += (between, shown_words(link))
            frame += (between, "\0")
            done = link.span.end
    end = text.find("\n", done)
    rest = text[done : end if end >= 0 else len(text)]
    return FramedLine(tuple(links), "".join((*shown, rest)).strip(), "".join((*frame, rest)).strip())


def shown_words(link: Link) -> str:
    """What a link shows: its own text, else the name of its target."""
    return link.text if link.text is not None else link.target.rpartition("/")[2]


ALIKE = 0.7
"""The share of a line that has to be as it was for its words to be those that were linked."""


def was_shown(link: MeantLink | ShownLink, old: MeantLink | ShownLink) -> bool:
    """Whether a link's words were shown by the old one, alone or with more, in a line like its own.

    Who takes out a link over a paper's whole title wants none over the short name in it.
    """
    return f" {link.words} " in f" {old.words} " and are_alike(old.line, link.line)


def are_alike(old: str, new: str) -> bool:
    """Whether a line that is `new` may be the `old` one."""
    return old == new or SequenceMatcher(None, old, new, autojunk=False).ratio() >= ALIKE


def unlinked(before: str, after: str) -> tuple[ShownLink, ...]:
    """The links of the text `before` whose words stand in `after` without a link, in a like line."""
    if before == after or not ("](" in before or "[[" in before):
        return ()
    left = links_in(after)
    lines = _Lines(after, left)
    return tuple(
        old
        for old in dict.fromkeys(links_in(before))
        if not any(was_shown(old, new) for new in left) and lines.have(old)
    )


def standing(links: Iterable[MeantLink], text: str) -> list[MeantLink]:
    """Those of the links whose words stand in a text already, linked or not, in a line like theirs."""
    lines = _Lines(text, links_in(text))
    return [link for link in links if lines.have(link)]


class _Lines:
    """The lines of a text, as written and as they are shown."""

    def __init__(self, text: str, links: Iterable[ShownLink]) -> None:
        lines = dict.fromkeys((*(link.line for link in links), *map(str.strip, text.splitlines())))
        self._folded = [(line, fold_name(line)) for line in lines]

    def have(self, link: MeantLink | ShownLink) -> bool:
        """Whether the words of a link stand in one like its own."""
        return any(link.words in fold and are_alike(link.line, line) for line, fold in self._folded)
