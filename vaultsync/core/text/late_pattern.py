"""Regular expressions that are compiled when they are first used, not when their module is imported.

Compiling all of them took 40 of the 150 ms that `fix --help`, and each warm `fix --check`, took of the
processor; a warm run needs a tenth of them. Where a pattern costs less than half a millisecond, `re.compile`
reads better.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, AnyStr, cast

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


class _LatePattern:
    """Becomes as quick as the pattern itself at the first use: it takes over its methods."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.pattern, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def late_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """`re.compile`, put off until the pattern is used."""
    return cast("re.Pattern[AnyStr]", _LatePattern(pattern, flags))


def sign(written: str, rarest: int = 0) -> Callable[[str], object]:
    """What tells whether a text has the sign, whose rarest character in notes is the one at `rarest`.

    `"{{" in text` compares at nearly each place, 10 µs in a note of 10 kB; one character is found in half a
    microsecond. A dozen such questions for each note were a thirtieth of the time in which it is read.
    """
    before, char, after = written[:rarest], written[rarest], written[rarest + 1 :]
    pattern = re.escape(char)
    if before:
        pattern += f"(?<={re.escape(before + char)})"
    if after:
        pattern += f"(?={re.escape(after)})"
    late = late_pattern(pattern)
    return lambda text: late.search(text)
