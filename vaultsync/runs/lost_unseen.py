"""Links that the person took out where no run saw them: between two commits, or from one note to another.

A run sees a note as the last run left it, as it was committed last, and as it is on the disk. What got a link
and lost it in between, by commits of the person's, is asked of git; and a line that lost its link on the way
into another note had it in the note that it came from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from vaultsync.core.links.shown_links import MeantLink, ShownLink, links_in, unlinked, was_shown
from vaultsync.core.text.folding import fold_name
from vaultsync.git.departures import Changed, reach
from vaultsync.git.history import CommitHistory
from vaultsync.git.own_line import Parents

AT_ONCE = 50
"""Changes of notes whose texts are read together."""

SEARCHED = 200
"""Notes that changed at once, of which one may have lost a line to another; where more did, none is asked."""


class Lost(msgspec.Struct, frozen=True):
    """Links that are missing from the note at `path`, and the commit and the name at which a note had them.

    It is that note itself, or another one, from which it has the line. `again` are links that it got later.
    """

    path: str
    rev: str
    name: str
    links: tuple[ShownLink, ...]
    again: tuple[ShownLink, ...] = ()


class _OneCommit(msgspec.Struct, frozen=True):
    """What a commit made of a note: its name before, empty if there was none, and after."""

    path: str
    commit: str
    parent: str
    before: str
    after: str


def lost_in_commits(
    history: CommitHistory,
    commits: Parents,
    names: Mapping[str, Sequence[str]],
    links: Mapping[str, Collection[MeantLink]],
    is_run: Callable[[str], bool],
) -> Iterator[Lost]:
    """What one of these commits took out, if it is no run's, of links like these; both by the note's path.

    `names` are those that the notes have and had.
    """
    path_of = {name: path for path, of_path in names.items() for name in of_path}
    steps = list(_steps(history.changed_files(commits, path_of.keys()), path_of))
    lost: list[tuple[_OneCommit, Lost]] = []
    got: list[tuple[_OneCommit, ShownLink]] = []
    brought: dict[str, list[_OneCommit]] = {}
    for start in range(0, len(steps), AT_ONCE):
        some = steps[start : start + AT_ONCE]
        texts = _texts(history, [place for step in some for place in _places(step)])
        for step in some:
            wanted = links[step.path]
            before, after = (texts.get(place, "") for place in _places(step))
            got += ((step, link) for link in _missing(before, after, wanted))
            if is_run(step.commit):
                continue
            if _may_lack(after, before, wanted) and (gone := unlinked(before, after)):
                lost.append((step, Lost(step.path, step.parent, step.before, gone)))
            elif _brings(before, after, wanted):
                brought.setdefault(step.commit, []).append(step)
    for commit, notes in _notes_of(history, {commit: commits[commit] for commit in brought}):
        to = brought[commit]
        for name, gone in lost_on_the_way(notes, [link for step in to for link in links[step.path]]):
            lost += ((step, Lost(step.path, step.parent, name, gone)) for step in to if step.after != name)
    for step, one in lost:
        later = (at for at in got if at[0].path == step.path and step.commit in reach(at[0].commit, commits))
        yield msgspec.structs.replace(one, again=tuple(link for _, link in later))


def lost_on_the_way(
    texts: Mapping[str, tuple[str, str]], links: Collection[MeantLink]
) -> Iterator[tuple[str, tuple[ShownLink, ...]]]:
    """The links that notes lost with the very lines of `links`, while no note got them: by the note's name.

    `texts` are those of some notes before and after, empty where a note wasn't there. A line that says no
    more than the name of a paper may be another one.
    """
    lines = {link.line for link in links if fold_name(link.line) != link.words}
    lost = {name: _missing(after, before, links) for name, (before, after) in texts.items()}
    if not any(lost.values()):
        return
    got = [link for before, after in texts.values() for link in _missing(before, after, links)]
    for name, gone in lost.items():
        moved = (old for old in gone if old.line in lines)
        if left := tuple(old for old in moved if not any(was_shown(new, old) for new in got)):
            yield name, left


def _notes_of(history: CommitHistory, commits: Parents) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """The texts before and after, by their names, of the notes that each commit changed, of more than one."""
    by_commit: dict[str, list[Changed]] = {}
    for file in history.changed_files(commits) if commits else ():
        if file.path.lower().endswith(".md"):
            by_commit.setdefault(file.commit, []).append(file)
    left = [notes for notes in by_commit.values() if 1 < len(notes) <= SEARCHED]
    while left:
        some = [left.pop()]
        while left and sum(map(len, some)) + len(left[-1]) <= AT_ONCE:
            some.append(left.pop())
        texts = _texts(history, [place for notes in some for note in notes for place in _both(note)])
        for notes in some:
            places = {note.path: _both(note) for note in notes}
            two = {path: (texts.get(old, ""), texts.get(new, "")) for path, (old, new) in places.items()}
            yield notes[0].commit, two


def _both(note: Changed) -> tuple[tuple[str, str], tuple[str, str]]:
    return (note.parent, note.path), (note.commit, note.path)


def _steps(files: Iterable[Changed], path_of: Mapping[str, str]) -> Iterator[_OneCommit]:
    """What each commit made of each note; one under another name is a step as well."""
    by_note: dict[tuple[str, str], list[Changed]] = {}
    for file in files:
        by_note.setdefault((file.commit, path_of[file.path]), []).append(file)
    for (commit, path), of_note in by_note.items():
        before = next((file.path for file in of_note if file.before), "")
        after = next((file.path for file in of_note if file.after), "")
        if after:
            yield _OneCommit(path, commit, of_note[0].parent, before, after)


def _places(step: _OneCommit) -> tuple[tuple[str, str], tuple[str, str]]:
    return (step.parent, step.before), (step.commit, step.after)


def _texts(history: CommitHistory, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    blobs = history.blobs_at(place for place in places if place[1])
    return {place: blob.decode(errors="replace") for place, blob in blobs.items()}


def _missing(text: str, other: str, links: Collection[MeantLink]) -> Collection[ShownLink]:
    """What a text lacks of the links of the `other` one, where some of them show the words of `links`."""
    return Counter(links_in(other)) - Counter(links_in(text)) if _may_lack(text, other, links) else ()


def _brings(before: str, after: str, links: Collection[MeantLink]) -> bool:
    """Whether a text may have got the line of one of these links, without that link."""
    lines = {link.line for link in links}
    come = _new_lines(before, after, links)
    return any(line.strip() in lines or "](" in line or "[[" in line for line in come)


def _may_lack(text: str, other: str, links: Collection[MeantLink]) -> bool:
    return any("](" in line or "[[" in line for line in _new_lines(text, other, links))


def _new_lines(text: str, other: str, links: Collection[MeantLink]) -> list[str]:
    """The lines of the `other` text alone that have the words of one of these links."""
    lines = {line: fold_name(line) for line in set(other.split("\n")) - set(text.split("\n"))}
    return [line for line, fold in lines.items() if any(link.words in fold for link in links)]
