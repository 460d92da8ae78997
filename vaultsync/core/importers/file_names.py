"""File names for imported notes: legal on Windows, macOS and Linux, and linkable in Obsidian.

Obsidian refuses `\\ / :` in names and can't link `# ^ [ ] |`; Windows refuses `* ? " < >`, a dot or a blank
at the end, and its device names (learn.microsoft.com, "Naming files, paths, and namespaces").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from vaultsync.core.importers.latex import spelled

MAX_BYTES = 240
"""UTF-8 bytes of a whole name with `.md`; file systems allow 255, and a sync tool adds its own."""

_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_BETWEEN = re.compile(r"[/\\|*^<>]+")
_ROOM = len(b".md") + len(b" (9999)")


def safe_stem(title: str, fallback: str = "Untitled") -> str:
    """The file name, without `.md`, for a note with this title; the same on every machine.

    `:` becomes ` - `, brackets become round, quotes single; `/ \\ | * ^ < >` become a hyphen between two
    letters or digits; what else can't stand in a name is left out. A title that has nothing left gives
    `fallback`.
    """
    text = unicodedata.normalize("NFC", spelled(title))
    if not text.isprintable():  # as titles nearly always are
        text = "".join(" " if c.isspace() else c for c in text if c.isspace() or _is_shown(c))
    text = text.replace('"', "'").replace("[", "(").replace("]", ")").replace("?", "").replace("#", "")
    text = re.sub(r"(?:(?<!\s)\s++)?:+\s*", " - ", text)
    text = _BETWEEN.sub(lambda found: _hyphen(text, found.start(), found.end()), text)
    text = re.sub(r"%{2,}", "%", " ".join(text.split()))
    text = _ends(text)
    if text.casefold().endswith(".md"):
        text = _ends(text[:-3] + " md")
    text = _DEVICES.sub(lambda found: found[0] + "_", text, count=1) if _DEVICES.match(text) else text
    return _shortened(text, MAX_BYTES - _ROOM) or fallback


def numbered(stem: str, taken: Collection[str]) -> str:
    """`stem`, or the first of `stem (2)`, `stem (3)`, … whose `name_key` is not in `taken`."""
    if name_key(stem) not in taken:
        return stem
    number = 2
    while name_key(f"{stem} ({number})") in taken:
        number += 1
    return f"{stem} ({number})"


def name_key(stem: str) -> str:
    """The form in which two file names are one and the same to some file system: composed, without case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", stem).casefold())


def _is_shown(char: str) -> bool:
    """No control, format, surrogate or private character; joiners stay, scripts and emoji need them."""
    return char in "\u200c\u200d" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _hyphen(text: str, start: int, end: int) -> str:
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isalnum() and after.isalnum():
        return "-"
    return " " if before.isspace() or after.isspace() else ""


def _ends(text: str) -> str:
    """Without dots, blanks and hyphens at the start (hidden file, option), or dots and blanks at the end.

    Of white space the text has single blanks alone.
    """
    return text.rstrip(" .").lstrip(" .-").removesuffix(" -").rstrip(" .")


def _shortened(text: str, limit: int) -> str:
    """At most `limit` bytes, cut between words where a word ends in the last third, never inside a letter."""
    if len(text.encode()) <= limit:
        return text
    cut = len(text.encode()[:limit].decode(errors="ignore"))
    while cut and (unicodedata.combining(text[cut]) or text[cut] in "\u200c\u200d\ufe0e\ufe0f"):
        cut -= 1
    space = text.rfind(" ", 0, cut + 1)
    if space > cut * 2 // 3:
        cut = space
    return _ends(text[:cut].rstrip(" ,;-"))
