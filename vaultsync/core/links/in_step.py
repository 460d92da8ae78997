"""Works on many notes, taken step by step: each work's first step, then each one's second, and so on.

What a step needs (the code, its tables, its patterns) then stays in the processor's cache: conference notes
that were read one after the other took a sixth more. A work is a generator that yields between two steps.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TypeVar

_Value = TypeVar("_Value")

Steps = Generator[None, None, _Value]
"""A work in steps, and what it comes to."""


def in_step(works: Iterable[Steps[_Value]]) -> list[_Value]:
    """What each of the works comes to, in their order."""
    found: dict[int, _Value] = {}
    under_way = list(enumerate(works))
    while under_way:
        left = []
        for at, work in under_way:
            try:
                next(work)
            except StopIteration as end:
                found[at] = end.value
            else:
                left.append((at, work))
        under_way = left
    return [found[at] for at in sorted(found)]
