"""Who reads the property names that Obsidian reads no longer: queries in the vault's notes, and its bases.

A name that a query reads is not changed unasked (design, section 5): the query would show nothing any more.
"""

from __future__ import annotations

import re

OLD_NAMES = ("tag", "alias", "cssclass")

_QUERY = re.compile(
    r"^[ \t>]*(`{3,}|~{3,})[ \t]*(?:dataview|dataviewjs|base)\b[^\n]*\n(.*?)^[ \t>]*\1|`\$?=([^`\n]+)`",
    re.MULTILINE | re.DOTALL,
)
_NAME = re.compile(rf"(?<![\w#\"'/-])({'|'.join(OLD_NAMES)})(?![\w(/-])", re.IGNORECASE)
_KEY_IN_SMALL = re.compile(rf"\n({'|'.join(OLD_NAMES)})[ \t]*:")
_KEY = re.compile(rf"^({'|'.join(OLD_NAMES)})[ \t]*:", re.MULTILINE | re.IGNORECASE)


def names_read(text: str) -> tuple[str, ...]:
    """The old names that a query in the text reads, sorted."""
    if "`" not in text and "~~~" not in text:  # one look at most notes, instead of five
        return ()
    if not any(mark in text for mark in ("```data", "~~~data", "```base", "`=", "`$=")):
        return ()
    found = _QUERY.finditer(text)
    return tuple(
        sorted({name.lower() for query in found for name in _NAME.findall(query[2] or query[3] or "")})
    )


def names_read_by_base(text: str) -> tuple[str, ...]:
    """The old names that a `.base` file reads in its filters, formulas, columns and sorting, sorted."""
    shown = _SHOWN_NAME.sub("", text)
    found = (*_NAME.findall(shown), *_IN_BRACKETS.findall(shown))
    return tuple(sorted({name.lower() for name in found}))


_SHOWN_NAME = re.compile(r"^[ \t-]*(?:displayName|name|type)[ \t]*:.*$", re.MULTILINE)
_IN_BRACKETS = re.compile(rf"\[['\"]({'|'.join(OLD_NAMES)})['\"]\]", re.IGNORECASE)


def names_used(block: str) -> tuple[str, ...]:
    """The old names among the properties of a front matter block, sorted."""
    if block.isascii():  # as most are: a third of the time
        found = _KEY_IN_SMALL.findall(f"\n{block.lower()}")
        return tuple(sorted(set(found))) if found else ()
    return tuple(sorted({name.lower() for name in _KEY.findall(block)}))


class OldNames:
    """Which notes use an old name, and which read it."""

    def __init__(self) -> None:
        self._reads: dict[str, tuple[str, ...]] = {}
        self._uses: dict[str, tuple[str, ...]] = {}

    def of(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The old names that the note reads, and that it uses."""
        return self._reads.get(path, ()), self._uses.get(path, ())

    def reader_of(self, name: str) -> str:
        """The first note that reads a name; empty if none does."""
        return min((path for path, names in self._reads.items() if name in names), default="")

    def users(self) -> set[str]:
        """The notes that use any."""
        return set(self._uses)

    def put(self, path: str, reads: tuple[str, ...], uses: tuple[str, ...]) -> set[str]:
        """Take over what a note says; gives the notes whose names are read now, or are no longer."""
        before = self._readers()
        for known, names in ((self._reads, reads), (self._uses, uses)):
            if names:
                known[path] = names
            else:
                known.pop(path, None)
        if not reads and not before:
            return set()
        changed = {name for name, _ in before ^ self._readers()}
        return {user for user, names in self._uses.items() if not changed.isdisjoint(names)}

    def _readers(self) -> set[tuple[str, str]]:
        return {(name, self.reader_of(name)) for names in self._reads.values() for name in names}
