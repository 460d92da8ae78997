"""What a cycle asks of earlier runs, as late as it can: a run over a vault in order never starts git for it.

It stands between the cycle and `runs`, and lives as long as the cycle does: what it learnt stays known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

import msgspec

from vaultsync.core.config.config import Config
from vaultsync.core.errors import GitError, Problem
from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.links.renames import Former, Vanished, former_vaults
from vaultsync.core.note import Note, note_of, read_note
from vaultsync.core.plan.change import Change
from vaultsync.core.text.folding import fold_name
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.files.disk import Disk
from vaultsync.git.sparse import may_be_sparse
from vaultsync.vault.naming_notes import naming, still_linked
from vaultsync.vault.survey import Survey

if TYPE_CHECKING:
    from vaultsync.git.repository import Git
    from vaultsync.runs.former_texts import History
    from vaultsync.runs.last_runs import LastRuns

AT_ONCE = 500
"""Notes of which git is asked at once what they were: to tell of all 15,000 conference notes of a first run
took longer than a git process may, and their texts were all in memory."""

TIMES = 50
"""Commits that deleted a note which is still meant, and are looked into: each costs three git processes."""

Answer = TypeVar("Answer")

Time = tuple[str, list[str], Collection[str] | None]
"""Notes that went at one time, as `History.vanished` tells of them."""


class Past:
    """What git remembers of the vault's earlier runs; `ask` says anew, for each cycle, where to ask."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._open: Callable[[], Git | None] | None = None
        self._needed = True
        self._history: History | None = None
        self._last_runs: LastRuns | None = None
        self._old_names: set[str] | None = None  # in decisions, as far as they were looked for
        self._went_ahead: tuple[frozenset[str], list[Time]] | None = None

    def ask(self, open_repository: Callable[[], Git | None] | None, *, needed: bool = True) -> None:
        """Ask this repository, once there is a question; `None`: nobody.

        A history that is not `needed` counts as none where it can't be read.
        """
        self._open, self._history, self._needed = open_repository, None, needed
        self._went_ahead = None

    @property
    def history(self) -> History | None:
        """The answers of git."""
        if self._open is not None:
            from vaultsync.runs.former_texts import History  # with all that speaks to git
            from vaultsync.runs.last_runs import LastRuns

            git = self._open()
            self._last_runs = self._last_runs if self._last_runs is not None else LastRuns()
            self._history = History(git, self._last_runs) if git is not None else None
            self._open = None  # not before: whoever asks after an error has to meet it, too
        return self._history

    def follow_ahead(self, files: Collection[str]) -> None:
        """Ask now which notes are gone, as `follow` will beside these files; it meets an error then, too."""
        with suppress(GitError):
            if self.history is not None:
                names = frozenset(files)
                self._went_ahead = names, list(self.history.vanished(names))

    def _went(self, history: History, files: Collection[str]) -> list[Time]:
        """The notes that are gone beside these files, by the commits that still have them."""
        ahead, self._went_ahead = self._went_ahead, None
        return ahead[1] if ahead is not None and ahead[0] == frozenset(files) else [*history.vanished(files)]

    def ask_ahead(self) -> None:
        """Ask now what a run has to know that links a note; one that meets an error then tells of it."""
        with suppress(GitError):
            if self.history is not None:
                self.history.ask_ahead()

    def former_lines(self, path: str) -> Callable[[str], bool] | None:
        """A test whether a line is one that a run left in the note's blocks; `None` if none wrote it."""
        own = self._answer(lambda history: history.own_lines(path), None)
        return (lambda line: self._answer(lambda _: own(line), otherwise=False)) if own is not None else None

    def outside_checkout(self, vault: Path) -> list[str]:
        """The vault's files that git keeps and a sparse checkout leaves out."""
        return self._answer(lambda history: history.outside_checkout(), []) if may_be_sparse(vault) else []

    def taken_out(self, changes: Sequence[Change], survey: Survey) -> list[Decision]:
        """The links among `changes` that an earlier run made and the person took out."""
        linking = [change for change in changes if "link-in-place" in change.rules]
        if not linking:
            return []
        from vaultsync.runs.taken_out import TakenOut  # which only a run needs that makes links

        def now(path: str) -> str:
            note = survey.note(path)
            return note.text if note is not None else ""

        changed, moved = survey.unsaved | survey.gone, survey.moves.renamed_before() | survey.moves.renamed()
        moved = {old: new for old, new in moved.items() if old not in survey.files}

        def found(history: History) -> list[Decision]:
            taken_out = TakenOut(history, survey.index, moved)
            parts = (linking[start : start + AT_ONCE] for start in range(0, len(linking), AT_ONCE))
            return [decision for part in parts for decision in taken_out.among(part, changed, now)]

        return self._answer(found, [])

    def _answer(self, question: Callable[[History], Answer], otherwise: Answer) -> Answer:
        """What git says to a question; `otherwise` if there is no history, or one that can be done without.

        Whether it can be read shows by the question itself: to ask for that first cost each save of a run
        without commits two git processes. A question that fails in a history that can be read is an error.
        """
        try:
            history = self.history
            return question(history) if history is not None else otherwise
        except GitError:
            if self._needed or (self._history is not None and self._history.is_readable):
                raise
            self._open = self._history = None
            return otherwise

    def follow(
        self, survey: Survey, config: Config, decisions: Decisions, todo: Collection[str]
    ) -> tuple[set[str], Decisions]:
        """Tell the index what became of notes that are gone since the last run.

        Also of those that went before, where a note of `todo` has a link to a name of theirs: it may have
        come back from somewhere. Gives the notes that may link to them, and the decisions as they are for the
        renamed notes.
        """
        index = survey.index
        index.former = None
        everywhere = self._has_old_names(decisions, survey.files) or survey.may_miss_notes
        lost = _Lost() if everywhere else _lost_links(survey, todo)
        if not everywhere and not lost.names:
            return set(), decisions
        moved = {old: new for old, new in survey.moves.renamed().items() if self._is_nowhere(old)}
        before = survey.moves.renamed_before()
        before = {old: new for old, new in before.items() if new in survey.files and old not in survey.files}
        times = self._answer(lambda history: self._went(history, survey.files), None) or []
        meant = decisions.named | self._linked(survey, lost, [*_deleted(times), *before])
        meant |= _left_in_folder(survey, before, todo)
        before = {old: new for old, new in before.items() if old in meant}
        vanished = self._answer(
            lambda history: list(self._vanished(history, survey, config, times, meant, lost)), None
        )
        if vanished is None:
            went = survey.gone | before.keys()
            if went:
                moved = before | moved
                gone = frozenset(path for path in survey.gone - moved.keys() if self._is_nowhere(path))
                files, origins = FileNames([*index.files, *went]), {new: old for old, new in moved.items()}
                index.former = Former(files, moved, gone, origins=origins)
            return naming(self._disk, survey.files, went), decisions.renamed(moved)
        index.former = self._former(vanished, moved, before, survey, config)
        if index.former is None:
            return set(), decisions
        names = index.former.renamed.keys() | index.former.gone
        may_link = set[str]() if lost.names else naming(self._disk, survey.files, names)
        return may_link, decisions.renamed(index.former.renamed)

    def _former(
        self,
        vanished: Sequence[Vanished],
        moved: Mapping[str, str],
        before: Mapping[str, str],
        survey: Survey,
        config: Config,
    ) -> Former | None:
        """What became of the notes that `vanished` for git, of those that only the cache saw, or both.

        Git lacks a name that was never committed, and knows no note again that has changed much since.
        """
        known = {note.path for time in vanished for note in time.notes}
        former = former_vaults(vanished, self._made, self._brought_back) if known else None
        by_git = former.renamed if former is not None else {}
        moved, before = ({old: new for old, new in of.items() if old not in by_git} for of in (moved, before))
        if not moved and not before:
            return former
        times = [
            msgspec.structs.replace(
                time, notes=[n for n in time.notes if n.path not in moved and n.path not in before]
            )
            for time in vanished
        ]
        times += _known_to_the_cache(moved, before, survey, config)
        return former_vaults(times, self._made, self._brought_back)

    def _made(self, path: str) -> Mapping[str, str]:
        return self._answer(lambda history: history.made(path), {})

    def _brought_back(self, path: str) -> frozenset[str]:
        return self._answer(lambda history: history.brought_back(path), frozenset())

    def _is_nowhere(self, path: str) -> bool:
        """Whether there is no such file: a note that is only ignored now is still there."""
        return isinstance(self._disk.info(path), Problem)

    def _linked(self, survey: Survey, lost: _Lost, paths: Collection[str]) -> set[str]:
        """Those of these paths, which are no notes now, that a link may mean: a lost one, or any."""
        if lost.names:
            return {path for path in paths if fold_name(PurePosixPath(path).stem) in lost.names}
        return still_linked(self._disk, survey.files, paths)

    def _has_old_names(self, decisions: Decisions, files: Collection[str]) -> bool:
        """Whether the decisions name notes that are not there, and of which they didn't speak before.

        A commit that was reverted by hand brings such names back, an edit of the file, or a merge.
        """
        gone = {path for path in decisions.named if path not in files}
        new = gone - self._old_names if self._old_names is not None else set[str]()
        self._old_names = gone
        return bool(new)

    def _vanished(
        self,
        history: History,
        survey: Survey,
        config: Config,
        times: Sequence[Time],
        meant: frozenset[str],
        lost: _Lost,
    ) -> Iterator[Vanished]:
        """The notes that are gone and that something may still mean: a link, or a decision.

        So a rename is followed whatever ran since, here or on another device, and by whichever note has not
        followed it yet; also the note's own, from whose folder links of its start.
        """
        if _deleted(times):
            meant = meant | self._moved_away(history, survey, lost.sources if lost.names else None)
        seen: set[str] = set()
        looked_into = 0
        for rev, paths, known in times:
            earlier = known is None
            left = [path for path in paths if path not in seen and (not earlier or path in meant)]
            seen.update(paths)
            if earlier and (not left or looked_into == TIMES):
                continue
            looked_into += earlier
            files = known if known is not None else history.files(rev)
            read = (read_note(path, data, config) for path, data in history.notes(rev, left).items())
            notes = [note for note in read if isinstance(note, Note) and self._is_nowhere(note.path)]
            newer = (survey.note(path) for path in sorted(survey.files.keys() - files)) if notes else ()
            yield Vanished(notes, files, [n for n in newer if n is not None], earlier=earlier)

    def _moved_away(self, history: History, survey: Survey, sources: Collection[str] | None) -> set[str]:
        """The names, in other folders, of notes with a link that started from there and leads nowhere now.

        `sources` are the notes that may have such a link; `None`: all.
        """
        if sources is None:
            read = self._disk.read_many(survey.files)
            sources = {path for path, data in read if isinstance(data, bytes) and _FROM_FOLDER.search(data)}
        found: set[str] = set()
        for path, names in history.earlier_names(sources).items() if sources else ():
            folder = PurePosixPath(path).parent
            moved = any(PurePosixPath(name).parent != folder for name in names)
            if moved and _lost_links(survey, (path,)).sources:
                found.update(names)
        return found


def _deleted(times: Iterable[Time]) -> list[str]:
    """The notes that went with a commit."""
    return [path for _, paths, known in times if known is None for path in paths]


def _known_to_the_cache(
    moved: Mapping[str, str], before: Mapping[str, str], survey: Survey, config: Config
) -> Iterator[Vanished]:
    """Notes that `moved` since the last run, and some that did `before`: each may have had several names."""
    known = (survey.files.keys() - survey.moves.came.keys()) | survey.gone
    for renamed, files in ((moved, known), *(({old: before[old]}, {old}) for old in reversed(list(before)))):
        notes = {old: note for old, new in renamed.items() if (note := survey.note(new)) is not None}
        if notes:
            then = [note_of(old, note.text, config, note.digest) for old, note in notes.items()]
            yield Vanished(then, files, list(notes.values()), earlier=files is not known)


def _left_in_folder(survey: Survey, moved: Mapping[str, str], todo: Collection[str]) -> set[str]:
    """The former names of notes that moved, of which a link that started there leads nowhere now."""
    sources = _lost_links(survey, {*moved.values()}.intersection(todo)).sources
    return {old for old, new in moved.items() if new in sources}


_FROM_FOLDER = late_pattern(rb"(?:\(|<|\[)\s*\.\.?/")
"""Begins the target of a link that starts from its note's folder."""


class _Lost(msgspec.Struct, frozen=True):
    """Links that lead nowhere: the folded `names` in them, and the `sources` from whose folder some start."""

    names: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


def _lost_links(survey: Survey, paths: Iterable[str]) -> _Lost:
    """The links in these notes that lead to no file."""
    files = survey.index.files
    links = [
        (path, link.target)
        for path in paths
        if (note := survey.note(path)) is not None
        for link in note.body.links
        if link.target and resolve(files, path, link.target) is None
    ]
    names = (fold_name(PurePosixPath(target).name.removesuffix(".md")) for _, target in links)
    sources = (path for path, target in links if target.startswith(("./", "../")))
    return _Lost(frozenset(names), frozenset(sources))
