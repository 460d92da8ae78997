"""A paper note as the catalogue knows it: the names by which a text may mention it, and its identifiers.

The tiers are those of the design, section 6. A name carries what a mention of it has to satisfy, so that the
search needs no further knowledge of papers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from vaultsync.core.frontmatter.block import Property
from vaultsync.core.note import Note
from vaultsync.core.papers.identifiers import (
    Scheme,
    canonical_acl,
    canonical_arxiv,
    canonical_doi,
    canonical_openreview,
    identifiers_in,
    other_names,
)
from vaultsync.core.papers.stop_words import STOP_WORDS
from vaultsync.core.text.folding import fold_cased, fold_name

FULL_WORDS, FULL_LENGTH = 3, 15
MAIN_LENGTH, ALIAS_LENGTH = 4, 3
CAPITALS = 0.6


Identified = tuple[Scheme, str]
"""An identifier in its canonical form. (Decoded, literals take no space of their own.)"""


class Name(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A name of a paper, folded. `cased`, if not empty, is what the mention must be letter for letter.

    A `weak` name is linked only in a note that names the paper in a stronger way (tier 1 or 2, or a link).
    """

    folded: str
    tier: int
    cased: str = ""
    weak: bool = False


class Paper(msgspec.Struct, frozen=True, array_like=True):
    """A paper note: its path, its title as shown, its names and its `(scheme, value)` identifiers.

    `hints` are folded names that are only ever suggested (tier 5): acronyms and author–year.
    """

    path: str
    title: str
    names: tuple[Name, ...]
    ids: tuple[Identified, ...]
    hints: tuple[str, ...] = ()


def title_of(note: Note) -> str:
    """The title that the front matter gives, else the file's name without a leading `@`."""
    return _text(note, "title") or _text(note, "BookTitle") or note.stem.lstrip("@")


def paper_of(note: Note, stop_words: frozenset[str] = STOP_WORDS) -> Paper:
    """What the catalogue knows of a paper note."""
    title = title_of(note)
    names: dict[str, Name] = {}
    for name in _names(note, title, stop_words):
        known = names.get(name.folded)
        if known is None or _strength(name) > _strength(known):
            names[name.folded] = name
    hints = tuple(h for h in dict.fromkeys(_hints(note, title)) if h not in names)
    return Paper(note.path, title, tuple(names.values()), tuple(dict.fromkeys(_all_identifiers(note))), hints)


def _strength(name: Name) -> tuple[bool, bool, int]:
    return (not name.weak, not name.cased, -name.tier)


def _names(note: Note, title: str, stop_words: frozenset[str]) -> Iterator[Name]:
    stem = "" if note.stem.startswith("@") else note.stem
    for full in dict.fromkeys((title, stem)):
        folded = fold_name(full)
        if _is_full(folded):
            yield Name(folded, 2)
        elif folded:
            yield from _main_name(full, stop_words)
        main = full.partition(":")[0].strip()
        if main != full:
            yield from _main_name(main, stop_words)
    for alias in _texts(note, "aliases", "alias"):
        if is_citation(alias):
            continue
        folded = fold_name(alias)
        if len(folded) >= ALIAS_LENGTH:
            letters = [c for c in alias if c.isalpha()]
            capitals = sum(c.isupper() for c in letters)
            cased = fold_cased(alias) if letters and capitals >= CAPITALS * len(letters) else ""
            yield Name(folded, 4, cased, folded in stop_words and not cased)


def _is_full(folded: str) -> bool:
    return len(folded.split()) >= FULL_WORDS or len(folded) >= FULL_LENGTH


def _main_name(main: str, stop_words: frozenset[str]) -> Iterator[Name]:
    folded = fold_name(main)
    if len(folded) < MAIN_LENGTH:
        return
    if " " in folded:
        yield Name(folded, 3, "", not (_is_full(folded) or any(map(is_distinctive, main.split()))))
    elif folded not in stop_words:
        yield Name(folded, 3, fold_cased(main), not is_distinctive(main))


def is_distinctive(word: str) -> bool:
    """Whether a word can hardly be anything but a name: capitals inside it (`DiffSBDD`) or a digit."""
    mixed = any(a.islower() and b.isupper() for a, b in pairwise(word)) or (
        len(word) > 2 and word[0].isupper() and word[1].isupper() and any(c.islower() for c in word)
    )
    return mixed or any(c.isdigit() for c in word)


def is_citation(alias: str) -> bool:
    """Whether an alias is a citation key, in pandoc's form (`@key`): the paper is cited by it, not named."""
    return alias.startswith("@") and len(alias) > 1 and not any(map(str.isspace, alias))


def _all_identifiers(note: Note) -> Iterator[Identified]:
    for scheme, value in _identifiers(note):
        yield scheme, value
        if scheme != "citekey":
            yield from other_names(scheme, value)


def _identifiers(note: Note) -> Iterator[Identified]:
    if arxiv := canonical_arxiv(_text(note, "arxiv")):
        yield "arxiv", arxiv
    if doi := canonical_doi(_text(note, "doi")):
        yield "doi", doi
    if acl := _text(note, "acl"):
        yield "acl", canonical_acl(acl) or acl
    if openreview := _text(note, "openreview"):
        yield "openreview", canonical_openreview(openreview) or openreview
    for url in _texts(note, "url"):
        for found in identifiers_in(url):
            if found.scheme != "citekey":
                yield found.scheme, found.value
    further = [alias[1:] for alias in _texts(note, "aliases", "alias") if is_citation(alias)]
    own = note.stem[1:] if note.stem.startswith("@") else ""
    for key in (_text(note, "citekey").lstrip("@"), own, *further):
        if key:
            yield "citekey", key


def _hints(note: Note, title: str) -> Iterator[str]:
    """Names that are only suggested: the initials of a long title, and `Surname Year`."""
    words = [w for w in re.findall(r"[^\W\d_]+", title.rpartition(":")[2]) if w[0].isupper()]
    if len(words) >= ALIAS_LENGTH:
        yield fold_name("".join(w[0] for w in words))
    authors = _texts(note, "authors", "author")
    year = _text(note, "year") or _text(note, "date")[:4]
    if authors and re.fullmatch(r"\d{4}", year):
        first = authors[0].partition(",")[0].split(" and ")[0].split()
        if first:
            yield fold_name(f"{first[-1]} {year}")
            yield fold_name(f"{first[-1]} et al. {year}")
            yield fold_name(f"{first[-1]} et al., {year}")


def _text(note: Note, key: str) -> str:
    return next(iter(_texts(note, key)), "")


def _texts(note: Note, *keys: str) -> list[str]:
    """The values of the properties as texts; a number counts as it is written, a nested value as none.

    `arxiv: 1807.10000` without quotes is the number 1807.1 to YAML; its digits are what the person meant.
    """
    found: list[str] = []
    for key in keys:
        prop = note.front.get(key) if note.front is not None else None
        if prop is None:
            continue
        for part in prop.items if isinstance(prop.value, list) else (prop,):
            value = part.value
            if isinstance(value, str):
                found.append(value.strip())
            elif isinstance(value, int | float) and not isinstance(value, bool):
                span = part.value_span if isinstance(part, Property) else part.span
                found.append(span.of(note.text).strip())
    return [text for text in found if text]
