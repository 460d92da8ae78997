"""Managed blocks in a merge: each travels as one line, so that one that was moved stays together.

Two devices' lists are put together, since the next run makes them anew; of a run that is taken back each
list's lines are merged like any others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from vaultsync.core.markdown import managed_blocks
from vaultsync.core.merge.body import merge_lines
from vaultsync.core.merge.merged import Choice, Part

MergeBody = Callable[[str, str, str], list[Part]]
"""Merges the bodies of base, one and other, line ends plain; each line of a part has its end."""

_BLOCK = "\x00{}\x00"
_BLOCK_LINE = re.compile(r"\x00([a-z-]+)\x00\n")


class _WholeBlock(msgspec.Struct, frozen=True):
    """A block's marker lines and what stands between them, each line with its end."""

    begin: str
    inner: str
    end: str

    @property
    def text(self) -> str:
        return self.begin + self.inner + self.end


def merge_with_blocks(base: str, one: str, other: str) -> list[Part]:
    """Two devices' bodies; a block that both have stands once and holds the lines of both."""
    texts = (base, one, other)
    if any("\x00" in text for text in texts):  # the sign for a block; nothing that is typed
        return _by_lines(*texts)
    was, here, there = (_blocks(text) for text in texts)
    lines = [_without(text, found, found) for text, found in zip(texts, (was, here, there), strict=True)]
    inner: dict[str, list[Part]] = {
        name: [_union(was.get(name), here.get(name), there.get(name))] for name in {*here, *there}
    }
    return _expanded(_once(_by_lines(*lines)), inner)


def merge_blocks_apart(base: str, one: str, other: str) -> list[Part]:
    """The bodies of one note at three times: a block that it had each time is merged for itself.

    One that was made or deleted in between is lines like any others, so that what was typed into it counts.
    """
    texts = (base, one, other)
    if any("\x00" in text for text in texts):
        return _by_lines(*texts)
    was, here, there = found = [_blocks(text) for text in texts]
    names = was.keys() & here.keys() & there.keys()
    lines = [_without(text, blocks, names) for text, blocks in zip(texts, found, strict=True)]
    inner: dict[str, list[Part]] = {
        name: [
            here[name].begin,
            *_by_lines(was[name].inner, here[name].inner, there[name].inner),
            here[name].end,
        ]
        for name in names
    }
    return _expanded(_once(_by_lines(*lines)), inner)


def block_lines(text: str) -> str:
    """What stands in the managed blocks of a note."""
    return "".join(block.inner for block in _blocks(text).values())


def _by_lines(base: str, one: str, other: str) -> list[Part]:
    return merge_lines(_lines(base), _lines(one), _lines(other))


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _blocks(body: str) -> dict[str, _WholeBlock]:
    if "vaultsync:" not in body:
        return {}
    found = {}
    for block in managed_blocks(body):
        begin, end = body[block.span.start : block.inner.start], body[block.inner.end : block.span.end]
        found[block.name] = _WholeBlock(begin, block.inner.of(body), end.removesuffix("\n") + "\n")
    return found


def _without(body: str, blocks: Mapping[str, _WholeBlock], names: Collection[str]) -> str:
    """The body with each block of these names as a single line."""
    for name in names:
        text = blocks[name].text
        at = body.find(text)
        if at < 0:  # the last line, without an end
            text = text.removesuffix("\n")
            at = body.rindex(text)
        body = body[:at] + _BLOCK.format(name) + "\n" + body[at + len(text) :]
    return body


def _once(parts: Sequence[Part]) -> list[Part]:
    """The parts with each block's line once: both sides can have made it, in two places."""
    seen: set[str] = set()

    def first(found: re.Match[str]) -> str:
        if found[1] in seen:
            return ""
        seen.add(found[1])
        return found[0]

    result: list[Part] = []
    for part in parts:
        if isinstance(part, str):
            result.append(_BLOCK_LINE.sub(first, part))
        else:
            before = set(seen)
            one = _BLOCK_LINE.sub(first, part.one)
            after, seen = seen, before
            other = _BLOCK_LINE.sub(first, part.other)
            seen |= after
            result.append(Choice(one, other))
    return result


def _expanded(parts: Sequence[Part], inner: Mapping[str, Sequence[Part]]) -> list[Part]:
    """The parts with each block's line as the block's parts."""

    def side(text: str, chosen: Callable[[Choice], str]) -> str:
        def written(found: re.Match[str]) -> str:
            return "".join(part if isinstance(part, str) else chosen(part) for part in inner[found[1]])

        return _BLOCK_LINE.sub(written, text)

    result: list[Part] = []
    for part in parts:
        if isinstance(part, Choice):
            result.append(Choice(side(part.one, lambda c: c.one), side(part.other, lambda c: c.other)))
            continue
        done = 0
        for found in _BLOCK_LINE.finditer(part):
            result += [part[done : found.start()], *inner[found[1]]]
            done = found.end()
        result.append(part[done:])
    return result


def _union(base: _WholeBlock | None, one: _WholeBlock | None, other: _WholeBlock | None) -> str:
    """A block with the lines of both sides where they differ.

    A sum that may be out of date, and that the next run puts right. It isn't emptied: which of its lines a
    person typed only a run knows, and it moves them out when it finds them.
    """
    if one is None or other is None or one == other:
        return (one or other or _WholeBlock("", "", "")).text
    if base in (one, other):
        return other.text if one == base else one.text
    first, second = sorted((one, other), key=lambda block: block.text)
    out: list[str] = []
    for part in _by_lines(base.inner if base is not None else "", first.inner, second.inner):
        if isinstance(part, str):
            out += _lines(part)
        else:
            out += _lines(part.one)
            missing = Counter(_lines(part.other)) - Counter(_lines(part.one))
            out += [line for line in _lines(part.other) if line in missing]
    return first.begin + "".join(f"{line}\n" for line in out) + first.end
