"""Which notes came since the last run, which went, and which have another name: be they known to git or not.

The cache knows of each note its digest. By it a rename is seen that no commit tells of, and it stays known,
for a link or a decision may follow it later: of a note that is being typed in, or was somewhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from itertools import islice
from typing import TypeVar

import msgspec

from vaultsync.core.errors import DAMAGED
from vaultsync.core.note import digest_of

MOST_KNOWN = 500
"""Renames that stay known, some 100 bytes each, and notes that a look missed."""

Value = TypeVar("Value")


class ComeAndGone:
    """The digests of the notes that `came` and of those that are `gone`, until what follows is settled."""

    def __init__(self) -> None:
        self.came: dict[str, bytes] = {}
        self.gone: dict[str, bytes] = {}
        self._former: Mapping[str, bytes] = {}
        self._missed: dict[str, bytes] = {}
        self._before: dict[str, str] = {}
        self._only_seen = False
        self._kept = b""

    def recall(self, names: bytes, former: Mapping[str, bytes]) -> None:
        """Take over what `settled` gave, and the digests that notes had under other settings."""
        try:
            known = _NAMES.decode(names) if names else _Names()
        except DAMAGED:  # of another version
            known = _Names()
        self._before, self._missed, self._former = known.renamed, known.missed, former
        self._only_seen = known.only_seen
        self._kept = names

    def look_for_all(self, files: Collection[str]) -> None:
        """All `files` were looked at: what went since the settings changed or before a mere look is gone."""
        for known in (self._former, self._missed):
            self.gone.update((path, digest) for path, digest in known.items() if path not in files)

    def settled(self, *, done: bool) -> bytes | None:
        """What was to be learnt from it is learnt; gives what stays known, if that is news.

        Unless anything was `done` about it, a note that is gone will be so in the next run as well.
        """
        renamed = self.renamed()
        missed = {} if done else {p: of for p, of in (self._missed | self.gone).items() if p not in renamed}
        self._before, self._missed = _latest(self.renamed_before() | renamed), _latest(missed)
        self._only_seen = not done and (self._only_seen or bool(renamed))
        self._former = {}
        self.came.clear()
        self.gone.clear()
        known = _Names(self._before, self._missed, self._only_seen)
        before, self._kept = self._kept, msgspec.msgpack.encode(known) if known != _Names() else b""
        return self._kept if self._kept != before else None

    def read(self, path: str, digest: bytes, *, known: bool) -> None:
        """A note was read, of which something was `known` before or not."""
        if path in self.came or not (known or path in self._former):
            self.came[path] = digest
            self._before.pop(path, None)
            self._missed.pop(path, None)
        self.gone.pop(path, None)

    @property
    def some_are_gone(self) -> bool:
        """Whether a note is gone, or has another name since a look after which nothing was done about it."""
        return bool(self.gone) or self._only_seen

    def renamed(self) -> dict[str, str]:
        """The new names of notes that are gone, by their old ones: of one that came with the very contents.

        Where two went or came with the same contents, nobody can tell which is which; nor of empty ones.
        """
        went, came = Counter(self.gone.values()), Counter(self.came.values())
        by_digest = {digest: path for path, digest in self.came.items() if came[digest] == went[digest] == 1}
        by_digest.pop(_EMPTY, None)
        return {old: by_digest[digest] for old, digest in self.gone.items() if digest in by_digest}

    def renamed_before(self) -> dict[str, str]:
        """The same of renames that an earlier look saw, with the names that these notes have by now."""
        new = self.renamed()
        now = {old: new.get(name, name) for old, name in self._before.items()}
        return {old: name for old, name in now.items() if old != name and old not in new}


class _Names(msgspec.Struct, frozen=True):
    """What stays known: the renames, the digests of notes that a look missed, whether it saw renames, too."""

    renamed: dict[str, str] = {}
    missed: dict[str, bytes] = {}
    only_seen: bool = False


_EMPTY = digest_of(b"")
_NAMES = msgspec.msgpack.Decoder(_Names)


def _latest(known: dict[str, Value]) -> dict[str, Value]:
    return dict(islice(known.items(), max(0, len(known) - MOST_KNOWN), None))
