"""Makes `vaultsync/core/text/calendar_table.py` anew, with the names that Babel's CLDR has today.

`python -m bench.calendar_table`; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Set

from bench.measure import PROJECT
from vaultsync.core.config.checks import LANGUAGES
from vaultsync.core.text.calendar_names import cldr_names

FILE = PROJECT / "vaultsync" / "core" / "text" / "calendar_table.py"

_HEAD = '''"""The names of months, weekdays and times of day in the languages that are looked for by default.

Made by `python -m bench.calendar_table` from CLDR (https://cldr.unicode.org, Unicode License v3) and what
`calendar_names` adds. A name is in the form of its `key`; months count from 1, weekdays from Monday, 0.
"""

from __future__ import annotations

TABLE: dict[str, str] = {
'''


def table() -> str:
    """The text of the module."""
    parts = [_HEAD]
    for language in LANGUAGES:
        names = cldr_names(language)
        parts.append(f'    "{language}": """\\\n')
        parts += (f"month {number}: {found}\n" for number, found in _by_number(names.months))
        parts += (f"weekday {number}: {found}\n" for number, found in _by_number(names.weekdays))
        halves = dict.fromkeys(names.half_days.values())
        parts += (f"{half}: {_row(n for n, h in names.half_days.items() if h == half)}\n" for half in halves)
        parts.append('""",\n')
    return "".join([*parts, "}\n"])


def _by_number(names: Mapping[str, Set[int]]) -> Iterator[tuple[int, str]]:
    for number in sorted({number for found in names.values() for number in found}):
        yield number, _row(name for name, found in names.items() if number in found)


def _row(names: Iterable[str]) -> str:
    return " | ".join(names)


def main() -> int:
    """Write it."""
    FILE.write_text(table(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
