"""The first look at many notes, by several processes: only what is worth keeping of a note comes back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.links.cached_facts import Gist, decode_gist, encode, facts_of
from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, read_note
from vaultsync.files.disk import Disk
from vaultsync.files.problems import ELSEWHERE
from vaultsync.vault.parallel import Meanwhile, nothing, spread

if TYPE_CHECKING:
    from vaultsync.vault.cache import CacheEntry

Check = Callable[[Note, Gist], list[Problem] | None]
"""The problems of a note, whose gist is known, that its own rules leave as it is; `None` for one that they
change."""

Tell = Callable[[Iterable[Problem]], None]
"""Told of problems that stand, whatever else a run finds or changes, as soon as they are found."""

UNREAD = ("file-error", "file-permission", ELSEWHERE)
"""The rules of problems with files that can't be read now, and so may be any paper that a name could mean."""

_LINKS_WAIT = "until it can be read, or is excluded with `[vault] ignore`, links stay as they are"


def as_told(problem: Problem) -> Problem:
    """What is wrong with a file, with what that means for links."""
    if problem.rule not in UNREAD:
        return problem
    hint = f"{problem.hint}{'; ' if problem.hint else ''}{_LINKS_WAIT}"
    return msgspec.structs.replace(problem, hint=hint)


def untold(problems: Iterable[Problem]) -> None:
    """The `Tell` of a run whose problems are told at its end."""


class Look(msgspec.Struct, frozen=True, array_like=True):
    """What was found of the note at `path`: what is worth keeping, or why it is none.

    Of the problems that its own rules have `at_rest`, those in its first `fixed_lines` stay where they are.
    `facts` are packed as the cache takes them over, so that nobody packs them again (`PackedFacts`).
    """

    path: str
    digest: bytes = b""
    kind: tuple[str, bool] = ("", True)
    facts: msgspec.Raw = msgspec.Raw(b"\xc0")
    is_conference: bool = False
    plain_list: bytes = b""
    at_rest: list[Problem] | None = None
    problem: Problem | None = None
    fixed_lines: int = 0

    def gist(self) -> Gist:
        """What the note is to the others."""
        return decode_gist(self.facts, is_conference=self.is_conference, plain_list=self.plain_list)

    def standing(self) -> list[Problem]:
        """The problems that can be told before the rest of the vault is known."""
        return [problem for problem in self.at_rest or () if 0 < problem.line <= self.fixed_lines]


def first_looks(
    disk: Disk, paths: Sequence[str], index: Index, check: Check, meanwhile: Meanwhile = nothing
) -> Iterator[list[Look]]:
    """The looks at the notes at these paths, part by part, in the order in which the parts are done.

    `meanwhile`: as for `spread`.
    """

    def work(part: Sequence[str]) -> bytes:
        found: list[Look] = []
        for files in _portions(disk.read_many(part)):
            found += _looks(files, index, check)
        return _ENCODER.encode(found)

    return map(_LOOKS.decode, spread(work, paths, meanwhile))


Read = tuple[str, bytes | Problem]
"""A path, and what was found there."""

AT_ONCE = 1_000_000
"""Bytes of notes that are looked at together: some hundred notes as people write them."""


def _portions(files: Iterable[Read]) -> Iterator[list[Read]]:
    """The files in lists of so many bytes."""
    portion: list[Read] = []
    size = 0
    for path, data in files:
        portion.append((path, data))
        size += len(data) if isinstance(data, bytes) else 0
        if size >= AT_ONCE:
            yield portion
            portion, size = [], 0
    yield portion


def _looks(files: Iterable[Read], index: Index, check: Check) -> list[Look]:
    """The looks at some files.

    Each step is taken with all of them before the next: what it needs stays in the processor's cache, which
    took a fifth off the time of a first look.
    """
    read = [(p, data if isinstance(data, Problem) else read_note(p, data, index.config)) for p, data in files]
    notes = [note for _, note in read if isinstance(note, Note)]
    gists = index.gists(notes)
    checked = list(map(check, notes, gists))
    looks = [Look(path, problem=problem) for path, problem in read if isinstance(problem, Problem)]
    for note, gist, at_rest in zip(notes, gists, checked, strict=True):
        kind = note.kind, note.is_declared
        lines = _fixed_lines(note) if at_rest else 0
        facts = msgspec.Raw(encode(facts_of(gist)))
        told = gist.is_conference, gist.plain_list
        looks.append(Look(note.path, note.digest, kind, facts, *told, at_rest, fixed_lines=lines))
    return looks


_ENCODER = msgspec.msgpack.Encoder()
_LOOKS = msgspec.msgpack.Decoder(list[Look])


def _fixed_lines(note: Note) -> int:
    """The lines from the top that no rule changes which looks at other notes.

    These are the front matter's, unless it has a link: that may be to a note which was renamed.
    """
    head = note.text[: note.body_start]
    return 0 if "[[" in head or "](" in head else head.count("\n")


MOST = 32_000_000
"""Bytes of facts that are kept packed: of 15,000 notes, say. What is beyond that is packed when it is stored.

To pack those of 10,000 notes again took 29 ms of a first look, in which no other process does anything.
"""


class PackedFacts:
    """Packed facts of notes of which no more is known than their gist (`cached_facts.facts_of`)."""

    def __init__(self) -> None:
        self._facts: dict[str, tuple[bytes, msgspec.Raw]] = {}
        self._room = MOST

    def put(self, path: str, digest: bytes, facts: msgspec.Raw) -> None:
        """Keep the facts of the note at `path` with this digest, if there is room."""
        if self._room > 0:
            self._facts[path] = digest, facts
            self._room -= len(memoryview(facts))

    def of(self, path: str, digest: bytes) -> bytes | None:
        """The facts of the note, if they were kept of the one with this digest."""
        known = self._facts.get(path)
        return bytes(known[1]) if known is not None and known[0] == digest else None

    def clear(self) -> None:
        """Keep none any longer: the cache has them."""
        self._facts.clear()
        self._room = MOST

    def remembered(
        self,
        index: Index,
        entries: Mapping[str, CacheEntry],
        restless: Collection[str],
        found: Mapping[str, tuple[Problem, ...]],
        tick: Callable[[], None],
    ) -> Callable[[str], bytes]:
        """What the cache has to take over of a note; `tick` is told of each."""

        def facts(path: str) -> bytes:
            tick()
            at_rest, problems = path not in restless, found.get(path, ())
            if at_rest and not problems and index.only_knows_gist(path):
                known = self.of(path, entries[path].digest)
                if known is not None:
                    return known
            return encode(index.facts(path, at_rest=at_rest, problems=problems))

        return facts
