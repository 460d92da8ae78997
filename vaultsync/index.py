"""The vault as values: file names, the catalogue of papers, and what each conference note says of them.

Notes are put in and dropped one by one. The index remembers which readings a change made stale, and `refresh`
brings only those up to date and tells which notes may need other links or blocks than before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from unicodedata import is_normalized

from vaultsync.blocks import Memory, line_digest, lines_of
from vaultsync.catalogue import Catalogue
from vaultsync.config import Config
from vaultsync.decisions import Decisions
from vaultsync.errors import Problem
from vaultsync.facts import Facts
from vaultsync.folding import fold_name, words_of
from vaultsync.links import FileNames
from vaultsync.mentions import Mention, Reading, read_mentions
from vaultsync.note import Note
from vaultsync.paper import Paper, paper_of
from vaultsync.renames import Former
from vaultsync.stopwords import STOP_WORDS
from vaultsync.vocabulary import has_any

CONFERENCE, PAPER = "conference", "paper"

MANY_PAPERS = 200
"""Changed papers above which all conference notes are read again instead of searched for each name."""

Load = Callable[[str], Note | None]
"""Gives the note at a path as it is now, or `None` if there is none (any more)."""


class Index:
    """What the linked rules know of the vault. One thread owns it.

    `load` is asked for a conference note whose reading has become stale; `memory` for a block's former lines.
    `former` is set where files were renamed or deleted since the last run.
    """

    def __init__(
        self,
        config: Config,
        load: Load,
        *,
        decisions: Decisions | None = None,
        memory: Memory = lambda _path: None,
    ) -> None:
        self.config = config
        self.decisions = decisions if decisions is not None else Decisions()
        self.files = FileNames()
        self.catalogue = Catalogue()
        self.former: Former | None = None
        self._memory = memory
        self._own_lines: dict[str, set[int]] = {}
        self._planned_lines: dict[str, set[int]] = {}
        self._load = load
        self._stop_words = STOP_WORDS | {w.casefold() for w in config.links.stop_words}
        self._readings: dict[str, Reading | None] = {}
        self._sources: dict[str, set[str]] = {}
        self._stale: dict[str, Note | None] = {}
        self._changed: list[Paper] = []
        self._touched: set[str] = set()
        self._by_paper: dict[str, tuple[Reading, dict[str, list[Mention]]]] = {}

    @property
    def readings(self) -> Mapping[str, Reading | None]:
        """The reading of each conference note; `None` where it is stale and was not yet made."""
        return self._readings

    def add_files(self, paths: Iterable[str]) -> None:
        """Make files known that links can lead to, notes or not."""
        for path in paths:
            self.files.add(path)

    def decide(self, decisions: Decisions) -> None:
        """Take over new decisions; the notes they name are read again."""
        changed = (decisions.accepted ^ self.decisions.accepted) | (decisions.denied ^ self.decisions.denied)
        self.decisions = decisions
        for decision in changed:
            if decision.note in self._readings:
                self._stale.setdefault(decision.note, None)

    def restore(self, path: str, facts: Facts) -> None:
        """Put in what an earlier run knew of an unchanged note."""
        self.files.add(path)
        if facts.paper is not None:
            self.catalogue.add(facts.paper)
        if facts.reading is not None:
            self._readings[path] = facts.reading
            for paper in facts.reading.papers:
                self._sources.setdefault(paper, set()).add(path)
        if facts.lines is not None:
            self._own_lines[path] = set(facts.lines)

    def facts(self, path: str, *, at_rest: bool, problems: tuple[Problem, ...]) -> Facts:
        """What a later run can `restore`."""
        lines = self._own_lines.get(path)
        return Facts(
            at_rest,
            self.catalogue.get(path),
            self._readings.get(path),
            problems,
            tuple(sorted(lines)) if lines else None,
        )

    def own_line(self, path: str, line: str) -> bool | None:
        """Whether a line in the blocks of a note is the tool's own; `None` if nobody remembers."""
        digest = line_digest(line)
        if digest in self._planned_lines.get(path, ()):
            return True
        own = self._own_lines.get(path)
        if own is not None and digest in own:
            return True
        # What an undo brought back is older than what the last plan wrote: git remembers that, too.
        former = self._memory(self.former.path(path) if self.former is not None else path)
        if former is not None:
            return former(line)
        return None if own is None else False

    def plan_lines(self, note: Note) -> None:
        """Remember the lines that a plan, which may yet be dropped, gave to the blocks of `note`."""
        self._planned_lines.setdefault(note.path, set()).update(map(line_digest, lines_of(note)))

    def keep_lines(self, note: Note) -> None:
        """Remember the lines of the blocks of a note that is at rest: all of them are the tool's."""
        self.keep_digests(note.path, digests_of(note))

    def keep_digests(self, path: str, digests: Collection[int] | None) -> None:
        """The same from the lines' digests, as `digests_of` gives them."""
        if digests is None:
            self._own_lines.pop(path, None)
        else:
            self._own_lines[path] = set(digests)

    def start_plan(self) -> None:
        """Forget what earlier plans would have written."""
        self._planned_lines.clear()

    def put(self, note: Note) -> None:
        """Put a note in, in place of what was known of its path."""
        if note.path not in self.files:
            self.files.add(note.path)
            self._look_at_namesakes(note.path)
        if note.kind == PAPER and not self.config.is_template(note.path):
            self._put_paper(paper_of(note, self._stop_words))
        else:
            self._drop_paper(note.path)
        if note.kind == CONFERENCE and not self.config.is_template(note.path):
            self._readings.setdefault(note.path, None)
            self._stale[note.path] = note
        else:
            self._drop_reading(note.path)

    def drop(self, path: str) -> None:
        """Forget the note at `path`."""
        self.files.remove(path)
        self._look_at_namesakes(path)
        self._own_lines.pop(path, None)
        self._drop_paper(path)
        self._drop_reading(path)

    def reading(self, note: Note) -> Reading:
        """What `note`, with the text that it has now, says of papers."""
        known = self._readings.get(note.path)
        if known is not None and note.path not in self._stale:
            return known
        return self._read(note)

    def sources(self, paper: str) -> list[tuple[str, Reading, list[Mention]]]:
        """The notes that mention the paper: path, reading, and the mentions of this paper in their order."""
        found = []
        for path in sorted(self._sources.get(paper, ())):
            reading = self._readings[path]
            if reading is not None:
                found.append((path, reading, self._mentions_in(path, reading).get(paper, [])))
        return found

    def _mentions_in(self, path: str, reading: Reading) -> Mapping[str, list[Mention]]:
        """The mentions of each paper in a reading; kept until `refresh`, since many papers ask in turn."""
        known = self._by_paper.get(path)
        if known is None or known[0] is not reading:
            grouped: dict[str, list[Mention]] = {}
            for mention in reading.mentions:
                grouped.setdefault(mention.paper, []).append(mention)
            known = self._by_paper[path] = reading, grouped
        return known[1]

    def stale(self) -> list[str]:
        """The conference notes that have to be read again before `refresh` can tell what changed."""
        self._spread()
        return sorted(self._stale)

    def adopt(self, path: str, reading: Reading) -> None:
        """Take over the reading of a stale note that was made elsewhere, by `reading`."""
        self._stale.pop(path, None)
        self._set_reading(path, reading)

    def refresh(self, load: Load | None = None) -> set[str]:
        """Bring stale readings up to date; give the notes whose linked rules may now come out differently.

        `load`, if given, gives the notes as they are planned, in place of those on disk.
        """
        load = load or self._load
        self._by_paper.clear()
        self._spread()
        while self._stale:
            path, note = self._stale.popitem()
            note = note if note is not None else load(path)
            if note is None or note.kind != CONFERENCE:
                self._drop_reading(path)
                continue
            self._set_reading(path, self._read(note))
        touched, self._touched = self._touched, set()
        return touched

    def _read(self, note: Note) -> Reading:
        return read_mentions(note, self.catalogue, self.files, self.config, self.decisions)

    def _look_at_namesakes(self, path: str) -> None:
        """A file came or went: links to others of its name may lead elsewhere, and be written otherwise."""
        for other in self.files.sharing_name(path):
            if other != path:
                if (reading := self._readings.get(other)) is not None:
                    self._touched |= reading.papers
                self._stale.update(
                    {source: self._stale.get(source) for source in self._sources.get(other, ())}
                )

    def _put_paper(self, paper: Paper) -> None:
        known = self.catalogue.get(paper.path)
        if known != paper:
            self.catalogue.add(paper)
            self._changed += [paper] if known is None else [known, paper]
            self._touched.add(paper.path)

    def _drop_paper(self, path: str) -> None:
        known = self.catalogue.get(path)
        if known is not None:
            self.catalogue.remove(path)
            self._changed.append(known)

    def _spread(self) -> None:
        """Make stale what may read differently now that papers go by other names."""
        changed, self._changed = self._changed, []
        if len(changed) > MANY_PAPERS:
            self._stale.update({path: self._stale.get(path) for path in self._readings})
            return
        if not changed:
            return
        paths = {paper.path for paper in changed}
        words = {word for paper in changed for word in _telling_words(paper)}
        for path, reading in self._readings.items():
            if path in self._stale or reading is None:
                continue
            if not paths.isdisjoint(reading.papers) or "" in words or has_any(reading.words, words):
                self._stale[path] = None

    def _set_reading(self, path: str, reading: Reading) -> None:
        known = self._readings.get(path)
        before = known.papers if known is not None else frozenset()
        for paper in before - reading.papers:
            self._sources[paper].discard(path)
        for paper in reading.papers - before:
            self._sources.setdefault(paper, set()).add(path)
        if known is None or _told(known) != _told(reading):
            self._touched |= before | reading.papers
        if known != reading:
            self._touched.add(path)
        self._readings[path] = reading

    def _drop_reading(self, path: str) -> None:
        known = self._readings.pop(path, None)
        self._stale.pop(path, None)
        if known is not None:
            for paper in known.papers:
                self._sources[paper].discard(path)
            self._touched |= known.papers


def digests_of(note: Note) -> list[int] | None:
    """The digests of the lines of the note's blocks, `None` where no line names a block."""
    return list(map(line_digest, lines_of(note))) if "vaultsync:" in note.text else None


def _told(reading: Reading) -> object:
    """What a paper's block shows of a reading."""
    return (
        reading.display,
        reading.date,
        [(s.path, s.title, s.day) for s in reading.sessions],
        [(m.paper, m.session, m.quote) for m in reading.mentions],
    )


def _telling_words(paper: Paper) -> Iterator[str]:
    """For each name of a paper a word without which a text can't mention it; for links its file's name."""
    file_name = paper.path.rpartition("/")[2].removesuffix(".md")
    yield max(words_of(fold_name(file_name)), key=len, default="")
    for name in (*(n.folded for n in paper.names), *paper.hints):
        yield max(words_of(name), key=len, default="")
    for _, value in paper.ids:
        words = re.findall(r"[^\W_]+", value.lower())
        yield max(words[:-1] or words, key=len, default="")  # the last one may go on: `13695v2`


_UNUSUAL = re.compile("[\uff01-\uff5e\u0130\u03c2]")


def may_have(text: str, words: set[str]) -> bool:
    """Whether a text may hold one of the folded words; where folding does more than lower case, it may."""
    if not text.isascii() and (_UNUSUAL.search(text) or not is_normalized("NFC", text)):
        return True
    lower = text.lower()
    return any(word in lower for word in words)
