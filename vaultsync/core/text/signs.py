"""Signs of several characters, looked for by the rarest one of them.

`"{{" in text` compares at nearly each place, 10 µs in a note of 10 kB; one character is found in half a
microsecond. A dozen such questions for each note were a thirtieth of the time in which it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vaultsync.core.text.late_pattern import late_pattern


def sign(written: str, rarest: int = 0) -> Callable[[str], object]:
    """What tells whether a text has the sign, whose rarest character in notes is the one at `rarest`."""
    before, char, after = written[:rarest], written[rarest], written[rarest + 1 :]
    pattern = re.escape(char)
    if before:
        pattern += f"(?<={re.escape(before + char)})"
    if after:
        pattern += f"(?={re.escape(after)})"
    late = late_pattern(pattern)
    return lambda text: late.search(text)
