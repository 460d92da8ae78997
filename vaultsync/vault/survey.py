"""The vault as it was last seen: its files, the index made of its notes, and what is wrong with each of them.

It stands between the disk and the plan. What an earlier run found is taken from the cache for every note that
hasn't changed since; when nothing has changed at all, not even the index is needed.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import PurePosixPath
from sys import intern

from vaultsync.core.errors import Problem, problems_by_path
from vaultsync.core.links.block_memory import FormerLines
from vaultsync.core.links.cached_facts import Summary, decode_facts, decode_summary, encode
from vaultsync.core.links.decisions import Decisions
from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, digest_of, note_of, read_note
from vaultsync.core.plan.change import Plan
from vaultsync.core.plan.planner import MANY
from vaultsync.core.plan.progress import Progress, ticking
from vaultsync.files.debris import is_debris
from vaultsync.files.disk import Disk, FileInfo
from vaultsync.files.scan import Scan
from vaultsync.vault.base_files import BaseFiles
from vaultsync.vault.cache import Cache, CacheEntry, Differences, Snapshot, changed_bytes
from vaultsync.vault.come_and_gone import ComeAndGone
from vaultsync.vault.first_look import UNREAD, Check, Look, PackedFacts, Tell, as_told, first_looks, untold
from vaultsync.vault.open import Vault
from vaultsync.vault.parallel import Meanwhile, nothing
from vaultsync.vault.read_again import read_again


class Survey:
    """What is known of a vault's notes: `files` are on the disk, `unreadable` those that are no notes.

    `cache` is what outlives the process, if anything does. Notes that were read stay in memory until `save`,
    but for those of the first look at a large vault. `at_rest` are the problems of notes that, as they are on
    the disk, their own rules leave alone.
    """

    def __init__(
        self,
        vault: Vault,
        decisions: Decisions,
        disk: Disk,
        cache: Cache | None,
        former_lines: FormerLines,
        progress: Progress,
    ) -> None:
        self.vault = vault
        self._disk = disk
        self._cache = cache
        self._progress = progress
        self.files: dict[str, FileInfo] = {}
        self.unreadable: dict[str, Problem] = {}
        self._of_names: dict[str, Problem] = {}  # of notes that can be read all the same
        self.leftovers: tuple[str, ...] = ()
        self.at_rest: dict[str, list[Problem]] = {}
        self.index = Index(vault.config, self.note, decisions=decisions, former_lines=former_lines)
        self._found: dict[str, tuple[Problem, ...]] = {}
        self._restless: set[str] = set()
        self._entries: dict[str, CacheEntry] = {}
        self.unsaved: set[str] = set()  # of which something is new since the last `save`
        self.moves = ComeAndGone()
        self._notes: dict[str, Note] = {}
        self._kinds: dict[str, tuple[str, bool]] = {}  # of the notes that were read since the last `save`
        self._other_files: tuple[str, ...] = ()
        self._bases = BaseFiles(disk)
        self._packed = PackedFacts()
        self._indexed = self._fresh = False
        self._summary: Summary | None = None  # as the cache has it
        self._fingerprint = ""

    def scan(
        self,
        *,
        whole: bool = False,
        is_busy: Callable[[str], bool] = lambda path: False,
        check: Check = lambda note, gist: None,
        tell: Tell = untold,
        meanwhile: Meanwhile = nothing,
    ) -> set[str]:
        """Look at the whole vault; gives the notes to plan: those that changed, and those not at rest.

        When nothing has changed the index is left empty, unless it is asked for by `whole`. A changed note
        that somebody is still at work on (`is_busy`) is taken as it was, if the cache knows it. What `check`
        says of a note is in `at_rest` after, where many were read: then only this stays of each of them, and
        `tell` gets to know at once what of it stands. `meanwhile` is done while other processes read them.
        """
        began = time.time_ns()
        summary, changed = self._compared(began)
        tell(map(as_told, (*self.unreadable.values(), *self._of_names.values())))
        self._fresh = summary is None
        same_others = summary is not None and summary.others == self._others()
        no_more = self.index.waiting - self._entries.keys() - self.files.keys() - self.unreadable.keys()
        news = changed.read or changed.gone or no_more or not same_others
        if summary is not None and not (news or summary.restless or whole):
            self._found = problems_by_path(summary.problems)
            return set()
        anew, notes = set(changed.read), set(self.files)
        infos = (info if path in anew else self._entries[path].info for path, info in self.files.items())
        self.files = {info.path: info for info in infos}  # one value, and one path, for both
        unknown = self._restore()
        for path in (*changed.gone, *no_more):
            self._forget(path, stays=path in self.unreadable)
        self.moves.look_for_all(self.files)
        unknown &= notes
        todo = sorted(unknown | {path for path in changed.read if not is_busy(path)})
        if len(todo) < MANY:
            for path, data in self._disk.read_many(todo):
                self._put(path, data, began)
        else:
            looks = first_looks(self._disk, todo, self.index, check, meanwhile)
            self._put_many(looks, len(todo), began, tell)
        # What a base read that is another one now, nobody knows any more.
        reread = set[str]() if same_others else self.index.old_names.users()
        return set(todo) | ((self._restless | reread) & notes)

    def glance(self) -> bytes | None:
        """What `standing` gives, if no note has changed; none is parsed."""
        _, changed = self._compared(time.time_ns())
        return None if changed.read or changed.gone else self.standing()

    def standing(self) -> bytes | None:
        """A digest of all notes and of the other files' names; `None` if the cache lacks any as it is now."""
        if self.unsaved or self.moves.gone or not self._entries:
            return None
        digest = blake2b(self._others(), digest_size=16)
        for path in sorted(self._entries):
            digest.update(path.encode() + b"\0" + self._entries[path].digest)
        return digest.digest()

    def _compared(self, began: int) -> tuple[Summary | None, Differences]:
        """What stands in the vault, and how it differs from what the cache knows."""
        self._progress("looking for notes", 0, 0)
        scan = self._scanned()
        self.files, self.unreadable = scan.notes, scan.no_notes
        self._bases.read(scan.others)
        summary = self._recall()
        return summary, changed_bytes(self._disk, self._cache, self._entries, scan.notes, began)

    def _scanned(self) -> Scan:
        """What stands in the vault now."""
        config = self.vault.config
        scan = self._disk.scan(config.ignored if config.vault.ignore else None)
        self.leftovers, self._other_files, self._of_names = scan.leftovers, scan.others, scan.of_names
        return scan

    def recall(self, path: str) -> bool:
        """Let the index know of this note alone what the last run found that it says of papers.

        Only after a `glance` that found no note changed, and left the index empty. Gives whether it is known.
        """
        entry = self._entries.get(path)
        data = self._cache.facts_of(entry) if self._cache is not None and entry is not None else None
        facts = decode_facts(data, intern) if data is not None else None
        if facts is None or facts.reading is None:
            return False
        self.index.restore(path, facts)
        return True

    def look_again(self, paths: Iterable[str]) -> set[str]:
        """Read these files as they are now, new and deleted ones too; gives those that are notes.

        As in a look at the whole vault a conflict note is none, and an ignored file isn't seen.
        """
        if not self._indexed:
            self._restore()
        notes = set()
        for path in itertools.filterfalse(self.vault.config.ignored, paths):
            began, info = time.time_ns(), self._disk.info(path)
            if isinstance(info, Problem) and info.rule not in UNREAD:
                self._forget(path)
            elif path.lower().endswith(".md") and not is_debris(PurePosixPath(path).name):
                if not isinstance(info, Problem):  # else it may be there, in a folder that is shut
                    self.files[path] = info
                self._put(path, self._disk.read(path), began)
                notes.add(path)
            else:
                self.index.add_files((path,))
                for base, text in self._bases.read((path,)):
                    self.index.read_base(base, text)
        return notes

    @property
    def indexed(self) -> bool:
        """Whether the index is made, of all notes."""
        return self._indexed

    def changed_files(self) -> set[str]:
        """Look for files that are new, gone or other than when last looked at; of these it takes none over.

        Raises `VaultError` if the vault is gone.
        """
        began, before, scan = time.time_ns(), set(self._other_files), self._scanned()
        changed = changed_bytes(self._disk, self._cache, self._entries, scan.notes, began)
        others = before ^ set(scan.others)
        notes = {path: problem for path, problem in self.unreadable.items() if path in scan.notes}
        self.unreadable = scan.no_notes | notes
        return {path for path in changed.read if self.has_changed(path)}.union(changed.gone, others)

    def has_changed(self, path: str) -> bool:
        """Whether the file at `path` may be other than it was when last looked at or written.

        By its bytes, not its times: what the tool has written itself is none, nor is a file that was saved
        unchanged.
        """
        if PurePosixPath(path).suffix.lower() != ".md":
            return True
        data, entry = self._disk.read(path), self._entries.get(path)
        if entry is not None:
            return isinstance(data, Problem) or digest_of(data) != entry.digest
        return isinstance(data, bytes) or path in self.files

    @property
    def gone(self) -> frozenset[str]:
        """The notes that were known and are gone."""
        return frozenset(self.moves.gone) - self.files.keys()

    @property
    def may_miss_notes(self) -> bool:
        """Whether notes may be gone since the last run: some that were known are, or nothing was known."""
        return self._fresh or self.moves.some_are_gone

    @property
    def others(self) -> tuple[str, ...]:
        """The files that are no notes, conflict notes among them, as of the last look at the whole vault."""
        return self._other_files

    @property
    def restless(self) -> frozenset[str]:
        """The notes that were to be changed and weren't."""
        return frozenset(self._restless)

    def digests(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The digests of those of these notes that are known, as they were last read or written."""
        return {path: self._entries[path].digest for path in paths if path in self._entries}

    def note(self, path: str) -> Note | None:
        """The note at `path`; one that is not in memory is read, and counts as changed if it did."""
        note = self._notes.get(path)
        if note is None and path in self.files and path not in self.unreadable:
            began = time.time_ns()
            ((_, data),) = self._disk.read_many((path,))
            entry = self._entries.get(path)
            if isinstance(data, bytes) and entry is not None and entry.digest == digest_of(data):
                if (kind := self._kinds.get(path)) is not None:
                    note = Note(path, data.decode(), entry.digest, *kind)
                else:
                    note = note_of(path, data.decode(), self.vault.config, entry.digest)
                self._notes[path] = note
            else:
                self._put(path, data, began)
                self._restless.add(path)
                note = self._notes.get(path)
        return note

    def wrote(self, note: Note, info: FileInfo) -> None:
        """Take over a note that was just written; the index knows it from the plan."""
        self._notes[note.path] = note
        self.at_rest.pop(note.path, None)
        self.files[note.path] = info
        self._entries[note.path] = CacheEntry(info, note.digest, time.time_ns())
        self._kinds[note.path] = note.kind, note.is_declared
        self.index.blocks.settle(note.path)

    def unwritten(self, paths: Iterable[str]) -> None:
        """Take back what the plan put into the index for notes that then weren't written."""
        many = len(paths := list(paths)) >= MANY
        for path in paths:
            if (note := self.note(path)) is not None:
                self.index.put(note)
                self._restless.add(path)
                if many:
                    note.put_aside()

    def let_go(self, paths: Iterable[str]) -> None:
        """Keep these notes in memory no longer; `note` reads one again that is asked for."""
        for path in paths:
            self._notes.pop(path, None)

    def unsettled(self, paths: Iterable[str]) -> None:
        """Have the next run look at these notes again, though nothing is to be changed in them."""
        known = {path for path in paths if path in self.files}
        self._restless |= known
        self.unsaved |= known

    def planned(self, plan: Plan) -> None:
        """Remember what a plan found; the notes that it changes are at rest once they are written."""
        changed = {change.path for change in plan.changes}
        self._found = {path: of for path, of in self._found.items() if path not in plan.looked}
        self._found.update(problems_by_path(plan.problems))
        self._restless -= plan.looked
        self.unsaved |= plan.looked
        self.index.blocks.found(plan.lines)
        for path in plan.looked - changed:
            self.index.blocks.settle(path)

    @property
    def unread(self) -> bool:
        """Whether there are notes that can't be read now, and so may be any paper that a name could mean."""
        return any(problem.rule in UNREAD for problem in self.unreadable.values())

    def problems(self) -> list[Problem]:
        """All that is wrong in the vault, sorted by place."""
        unreadable = (as_told(problem) for problem in self.unreadable.values())
        of_notes = (problem for found in self._found.values() for problem in found)
        return sorted([*unreadable, *self._of_names.values(), *of_notes])

    def save(self, fingerprint: str = "", *, done: bool = True) -> None:
        """Write to the cache what changed since, and let go of the notes' texts.

        What a plan put into the index and nobody wrote is read again first, as it is on disk; the next run
        looks at the notes that this reaches. `fingerprint`: `Cache.store`; `done`: `ComeAndGone.settled`.
        """
        if self._indexed:
            read_again(self.index, self.note, self.digests, self.let_go, self._progress)
            self.unsettled(self.index.refresh())
        problems = sorted(problem for found in self._found.values() for problem in found)
        waiting = sorted(self.index.waiting - self._entries.keys())
        restless = tuple(sorted(self._restless))
        summary = Summary(self._others(), restless, tuple(problems), tuple(waiting))
        gone = self.moves.gone.keys() - self.unsaved
        names = self.moves.settled(done=done)
        same = (summary, fingerprint, names) == (self._summary, self._fingerprint, None)
        if self._cache is not None and not (same and not self.unsaved and not gone):
            new = [e for path in sorted(self.unsaved) if (e := self._entries.get(path)) is not None]
            tick = ticking(self._progress, "remembering", len(self.unsaved))
            facts = self._packed.remembered(self.index, self._entries, self._restless, self._found, tick)
            self._cache.store(new, facts, gone, encode(summary), fingerprint, names)
            self._summary, self._fingerprint = summary, fingerprint
        self._fresh = False
        for held in (self.unsaved, self._notes, self._kinds, self.at_rest, self._packed):
            held.clear()

    def _recall(self) -> Summary | None:
        snapshot = self._cache.load() if self._cache is not None else Snapshot({}, b"")
        summary = self._summary = decode_summary(snapshot.state)
        self._entries = dict(snapshot.entries) if summary is not None else {}
        self.index.waiting.update(summary.waiting if summary is not None else ())
        self.moves.recall(snapshot.names, snapshot.former)
        return summary

    def _restore(self) -> set[str]:
        """Make the index of what the cache knows; gives the notes of which it knows nothing."""
        self.index.add_files(self._other_files)
        unknown = set(self.files)
        facts = self._cache.facts(self._entries) if self._cache is not None and self._entries else ()
        tick = ticking(self._progress, "recalling", len(self._entries))
        for path, data in facts:
            tick()
            known = decode_facts(data, intern)
            unknown.discard(path)
            self.index.restore(path, known)
            if known.problems:
                self._found[path] = known.problems
            if not known.at_rest:
                self._restless.add(path)
        for path, text in self._bases:
            self.index.read_base(path, text)
        self._indexed = True
        return unknown

    def _put(self, path: str, data: bytes | Problem, began: int) -> None:
        note = data if isinstance(data, Problem) else read_note(path, data, self.vault.config)
        if isinstance(note, Problem):
            self._forget(path, stays=True)
            self.unreadable[path] = note
            return
        self.unreadable.pop(path, None)
        self._notes[path] = note
        self.at_rest.pop(path, None)
        self._read_as(path, note.digest, (note.kind, note.is_declared), began)
        self.index.put(note)

    def _put_many(self, found: Iterable[list[Look]], count: int, began: int, tell: Tell) -> None:
        """The same for many, by several processes: only what is worth keeping of a note comes here."""
        done = 0
        self._progress("reading", done, count)
        for looks in found:
            for look in looks:
                if look.problem is not None:
                    self._put(look.path, look.problem, began)
                    tell([as_told(look.problem)])
                    continue
                self.unreadable.pop(look.path, None)
                self._read_as(look.path, look.digest, look.kind, began)
                self.index.learn(look.path, look.gist())
                self._packed.put(look.path, look.digest, look.facts)
                if look.at_rest is not None:
                    self.at_rest[look.path] = look.at_rest
                    tell(look.standing())
            done += len(looks)
            self._progress("reading", done, count)

    def _read_as(self, path: str, digest: bytes, kind: tuple[str, bool], began: int) -> None:
        self.moves.read(path, digest, known=path in self._entries)
        self._entries[path] = CacheEntry(self.files[path], digest, began)
        self._kinds[path] = kind
        self.unsaved.add(path)

    def _forget(self, path: str, *, stays: bool = False) -> None:
        """Drop what is known of the note; `stays` if there is still a file, which links can lead to."""
        self._notes.pop(path, None)
        self.at_rest.pop(path, None)
        self._found.pop(path, None)
        if not stays:
            self.unreadable.pop(path, None)
            self._of_names.pop(path, None)
        self._restless.discard(path)
        self._bases.drop(path)
        if (entry := self._entries.pop(path, None)) is not None:
            self.moves.gone[path] = entry.digest
        self.index.drop(path, waits=stays)
        if stays:
            self.index.add_files((path,))
        else:
            self.files.pop(path, None)

    def _others(self) -> bytes:
        return self._bases.digest(self._other_files)
