"""What the value of a setting must satisfy: a stranger's vault brings its settings along (promise P8).

Each check is a function of the value, beside the words that say what was expected; `settings` names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "zh")
"""Languages whose names are looked for unless the settings say otherwise."""


def known_languages(codes: list[str]) -> bool:
    """Whether CLDR has names of months and weekdays for each code."""
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{2,20}", code) for code in codes):
        return False
    if not set(codes) <= set(LANGUAGES):
        from babel.core import Locale, UnknownLocaleError  # only where a code isn't one of ours

        try:
            for code in codes:
                Locale.parse(code.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            return False
    return True


LONGEST = 30 * 24 * 3600.0
"""Seconds; no wait of a month is meant, and the system's clocks end at some number."""


def is_positive(value: float) -> bool:
    """Whether there is any of it."""
    return value > 0


def is_duration(value: float) -> bool:
    """Whether one can wait so many seconds."""
    return 0 < value <= LONGEST


def is_one_line(text: str) -> bool:
    """Whether a text has no line end, NUL or other sign that steers what shows or reads it."""
    return all(char >= " " and not "\x7f" <= char <= "\x9f" and char not in "\u2028\u2029" for char in text)


def is_folder(text: str) -> bool:
    """Whether a text names a folder of the vault, or none: no step upwards, nothing hidden."""
    return _names_a_place(text.strip("/"), ())


def is_file(text: str) -> bool:
    """Whether a text names a file of the vault, or none; ours may lie beside the settings."""
    return _names_a_place(text, (".vaultsync",))


def are_files(texts: Iterable[str]) -> bool:
    """Whether each text names a file of the vault."""
    return all(text and is_file(text) for text in texts)


LONGEST_NAME = 255
"""Bytes of one name in a path; no usual file system takes more (Linux's NAME_MAX, path_resolution(7))."""

LONGEST_PLACE = 1000
"""Bytes of a path within the vault: with the vault's own before it, the system takes 1,024 to 4,096."""


def _names_a_place(text: str, hidden: tuple[str, ...]) -> bool:
    parts = text.split("/") if text else []
    if not is_one_line(text) or "\\" in text or len(text.encode()) > LONGEST_PLACE:
        return False
    if any(len(part.encode()) > LONGEST_NAME for part in parts):
        return False
    return all(part and (part in hidden or not part.startswith(".")) for part in parts)


MOST_STARS = 2
"""In one name of a pattern, and of `**` in the whole; each star multiplies the time of a comparison."""


def are_patterns(texts: Iterable[str]) -> bool:
    """Whether each text is a pattern in gitignore syntax that can be compared in little time."""
    for text in texts:
        names = text.split("/")
        deep = sum(name == "**" for name in names)
        if not is_one_line(text) or len(text) > 1000 or deep > MOST_STARS:
            return False
        if any(name.count("*") > MOST_STARS for name in names):
            return False
        if not _is_pattern(text):
            return False
    return True


PATTERNS = f"patterns in gitignore syntax, with {MOST_STARS} `*` in a name and {MOST_STARS} `**` at most"


def _is_pattern(text: str) -> bool:
    """Whether the pattern means something in gitignore syntax; `!` alone doesn't."""
    if re.fullmatch(r"[\w .,/&+()-]*", text):
        return True
    from pathspec import GitIgnoreSpec  # 26 ms, and few vaults need it

    try:
        GitIgnoreSpec.from_lines([text])
    except (ValueError, re.error):
        return False
    return True


A_DURATION = f"a positive number up to {LONGEST:,.0f}"
SHORT = f"its names of {LONGEST_NAME} bytes at most"
A_FOLDER = f"a folder of the vault, such as `Reading/Papers`, not hidden and not outside, {SHORT}"
