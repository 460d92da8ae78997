"""The usual front matter, read a line at a time: `key: value`, `key:`, and lists of plain or quoted items.

Most blocks are nothing else, and to compose them as YAML takes twice as long. Whatever is not surely
of this shape (a comment, an anchor, brackets, a text over several lines, a blank line, CRLF, a sign that
needs care) is left to `yaml_reader`; the tests compare the two on every block that they know.
"""

from __future__ import annotations

import re

from vaultsync.core.frontmatter.properties import Item, Property, Style
from vaultsync.core.frontmatter.yaml_values import Value, resolve_scalar
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.core.text.spans import Span

# A plain scalar that begins with a letter or a digit, where no colon ends a key and no `#` begins a comment.
# Private characters are left out too: `yaml_reader` puts them in the place of others.
_QUIET = r"\n\r\t\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\uf8ff\ufeff\ufffe\uffff"
_TEXT = (
    rf"[^\W_][^:#{_QUIET}]*+(?::(?=[^\s:#])[^:#{_QUIET}]*+)*+"  # (a choice at each sign takes twice as long)
)
_VALUE = rf"(?:({_TEXT})|'([^'{_QUIET}]*)' *|\"([^\"\\{_QUIET}]*)\" *)"
_ENTRY = late_pattern(rf"([^\W\d_][\w-]{{0,80}}):(?: +{_VALUE}| *)\n")
_ITEM = late_pattern(rf"( *)- +{_VALUE}\n")
# The groups of both. (By number: names took a tenth of the time of a block.)
_KEY = _INDENT = 1
_PLAIN, _SINGLE = 2, 3


def usual_properties(text: str, content: Span) -> tuple[Property, ...] | None:
    """The properties of the block whose `content` lies between two fences; None for any other shape."""
    at, end = content.start, content.end
    if text[at - 4 : at] != "---\n":  # blanks, a byte order mark or CRLF: the parser may see them otherwise
        return None
    found: list[Property] = []
    keys: set[str] = set()
    while at < end:
        entry = _ENTRY.match(text, at, end)
        if entry is None:
            return None
        key, key_end = entry[_KEY], entry.end(_KEY)
        if key in keys:
            return None
        keys.add(key)
        after = entry.end()
        read = _scalar(entry)
        if read is not None:
            value, span, style = read
            found.append(Property(key, value, Span(at, key_end), span, Span(at, after), style))
            at = after
            continue
        if after < end and text[after] in " -":
            items, after = _items(text, after, end)
            if not items:
                return None
            values = Span(text.index("-", entry.end()), items[-1].span.end)
            listed: list[Value] = [item.value for item in items]
            found.append(
                Property(key, listed, Span(at, key_end), values, Span(at, after), "block-seq", items)
            )
        else:
            missing = Span(key_end + 1, key_end + 1)
            found.append(Property(key, None, Span(at, key_end), missing, Span(at, after), "null"))
        at = after
    return tuple(found)


def _items(text: str, at: int, end: int) -> tuple[tuple[Item, ...], int]:
    """The items of a list whose first line begins at `at`, and where it ends; none if it isn't usual."""
    items: list[Item] = []
    indent: str | None = None
    while at < end and text[at] in " -":
        line = _ITEM.match(text, at, end)
        read = _scalar(line) if line is not None else None
        if line is None or read is None or (indent is not None and line[_INDENT] != indent):
            return (), at
        indent, at = line[_INDENT], line.end()
        items.append(Item(*read))
    return tuple(items), at


def _scalar(line: re.Match[str]) -> tuple[Value, Span, Style] | None:
    """The value that a line holds, with its span and style; None for none."""
    found = line.lastindex
    if found is None or found < _PLAIN:
        return None
    text, start = line[found], line.start(found)
    if found == _PLAIN:
        text = text.rstrip(" ")
        return resolve_scalar(text), Span(start, start + len(text)), "plain"
    return text, Span(start - 1, start + len(text) + 1), "single" if found == _SINGLE else "double"
