"""The links that a run would make although the person took them out, as git remembers it.

A link that a run made and that is gone is not made again. The question is only asked of notes in which a run
is about to make links.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from vaultsync.core.links.decisions import Decision
from vaultsync.core.links.index import Index
from vaultsync.core.links.obsidian_links import resolve
from vaultsync.core.links.shown_links import (
    MadeLinks,
    MeantLink,
    ShownLink,
    linked,
    links_in,
    meant_by,
    standing,
    was_shown,
)
from vaultsync.core.plan.change import Change
from vaultsync.runs.former_texts import REMEMBERED, History
from vaultsync.runs.last_runs import Pair
from vaultsync.runs.lost_unseen import SEARCHED, Lost, lost_in_commits, lost_on_the_way

Texts = Callable[[str], str]
"""Gives the text of a note as it is now, empty if there is none."""


class TakenOut:
    """Asks a history which links the person took out, of those that are to be made in notes of an index.

    `moved` are the names that notes have by now, by former ones that no commit may know.
    """

    def __init__(self, history: History, index: Index, moved: Mapping[str, str]) -> None:
        self._history, self._index = history, index
        former = index.former
        self._moved = {**moved, **(former.renamed if former is not None else {})}
        self._names: dict[str, list[str]] = {}
        self._uncommitted: set[str] | None = None  # of all notes that changed
        for old, new in self._moved.items():
            self._names.setdefault(new, []).append(old)
        self._git, self._last_runs = history.git.history, history.last_runs

    def among(self, changes: Iterable[Change], changed: Collection[str], now: Texts) -> list[Decision]:
        """The links that `changes` would make although an earlier state of the note had them already.

        A link was taken out if its words are still where they were: in a line that reads much as it did. It
        is known again by the note that it meant, whatever that is called by now and however links are
        written. What the person accepted since that state counts for more. `changed` are all notes that did
        since the last look, and those that are gone: a line may come from there.
        """
        left: dict[str, MadeLinks] = {}
        for change in changes:
            if "link-in-place" in change.rules:
                meant = partial(resolve, self._index.files, change.path)
                written = links_in(change.before.text)
                present = Counter(meant_by(written, meant))
                made = Counter(linked(change.after.text, meant)) - present
                left[change.path] = MadeLinks(made, present, Counter(written))
                change.aside_again()  # those of a first run are nearly all notes
        if not left or self._history.head is None:
            return []
        denied: set[Decision] = set()
        names = {path: self._names_of(path) for path in left}
        runs, pairs = self._at_last_run(names), self._pairs(names)
        firsts = self._before_first_run(names)
        others = self._at_head({path: self._names_of(path) for path in self._few(changed)})
        read = self._last_runs.learn_unlinked(
            self._history.git,
            pairs,
            [
                (rev, name)
                for places in (self._at_head(names), runs, firsts, others)
                for _, rev, name in places
            ],
        )
        times = [self._states(places, read) for places in (self._at_head(names), runs)]
        for states in times:
            denied |= self._taken(left, states)
            left = _undecided(left, denied)
        denied |= self._taken_unnoticed({path: names[path] for path in left}, left)
        left = _undecided(left, denied)
        # A note that came with links, or that no run wrote by this name, may have had another one before.
        may_be = {path for path, *_ in times[0]} - {path for path, *_ in runs}
        may_be |= {path for path, *_, text in self._states(firsts, read) if "](" in text or "[[" in text}
        if (
            (may_be := may_be & left.keys())
            and self._last_runs.are_any
            and (names := self._history.earlier_names(may_be))
        ):
            runs, pairs = self._at_last_run(names), self._pairs(names)
            read_too = self._last_runs.learn_unlinked(
                self._history.git, pairs, [(rev, name) for _, rev, name in runs]
            )
            denied |= self._taken(left, self._states(runs, read_too))
            denied |= self._taken_unnoticed(names, _undecided(left, denied))
            left = _undecided(left, denied)
        return sorted(denied | self._taken_unseen(times[0], self._states(others, read), left, now))

    def _names_of(self, path: str) -> list[str]:
        """The paths under which a note may stand in history."""
        return [path, *self._names.get(path, ())]

    def _linked_at(self, rev: str, written: Iterable[ShownLink], name: str) -> Iterator[MeantLink]:
        return self._history.linked_at(rev, written, name, self._index, self._moved)

    def _few(self, changed: Collection[str]) -> Collection[str]:
        """Those of the notes that changed since the last commit, as far as they are few."""
        if len(changed) <= SEARCHED:
            return changed
        if not self._last_runs.are_any:
            return ()
        if self._uncommitted is None:  # after a look at all notes, as if each were new
            known = self._history.git.worktree.status(None, untracked="no")
            self._uncommitted = {entry.path for entry in known.chosen if entry.path in changed}
        return self._uncommitted if len(self._uncommitted) <= SEARCHED else ()

    def _taken_unseen(
        self, committed: Iterable[_State], others: Iterable[_State], left: Mapping[str, MadeLinks], now: Texts
    ) -> set[Decision]:
        """Of the links that are to be made, those that the person took out where no run saw them.

        That is by commits in between, or on the way from another note. Of the commits git is asked for words
        that are committed already alone: those that were just typed can't have been taken out by one.
        """
        if not self._last_runs.are_any:
            return set()
        old = {path: standing(left[path].links, text) for path, *_, text in committed if path in left}
        new = {path: left[path].links.keys() - set(old.get(path, ())) for path in left}
        lost: list[Lost] = []
        if any(new.values()):
            texts = {name: (text, now(path)) for path, _, name, text in others}
            wanted = {link for links in new.values() for link in links}
            for name, gone in lost_on_the_way(texts, wanted):
                lost += (Lost(path, self._history.head or "", name, gone) for path in new)
        if old := {path: links for path, links in old.items() if links}:
            names = {path: self._names_of(path) for path in old}
            earlier = self._history.earlier_names({name for of_path in names.values() for name in of_path})
            for of_path in names.values():
                of_path += [name for now in tuple(of_path) for name in earlier.get(now, ())]
            commits = self._git.last_commits(REMEMBERED)
            lost += lost_in_commits(self._git, commits, names, old, self._last_runs.is_run)
        denied: set[Decision] = set()
        for one in lost:
            meant = self._linked_at(one.rev, one.links, one.name)
            taken = left[one.path].taken(meant, Counter())
            taken = {link for link in taken if not any(was_shown(link, again) for again in one.again)}
            denied |= self._not_accepted_since(one.rev, one.path, taken)
        return denied

    def _taken(self, left: Mapping[str, MadeLinks], states: Iterable[_State]) -> set[Decision]:
        """Of the links that are to be made, those that a former state had and the person took out."""
        denied: set[Decision] = set()
        for path, rev, name, text in states:
            if path not in left:
                continue
            written = links_in(text) if "](" in text or "[[" in text else []
            if not left[path].resembles(written):
                continue  # saves listing all files of that commit, some 60 ms at 10,000 notes
            former = self._linked_at(rev, written, name)
            denied |= self._not_accepted_since(rev, path, left[path].taken(former))
        return denied

    def _taken_unnoticed(
        self, names: Mapping[str, Sequence[str]], left: Mapping[str, MadeLinks]
    ) -> set[Decision]:
        """Of the links that are to be made, those taken out before a run that had no reason to make them.

        Its rule was off, the paper was away or had a namesake then. What had its link again later was not
        left out.
        """
        denied: set[Decision] = set()
        for path, name in ((path, name) for path, of_path in names.items() for name in of_path):
            later: list[Pair] = []
            for pair in self._pairs({path: [name]}) if path in left else ():
                rev, written = self._last_runs.unlinked(pair)
                later.append(pair)
                if not left[path].resembles(written):
                    continue
                taken = left[path].taken(self._linked_at(rev, written, name), Counter())
                taken -= self._linked_again(taken, later)
                denied |= self._not_accepted_since(rev, path, taken)
        return denied

    def _linked_again(self, taken: Collection[MeantLink], since: Sequence[Pair]) -> set[MeantLink]:
        """Those of these links that a run after them left in the note again."""
        if not taken:
            return set()
        blobs = self._git.blobs_at((following, name) for name, _, following in since)
        written = [link for blob in blobs.values() for link in links_in(_text(blob))]
        return {link for link in taken if any(was_shown(link, again) for again in written)}

    def _pairs(self, names: Mapping[str, Sequence[str]]) -> list[Pair]:
        """The runs that wrote the notes, each with the next one that did, the latest first."""
        head = self._history.head or ""
        return [
            (name, *two)
            for of_path in names.values()
            for name in of_path
            for two in self._last_runs.between(name, self._history.git, head)
        ]

    def _before_first_run(self, names: Mapping[str, Sequence[str]]) -> list[_Place]:
        """Where the notes are as the first runs that wrote them found them."""
        firsts = (
            (path, self._last_runs.first(path, self._history.git, self._history.head or "")) for path in names
        )
        return [(path, f"{first}^", path) for path, first in firsts if first is not None]

    def _not_accepted_since(self, rev: str, path: str, taken: Iterable[MeantLink]) -> set[Decision]:
        """The denials of links that were taken out of a note, less those that the person accepted since."""
        denied = {Decision(path, link.words, link.meant) for link in taken}
        if denied & self._index.decisions.accepted:
            denied -= self._index.decisions.accepted - self._history.decisions_at(rev).accepted
        return denied

    def _at_head(self, names: Mapping[str, Sequence[str]]) -> list[_Place]:
        """Where the notes are as they were committed last."""
        return [(path, self._history.head or "", name) for path, of_path in names.items() for name in of_path]

    def _at_last_run(self, names: Mapping[str, Sequence[str]]) -> list[_Place]:
        """Where the notes are as the last runs that wrote them left them."""
        by_run: dict[str, list[tuple[str, str]]] = {}
        for path, of_path in names.items():
            for name in of_path:
                for sha in self._last_runs.of(name, self._history.git, self._history.head or ""):
                    by_run.setdefault(sha, []).append((path, name))
        places: list[_Place] = []
        for sha, notes in by_run.items():
            # A merge may drop a link for the sake of the other side's words: nobody has taken it out.
            rev = self._git.merged_over(sha, self._history.head or "") or sha
            places += ((path, rev, name) for path, name in notes)
        return places

    def _states(self, places: Sequence[_Place], blobs: Mapping[tuple[str, str], bytes]) -> list[_State]:
        """What notes were at these places, of which the bytes were read."""
        return [
            (path, rev, name, _text(blobs[rev, name])) for path, rev, name in places if (rev, name) in blobs
        ]


def _undecided(left: Mapping[str, MadeLinks], denied: Collection[Decision]) -> dict[str, MadeLinks]:
    """The notes of which some link to be made is not denied."""
    return {
        path: made
        for path, made in left.items()
        if any(Decision(path, link.words, link.meant) not in denied for link in made.links)
    }


_Place = tuple[str, str, str]
"""Where a note as it was is to be found: its path now, the commit, the path that it had there."""

_State = tuple[str, str, str, str]
"""The same with its text."""


def _text(blob: bytes) -> str:
    return blob.decode("utf-8", errors="replace")
