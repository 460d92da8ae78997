"""Managed blocks: the marker lines of the parts of a note that the tool owns (design, section 6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from vaultsync.core.markdown.values import ManagedBlock, MarkerFault, MarkerProblem
from vaultsync.core.text.spans import Span

_MARKER = re.compile(
    r"^ {0,3}%%[ \t]*vaultsync:(begin|end)[ \t]+([a-z][a-z-]*)[ \t]*%%[ \t]*(?:\r?\n|\Z)", re.MULTILINE
)
_MESSAGES: dict[MarkerFault, str] = {
    "unclosed": "the {name} block begins here but has no end marker",
    "unopened": "the {name} block ends here but has no begin marker",
    "nested": "the {name} block has another block's marker inside it",
    "repeated": "this is a second {name} block",
}


class Marker(msgspec.Struct, frozen=True, gc=False):
    """One marker line; the span has its line ending."""

    begins: bool
    name: str
    span: Span


class Managed(msgspec.Struct, frozen=True, gc=False):
    """The blocks of a note, what is wrong with the markers, and what has to be kept out of scanning.

    `owned` covers the blocks, repeated ones too; `doubtful` is text that may belong to a damaged block.
    """

    blocks: tuple[ManagedBlock, ...] = ()
    problems: tuple[MarkerProblem, ...] = ()
    owned: tuple[tuple[int, int], ...] = ()
    doubtful: tuple[tuple[int, int], ...] = ()


def markers_in(text: str, hidden: Callable[[int], object]) -> list[Marker]:
    """The marker lines of `text` in order; `hidden(offset)` says whether code or HTML covers an offset."""
    found: list[Marker] = []
    at = text.find("vaultsync:")
    while at >= 0:
        # From the word to its line: the expression over the whole text took ten times as long.
        line = text.rfind("\n", 0, at) + 1
        m = _MARKER.match(text, line)
        if m and not hidden(line):
            found.append(Marker(m[1] == "begin", m[2], Span(line, m.end())))
        at = text.find("vaultsync:", m.end() if m else at + 1)
    return found


def pair_markers(markers: Sequence[Marker], text_end: int) -> Managed:
    """Blocks from marker lines: a begin marker and, as the next marker, the end of the same name."""
    blocks: list[ManagedBlock] = []
    problems: list[MarkerProblem] = []
    owned: list[tuple[int, int]] = []
    doubtful: list[tuple[int, int]] = []
    accounted: set[int] = set()
    known: set[str] = set()
    next_of = _next_of_its_name(markers)

    def report(fault: MarkerFault, name: str, span: Span) -> None:
        problems.append(MarkerProblem(span.start, _MESSAGES[fault].format(name=name), fault, name, span))

    for i, marker in enumerate(markers):
        if i in accounted:
            continue
        if not marker.begins:
            report("unopened", marker.name, marker.span)
            continue
        after = markers[i + 1] if i + 1 < len(markers) else None
        if after and not after.begins and after.name == marker.name:
            accounted.add(i + 1)
            span = Span(marker.span.start, after.span.end)
            owned.append((span.start, span.end))
            if marker.name in known:
                report("repeated", marker.name, span)
            else:
                known.add(marker.name)
                blocks.append(ManagedBlock(marker.name, span, Span(marker.span.end, after.span.start)))
            continue
        end = next_of[i]  # the end marker that it lost to a marker between them
        if end is not None and markers[end].begins:
            end = None
        if end is not None:
            accounted.add(end)
        report("unclosed" if end is None else "nested", marker.name, marker.span)
        doubtful.append((marker.span.start, after.span.start if after else text_end))
    return Managed(tuple(blocks), tuple(problems), tuple(owned), tuple(doubtful))


def _next_of_its_name(markers: Sequence[Marker]) -> list[int | None]:
    """For each marker the number of the next one that has its name."""
    found: list[int | None] = [None] * len(markers)
    last: dict[str, int] = {}
    for i, marker in enumerate(markers):
        if marker.name in last:
            found[last[marker.name]] = i
        last[marker.name] = i
    return found
