"""The vault as values: file names, the catalogue of papers, and what each conference note says of them.

Notes are put in and dropped one by one. The index remembers which readings a change made stale, and `refresh`
brings only those up to date and tells which notes may need other links or blocks than before.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence

from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem
from vaultsync.core.links.block_memory import BlockMemory, FormerLines
from vaultsync.core.links.cached_facts import Facts, FreshReading, Gist, KeptReading, OpenedReading, keep
from vaultsync.core.links.decisions import EVERYWHERE, Decisions
from vaultsync.core.links.gists import gists_of
from vaultsync.core.links.habits import DateHabits, OrderHabits
from vaultsync.core.links.in_step import Steps
from vaultsync.core.links.mention_reader import get_ready, read_mentions, reading_in_steps
from vaultsync.core.links.mentions import Mention, Reading
from vaultsync.core.links.obsidian_links import FileNames
from vaultsync.core.links.old_names import OldNames, names_read_by_base
from vaultsync.core.links.plain_lists import PlainLists
from vaultsync.core.links.renames import Former
from vaultsync.core.links.said import Said, SaidOf
from vaultsync.core.note import Note
from vaultsync.core.papers.catalogue import Catalogue
from vaultsync.core.papers.commonness import Pair, code_of, codes_in
from vaultsync.core.papers.paper import Paper, known_otherwise, only_tells_otherwise, words_of_names
from vaultsync.core.papers.stop_words import STOP_WORDS
from vaultsync.core.text.vocabulary import Phrases

MANY_PAPERS = 200
"""Changed papers above which all conference notes are read again instead of searched for each name."""

MANY_READINGS = 50
"""Stale readings from which on it pays to count at once how common all names are."""

Load = Callable[[str], Note | None]
"""Gives the note at a path as it is now, or `None` if there is none (any more)."""


class Index:
    """What the linked rules know of the vault. One thread owns it.

    `load` is asked for a conference note whose reading has become stale, `former_lines` for the lines that
    earlier runs left in a block; `blocks` knows whose each line is. `former` is set where files were renamed
    or deleted since the last run. `waiting` are the notes that can't be read as what they are for now.
    """

    def __init__(
        self,
        config: Config,
        load: Load,
        *,
        decisions: Decisions | None = None,
        former_lines: FormerLines = lambda _path: None,
    ) -> None:
        self.config = config
        self.decisions = decisions if decisions is not None else Decisions()
        self.files = FileNames()
        self.catalogue = Catalogue()
        self.old_names = OldNames()
        self.date_habits = DateHabits()
        self.order_habits = OrderHabits()
        self.plain_lists = PlainLists()
        self.former: Former | None = None
        self._former_lines = former_lines
        self.blocks = BlockMemory(self._own_lines)
        self._with_blocks: set[str] = set()
        self._timelines: set[str] = set()
        self.waiting: set[str] = set()
        self._conferences_changed = False
        self._load = load
        self._stop_words = STOP_WORDS | {w.casefold() for w in config.links.stop_words}
        self._readings: dict[str, KeptReading | None] = {}
        self._sources: dict[str, list[str]] = {}  # each sorted
        self._stale: dict[str, Note | None] = {}
        self._changed: list[tuple[Paper, int]] = []
        self._touched: set[str] = set()
        self._opened: dict[str, OpenedReading] = {}
        self._said: dict[str, Said] = {}  # by the notes that were read since `let_go`

    def read_notes(self) -> list[str]:
        """The paths of the conference notes of which there is a reading, sorted."""
        return sorted(path for path, kept in self._readings.items() if kept is not None)

    def readings(self) -> Iterator[tuple[str, Reading]]:
        """The conference notes with what they say of papers, in the order of their paths."""
        for path in sorted(self._readings):
            if (reading := self.reading_at(path)) is not None:
                yield path, reading

    def reading_at(self, path: str) -> Reading | None:
        """What the conference note at `path` said of papers when it was last read; `None` if it wasn't."""
        kept = self._readings.get(path)
        return kept.opened() if kept is not None else None

    def said_by(self, path: str) -> bytes:
        """What tells this note's reading from any other one of it."""
        kept = self._readings.get(path)
        return kept.data if kept is not None else b""

    def add_files(self, paths: Iterable[str]) -> None:
        """Make files known that links can lead to, notes or not."""
        for path in paths:
            self.files.add(path)

    def decide(self, decisions: Decisions) -> None:
        """Take over new decisions; the notes they name are read, or looked at, again."""
        known = self.decisions
        changed = (decisions.accepted ^ known.accepted) | (decisions.denied ^ known.denied)
        left_alone = (decisions.contested ^ known.contested) | (decisions.undone ^ known.undone)
        left_alone_in = {fault.note for fault in left_alone}
        self._touched.update(path for path in left_alone_in if path in self.files)
        if EVERYWHERE in left_alone_in:
            self._touched.update(path for path in self.files if path.endswith(".md"))
        self.decisions = decisions
        for decision in changed:
            if decision.note in self._readings:
                self._stale.setdefault(decision.note, None)

    def restore(self, path: str, facts: Facts) -> None:
        """Put in what an earlier run knew of an unchanged note."""
        self.files.add(path)
        if facts.paper is not None:
            self.catalogue.add(facts.paper)
        if facts.reading is not None and path not in self._readings:
            self._readings[path] = facts.reading
            self._add_source(path, facts.reading.papers)
        if facts.lines is not None:
            self.blocks.keep(path, facts.lines)
        if facts.has_blocks:
            self._with_blocks.add(path)
        if facts.reads or facts.uses:
            self.old_names.put(path, facts.reads, facts.uses)
        if facts.dates:
            self.date_habits.put(path, facts.dates)
        if facts.order:
            self.order_habits.put(path, facts.order)
        if facts.has_timeline:
            self._timelines.add(path)
        if facts.waits:
            self.waiting.add(path)

    def facts(self, path: str, *, at_rest: bool, problems: tuple[Problem, ...]) -> Facts:
        """What a later run can `restore`."""
        return Facts(
            at_rest,
            self.catalogue.get(path),
            self._readings.get(path),
            problems,
            self.blocks.kept(path),
            path in self._with_blocks,
            *self.old_names.of(path),
            path in self._timelines,
            self.date_habits.of(path),
            self.order_habits.of(path),
            path in self.waiting,
        )

    def only_knows_gist(self, path: str) -> bool:
        """Whether the facts of the note at `path` are those of its gist (`facts_of`)."""
        return self._readings.get(path) is None and self.blocks.kept(path) is None

    def put(self, note: Note) -> None:
        """Put a note in, in place of what was known of its path."""
        self.learn(note.path, self.gist(note))
        if note.path in self._stale:
            self._stale[note.path] = note

    def gist(self, note: Note) -> Gist:
        """What `learn` has to know of a note: it follows from the note and the configuration alone."""
        return self.gists((note,))[0]

    def gists(self, notes: Sequence[Note]) -> list[Gist]:
        """The same of many notes, which takes less than of one by one."""
        return gists_of(notes, self.config, self._stop_words)

    def learn(self, path: str, gist: Gist) -> None:
        """Put in what a note says of itself, in place of what was known of its path."""
        if path not in self.files:
            self.files.add(path)
            self._look_at_namesakes(path)
        if gist.paper is not None:
            self._put_paper(gist.paper)
        else:
            self._drop_paper(path)
        self._touched |= self.old_names.put(path, gist.reads, gist.uses)
        self._touched |= self.date_habits.put(path, gist.dates) | self.order_habits.put(path, gist.order)
        self.plain_lists.put(path, gist.plain_list)
        (self._with_blocks.add if gist.has_blocks else self._with_blocks.discard)(path)
        (self._timelines.add if gist.has_timeline else self._timelines.discard)(path)
        self._wait(path, waits=gist.waits)
        if gist.is_conference:
            self._readings.setdefault(path, None)
            self._stale[path] = None
        else:
            self._drop_reading(path)

    def _wait(self, path: str, *, waits: bool) -> None:
        if waits:
            self.waiting.add(path)
        elif path in self.waiting:
            self.waiting.remove(path)
            self._touched |= self._with_blocks  # any of these lists may have kept what it said of the note

    def read_base(self, path: str, text: str) -> None:
        """Take over what a base reads, in place of what it read before."""
        self._touched |= self.old_names.put(path, names_read_by_base(text), ())

    def drop(self, path: str, *, waits: bool = False) -> None:
        """Forget the note at `path`; it `waits` if there still is one that can't be read for now."""
        self.files.remove(path)
        self._look_at_namesakes(path)
        self.blocks.keep(path, None)
        self._with_blocks.discard(path)
        self._touched |= self.old_names.put(path, (), ())
        self._touched |= self.date_habits.put(path, ()) | self.order_habits.put(path, ())
        self._timelines.discard(path)
        self.plain_lists.put(path, b"")
        self._wait(path, waits=waits)
        self._drop_paper(path)
        self._drop_reading(path)

    def reading(self, note: Note) -> Reading:
        """What `note`, with the text that it has now, says of papers."""
        known = self._readings.get(note.path)
        if known is not None and note.path not in self._stale:
            return self._open(note.path, known).reading
        return self._read(note)

    def lists_conferences(self, path: str) -> bool:
        """Whether the note has a list of all conferences, for which all of them have to be read."""
        return path in self._timelines

    def is_bound(self, path: str) -> bool:
        """Whether the rules that look at other notes can have anything to say of this one.

        That is a conference note, a paper that is mentioned, a note with a block or with places that rules
        keep off, and any note while links to renamed or deleted ones are followed.
        """
        bound = path in self._readings or path in self._with_blocks or bool(self._sources.get(path))
        return bound or self.former is not None or self.decisions.are_named_in(path)

    def sources(self, paper: str) -> list[tuple[str, Reading, list[Mention]]]:
        """The notes that mention the paper: path, reading, and the mentions of this paper in their order."""
        found = []
        for path in self._sources.get(paper, ()):
            kept = self._readings[path]
            if kept is not None:
                reading = self._open(path, kept).reading
                found.append((path, reading, [m for m in reading.mentions if m.paper == paper]))
        return found

    def said_of(self, paper: str) -> Iterator[tuple[str, SaidOf]]:
        """The notes that mention the paper, and what its list shows of each."""
        for path in self._sources.get(paper, ()):
            kept = self._readings[path]
            if kept is None:
                continue
            if (said := self._said.get(path)) is not None:
                yield path, said.of(bisect_left(kept.papers, paper))
            else:
                yield path, self._open(path, kept).said[paper]

    def let_go(self) -> None:
        """Forget what is at hand only while a plan is made."""
        self._opened.clear()
        self._said.clear()
        self.plain_lists.clear()

    def linked_with(self, path: str) -> set[str]:
        """The notes that mention the one at `path`, and those that it mentions."""
        reading = self._readings.get(path)
        return {*self._sources.get(path, ()), *(reading.papers if reading is not None else ())}

    def prepare(self) -> None:
        """Do now what the first note that is read would wait for."""
        get_ready(self.catalogue, self.config)

    def _open(self, path: str, kept: KeptReading) -> OpenedReading:
        """The reading as a value; it stays one until `refresh`, since many papers ask in turn."""
        opened = self._opened.get(path)
        if opened is None or opened.kept is not kept:
            opened = self._opened[path] = OpenedReading(kept, kept.opened())
        return opened

    def stale(self) -> list[str]:
        """The conference notes that have to be read again before `refresh` can tell what changed."""
        self._spread()
        if len(self._stale) >= MANY_READINGS:
            self.catalogue.prepare()
        return sorted(self._stale)

    def read(self, note: Note) -> Steps[FreshReading]:
        """Read a stale note anew; another process, or a later run, can `adopt` the result.

        The reading stays at hand for the note's own rules, until `close`.
        """
        reading = yield from reading_in_steps(note, self.catalogue, self.files, self.config, self.decisions)
        yield
        fresh = keep(reading)
        self.adopt(note.path, fresh)
        self._opened[note.path] = OpenedReading(fresh.kept, reading)
        return fresh

    def close(self, path: str) -> None:
        """The rules are done with a note that was read: the next one has others."""
        self._opened.pop(path, None)

    def adopt(self, path: str, fresh: FreshReading) -> None:
        """Take over the reading of a stale note that was made elsewhere, by `read`."""
        self._stale.pop(path, None)
        self._set_reading(path, fresh)

    def refresh(self, load: Load | None = None) -> set[str]:
        """Bring stale readings up to date; give the notes whose linked rules may now come out differently.

        `load`, if given, gives the notes as they are planned, in place of those on disk.
        """
        load = load or self._load
        self._opened.clear()
        self._spread()
        while self._stale:
            path, note = self._stale.popitem()
            note = note if note is not None else load(path)
            if note is None or path in self.waiting or not self.config.mentions_papers(note.kind):
                self._drop_reading(path)
                continue
            self._set_reading(path, keep(self._read(note)))
        if self._conferences_changed:
            self._touched |= self._timelines
        self._conferences_changed = False
        touched, self._touched = self._touched, set()
        return touched

    def _own_lines(self, path: str) -> Callable[[str], bool] | None:
        """What earlier runs wrote into the blocks of the note at `path`, by the name that it had, too."""
        names = (path, self.former.path(path)) if self.former is not None else (path,)
        tests = [test for name in dict.fromkeys(names) if (test := self._former_lines(name)) is not None]
        return (lambda line: any(test(line) for test in tests)) if tests else None

    def _read(self, note: Note) -> Reading:
        return read_mentions(note, self.catalogue, self.files, self.config, self.decisions)

    def _look_at_namesakes(self, path: str) -> None:
        """A file came or went: links to others of its name may lead elsewhere, and be written otherwise."""
        self._conferences_changed = True
        for other in self.files.sharing_name(path):
            if other != path:
                if (reading := self._readings.get(other)) is not None:
                    self._touched.update(reading.papers)
                self._stale.update(
                    {source: self._stale.get(source) for source in self._sources.get(other, ())}
                )

    def _put_paper(self, paper: Paper) -> None:
        known = self.catalogue.get(paper.path)
        if known != paper:
            self.catalogue.add(paper)
            self._changed += [(paper, 1)] if known is None else [(known, -1), (paper, 1)]
            self._touched.add(paper.path)
            if known is None or not only_tells_otherwise(known, paper):
                self._conferences_changed = True  # a timeline shows its title
                self._touched.update(self._sources.get(paper.path, ()))  # their lists show its title

    def _drop_paper(self, path: str) -> None:
        known = self.catalogue.get(path)
        if known is not None:
            self.catalogue.remove(path)
            self._changed.append((known, -1))

    def _spread(self) -> None:
        """Make stale what may read differently now that papers go by other names."""
        changed, self._changed = self._changed, []
        if len(changed) > MANY_PAPERS:
            self._stale.update({path: self._stale.get(path) for path in self._readings})
            return
        if not changed:
            return
        # To look for the names of a paper of which only the abstract was edited took 25 ms of its save, and
        # notes by the hundred were read again that have a word of its identifiers.
        papers = known_otherwise(changed)
        paths = {paper.path for paper in papers}
        counted = self.catalogue.counted_anew(changed)
        pairs = {code_of(pair): pair for pair in counted}
        names = Phrases(words for paper in papers for words in words_of_names(paper))
        in_doubt: dict[str, set[Pair]] = {}
        for path, reading in self._readings.items():
            if path in self._stale or reading is None:
                continue
            if not paths.isdisjoint(reading.papers) or names.any_in(reading.words):
                self._stale[path] = None
            elif doubts := pairs.keys() & codes_in(reading.doubts):
                in_doubt[path] = {pairs[code] for code in doubts}
        turned = self.catalogue.turned(counted, set().union(*in_doubt.values()))
        self._stale.update((path, None) for path, doubts in in_doubt.items() if not turned.isdisjoint(doubts))

    def _set_reading(self, path: str, fresh: FreshReading) -> None:
        known, reading = self._readings.get(path), fresh.kept
        self._said[path] = fresh.said
        before = known.shown() if known is not None else set()
        self._touched.update(paper for paper, _ in before ^ reading.shown())
        if known is None or known.papers != reading.papers:
            self._remove_source(path, known.papers if known is not None else ())
            self._add_source(path, reading.papers)
        if known != reading:
            self._touched.add(path)
            self._conferences_changed = True
        self._readings[path] = reading

    def _drop_reading(self, path: str) -> None:
        known = self._readings.pop(path, None)
        self._stale.pop(path, None)
        self._said.pop(path, None)
        if known is not None:
            self._remove_source(path, known.papers)
            self._touched.update(known.papers)
            self._conferences_changed = True

    def _add_source(self, path: str, papers: Iterable[str]) -> None:
        for paper in papers:  # in its place: to sort 15,000 notes with each one that came took 2.3 s
            insort(self._sources.setdefault(paper, []), path)

    def _remove_source(self, path: str, papers: Iterable[str]) -> None:
        for paper in papers:
            sources = self._sources[paper]
            del sources[bisect_left(sources, path)]
