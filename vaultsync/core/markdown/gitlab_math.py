"""GitLab's inline math, `` $`…`$ ``, wherever it may stand: `body` asks what of it code and HTML leave."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

_OPENS, _CLOSES = re.compile(r"\$(`+)"), re.compile(r"(?<!`)(`+)\$")
_LINE_END = re.compile(r"[\r\n]|\Z")


def gitlab_math_in(text: str, start: int) -> Iterator[tuple[int, int]]:
    """The spans from each opening that is closed by as many backticks on its line; they may overlap.

    Closings and line ends are looked up, not searched for anew from each opening, of which a line may have
    a hundred thousand.
    """
    closes: dict[int, list[int]] = {}
    for found in _CLOSES.finditer(text, start):
        closes.setdefault(len(found[1]), []).append(found.start())
    line_end = start
    for found in _OPENS.finditer(text, start):
        of_its_length, inner = closes.get(len(found[1]), []), found.end()
        next_one = bisect_right(of_its_length, inner)
        if next_one == len(of_its_length):
            continue
        if line_end < inner and (at := _LINE_END.search(text, inner)) is not None:
            line_end = at.start()
        end = of_its_length[next_one] + len(found[1]) + 1
        if end <= line_end:
            yield found.start(), end
