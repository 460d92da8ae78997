"""All that is suggested about links, best first: for `vaultsync links` and for the plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b

import msgspec

from vaultsync.core.errors import DAMAGED
from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Reading, Suggestion
from vaultsync.core.links.recognition import recognised
from vaultsync.core.links.title_index import TitleIndex
from vaultsync.core.note import Note
from vaultsync.core.papers.catalogue import Catalogue
from vaultsync.vault.cache import Cache
from vaultsync.vault.survey import Survey

Suggests = Callable[[Note, Reading, Index], tuple[Suggestion, ...]]
"""What names, titles and citations in a note suggest (`Suggester.of_note`)."""


class Suggester:
    """Suggests note by note; goes through all titles again only when papers have changed."""

    def __init__(self) -> None:
        self._titles: tuple[Catalogue, int, TitleIndex] | None = None

    def of_note(self, note: Note, reading: Reading, index: Index) -> tuple[Suggestion, ...]:
        """What names, titles and citations in a note suggest, best first."""
        found = [*reading.suggestions, *recognised(note, reading, self._of(index), index.decisions)]
        return _ranked(found)

    def _of(self, index: Index) -> TitleIndex:
        catalogue = index.catalogue
        if self._titles is None or self._titles[:2] != (catalogue, catalogue.version):
            self._titles = catalogue, catalogue.version, TitleIndex(catalogue)
        return self._titles[2]


class KeptSuggestions:
    """Suggests what was found before: a note is gone through again only if that may differ.

    It follows from the note's text, from what is linked in it, from what was denied for it, and from the
    names of all papers. What is found anew is kept by `save`.
    """

    def __init__(self, cache: Cache | None, survey: Survey) -> None:
        self._cache, self._survey, self._suggester = cache, survey, Suggester()
        self._known = _decoded(cache.kept(_NAME)) if cache is not None else {}
        self._now: dict[str, _NoteSuggestions] = {}
        self._papers = _digest_of_names(survey.index.catalogue)
        self._denied: dict[str, list[tuple[str, str]]] = {}
        for denied in sorted(survey.index.decisions.denied):
            self._denied.setdefault(denied.note, []).append((denied.words, denied.paper))

    def all(self) -> list[Suggestion]:
        """What the conference notes suggest, note by note."""
        return [choice for path in self._survey.index.read_notes() for choice in self.of_path(path)]

    def save(self) -> None:
        """Keep what was found, if that is news."""
        if self._cache is not None and self._now != self._known:
            self._cache.keep(_NAME, msgspec.msgpack.encode(self._now))

    def of_path(self, path: str) -> tuple[Suggestion, ...]:
        """What names, titles and citations in the note at `path` suggest, best first."""
        index, known = self._survey.index, self._known.get(path)
        key = self._key(path)
        if known is None or known.key != key:
            note, reading = self._survey.note(path), index.reading_at(path)
            if note is None or reading is None:
                return ()
            known = _NoteSuggestions(self._key(path), self._suggester.of_note(note, reading, index))
            self._survey.let_go((path,))  # with all that was parsed of it, four times its size
        self._now[path] = known
        return known.suggestions

    def _key(self, path: str) -> bytes:
        digest, said = self._survey.digests((path,)).get(path, b""), self._survey.index.said_by(path)
        parts = digest, said, self._denied.get(path, []), self._papers
        return blake2b(msgspec.msgpack.encode(parts), digest_size=12).digest()


class _NoteSuggestions(msgspec.Struct, frozen=True, array_like=True):
    """What a note suggests, and a digest of all that it follows from."""

    key: bytes
    suggestions: tuple[Suggestion, ...]


_NAME = "suggestions"
_FOUND = msgspec.msgpack.Decoder(dict[str, _NoteSuggestions])


def _decoded(data: bytes | None) -> dict[str, _NoteSuggestions]:
    try:
        return _FOUND.decode(data) if data is not None else {}
    except DAMAGED:  # of another version
        return {}


def _digest_of_names(catalogue: Catalogue) -> bytes:
    """A digest of all that `TitleIndex` takes of the papers."""
    papers = sorted((p.path, p.title, p.hints, p.names) for p in catalogue)
    return blake2b(msgspec.msgpack.encode(papers), digest_size=12).digest()


def suggestions(survey: Survey, cache: Cache | None, *, related: bool) -> tuple[Suggestion, ...]:
    """What all notes suggest; with `related` also papers that only seem to fit."""
    kept = KeptSuggestions(cache, survey)
    found = kept.all()
    kept.save()
    if related:
        from vaultsync.runs.related_papers import related as related_papers  # which only this asks for

        told = {(choice.path, paper) for choice in found for paper in choice.papers}

        def load(path: str) -> Note | None:
            note = survey.note(path)
            survey.let_go((path,))  # so that those of a large vault are never all in memory
            return note

        more = related_papers(survey.index.read_notes(), survey.index, load)
        found += (choice for choice in more if (choice.path, choice.papers[0]) not in told)
    return _ranked(found)


def _ranked(found: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    return tuple(sorted(found, key=lambda choice: (-choice.score, choice)))
