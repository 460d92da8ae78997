"""A paragraph of a note as a list shows it: in one line, and if it is long what stands around its point."""

from __future__ import annotations

from vaultsync.core.text.shown import one_line

LENGTH = 200
"""Signs of a paragraph that are shown: two or three lines of a terminal, enough to know the place again."""

_CUT = "…"


def excerpt(text: str, words: str = "") -> str:
    """The text in one line of about `LENGTH` signs, with the first place of `words` in it.

    Line ends and runs of blanks become a blank. What is cut off, at a word if there is one nearby, is a `…`.
    """
    line = " ".join(text.split())
    if len(line) <= LENGTH:
        return one_line(line)
    words = " ".join(words.split())
    at = max(line.find(words), 0)
    room = max(LENGTH - len(words), 0)
    start = max(0, min(at - room // 2, len(line) - LENGTH))
    end = max(start + LENGTH, at + len(words))
    if start:
        start = _next_word(line, start, at)
    if end < len(line):
        end = _last_word(line, at + len(words), end)
    before, after = _CUT if start else "", _CUT if end < len(line) else ""
    return one_line(f"{before}{line[start:end].strip()}{after}")


def _next_word(line: str, start: int, most: int) -> int:
    """The begin of the first word from `start` on, if it comes before `most`."""
    blank = line.find(" ", start - 1, most)
    return blank + 1 if blank >= 0 else start


def _last_word(line: str, least: int, end: int) -> int:
    """The end of the last word before `end`, if it comes after `least`."""
    blank = line.rfind(" ", least, end + 1)
    return blank if blank >= 0 else end
