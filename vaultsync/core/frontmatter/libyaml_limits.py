"""What YAML 1.2 and Obsidian's reader allow and libyaml refuses: a tab after a dash, `:?` within brackets."""

from __future__ import annotations

import re

from vaultsync.core.text.spans import SpanSet

# A dash with a tab behind it, and a colon within a word that a question mark follows.
_DASH_TAB = re.compile(r"^( *(?:- +)*-)(?= *\t)([ \t]*+)(?=[^\s#])(?!-\s|[^\n]*:(?:\s|\Z))", re.MULTILINE)
_COLON_QUESTION = re.compile(r"(?<=[^\s\[\]{},\"'])" + r":(?=\?)")
_BLOCK_TEXT = re.compile(
    r"^( *+)[^\n#]*?[:\-?][ \t]+(?:[&!]\S*[ \t]+){0,2}[|>][-+0-9]*[ \t]*(?:[ \t]#[^\n]*)?\n"
    r"((?:\1 [^\n]*\n|[ \t]*\n)*)",
    re.MULTILINE,
)


def eased(text: str) -> tuple[str, str]:
    """The block for another try, of the same length, and the stand-in for a colon before `?`, if any."""
    inside = SpanSet(found.span(2) for found in _BLOCK_TEXT.finditer(text)) if "\t" in text else SpanSet()

    def blanks(found: re.Match[str]) -> str:
        if inside.covering(found.start()):
            return found.group()
        return found[1] + " " * len(found[2])

    text = _DASH_TAB.sub(blanks, text)
    stand_in = next(chr(code) for code in range(0xF0000, 0xFFFFE) if chr(code) not in text)
    text, count = _COLON_QUESTION.subn(stand_in, text)
    return text, stand_in if count else ""
