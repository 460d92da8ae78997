"""Files that show the vault (bases, canvases), written in a turn at the vault and committed as a run.

A file that the tool made is made anew only while its bytes are what the tool wrote last: that is the blob of
its last run in git, on each side of a merge, or without git what this machine's state folder remembers. One
that somebody edited since is theirs: it is left alone, and they are told.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from vaultsync.core.errors import DAMAGED, Problem, VaultError
from vaultsync.core.history.changes import Commit, MadeCommit, Waiting
from vaultsync.core.history.messages import UNDOES_TRAILER, rules_of
from vaultsync.core.note import digest_of
from vaultsync.core.text.as_json import as_json
from vaultsync.core.text.shown import encodable
from vaultsync.files.disk import Disk, Rewrite, Stale, Written
from vaultsync.git.repository import Git
from vaultsync.runs.ports import Ports
from vaultsync.runs.turn import Turn, turn_at
from vaultsync.vault.journal import Run, WrittenFile, file_between
from vaultsync.vault.open import Vault
from vaultsync.vault.places import replace_private, state_folder, vault_key

RULE = "views"

RUNS_LOOKED_AT = 20
"""Runs of one file that are asked for, to find the last one on each side of a merge."""

EMBEDS = "vaultsync: show "
"""How the subject of a run begins that wrote a line into a person's note, and made no file."""

REMEMBERED = 200
"""States of a file with a person's edits in it that are asked for, or kept by this machine."""


Rewritten = tuple[bytes, bytes]
"""A file before and after a run made something of it; empty before the first time."""


class GeneratedFile(msgspec.Struct, frozen=True):
    """A file to be made: `make` gives its bytes, or a problem why it can't.

    It is given the bytes that stand there (`None`: no file). With `keeps_edits` it carries over what a person
    changed in it, so that it may always be made anew; it is then also given what earlier runs made of it, as
    far as git and this machine's state folder know. With `replaces` it goes over what stands there.
    """

    path: str
    make: Callable[[bytes | None, Sequence[Rewritten]], bytes | Problem]
    keeps_edits: bool = False
    replaces: bool = False


class ViewsReport(msgspec.Struct, frozen=True):
    """What became of the files: written, as they should be already, or a problem each."""

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    commits: tuple[MadeCommit, ...] = ()
    waiting: Waiting | None = None
    run: str = ""


def write_views(
    vault: Vault, ports: Ports, views: Sequence[GeneratedFile], message: str, *, commit: bool = True
) -> ViewsReport:
    """Make these files and commit them, `message` being the subject; nothing changed: nothing is written.

    Raises `VaultsyncError` when the turn can't begin.
    """
    settings = vault.config.git
    with turn_at(ports, settings, commit=commit and settings.commit) as turn:
        if turn.ready:
            return _Making(vault, ports.disk, turn, message).run(views)
    return ViewsReport(commits=turn.made, waiting=turn.waiting)


class Ownership:
    """Whose the generated files of the vault at `root` are; `git` is asked if there is a repository.

    `folder` replaces the user's state folder.
    """

    def __init__(self, root: Path, git: Git | None, folder: Path | None = None) -> None:
        self._git = git
        state = folder if folder is not None else state_folder()
        self._file = state / "views" / f"{vault_key(root)}.json"

    def is_ours(self, path: str, data: bytes) -> bool:
        """Whether `data` is what the tool wrote last to the file at `path`, all of it.

        A note that rules tidied, or into which a line was written, is its person's.
        """
        if self._read().get(encodable(path)) == digest_of(data).hex():
            return True
        return self._git is not None and any(blob == data for blob in self._last_blobs(self._git, path))

    def earlier(self, path: str) -> list[Rewritten]:
        """What the tool made of the file at `path` in its runs, as far as git or this machine knows."""
        found: list[Rewritten] = []
        with suppress(zlib.error):  # damaged: what is kept is as good as lost
            found += [(zlib.decompress(old), zlib.decompress(new)) for old, new in self._kept(path)]
        if self._git is not None:
            pairs = self._git.history.written(path, REMEMBERED)
            blobs = self._git.merging.contents(oid for pair in pairs for oid in pair if oid)
            found += [(blobs[old] if old else b"", blobs[new]) for old, new in pairs]
        return found

    def remember(self, path: str, before: bytes, after: bytes) -> None:
        """Keep what was made of the file at `path`, for `earlier`. Raises `VaultError` as `wrote` does."""
        kept = [*self._kept(path), (zlib.compress(before), zlib.compress(after))]
        self._save_to(self._file_of(path), msgspec.msgpack.encode(kept[-REMEMBERED:]))

    def _kept(self, path: str) -> list[Rewritten]:
        try:
            return msgspec.msgpack.decode(self._file_of(path).read_bytes(), type=list[Rewritten])
        except (OSError, *DAMAGED):
            return []

    def _file_of(self, path: str) -> Path:
        return self._file.with_suffix(
            f".{digest_of(path.encode(errors='surrogateescape')).hex()[:16]}.earlier"
        )

    def wrote(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Remember what was written. Raises `VaultError` when the state folder can't be written."""
        self._save(self._read() | {encodable(path): digest_of(data).hex() for path, data in files})

    def _save(self, known: dict[str, str]) -> None:
        self._save_to(self._file, as_json(known))

    @staticmethod
    def _save_to(file: Path, data: bytes) -> None:
        try:
            replace_private(file, data)
        except OSError as error:
            raise VaultError(
                f"{file} can't be written: {error.strerror}",
                "check that your state folder is writable and has room",
            ) from error

    def tell_once(self, path: str, data: bytes) -> bool:
        """Whether this is the first time that somebody has to be told of `data` in the file at `path`."""
        told, digest = f"told:{encodable(path)}", digest_of(data).hex()
        known = self._read()
        if known.get(told) == digest:
            return False
        self._save(known | {told: digest})
        return True

    def _read(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, str])
        except (OSError, *DAMAGED):
            return {}  # then git is asked, and without git the file counts as edited

    def _last_blobs(self, git: Git, path: str) -> Iterable[bytes]:
        """The file as the last run left it, on each side of a merge that runs on both sides went into."""
        last: list[str] = []
        runs = git.history.runs(RUNS_LOOKED_AT, path)
        for at, run in enumerate(runs):
            if any(git.history.is_ancestor(run.sha, later) for later in last):
                continue
            last.append(run.sha)
            blob = git.history.blob(run.sha, path)
            if blob is not None and _was_made(git, path, blob, runs[at:]):
                yield blob


def _was_made(git: Git, path: str, blob: bytes, runs: Sequence[Commit]) -> bool:
    """Whether the first of the runs, newest first, left what a run had made as a whole, or tidied that."""
    wanted = blob
    for run in runs:
        if UNDOES_TRAILER in run.trailers or git.history.blob(run.sha, path) != wanted:
            continue
        rules = rules_of(run.trailers)
        if rules in ((), (RULE,)):
            return not run.subject.startswith(EMBEDS)
        before = git.history.blob(run.parents[0], path) if run.parents else None
        if before is None:  # new with this run: rules make no note, but bases are written along with them
            from vaultsync.core.importers.record import RULE as IMPORTED  # with all importers

            return IMPORTED not in rules
        wanted = before
    return False


class _Making:
    """The work of one turn."""

    def __init__(self, vault: Vault, disk: Disk, turn: Turn, message: str) -> None:
        self._disk, self._turn, self._message = disk, turn, message
        self._owner = Ownership(vault.root, turn.git)
        self._problems: list[Problem] = []
        self._unchanged: list[str] = []

    def run(self, views: Sequence[GeneratedFile]) -> ViewsReport:
        commits = self._turn.commits
        rewrites = [rewrite for view in views if (rewrite := self._rewrite(view)) is not None]
        if rewrites:
            paths = [rewrite.path for rewrite in rewrites]
            held, _ = commits.person(lambda changes: None, lambda path: False, paths)
            self._problems += held.values()
            rewrites = [rewrite for rewrite in rewrites if rewrite.path not in held]
        run = Run(tuple(map(_file, rewrites)), commits.head(), self._message)
        if rewrites:
            commits.announce(run)
        written = self._write(rewrites)
        done = ""
        if written:
            kept = {view.path for view in views if view.keeps_edits}
            self._owner.wrote((each.path, each.new) for each in written if each.path not in kept)
            for rewrite in written:
                if rewrite.path in kept:
                    self._owner.remember(rewrite.path, rewrite.expected or b"", rewrite.new)
            with self._turn.waits_if_refused():
                done = commits.run(run)
        return ViewsReport(
            tuple(rewrite.path for rewrite in written),
            tuple(self._unchanged),
            tuple(sorted(self._problems)),
            self._turn.made,
            self._turn.waiting,
            done,
        )

    def _rewrite(self, view: GeneratedFile) -> Rewrite | None:
        read = self._disk.read(view.path)
        if isinstance(read, Problem) and read.rule != "file-vanished":
            self._problems.append(read)
            return None
        present = read if isinstance(read, bytes) else None
        earlier = self._owner.earlier(view.path) if view.keeps_edits and present is not None else ()
        wanted = view.make(present, earlier)
        if isinstance(wanted, Problem):
            self._problems.append(wanted)
            return None
        if wanted == present:
            self._unchanged.append(view.path)
            return None
        goes_over = view.keeps_edits or view.replaces
        if present is not None and not goes_over and not self._owner.is_ours(view.path, present):
            self._problems.append(edited(view.path))
            return None
        return Rewrite(view.path, present, wanted)

    def _write(self, rewrites: Sequence[Rewrite]) -> list[Rewrite]:
        """Write them; gives those that stand as they were written."""
        written: dict[str, Rewrite] = {}
        for rewrite, outcome in self._disk.write_many(rewrites):
            if isinstance(outcome, Written):
                written[rewrite.path] = rewrite
            else:
                self._problems.append(outcome if isinstance(outcome, Problem) else _saved(outcome))
        for late in self._disk.sync():
            written.pop(late.path, None)
            self._problems.append(late if isinstance(late, Problem) else _saved(late))
        return list(written.values())


def edited(path: str) -> Problem:
    """What to say of a generated file that is no more what the tool wrote."""
    return Problem(
        path,
        0,
        0,
        RULE,
        "left alone: it was edited since vaultsync wrote it, or was never vaultsync's",
        "to have it made again, rename or delete it",
    )


def _saved(stale: Stale) -> Problem:
    kept = f"; an older save is in {', '.join(stale.kept)}" if stale.kept else ""
    return Problem(
        stale.path, 0, 0, RULE, f"left alone: it was saved at that moment{kept}", "run the command again"
    )


def _file(rewrite: Rewrite) -> WrittenFile:
    return file_between(rewrite.path, rewrite.expected, rewrite.new)
