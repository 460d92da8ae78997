"""Which records, and which notes that are there, are one and the same paper.

An identifier decides first, a folded title after it; two different identifiers of one scheme, or two lists of
authors without a common name, keep equal titles apart. An identifier decides nothing between two papers that
have hardly a word of their titles and no author in common: somebody pasted it into the wrong entry. What a
plain address tells is `same_page`'s. Both passes of an import rely on this table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias
from zlib import crc32

import msgspec

from vaultsync.core.frontmatter.block import FrontMatter
from vaultsync.core.importers.completion import REFRESHED, shown
from vaultsync.core.importers.identifier_list import is_stub_title
from vaultsync.core.importers.record import PaperRecord
from vaultsync.core.importers.same_title import Namesakes
from vaultsync.core.papers.identifiers import (
    canonical_acl,
    canonical_arxiv,
    canonical_doi,
    canonical_openreview,
    identifiers_in,
    other_names,
)

_SCHEMES = frozenset({"arxiv", "doi", "acl", "openreview"})
_MARKS = re.compile("[\u0300-\u036f]+")
_BETWEEN = re.compile(r"(?:[^\w+#]|_)+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")

Ids: TypeAlias = tuple[tuple[str, str], ...]
"""Pairs of a scheme and a value."""


class Known(msgspec.Struct, frozen=True):
    """A note that is in the vault: `kind` as in the configuration (`paper`, `conference`, …).

    `titles` are the names that can be a paper's full title, `filled` the properties that have a value,
    `citekeys` the keys by which it can be cited, `values` what a source may say anew, `addresses` its `url`.
    Of a note that is `unread`, whose front matter can't be read, only the file's name is known; one that is
    `closed` can't be read at all (another encoding, a pointer of git LFS) and is left as it is.
    """

    path: str
    kind: str
    titles: tuple[str, ...] = ()
    ids: Ids = ()
    authors: tuple[str, ...] = ()
    filled: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    citekeys: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    addresses: tuple[str, ...] = ()
    unread: bool = False
    closed: bool = False

    @property
    def stem(self) -> str:
        """The file's name without `.md`."""
        return re.sub(r"\.md$", "", self.path.rpartition("/")[2], flags=re.IGNORECASE)


def known_note(path: str, front: FrontMatter | None, kind: str) -> Known:
    """What an import has to know of the note at `path` with these properties."""
    found = {} if front is None else front.understood.values()
    values = {key: _texts(value) for key, value in found.items()}
    title = next(iter(values.get("title", ())), "")
    bare = Known(path, kind)
    named = [value for key in ("arxiv", "doi", "url", "acl", "openreview") for value in values.get(key, ())]
    return Known(
        path=path,
        kind=kind,
        titles=tuple(t for t in dict.fromkeys((title, bare.stem.lstrip("@"))) if t and not is_stub_title(t)),
        ids=tuple(dict.fromkeys(pair for value in named for pair in identifiers_of(value))),
        authors=tuple(values.get("authors", ())),
        filled=frozenset(
            k for k, texts in values.items() if texts and not (k == "title" and is_stub_title(title))
        ),
        sources=tuple(values.get("source", ())),
        citekeys=tuple(
            dict.fromkeys(
                key.lstrip("@")
                for name in ("citekey", "aliases")
                for key in values.get(name, ())
                if name == "citekey" or key.startswith("@")
            )
        ),
        values=tuple((key, shown(found[key])) for key in REFRESHED if found.get(key) not in (None, "", []))
        if kind == "paper"
        else (),
        addresses=tuple(values.get("url", ())),
        unread=front is not None and front.error is not None,
    )


def identifiers_of(value: str) -> Iterator[tuple[str, str]]:
    """The (scheme, value) pairs that a value states, with those that follow from them."""
    if arxiv := canonical_arxiv(value):
        yield "arxiv", arxiv
    elif doi := canonical_doi(value):
        yield "doi", doi
        yield from other_names("doi", doi)
    elif acl := canonical_acl(value):
        yield "acl", acl
    else:
        for found in identifiers_in(value):
            if found.scheme in ("arxiv", "doi", "acl"):
                yield found.scheme, found.value
            elif review := canonical_openreview(value) if found.scheme == "openreview" else None:
                yield "openreview", review


def paper_ids(paper: PaperRecord) -> Ids:
    """The identifiers that a record states."""
    stated = [value for value in (paper.arxiv, paper.doi, paper.url) if value]
    return tuple(dict.fromkeys(pair for value in stated for pair in identifiers_of(value)))


def without_identifiers(paper: PaperRecord, ids: Ids) -> PaperRecord:
    """The record without the fields that state one of these identifiers."""
    stated = {name: getattr(paper, name) or "" for name in ("arxiv", "doi", "url")}
    left_out = {
        name: None for name, value in stated.items() if not set(ids).isdisjoint(identifiers_of(value))
    }
    return msgspec.structs.replace(paper, **left_out)


def title_key(title: str) -> str:
    """A title folded for comparison: letters and digits, without case, blanks, accents and punctuation.

    Copies of a list lose blanks (`usingPhylogenetic`) and accents; `+` and `#` stay, `C++` is not `C`.
    """
    return _BETWEEN.sub(_vowel_signs, _folded(title)) or " ".join(title.casefold().split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold())))


def _vowel_signs(found: re.Match[str]) -> str:
    """Of what is neither letter nor digit, the vowels of scripts that write them as marks."""
    return "".join(char for char in found[0] if unicodedata.category(char)[0] == "M")


class Groups:
    """The papers seen so far, each a group with its identifiers, its authors and its note, if it has one.

    This is what grows with the sources: 0.3 kB a paper, and 0.4 kB more where it has identifiers and authors
    (as sets and dictionaries these took twice as much).
    """

    def __init__(self) -> None:
        self._parents: list[int] = []
        self._ids: list[Ids] = []
        self._names: list[str] = []
        self._words: list[int] = []  # of the titles, as the bits of `_title_words`
        self._doubted: set[tuple[int, tuple[str, str]]] = set()
        self.notes: dict[int, Known] = {}
        self._by_id: dict[tuple[str, str], int] = {}
        self._titles = Namesakes(self._traits)

    def add_known(self, known: Known) -> int:
        """A paper note of the vault: a group of its own, whatever it shares with another note; gives it."""
        group = self._new(known.ids, known.authors, *known.titles)
        self.notes[group] = known
        for identifier in known.ids:
            self._by_id.setdefault(identifier, group)
        for key in {title_key(title) for title in known.titles}:
            self._titles.add(key, group)
        return group

    def add(self, paper: PaperRecord) -> tuple[int, tuple[Known, ...]]:
        """The record's group, and the notes among which its title can't decide (none in the usual case).

        A new group is made where neither an identifier nor the title finds one.
        """
        ids = paper_ids(paper)
        key = "" if is_stub_title(paper.title) else title_key(paper.title)
        names = _name_words(paper.authors or ())
        words = _title_words(paper.title) if key else 0
        owners = {identifier: root for identifier in ids if (root := self._root_of(identifier)) is not None}
        doubted = {identifier for identifier, root in owners.items() if self._is_another(root, words, names)}
        ids = tuple(identifier for identifier in ids if identifier not in doubted)
        found = {owners[identifier] for identifier in ids if identifier in owners}
        by_title = {self.root(group) for group in self._titles.of(key, _asked(ids, names))} if key else set()
        alike = {g for g in by_title - found if self._fits(g, ids, names)}
        noted = sorted(group for group in alike if group in self.notes)
        if len(noted) > 1:
            if not found:
                return self._new(ids, paper.authors or (), paper.title), tuple(
                    map(self.notes.__getitem__, noted)
                )
            alike.difference_update(noted)
        group = -1
        for other in sorted(found) + sorted(alike):
            group = other if group < 0 else self.join(group, other)
        if group < 0:
            group = self._new(ids, paper.authors or (), paper.title)
        else:
            self._words[group] |= words
            self._ids[group] = _united(self._ids[group], ids)
            self._names[group] = self._names[group] or names
        for identifier in ids:
            self._by_id.setdefault(identifier, group)
        if key:
            self._titles.add(key, group)
        self._doubted.update((group, identifier) for identifier in doubted)
        return group, ()

    def doubted(self, group: int, paper: PaperRecord) -> Ids:
        """The identifiers that a record of this group states, and that are another paper's."""
        return (
            tuple(one for one in paper_ids(paper) if (group, one) in self._doubted) if self._doubted else ()
        )

    def root(self, group: int) -> int:
        """The group that `group` has become part of."""
        while self._parents[group] != group:
            self._parents[group] = self._parents[self._parents[group]]
            group = self._parents[group]
        return group

    def differ(self, one: int, other: int) -> bool:
        """Whether identifiers tell the two apart."""
        return _contradict(self._ids[one], self._ids[other])

    def have_other_authors(self, one: int, other: int) -> bool:
        """Whether each names a first author, and these are two people."""
        first, second = (self._names[group].partition("\n")[0].split() for group in (one, other))
        return bool(first and second) and first[-1] not in second and second[-1] not in first

    def _root_of(self, identifier: tuple[str, str]) -> int | None:
        group = self._by_id.get(identifier)
        return None if group is None else self.root(group)

    def _is_another(self, group: int, words: int, names: str) -> bool:
        """Whether a group is plainly of another paper, whatever identifier it shares.

        Names in two scripts tell nothing: they may be the same people's. Nor do titles of a word or two.
        """
        theirs = self._names[group]
        if not (names and theirs and names.isascii() and theirs.isascii()):
            return False
        fewer = min(words.bit_count(), self._words[group].bit_count())
        shared = (words & self._words[group]).bit_count()
        return fewer > 2 and shared * 4 < fewer and set(names.split()).isdisjoint(theirs.split())

    def _new(self, ids: Ids, authors: Iterable[str], *titles: str) -> int:
        self._parents.append(len(self._parents))
        bits = 0
        for title in titles:
            bits |= 0 if is_stub_title(title) else _title_words(title)
        self._words.append(bits)
        self._ids.append(tuple({pair[0]: pair for pair in ids}.values()))
        self._names.append(_name_words(authors))
        return len(self._parents) - 1

    def _fits(self, group: int, ids: Ids, names: str) -> bool:
        if _contradict(self._ids[group], ids):
            return False
        theirs = self._names[group]
        return not (names and theirs) or not set(names.split()).isdisjoint(theirs.split())

    def _traits(self, group: int) -> Iterator[str]:
        """What a record of the same title may find a group by, if it is the same paper (`_fits`)."""
        schemes = {scheme for scheme, _ in self._ids[group]}
        yield from (f"no {scheme}" for scheme in _SCHEMES - schemes)
        yield from {f"by {word}" for word in self._names[group].split()} or {"by nobody"}

    def join(self, one: int, other: int) -> int:
        """One group of two, the one with a note first; two notes are never one."""
        if one == other or (one in self.notes and other in self.notes):
            return one
        if other in self.notes:
            one, other = other, one
        if not self._fits(one, self._ids[other], self._names[other]):
            return one
        self._parents[other] = one
        self._ids[one] = _united(self._ids[one], self._ids[other])
        self._names[one] = self._names[one] or self._names[other]
        self._words[one] |= self._words[other]
        return one


def _asked(ids: Ids, names: str) -> Iterator[Collection[str]]:
    """By what a group is found that a record fits, where the two share no identifier."""
    yield from ([f"no {scheme}"] for scheme, _ in ids if scheme in _SCHEMES)
    if names:
        yield {"by nobody", *(f"by {word}" for word in names.split())}


def _contradict(one: Ids, other: Ids) -> bool:
    own = dict(one)
    return any(own.get(scheme, value) != value for scheme, value in dict(other).items() if scheme in _SCHEMES)


def _united(first: Ids, other: Ids) -> Ids:
    """The identifiers of both, of each scheme the first one."""
    found = {pair[0]: pair for pair in (*reversed(other), *first)}
    return tuple(found.values())


def _name_words(authors: Iterable[str]) -> str:
    """The words of the names, without initials: `T Möllenhoff` and `Möllenhoff, Thomas` share one.

    Those of the first name, the surname last, have a line of their own.
    """
    first, *others = list(authors) or [""]
    surname, _, given = first.partition(",")
    words = _WORD.findall(_folded(f"{given} {surname}")), _WORD.findall(_folded("\n".join(others)))
    return "\n".join(map(" ".join, words)) if any(words) else ""


def _title_words(title: str) -> int:
    """The longer words of a title, each a bit: titles without a word in common have few bits in common."""
    bits = 0
    for word in _LONG_WORD.findall(_folded(title)):
        bits |= 1 << crc32(word.encode()) % 256
    return bits


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(v).strip() for v in values if isinstance(v, str | int | float) and str(v).strip()]
