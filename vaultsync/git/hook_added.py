"""What a hook added to our commit by itself: the index follows it there, as it does the files that we named.

`git commit --only` gives a hook an index of its own. What the hook adds to that stands in the commit, and not
in the index: there it looks as if the person had staged its deletion, which their next commit would make.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from vaultsync.git.process import GitProcess

_GONE = b"0"  # the mode by which `git update-index --index-info` takes an entry out


def let_index_follow(process: GitProcess, listed: bytes, named: Iterable[str], patience: float) -> None:
    """Set the index to the commit `listed` as raw, for files that are not among those `named` for it.

    Only where the index has what the commit before had: all else is the person's staging. Names are the
    repository's. Raises `LockHeld`, `GitFailed`.
    """
    fields, known = listed.split(b"\0"), set(map(os.fsencode, named))
    added = {
        name: header.removeprefix(b":").split(b" ")
        for header, name in zip(fields[::2], fields[1::2], strict=False)
        if name not in known
    }
    if not added:
        return
    staged: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for record in process.read("ls-files", "--stage", "-z").out.split(b"\0")[:-1]:
        told, _, name = record.partition(b"\t")
        mode, blob, _stage = told.split(b" ")
        if name in added:
            staged.setdefault(name, []).append((mode, blob))
    lines = []
    for name, (old_mode, mode, old, new, *_) in added.items():
        before = [] if old.strip(b"0") == b"" else [(old_mode, old)]
        if staged.get(name, []) == before:
            lines.append(b"%b %b\t%b\0" % (mode if new.strip(b"0") else _GONE, new, name))
    if lines:
        process.write("update-index", "-z", "--index-info", stdin=b"".join(lines), patience=patience)
