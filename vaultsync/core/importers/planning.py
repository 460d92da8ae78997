"""From records to planned notes: what is new, what completes a note, what changes nothing.

The last pure step of an import. A note that is there is completed only in properties that are empty, and
never in its body; records of one paper, from however many lists, make one note that names them all. The
sources are gone through twice, first to see which records are one paper, then to write, so that a file of
any size needs little memory; a small one is read only once.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

import msgspec

from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.errors import Problem
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.importers.actions import (
    Action,
    Complete,
    LinkItems,
    NewNote,
    StaysAway,
    Unchanged,
)
from vaultsync.core.importers.completion import PUBLISHED, REFRESHED, is_preprint, shown
from vaultsync.core.importers.file_names import name_key, numbered, safe_stem
from vaultsync.core.importers.identifier_list import is_stub_title, stub_title
from vaultsync.core.importers.list_links import ListedNote
from vaultsync.core.importers.merged_record import citation_keys, merge
from vaultsync.core.importers.note_links import NoteLinks
from vaultsync.core.importers.note_text import ORDER, Body, default_body, note_text, properties_of
from vaultsync.core.importers.record import RULE, ConferenceNote, Item, PaperRecord, Skipped, UnusableSource
from vaultsync.core.importers.same_page import Apart, Pages
from vaultsync.core.importers.same_paper import Groups, Known, title_key, without_identifiers

Source: TypeAlias = Callable[[], Iterable[Item]]
"""A source that can be read again: each call gives its items from the start."""

HELD = 24_000_000
"""Characters of text kept between the two passes: some 10,000 records. Above it the source is read again."""

_UNCOMPLETED = frozenset({"aliases", "tags"})
"""Properties for new notes only: in a note that is there, a person has left them empty."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where new notes go and how they look: folders, the body, the order of the properties, links.

    `attachment` gives what a link to a file names, if the file of this stated path is in the vault.
    """

    papers: str = "Papers"
    conferences: str = "Conferences"
    body: Body = default_body
    order: tuple[str, ...] = ORDER
    attachment: Callable[[str], str] = lambda stated: ""
    link_style: LinkStyle = LinkStyle()


class Sources(msgspec.Struct, frozen=True):
    """The first pass: which record belongs to which paper, and how many there are (for a progress bar).

    `bare` are the indices of the sources in which nothing is that could become a note. `unused` counts the
    fields of the records that no note takes, by name. `lists` are the paths of the sources that are reading
    lists in the vault, by index. `apart` are papers that stay two though a page and their titles are shared.
    `gone` are the paths of known notes that are there no more, `asked` the groups that somebody asks for.
    """

    sources: tuple[Source, ...]
    refused: tuple[Problem | None, ...]
    groups: Groups
    members: tuple[array[int], ...]
    doubtful: dict[int, tuple[Known, ...]]
    records: int
    bare: frozenset[int]
    unused: dict[str, int] = {}
    lists: dict[int, str] = {}
    apart: tuple[Apart, ...] = ()
    gone: frozenset[str] = frozenset()
    asked: frozenset[int] = frozenset()

    @property
    def merged(self) -> int:
        """Records that are one paper with another record of these sources."""
        return self.records - len({self.groups.root(group) for of in self.members for group in of})


def survey(
    sources: Sequence[Source],
    existing: Iterable[Known],
    attachment: Callable[[str], str] = lambda stated: "",
    paths: Sequence[str] = (),
    gone: Sequence[Known] = (),
    again: Collection[int] = (),
) -> Sources:
    """Go through all sources once, and through the vault's notes, and see which records are one paper.

    `paths` are those of the first sources in the vault; empty for one that lies elsewhere. The sources
    `again` are read whenever they change: what is one of the notes that are `gone` stays away then.
    """
    groups = Groups()
    pages = Pages()
    for known in (*existing, *gone):
        if known.kind == "paper":
            pages.add_paper(known, groups.add_known(known))
        elif known.kind == "conference":
            pages.add_conference(known)
    members: list[array[int]] = []
    refused: list[Problem | None] = []
    kept: list[Source] = []
    doubtful: dict[int, tuple[Known, ...]] = {}
    bare = set(range(len(sources)))
    lists: dict[int, str] = {}
    unused: Counter[str] = Counter()
    room = HELD
    for index, source in enumerate(sources):
        of_source = array("L")
        refusal = None
        held: list[Item] | None = []
        for item in source():
            if isinstance(item, UnusableSource):
                refusal = item.problem
                break
            if isinstance(item, PaperRecord):
                group, notes = groups.add(item)
                of_source.append(group)
                if item.url:
                    pages.add(item.url, item.title, group)
                unused.update(item.unused)
                if item.listed is not None and index < len(paths) and paths[index]:
                    lists[index] = paths[index]
                if item.files and not any(map(attachment, item.files)):
                    unused["file"] += 1
                if notes:
                    doubtful[group] = notes
            if isinstance(item, PaperRecord | ConferenceNote):
                bare.discard(index)
            if held is not None:
                held.append(item)
                room -= _size(item)
                if room < 0:
                    room += sum(map(_size, held))
                    held = None
        members.append(array("L") if refusal else of_source)
        refused.append(refusal)
        kept.append(source if held is None else _again(held))
    records = sum(map(len, members))
    apart = pages.settle(groups, doubtful)
    doubtful = {group: notes for group, notes in doubtful.items() if groups.root(group) not in groups.notes}
    return Sources(
        tuple(kept),
        tuple(refused),
        groups,
        tuple(members),
        doubtful,
        records,
        frozenset(bare),
        dict(unused),
        lists,
        apart,
        frozenset(known.path for known in gone),
        frozenset(groups.root(g) for i, of in enumerate(members) if i not in again for g in of),
    )


def plan_import(seen: Sources, existing: Iterable[Known], target: Target) -> Iterator[Action]:
    """What to do, in the order of the sources; `existing` are the notes that the survey was given.

    Problems and skipped pieces of the sources come along where they stand.
    """
    return _ImportPlanner(seen, existing, target).actions()


def known_papers(seen: Sources) -> frozenset[str]:
    """The notes that are there of which the sources have a record: all that an import may complete."""
    groups = seen.groups
    roots = {groups.root(group) for members in seen.members for group in members}
    return frozenset(groups.notes[root].path for root in roots if root in groups.notes) - seen.gone


class _ImportPlanner:
    """The second pass."""

    def __init__(self, seen: Sources, existing: Iterable[Known], target: Target) -> None:
        self.seen = seen
        self.target = target
        self.by_name: dict[str, Known] = {}
        self.conferences: dict[str, str] = {}
        self.links = NoteLinks(target.link_style)
        for known in existing:
            self.links.add(known.path)
            self.by_name.setdefault(name_key(known.stem), known)
            if known.kind == "conference":
                for title in known.titles:
                    self.conferences.setdefault(title_key(title), known.path)
        self.taken = set(self.by_name)
        self.paths: dict[int, str] = {}  # of the papers' notes, by group, of those so far
        self.awaited = Counter(seen.groups.root(g) for members in seen.members for g in members)
        self.waiting: dict[int, list[PaperRecord]] = {}

    def actions(self) -> Iterator[Action]:
        items: dict[str, list[tuple[PaperRecord, int]]] = {path: [] for path in self.seen.lists.values()}
        for index, (source, refusal, members) in enumerate(
            zip(self.seen.sources, self.seen.refused, self.seen.members, strict=True)
        ):
            of_list = items.get(self.seen.lists.get(index, ""))
            if refusal is not None:
                yield refusal
                continue
            following = iter(members)
            for item in source():
                match item:
                    case PaperRecord():
                        member = next(following)
                        if of_list is not None:
                            of_list.append((item, member))
                        yield from self._paper(item, member)
                    case ConferenceNote():
                        yield from self._conference(item, members)
                    case UnusableSource(problem):
                        yield problem  # the source has changed since the survey
                        break
                    case _:
                        yield item
        yield from (self._linked_list(path, of_list) for path, of_list in items.items())
        yield from filter(None, map(self._kept_apart, self.seen.apart))

    def _kept_apart(self, apart: Apart) -> Problem | None:
        """That two papers may be one; None where one of them makes no note."""
        roots = map(self.seen.groups.root, apart.groups)
        one, other = sorted(roots, key=lambda root: root in self.seen.groups.notes)  # the new one first
        path, there = self._path_of(one), self._path_of(other)
        if not path or not there:
            return None
        message = f"this may be the same paper as {there}: the titles are alike, and both are at {apart.page}"
        hint = "if they are one, let both say the same arxiv or doi, or the same title and first author"
        return Problem(path, 0, 0, RULE, f"{message}, but {apart.reason}", hint)

    def _linked_list(self, path: str, items: Iterable[tuple[PaperRecord, int]]) -> LinkItems:
        """The items of a list with what a link to the note of each names."""
        found = ((item, self.paths.get(self.seen.groups.root(member), "")) for item, member in items)
        listed = tuple(ListedNote(i.line, i.listed or "", to) for i, to in found if to)
        return LinkItems(path, listed, self.links)

    def _path_of(self, group: int) -> str:
        """The note of a group, there already or made by now; empty if it has none."""
        if (note := self.seen.groups.notes.get(group)) and note.path not in self.seen.gone:
            return note.path
        return self.paths.get(group, "")

    def _paper(self, paper: PaperRecord, member: int) -> Iterator[Action]:
        if notes := self.seen.doubtful.get(member):
            paths = " and ".join(note.path for note in notes)
            reason = f"both {paths} have this title; which is meant?"
            yield Problem(
                paths, 0, 0, RULE, f"“{paper.title}”: {reason}", "give one of them its arxiv or doi"
            )
            yield Skipped(place=paper.source, line=paper.line, reason=reason, text=paper.title)
            return
        if doubted := self.seen.groups.doubted(member, paper):
            paper = without_identifiers(paper, doubted)
            scheme, value = doubted[0]
            message = f"the {scheme} {value} is that of another paper, with other authors: left out here"
            hint = "give each its own, and import it again"
            yield Problem(paper.source, paper.line, 1, RULE, message, hint)
        group = self.seen.groups.root(member)
        papers = self.waiting.setdefault(group, [])
        papers.append(paper)
        if len(papers) < self.awaited[group]:
            return
        del self.waiting[group]
        sources = tuple(dict.fromkeys(p.source for p in papers if p.source))
        merged = merge(papers)
        if merged.files:
            files = tuple(dict.fromkeys(filter(None, map(self.target.attachment, merged.files))))
            merged = msgspec.structs.replace(merged, files=files)
        note = self.seen.groups.notes.get(group)
        if note is not None and note.path in self.seen.gone and group not in self.seen.asked:
            yield StaysAway(note.path)
        elif note is None or note.path in self.seen.gone:
            yield from self._new_note(merged, sources, group)
        elif note.closed:
            yield self._kept_off(merged, note)
        else:
            self.paths[group] = note.path
            yield from self._completion(merged, sources, note, again=group not in self.seen.asked)

    def _new_note(self, paper: PaperRecord, sources: tuple[str, ...], group: int) -> Iterator[Action]:
        wanted = safe_stem(paper.title)
        there = self.by_name.get(name_key(wanted))
        if there is not None and there.closed:
            yield self._kept_off(paper, there)
            return
        stem = numbered(wanted, self.taken)
        path = _joined(self.target.papers, stem)
        if stem != wanted:
            yield self._name_taken(path, wanted)
        self.taken.add(name_key(stem))
        self.paths[group] = path
        self.links.add(path)
        yield NewNote(path, note_text(paper, stem, sources, self.target.body, self.target.order))

    def _kept_off(self, paper: PaperRecord, note: Known) -> Skipped:
        """No second note of a paper whose note there is, only can't be read for now."""
        reason = f"{note.path} may be its note, and can't be read (`vaultsync fix --check` says why)"
        return Skipped(place=paper.source, line=paper.line, reason=reason, text=paper.title)

    def _completion(
        self, paper: PaperRecord, sources: tuple[str, ...], note: Known, *, again: bool
    ) -> Iterator[Action]:
        every = tuple(dict.fromkeys((*note.sources, *sources)))
        stated = properties_of(paper, every)
        if is_stub_title(paper.title):
            del stated["title"]
        lacking = {
            key: value
            for key, value in stated.items()
            if key not in _UNCOMPLETED
            and (key not in note.filled or (key == "source" and every != note.sources))
        }
        if "authors" in note.filled:
            lacking.pop("author_count", None)
        known = (*note.citekeys, lacking.get("citekey"))
        further = [f"@{key}" for key in citation_keys(paper) if key not in known]
        if further:
            lacking["aliases"] = [*further]
        is_stub = not note.titles and "title" in lacking
        body = self.target.body(paper) if is_stub else ""
        refresh = _refreshed(paper, stated, sources, note)
        renamed = self._renamed(note, paper.title) if is_stub else ""
        if lacking or refresh:
            yield Complete(note.path, lacking, body, refresh, renamed, again)
        else:
            yield Unchanged(note.path)

    def _renamed(self, note: Known, title: str) -> str:
        """The path of a stub's note by its title, if the file is still called by its identifier."""
        if note.stem not in {safe_stem(stub_title(scheme, value)) for scheme, value in note.ids}:
            return ""
        stem = numbered(safe_stem(title), self.taken)
        self.taken.add(name_key(stem))
        return _joined(note.path.rpartition("/")[0], stem)

    def _conference(self, note: ConferenceNote, members: Sequence[int]) -> Iterator[Action]:
        wanted = safe_stem(note.title)
        if there := self.conferences.get(title_key(note.title)):
            yield Unchanged(there, note.text)  # notes that are there may have grown since
            return
        stem = numbered(wanted, self.taken)
        path = _joined(self.target.conferences, stem)
        if stem != wanted:
            yield self._name_taken(path, wanted)
        self.taken.add(name_key(stem))
        self.conferences[title_key(note.title)] = path
        self.links.add(path)
        yield NewNote(path, self._with_links(path, note, members), "conference")

    def _with_links(self, path: str, note: ConferenceNote, members: Sequence[int]) -> str:
        """The note's text with a link where a talk has a note of its own; `members` are the talks' groups."""
        parts: list[str] = []
        done = 0
        for offset, index in note.links:
            paper = self.paths.get(self.seen.groups.root(members[index]), "")
            if paper and (link := self.links.written(path, paper, "Paper")) is not None:
                parts += (note.text[done:offset], link)
                parts.append("\n" if note.text[offset : offset + 1] in ("", "\n", "#") else " · ")
                done = offset
        return "".join((*parts, note.text[done:]))

    def _name_taken(self, path: str, wanted: str) -> Problem:
        there = self.by_name.get(name_key(wanted))
        what = (
            f"{there.path} is another note of this name"
            if there
            else f"two new notes want the name “{wanted}”"
        )
        return Problem(
            path, 0, 0, RULE, what, "this one has a number; a link by the bare title may be ambiguous"
        )


def _refreshed(
    paper: PaperRecord, stated: dict[str, Value], sources: tuple[str, ...], note: Known
) -> dict[str, Value]:
    """What the source says otherwise than the note: all if it is the only one, else the publication."""
    had = dict(note.values)
    if note.sources and set(note.sources) <= set(sources):
        keys: Iterable[str] = REFRESHED
    elif is_preprint(had.get("venue"), had.get("doi")) and not is_preprint(paper.venue, paper.doi):
        keys = PUBLISHED
    else:
        return {}
    return {
        key: stated[key] for key in keys if key in stated and key in had and had[key] != shown(stated[key])
    }


def _joined(folder: str, stem: str) -> str:
    return f"{folder.strip('/')}/{stem}.md".lstrip("/")


def _again(items: list[Item]) -> Source:
    return lambda: items


def _size(item: Item) -> int:
    match item:
        case PaperRecord():
            return 500 + len(item.abstract or "") + sum(len(text) for _, text in item.summary)
        case ConferenceNote() | Skipped():
            return 500 + len(item.text)
        case _:
            return 500
