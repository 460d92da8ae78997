"""Which files the last commits took away, renamed or changed, merges included.

`git log` tells nothing of a merge. Yet a merge can be the one commit in which a name goes: a note that got
one name here and another one there keeps only one of them. What went on one side of a merge, and so with the
merge, is told of the commit there alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from vaultsync.git.own_line import Parents
from vaultsync.git.process import GitProcess

_COMMIT = "%"
"""What stands before the files of each comparison; no status begins so."""


MOST_KEPT = 5_000
"""Comparisons that are kept unasked, each of some 300 bytes: those of the commits of thousands of saves."""

FEW = 20
"""Files of a commit that are kept; a save has a handful. Of a larger commit git is asked each time."""

_CHANGED = ("--no-renames",)
_DELETED = ("--no-renames", "--diff-filter=D")
_RENAMED = ("--find-renames", "-l1000", "--diff-filter=R")


Compared = dict[tuple[tuple[str, ...], str, str], Mapping[str, str | None]]
"""What was found to differ between two commits, by the question and both: nothing ever changes it."""


class Departure(msgspec.Struct, frozen=True):
    """What went in one commit: `parent` is the full id of the commit that still has it.

    `files` are the names that went, with those that the files have since: `None` where they are nowhere.
    """

    commit: str
    parent: str
    files: Mapping[str, str | None]


class Changed(msgspec.Struct, frozen=True):
    """A file in a commit with one parent; whether it was there `before`, and is there `after`."""

    commit: str
    parent: str
    path: str
    before: bool
    after: bool


def changed(
    process: GitProcess,
    within: Sequence[str],
    prefix: str,
    commits: Parents,
    named: Collection[str],
    compared: Compared,
) -> list[Changed]:
    """The files `within` that each of these commits changed, the newest first; of merges none is told.

    `named` are the names of a few files that matter; empty: all do. Of others it may tell as well: what a
    commit changed is kept in `compared`, unless it is much. To ask that of 600 commits for each saved note
    took git 0.7 CPU-s at 100,000 notes, as it reads the whole folders on both sides.
    """
    edges = [(commit, *before) for commit, before in commits.items() if len(before) == 1]
    few, many = (*_CHANGED, "few", "--", *within), (*_CHANGED, "many", "--", *within)
    known = {edge: files for edge in edges if (files := compared.get((few, *edge))) is not None}
    large = [edge for edge in edges if edge not in known and (many, *edge) in compared]
    new = [edge for edge in edges if edge not in known and (many, *edge) not in compared]
    known |= _statuses(process, named or within, prefix, large)
    answers = _statuses(process, within, prefix, new)
    known |= answers
    if len(compared) + len(answers) > MOST_KEPT:
        for old in [key for key in compared if key[0] in (few, many)]:
            del compared[old]
    for edge, files in answers.items():
        is_few = len(files) <= FEW
        compared[few if is_few else many, edge[0], edge[1]] = files if is_few else {}
    return [
        Changed(*edge, path, kind != "A", kind != "D") for edge in edges for path, kind in known[edge].items()
    ]


def _statuses(
    process: GitProcess, pathspecs: Collection[str], prefix: str, edges: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Mapping[str, str | None]]:
    """What differs between the two commits of each edge: `A`, `D` or another letter, by the file."""
    found: list[dict[str, str | None]] = []
    if edges:
        told = process.read(
            "diff-tree", "--stdin", "--always", "-r", "-z", "--name-status", "--format=%%", *_CHANGED, "--",
            *pathspecs, stdin="".join(f"{commit} {parent}\n" for commit, parent in edges).encode(),
        )  # fmt: skip
        fields = (field.decode(errors="surrogateescape") for field in told.out.split(b"\0"))
        for field in fields:
            kind = field.removeprefix("\n")[:1]
            if kind == _COMMIT:
                found.append({})
            elif kind:
                found[-1][next(fields).removeprefix(prefix)] = kind
    return dict(zip(edges, found, strict=True))


def deletions(
    process: GitProcess, within: Sequence[str], prefix: str, commits: Parents, compared: Compared
) -> list[Departure]:
    """The files that each of these commits deleted, the newest first; those without one fail.

    One git process. `within` are the pathspecs of the vault; its names lose their `prefix`. What was
    `compared` before is not asked again: five hundred comparisons take longer than a save with its commits.
    """
    return _departures(process, (*_DELETED, "--", *within), prefix, commits, compared=compared)


def renames(
    process: GitProcess, within: Sequence[str], prefix: str, commits: Parents, compared: Compared
) -> list[Departure]:
    """The same of the files that were renamed; a rename is what git takes for one by the contents."""
    return _departures(process, (*_RENAMED, "--", *within), prefix, commits, compared=compared)


def nothing_went(compared: Compared, within: Sequence[str], commit: str, parent: str) -> None:
    """Know from now on of a commit with one parent that it deleted no file, and so renamed none."""
    if len(compared) < MOST_KEPT:
        for question in (_DELETED, _RENAMED):
            compared[((*question, "--", *within), commit, parent)] = {}


def parents_of(process: GitProcess, commits: int, *revisions: str) -> Parents:
    """The last so many commits of these revisions, with their parents."""
    listed = process.read("rev-list", f"--max-count={commits}", "--parents", *revisions, "--")
    return {commit: tuple(before) for commit, *before in map(str.split, listed.out.decode().splitlines())}


def names_since(process: GitProcess, commit: str, other: str, commits: int) -> dict[str, str]:
    """The names that files have at `commit`, by those that they had before it left `other`: the repository's.

    Renames are followed commit by commit, the last so many: however much a file was changed besides. Of a
    file that was renamed and then deleted it is the last name.
    """
    names: dict[str, str] = {}
    on_top = parents_of(process, commits, commit, f"^{other}")
    for one in _departures(process, (*_RENAMED, "--"), "", on_top, compared={}):
        for old, new in one.files.items():
            if new is not None:
                names.setdefault(old, names.get(new, new))
    return names


def _departures(
    process: GitProcess,
    arguments: tuple[str, ...],
    prefix: str,
    parents: Parents,
    compared: Compared,
) -> list[Departure]:
    edges = [(commit, parent) for commit, before in parents.items() for parent in before]
    known = {edge: files for edge in edges if (files := compared.get((arguments, *edge))) is not None}
    if new := [edge for edge in edges if edge not in known]:
        # A commit with another one behind it is compared with that one: so a merge with each of its parents.
        told = process.read(
            "diff-tree", "--stdin", "--always", "-r", "-z", "--name-status", "--format=%%", *arguments,
            stdin="".join(f"{commit} {parent}\n" for commit, parent in new).encode(),
        )  # fmt: skip
        known |= dict(zip(new, _comparisons(told.out, prefix), strict=True))
        for old in [key for key in compared if key[0] == arguments]:  # those too far back by now
            del compared[old]
        compared |= {(arguments, *edge): files for edge, files in known.items()}
    return _told_once([Departure(*edge, known[edge]) for edge in edges], parents)


def _comparisons(out: bytes, prefix: str) -> list[dict[str, str | None]]:
    """The answers of `git diff-tree --stdin --always --name-status -z`: `D`, name or `R097`, both."""
    found: list[dict[str, str | None]] = []
    fields = (field.decode(errors="surrogateescape") for field in out.split(b"\0"))
    for field in fields:
        kind = field.removeprefix("\n")[:1]
        if kind == _COMMIT:
            found.append({})
        elif kind:
            old = next(fields).removeprefix(prefix)
            found[-1][old] = next(fields).removeprefix(prefix) if kind == "R" else None
    return found


def _told_once(found: Sequence[Departure], parents: Mapping[str, Sequence[str]]) -> list[Departure]:
    """These without what a merge only passes on, which went in a commit that the parent lacks."""
    went: dict[str, set[str]] = {}
    kept: list[Departure] = []
    for one in reversed(found):  # the oldest first: of a merge counts what it took away itself
        if one.files and len(parents[one.commit]) > 1:
            between = reach(one.commit, parents) - reach(one.parent, parents) - {one.commit}
            told = set[str]().union(*(went.get(commit, ()) for commit in between))
            files = {name: new for name, new in one.files.items() if name not in told}
            one = Departure(one.commit, one.parent, files)
        if one.files:
            went.setdefault(one.commit, set()).update(one.files)
            kept.append(one)
    return kept[::-1]


def reach(commit: str, parents: Mapping[str, Sequence[str]]) -> set[str]:
    """The commit and those before it, as far as `parents` go back."""
    reached, left = {commit}, [commit]
    while left:
        new = [parent for parent in parents.get(left.pop(), ()) if parent not in reached]
        reached.update(new)
        left += new
    return reached
