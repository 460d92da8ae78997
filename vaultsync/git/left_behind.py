"""Index entries that stayed behind a commit: they have what was there before it.

`git commit` gives a hook an index of its own, and reads the index before it locks it: what a hook adds, or
somebody commits in that moment, stands in the commit and not in the index. There it looks as if the person
had staged the former state, or a deletion, and their next commit would make it so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from vaultsync.git.process import GitProcess


def left_behind(process: GitProcess, replaced: Iterable[tuple[bytes, str, str]]) -> list[str]:
    """Which of the files that a commit `replaced` (`parse.replaced_in`) have their former state in the index.

    All names are the repository's. Raises `GitFailed`.
    """
    former = {path: old for path, old, new in replaced if old != new}
    if not former:
        return []
    records = process.read("ls-files", "--stage", "-z").out.split(b"\0")[:-1]
    listed = (record.partition(b"\t") for record in records)
    staged = {path: about.split(b" ")[1].decode() for about, _, path in listed if path in former}
    return [os.fsdecode(path) for path, old in former.items() if staged.get(path, "0" * len(old)) == old]
