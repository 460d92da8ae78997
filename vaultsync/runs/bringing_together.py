"""Two devices' commits brought together as one tree: what each file becomes, which conflict notes there are.

It stands between git, which pairs the files, and the pure merge of one file. Whatever is chosen follows from
the contents and names of both sides alone, so that two devices that merge the same commits make one tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from vaultsync.core.history.changes import Waiting
from vaultsync.core.history.conflict_names import conflict_path
from vaultsync.core.merge.files import merge_file
from vaultsync.git.merging import Merging
from vaultsync.git.parse import BothChanged, MergedTrees, Stage, TreeChange
from vaultsync.runs.kept_names import KeptNames

FILE = ("100644", "100755")
"""Modes of plain files; the others are symbolic links and submodules."""

DEPTH = 3
"""How often bases of two sides may themselves be made crosswise, and are still brought together."""

_MANUAL = ("CONFLICT (file/directory)", "CONFLICT (distinct modes)", "CONFLICT (distinct types)")


class Together(msgspec.Struct, frozen=True):
    """The merged tree. `merged` are the files that both sides changed, with the conflict note that was left.

    All are names of the repository; the conflict note is empty where everything went together. `renamed` are
    the files to which each side gave another name: the one that stays, and the one that goes.
    """

    tree: str
    merged: dict[str, str] = {}
    renamed: dict[str, str] = {}


class _File(msgspec.Struct, frozen=True):
    """A file's mode and bytes."""

    mode: str
    data: bytes


def bring_together(merging: Merging, ours: str, theirs: str, bases: Sequence[str]) -> Together | Waiting:
    """Merge two commits whose best common ancestors are `bases`.

    Gives what has to be done by hand where files of a kind are in the way that isn't merged.
    """
    return _brought_together(merging, ours, theirs, bases, DEPTH)


def _brought_together(
    merging: Merging, ours: str, theirs: str, bases: Sequence[str], depth: int
) -> Together | Waiting:
    trees = merging.merge(ours, theirs)
    if (manual := _manual(trees)) is not None:
        return manual
    common = _common(merging, bases, depth) if trees.open else bases[0]
    work = _Work(merging, (ours, theirs), bases, common, trees)
    for both in list(work.pairs()):  # all of them first: a note may link to one that has two names
        work.settle(both)
    work.follow()
    tree = merging.tree_with(trees.tree, work.files) if work.files else trees.tree
    return Together(tree, work.merged, work.renamed)


def _common(merging: Merging, bases: Sequence[str], depth: int) -> str:
    """The one commit that both sides were made from; after merges crosswise their bases brought together.

    So a note that has another name in one of the bases than in another has one of them in both. Where the
    bases can't be brought together, or have again been made crosswise `depth` times, the first one has to do.
    """
    common = bases[0]
    for base in bases[1:]:
        below = merging.bases(common, base)
        if not below or not depth:
            continue
        found = _brought_together(merging, common, base, below, depth - 1)
        if isinstance(found, Together):
            common = merging.passing(found.tree, (common, base))
    return common


class _Work:
    """One merge under way: the files that become something else than git made of them.

    `bases` are the best common ancestors of the two `sides`, `common` the commit that stands for all of them.
    """

    def __init__(
        self,
        merging: Merging,
        sides: tuple[str, str],
        bases: Sequence[str],
        common: str,
        trees: MergedTrees,
    ) -> None:
        self.files: dict[str, tuple[str, bytes] | None] = {}
        self.merged: dict[str, str] = {}
        self.renamed: dict[str, str] = {}
        self._merging, self._sides, self._bases, self._trees = merging, sides, bases, trees
        self._common = common
        self._was: dict[str, str] = {}
        stages = [stage for both in trees.open for stage in (both.base, both.ours, both.theirs) if stage]
        self._contents = merging.contents(stage.oid for stage in stages)
        self._kept = KeptNames(merging, sides, trees.tree)

    def pairs(self) -> Iterator[BothChanged]:
        """The open files; a file that each side gave another name is one of them, under one of these."""
        open_files = {both.name: both for both in self._trees.open}
        known = set()
        for message in self._trees.messages:
            if message.kind == "CONFLICT (rename/rename)" and len(message.names) == 3:
                old, first, second = message.names
                known.add(old)
                pair = [open_files.pop(name, None) for name in (first, second)]
                base = open_files.pop(old, None)
                if first == second or None in pair:
                    continue
                ours, theirs = (self._renamed(pair, side) for side in (0, 1))
                kept, dropped = max(first, second), min(first, second)
                self.files[dropped] = None
                self.renamed[kept] = dropped
                self._was[kept] = old
                self._kept.learn(dropped, kept)
                yield BothChanged(kept, base.base if base is not None else None, ours, theirs)
        yield from self._followed(open_files, known)
        yield from open_files.values()

    def _followed(self, open_files: dict[str, BothChanged], known: set[str]) -> Iterator[BothChanged]:
        """Files that one side renamed and changed so much besides that git takes them for others.

        A list of mentions may be longer than the paper's note: with its new name it has less than half of its
        old text. Each commit by itself still shows the rename.
        """
        changes = [self._merging.changed(self._common, side) for side in self._sides]
        gone = [{c.name: c.old for c in of if c.new is None and c.old is not None} for of in changes]
        self._paired(open_files, changes, gone)
        lone = {n for n, both in open_files.items() if any(n in gone[side] for side in (0, 1)) and both.base}
        wanted = sorted(((gone[0].keys() & gone[1].keys()) | lone) - known)
        for old in wanted:
            new = [self._new_names[side].get(old, "") if old in gone[side] else old for side in (0, 1)]
            stages = [self._stage(side, new[side]) for side in (0, 1)]
            if stages[0] is None or stages[1] is None or new[0] == new[1]:
                continue
            if any(new[side] != old and self._stage(1 - side, new[side]) for side in (0, 1)):
                continue
            kept, dropped = (max(new), min(new)) if old not in new else (new[new[0] == old], old)
            self.files[dropped] = None
            self._kept.learn(dropped, kept)
            if dropped != old:
                self.renamed[kept] = dropped
            for name in (old, *new):
                open_files.pop(name, None)
            self._was[kept] = old
            base = gone[0].get(old) or gone[1][old]
            self._contents |= self._merging.contents(stage.oid for stage in (base, *stages) if stage)
            yield BothChanged(kept, base, *stages)

    def _paired(
        self,
        open_files: Mapping[str, BothChanged],
        changes: Sequence[Sequence[TreeChange]],
        gone: Sequence[Mapping[str, Stage]],
    ) -> None:
        """Learn the old names of files that one side renamed, by which git told their other side's edits."""
        added = [{change.name for change in of if change.old is None} for of in changes]
        for name, both in open_files.items():
            for side in (0, 1):
                if both.base is not None and name in added[side] - added[1 - side]:
                    olds = [old for old, new in self._new_names[side].items() if new == name]
                    for old in gone[side].keys() & olds:
                        self._was[name] = old
                        self._kept.learn(old, name)

    def _stage(self, side: int, name: str) -> Stage | None:
        """A plain file as one side has it; `None` without a name."""
        found = self._merging.entry(self._sides[side], name) if name else None
        return Stage(*found) if found is not None and found[0] in FILE else None

    def settle(self, both: BothChanged) -> None:
        """Decide what becomes of one open file."""
        ours, theirs = (self._file(stage) for stage in (both.ours, both.theirs))
        base = self._base(both)
        if ours is None or theirs is None:
            self._one_sided(both, ours or theirs)
            return
        if not both.name.lower().endswith(".md") and self._is_generated(both.name):
            # The next run makes it anew: it knows either side's bytes for the tool's, but no mixture of them.
            self.files[both.name] = max((side.data, side.mode) for side in (ours, theirs))[::-1]
            self.merged[both.name] = ""
            return
        one, other = (self._kept.linked(both.name, file.data, at) for at, file in enumerate((ours, theirs)))
        result = merge_file(both.name, base.data if base is not None else None, one, other)
        mode = _three_way(base.mode if base is not None else FILE[0], ours.mode, theirs.mode)
        self.files[both.name] = (mode, result.data)
        self.merged[both.name] = ""
        if result.other is not None:
            beside = conflict_path(both.name, result.other)
            self.files[beside] = (FILE[0], result.other)
            self.merged[both.name] = beside

    def follow(self) -> None:
        """Let the links in all other notes follow, once each open file is settled."""
        self.files |= self._kept.others(self.files.keys())

    def _one_sided(self, both: BothChanged, left: _File | None) -> None:
        """One side deleted what the other edited: the edit stays, unless it was only the tool's."""
        if left is None:
            self.files[both.name] = None
            return
        side = self._sides[0 if both.ours is not None else 1]
        if all(self._merging.only_runs_changed(base, side, both.name) for base in self._bases):
            self.files[both.name] = None
        else:
            self.files[both.name] = (left.mode, left.data)

    def _is_generated(self, name: str) -> bool:
        """Whether only runs of the tool changed the file, on both sides."""
        return all(
            self._merging.only_runs_changed(base, side, name) for base in self._bases for side in self._sides
        )

    def _renamed(self, pair: Sequence[BothChanged | None], side: int) -> Stage | None:
        """The file as one side has it, by the name that this side gave it."""
        for both in pair:
            stage = (both.ours, both.theirs)[side] if both is not None else None
            if both is not None and stage is not None:
                found = self._merging.entry(self._sides[side], both.name)
                if found is not None:
                    self._contents |= self._merging.contents([found[1]])
                    return Stage(*found)
        return None

    @cached_property
    def _new_names(self) -> list[dict[str, str]]:
        """The names that files have on each side, by those that they had before it left the other one."""
        ours, theirs = self._sides
        return [self._merging.names_since(*pair) for pair in ((ours, theirs), (theirs, ours))]

    def _base(self, both: BothChanged) -> _File | None:
        """What both sides were made from; after merges crosswise git knows only one of their bases' words."""
        if len(self._bases) == 1:
            return self._file(both.base)
        found = self._merging.entry(self._common, self._was.get(both.name, both.name))
        if found is None or found[0] not in FILE:
            return self._file(both.base)
        self._contents |= self._merging.contents([found[1]])
        return _File(found[0], self._contents[found[1]])

    def _file(self, stage: Stage | None) -> _File | None:
        return None if stage is None else _File(stage.mode, self._contents[stage.oid])


def _manual(trees: MergedTrees) -> Waiting | None:
    """What nobody but the person can bring together."""
    special = [
        both.name
        for both in trees.open
        for stage in (both.base, both.ours, both.theirs)
        if stage is not None and stage.mode not in FILE
    ]
    blocked = [
        message.names[-1]
        for message in trees.messages
        if message.kind in _MANUAL or message.kind.startswith("CONFLICT (submodule")
    ]
    if not special and not blocked:
        return None
    name = min([*blocked, *special])
    return Waiting(
        "manual",
        f"{name} can't be merged: one side made it a folder, a link or a submodule",
        "merge this once by hand: `git merge` in the vault, then `vaultsync resolve` and `git commit`",
    )


def _three_way(base: str, one: str, other: str) -> str:
    return other if one == base else one
