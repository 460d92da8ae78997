"""Preflight: names what a commit has to wait for, and what ends the waiting.

Run at the head of each cycle. A state is reported, never ended: a lock is not deleted, a merge not aborted.
"""

from __future__ import annotations

import os
from pathlib import Path

from vaultsync.core.history.changes import Waiting
from vaultsync.git.answers import Answers
from vaultsync.git.locate import Repository, beginning_of
from vaultsync.git.parse import ids_in
from vaultsync.git.process import GitProcess, lock_hint, wait_until_gone

# Files in the git directory that tell of an operation under way, after git's own wt-status; in git's order.
_REBASE_HINT = "finish it with `git rebase --continue`, or leave it with `git rebase --abort`"
_STATE_FILES = (
    (
        "rebase-apply/applying",
        "am",
        "git is applying mailed patches",
        "finish with `git am --continue`, or `git am --abort`",
    ),
    ("rebase-apply", "rebase", "a rebase is under way", _REBASE_HINT),
    ("rebase-merge", "rebase", "a rebase is under way", _REBASE_HINT),
    (
        "MERGE_HEAD",
        "merge",
        "a merge is not committed yet",
        "finish it with `git commit`, or leave it with `git merge --abort`",
    ),
    ("BISECT_LOG", "bisect", "a bisection is under way", "end it with `git bisect reset`"),
)
_STATE_REFS = (("CHERRY_PICK_HEAD", "cherry-pick"), ("REVERT_HEAD", "revert"))


def waiting_for(repository: Repository, answers: Answers, patience: float) -> Waiting | None:
    """What a commit has to wait for; a lock is waited for `patience` seconds first. None if nothing."""
    index = repository.git_dir / "index"
    return (
        _under_way(repository)
        or answers.of(f"unmerged in {index}", lambda: _unmerged(repository.process), lambda _: (index,))
        or _detached(repository)
        or _without_identity(repository)
        or _locked(repository.git_dir, patience)
    )


def _under_way(repository: Repository) -> Waiting | None:
    git_dir = repository.git_dir
    for name, state, message, hint in _STATE_FILES:
        if (git_dir / name).exists():
            return Waiting(state, message, hint)
    if not repository.refs_are_files or any((git_dir / name).exists() for name, _ in _STATE_REFS):
        names = [name.encode() for name, *_ in _STATE_REFS]
        asked = repository.process.read("cat-file", "--batch-check", "-z", stdin=b"\0".join(names) + b"\0")
        for (oid, _), (_, state) in zip(ids_in(asked.out, names), _STATE_REFS, strict=True):
            if oid:
                return _picking(state)
    todo = git_dir / "sequencer" / "todo"
    if todo.exists():
        return _picking("revert" if beginning_of(todo).startswith(b"revert") else "cherry-pick")
    return None


def _unmerged(process: GitProcess) -> Waiting | None:
    unmerged = process.read("ls-files", "--unmerged", "-z").out
    if unmerged:
        paths = sorted({os.fsdecode(record.partition(b"\t")[2]) for record in unmerged.split(b"\0")[:-1]})
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        return Waiting(
            "unmerged",
            f"not merged yet: {', '.join(paths[:3])}{more}",
            "resolve the conflict in each file, then `git add` it",
        )
    return None


def _detached(repository: Repository) -> Waiting | None:
    if repository.refs_are_files and beginning_of(repository.git_dir / "HEAD").startswith(b"ref: refs/"):
        return None
    if repository.process.read("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)).code:
        return Waiting(
            "detached",
            "no branch is checked out (detached HEAD): a commit would belong to none",
            "check out a branch: `git switch main`, or `git switch -c NAME` to keep what is here",
        )
    return None


def _without_identity(repository: Repository) -> Waiting | None:
    for who in ("committer", "author"):
        if repository.configuration.identity_is_set(who):
            continue
        if repository.process.read("var", f"GIT_{who.upper()}_IDENT", ok=(0, 1, 128)).code:
            return Waiting(
                "identity",
                "git does not know who commits",
                'tell it: `git config --global user.name "Your Name"`, '
                "and `git config --global user.email you@example.org`",
            )
    return None


def _locked(git_dir: Path, patience: float) -> Waiting | None:
    for name in ("index.lock", "HEAD.lock"):
        lock = git_dir / name
        if not wait_until_gone(lock, patience):
            return Waiting("locked", f"another git process holds {lock}", lock_hint(str(lock)))
    return None


def left_by_commits(git_dir: Path) -> list[Path]:
    """The indexes of single commits that git makes beside its own, and leaves where it can't remove them.

    Each is named by its process, so that none holds another one up, and nothing waits for one. It may be that
    of a `git commit` at work.
    """
    return sorted(git_dir.glob("next-index-*.lock"))


def _picking(state: str) -> Waiting:
    return Waiting(
        state,
        f"a {state} is under way",
        f"finish it with `git {state} --continue`, or leave it with `git {state} --abort`",
    )
