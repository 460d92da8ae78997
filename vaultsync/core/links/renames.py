"""What became of notes that are gone: renamed outside Obsidian, or deleted.

The cycle gives the notes as git remembers them and those that are new; `find_renames` pairs them where only
one pair is possible. The rules `link-renames` and `link-gone` then follow a `Former`: the vault as it was,
by which a link to an old name shows what it meant (design, section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence

import msgspec

from vaultsync.core.config.kinds import PAPER
from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.note import Note
from vaultsync.core.papers.paper import paper_of
from vaultsync.core.text.folding import fold_name

Made = Callable[[str], Mapping[str, str]]
"""Gives for a note's path what the tool's links there show, folded, and the words that they were made of."""

Undone = Callable[[str], Collection[str]]
"""Gives for a note's path the targets of the links that its last undo brought back."""


class Former(msgspec.Struct, frozen=True):
    """The vault before files were renamed or deleted outside Obsidian.

    `files` are the names that there were at the last commit, `renamed` maps old paths to new ones and
    `origins` new ones to old ones, `gone` are the notes that are nowhere any more. `made` tells which words
    the tool had made links of, `None` if nobody remembers. `earlier` are those of the old paths that went
    before the last commit, `older` their names: of a link that leads to a namesake by now nobody knows any
    more which of the two it means. `undone` tells which links an undo brought back: they stay as they are.
    """

    files: FileNames
    renamed: Mapping[str, str]
    gone: frozenset[str]
    made: Made | None = None
    origins: Mapping[str, str] = {}
    earlier: frozenset[str] = frozenset()
    older: FileNames = msgspec.field(default_factory=FileNames)
    undone: Undone | None = None

    def path(self, now: str) -> str:
        """The former path of the note that is at `now`."""
        return self.origins.get(now, now)

    def words_made(self, now: str) -> Mapping[str, str]:
        """What `made` tells of the note that is at `now`, under this name and under its former one."""
        if self.made is None:
            return {}
        then = self.made(former) if (former := self.path(now)) != now else {}
        return {**then, **self.made(now)}

    def meant(self, now: str, target: str) -> str | None:
        """The former path of what a link in the note that is at `now` led to; what went last counts first.

        `None` also of a link that an undo brought back.
        """
        source = self.path(now)
        old = resolve(self.files, source, target) or resolve(self.older, source, target)
        if old is not None and self.undone is not None and (old in self.renamed or old in self.gone):
            names = dict.fromkeys((now, source))
            return None if any(target in self.undone(name) for name in names) else old
        return old


class Vanished(msgspec.Struct, frozen=True):
    """Notes that went at one time: as they were, the vault's files then, and those of today that are newer.

    `earlier`: before the last commit.
    """

    notes: Sequence[Note]
    files: Collection[str]
    newer: Sequence[Note]
    earlier: bool


def former_vaults(vanished: Iterable[Vanished], made: Made | None, undone: Undone | None = None) -> Former:
    """What became of notes that went at several times, the latest first; a later answer counts."""
    files: dict[str, None] = {}
    older: dict[str, None] = {}
    renamed: dict[str, str] = {}
    gone: set[str] = set()
    earlier: set[str] = set()
    for time in vanished:
        then = [note for note in time.notes if note.path not in renamed and note.path not in gone]
        # Who has a new name has one ancestor at a time; one that came later may be a link of the chain.
        taken = {new for old, new in renamed.items() if old in time.files}
        found = find_renames(then, [note for note in time.newer if note.path not in taken])
        renamed |= found
        gone |= {note.path for note in then} - found.keys()
        if time.earlier:
            earlier |= {note.path for note in then}
            older.update(dict.fromkeys(note.path for note in then))
        else:
            files.update(dict.fromkeys(time.files))
    origins = {new: old for old, new in reversed(renamed.items())}
    names, lost = FileNames(files), frozenset(gone)
    return Former(names, renamed, lost, made, origins, frozenset(earlier), FileNames(older), undone)


def former_vault(
    files: Collection[str], gone: Iterable[Note], new: Iterable[Note], made: Made | None = None
) -> Former:
    """The vault whose files were `files`; of its notes `gone` are not there any more, `new` are new."""
    return former_vaults([Vanished(list(gone), files, list(new), earlier=False)], made)


def find_renames(gone: Iterable[Note], new: Iterable[Note]) -> dict[str, str]:
    """Old path → new path of the notes that are the same under another name.

    A note is known again by its unchanged content, else by an identifier of its paper, else by its title,
    else by its file name in another folder; each only where one note that is gone and one new one share it.
    """
    old_left = {note.path: note for note in gone}
    new_left = {note.path: note for note in new}
    found: dict[str, str] = {}
    for traits in (_content, _identifiers, _title, _file_name):
        old_by, new_by = _holders(old_left.values(), traits), _holders(new_left.values(), traits)
        partners: dict[str, set[str]] = {}
        for trait, olds in old_by.items():
            for old in olds:
                partners.setdefault(old, set()).update(new_by.get(trait, ()) if len(olds) == 1 else ())
        taken = [path for paths in partners.values() for path in paths]
        for old, paths in partners.items():
            if len(paths) == 1 and taken.count(path := next(iter(paths))) == 1:
                found[old] = path
                del old_left[old], new_left[path]
    return dict(sorted(found.items()))


def _holders(notes: Iterable[Note], traits: Callable[[Note], Iterator[Hashable]]) -> dict[Hashable, set[str]]:
    holders: dict[Hashable, set[str]] = {}
    for note in notes:
        for trait in traits(note):
            holders.setdefault(trait, set()).add(note.path)
    return holders


def _content(note: Note) -> Iterator[Hashable]:
    if note.text.strip():
        yield note.digest


def _identifiers(note: Note) -> Iterator[Hashable]:
    if note.kind == PAPER:
        # A citation key that is only the file's name is no identity of its own.
        yield from ((s, v) for s, v in paper_of(note).ids if (s, f"@{v}") != ("citekey", note.stem))


def _title(note: Note) -> Iterator[Hashable]:
    front = note.understood
    for key in ("title", "BookTitle"):
        title = front.value(key) if front is not None else None
        if isinstance(title, str) and title.strip():
            yield note.kind, fold_name(title)
            return


def _file_name(note: Note) -> Iterator[Hashable]:
    yield note.kind, fold_name(note.stem)
