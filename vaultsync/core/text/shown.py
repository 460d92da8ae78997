"""A text as it can be shown: signs that steer a terminal or turn the reading order are spelled out.

Names, values, commit subjects, what a hook or a server said: all may be a stranger's (promise P8). Unicode's
bidirectional controls are among these signs, as they make a line read as what it isn't (CVE-2021-42574).
"""

from __future__ import annotations

import re

_STEERING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # reading order
    "\u2028\u2029"  # line ends to some readers only
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations and tags: never seen
)
_STRAY = "\ud800-\udfff"  # bytes of a name that are no UTF-8, as Python holds them (PEP 383)

STEERING = re.compile(rf"(?!\r\n)[{_STEERING}]")
"""A sign that is spelled out; the return of a CRLF line end is none."""

_HIDDEN = re.compile(rf"(?!\r\n)[{_STEERING}{_STRAY}]")
_LINE_END = re.compile(rf"[\n\t{_STEERING}{_STRAY}]")


def shown(text: str) -> str:
    """The text with such signs as escapes: `\\x1b`, `\\u202e`; and with those that no UTF-8 can spell."""
    return _HIDDEN.sub(_escape, text)


def encodable(text: str) -> str:
    """The text as UTF-8 can spell it: a byte that is none of it, `\\xff` in a name, as an escape."""
    return text if text.isascii() else re.sub(f"[{_STRAY}]", _escape, text)


def one_line(text: str) -> str:
    """The text as a part of a line: its own line ends and tabs are spelled out too."""
    return _LINE_END.sub(_escape, text)


def shown_json(json: str) -> str:
    """JSON text with such signs as JSON's own escapes: the same value."""
    return re.sub(f"[{_STEERING}]", _json_escape, json)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00  # the byte that it stands for
    if found[0] in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[found[0]]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
