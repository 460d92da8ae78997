"""What a run left in a note, read back without vaultsync: the text beside the tool's block, entries, links.

`bench.judge` compares this with the ground truth. Nothing here asks the package under test what a link, a
session or a block is, so that a mistake in it can't hide itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec


class Parts(msgspec.Struct, frozen=True):
    """A note's text without the managed block, and the block's lines (None: it has none)."""

    text: str
    block: tuple[str, ...] | None


class Entry(msgspec.Struct, frozen=True):
    """An entry of a paper's `mentions` block; its link's target and anchor as written, without a `#`."""

    note: str
    anchor: str
    when: str
    heading: str
    quotes: tuple[str, ...]


class Unreadable(Exception):
    """The block isn't as the design's section 6 shows it."""


def eol_of(text: str) -> str:
    """The line end that most of a text's lines have."""
    return "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"


def parts_of(before: str, after: str, name: str) -> Parts:
    """Part `after` from a block that was put at its end; the text that is left is as if no block were there.

    Raises `Unreadable` when the block doesn't stand there, one blank line below the text.
    """
    eol = eol_of(before)
    closing = eol if before.endswith("\n") else ""  # the end of a note keeps the form that it had
    begin, end = f"%% vaultsync:begin {name} %%{eol}", f"%% vaultsync:end {name} %%{closing}"
    if f"vaultsync:begin {name}" not in after:
        return Parts(after, None)
    head, opened, rest = after.partition(begin)
    inner, closed, tail = rest.partition(end)
    if not opened or not closed or tail or begin in inner:
        raise Unreadable(f"no well-formed {name} block at the note's end")
    glue = eol if before.endswith("\n") else 2 * eol
    if not head.endswith(glue):
        raise Unreadable("no blank line above the block")
    return Parts(head[: -len(glue)], tuple(inner.split(eol)[:-1]))


def front_matter(text: str) -> tuple[str, str]:
    """The block with its fences, a byte order mark before it, and the rest; no block is empty."""
    found = re.match(r"\ufeff?---\r?\n(?:.*?\r?\n)??---(?:\r?\n|\Z)", text, re.DOTALL)
    return (found[0], text[found.end() :]) if found else ("", text)


_ENTRY = re.compile(
    r"- \[\[(?P<note>[^\]|#]+)(?P<anchor>#[^\]|]*)?(?:\|[^\]]*)?\]\]"
    r"(?:, (?P<when>\d{4}-\d\d-\d\d))?(?:, (?P<heading>.*))?"
)


def entries_of(lines: Sequence[str]) -> list[Entry]:
    """The entries of a `mentions` block; raises `Unreadable`."""
    if not lines or lines[0] != "## Mentioned in":
        raise Unreadable("the block has no heading")
    entries: list[Entry] = []
    for line in lines[1:]:
        if line.startswith("    - ") and entries:
            last = entries[-1]
            entries[-1] = msgspec.structs.replace(last, quotes=(*last.quotes, line[6:]))
        elif found := _ENTRY.fullmatch(line):
            anchor = (found["anchor"] or "").removeprefix("#")
            entries.append(Entry(found["note"], anchor, found["when"] or "", found["heading"] or "", ()))
        else:
            raise Unreadable(f"a line is neither entry nor quote: {line!r}")
    return entries


_LISTED = re.compile(r"- \[\[([^\]|#]+)(?:\|[^\]]*)?\]\](?:, (.*))?")


def listed_in(lines: Sequence[str]) -> list[tuple[str, str]]:
    """The targets and session headings of a `papers` block; raises `Unreadable`."""
    if not lines or lines[0] != "## Papers":
        raise Unreadable("the block has no heading")
    found = [_LISTED.fullmatch(line) for line in lines[1:]]
    if None in found:
        raise Unreadable(f"a line is no entry: {lines[1 + found.index(None)]!r}")
    return [(match[1], match[2] or "") for match in found if match is not None]


_LINK = re.compile(r"\[\[([^\[\]|\\]+)(?:(\\?\|)([^\[\]]+))?\]\]")


def unlinked(before: str, after: str) -> tuple[str, list[tuple[str, str, str]]]:
    """`after` with the links that `before` hasn't turned back into their words, and these links.

    A link is given as its target, what stands between target and words (`|`, `\\|` or nothing), its words.
    """
    links: list[tuple[str, str, str]] = []
    own = [found[0] for found in _LINK.finditer(before)]

    def words(found: re.Match[str]) -> str:
        if found[0] in own:
            own.remove(found[0])
            return found[0]
        shown = found[3] or found[1]
        links.append((found[1], found[2] or "", shown))
        return shown

    return _LINK.sub(words, after), links


_FLAT = (
    (re.compile(r"!?\[\[(?:[^\[\]|]*\\?\|)?([^\[\]]*)\]\]"), r"\1"),
    (re.compile(r"\[([^\[\]]*)\]\([^()]*\)"), r"\1"),
    (re.compile(r"\[!\w+\]"), ""),
    (re.compile(r"^\s*(?:[-*+]|\d+[.)]|>)\s+(?:\[ \]\s)?"), ""),
)


def telling(text: str) -> str:
    """What two ways to write the same line have in common: its letters and digits, links by their words."""
    for pattern, instead in _FLAT:
        text = pattern.sub(instead, text)
    return "".join(c for c in text if c.isalnum())


class Headings:
    """The headings of a conference note as the generator writes them, and the sessions that they open."""

    def __init__(self, text: str) -> None:
        lines = text.removeprefix("\ufeff").splitlines()
        days = any(_DAY.match(line) for line in lines)
        mark = re.compile(r"##? " if days else r"# ")
        self._starts = [i for i, line in enumerate(lines, 1) if mark.match(line)]
        self.texts = [m[1] for line in lines if (m := re.match(r"#{1,6} (.*)", line))]

    def session(self, line: int) -> int:
        """The number of the session that holds the line."""
        return sum(start <= line for start in self._starts)


_DAY = re.compile(r"# \w+ (?:morning|afternoon|Vormittag|Nachmittag)$")


def lines_of(text: str) -> list[str]:
    """The lines with their ends; only `\\n` ends one."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def aligned(
    before: Sequence[str], after: Sequence[str], eol: str
) -> Iterator[tuple[int, str | None, str | None]]:
    """Pairs of lines, with the line's number before; blank lines that `md-pandoc` puts in are passed over.

    It may part a paragraph from the list below it, and a list from a `Comment:` below it. What is left over
    on one side comes with None on the other.
    """
    i = 0
    for number, line in enumerate(before, 1):
        if (
            i < len(after)
            and after[i] == eol != line
            and number > 1
            and before[number - 2].strip()
            and _parted(line)
        ):
            i += 1
        yield number, line, after[i] if i < len(after) else None
        i += 1
    for line in after[i:]:
        yield len(before), None, line


def _parted(line: str) -> bool:
    return re.match(r"(?:Comment|Kommentar|Problem):|[-*+] ", line) is not None
